"""Volunteers as clients see them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.hours import Account
from domain.people import VolunteerStatus
from domain.stars import StarLevel
from domain.time import civil_date
from graph.reads.volunteers import QualificationRow, VolunteerRow
from graphql_api.connections import (
    DEFAULT_PAGE,
    First,
    Node,
    loaded,
    page_start,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import Place, place
from workflows.hours.star_rules import star_rules

if TYPE_CHECKING:
    from graphql_api.claims.types import ClaimNode


VOLUNTEER = "Volunteer"


@strawberry.type(description="What a volunteer's hours come to, in minutes.")
class HoursSummary:
    """Verified minutes count; pending and frozen ones may."""

    verified_min: int
    pending_min: int
    frozen_min: int
    star: StarLevel | None = strawberry.field(description="Granted, after its public notice.")
    points: int | None = strawberry.field(description="Of the region's own rule; null where it has none.")


@strawberry.type(name="Qualification", description="A licence or check, valid for half-open days.")
class QualificationNode:
    """What the law asks for, and until when it holds."""

    licence: str
    valid_from: date | None
    valid_to: date | None


@strawberry.type(name=VOLUNTEER, description="A volunteer, as far as the reader may see them.")
class VolunteerNode(Node):
    """Names are masked for all but the desk and the volunteer."""

    name: str
    volunteer_number: str | None
    status: VolunteerStatus
    birth_date: date | None
    skills: list[str]
    recognised_skills: list[str] = strawberry.field(
        description="Recorded by another region and recognised here; the matcher uses them as its own."
    )
    availability: list[str] = strawberry.field(description="Weekly times, as 'SAT 09:00-12:00' of China.")
    declined_categories: list[str]
    radius_m: int | None = strawberry.field(description="How far they go, in metres.")
    weekly_minutes: int | None = strawberry.field(description="How long they offer a week.")
    verified_minutes: int | None = strawberry.field(description="Service confirmed so far.")
    place: Place | None
    version: int
    key: strawberry.Private[str]
    region_key: strawberry.Private[str | None]
    region_path: strawberry.Private[str]
    star: strawberry.Private[StarLevel | None]

    @strawberry.field(description="What their hours come to.")
    async def hours(self, info: Info) -> HoursSummary:
        """Give balances, star and points."""
        held = await info.context.load.balances.load(self.key) or {}
        verified = held.get(Account.VERIFIED, self.verified_minutes or 0)
        rules = star_rules(civil_date(info.context.workspace.clock()), self.region_path)
        return HoursSummary(
            verified_min=verified,
            pending_min=held.get(Account.PENDING, 0),
            frozen_min=held.get(Account.FROZEN, 0),
            star=self.star,
            points=rules.points(verified),
        )

    @strawberry.field(description="Where they belong, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give their division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Licences and checks.")
    async def qualifications(self, info: Info) -> list[QualificationNode]:
        """Give their licences."""
        return [_qualification(row) for row in await info.context.load.qualifications.load(self.key) or ()]

    @strawberry.field(description="Slots they took, newest first.")
    async def claims(
        self, info: Info, first: First = DEFAULT_PAGE
    ) -> list[Annotated["ClaimNode", strawberry.lazy("graphql_api.claims.types")]]:
        """Give their newest claims."""
        from graphql_api.claims.types import claim  # noqa: PLC0415 (claims name volunteers, volunteers claims)

        page_start(info, first, None)
        return [claim(row) for row in (await info.context.load.claims.load(self.key) or ())[:first]]


def _qualification(row: QualificationRow) -> QualificationNode:
    return QualificationNode(licence=row.licence, valid_from=row.valid_from, valid_to=row.valid_to)


def volunteer(row: VolunteerRow) -> VolunteerNode:
    """Give a volunteer as clients see them."""
    return VolunteerNode(
        id=encode_id(VOLUNTEER, row.id),
        name=row.name,
        volunteer_number=row.volunteer_number,
        status=row.status,
        birth_date=row.birth_date,
        skills=list(row.skills),
        recognised_skills=list(row.recognised_skills),
        availability=list(row.availability),
        declined_categories=list(row.declined_categories),
        radius_m=row.radius_m,
        weekly_minutes=row.weekly_minutes,
        verified_minutes=row.verified_minutes,
        place=place(row.longitude_deg, row.latitude_deg, made_up=row.place_made_up),
        version=row.version,
        key=row.id,
        region_key=row.region_id,
        region_path=row.region_path,
        star=row.star,
    )


async def load_volunteer(info: Info, key: str | None) -> VolunteerNode | None:
    """Give the volunteer of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.volunteers, key, volunteer)
