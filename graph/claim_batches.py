"""
Many claims in one unit of work: read under their ids, written in bulk.

What is read here is what a single claim reads one by one; ``workflows/claims/desk.py`` decides.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.needs import NeedState
from graph.claims import HoldKind
from graph.columns import text, text_or_none
from graph.frames import DTYPES
from graph.idempotency import Answer
from graph.need_clocks import armed
from graph.needs import transition_id
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.needs import NEED_COLUMNS, NeedRow, need_of
from graph.reads.proposals import CLAIM_COLUMNS, ClaimRow, claim_of
from graph.reads.snapshot import VOLUNTEER_COLUMNS
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
_ANSWERED = Statement(
    "UNWIND $ids AS wanted MATCH (k:IdempotencyRecord {id: wanted})"
    " RETURN k.id AS id, k.request_hash AS request_hash, k.response AS response",
    Access.READ,
)
# Taken without a change: on a read-committed engine nobody else decides about them until the unit ends.
_TAKE_NEEDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) SET n.version = n.version" + NEED_COLUMNS, Access.WRITE
)
_TAKE_VOLUNTEERS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) SET n.version = n.version" + VOLUNTEER_COLUMNS,
    Access.WRITE,
)
_VOLUNTEERS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) RETURN n.id AS id", Access.READ
)
_PLACES = Statement(
    """
    UNWIND $ids AS wanted MATCH (s:NeedSlot) WHERE s.need_id = wanted
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN s.id AS id, s.need_id AS need_id, h.claim_id AS held_by, h.kind AS kind
    """,
    Access.READ,
)
_CLAIMS = Statement("UNWIND $ids AS wanted MATCH (n:Claim {id: wanted})" + CLAIM_COLUMNS, Access.READ)
_PROMISES = Statement(
    "MATCH (n:Claim) WHERE n.window_end > $now AND n.state = 'ACTIVE' AND n.volunteer_id IN $ids"
    + CLAIM_COLUMNS,
    Access.READ,
)
# What a claim alone looks after besides: goods, offers that are withdrawn, a waiting list that is left.
_STRANGE = Statement(
    """
    UNWIND $ids AS wanted MATCH (i:NeedItem) WHERE i.need_id = wanted RETURN i.need_id AS id
    UNION UNWIND $ids AS wanted MATCH (o:SlotOffer) WHERE o.need_id = wanted AND o.state = 'OPEN'
    RETURN o.need_id AS id
    UNION UNWIND $waiting AS wanted MATCH (w:WaitingEntry {id: wanted}) RETURN w.need_id AS id
    """,
    Access.READ,
)
_EVERYTHING = View(desk=True, office=True, federation=True, volunteer_id=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSlot:
    """A slot, and whether anything holds it."""

    id: str
    need_id: str
    skill: str | None
    licence: str | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How many slots a need has, and what holds some of them: the ids of claims, or something else."""

    slots: int
    held: frozenset[str]
    claim_ids: tuple[str, ...]
    others: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenClaim:
    """A claim that is about to be written, and the answer that is kept."""

    claim: ClaimRow
    record_id: str | None
    request_hash: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedStep:
    """A need before and after one of the claims on it; each claim is a version of its own."""

    before: NeedRow
    after: NeedState
    actor_id: str


async def asked_slots(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, AskedSlot]:
    """Give the slots that there are of those asked."""
    return {
        text(record, "id"): AskedSlot(
            id=text(record, "id"),
            need_id=text(record, "need_id"),
            skill=text_or_none(record, "skill"),
            licence=text_or_none(record, "licence"),
            held=record["hold_id"] is not None,
        )
        for record in await tx.run(_SLOTS, ids=listed(list(ids)))
    }


async def answers_to(tx: ReadTransaction, record_ids: Sequence[str]) -> dict[str, Answer]:
    """Give what was answered under keys before, by the ids of their records."""
    if not record_ids:
        return {}
    return {
        text(record, "id"): Answer(
            request_hash=text(record, "request_hash"), response=text(record, "response")
        )
        for record in await tx.run(_ANSWERED, ids=listed(list(record_ids)))
    }


async def take_needs(tx: WriteTransaction, ids: Collection[str]) -> dict[str, NeedRow]:
    """Take needs, in the order of their ids, and give them whole."""
    found = await tx.run(_TAKE_NEEDS, ids=sorted(ids))
    return {text(record, "id"): need_of(record, _EVERYTHING) for record in found}


async def take_people(tx: WriteTransaction, ids: Collection[str]) -> pl.DataFrame:
    """Take volunteers, in the order of their ids, and give of them what the rules ask."""
    return await tx.frame(_TAKE_VOLUNTEERS, ids=sorted(ids))


