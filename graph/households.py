"""Households as use cases look them up."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.regions import GeoPoint
from graph.columns import flag, real_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths

EXISTS = Statement("MATCH (n:Household {id: $id}) WHERE " + IN_SCOPE + " RETURN n.id AS id", Access.READ)
FILE = Statement(
    "MATCH (n:Household {id: $id}) WHERE "
    + IN_SCOPE
    + """
    RETURN n.region_id AS region_id, n.region_path AS region_path, n.situations AS situations,
      n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg, n.place_made_up AS place_made_up
    """,
    Access.READ,
)
SITUATIONS_OF_MEMBERS = Statement(
    "MATCH (r:Resident) WHERE r.household_id = $id RETURN r.situations AS situations", Access.READ
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdFile:
    """What a household's file says about where it lives and what it goes through, its members' part included."""

    region_id: str | None
    region_path: str
    place: GeoPoint | None
    situations: frozenset[str]


async def household_file(tx: ReadTransaction, actor: Actor, household_id: str) -> HouseholdFile:
    """
    Give what the file of a household says.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(FILE, id=household_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such household", kind="household", id=household_id)
    longitude, latitude = real_or_none(found[0], "longitude_deg"), real_or_none(found[0], "latitude_deg")
    members = await tx.run(SITUATIONS_OF_MEMBERS, id=household_id)
    return HouseholdFile(
        region_id=text_or_none(found[0], "region_id"),
        region_path=text(found[0], "region_path"),
        place=None
        if longitude is None or latitude is None
        else GeoPoint(
            longitude_deg=longitude, latitude_deg=latitude, made_up=flag(found[0], "place_made_up")
        ),
        situations=frozenset(code for row in (*found, *members) for code in texts(row, "situations")),
    )
