"""Costs of charities, as clients see and decide on them."""

from datetime import date, datetime

import strawberry

from domain.allocations import ApprovalDecision
from domain.costs import CostClass
from domain.funds import ExpenseState
from graph.expenses import ExpenseRow
from graph.reads.expenses import expenses_by_ids, page_of_expenses
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds.purposes import EARMARK, optional_key
from graphql_api.funds.transfers import BookInput
from graphql_api.funds.types import FUND, FundNode, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, MoneyInput, fen_of, money
from workflows.funds.acting import Decision
from workflows.funds.expenses import NewExpense, decide_expense, record_expense, reverse_expense
from workflows.workspace import Outcome

EXPENSE = "Expense"


@strawberry.type(name=EXPENSE, description="A cost of running a charity or its activities.")
class ExpenseNode(Node):
    """What was paid for, by which book, and by whom agreed."""

    cost_class: CostClass
    state: ExpenseState
    title: str
    amount: Money
    spent_on: date
    reference: str = strawberry.field(description="The invoice or receipt.")
    recorded_by: str
    recorded_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    earmark_id: strawberry.ID | None = strawberry.field(description="Null for the fund's own money.")
    version: int
    fund_key: strawberry.Private[str]

    @strawberry.field(description="The fund that pays.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give its fund."""
        return await load_fund(info, self.fund_key)


def expense(row: ExpenseRow) -> ExpenseNode:
    """Give a cost as clients see it."""
    return ExpenseNode(
        id=encode_id(EXPENSE, row.id),
        cost_class=row.cost_class,
        state=row.state,
        title=row.title,
        amount=money(row.amount_fen),
        spent_on=row.spent_on,
        reference=row.reference,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        decided_by=row.approved_by,
        decided_at=row.decided_at,
        reason=row.reason,
        earmark_id=None if row.book.earmark_id is None else encode_id(EARMARK, row.book.earmark_id),
        version=row.version,
        fund_key=row.book.fund_id,
    )


async def load_expense(info: Info, key: str) -> ExpenseNode | None:
    """Give the cost of a key, if there is one that the reader may see."""
    found = await info.context.read(lambda tx: expenses_by_ids(tx, info.context.actor, [key]))
    return expense(found[key]) if key in found else None


@strawberry.input(name="ExpenseFilter", description="What costs are narrowed to.")
class ExpenseFilterInput:
    """Empty axes narrow nothing."""

    fund_id: strawberry.ID | None = None
    states: list[ExpenseState] = strawberry.field(default_factory=list[ExpenseState])


@strawberry.type
class ExpenseQueries:
    """Lists and look-ups of costs."""

    @strawberry.field(description="Costs that the reader may see, by id; RECORDED ones wait for an approver.")
    async def expenses(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: ExpenseFilterInput | None = None,
    ) -> Connection[ExpenseNode]:
        """Give a page of costs."""
        asked = filter or ExpenseFilterInput()
        start = page_start(info, first, after)
        fund_id = optional_key(asked.fund_id, FUND, "fundId")
        page = await info.context.read(
            lambda tx: page_of_expenses(
                tx,
                info.context.actor,
                fund_id=fund_id,
                states=asked.states,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, expense)

    @strawberry.field(description="One cost.")
    async def expense(self, info: Info, id: strawberry.ID) -> ExpenseNode | None:
        """Give a cost by its global id."""
        return await load_expense(info, key_of(id, EXPENSE))


@strawberry.input(description="Writes a cost down; it is paid when a second person approves it.")
class RecordExpenseInput:
    """What for, how much, from which book, on which paper."""

    idempotency_key: str
    book: BookInput
    cost_class: CostClass
    title: str
    amount: MoneyInput
    spent_on: date
    reference: str


@strawberry.input(description="Decides on a cost as the second person.")
class DecideExpenseInput:
    """The cost as it was read, and what was decided."""

    expense_id: strawberry.ID
    expected_version: int
    decision: ApprovalDecision
    reason: str | None = strawberry.field(default=None, description="Asked for with a refusal.")


@strawberry.input(description="Takes a paid cost back by a reversal of its entry.")
class ReverseExpenseInput:
    """Which cost, as read, and why."""

    expense_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.type
class ExpenseMutations:
    """Costs; for officers and approvers of the charity."""

    @mutation(expense, description="Write a cost down.")
    async def record_expense(self, info: Info, input: RecordExpenseInput) -> Outcome[ExpenseRow]:
        """Record a cost."""
        new = NewExpense(
            book=input.book.read(),
            cost_class=input.cost_class,
            title=input.title,
            amount_fen=fen_of(input.amount, "amount"),
            spent_on=input.spent_on,
            reference=input.reference,
        )
        return await record_expense(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(expense, description="Approve or refuse a cost; an approved one is paid from its book.")
    async def decide_expense(self, info: Info, input: DecideExpenseInput) -> ExpenseRow:
        """Decide on a cost."""
        key = key_of(input.expense_id, EXPENSE, "expenseId")
        decision = Decision(
            decision=input.decision, expected_version=input.expected_version, reason=input.reason
        )
        return await decide_expense(info.context.workspace, info.context.actor, key, decision)

    @mutation(expense, description="Take a paid cost back; for an approver who did not write it down.")
    async def reverse_expense(self, info: Info, input: ReverseExpenseInput) -> ExpenseRow:
        """Reverse a cost."""
        return await reverse_expense(
            info.context.workspace,
            info.context.actor,
            key_of(input.expense_id, EXPENSE, "expenseId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )
