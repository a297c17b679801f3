"""The tree of stations as clients see it, and the acts that change it."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.errors import InvalidInputError
from domain.stations import Network, Party
from graph.reads.parties import PartyRow
from graph.reads.station_figures import BEGINNING, END, Counts, StationFigures
from graph.reads.stations import StationFilter, StationRow, page_of_stations
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
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import Payload, answer, once
from graphql_api.regions import REGION, RegionNode, load_region, region_path
from graphql_api.scalars import Place, PlaceInput, place
from workflows.stations.tree import NewStation, close_station, move_station, open_station, rename_station
from workflows.workspace import Outcome

STATION = "Station"
_MOST_REGIONS = 50


@strawberry.type(name="PartyActing", description="One of the five parties on one need.")
class PartyNode:
    """People are counted and never named."""

    party: Party
    acting: int = strawberry.field(description="How many of it act; 0 says that the party is still missing.")
    names: list[str] = strawberry.field(description="Stations, organisations and funds.")


def party(row: PartyRow) -> PartyNode:
    """Give a party as clients see it."""
    return PartyNode(party=row.party, acting=row.acting, names=list(row.names))


@strawberry.type(description="On how many of the needs posted in the span a party acts.")
class PartyCount:
    """A party's share of the work."""

    party: Party
    needs: int


@strawberry.type(
    name="StationCounts", description="Milestones that fell into the span; child protection aside."
)
class CountsNode:
    """Counted in the store."""

    posted: int
    verified: int
    matched: int
    fulfilled: int
    median_days: int | None = strawberry.field(description="From posting to fulfilment; null without any.")
    parties: list[PartyCount]


@strawberry.type(name="StationFigures", description="What a station did, by itself and with all below it.")
class FiguresNode:
    """Own and whole."""

    own: CountsNode
    whole: CountsNode
    regions: int = strawberry.field(description="Towns and villages inside its territory.")
    covered: int = strawberry.field(description="Those of them that an open station serves.")
    coverage_percent: float | None


def _counts(counts: Counts) -> CountsNode:
    return CountsNode(
        posted=counts.posted,
        verified=counts.verified,
        matched=counts.matched,
        fulfilled=counts.fulfilled,
        median_days=counts.median_days,
        parties=[PartyCount(party=each, needs=counts.parties.get(each, 0)) for each in Party],
    )


def _figures(figures: StationFigures) -> FiguresNode:
    share = figures.coverage
    return FiguresNode(
        own=_counts(figures.own),
        whole=_counts(figures.whole),
        regions=figures.regions,
        covered=figures.covered,
        coverage_percent=None if share is None else round(100 * share, 1),
    )