async def volunteers_among(tx: ReadTransaction, ids: Collection[str]) -> set[str]:
    """Give those of some ids that are volunteers'."""
    return {text(record, "id") for record in await tx.run(_VOLUNTEERS, ids=listed(sorted(ids)))}


async def places_of(tx: ReadTransaction, need_ids: Collection[str]) -> dict[str, Places]:
    """Give the slots of needs and what holds them."""
    rows: dict[str, list[Record]] = defaultdict(list)
    for record in await tx.run(_PLACES, ids=sorted(need_ids)):
        rows[text(record, "need_id")].append(record)
    found: dict[str, Places] = {}
    for need_id, slots in rows.items():
        held = [record for record in slots if record["held_by"] is not None]
        claims = [r for r in held if (text_or_none(r, "kind") or HoldKind.CLAIM) == HoldKind.CLAIM]
        found[need_id] = Places(
            slots=len(slots),
            held=frozenset(text(record, "id") for record in held),
            claim_ids=tuple(sorted(text(record, "held_by") for record in claims)),
            others=len(claims) < len(held),
        )
    return found


async def claims_by_id(tx: ReadTransaction, ids: Collection[str]) -> list[ClaimRow]:
    """Give claims."""
    return [claim_of(r) for r in await tx.run(_CLAIMS, ids=sorted(ids))] if ids else []


async def promises(tx: ReadTransaction, people: Collection[str], *, now: datetime) -> list[ClaimRow]:
    """Give what people have promised for times to come."""
    return [claim_of(r) for r in await tx.run(_PROMISES, ids=sorted(people), now=now)] if people else []


async def out_of_the_ordinary(
    tx: ReadTransaction, need_ids: Collection[str], waiting_ids: Collection[str]
) -> set[str]:
    """Give the needs that ask for goods, of which something is offered, or for which one of the people waits."""
    found = await tx.run(_STRANGE, ids=sorted(need_ids), waiting=sorted(waiting_ids))
    return {text(record, "id") for record in found}


async def write_claims(
    tx: WriteTransaction, taken: Sequence[TakenClaim], steps: Sequence[NeedStep], *, at: datetime
) -> None:
    """
    Write claims: holds, claims, who is assigned, the needs as they are then with their steps, the answers.

    Parameters
    ----------
    steps
        One for each claim, those of one need in their order.

    Raises
    ------
    ConflictError
        Somebody else holds one of the slots, or answered one of the keys.
    """
    claims = [entry.claim for entry in taken]
    await _create(
        tx,
        "SlotHold",
        [
            {"id": c.slot_id, "claim_id": c.id, "volunteer_id": c.volunteer_id, "kind": HoldKind.CLAIM.value}
            for c in claims
        ],
    )
    await _create(
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
    await _lead_on(tx, steps, at)
    await _create(
        tx,
        "IdempotencyRecord",
        [
            {"id": e.record_id, "request_hash": e.request_hash, "response": e.response, "recorded_at": at}
            for e in taken
            if e.record_id is not None
        ],
    )


async def _lead_on(tx: WriteTransaction, steps: Sequence[NeedStep], at: datetime) -> None:
    """Write needs as ``move_need`` leaves them: state, clocks and milestones, and every step taken down."""
    versions: dict[str, dict[str, object]] = {}
    moved: dict[str, dict[str, object]] = {}
    transitions: list[dict[str, object]] = []
    for step in steps:
        need = step.before
        version = need.version + 1
        versions[need.id] = {"id": need.id, "version": version}
        if step.after is need.state:
            continue
        deadline = armed(step.after, need.urgency, need.region_path, since=at, windows=need.windows)
        moved[need.id] = {
            "id": need.id,
            "state": step.after.value,
            "state_since": at,
            "due_at": deadline.due_at,
            "tick_at": deadline.tick_at,
            "clock_step": 0,
            "matched_at": need.matched_at or at,
        }
        transitions.append(
            {
                "id": transition_id(need.id, version, step.after),
                "need_id": need.id,
                "before": need.state.value,
                "after": step.after.value,
                "actor_id": step.actor_id,
                "reason": "claim",
                "round_id": need.round_id,
                "at": at,
                "region_path": need.region_path,
            }
        )
    still = [row for key, row in versions.items() if key not in moved]
    for rows in ([row | versions[key] for key, row in moved.items()], still):
        if rows:
            await tx.load_nodes(NODE_TYPE_BY_LABEL["Need"], _frame("Need", rows))
    await _create(tx, "NeedTransition", transitions)


async def _create(tx: WriteTransaction, label: str, rows: list[dict[str, object]]) -> None:
    if rows:
        await tx.create_nodes(NODE_TYPE_BY_LABEL[label], _frame(label, rows))


def _frame(label: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    types = {item.name: DTYPES[item.type] for item in NODE_TYPE_BY_LABEL[label].properties}
    return pl.DataFrame(rows, schema={name: types[name] for name in rows[0]})
