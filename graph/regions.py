"""Divisions as use cases look them up."""

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.columns import text
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, scope_paths

PATH = Statement(
    "MATCH (n:Region {id: $id}) WHERE " + IN_SCOPE + " RETURN n.region_path AS region_path", Access.READ
)


async def path_of_region(tx: ReadTransaction, actor: Actor, region_id: str) -> str:
    """
    Give the path of a division.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(PATH, id=region_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such region", kind="region", id=region_id)
    return text(found[0], "region_path")
