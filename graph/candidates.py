"""Who might be asked to take a slot: active people of a region with the skill, and how they may be asked."""

from dataclasses import dataclass

from domain.people import Skill
from graph.columns import flag, integer_or_none, real_or_none, text, texts
from graph.ports import Access, ReadTransaction, Statement

NEAR = Statement(
    """
    MATCH (n:Volunteer) WHERE n.status = 'ACTIVE' AND n.merged_into IS NULL
      AND (n.region_path STARTS WITH $region_path OR $region_path STARTS WITH n.region_path)
      AND ($skill = '' OR $skill IN n.skills OR $skill IN n.recognised_skills)
    RETURN n.id AS id, n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg,
      n.radius_m AS radius_m, n.availability AS availability, n.declined_categories AS declined
    ORDER BY id
    """,
    Access.READ,
)
PREFERENCE = Statement(
    "MATCH (p:ContactPreference {id: $id})"
    " RETURN p.accepts_offers AS accepts_offers, p.weekly_offers AS weekly_offers",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A volunteer by what they offered in general."""

    id: str
    longitude_deg: float | None
    latitude_deg: float | None
    radius_m: int | None
    availability: tuple[str, ...]
    declined: tuple[str, ...]


async def people_near(tx: ReadTransaction, region_path: str, skill: str | None) -> list[Candidate]:
    """Give active volunteers of a region, or of one that holds it, who have a skill; by id."""
    if skill is not None:
        skill = Skill(skill).value
    return [
        Candidate(
            id=text(record, "id"),
            longitude_deg=real_or_none(record, "longitude_deg"),
            latitude_deg=real_or_none(record, "latitude_deg"),
            radius_m=integer_or_none(record, "radius_m"),
            availability=texts(record, "availability"),
            declined=texts(record, "declined"),
        )
        for record in await tx.run(NEAR, region_path=region_path, skill=skill or "")
    ]


async def may_be_asked(tx: ReadTransaction, volunteer_id: str) -> tuple[bool, int | None]:
    """Whether somebody lets themselves be asked unbidden, and how often a week by their own choice."""
    found = await tx.run(PREFERENCE, id=volunteer_id)
    if not found:
        return True, None
    refuses = found[0]["accepts_offers"] is not None and not flag(found[0], "accepts_offers")
    return not refuses, integer_or_none(found[0], "weekly_offers")
