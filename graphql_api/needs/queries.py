"""Lists and look-ups of needs."""

from functools import partial

import strawberry

from domain.needs import NeedCategory, NeedKind, NeedState, Urgency
from graph.reads.needs import NeedFilter, page_of_needs
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED, NeedNode, load_need, need
from graphql_api.regions import region_path
from graphql_api.stations.types import STATION


@strawberry.input(name="NeedFilter", description="What needs are narrowed to.")
class NeedFilterInput:
    """Empty axes narrow nothing."""

    states: list[NeedState] = strawberry.field(default_factory=list[NeedState])
    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    kinds: list[NeedKind] = strawberry.field(default_factory=list[NeedKind])
    urgencies: list[Urgency] = strawberry.field(default_factory=list[Urgency])
    region_id: strawberry.ID | None = None
    station_id: strawberry.ID | None = strawberry.field(
        default=None, description="The station that handles it."
    )
    text: str = strawberry.field(default="", description="Looked for in the title.")


@strawberry.type
class NeedQueries:
    """Lists and look-ups of needs."""

    @strawberry.field(description="Needs that the reader may see, newest first.")
    async def needs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: NeedFilterInput | None = None,
    ) -> Connection[NeedNode]:
        """Give a page of needs."""
        asked = filter or NeedFilterInput()
        narrowed = NeedFilter(
            states=tuple(asked.states),
            categories=tuple(asked.categories),
            kinds=tuple(asked.kinds),
            urgencies=tuple(asked.urgencies),
            region_path=await region_path(info, asked.region_id),
            text=asked.text,
            station_id=key_of(asked.station_id, STATION, "stationId") if asked.station_id else "",
        )
        return await paged(info, first, after, partial(page_of_needs, filter=narrowed), need)

    @strawberry.field(description="One need.")
    async def need(self, info: Info, id: strawberry.ID) -> NeedNode | None:
        """Give a need by its global id."""
        return await load_need(info, key_of(id, NEED))

    @strawberry.field(description="Needs that are longer in their state than its clock allows, newest first.")
    async def overdue_needs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        region_id: strawberry.ID | None = None,
    ) -> Connection[NeedNode]:
        """Give a page of overdue needs."""
        narrowed = NeedFilter(
            region_path=await region_path(info, region_id), overdue_at=info.context.workspace.clock()
        )
        return await paged(info, first, after, partial(page_of_needs, filter=narrowed), need)
