"""Lists and look-ups of allocations."""

from datetime import UTC, datetime

import strawberry

from domain.allocations import AllocationState
from graph.reads.allocations import (
    AllocationFilter,
    page_of_allocations,
)
from graphql_api.allocations.types import ALLOCATION, AllocationNode, allocation, load_allocation
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds.types import (
    FUND,
    ORGANISATION,
)
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED


@strawberry.input(name="AllocationFilter", description="What allocations are narrowed to.")
class AllocationFilterInput:
    """Empty axes narrow nothing."""

    states: list[AllocationState] = strawberry.field(default_factory=list[AllocationState])
    fund_id: strawberry.ID | None = None
    need_id: strawberry.ID | None = None
    organisation_id: strawberry.ID | None = None
    papers_overdue: bool = strawberry.field(
        default=False, description="Only what was paid first and lacks its approvals past their day."
    )

    def read(self, now: datetime) -> AllocationFilter:
        """
        Give the read model's filter.

        Raises
        ------
        InvalidInputError
            Not the ids of a fund, a need and an organisation.
        """
        return AllocationFilter(
            states=tuple(self.states),
            fund_id=key_of(self.fund_id, FUND, "fundId") if self.fund_id else None,
            need_id=key_of(self.need_id, NEED, "needId") if self.need_id else None,
            organisation_id=(
                key_of(self.organisation_id, ORGANISATION, "organisationId") if self.organisation_id else None
            ),
            papers_overdue_at=now if self.papers_overdue else None,
        )


@strawberry.type
class AllocationQueries:
    """Lists and look-ups of allocations."""

    @strawberry.field(
        description="Allocations, newest first: the desk's of its regions, a federation's of its own funds."
    )
    async def allocations(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: AllocationFilterInput | None = None,
    ) -> Connection[AllocationNode]:
        """Give a page of allocations."""
        start = page_start(info, first, after)
        now = info.context.workspace.clock().astimezone(UTC)
        narrowed = (filter or AllocationFilterInput()).read(now)
        page = await info.context.read(
            lambda tx: page_of_allocations(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, allocation)

    @strawberry.field(description="One allocation.")
    async def allocation(self, info: Info, id: strawberry.ID) -> AllocationNode | None:
        """Give an allocation by its global id."""
        return await load_allocation(info, key_of(id, ALLOCATION))
