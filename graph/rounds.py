"""Rounds as use cases store and publish them, in whole frames."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.needs import NeedState, Urgency
from domain.provenance import MANUAL_SOURCE
from domain.rounds import ProposalState, RoundState
from graph.columns import text, text_or_none
from graph.need_clocks import armed
from graph.needs import transition_id
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.rounds import ROUND_COLUMNS, RoundRow, round_of
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME
from graph.scope import IN_SCOPE, scope_paths

LOCK = Statement(
    "MATCH (n:Round {id: $id}) WHERE " + IN_SCOPE + " SET n.version = n.version + 1" + ROUND_COLUMNS,
    Access.WRITE,
)
PROPOSALS = Statement(
    """
    MATCH (n:Proposal) WHERE n.round_id = $round_id AND n.state = 'PROPOSED'
    RETURN n.id AS id, n.kind AS kind, n.need_id AS need_id, n.slot_id AS slot_id,
      n.volunteer_id AS volunteer_id, n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.offer_id AS offer_id,
      n.need_item_id AS need_item_id, n.amount_fen AS amount_fen, n.quantity AS quantity,
      n.window_start AS window_start, n.window_end AS window_end, n.distance_m AS distance_m,
      n.version AS version
    ORDER BY id
    """,
    Access.READ,
)
LOCK_NEEDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) SET n.version = n.version + 1", Access.WRITE
)
NEEDS = Statement(
    """
    MATCH (o:NeedOutcome) WHERE o.round_id = $round_id
    MATCH (n:Need {id: o.need_id})
    RETURN n.id AS id, n.state AS state, n.version AS version, n.region_path AS region_path,
      o.need_version AS need_version, n.urgency AS urgency, n.matched_at AS matched_at
    ORDER BY id
    """,
    Access.READ,
)
FULFILLED = Statement(
    "MATCH (o:NeedOutcome) WHERE o.round_id = $round_id AND o.fulfilled RETURN o.need_id AS need_id"
    " ORDER BY need_id",
    Access.READ,
)
# People are taken before their promises are read, in the order of their ids: two rounds never wait for each
# other in a ring.
LOCK_VOLUNTEERS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) SET n.version = n.version + 1", Access.WRITE
)
HOUSEHOLDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) WHERE n.subject_kind = 'HOUSEHOLD'"
    " RETURN DISTINCT n.subject_id AS id ORDER BY id",
    Access.READ,
)
LOCK_HOUSEHOLDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Household {id: wanted}) SET n.version = n.version + 1", Access.WRITE
)
PUBLISH = Statement(
    "MATCH (n:Round {id: $id}) SET n.state = 'PUBLISHED', n.published_by = $actor_id, n.published_at = $at",
    Access.WRITE,
)
DISCARD = Statement("MATCH (n:Round {id: $id}) SET n.state = 'DISCARDED'", Access.WRITE)


async def store_round(
    tx: WriteTransaction,
    round_row: RoundRow,
    summary_json: str,
    proposals: pl.DataFrame,
    outcomes: pl.DataFrame,
    people: pl.DataFrame,
) -> None:
    """
    Write a solved round with its proposals and the outcome of each need and volunteer.

    Parameters
    ----------
    proposals, outcomes, people
        Columns of the labels ``Proposal``, ``NeedOutcome`` and ``VolunteerOutcome``.
    """
    row = {
        "id": round_row.id,
        "state": round_row.state.value,
        "region_id": round_row.region_id,
        "region_path": round_row.region_path,
        "as_of": round_row.as_of,
        "policy_id": round_row.policy_id,
        "snapshot_digest": round_row.snapshot_digest,
        "plan_digest": round_row.plan_digest,
        "status": round_row.status,
        "seed": round_row.seed,
        "needs": round_row.needs,
        "fulfilled": round_row.fulfilled,
        "amount_allocated_fen": round_row.amount_allocated_fen,
        "value": round_row.value,
        "bound": round_row.bound,
        "gap": round_row.gap,
        "summary": summary_json,
        "created_by": round_row.created_by,
        "created_at": round_row.created_at,
        "version": round_row.version,
    }
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Round"], pl.DataFrame([row]))
    await tx.load_nodes(NODE_TYPE_BY_LABEL["NeedOutcome"], outcomes)
    await tx.load_nodes(NODE_TYPE_BY_LABEL["VolunteerOutcome"], people)
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Proposal"], proposals)
    edges = proposals.select(
        from_id=pl.lit(round_row.id), to_id=pl.col("id"), source_id=pl.lit(MANUAL_SOURCE)
    )
    await tx.load_relationships(RELATIONSHIP_TYPE_BY_NAME["PROPOSES"], ("Round", "Proposal"), edges)


async def lock_round(tx: WriteTransaction, actor: Actor, round_id: str, *, expected_version: int) -> RoundRow:
    """
    Take a round of the actor's regions for changing; its row carries the new version.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=round_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such round", kind="round", id=round_id)
    locked = round_of(found[0])
    if locked.version - 1 != expected_version:
        raise StaleVersionError(
            "the round has changed since it was read",
            id=round_id,
            expected=expected_version,
            found=locked.version - 1,
        )
    return locked


