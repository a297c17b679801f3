"""Organisations as use cases look them up."""

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.organisations import OrganisationKind
from graph.columns import text
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, scope_paths

EXISTS = Statement(
    "MATCH (n:Organisation {id: $id}) WHERE n.kind = $kind AND " + IN_SCOPE + " RETURN n.id AS id",
    Access.READ,
)
FIRST_WITH_FUND = Statement(
    "MATCH (n:Organisation) MATCH (f:Fund) WHERE f.organisation_id = n.id"
    " AND n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.name AS name ORDER BY id LIMIT 1",
    Access.READ,
)


async def require_institution(tx: ReadTransaction, actor: Actor, organisation_id: str) -> None:
    """
    Go on only if the institution lies within the actor's scope.

    Raises
    ------
    NotFoundError
        It does not.
    """
    kind = OrganisationKind.INSTITUTION.value
    if not await tx.run(EXISTS, id=organisation_id, kind=kind, scope_paths=scope_paths(actor)):
        raise NotFoundError("no such institution", kind="organisation", id=organisation_id)


async def first_with_fund(tx: ReadTransaction, region_path: str) -> tuple[str, str] | None:
    """Give id and name of the first organisation of a region that holds a fund."""
    found = await tx.run(FIRST_WITH_FUND, region_path=region_path)
    return (text(found[0], "id"), text(found[0], "name")) if found else None
