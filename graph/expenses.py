"""Costs of running charities and their activities, and what the books say of a charity's year."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.costs import CostClass
from domain.funds import Book, ExpenseState
from domain.ledger import FundAccount, FundEntryKind
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.locked import find_paper, lock_paper
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

EXPENSE_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.organisation_id AS organisation_id, n.fund_id AS fund_id, n.earmark_id AS earmark_id,"
    " n.cost_class AS cost_class, n.title AS title, n.amount_fen AS amount_fen, n.spent_on AS spent_on,"
    " n.reference AS reference, n.state AS state, n.recorded_by AS recorded_by, n.recorded_at AS recorded_at,"
    " n.approved_by AS approved_by, n.decided_at AS decided_at, n.reason AS reason, n.entry_id AS entry_id,"
    " n.region_path AS region_path, n.version AS version"
)
CREATE = Statement(
    """
    CREATE (:Expense {id: $id, organisation_id: $organisation_id, fund_id: $fund_id, earmark_id: $earmark_id,
      cost_class: $cost_class, title: $title, amount_fen: $amount_fen, spent_on: $spent_on,
      reference: $reference, state: $state, recorded_by: $recorded_by, recorded_at: $recorded_at,
      region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement("MATCH (n:Expense {id: $id}) SET n.version = n.version + 1" + EXPENSE_COLUMNS, Access.WRITE)
BY_ID = Statement("MATCH (n:Expense {id: $id})" + EXPENSE_COLUMNS, Access.READ)
WRITE = Statement(
    "MATCH (n:Expense {id: $id}) SET n.state = $state, n.approved_by = $approved_by,"
    " n.decided_at = $decided_at, n.reason = $reason, n.entry_id = $entry_id",
    Access.WRITE,
)
LOCK_ORGANISATION = Statement(
    "MATCH (n:Organisation {id: $id}) SET n.name = n.name RETURN n.id AS id", Access.WRITE
)
MANAGEMENT = Statement(
    "MATCH (n:Expense) WHERE n.organisation_id = $organisation_id AND n.state = 'POSTED'"
    " AND n.cost_class = 'MANAGEMENT' AND n.spent_on >= $first_day AND n.spent_on < $end_day"
    " RETURN sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
# Costs count by the day they were spent on and aid by the day it was paid, so both are taken from their papers.
ACTIVITY = Statement(
    "MATCH (n:Expense) WHERE n.organisation_id = $organisation_id AND n.state = 'POSTED'"
    " AND n.cost_class <> 'MANAGEMENT' AND n.spent_on >= $first_day AND n.spent_on < $end_day"
    " RETURN sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
MOVED = Statement(
    """
    MATCH (f:Fund) WHERE f.organisation_id = $organisation_id
    MATCH (e:FundEntry) WHERE e.fund_id = f.id AND e.at >= $start_at AND e.at < $end_at
    RETURN e.kind AS kind, e.source_kind AS source_kind, e.debit AS debit, e.credit AS credit,
      sum(e.amount_fen) AS amount_fen
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseRow:
    """One cost, from who wrote it down to the entry it was posted by."""

    id: str
    organisation_id: str
    book: Book
    cost_class: CostClass
    title: str
    amount_fen: int
    spent_on: date
    reference: str
    state: ExpenseState
    recorded_by: str
    recorded_at: datetime
    region_path: str
    approved_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    entry_id: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class YearMoved:
    """What the books of a charity say of a span of days, in fen."""

    income_fen: int
    charitable_fen: int
    management_fen: int


def expense_of(record: Record) -> ExpenseRow:
    """Give the row of a record of ``EXPENSE_COLUMNS``."""
    return ExpenseRow(
        id=text(record, "id"),
        organisation_id=text(record, "organisation_id"),
        book=Book(fund_id=text(record, "fund_id"), earmark_id=text_or_none(record, "earmark_id")),
        cost_class=CostClass(text(record, "cost_class")),
        title=text(record, "title"),
        amount_fen=integer(record, "amount_fen"),
        spent_on=day(record, "spent_on"),
        reference=text(record, "reference"),
        state=ExpenseState(text(record, "state")),
        recorded_by=text(record, "recorded_by"),
        recorded_at=moment(record, "recorded_at"),
        region_path=text(record, "region_path"),
        approved_by=text_or_none(record, "approved_by"),
        decided_at=moment_or_none(record, "decided_at"),
        reason=text_or_none(record, "reason"),
        entry_id=text_or_none(record, "entry_id"),
        version=integer(record, "version"),
    )


async def create_expense(tx: WriteTransaction, row: ExpenseRow) -> None:
    """Write a cost down; it is paid from its book once a second person agreed."""
    await tx.run(
        CREATE,
        id=row.id,
        organisation_id=row.organisation_id,
        fund_id=row.book.fund_id,
        earmark_id=row.book.earmark_id,
        cost_class=row.cost_class.value,
        title=row.title,
        amount_fen=row.amount_fen,
        spent_on=row.spent_on,
        reference=row.reference,
        state=row.state.value,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        region_path=row.region_path,
    )


async def find_expense(tx: ReadTransaction, expense_id: str) -> ExpenseRow:
    """
    Give a cost.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return await find_paper(tx, BY_ID, expense_of, kind="expense", key=expense_id)


async def lock_expense(tx: WriteTransaction, expense_id: str, *, expected_version: int) -> ExpenseRow:
    """
    Take a cost for deciding.

    Raises
    ------
    NotFoundError
        There is none of that id.
    StaleVersionError
        It has changed since it was read.
    """
    return await lock_paper(
        tx, LOCK, expense_of, kind="expense", key=expense_id, expected_version=expected_version
    )


async def write_expense(tx: WriteTransaction, row: ExpenseRow) -> None:
    """Write where a locked cost stands."""
    await tx.run(
        WRITE,
        id=row.id,
        state=row.state.value,
        approved_by=row.approved_by,
        decided_at=row.decided_at,
        reason=row.reason,
        entry_id=row.entry_id,
    )


async def lock_organisation(tx: WriteTransaction, organisation_id: str) -> None:
    """Take an organisation: what its costs of a year sum to holds until the unit ends."""
    await tx.run(LOCK_ORGANISATION, id=organisation_id)


async def moved_between(
    tx: ReadTransaction, organisation_id: str, *, first: date, end: date, start_at: datetime, end_at: datetime
) -> YearMoved:
    """
    Sum what came in and what was spent by a charity in a span of days.

    Parameters
    ----------
    first, end
        Civil days, half-open: by them costs count.
    start_at, end_at
        The same span as moments: by them aid and gifts count.
    """
    income = aid = 0
    for record in await tx.run(MOVED, organisation_id=organisation_id, start_at=start_at, end_at=end_at):
        amount = integer(record, "amount_fen")
        debit, credit = text(record, "debit"), text(record, "credit")
        if text(record, "kind") == FundEntryKind.OPEN.value:
            continue  # counted before the ledger began: of no one year
        outside = (
            FundAccount.RECEIVED.value,
            FundAccount.RETURNED.value,
        )  # what went back to donors is no income
        income += amount * ((debit in outside) - (credit in outside))
        if text(record, "source_kind") != "EXPENSE":
            aid += amount * ((credit == FundAccount.SPENT.value) - (debit == FundAccount.SPENT.value))
    span = {"organisation_id": organisation_id, "first_day": first, "end_day": end}
    return YearMoved(
        income_fen=income,
        charitable_fen=aid + integer((await tx.run(ACTIVITY, **span))[0], "amount_fen"),
        management_fen=integer((await tx.run(MANAGEMENT, **span))[0], "amount_fen"),
    )
