"""Households as use cases look them up."""

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, scope_paths

EXISTS = Statement("MATCH (n:Household {id: $id}) WHERE " + IN_SCOPE + " RETURN n.id AS id", Access.READ)


async def require_household(tx: ReadTransaction, actor: Actor, household_id: str) -> None:
    """
    Go on only if the household lies within the actor's scope.

    Raises
    ------
    NotFoundError
        It does not.
    """
    if not await tx.run(EXISTS, id=household_id, scope_paths=scope_paths(actor)):
        raise NotFoundError("no such household", kind="household", id=household_id)
