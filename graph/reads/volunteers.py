"""Lists of volunteers as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor
from domain.people import Skill, VolunteerStatus
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


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
    availability: tuple[str, ...]
    declined_categories: tuple[str, ...]
    radius_m: int | None
    weekly_minutes: int | None
    verified_minutes: int | None
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool
    team_id: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRow:
    """A licence or check of one volunteer, valid for half-open days."""

    id: str
    volunteer_id: str
    licence: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerFilter:
    """What a list of volunteers is narrowed to; empty axes narrow nothing."""

    statuses: tuple[VolunteerStatus, ...] = ()
    skill: Skill | None = None
    region_path: str = "/"


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
    raise NotImplementedError


async def volunteer_by_id(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> VolunteerRow:
    """Give one volunteer. Raises ``NotFoundError``."""
    raise NotImplementedError


async def volunteers_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, VolunteerRow]:
    """Give the volunteers among ``ids`` that the actor may see."""
    raise NotImplementedError


async def qualifications_of_volunteers(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[QualificationRow, ...]]:
    """Give the licences of the volunteers the actor may see."""
    raise NotImplementedError
