"""Stations as use cases write them, and which of them handles which need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.actors import Actor
from domain.errors import ConflictError, NotFoundError, StaleVersionError
from domain.needs import OVER
from domain.organisations import Station
from domain.provenance import MANUAL_SOURCE
from domain.stations import Node, bare_territory, enclosing_paths, serving, tree_path_of
from graph.columns import integer, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import IN_SCOPE, scope_paths

_COLUMNS = (
    " RETURN n.id AS id, n.tree_path AS tree_path, n.territory AS territory, n.closed_at AS closed_at,"
    " n.parent_id AS parent_id, n.region_path AS region_path, n.name AS name,"
    " coalesce(n.version, 1) AS version"
)
LOCK = Statement(
    "MATCH (n:Station {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = coalesce(n.version, 1) + 1"
    + _COLUMNS,
    Access.WRITE,
)
LOCK_TREE = Statement(
    "MATCH (n:Station {id: $id}) SET n.tree_revision = coalesce(n.tree_revision, 0) + 1 RETURN n.id AS id",
    Access.WRITE,
)
READ_ONE = Statement("MATCH (n:Station {id: $id}) WHERE " + IN_SCOPE + _COLUMNS, Access.READ)
SUBTREE = Statement(
    "MATCH (n:Station) WHERE n.tree_path STARTS WITH $tree_path" + _COLUMNS + " ORDER BY tree_path, id",
    Access.READ,
)
EVERY = Statement("MATCH (n:Station)" + _COLUMNS + " ORDER BY id", Access.READ)
SERVING = Statement(
    "MATCH (n:Station) WHERE n.closed_at IS NULL AND n.tree_path IS NOT NULL"
    " AND any(p IN $enclosing WHERE p IN n.territory)" + _COLUMNS,
    Access.READ,
)
CREATE = Statement(
    """
    CREATE (:Station {id: $id, name: $name, parent_id: $parent_id, networks: $networks, territory: $territory,
      tree_path: $tree_path, depth: $depth, tree_revision: 0, version: 1, region_id: $region_id,
      region_path: $region_path, longitude_deg: $longitude_deg, latitude_deg: $latitude_deg,
      place_made_up: false, source_id: $source_id, source_row: 0, recorded_at: $at})
    """,
    Access.WRITE,
)
JOIN_PARENT = Statement(
    "MATCH (n:Station {id: $id}) MATCH (p:Station {id: $other})"
    " CREATE (n)-[:PART_OF {source_id: $source_id}]->(p)",
    Access.WRITE,
)
JOIN_SERVED = Statement(
    "MATCH (n:Station {id: $id}) MATCH (p:Region {id: $other})"
    " CREATE (n)-[:SERVES {source_id: $source_id}]->(p)",
    Access.WRITE,
)
JOIN_PLACE = Statement(
    "MATCH (n:Station {id: $id}) MATCH (p:Region {id: $other})"
    " CREATE (n)-[:LOCATED_IN {source_id: $source_id}]->(p)",
    Access.WRITE,
)
PART_FROM_PARENT = Statement("MATCH (n:Station {id: $id})-[r:PART_OF]->(p:Station) DELETE r", Access.WRITE)
SET_PARENT = Statement("MATCH (n:Station {id: $id}) SET n.parent_id = $parent_id", Access.WRITE)
RENAME = Statement("MATCH (n:Station {id: $id}) SET n.name = $name, n.networks = $networks", Access.WRITE)
CLOSE = Statement(
    "MATCH (n:Station {id: $id}) SET n.closed_at = $at, n.closed_reason = $reason", Access.WRITE
)
NEEDS_BELOW = Statement(
    "MATCH (d:Need) WHERE any(p IN $paths WHERE d.region_path STARTS WITH p) AND NOT d.state IN $over"
    " RETURN d.id AS id, d.region_path AS region_path, d.station_id AS station_id",
    Access.READ,
)
HELD = Statement(
    "MATCH (d:Need) WHERE d.station_id = $id AND NOT d.state IN $over RETURN count(*) AS held", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedStation:
    """A station taken for changing; ``version`` is the new one."""

    node: Node
    name: str
    parent_id: str | None
    region_path: str
    version: int


def node_of(record: Record) -> Node:
    """Give the tree's view of a record."""
    station_id = text(record, "id")
    return Node(
        id=station_id,
        tree_path=text_or_none(record, "tree_path") or f"/{station_id}/",
        territory=texts(record, "territory"),
        open=moment_or_none(record, "closed_at") is None,
    )


