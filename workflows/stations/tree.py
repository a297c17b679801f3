"""Opening, naming, moving and closing stations."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError
from domain.identifiers import RegionCode, RegionSystem
from domain.organisations import Station
from domain.provenance import MANUAL_SOURCE, Provenance
from domain.regions import GeoPoint
from domain.stations import Network, Node, bare_territory, require_place_in_tree, tree_path_of
from graph.reads.stations import StationRow, station_by_id
from graph.regions import path_of_region
from graph.stations import (
    CLOSE,
    RENAME,
    assign_needs,
    create_station,
    held_needs,
    lock_station,
    lock_trees,
    place_station,
    require_tree_as_locked,
    settle_trees,
    station_for,
    station_node,
    subtree,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_KEEPERS = (Role.STATION_LEAD, Role.PLATFORM_ADMIN)
_ANSWERS = TypeAdapter(StationRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStation:
    """A station to open; ``territory_ids`` are divisions such as ``NBS:320582100000``, its seat the first."""

    name: str
    networks: tuple[Network, ...]
    territory_ids: tuple[str, ...]
    parent_id: str | None = None
    place: GeoPoint | None = None


async def open_station(
    ws: Workspace, actor: Actor, new: NewStation, *, idempotency_key: str | None = None
) -> Outcome[StationRow]:
    """
    Open a station, and hand it the needs of its territory that nobody deeper handles.

    Raises
    ------
    NotPermittedError
        The actor does not head a station.
    InvalidInputError
        No name, network or territory; the parent does not cover it; the tree would be too deep.
    ConflictError
        The parent is closed.
    NotFoundError
        A division or the parent lies outside the actor's scope.
    """
    actor.require(*_KEEPERS)
    if not new.territory_ids:
        raise InvalidInputError("a station serves a territory", field="territory_ids")
    station_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> StationRow:
        parent = await _locked_parent(tx, actor, new.parent_id)
        paths = [await path_of_region(tx, actor, region_id) for region_id in new.territory_ids]
        system, _, code = new.territory_ids[0].partition(":")
        station = Station(
            id=station_id,
            name=new.name.strip(),
            networks=tuple(dict.fromkeys(new.networks)),
            region=RegionCode.parse(RegionSystem(system), code),
            parent_id=new.parent_id,
            territory=bare_territory(paths),
            place=new.place,
            provenance=Provenance(source_id=MANUAL_SOURCE, source_row=0, recorded_at=tx.at),
        )
        node = Node(id=station_id, tree_path=tree_path_of(station_id, parent), territory=station.territory)
        require_place_in_tree(node, parent)
        await create_station(tx, station, parent, tuple(dict.fromkeys(new.territory_ids)), at=tx.at)
        handed = await assign_needs(tx, station.territory)
        tx.record("station.open", station_id, detail={"needs": handed})
        return await station_by_id(tx, actor, station_id)

    request = request_hash("open_station", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _locked_parent(tx: AuditedTransaction, actor: Actor, parent_id: str | None) -> Node | None:
    if parent_id is None:
        return None
    parent = await station_node(tx, actor, parent_id)
    await lock_trees(tx, [parent.root_id])
    await require_tree_as_locked(tx, actor, [parent])
    return parent


async def rename_station(
    ws: Workspace,
    actor: Actor,
    station_id: str,
    *,
    expected_version: int,
    name: str,
    networks: tuple[Network, ...],
) -> StationRow:
    """
    Change the signs at a station's door: its name and the networks it belongs to.

    Raises
    ------
    InvalidInputError
        No name, or no network.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; outside the scope; the actor does not head a station.
    """
    if not name.strip():
        raise InvalidInputError("a station has a name", field="name")
    if not networks:
        raise InvalidInputError("a station belongs to a network", field="networks")

    async def change(tx: AuditedTransaction) -> None:
        await lock_station(tx, actor, station_id, expected_version=expected_version)
        labels = [network.value for network in dict.fromkeys(networks)]
        await tx.run(RENAME, id=station_id, name=name.strip(), networks=labels)
        tx.record("station.rename", station_id)

    return await _changed(ws, actor, station_id, change)


async def move_station(
    ws: Workspace, actor: Actor, station_id: str, *, expected_version: int, parent_id: str | None
) -> StationRow:
    """
    Hang a station, with all below it, under another parent; without one it becomes a root.

    Raises
    ------
    ConflictError
        The parent is closed, or is the station itself or below it, or the tree changed meanwhile.
    InvalidInputError
        The parent does not cover the station's territory, or the tree would be too deep.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; outside the scope; the actor does not head a station.
    """

    async def change(tx: AuditedTransaction) -> None:
        station = (await lock_station(tx, actor, station_id, expected_version=expected_version)).node
        parent = None if parent_id is None else await station_node(tx, actor, parent_id)
        seen = [station] if parent is None else [station, parent]
        await lock_trees(tx, [node.root_id for node in seen])
        await require_tree_as_locked(tx, actor, seen)
        below = await subtree(tx, station.tree_path)
        height = max(node.depth for node in below) - station.depth + 1
        require_place_in_tree(station, parent, height=height)
        await place_station(tx, station, parent)
        handed = await assign_needs(tx, station.territory)  # depth decides between overlapping territories
        tx.record("station.move", station_id, detail={"parent": parent_id, "needs": handed})

    return await _changed(ws, actor, station_id, change)


async def close_station(
    ws: Workspace, actor: Actor, station_id: str, *, expected_version: int, reason: str
) -> StationRow:
    """
    Close a station; what it handled goes to the next station up that serves the place.

    Raises
    ------
    InvalidInputError
        No reason is given.
    ConflictError
        It is closed already, open stations stand below it, or nobody else serves a place whose need it handles.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; outside the scope; the actor does not head a station.
    """
    if not reason.strip():
        raise InvalidInputError("the step needs a reason", field="reason")

    async def change(tx: AuditedTransaction) -> None:
        station = (await lock_station(tx, actor, station_id, expected_version=expected_version)).node
        await lock_trees(tx, [station.root_id])
        await require_tree_as_locked(tx, actor, [station])
        if not station.open:
            raise ConflictError("the station is closed", id=station_id)
        children = [
            node for node in await subtree(tx, station.tree_path) if node.id != station_id and node.open
        ]
        if children:
            raise ConflictError(
                "open stations stand below it", id=station_id, other=children[0].id, rule="no_open_children"
            )
        held = await held_needs(tx, station_id)
        await tx.run(CLOSE, id=station_id, at=tx.at, reason=reason.strip())
        for path in station.territory if held else ():
            if await station_for(tx, path) is None:
                raise ConflictError(
                    "nobody else serves its territory, where needs are open", id=station_id, needs=held
                )
        handed = await assign_needs(tx, station.territory)
        tx.record("station.close", station_id, detail={"needs": handed, "reason_length": len(reason)})

    return await _changed(ws, actor, station_id, change)


async def _changed(
    ws: Workspace, actor: Actor, station_id: str, change: Callable[[AuditedTransaction], Awaitable[None]]
) -> StationRow:
    actor.require(*_KEEPERS)

    async def work(tx: AuditedTransaction) -> StationRow:
        await change(tx)
        return await station_by_id(tx, actor, station_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def settle_stations(ws: Workspace, actor: Actor) -> int:
    """
    Put stations that came from files into their tree and hand them the needs of their territories.

    Done after an import and again at no cost: what is settled is left as it is. Gives how many rows changed.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)

    async def work(tx: AuditedTransaction) -> int:
        settled = await settle_trees(tx)
        handed = await assign_needs(tx, actor.scope.region_paths)
        if settled or handed:
            tx.record("station.settle", "stations", detail={"stations": settled, "needs": handed})
        return settled + handed

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
