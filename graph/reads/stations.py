"""The tree of stations as screens and the API show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.stations import Network
from graph.columns import integer, moment_or_none, real_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths

LIST_NAME = "stations"

_COLUMNS: LiteralString = """
RETURN n.id AS id, n.name AS name, n.networks AS networks, n.parent_id AS parent_id, n.territory AS territory,
  coalesce(n.tree_path, '') AS tree_path, coalesce(n.depth, 0) AS depth, n.region_id AS region_id,
  n.region_path AS region_path, n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg,
  n.place_made_up AS place_made_up, n.closed_at AS closed_at, n.closed_reason AS closed_reason,
  coalesce(n.version, 1) AS version
"""
_NARROWED: LiteralString = (
    " AND n.region_path STARTS WITH $region_path AND ($sees_closed OR n.closed_at IS NULL)"
    " AND any(w IN $networks WHERE w IN n.networks) AND coalesce(n.depth, 0) <= $depth_most"
)
_PAGE = Statement(
    "MATCH (n:Station) WHERE "
    + IN_SCOPE
    + _NARROWED
    + " AND (coalesce(n.tree_path, '') > $after_path OR (coalesce(n.tree_path, '') = $after_path"
    " AND n.id > $after_id))" + _COLUMNS + "ORDER BY tree_path, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Station) WHERE " + IN_SCOPE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Station {id: wanted}) WHERE " + IN_SCOPE + _COLUMNS, Access.READ
)
_CHILDREN = Statement(
    "UNWIND $ids AS wanted MATCH (n:Station) WHERE n.parent_id = wanted AND n.closed_at IS NULL AND "
    + IN_SCOPE
    + _COLUMNS
    + "ORDER BY tree_path, id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRow:
    """One node of the tree."""

    id: str
    name: str
    networks: tuple[str, ...]
    parent_id: str | None
    territory: tuple[str, ...]
    tree_path: str
    depth: int
    region_id: str | None
    region_path: str
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool
    closed_at: datetime | None
    closed_reason: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFilter:
    """What a list of stations is narrowed to; empty axes narrow nothing. ``roots`` keeps roots alone."""

    networks: tuple[Network, ...] = ()
    region_path: str = "/"
    roots: bool = False
    with_closed: bool = False


def station_of(record: Record) -> StationRow:
    """Give the row of a record."""
    return StationRow(
        id=text(record, "id"),
        name=text_or_none(record, "name") or "",
        networks=texts(record, "networks"),
        parent_id=text_or_none(record, "parent_id"),
        territory=texts(record, "territory"),
        tree_path=text(record, "tree_path"),
        depth=integer(record, "depth"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        longitude_deg=real_or_none(record, "longitude_deg"),
        latitude_deg=real_or_none(record, "latitude_deg"),
        place_made_up=bool(record["place_made_up"]),
        closed_at=moment_or_none(record, "closed_at"),
        closed_reason=text_or_none(record, "closed_reason"),
        version=integer(record, "version"),
    )


async def page_of_stations(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: StationFilter = StationFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[StationRow]:
    """Give stations of the actor's scope, parents before children."""
    narrowed = {
        "scope_paths": scope_paths(actor),
        "networks": [network.value for network in filter.networks or Network],
        "region_path": filter.region_path,
        "sees_closed": filter.with_closed,
        "depth_most": 0 if filter.roots else 1_000,
    }
    after_path, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_path=after_path, after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=station_of, sort_column="tree_path")


async def station_by_id(tx: ReadTransaction, actor: Actor, station_id: str) -> StationRow:
    """
    Give one station.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await stations_by_ids(tx, actor, [station_id])
    if station_id not in found:
        raise NotFoundError("no such station", kind="station", id=station_id)
    return found[station_id]


async def stations_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, StationRow]:
    """Give the stations among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, ids=listed(list(set(ids))), scope_paths=scope_paths(actor))
    return {text(record, "id"): station_of(record) for record in records}


async def children_of_stations(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[StationRow, ...]]:
    """Give the open stations right below each of ``ids``, as far as the actor may see them."""
    children: dict[str, tuple[StationRow, ...]] = {}
    for record in await tx.run(_CHILDREN, ids=listed(list(set(ids))), scope_paths=scope_paths(actor)):
        row = station_of(record)
        if row.parent_id is not None:
            children[row.parent_id] = (*children.get(row.parent_id, ()), row)
    return children
