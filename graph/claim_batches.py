"""
Many claims in one unit of work: read under their ids, written in bulk.

What is read here is what a single claim reads one by one; ``workflows/claims/desk.py`` decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.needs import NeedState
from graph.claims import HoldKind
from graph.columns import text, text_or_none
from graph.idempotency import Answer
from graph.needs import transition_id
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.needs import NEED_COLUMNS, NeedRow, need_of
from graph.reads.proposals import CLAIM_COLUMNS, ClaimRow, claim_of
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME
from graph.scope import NOTHING, View, listed

_SLOTS = Statement(
    """
    UNWIND $ids AS wanted MATCH (s:NeedSlot {id: wanted})
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN s.id AS id, s.need_id AS need_id, s.skill AS skill, s.licence AS licence, h.id AS hold_id
    """,
    Access.READ,
)
# Taken without a change: on a read-committed engine nobody else decides about them until the unit ends.
_TAKE_NEEDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) SET n.version = n.version", Access.WRITE
)
_TAKE_PEOPLE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) SET n.version = n.version", Access.WRITE
)
_NEEDS = Statement("UNWIND $ids AS wanted MATCH (n:Need {id: wanted})" + NEED_COLUMNS, Access.READ)
_HELD = Statement(
    """
    MATCH (s:NeedSlot) WHERE s.need_id IN $ids
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN s.need_id AS need_id, count(s.id) AS slots, count(h.id) AS held
    """,
    Access.READ,
)
_PEOPLE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted})"
    " RETURN n.id AS id, n.status AS status, n.resident_id AS resident_id",
    Access.READ,
)
_PROMISES = Statement(
    "MATCH (n:Claim) WHERE n.state = 'ACTIVE'"
    " AND ((n.volunteer_id IN $people AND n.window_end > $now) OR n.need_id IN $needs)" + CLAIM_COLUMNS,
    Access.READ,
)
_ITEMS = Statement("MATCH (i:NeedItem) WHERE i.need_id IN $ids RETURN DISTINCT i.need_id AS id", Access.READ)
_OFFERED = Statement(
    "MATCH (o:SlotOffer) WHERE o.need_id IN $ids AND o.state = 'OPEN' RETURN DISTINCT o.need_id AS id",
    Access.READ,
)
_WAITING = Statement(
    "UNWIND $ids AS wanted MATCH (n:WaitingEntry {id: wanted}) RETURN n.need_id AS id", Access.READ
)
_ANSWERED = Statement(
    "UNWIND $ids AS wanted MATCH (k:IdempotencyRecord {id: wanted})"
    " RETURN k.id AS id, k.request_hash AS request_hash, k.response AS response",
    Access.READ,
)
_EVERYTHING = View(desk=True, office=True, federation=True, volunteer_id=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSlot:
    """A slot, and whether anything holds it."""

    need_id: str
    skill: str | None
    licence: str | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Where a volunteer stands, and which resident they are."""

    status: str
    resident_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenClaim:
    """A claim that is about to be written, with its need as it becomes and the answer that is kept."""

    claim: ClaimRow
    need: NeedRow
    after: NeedState
    record_id: str | None
    request_hash: str
    response: str


async def asked_slots(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, AskedSlot]:
    """Give the slots that there are of those asked."""
    return {
        text(record, "id"): AskedSlot(
            need_id=text(record, "need_id"),
            skill=text_or_none(record, "skill"),
            licence=text_or_none(record, "licence"),
            held=record["hold_id"] is not None,
        )
        for record in await tx.run(_SLOTS, ids=listed(list(ids)))
    }


async def take_needs(tx: WriteTransaction, ids: Sequence[str]) -> dict[str, NeedRow]:
    """Take needs, in the order of their ids, and give them whole."""
    wanted = listed(list(ids))
    await tx.run(_TAKE_NEEDS, ids=wanted)
    return {text(r, "id"): need_of(r, _EVERYTHING) for r in await tx.run(_NEEDS, ids=wanted)}


async def take_people(tx: WriteTransaction, ids: Sequence[str]) -> dict[str, Person]:
    """Take volunteers, in the order of their ids, and give where they stand."""
    wanted = listed(list(ids))
    await tx.run(_TAKE_PEOPLE, ids=wanted)
    return await people(tx, ids)


async def people(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, Person]:
    """Give those of the ids who are volunteers."""
    return {
        text(record, "id"): Person(
            status=text(record, "status"), resident_id=text_or_none(record, "resident_id")
        )
        for record in await tx.run(_PEOPLE, ids=listed(list(ids)))
    }


