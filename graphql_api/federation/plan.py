"""A round's money against what stands now, as clients see it."""

from datetime import datetime

import strawberry

from domain.rounds import ProposalState
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, cut
from graphql_api.context import Info
from graphql_api.funds.purposes import EARMARK
from graphql_api.funds.types import FundNode, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.proposals import PROPOSAL
from graphql_api.rounds import ROUND, RoundNode, round_node
from graphql_api.scalars import Money, money, money_or_none
from locales import text
from workflows.federation.plan import (
    AllocationPlan,
    BookDifference,
    HouseholdDifference,
    NeedDifference,
    PlanChange,
    PlanLine,
    Removed,
    StaleReason,
    allocation_plan,
)


@strawberry.type(description="Why a line of a plan no longer fits what stands now.")
class StaleNote:
    """A code and a sentence."""

    code: StaleReason
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")


@strawberry.type(name="PlanLine", description="One sum of a plan: from which book, for which need.")
class PlanLineNode:
    """The proposal, what the round before said, and what moved since."""

    proposal_id: strawberry.ID
    version: int = strawberry.field(description="Of the proposal.")
    state: ProposalState
    book: str = strawberry.field(description="What the book is called, if the reader may see its fund.")
    earmark_id: strawberry.ID | None
    household: int | None = strawberry.field(
        description="Number of the household in this plan; it names nobody."
    )
    amount: Money
    previous: Money = strawberry.field(description="What the round before proposed.")
    change: PlanChange
    stale: list[StaleNote] = strawberry.field(description="Empty where it still fits.")
    fund_key: strawberry.Private[str]
    need_key: strawberry.Private[str]

    @strawberry.field(description="The fund, if the reader may see it.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(
    name="RemovedLine", description="A sum that the round before proposed and this one does not."
)
class RemovedLineNode:
    """What it was, and what became of it."""

    proposal_id: strawberry.ID
    state: ProposalState
    book: str
    earmark_id: strawberry.ID | None
    amount: Money
    need_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(name="BookDifference", description="A book before and after a plan.")
