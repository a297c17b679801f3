"""Allocations, who approved them and what shows that they arrived, as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.allocations import AllocationState, ApprovalDecision, EvidenceKind
from domain.errors import NotFoundError
from graph.columns import flag, integer, integer_or_none, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import (
    END_OF_TIME,
    KeysetPosition,
    Page,
    moment_of,
    page,
    page_size,
    start_of,
)
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths, view_of

LIST_NAME = "allocations"

_VISIBLE: LiteralString = (
    "(($by_region AND " + IN_SCOPE + ") OR ($by_organisation AND n.organisation_id IN $scope_organisations))"
)
ALLOCATION_COLUMNS: LiteralString = """
RETURN n.id AS id, n.need_id AS need_id, n.fund_id AS fund_id, n.earmark_id AS earmark_id,
  n.proposal_id AS proposal_id, n.round_id AS round_id, n.organisation_id AS organisation_id,
  n.amount_fen AS amount_fen,
  coalesce(n.clawed_back_fen, 0) AS clawed_back_fen, n.approvals_wanted AS approvals_wanted, n.state AS state,
  n.related_party AS related_party, n.related_path AS related_path, n.pay_first AS pay_first,
  n.requested_by AS requested_by, n.released_reason AS released_reason, n.disbursed_by AS disbursed_by,
  n.payment_reference AS payment_reference, n.feedback_text AS feedback_text, n.policy_id AS policy_id,
  n.reserved_at AS reserved_at, n.expires_at AS expires_at, n.approved_at AS approved_at,
  n.disbursed_at AS disbursed_at, n.papers_due_at AS papers_due_at, n.evidenced_at AS evidenced_at,
  n.feedback_at AS feedback_at, n.disclosed_at AS disclosed_at, n.region_id AS region_id,
  n.region_path AS region_path, n.version AS version
"""
# Papers of money that was paid first are there when everybody whom the sum takes has approved it.
_NARROWED: LiteralString = """
 AND n.state IN $states AND ($fund_id = '' OR n.fund_id = $fund_id)
 AND ($need_id = '' OR n.need_id = $need_id)
 AND ($organisation_id = '' OR n.organisation_id = $organisation_id)
 AND (NOT $overdue_only OR (n.pay_first AND n.approved_at IS NULL AND n.papers_due_at < $overdue_at
   AND n.state <> 'CLAWED_BACK'))
"""
_PAGE = Statement(
    "MATCH (n:Allocation) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND (n.reserved_at < $after_at OR (n.reserved_at = $after_at AND n.id > $after_id))"
    + ALLOCATION_COLUMNS
    + "ORDER BY reserved_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Allocation) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Allocation {id: wanted}) WHERE " + _VISIBLE + ALLOCATION_COLUMNS,
    Access.READ,
)
_OF_VISIBLE: LiteralString = "UNWIND $ids AS wanted MATCH (n:Allocation {id: wanted}) WHERE " + _VISIBLE
_APPROVALS = Statement(
    _OF_VISIBLE
    + """
    MATCH (a:Approval) WHERE a.allocation_id = n.id
    RETURN a.id AS id, a.allocation_id AS allocation_id, a.decision AS decision, a.approver_id AS approver_id,
      a.at AS at
    ORDER BY id
    """,
    Access.READ,
)
_EVIDENCE = Statement(
    _OF_VISIBLE
    + """
    MATCH (e:Evidence) WHERE e.allocation_id = n.id
    RETURN e.id AS id, e.allocation_id AS allocation_id, e.kind AS kind, e.reference AS reference,
      e.sha256 AS sha256, e.amount_fen AS amount_fen, e.recorded_by AS recorded_by, e.at AS at
    ORDER BY id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRow:
    """
    One sum from one book of a fund to one need.

    Parameters
    ----------
    earmark_id
        The part of the fund that pays; None is the fund's own money.
    proposal_id, round_id
        What was proposed to the need, and by which round; one that a federation made is of no round.
    organisation_id
        Who holds the fund, and decides.
    amount_fen
        What the need keeps of it; what came back in parts is off.
    clawed_back_fen
        What came back in parts.
    approvals_wanted
        Persons who are to say yes.
    related_party, related_path
        Giver and receiver are joined, by these ids: a second person looks, and it is made public (HC-18).
    pay_first, papers_due_at
        Paid before it was approved, and by when the approvals are to be there.
    requested_by
        Who asked for it: who published the round, or who allocated it.
    policy_id
        The rules by which its approvals were counted.
    """

    id: str
    need_id: str
    fund_id: str
    earmark_id: str | None
    proposal_id: str
    round_id: str | None
    organisation_id: str
    amount_fen: int
    clawed_back_fen: int = 0
    approvals_wanted: int
    state: AllocationState
    related_party: bool
    related_path: str | None
    pay_first: bool
    requested_by: str
    released_reason: str | None
    disbursed_by: str | None
    payment_reference: str | None
    feedback_text: str | None
    policy_id: str | None
    reserved_at: datetime
    expires_at: datetime | None
    approved_at: datetime | None
    disbursed_at: datetime | None
    papers_due_at: datetime | None
    evidenced_at: datetime | None
    feedback_at: datetime | None
    disclosed_at: datetime | None
    region_id: str | None
    region_path: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """What one person decided on an allocation."""

    id: str
    allocation_id: str
    decision: ApprovalDecision
    approver_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """What shows that the help arrived: where it is kept, and the SHA-256 of its file."""

    id: str
    allocation_id: str
    kind: EvidenceKind
    reference: str
    sha256: str | None
    amount_fen: int | None
    recorded_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFilter:
    """
    What a list of allocations is narrowed to; empty axes narrow nothing.

    ``papers_overdue_at`` leaves those that were paid first and whose papers were due before that moment.
    """

    states: tuple[AllocationState, ...] = ()
    fund_id: str | None = None
    need_id: str | None = None
    organisation_id: str | None = None
    papers_overdue_at: datetime | None = None


