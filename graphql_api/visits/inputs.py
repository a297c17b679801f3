"""What clients send about visits to elders."""

from datetime import date, datetime

import strawberry

from domain.identifiers import Sex
from domain.needs import ConsentGiver
from domain.people import Licence, Skill
from domain.visits import (
    AlarmKind,
    CareRisk,
    VisitChannel,
    VisitOutcome,
)


@strawberry.input(description="Proposes plans for a station, day by day.")
class PlanVisitsInput:
    """A sick call names who is absent, an urgent need the elder who must be visited on the first day."""

    station_id: strawberry.ID
    day: date
    days: int = 1
    seed: int = 0
    absent_ids: list[strawberry.ID] = strawberry.field(default_factory=list[strawberry.ID])
    urgent_resident_ids: list[strawberry.ID] = strawberry.field(default_factory=list[strawberry.ID])
    idempotency_key: str


@strawberry.input(description="Makes a proposed plan real.")
class PublishVisitsInput:
    """Which plan, as read."""

    plan_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Keeps a published visit where it is, or lets it be moved again.")
class PinVisitInput:
    """Which visit, as read."""

    visit_id: strawberry.ID
    pinned: bool
    expected_version: int


@strawberry.input(
    description="Writes down what a visit came to: a planned one as read, or a call on an elder."
)
class LogVisitInput:
    """Either a visit and its version, or a resident."""

    visit_id: strawberry.ID | None = None
    expected_version: int | None = None
    resident_id: strawberry.ID | None = None
    channel: VisitChannel = VisitChannel.HOME
    outcome: VisitOutcome
    note: str | None = strawberry.field(default=None, description="For the desk and who writes it alone.")
    alarm: AlarmKind | None = strawberry.field(default=None, description="Becomes an urgent need at once.")
    idempotency_key: str


@strawberry.input(description="Reports an alarm of an elder.")
class RaiseAlarmInput:
    """Either a resident or a device in somebody's home."""

    kind: AlarmKind
    resident_id: strawberry.ID | None = None
    device_id: str | None = None
    detail: str | None = None
    raised_at: datetime | None = None
    idempotency_key: str


@strawberry.input(description="Enrols a volunteer or social worker as a visitor, or changes their hours.")
class SetVisitorInput:
    """Hours as 'MON 08:30-17:00', leave as '2026-03-05' or '2026-03-05/2026-03-08'."""

    person_id: strawberry.ID = strawberry.field(description="A Volunteer's or a SocialWorker's id.")
    station_id: strawberry.ID
    hours: list[str]
    leave: list[str] = strawberry.field(default_factory=list[str])
    most_visits: int
    sex: Sex | None = None


@strawberry.input(description="Says how an elder is to be visited.")
class SetVisitCareInput:
    """What is left out asks nothing."""

    resident_id: strawberry.ID
    usual_visitor_id: strawberry.ID | None = None
    hours: list[str] = strawberry.field(default_factory=list[str])
    service_minutes: int | None = None
    skill: Skill | None = None
    licence: Licence | None = None
    sex: Sex | None = None
    risk: CareRisk = CareRisk.LOW
    device_ids: list[str] = strawberry.field(default_factory=list[str])
    alarm_consent_by: ConsentGiver | None = strawberry.field(
        default=None,
        description="Who agrees that the need of an alarm may be told to volunteers; left out, nobody does any more.",
    )