async def slots_and_holds(tx: ReadTransaction, need_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Give how many slots each need has, and how many anything holds."""
    found: dict[str, tuple[int, int]] = {}
    for record in await tx.run(_HELD, ids=listed(list(need_ids))):
        slots, held = record["slots"], record["held"]
        if isinstance(slots, int) and isinstance(held, int):
            found[text(record, "need_id")] = (slots, held)
    return found


async def promises(
    tx: ReadTransaction, people_ids: Sequence[str], need_ids: Sequence[str], *, now: datetime
) -> list[ClaimRow]:
    """Give the active claims of people for times to come, and all those of needs."""
    found = await tx.run(_PROMISES, people=listed(list(people_ids)), needs=listed(list(need_ids)), now=now)
    return [claim_of(record) for record in found]


async def out_of_the_ordinary(
    tx: ReadTransaction, need_ids: Sequence[str], waiting_ids: Sequence[str]
) -> set[str]:
    """Give the needs that ask for goods, of which something is offered, or for which one of the people waits."""
    found: set[str] = set()
    for statement, ids in ((_ITEMS, need_ids), (_OFFERED, need_ids), (_WAITING, waiting_ids)):
        found |= {text(record, "id") for record in await tx.run(statement, ids=listed(list(ids)))}
    return found


async def answers_to(tx: ReadTransaction, record_ids: Sequence[str]) -> dict[str, Answer]:
    """Give what was answered under keys before, by the ids of their records."""
    return {
        text(record, "id"): Answer(
            request_hash=text(record, "request_hash"), response=text(record, "response")
        )
        for record in await tx.run(_ANSWERED, ids=listed(list(record_ids)))
    }


async def write_claims(tx: WriteTransaction, taken: Sequence[TakenClaim], *, at: datetime) -> None:
    """
    Write claims of different needs: holds, claims, who is assigned, the needs' steps, the answers.

    Raises
    ------
    ConflictError
        Somebody else holds one of the slots, or answered one of the keys.
    """
    claims = [entry.claim for entry in taken]
    await _load(
        tx,
        "SlotHold",
        [
            {"id": c.slot_id, "claim_id": c.id, "volunteer_id": c.volunteer_id, "kind": HoldKind.CLAIM.value}
            for c in claims
        ],
    )
    await _load(
        tx,
        "Claim",
        [
            {
                "id": c.id,
                "need_id": c.need_id,
                "slot_id": c.slot_id,
                "volunteer_id": c.volunteer_id,
                "state": c.state.value,
                "window_start": c.window_start,
                "window_end": c.window_end,
                "claimed_at": c.claimed_at,
                "claimed_by": c.claimed_by,
                "confirmed_at": c.confirmed_at,
                "region_path": c.region_path,
                "version": 1,
            }
            for c in claims
        ],
    )
    assigned = pl.DataFrame(
        [(c.volunteer_id, c.need_id, c.id, c.id) for c in claims],
        schema=dict.fromkeys(("from_id", "to_id", "source_id", "claim_id"), pl.String),
        orient="row",
    )
    await tx.load_relationships(RELATIONSHIP_TYPE_BY_NAME["ASSIGNED_TO"], ("Volunteer", "Need"), assigned)
    await _load(
        tx,
        "Need",
        [
            {
                "id": e.need.id,
                "state": e.after.value,
                "version": e.need.version + 1,
            }
            for e in taken
        ],
    )
    await _load(
        tx,
        "NeedTransition",
        [
            {
                "id": transition_id(e.need.id, e.need.version + 1, e.after),
                "need_id": e.need.id,
                "before": e.need.state.value,
                "after": e.after.value,
                "actor_id": e.claim.claimed_by,
                "reason": "claim",
                "round_id": e.need.round_id,
                "at": at,
                "region_path": e.need.region_path,
            }
            for e in taken
            if e.after is not e.need.state
        ],
    )
    await _load(
        tx,
        "IdempotencyRecord",
        [
            {
                "id": e.record_id,
                "request_hash": e.request_hash,
                "response": e.response,
                "recorded_at": at,
            }
            for e in taken
            if e.record_id is not None
        ],
    )


_MOMENT = pl.Datetime("us", "UTC")
_MOMENTS = frozenset({"window_start", "window_end", "claimed_at", "confirmed_at", "at", "recorded_at"})


async def _load(tx: WriteTransaction, label: str, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    schema = {
        name: _MOMENT if name in _MOMENTS else pl.Int64 if name == "version" else pl.String
        for name in rows[0]
    }
    await tx.load_nodes(NODE_TYPE_BY_LABEL[label], pl.DataFrame(rows, schema=schema))
