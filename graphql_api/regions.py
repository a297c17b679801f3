"""Divisions as clients see them."""

from functools import partial

import strawberry

from domain.identifiers import RegionLevel
from graph.reads.regions import RegionFilter, RegionRow, page_of_regions, region_by_id
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    loaded,
    paged,
)
from graphql_api.context import ApiContext, Info
from graphql_api.ids import encode_id, key_of
from graphql_api.scalars import Place, place

REGION = "Region"


@strawberry.type(name=REGION, description="An administrative division, as one code system names it.")
class RegionNode(Node):
    """A division."""

    system: str = strawberry.field(description="Which list of codes: NBS or MCA.")
    code: str
    name: str
    level: RegionLevel
    path: str = strawberry.field(description="Codes from the top down; what lies below begins with it.")
    place: Place | None = strawberry.field(description="Its centre.")


def region(row: RegionRow) -> RegionNode:
    """Give a division as clients see it."""
    return RegionNode(
        id=encode_id(REGION, row.id),
        system=row.system,
        code=row.code,
        name=row.name,
        level=row.level,
        path=row.region_path,
        place=place(row.longitude_deg, row.latitude_deg, made_up=False),
    )


async def load_region(info: Info, key: str | None) -> RegionNode | None:
    """Give the division of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.regions, key, region)


async def region_path(info: Info, global_id: str | None, field: str = "regionId") -> str:
    """Give the path of a division of the reader's scope, as ``path_of_division`` does."""
    return await path_of_division(info.context, global_id, field)


def region_key(path: str) -> str:
    """Give the key of the division of a path."""
    parts = path.strip("/").split("/")
    return f"{parts[0]}:{parts[-1].ljust(12, '0')}"


async def path_of_division(context: ApiContext, global_id: str | None, field: str = "regionId") -> str:
    """
    Give the path of a division to narrow a list to; without one the whole graph, which the scope narrows.

    Raises
    ------
    InvalidInputError
        Not the id of a division.
    NotFoundError
        No such division in the reader's scope.
    """
    if global_id is None:
        return "/"
    key = key_of(global_id, REGION, field)
    return (await context.read(lambda tx: region_by_id(tx, context.actor, key))).region_path


@strawberry.input(name="RegionFilter", description="What divisions are narrowed to.")
class RegionFilterInput:
    """Empty axes narrow nothing."""

    levels: list[RegionLevel] = strawberry.field(default_factory=list[RegionLevel])
    within_id: strawberry.ID | None = strawberry.field(default=None, description="It and all below.")


@strawberry.type
class RegionQueries:
    """Lists and look-ups of divisions."""

    @strawberry.field(description="Divisions of the reader's scope, parents before children.")
    async def regions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: RegionFilterInput | None = None,
    ) -> Connection[RegionNode]:
        """Give a page of divisions."""
        asked = filter or RegionFilterInput()
        path = await region_path(info, asked.within_id, "withinId")
        narrowed = RegionFilter(levels=tuple(asked.levels), region_path=path)
        return await paged(info, first, after, partial(page_of_regions, filter=narrowed), region)

    @strawberry.field(description="One division.")
    async def region(self, info: Info, id: strawberry.ID) -> RegionNode | None:
        """Give a division by its global id."""
        return await load_region(info, key_of(id, REGION))
