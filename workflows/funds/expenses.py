"""Costs of running a charity and its activities: written down by one, paid from a book when another agrees."""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.costs import CostClass
from domain.errors import ConflictError, InvalidInputError, NotFoundError, TransitionError
from domain.funds import Book, ExpenseState, FundState
from domain.giving import FundType
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.money import MOST_FEN
from graph.charity_years import find_charity_year
from graph.earmarks import find_earmarks
from graph.expenses import (
    ExpenseRow,
    create_expense,
    find_expense,
    lock_expense,
    lock_organisation,
    write_expense,
)
from graph.funds import FundFile, lock_fund
from graph.ledger.posting import post
from graph.reads.expenses import expense_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.funds.acting import Decision, require_acting_for, require_second_person, today_of
from workflows.funds.charity_years import moved_in, rules_of_year
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ExpenseRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpense:
    """A cost, the book that is to pay it, and the paper it stands on."""

    book: Book
    cost_class: CostClass
    title: str
    amount_fen: int
    spent_on: date
    reference: str

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= MOST_FEN:
            raise InvalidInputError("a cost is a sum of money", field="amount", value=self.amount_fen)


async def record_expense(
    ws: Workspace, actor: Actor, new: NewExpense, *, idempotency_key: str | None = None
) -> Outcome[ExpenseRow]:
    """
    Write a cost down; nothing is paid until a second person approves it.

    Raises
    ------
    InvalidInputError
        No title or paper, or a day to come.
    ConflictError
        Such a cost is none of that book's (HC-04, HC-11), or the fund is not open.
    NotFoundError, NotPermittedError
        Not the actor's; the actor is no officer.
    """
    title, reference = require_words(new.title, "title"), require_words(new.reference, "reference")
    expense_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ExpenseRow:
        today = today_of(tx)
        if new.spent_on > today:
            raise InvalidInputError("a cost is one that was had", field="spent_on")
        fund = await lock_fund(tx, actor, new.book.fund_id)
        require_acting_for(actor, fund.organisation_id)
        await _require_payable(tx, fund, new.book, new.cost_class, today)
        row = ExpenseRow(
            id=expense_id,
            organisation_id=fund.organisation_id,
            book=new.book,
            cost_class=new.cost_class,
            title=title,
            amount_fen=new.amount_fen,
            spent_on=new.spent_on,
            reference=reference,
            state=ExpenseState.RECORDED,
            recorded_by=actor.id,
            recorded_at=tx.at,
            region_path=fund.region_path,
        )
        await create_expense(tx, row)
        tx.record(
            "expense.record",
            expense_id,
            detail={"cost_class": new.cost_class.value, "amount_fen": new.amount_fen},
        )
        return await expense_by_id(tx, actor, expense_id)

    request = request_hash("record_expense", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _require_payable(
    tx: AuditedTransaction, fund: FundFile, book: Book, cost_class: CostClass, today: date
) -> None:
    """Go on only if a book may pay such a cost."""
    if fund.state not in (FundState.OPEN, FundState.WINDING_UP):
        raise ConflictError("the fund is not open", fund=fund.name, state=fund.state.value)
    if book.earmark_id is not None:
        earmark = (await find_earmarks(tx, [book.earmark_id])).get(book.earmark_id)
        if earmark is None or earmark.fund_id != fund.id:
            raise NotFoundError("no such earmark", kind="earmark", id=book.earmark_id)
    if fund.type is FundType.IMPREST:
        raise ConflictError("an imprest pays people, not costs", fund=fund.name, rule="HC-12")
    if cost_class.is_charitable:
        return
    own = book.earmark_id is None
    if not own or fund.type in rules_of_year(today.year, fund.region_path).no_management_from:
        raise ConflictError("such money pays for no management", fund=fund.name, rule="HC-11")


async def decide_expense(ws: Workspace, actor: Actor, expense_id: str, decision: Decision) -> ExpenseRow:
    """
    Approve or refuse a cost as the second person; an approved one is paid from its book.

    Raises
    ------
    TransitionError
        It was decided before.
    ConflictError
        Management would cost more than the charity's class allows in the year (HC-17).
    InsufficientFundsError
        The book has less free money.
    SeparationOfDutiesError, StaleVersionError, NotFoundError, NotPermittedError
        The actor wrote it down; changed since read; not the actor's; the actor approves nothing.
    """

    async def work(tx: AuditedTransaction) -> ExpenseRow:
        seen = await find_expense(tx, expense_id)
        require_acting_for(actor, seen.organisation_id)
        await lock_organisation(tx, seen.organisation_id)
        row = await lock_expense(tx, expense_id, expected_version=decision.expected_version)
        if row.state is not ExpenseState.RECORDED:
            raise TransitionError("the cost was decided before", before=row.state.value)
        await require_second_person(tx, actor, row.recorded_by, about=expense_id)
        decided = replace(row, approved_by=actor.id, decided_at=tx.at, reason=decision.reason)
        if not decision.approved:
            await write_expense(tx, replace(decided, state=ExpenseState.REFUSED))
            tx.record("expense.refuse", expense_id)
            return await expense_by_id(tx, actor, expense_id)
        if row.cost_class is CostClass.MANAGEMENT:
            await _require_below_ceiling(tx, row)
        (entry_id,) = await post(tx, [_posting(row, FundEntryKind.EXPEND)])
        await write_expense(tx, replace(decided, state=ExpenseState.POSTED, entry_id=entry_id))
        tx.record("expense.approve", expense_id, detail={"amount_fen": row.amount_fen})
        return await expense_by_id(tx, actor, expense_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _require_below_ceiling(tx: AuditedTransaction, row: ExpenseRow) -> None:
    year = row.spent_on.year
    judged = await find_charity_year(tx, row.organisation_id, year)
    if judged is None:
        return  # nobody wrote down yet what the year is judged by
    rules = rules_of_year(year, judged.region_path)
    moved = await moved_in(tx, row.organisation_id, year)
    figures = rules.figures(judged.charity_class, judged.net_assets_fen)
    ceiling = rules.management_ceiling_fen(figures, max(moved.charitable_fen, judged.payout_floor_fen))
    would_be = moved.management_fen + row.amount_fen
    if would_be > ceiling:
        raise ConflictError(
            "management would cost more than the year allows",
            asked_fen=would_be,
            ceiling_fen=ceiling,
            rule="HC-17",
        )


async def reverse_expense(
    ws: Workspace, actor: Actor, expense_id: str, *, expected_version: int, reason: str
) -> ExpenseRow:
    """
    Take a paid cost back by a reversal of its entry, as somebody other than who wrote it down.

    Raises
    ------
    InvalidInputError
        No reason is given.
    TransitionError
        It was not paid, or was taken back before.
    SeparationOfDutiesError, StaleVersionError, NotFoundError, NotPermittedError
        The actor wrote it down; changed since read; not the actor's; the actor approves nothing.
    """
    why = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> ExpenseRow:
        seen = await find_expense(tx, expense_id)
        require_acting_for(actor, seen.organisation_id)
        await lock_organisation(tx, seen.organisation_id)
        row = await lock_expense(tx, expense_id, expected_version=expected_version)
        if row.state is not ExpenseState.POSTED or row.entry_id is None:
            raise TransitionError("the cost was not paid", before=row.state.value)
        await require_second_person(tx, actor, row.recorded_by, about=expense_id)
        await post(tx, [_posting(row, FundEntryKind.REVERSE, reverses=row.entry_id, reason=why)])
        await write_expense(tx, replace(row, state=ExpenseState.REVERSED, reason=why))
        tx.record("expense.reverse", expense_id, detail={"amount_fen": row.amount_fen})
        return await expense_by_id(tx, actor, expense_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _posting(
    row: ExpenseRow, kind: FundEntryKind, *, reverses: str | None = None, reason: str | None = None
) -> FundPosting:
    return FundPosting(
        fund_id=row.book.fund_id,
        earmark_id=row.book.earmark_id,
        kind=kind,
        amount_fen=row.amount_fen,
        source_kind=EntrySource.EXPENSE,
        source_id=row.id,
        reason=reason or row.cost_class.value,
        reverses=reverses,
    )
