"""The tree of divisions, as far as an actor's scope reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.actors import Actor
from domain.identifiers import RegionLevel
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


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
    raise NotImplementedError


async def region_by_id(tx: ReadTransaction, actor: Actor, region_id: str) -> RegionRow:
    """Give one division. Raises ``NotFoundError``."""
    raise NotImplementedError


async def regions_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RegionRow]:
    """Give the divisions among ``ids`` that the actor may see."""
    raise NotImplementedError