def visible_gifts(actor: Actor) -> dict[str, list[str] | bool]:
    """Give the parameters of what the desk and the office of a region see, and the organisation that gives."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "scope_organisations": scope_organisations(actor),
        "by_region": view.desk or view.office,
        "by_organisation": view.desk or view.office or view.federation,
    }


def allocation_of(record: Record) -> AllocationRow:
    """Give the row of a record of ``ALLOCATION_COLUMNS``."""
    return AllocationRow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        fund_id=text(record, "fund_id"),
        earmark_id=text_or_none(record, "earmark_id"),
        proposal_id=text(record, "proposal_id"),
        round_id=text_or_none(record, "round_id"),
        organisation_id=text(record, "organisation_id"),
        amount_fen=integer(record, "amount_fen"),
        clawed_back_fen=integer(record, "clawed_back_fen"),
        approvals_wanted=integer(record, "approvals_wanted"),
        state=AllocationState(text(record, "state")),
        related_party=flag(record, "related_party"),
        related_path=text_or_none(record, "related_path"),
        pay_first=flag(record, "pay_first"),
        requested_by=text(record, "requested_by"),
        released_reason=text_or_none(record, "released_reason"),
        disbursed_by=text_or_none(record, "disbursed_by"),
        payment_reference=text_or_none(record, "payment_reference"),
        feedback_text=text_or_none(record, "feedback_text"),
        policy_id=text_or_none(record, "policy_id"),
        reserved_at=moment(record, "reserved_at"),
        expires_at=moment_or_none(record, "expires_at"),
        approved_at=moment_or_none(record, "approved_at"),
        disbursed_at=moment_or_none(record, "disbursed_at"),
        papers_due_at=moment_or_none(record, "papers_due_at"),
        evidenced_at=moment_or_none(record, "evidenced_at"),
        feedback_at=moment_or_none(record, "feedback_at"),
        disclosed_at=moment_or_none(record, "disclosed_at"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def page_of_allocations(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: AllocationFilter = AllocationFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[AllocationRow]:
    """Give allocations, newest first: the desk's of its regions, a federation's those of its own funds."""
    narrowed = {
        **visible_gifts(actor),
        "states": [state.value for state in filter.states or AllocationState],
        "fund_id": filter.fund_id or "",
        "need_id": filter.need_id or "",
        "organisation_id": filter.organisation_id or "",
        "overdue_only": filter.papers_overdue_at is not None,
        "overdue_at": filter.papers_overdue_at or END_OF_TIME,
    }
    after_at, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=allocation_of, sort_column="reserved_at")


async def allocations_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, AllocationRow]:
    """Give the allocations among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **visible_gifts(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): allocation_of(record) for record in records}


async def allocation_by_id(tx: ReadTransaction, actor: Actor, allocation_id: str) -> AllocationRow:
    """
    Give one allocation.

    Raises
    ------
    NotFoundError
        Outside what the actor may see as for an id that does not exist.
    """
    found = await allocations_by_ids(tx, actor, [allocation_id])
    if allocation_id not in found:
        raise NotFoundError("no such allocation", kind="allocation", id=allocation_id)
    return found[allocation_id]


async def approvals_of_allocations(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ApprovalRow, ...]]:
    """Give what people decided on the allocations that the actor may see, in order."""
    grouped: dict[str, list[ApprovalRow]] = {}
    for record in await tx.run(_APPROVALS, **visible_gifts(actor), ids=listed(list(set(ids)))):
        row = ApprovalRow(
            id=text(record, "id"),
            allocation_id=text(record, "allocation_id"),
            decision=ApprovalDecision(text(record, "decision")),
            approver_id=text(record, "approver_id"),
            at=moment(record, "at"),
        )
        grouped.setdefault(row.allocation_id, []).append(row)
    return {allocation_id: tuple(rows) for allocation_id, rows in grouped.items()}


async def evidence_of_allocations(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[EvidenceRow, ...]]:
    """Give what shows that allocations arrived, of those that the actor may see, in order."""
    grouped: dict[str, list[EvidenceRow]] = {}
    for record in await tx.run(_EVIDENCE, **visible_gifts(actor), ids=listed(list(set(ids)))):
        row = EvidenceRow(
            id=text(record, "id"),
            allocation_id=text(record, "allocation_id"),
            kind=EvidenceKind(text(record, "kind")),
            reference=text(record, "reference"),
            sha256=text_or_none(record, "sha256"),
            amount_fen=integer_or_none(record, "amount_fen"),
            recorded_by=text(record, "recorded_by"),
            at=moment(record, "at"),
        )
        grouped.setdefault(row.allocation_id, []).append(row)
    return {allocation_id: tuple(rows) for allocation_id, rows in grouped.items()}
