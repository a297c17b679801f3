"""The tree of stations as clients see it."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.errors import InvalidInputError
from domain.stations import Network, Party
from graph.reads.parties import PartyRow
from graph.reads.station_figures import BEGINNING, END, Counts, StationFigures
from graph.reads.stations import StationRow
from graphql_api.connections import (
    Node,
    loaded,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import Place, place

STATION = "Station"


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
    return await loaded(info.context.load.stations, key, station)
