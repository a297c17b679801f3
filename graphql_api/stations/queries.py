"""Lists and look-ups of stations."""

from functools import partial

import strawberry

from domain.stations import Network
from graph.reads.stations import StationFilter, page_of_stations
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.regions import region_path
from graphql_api.stations.types import STATION, StationNode, load_station, station


@strawberry.input(name="StationFilter", description="What stations are narrowed to.")
class StationFilterInput:
    """Empty axes narrow nothing."""

    networks: list[Network] = strawberry.field(default_factory=list[Network])
    region_id: strawberry.ID | None = None
    roots: bool = strawberry.field(default=False, description="Only the tops of trees.")
    with_closed: bool = False


@strawberry.type
class StationQueries:
    """Lists and look-ups of stations."""

    @strawberry.field(description="Stations of the reader's scope, parents before children.")
    async def stations(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: StationFilterInput | None = None,
    ) -> Connection[StationNode]:
        """Give a page of stations."""
        asked = filter or StationFilterInput()
        narrowed = StationFilter(
            networks=tuple(asked.networks),
            region_path=await region_path(info, asked.region_id),
            roots=asked.roots,
            with_closed=asked.with_closed,
        )
        return await paged(info, first, after, partial(page_of_stations, filter=narrowed), station)

    @strawberry.field(description="One station.")
    async def station(self, info: Info, id: strawberry.ID) -> StationNode | None:
        """Give a station by its global id."""
        return await load_station(info, key_of(id, STATION))
