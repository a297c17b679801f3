"""
Allocations as use cases make them and lead them on.

The need is locked before its allocations, and an allocation before its fund: every use case takes them in that
order, so none waits for another in a ring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor
from domain.allocations import (
    LIVE_ALLOCATIONS,
    AllocationState,
    EvidenceKind,
    check_allocation_step,
)
from domain.errors import NotFoundError, StaleVersionError
from domain.funds import FundState
from domain.giving import FundType
from domain.rounds import DIRECT, ProposalState
from graph.approvals import decisions_on
from graph.columns import integer, text, text_or_none
from graph.frames import DTYPES
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.allocations import ALLOCATION_COLUMNS, AllocationRow, allocation_by_id, allocation_of
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import listed

LOCK = Statement(
    "MATCH (n:Allocation {id: $id}) SET n.version = n.version + 1" + ALLOCATION_COLUMNS, Access.WRITE
)
BY_ID = Statement("MATCH (n:Allocation {id: $id})" + ALLOCATION_COLUMNS, Access.READ)
LOCK_OF_PROPOSALS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Allocation {id: wanted}) SET n.version = n.version + 1"
    + ALLOCATION_COLUMNS,
    Access.WRITE,
)
LIVE_OF_NEEDS = Statement(
    "MATCH (n:Allocation) WHERE n.need_id IN $ids AND n.state IN $states"
    " RETURN n.need_id AS need_id, sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
GIVEN_TO = Statement(
    "MATCH (n:Allocation) WHERE n.need_id = $need_id AND n.fund_id = $fund_id AND n.state IN $states"
    " AND n.id <> $without RETURN n.earmark_id AS earmark_id, n.amount_fen AS amount_fen",
    Access.READ,
)
IN_STATES = Statement(
    "MATCH (n:Allocation) WHERE n.need_id = $need_id AND n.state IN $states RETURN n.id AS id ORDER BY id",
    Access.READ,
)
_SET_STATE: LiteralString = "MATCH (n:Allocation {id: $id}) SET n.state = $state"
APPROVE = Statement(
    _SET_STATE + ", n.approved_at = $at, n.expires_at = $expires_at",
    Access.WRITE,
)
SET_APPROVED_AT = Statement("MATCH (n:Allocation {id: $id}) SET n.approved_at = $at", Access.WRITE)
DISBURSE = Statement(
    _SET_STATE + ", n.disbursed_at = $at, n.disbursed_by = $by, n.payment_reference = $reference",
    Access.WRITE,
)
EVIDENCED = Statement(_SET_STATE + ", n.evidenced_at = $at", Access.WRITE)
FEEDBACK = Statement(_SET_STATE + ", n.feedback_at = $at, n.feedback_text = $words", Access.WRITE)
DISCLOSED = Statement(_SET_STATE + ", n.disclosed_at = $at", Access.WRITE)
TAKE_PART_BACK = Statement(
    "MATCH (n:Allocation {id: $id}) SET n.amount_fen = n.amount_fen - $amount_fen,"
    " n.clawed_back_fen = coalesce(n.clawed_back_fen, 0) + $amount_fen, n.released_reason = $reason",
    Access.WRITE,
)
END = Statement(_SET_STATE + ", n.released_reason = $reason", Access.WRITE)
ADD_EVIDENCE = Statement(
    """
    CREATE (:Evidence {id: $id, allocation_id: $allocation_id, kind: $kind, reference: $reference,
      sha256: $sha256, recorded_by: $recorded_by, amount_fen: $amount_fen, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
EVIDENCE = Statement(
    "MATCH (e:Evidence) WHERE e.allocation_id = $id RETURN e.kind AS kind, e.recorded_by AS recorded_by",
    Access.READ,
)
HANDS = Statement(
    "MATCH (n:Allocation) WHERE n.need_id = $need_id AND n.state IN $states"
    " RETURN n.id AS id, n.disbursed_by AS disbursed_by, n.requested_by AS requested_by",
    Access.READ,
)
EXPIRED = Statement(
    "MATCH (n:Allocation) WHERE n.state IN ['RESERVED', 'APPROVED'] AND n.expires_at <= $now AND n.id > $after"
    " RETURN n.id AS id, n.proposal_id AS proposal_id ORDER BY id LIMIT $limit",
    Access.READ,
)
PLACES = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted})"
    " RETURN n.id AS need_id, n.subject_id AS subject_id, n.region_id AS region_id,"
    " n.region_path AS region_path",
    Access.READ,
)
PROPOSE = Statement(
    """
    CREATE (:Proposal {id: $id, round_id: $round_id, kind: 'MONEY', state: $state, need_id: $need_id,
      fund_id: $fund_id, earmark_id: $earmark_id, amount_fen: $amount_fen, reason_code: $reason_code,
      reason_parameters: '{}', region_path: $region_path, accepted_by: $accepted_by, version: 1})
    """,
    Access.WRITE,
)
HOLDERS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Fund {id: wanted})"
    " RETURN n.id AS fund_id, n.organisation_id AS organisation_id, n.type AS type,"
    " n.region_path AS region_path, n.state AS state, n.closed_at AS closed_at",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose money a fund is, what the fund is in law, and whether it still gives."""

    fund_id: str
    organisation_id: str
    type: FundType
    region_path: str
    state: FundState


async def create_allocations(tx: WriteTransaction, rows: Sequence[dict[str, object]]) -> None:
    """Write new allocations; columns are those of the label."""
    if rows:
        types = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL["Allocation"].properties}
        frame = pl.DataFrame(rows, schema={name: types[name] for name in rows[0]})
        await tx.load_nodes(NODE_TYPE_BY_LABEL["Allocation"], frame)


async def lock_allocation(
    tx: WriteTransaction, actor: Actor, allocation_id: str, *, expected_version: int
) -> AllocationRow:
    """
    Take an allocation that the actor may see for changing; its row carries the new version.

    Raises
    ------
    NotFoundError
        The actor may not see it.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    await allocation_by_id(tx, actor, allocation_id)
    locked = allocation_of((await tx.run(LOCK, id=allocation_id))[0])
    if locked.version - 1 != expected_version:
        raise StaleVersionError(
            "the allocation has changed since it was read",
            id=allocation_id,
            expected=expected_version,
            found=locked.version - 1,
        )
    return locked