async def proposed_in(tx: WriteTransaction, round_id: str) -> pl.DataFrame:
    """Give the proposals of a round that nobody has been asked yet."""
    return await tx.frame(PROPOSALS, round_id=round_id)


async def lock_needs(tx: WriteTransaction, round_id: str, ids: Sequence[str]) -> pl.DataFrame:
    """Take the needs of a round for changing; ``need_version`` is the one that its snapshot showed."""
    await tx.run(LOCK_NEEDS, ids=list(ids))
    needs = await tx.frame(NEEDS, round_id=round_id)
    return needs.filter(pl.col("id").is_in(list(ids)))


async def needs_of_round(tx: ReadTransaction, round_id: str) -> pl.DataFrame:
    """Give every need of a round as it is now beside the version that the round saw."""
    return await tx.frame(NEEDS, round_id=round_id)


async def lock_people(tx: WriteTransaction, volunteer_ids: Sequence[str], need_ids: Sequence[str]) -> None:
    """Take volunteers, and the households behind needs: what is read of their promises holds from here on."""
    if volunteer_ids:
        await tx.run(LOCK_VOLUNTEERS, ids=sorted(volunteer_ids))
    if need_ids:
        records = await tx.run(HOUSEHOLDS, ids=sorted(need_ids))
        households = [found for record in records if (found := text_or_none(record, "id")) is not None]
        if households:
            await tx.run(LOCK_HOUSEHOLDS, ids=households)


async def fulfilled_in(tx: ReadTransaction, round_id: str) -> frozenset[str]:
    """Give the needs that a round's plan gives all they ask for."""
    return frozenset(text(record, "need_id") for record in await tx.run(FULFILLED, round_id=round_id))


async def offer_needs(
    tx: WriteTransaction, actor: Actor, round_id: str, needs: pl.DataFrame, at: datetime
) -> None:
    """Lead locked needs through MATCHED to OFFERED, take both steps down and set their clocks."""
    steps = [
        {
            "id": transition_id(need["id"], need["version"], after),
            "need_id": need["id"],
            "before": before,
            "after": after.value,
            "actor_id": actor.id,
            "reason": "published",
            "round_id": round_id,
            "at": at,
            "region_path": need["region_path"],
        }
        for need in needs.iter_rows(named=True)
        for before, after in (
            (need["state"], NeedState.MATCHED),
            (NeedState.MATCHED.value, NeedState.OFFERED),
        )
    ]
    deadlines = [
        armed(NeedState.OFFERED, Urgency(need["urgency"]), need["region_path"], since=at)
        for need in needs.iter_rows(named=True)
    ]
    offered = needs.select(
        "id",
        "version",
        state=pl.lit(NeedState.OFFERED.value),
        round_id=pl.lit(round_id),
        state_since=pl.lit(at),
        matched_at=pl.coalesce(pl.col("matched_at").cast(pl.Datetime("us", "UTC")), pl.lit(at)),
        clock_step=pl.lit(0),
        due_at=pl.Series([each.due_at for each in deadlines], dtype=pl.Datetime("us", "UTC")),
        tick_at=pl.Series([each.tick_at for each in deadlines], dtype=pl.Datetime("us", "UTC")),
    )
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Need"], offered)
    await tx.load_nodes(NODE_TYPE_BY_LABEL["NeedTransition"], pl.DataFrame(steps))


async def set_proposals(tx: WriteTransaction, proposals: pl.DataFrame, state: ProposalState) -> None:
    """Bring all the proposals given to one state."""
    moved = proposals.select("id", state=pl.lit(state.value), version=pl.col("version") + 1)
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Proposal"], moved)


async def close_round(
    tx: WriteTransaction, actor: Actor, round_id: str, state: RoundState, at: datetime
) -> None:
    """Mark a locked round as published or discarded."""
    if state is RoundState.PUBLISHED:
        await tx.run(PUBLISH, id=round_id, actor_id=actor.id, at=at)
    else:
        await tx.run(DISCARD, id=round_id)