@strawberry.type(
    name=STATION, description="A node of the one tree: consortium, township station, community point."
)
class StationNode(Node):
    """A station."""

    name: str
    networks: list[Network]
    depth: int = strawberry.field(description="How many stations stand above it.")
    territory: list[str] = strawberry.field(description="Paths of the divisions it serves.")
    place: Place | None
    closed_at: datetime | None
    closed_reason: str | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    key: strawberry.Private[str]
    parent_key: strawberry.Private[str | None]
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="The station above it, if the reader may see it.")
    async def parent(self, info: Info) -> "StationNode | None":
        """Give its parent."""
        return await load_station(info, self.parent_key)

    @strawberry.field(description="Open stations right below it.")
    async def children(self, info: Info) -> "list[StationNode]":
        """Give its children."""
        return [station(row) for row in await info.context.load.station_children.load(self.key) or ()]

    @strawberry.field(description="Where it stands.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its seat."""
        return await load_region(info, self.region_key)

    @strawberry.field(
        description="What it did between two moments, the first included; open ends without them."
    )
    async def figures(
        self,
        info: Info,
        start: Annotated[datetime | None, strawberry.argument(name="from")] = None,
        end: Annotated[datetime | None, strawberry.argument(name="to")] = None,
    ) -> FiguresNode:
        """Give its figures."""
        span = (start or BEGINNING, end or END)
        if any(moment.tzinfo is None for moment in span):
            raise InvalidInputError("a time without a zone is ambiguous", field="from")
        found = await info.context.load.station_figures.load((self.key, *span))
        return _figures(found or StationFigures(own=Counts(), whole=Counts()))


def station(row: StationRow) -> StationNode:
    """Give a station as clients see it."""
    return StationNode(
        id=encode_id(STATION, row.id),
        name=row.name,
        networks=[Network(code) for code in row.networks],
        depth=row.depth,
        territory=list(row.territory),
        place=place(row.longitude_deg, row.latitude_deg, made_up=row.place_made_up),
        closed_at=row.closed_at,
        closed_reason=row.closed_reason,
        version=row.version,
        key=row.id,
        parent_key=row.parent_id,
        region_key=row.region_id,
    )


async def load_station(info: Info, key: str | None) -> StationNode | None:
    """Give the station of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.stations.load(key)
    return None if row is None else station(row)


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
        position = page_start(info, first, after)
        narrowed = StationFilter(
            networks=tuple(asked.networks),
            region_path=await region_path(info, asked.region_id),
            roots=asked.roots,
            with_closed=asked.with_closed,
        )
        page = await info.context.read(
            lambda tx: page_of_stations(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=position,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, station)

    @strawberry.field(description="One station.")
    async def station(self, info: Info, id: strawberry.ID) -> StationNode | None:
        """Give a station by its global id."""
        return await load_station(info, key_of(id, STATION))


@strawberry.input(description="A station to open.")
class OpenStationInput:
    """Its signs, its place in the tree, and whom it serves."""

    idempotency_key: str
    name: str
    networks: list[Network]
    territory_ids: list[strawberry.ID] = strawberry.field(
        description="Divisions it serves; it stands in the first."
    )
    parent_id: strawberry.ID | None = None
    place: PlaceInput | None = None


@strawberry.input(description="Changes the signs at a station's door.")
class RenameStationInput:
    """Name and networks, whole."""

    station_id: strawberry.ID
    expected_version: int
    name: str
    networks: list[Network]


@strawberry.input(description="Hangs a station, with all below it, under another.")
class MoveStationInput:
    """Without a parent it becomes the top of a tree."""

    station_id: strawberry.ID
    expected_version: int
    parent_id: strawberry.ID | None = None


@strawberry.input(description="Closes a station; what it handled goes to the next one up.")
class CloseStationInput:
    """Which station, as read, and why."""

    station_id: strawberry.ID
    expected_version: int
    reason: str


def _optional(global_id: str | None) -> str | None:
    return None if global_id is None else key_of(global_id, STATION, "parentId")


@strawberry.type
class StationMutations:
    """Changes of the tree; for who heads a station."""

    @strawberry.mutation(description="Open a station; it takes over the needs of its territory.")
    async def open_station(self, info: Info, input: OpenStationInput) -> Payload[StationNode]:
        """Open a station."""

        async def act() -> Outcome[StationRow]:
            if len(input.territory_ids) > _MOST_REGIONS:
                raise InvalidInputError(f"at most {_MOST_REGIONS}", field="territoryIds")
            new = NewStation(
                name=input.name,
                networks=tuple(input.networks),
                territory_ids=tuple(key_of(each, REGION, "territoryIds") for each in input.territory_ids),
                parent_id=_optional(input.parent_id),
                place=input.place.read() if input.place else None,
            )
            context = info.context
            return await open_station(
                context.workspace, context.actor, new, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, station)

    @strawberry.mutation(description="Change a station's name and networks.")
    async def rename_station(self, info: Info, input: RenameStationInput) -> Payload[StationNode]:
        """Rename a station."""

        async def act() -> Outcome[StationRow]:
            return await once(
                rename_station(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.station_id, STATION, "stationId"),
                    expected_version=input.expected_version,
                    name=input.name,
                    networks=tuple(input.networks),
                )
            )

        return await answer(info, act, station)

    @strawberry.mutation(description="Hang a station, with all below it, under another.")
    async def move_station(self, info: Info, input: MoveStationInput) -> Payload[StationNode]:
        """Move a station."""

        async def act() -> Outcome[StationRow]:
            return await once(
                move_station(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.station_id, STATION, "stationId"),
                    expected_version=input.expected_version,
                    parent_id=_optional(input.parent_id),
                )
            )

        return await answer(info, act, station)

    @strawberry.mutation(description="Close a station; what it handled goes to the next one up.")
    async def close_station(self, info: Info, input: CloseStationInput) -> Payload[StationNode]:
        """Close a station."""

        async def act() -> Outcome[StationRow]:
            return await once(
                close_station(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.station_id, STATION, "stationId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, station)