async def lock_of_proposals(tx: WriteTransaction, proposal_ids: Sequence[str]) -> dict[str, AllocationRow]:
    """Take the allocations of proposals for changing, whoever asks; an allocation has its proposal's key."""
    if not proposal_ids:
        return {}
    records = await tx.run(LOCK_OF_PROPOSALS, ids=sorted(proposal_ids))
    return {text(record, "proposal_id"): allocation_of(record) for record in records}


async def live_of_needs(tx: ReadTransaction, need_ids: Sequence[str]) -> dict[str, int]:
    """Give the fen that are set aside or paid for needs, over all funds."""
    states = sorted(state.value for state in LIVE_ALLOCATIONS)
    records = await tx.run(LIVE_OF_NEEDS, ids=listed(list(need_ids)), states=states)
    return {text(record, "need_id"): integer(record, "amount_fen") for record in records}


async def given_to(
    tx: ReadTransaction, need_id: str, fund_id: str, *, without: str = ""
) -> dict[str | None, int]:
    """Give the fen that a need keeps of a fund, set aside or paid, by earmark; one allocation may be left out."""
    states = sorted(state.value for state in LIVE_ALLOCATIONS)
    given: dict[str | None, int] = {}
    asked = {"need_id": need_id, "fund_id": fund_id, "without": without}
    for record in await tx.run(GIVEN_TO, **asked, states=states):
        earmark = text_or_none(record, "earmark_id")
        given[earmark] = given.get(earmark, 0) + integer(record, "amount_fen")
    return given


async def allocations_in(tx: ReadTransaction, need_id: str, states: frozenset[AllocationState]) -> list[str]:
    """Give the ids of a need's allocations that stand in some states."""
    found = await tx.run(IN_STATES, need_id=need_id, states=sorted(state.value for state in states))
    return [text(record, "id") for record in found]


async def approve(
    tx: WriteTransaction, allocation: AllocationRow, *, at: datetime, expires_at: datetime
) -> None:
    """Lead an allocation to APPROVED: everybody has said yes. One that was paid first stays paid."""
    if allocation.pay_first:
        await tx.run(SET_APPROVED_AT, id=allocation.id, at=at)
        return
    await _step(tx, allocation, AllocationState.APPROVED, APPROVE, at=at, expires_at=expires_at)


async def disburse(
    tx: WriteTransaction, allocation: AllocationRow, *, at: datetime, by: str, reference: str
) -> None:
    """Lead an allocation to DISBURSED."""
    await _step(tx, allocation, AllocationState.DISBURSED, DISBURSE, at=at, by=by, reference=reference)


async def mark_evidenced(tx: WriteTransaction, allocation: AllocationRow, *, at: datetime) -> None:
    """Lead an allocation to EVIDENCED."""
    await _step(tx, allocation, AllocationState.EVIDENCED, EVIDENCED, at=at)


async def mark_told(tx: WriteTransaction, allocation: AllocationRow, *, at: datetime, words: str) -> None:
    """Lead an allocation to FEEDBACK_SENT."""
    await _step(tx, allocation, AllocationState.FEEDBACK_SENT, FEEDBACK, at=at, words=words)


async def mark_disclosed(tx: WriteTransaction, allocation: AllocationRow, *, at: datetime) -> None:
    """Lead an allocation to DISCLOSED."""
    await _step(tx, allocation, AllocationState.DISCLOSED, DISCLOSED, at=at)