async def lock_station(
    tx: WriteTransaction, actor: Actor, station_id: str, *, expected_version: int
) -> LockedStation:
    """
    Take a station for changing, and its tree for changes of structure.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=station_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such station", kind="station", id=station_id)
    seen = integer(found[0], "version") - 1
    if seen != expected_version:
        raise StaleVersionError(
            "the station has changed since it was read", id=station_id, expected=expected_version, found=seen
        )
    return LockedStation(
        node=node_of(found[0]),
        name=text(found[0], "name"),
        parent_id=text_or_none(found[0], "parent_id"),
        region_path=text(found[0], "region_path"),
        version=seen + 1,
    )


async def lock_trees(tx: WriteTransaction, root_ids: Sequence[str]) -> None:
    """Take whole trees, in the order of their roots: two changes of one tree come one after the other."""
    for root_id in sorted(set(root_ids)):
        await tx.run(LOCK_TREE, id=root_id)


async def station_node(tx: ReadTransaction, actor: Actor, station_id: str) -> Node:
    """
    Give a station of the actor's scope as the tree sees it.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(READ_ONE, id=station_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such station", kind="station", id=station_id)
    return node_of(found[0])


async def require_tree_as_locked(tx: ReadTransaction, actor: Actor, seen: Sequence[Node]) -> None:
    """
    Go on only if nobody moved the stations between reading them and taking their trees.

    Raises
    ------
    ConflictError
        Somebody did; asked again, the change is judged by the tree as it is then.
    """
    for node in seen:
        if await station_node(tx, actor, node.id) != node:
            raise ConflictError("the tree of stations changed meanwhile", id=node.id)


async def subtree(tx: ReadTransaction, tree_path: str) -> list[Node]:
    """Give a station and all below it, from the top."""
    return [node_of(record) for record in await tx.run(SUBTREE, tree_path=tree_path)]


async def create_station(
    tx: WriteTransaction, station: Station, parent: Node | None, served_ids: Sequence[str], *, at: datetime
) -> None:
    """Write a station with its place in the tree and the divisions it serves."""
    place = station.place
    await tx.run(
        CREATE,
        id=station.id,
        name=station.name,
        parent_id=station.parent_id,
        networks=[network.value for network in station.networks],
        territory=list(station.territory),
        tree_path=tree_path_of(station.id, parent),
        depth=parent.depth + 1 if parent else 0,
        region_id=station.region.id,
        region_path=station.region.path,
        longitude_deg=place.longitude_deg if place else None,
        latitude_deg=place.latitude_deg if place else None,
        source_id=MANUAL_SOURCE,
        at=at,
    )
    if parent is not None:
        await _join(tx, JOIN_PARENT, station.id, parent.id)
    for region_id in served_ids:
        await _join(tx, JOIN_SERVED, station.id, region_id)
    await _join(tx, JOIN_PLACE, station.id, station.region.id)


