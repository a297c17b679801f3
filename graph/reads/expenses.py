"""Lists of costs."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.funds import ExpenseState
from graph.expenses import EXPENSE_COLUMNS, ExpenseRow, expense_of
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.held import FIRST_ONES, HELD, IN_ORDER, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page

_NARROWED: LiteralString = " AND ($fund_id = '' OR n.fund_id = $fund_id) AND n.state IN $states"
_LIST = HeldList(
    name="expenses",
    page=Statement(
        "MATCH (n:Expense)" + " WHERE " + HELD + _NARROWED + IN_ORDER + EXPENSE_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:Expense)" + " WHERE " + HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:Expense {id: wanted})" + " WHERE " + HELD + EXPENSE_COLUMNS,
        Access.READ,
    ),
    row=expense_of,
)


async def page_of_expenses(
    tx: ReadTransaction,
    actor: Actor,
    *,
    fund_id: str = "",
    states: Sequence[ExpenseState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ExpenseRow]:
    """Give costs by id, of one fund where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {"fund_id": fund_id, "states": [state.value for state in states or ExpenseState]},
        first=first,
        after=after,
        with_total=with_total,
    )


async def expenses_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, ExpenseRow]:
    """Give the costs among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def expense_by_id(tx: ReadTransaction, actor: Actor, expense_id: str) -> ExpenseRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await expenses_by_ids(tx, actor, [expense_id])
    if expense_id not in found:
        raise NotFoundError("no such expense", kind="expense", id=expense_id)
    return found[expense_id]
