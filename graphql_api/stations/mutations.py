"""Acts that change the tree of stations."""

import strawberry

from domain.errors import InvalidInputError
from domain.stations import Network
from graph.reads.stations import StationRow
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.regions import REGION
from graphql_api.scalars import PlaceInput
from graphql_api.stations.types import STATION, station
from workflows.stations.tree import NewStation, close_station, move_station, open_station, rename_station
from workflows.workspace import Outcome

_MOST_REGIONS = 50


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

    @mutation(station, description="Open a station; it takes over the needs of its territory.")
    async def open_station(self, info: Info, input: OpenStationInput) -> Outcome[StationRow]:
        """Open a station."""
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

    @mutation(station, description="Change a station's name and networks.")
    async def rename_station(self, info: Info, input: RenameStationInput) -> StationRow:
        """Rename a station."""
        return await rename_station(
            info.context.workspace,
            info.context.actor,
            key_of(input.station_id, STATION, "stationId"),
            expected_version=input.expected_version,
            name=input.name,
            networks=tuple(input.networks),
        )

    @mutation(station, description="Hang a station, with all below it, under another.")
    async def move_station(self, info: Info, input: MoveStationInput) -> StationRow:
        """Move a station."""
        return await move_station(
            info.context.workspace,
            info.context.actor,
            key_of(input.station_id, STATION, "stationId"),
            expected_version=input.expected_version,
            parent_id=_optional(input.parent_id),
        )

    @mutation(station, description="Close a station; what it handled goes to the next one up.")
    async def close_station(self, info: Info, input: CloseStationInput) -> StationRow:
        """Close a station."""
        return await close_station(
            info.context.workspace,
            info.context.actor,
            key_of(input.station_id, STATION, "stationId"),
            expected_version=input.expected_version,
            reason=input.reason,
        )