async def place_station(tx: WriteTransaction, station: Node, parent: Node | None) -> None:
    """Hang a locked station and all below it under another parent, or make it a root."""
    below = await subtree(tx, station.tree_path)
    new_path = tree_path_of(station.id, parent)
    moved = [(node.id, new_path + node.tree_path.removeprefix(station.tree_path)) for node in below]
    await tx.load_nodes(
        NODE_TYPE_BY_LABEL["Station"],
        pl.DataFrame(
            {
                "id": [key for key, _ in moved],
                "tree_path": [path for _, path in moved],
                "depth": [path.count("/") - 2 for _, path in moved],
            }
        ),
    )
    await tx.run(PART_FROM_PARENT, id=station.id)
    await tx.run(SET_PARENT, id=station.id, parent_id=parent.id if parent else None)
    if parent is not None:
        await _join(tx, JOIN_PARENT, station.id, parent.id)


async def _join(tx: WriteTransaction, statement: Statement, station_id: str, other_id: str) -> None:
    await tx.run(statement, id=station_id, other=other_id, source_id=MANUAL_SOURCE)


async def station_for(tx: ReadTransaction, region_path: str) -> str | None:
    """Give the deepest open station that serves a place, or None."""
    records = await tx.run(SERVING, enclosing=enclosing_paths(region_path))
    found = serving((node_of(record) for record in records), region_path)
    return None if found is None else found.id


async def assign_needs(tx: WriteTransaction, paths: Sequence[str]) -> int:
    """
    Give every need under the paths that is not over to its deepest open station; give how many changed hands.

    One look at the stations, one at the needs, one bulk write.
    """
    if not paths:
        return 0
    nodes = [node_of(record) for record in await tx.run(EVERY)]
    over = sorted(state.value for state in OVER)
    needs = await tx.frame(NEEDS_BELOW, paths=list(paths), over=over)
    places = needs["region_path"].unique().to_list()
    hands = {place: found.id if (found := serving(nodes, place)) else None for place in places}
    now = needs.with_columns(
        hand=pl.col("region_path").replace_strict(hands, default=None, return_dtype=pl.String)
    )
    changed = now.filter(~pl.col("hand").eq_missing(pl.col("station_id")))
    if changed.is_empty():
        return 0
    await tx.load_nodes(NODE_TYPE_BY_LABEL["Need"], changed.select("id", station_id="hand"))
    return changed.height


async def held_needs(tx: ReadTransaction, station_id: str) -> int:
    """Count the needs that are not over and that a station handles itself."""
    over = sorted(state.value for state in OVER)
    return integer((await tx.run(HELD, id=station_id, over=over))[0], "held")


async def settle_trees(tx: WriteTransaction) -> int:
    """
    Work out tree paths and territories of stations that came in by their parents alone, as from files.

    A station serves the division it stands in and whatever its children serve beyond that, so that a parent
    covers its children. One whose parent is unknown is a root. Gives how many stations changed.
    """
    rows = {text(record, "id"): record for record in await tx.run(EVERY)}
    parent_of = {key: text_or_none(row, "parent_id") for key, row in rows.items()}
    paths: dict[str, str] = {}

    def path_of(key: str, seen: frozenset[str]) -> str:
        parent = parent_of[key]
        if parent is None or parent not in rows or parent in seen:
            return f"/{key}/"
        if parent not in paths:
            paths[parent] = path_of(parent, seen | {key})
        return f"{paths[parent]}{key}/"

    for key in rows:
        paths[key] = path_of(key, frozenset({key}))
    own = {key: texts(row, "territory") or (text(row, "region_path"),) for key, row in rows.items()}
    served = dict(own)
    for key in sorted(rows, key=lambda each: -paths[each].count("/")):
        above = paths[key].split("/")[-3]
        if above:
            served[above] = bare_territory((*served[above], *served[key]))
    changed = [
        {
            "id": key,
            "tree_path": paths[key],
            "depth": paths[key].count("/") - 2,
            "territory": list(served[key]),
        }
        for key, row in rows.items()
        if paths[key] != text_or_none(row, "tree_path") or served[key] != texts(row, "territory")
    ]
    if changed:
        await tx.load_nodes(NODE_TYPE_BY_LABEL["Station"], pl.DataFrame(changed))
    return len(changed)
