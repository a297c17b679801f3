"""Households as use cases look them up."""

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

EXISTS = Statement("MATCH (n:Household {id: $id}) WHERE " + IN_SCOPE + " RETURN n.id AS id", Access.READ)
LOCK = Statement(
    "MATCH (n:Household {id: $id}) SET n.version = n.version + 1 RETURN n.version AS version", Access.WRITE
)


async def lock_household(tx: WriteTransaction, household_id: str) -> None:
    """Take a household, if it is known: what is read of its needs after it holds until the unit ends."""
    await tx.run(LOCK, id=household_id)


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
