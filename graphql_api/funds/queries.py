"""Lists and look-ups of funds."""

import strawberry

from domain.giving import FundType
from graph.reads.funds import FundFilter, page_of_funds
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
from graphql_api.funds.types import FUND, ORGANISATION, FundNode, fund, load_fund
from graphql_api.ids import key_of


@strawberry.input(name="FundFilter", description="What funds are narrowed to.")
class FundFilterInput:
    """Empty axes narrow nothing."""

    types: list[FundType] = strawberry.field(default_factory=list[FundType])
    organisation_id: strawberry.ID | None = None


@strawberry.type
class FundQueries:
    """Lists and look-ups of funds."""

    @strawberry.field(description="Funds that the reader may see, by id.")
    async def funds(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: FundFilterInput | None = None,
    ) -> Connection[FundNode]:
        """Give a page of funds."""
        asked = filter or FundFilterInput()
        start = page_start(info, first, after)
        holder = asked.organisation_id
        narrowed = FundFilter(
            types=tuple(asked.types),
            organisation_id=None if holder is None else key_of(holder, ORGANISATION, "organisationId"),
        )
        page = await info.context.read(
            lambda tx: page_of_funds(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, fund)

    @strawberry.field(description="One fund.")
    async def fund(self, info: Info, id: strawberry.ID) -> FundNode | None:
        """Give a fund by its global id."""
        return await load_fund(info, key_of(id, FUND))
