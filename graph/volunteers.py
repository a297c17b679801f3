"""Volunteers as use cases look them up."""

from collections.abc import Sequence

from domain.errors import NotFoundError
from graph.columns import text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import listed

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

RESIDENTS_BEHIND = Statement(
    "MATCH (n:Volunteer) WHERE (n.id IN $ids OR n.merged_into IN $ids) AND n.resident_id IS NOT NULL"
    " RETURN n.resident_id AS resident_id ORDER BY resident_id",
    Access.READ,
)
LOCK = Statement(
    "MATCH (n:Volunteer {id: $id}) SET n.version = n.version + 1 RETURN n.status AS status", Access.WRITE
)


async def residents_behind(tx: ReadTransaction, ids: Sequence[str]) -> set[str]:
    """Give the residents that those of the ids who are volunteers are, where that is known."""
    return {text(record, "resident_id") for record in await tx.run(RESIDENTS_BEHIND, ids=listed(list(ids)))}


async def lock_volunteer(tx: WriteTransaction, volunteer_id: str) -> str:
    """
    Take a volunteer: what is read of their promises after it holds until the unit ends.

    Gives where they stand, a code of ``VolunteerStatus``.

    Raises
    ------
    NotFoundError
        There is no such volunteer.
    """
    found = await tx.run(LOCK, id=volunteer_id)
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    return text(found[0], "status")


async def first_proposed_volunteer(tx: ReadTransaction, region_path: str) -> tuple[str, str] | None:
    """Give id and name of a region's first volunteer, by id, whom a round has something to ask."""
    found = await tx.run(FIRST_PROPOSED, region_path=region_path)
    return (text(found[0], "id"), text_or_none(found[0], "name") or "") if found else None


async def first_active_volunteer(tx: ReadTransaction, region_path: str) -> tuple[str, str] | None:
    """Give id and name of a region's first active volunteer by id."""
    found = await tx.run(FIRST_ACTIVE, region_path=region_path)
    return (text(found[0], "id"), text_or_none(found[0], "name") or "") if found else None