async def end_allocation(
    tx: WriteTransaction, allocation: AllocationRow, after: AllocationState, *, reason: str
) -> None:
    """Lead an allocation to RELEASED or CLAWED_BACK."""
    await _step(tx, allocation, after, END, reason=reason)


async def take_part_back(
    tx: WriteTransaction, allocation: AllocationRow, amount_fen: int, *, reason: str
) -> None:
    """Take a part off what the need keeps of a paid allocation, which stays where it stands."""
    await tx.run(TAKE_PART_BACK, id=allocation.id, amount_fen=amount_fen, reason=reason)


async def _step(
    tx: WriteTransaction,
    allocation: AllocationRow,
    after: AllocationState,
    statement: Statement,
    **values: str | datetime,
) -> None:
    """
    Lead an allocation one step on.

    Raises
    ------
    TransitionError
        It has no such step.
    """
    check_allocation_step(allocation.state, after)
    await tx.run(statement, id=allocation.id, state=after.value, **values)


async def hands_in(tx: ReadTransaction, need_id: str) -> set[str]:
    """Give who asked for, approved or paid money that a need keeps: none of them confirms that it arrived."""
    states = sorted(state.value for state in LIVE_ALLOCATIONS)
    records = await tx.run(HANDS, need_id=need_id, states=states)
    paid = {who for record in records if (who := text_or_none(record, "disbursed_by")) is not None}
    decided = await decisions_on(tx, [text(record, "id") for record in records])
    return paid | {who for hand in decided for who in (hand.account, hand.participant) if who is not None}


async def add_evidence(
    tx: WriteTransaction,
    allocation: AllocationRow,
    *,
    number: int,
    kind: EvidenceKind,
    reference: str,
    sha256: str | None,
    recorded_by: str,
    at: datetime,
) -> None:
    """Keep what shows that the help arrived."""
    await tx.run(
        ADD_EVIDENCE,
        id=f"{allocation.id}:e{number:02d}",
        allocation_id=allocation.id,
        kind=kind.value,
        reference=reference,
        sha256=sha256,
        recorded_by=recorded_by,
        amount_fen=allocation.amount_fen,
        at=at,
        region_path=allocation.region_path,
    )


async def evidence_on(tx: ReadTransaction, allocation_id: str) -> list[EvidenceKind]:
    """Give the kinds of what has been shown for an allocation, with repetitions."""
    return [EvidenceKind(text(record, "kind")) for record in await tx.run(EVIDENCE, id=allocation_id)]


async def expired_allocations(tx: ReadTransaction, *, now: datetime, after: str, limit: int) -> list[str]:
    """Give a page of the allocations whose money was kept too long, by id."""
    return [text(record, "id") for record in await tx.run(EXPIRED, now=now, after=after, limit=limit)]


async def holders_of_funds(tx: ReadTransaction, fund_ids: Sequence[str]) -> dict[str, Holder]:
    """Give who holds each fund, whoever asks."""
    records = await tx.run(HOLDERS, ids=listed(list(set(fund_ids))))
    return {
        text(record, "fund_id"): Holder(
            fund_id=text(record, "fund_id"),
            organisation_id=text(record, "organisation_id"),
            type=FundType(text_or_none(record, "type") or FundType.GENERAL),
            region_path=text(record, "region_path"),
            state=FundState.CLOSED
            if record["closed_at"] is not None
            else FundState(text_or_none(record, "state") or FundState.OPEN),
        )
        for record in records
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Whose need, and where."""

    subject_id: str | None
    region_id: str | None
    region_path: str


async def receivers(tx: ReadTransaction, need_ids: Sequence[str]) -> dict[str, Receiver]:
    """Give whose the needs are and where, whoever asks."""
    records = await tx.run(PLACES, ids=listed(list(set(need_ids))))
    return {
        text(record, "need_id"): Receiver(
            subject_id=text_or_none(record, "subject_id"),
            region_id=text_or_none(record, "region_id"),
            region_path=text(record, "region_path"),
        )
        for record in records
    }


async def propose_gift(
    tx: WriteTransaction,
    *,
    proposal_id: str,
    need_id: str,
    fund_id: str,
    earmark_id: str | None,
    amount_fen: int,
    state: ProposalState,
    region_path: str,
    accepted_by: str | None = None,
) -> None:
    """Write the proposal of money that people gave outside any round."""
    await tx.run(
        PROPOSE,
        id=proposal_id,
        round_id=DIRECT,
        need_id=need_id,
        fund_id=fund_id,
        earmark_id=earmark_id,
        amount_fen=amount_fen,
        state=state.value,
        reason_code="DIRECT",
        region_path=region_path,
        accepted_by=accepted_by,
    )


async def allocation_as_it_is(tx: ReadTransaction, allocation_id: str) -> AllocationRow:
    """
    Give an allocation whoever asks, for the clock.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(BY_ID, id=allocation_id)
    if not found:
        raise NotFoundError("no such allocation", kind="allocation", id=allocation_id)
    return allocation_of(found[0])
