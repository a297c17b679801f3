"""Volunteers as use cases look them up."""

from graph.columns import text, text_or_none
from graph.ports import Access, ReadTransaction, Statement

FIRST_ACTIVE = Statement(
    "MATCH (n:Volunteer) WHERE n.status = 'ACTIVE' AND n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.name AS name ORDER BY id LIMIT 1",
    Access.READ,
)


FIRST_PROPOSED = Statement(
    "MATCH (p:Proposal) WHERE p.state IN ['PROPOSED', 'OFFERED']"
    " MATCH (n:Volunteer {id: p.volunteer_id}) WHERE n.region_path STARTS WITH $region_path"
    " RETURN n.id AS id, n.name AS name ORDER BY id LIMIT 1",
    Access.READ,
)


async def first_proposed_volunteer(tx: ReadTransaction, region_path: str) -> tuple[str, str] | None:
    """Give id and name of a region's first volunteer, by id, whom a round has something to ask."""
    found = await tx.run(FIRST_PROPOSED, region_path=region_path)
    return (text(found[0], "id"), text_or_none(found[0], "name") or "") if found else None


async def first_active_volunteer(tx: ReadTransaction, region_path: str) -> tuple[str, str] | None:
    """Give id and name of a region's first active volunteer by id."""
    found = await tx.run(FIRST_ACTIVE, region_path=region_path)
    return (text(found[0], "id"), text_or_none(found[0], "name") or "") if found else None
