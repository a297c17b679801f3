"""The tree of divisions, as far as an actor's scope reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.identifiers import RegionLevel
from graph.columns import integer, real_or_none, text
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths

LIST_NAME = "regions"

_COLUMNS: LiteralString = """
RETURN n.id AS id, n.system AS system, n.code AS code, n.name AS name, n.level AS level,
  n.region_path AS region_path, n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg
"""
_NARROWED: LiteralString = " AND n.level IN $levels AND n.region_path STARTS WITH $region_path"
_PAGE = Statement(
    "MATCH (n:Region) WHERE "
    + IN_SCOPE
    + _NARROWED
    + " AND (n.region_path > $after_path OR (n.region_path = $after_path AND n.id > $after_id))"
    + _COLUMNS
    + "ORDER BY region_path, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Region) WHERE " + IN_SCOPE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Region {id: wanted}) WHERE " + IN_SCOPE + _COLUMNS, Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """One division."""

    id: str
    system: str
    code: str
    name: str
    level: RegionLevel
    region_path: str
    longitude_deg: float | None
    latitude_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFilter:
    """What a list of divisions is narrowed to: levels, and the subtree under ``region_path``."""

    levels: tuple[RegionLevel, ...] = ()
    region_path: str = "/"


def _region(record: Record) -> RegionRow:
    return RegionRow(
        id=text(record, "id"),
        system=text(record, "system"),
        code=text(record, "code"),
        name=text(record, "name"),
        level=RegionLevel(text(record, "level")),
        region_path=text(record, "region_path"),
        longitude_deg=real_or_none(record, "longitude_deg"),
        latitude_deg=real_or_none(record, "latitude_deg"),
    )


async def page_of_regions(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: RegionFilter = RegionFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[RegionRow]:
    """Give divisions of the actor's scope in path order, parents before children."""
    narrowed = {
        "scope_paths": scope_paths(actor),
        "levels": [level.value for level in filter.levels or RegionLevel],
        "region_path": filter.region_path,
    }
    after_path, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_path=after_path, after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_region, sort_column="region_path")


async def region_by_id(tx: ReadTransaction, actor: Actor, region_id: str) -> RegionRow:
    """
    Give one division.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await regions_by_ids(tx, actor, [region_id])
    if region_id not in found:
        raise NotFoundError("no such region", kind="region", id=region_id)
    return found[region_id]


async def regions_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RegionRow]:
    """Give the divisions among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, ids=listed(list(set(ids))), scope_paths=scope_paths(actor))
    return {text(record, "id"): _region(record) for record in records}