class BookDifferenceNode:
    """``before`` less ``after`` is what the plan proposes."""

    name: str
    earmark_id: strawberry.ID | None
    before: Money = strawberry.field(description="Free, with what the round has taken of it put back.")
    now: Money = strawberry.field(description="Free now.")
    proposed: Money
    after: Money = strawberry.field(
        description="Free when all of the plan is taken; below zero where it is short."
    )
    held: Money = strawberry.field(description="What of it is set aside or paid already.")
    seen: Money | None = strawberry.field(description="Free money that the round saw.")
    changed: Money = strawberry.field(description="What came or went since then, by others than the round.")
    fund_key: strawberry.Private[str]

    @strawberry.field(description="The fund, if the reader may see it.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)


@strawberry.type(name="NeedDifference", description="A need before and after a plan.")
class NeedDifferenceNode:
    """Over all funds and rounds."""

    household: int | None = strawberry.field(
        description="Number of the household in this plan; it names nobody."
    )
    gap: Money = strawberry.field(description="Left to charity after policy aid and insurance.")
    given: Money = strawberry.field(description="Set aside or paid so far, this round's own left out.")
    proposed: Money
    left: Money = strawberry.field(description="Still missing after the plan.")
    ceiling_left: Money | None = strawberry.field(
        description="What its household may still be given after the plan (HC-19); below zero where it is passed."
    )
    need_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(
    name="HouseholdDifference", description="A household before and after a plan; it is not named."
)
class HouseholdDifferenceNode:
    """Over all funds in the period of the ceiling."""

    number: int = strawberry.field(
        description="Counts the households of this plan and means nothing outside it."
    )
    needs: int
    given: Money
    proposed: Money
    ceiling: Money | None
    left: Money | None


@strawberry.type(name="AllocationPlan", description="A round's money against what stands now.")
class AllocationPlanNode:
    """Books, lines, needs and households, and the round before."""

    as_of: datetime
    round: RoundNode
    previous: RoundNode | None = strawberry.field(description="The round that it is compared with.")
    proposed: Money
    stale_lines: int = strawberry.field(description="Lines that no longer fit what stands now.")
    books: list[BookDifferenceNode]
    found: strawberry.Private[AllocationPlan]

    @strawberry.field(description="Its sums; STALE ones alone, or those of one change, where asked for.")
    def plan_lines(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        stale_only: bool = False,
        change: PlanChange | None = None,
    ) -> Connection[PlanLineNode]:
        """Give a page of lines."""
        rows = [
            each
            for each in self.found.lines
            if (each.stale or not stale_only) and change in (None, each.change)
        ]
        name = f"plan_lines:{self.found.round.id}"
        return cut(
            info,
            first,
            after,
            rows,
            lambda row: _line(info, row),
            list_name=name,
            order=lambda row: (row.line.id, row.line.id),
        )

    @strawberry.field(description="Sums of the round before that this one does not propose.")
    def removed_lines(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[RemovedLineNode]:
        """Give a page of them."""
        name = f"removed_lines:{self.found.round.id}"
        return cut(
            info,
            first,
            after,
            self.found.removed,
            _removed,
            list_name=name,
            order=lambda row: (row.line.id, row.line.id),
        )

    @strawberry.field(description="Each need of the plan before and after it.")
    def need_differences(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[NeedDifferenceNode]:
        """Give a page of needs."""
        name = f"need_differences:{self.found.round.id}"
        return cut(
            info,
            first,
            after,
            self.found.needs,
            _need,
            list_name=name,
            order=lambda row: (row.need.id, row.need.id),
        )

    @strawberry.field(description="Each household of the plan before and after it.")
    def household_differences(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[HouseholdDifferenceNode]:
        """Give a page of households."""
        name = f"household_differences:{self.found.round.id}"
        return cut(
            info,
            first,
            after,
            self.found.households,
            _household,
            list_name=name,
            order=lambda row: (f"{row.number:09d}", str(row.number)),
        )


def _earmark_id(key: str | None) -> strawberry.ID | None:
    return None if key is None else encode_id(EARMARK, key)


def _line(info: Info, row: PlanLine) -> PlanLineNode:
    line = row.line
    return PlanLineNode(
        proposal_id=encode_id(PROPOSAL, line.id),
        version=line.version,
        state=line.state,
        book=row.name,
        earmark_id=_earmark_id(line.earmark_id),
        household=row.household,
        amount=money(line.amount_fen),
        previous=money(row.previous_fen),
        change=row.change,
        stale=[
            StaleNote(code=code, message=text(f"federation.stale.{code.value}", info.context.locale))
            for code in row.stale
        ],
        fund_key=line.fund_id,
        need_key=line.need_id,
    )


def _removed(row: Removed) -> RemovedLineNode:
    return RemovedLineNode(
        proposal_id=encode_id(PROPOSAL, row.line.id),
        state=row.line.state,
        book=row.name,
        earmark_id=_earmark_id(row.line.earmark_id),
        amount=money(row.line.amount_fen),
        need_key=row.line.need_id,
    )


def _book(row: BookDifference) -> BookDifferenceNode:
    return BookDifferenceNode(
        name=row.name,
        earmark_id=_earmark_id(row.earmark_id),
        before=money(row.before_fen),
        now=money(row.now_fen),
        proposed=money(row.proposed_fen),
        after=money(row.after_fen),
        held=money(row.held_fen),
        seen=money_or_none(row.seen_fen),
        changed=money(row.changed_fen),
        fund_key=row.fund_id,
    )


def _need(row: NeedDifference) -> NeedDifferenceNode:
    return NeedDifferenceNode(
        household=row.household,
        gap=money(row.need.gap_fen),
        given=money(row.given_fen),
        proposed=money(row.proposed_fen),
        left=money(row.left_fen),
        ceiling_left=money_or_none(row.ceiling_left_fen),
        need_key=row.need.id,
    )


def _household(row: HouseholdDifference) -> HouseholdDifferenceNode:
    return HouseholdDifferenceNode(
        number=row.number,
        needs=row.needs,
        given=money(row.given_fen),
        proposed=money(row.proposed_fen),
        ceiling=money_or_none(row.ceiling_fen),
        left=money_or_none(row.left_fen),
    )


@strawberry.type
class PlanQueries:
    """What a round would do, and has done, to books, needs and households."""

    @strawberry.field(
        description="A round's money against what stands now; a federation sees published rounds and its own books."
    )
    async def allocation_plan(
        self, info: Info, round_id: strawberry.ID, against_id: strawberry.ID | None = None
    ) -> AllocationPlanNode:
        """Give the plan of a round, compared with another or with the last one of the place before it."""
        context = info.context
        found = await allocation_plan(
            context.workspace,
            context.actor,
            key_of(round_id, ROUND, "roundId"),
            against=None if against_id is None else key_of(against_id, ROUND, "againstId"),
        )
        return AllocationPlanNode(
            as_of=found.as_of,
            round=round_node(found.round),
            previous=None if found.previous is None else round_node(found.previous),
            proposed=money(found.proposed_fen),
            stale_lines=found.stale_lines,
            books=[_book(row) for row in found.books],
            found=found,
        )
