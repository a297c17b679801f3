"""Months that are settled with other regions, and what differs in them, for desk and office."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor
from domain.recognition import MonthState, ReconciliationMonth, ReconciliationTask, TaskState
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.comparisons import seen_by
from graph.reads.pages import KeysetPosition, Page, day_of, page, page_size, start_of
from graph.recognition.months import COLUMNS, month_of
from graph.recognition.reconciling import TASK_COLUMNS, task_of
from graph.scope import IN_SCOPE, NOTHING, listed

MONTHS, DIFFERENCES = "reconciliation months", "reconciliation differences"

_AFTER: LiteralString = (
    " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
)
_MONTHS_ASKED: LiteralString = (
    "MATCH (n:ReconciliationMonth) WHERE $sees AND n.state IN $states AND " + IN_SCOPE
)
_MONTH_COLUMNS: LiteralString = (
    "OPTIONAL MATCH (t:ReconciliationTask {reconciliation_id: n.reconciliation_id}) WHERE t.state = 'OPEN'"
    + COLUMNS
    + ", count(t.id) AS open_differences "
)
_MONTHS_PAGE = Statement(_MONTHS_ASKED + _AFTER + _MONTH_COLUMNS + "ORDER BY due_on, id", Access.READ)
_MONTHS_COUNT = Statement(_MONTHS_ASKED + " RETURN count(*) AS total", Access.READ)
_MONTHS_BY_IDS = Statement(
    "MATCH (n:ReconciliationMonth) WHERE n.id IN $ids AND $sees AND " + IN_SCOPE + _MONTH_COLUMNS, Access.READ
)
_ASKED: LiteralString = (
    "MATCH (n:ReconciliationTask) WHERE $sees AND n.state IN $states"
    " AND ($any_month OR n.reconciliation_id = $reconciliation_id) AND " + IN_SCOPE
)
_COLUMNS: LiteralString = (
    "MATCH (m:Reconciliation {id: n.reconciliation_id})"
    " OPTIONAL MATCH (c:RecognitionCase {credential_id: n.credential_id}) WHERE c.issuer = m.issuer"
    + TASK_COLUMNS
    + ", m.period AS month, m.agreement_id AS agreement_id, m.issuer AS issuer, max(c.id) AS case_id "
)
_PAGE = Statement(_ASKED + _AFTER + _COLUMNS + "ORDER BY due_on, id", Access.READ)
_COUNT = Statement(_ASKED + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "MATCH (n:ReconciliationTask) WHERE n.id IN $ids AND $sees AND " + IN_SCOPE + " WITH n " + _COLUMNS,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """A month, and how many differences in it wait for a person."""

    month: ReconciliationMonth
    open_differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """
    A difference, and the statement that it was found in.

    Parameters
    ----------
    case_id
        The case here that rests on the credential, where it is one of theirs.
    """

    task: ReconciliationTask
    month: str
    agreement_id: str
    issuer: str
    case_id: str | None


def _month(record: Record) -> MonthRow:
    return MonthRow(month=month_of(record), open_differences=integer(record, "open_differences"))


def _difference(record: Record) -> DifferenceRow:
    return DifferenceRow(
        task=task_of(record),
        month=text(record, "month"),
        agreement_id=text(record, "agreement_id"),
        issuer=text(record, "issuer"),
        case_id=text_or_none(record, "case_id"),
    )


async def page_of_reconciliation_months(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[MonthState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[MonthRow]:
    """Give months, the earliest due first."""
    asked = {**seen_by(actor), "states": listed([each.value for each in states or MonthState])}
    after_day, after_id = start_of(MONTHS, after)
    records = await tx.run(
        _MONTHS_PAGE, **asked, after_day=day_of(after_day), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_MONTHS_COUNT, **asked))[0], "total") if with_total else None
    return page(MONTHS, records, first, total, row=_month, sort_column="due_on")


async def reconciliation_months_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, MonthRow]:
    """Give the months among ``ids`` that the actor may see."""
    records = await tx.run(_MONTHS_BY_IDS, **seen_by(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): _month(record) for record in records}


async def page_of_reconciliation_differences(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[TaskState] = (),
    month_id: str | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[DifferenceRow]:
    """Give differences, of a month or of all, the earliest due first; without ``states`` those that wait."""
    asked = {
        **seen_by(actor),
        "states": listed([each.value for each in states or (TaskState.OPEN,)]),
        "any_month": month_id is None,
        "reconciliation_id": "" if month_id is None else await _held_in(tx, actor, month_id),
    }
    after_day, after_id = start_of(DIFFERENCES, after)
    records = await tx.run(
        _PAGE, **asked, after_day=day_of(after_day), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **asked))[0], "total") if with_total else None
    return page(DIFFERENCES, records, first, total, row=_difference, sort_column="due_on")


async def _held_in(tx: ReadTransaction, actor: Actor, month_id: str) -> str:
    found = (await reconciliation_months_by_ids(tx, actor, [month_id])).get(month_id)
    return (found and found.month.reconciliation_id) or NOTHING


async def reconciliation_differences_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, DifferenceRow]:
    """Give the differences among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **seen_by(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): _difference(record) for record in records}
