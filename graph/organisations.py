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
WITH_FUNDS = Statement(
    "MATCH (f:Fund) MATCH (n:Organisation {id: f.organisation_id})"
    " WHERE n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.name AS name, count(f.id) AS funds ORDER BY funds DESC, id",
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


async def organisations_with_funds(tx: ReadTransaction, region_path: str) -> list[tuple[str, str]]:
    """Give id and name of a region's organisations that hold funds, those with most first."""
    found = await tx.run(WITH_FUNDS, region_path=region_path)
    return [(text(record, "id"), text(record, "name")) for record in found]
