"""Lists of volunteers as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.people import Skill, VolunteerStatus
from domain.stars import StarLevel
from graph.columns import day_or_none, flag, integer, integer_or_none, real_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, View, listed, scope_paths, view_of

LIST_NAME = "volunteers"

_VISIBLE: LiteralString = IN_SCOPE + " AND ($sees_all OR n.id = $volunteer_id)"
_COLUMNS: LiteralString = """
RETURN n.id AS id, n.name AS name, n.volunteer_number AS volunteer_number, n.status AS status,
  n.region_id AS region_id, n.region_path AS region_path, n.birth_date AS birth_date, n.skills AS skills,
  n.recognised_skills AS recognised_skills,
  n.availability AS availability, n.declined_categories AS declined_categories, n.radius_m AS radius_m,
  n.weekly_minutes AS weekly_minutes, n.verified_minutes AS verified_minutes,
  n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg, n.place_made_up AS place_made_up,
  n.team_id AS team_id, n.star AS star, n.version AS version
"""
_NARROWED: LiteralString = (
    " AND n.status IN $statuses AND ($skill = '' OR $skill IN n.skills OR $skill IN n.recognised_skills)"
    " AND n.region_path STARTS WITH $region_path"
)
_PAGE = Statement(
    "MATCH (n:Volunteer) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND n.id > $after_id"
    + _COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Volunteer) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) WHERE " + _VISIBLE + _COLUMNS, Access.READ
)
_QUALIFICATIONS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Volunteer {id: wanted}) WHERE "
    + _VISIBLE
    + """
    MATCH (q:Qualification) WHERE q.volunteer_id = n.id
    RETURN q.id AS id, q.volunteer_id AS volunteer_id, q.licence AS licence, q.valid_from AS valid_from,
      q.valid_to AS valid_to
    ORDER BY volunteer_id, licence, valid_from, id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerRow:
    """
    A volunteer as the actor may see them.

    ``name`` is masked (张*三) unless the actor works at the desk or is this volunteer; ``birth_date``, the
    place and what they declined are None or empty likewise. Identity numbers are never read.
    """

    id: str
    name: str
    volunteer_number: str | None
    status: VolunteerStatus
    region_id: str | None
    region_path: str
    birth_date: date | None
    skills: tuple[str, ...]
    recognised_skills: tuple[str, ...]
    availability: tuple[str, ...]
    declined_categories: tuple[str, ...]
    radius_m: int | None
    weekly_minutes: int | None
    verified_minutes: int | None
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool
    team_id: str | None
    star: StarLevel | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRow:
    """A licence or check of one volunteer, valid for half-open days."""

    id: str
    volunteer_id: str
    licence: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerFilter:
    """What a list of volunteers is narrowed to; empty axes narrow nothing."""

    statuses: tuple[VolunteerStatus, ...] = ()
    skill: Skill | None = None
    region_path: str = "/"


def _visible_to(actor: Actor, view: View) -> dict[str, list[str] | str | bool]:
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office or view.federation,
        "volunteer_id": view.volunteer_id,
    }


def _volunteer(record: Record, view: View) -> VolunteerRow:
    volunteer_id, name = text(record, "id"), text_or_none(record, "name") or ""
    near = view.desk or volunteer_id == view.volunteer_id
    star = text_or_none(record, "star")
    return VolunteerRow(
        id=volunteer_id,
        name=name if near else masked_name(name),
        volunteer_number=text_or_none(record, "volunteer_number") if near else None,
        status=VolunteerStatus(text(record, "status")),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        birth_date=day_or_none(record, "birth_date") if near else None,
        skills=texts(record, "skills"),
        recognised_skills=texts(record, "recognised_skills"),
        availability=texts(record, "availability"),
        declined_categories=texts(record, "declined_categories") if near else (),
        radius_m=integer_or_none(record, "radius_m"),
        weekly_minutes=integer_or_none(record, "weekly_minutes"),
        verified_minutes=integer_or_none(record, "verified_minutes"),
        longitude_deg=real_or_none(record, "longitude_deg") if near else None,
        latitude_deg=real_or_none(record, "latitude_deg") if near else None,
        place_made_up=flag(record, "place_made_up"),
        team_id=text_or_none(record, "team_id"),
        star=StarLevel(star) if star else None,
        version=integer(record, "version"),
    )


async def page_of_volunteers(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: VolunteerFilter = VolunteerFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[VolunteerRow]:
    """Give volunteers of the actor's scope by id; a volunteer sees only their own record."""
    view = view_of(actor)
    narrowed = {
        **_visible_to(actor, view),
        "statuses": [status.value for status in filter.statuses or VolunteerStatus],
        "skill": filter.skill.value if filter.skill else "",
        "region_path": filter.region_path,
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(
        LIST_NAME, records, first, total, row=lambda record: _volunteer(record, view), sort_column="id"
    )


async def volunteer_by_id(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> VolunteerRow:
    """
    Give one volunteer.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await volunteers_by_ids(tx, actor, [volunteer_id])
    if volunteer_id not in found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    return found[volunteer_id]


async def volunteers_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, VolunteerRow]:
    """Give the volunteers among ``ids`` that the actor may see."""
    view = view_of(actor)
    records = await tx.run(_BY_IDS, **_visible_to(actor, view), ids=listed(list(set(ids))))
    return {text(record, "id"): _volunteer(record, view) for record in records}


async def qualifications_of_volunteers(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[QualificationRow, ...]]:
    """Give the licences of the volunteers the actor may see."""
    records = await tx.run(_QUALIFICATIONS, **_visible_to(actor, view_of(actor)), ids=listed(list(set(ids))))
    held: dict[str, tuple[QualificationRow, ...]] = {}
    for record in records:
        row = QualificationRow(
            id=text(record, "id"),
            volunteer_id=text(record, "volunteer_id"),
            licence=text(record, "licence"),
            valid_from=day_or_none(record, "valid_from"),
            valid_to=day_or_none(record, "valid_to"),
        )
        held[row.volunteer_id] = (*held.get(row.volunteer_id, ()), row)
    return held
