"""What people do about visits: plan, publish, pin, log, report; who visits, and how each elder is visited."""

from datetime import date, datetime

import strawberry

from domain.errors import InvalidInputError
from domain.identifiers import Sex
from domain.needs import ConsentGiver
from domain.people import Licence, Skill
from domain.visits import (
    AlarmGround,
    AlarmKind,
    CareRisk,
    VisitCare,
    VisitChannel,
    Visitor,
    VisitorKind,
    VisitOutcome,
)
from graph.reads.visits import VisitPlanRow, VisitRow
from graphql_api.context import Info
from graphql_api.ids import decode_id, encode_id, key_of
from graphql_api.needs import NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.visits import RESIDENT, STATION, VISIT, VISIT_PLAN, VisitNode, VisitPlanNode, plan, visit
from graphql_api.volunteers import VOLUNTEER
from workflows.visits.alarms import NewAlarm, RaisedAlarm, raise_alarm
from workflows.visits.logging import VisitLog, log_visit
from workflows.visits.people import set_care, set_visitor
from workflows.visits.planning import PlanRequest, plan_visits
from workflows.visits.publishing import pin_visit, publish_visits
from workflows.workspace import Outcome

WORKER = "SocialWorker"


@strawberry.type(description="Proposed plans, one a day.")
class VisitPlans:
    """A week's proposals."""

    plans: list[VisitPlanNode]


@strawberry.type(description="An alarm that was taken in.")
class Alarm:
    """The urgent need that it became."""

    id: strawberry.ID
    kind: AlarmKind
    ground: AlarmGround = strawberry.field(description="Why the elder's data may be used for it.")
    merged: bool = strawberry.field(description="Whether an alarm shortly before had become the need.")
    need_key: strawberry.Private[str]

    @strawberry.field(description="The urgent need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(name="Visitor", description="Somebody who visits elders for a station.")
class VisitorNode:
    """As the desk enrolled them."""

    id: strawberry.ID
    kind: VisitorKind
    hours: list[str]
    leave: list[str]
    most_visits: int


@strawberry.type(name="VisitCare", description="How an elder is to be visited.")
class VisitCareNode:
    """As the desk set it."""

    resident_id: strawberry.ID
    hours: list[str]
    risk: CareRisk
    alarm_consent_by: ConsentGiver | None = strawberry.field(
        description="Who agreed that the need of an alarm may be told to volunteers."
    )
    alarm_consent_at: datetime | None = strawberry.field(description="When they did.")


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


def _person(value: str, field: str) -> tuple[VisitorKind, str]:
    kind, key = decode_id(value, field)
    if kind not in {VOLUNTEER, WORKER}:
        raise InvalidInputError("neither a volunteer nor a social worker", field=field, value=value)
    return (VisitorKind.VOLUNTEER if kind == VOLUNTEER else VisitorKind.SOCIAL_WORKER), key


def _plans(rows: list[VisitPlanRow]) -> VisitPlans:
    return VisitPlans(plans=[plan(row) for row in rows])


def _alarm(raised: RaisedAlarm) -> Alarm:
    return Alarm(
        id=encode_id("Alarm", raised.id),
        kind=raised.kind,
        ground=raised.ground,
        merged=raised.merged,
        need_key=raised.need_id,
    )


def _visitor(visitor: Visitor) -> VisitorNode:
    kind = VOLUNTEER if visitor.kind is VisitorKind.VOLUNTEER else WORKER
    return VisitorNode(
        id=encode_id(kind, visitor.id),
        kind=visitor.kind,
        hours=list(visitor.hours),
        leave=list(visitor.leave),
        most_visits=visitor.most_visits,
    )


def _care(care: VisitCare) -> VisitCareNode:
    agreed = care.alarm_consent
    return VisitCareNode(
        resident_id=encode_id(RESIDENT, care.id),
        hours=list(care.hours),
        risk=care.risk,
        alarm_consent_by=None if agreed is None else agreed.given_by,
        alarm_consent_at=None if agreed is None else agreed.at,
    )


@strawberry.type
class VisitMutations:
    """Planning, publishing, logging, alarms."""

    @strawberry.mutation(description="Propose plans: who is due, spread over days, each day routed.")
    async def plan_visits(self, info: Info, input: PlanVisitsInput) -> Payload[VisitPlans]:
        """Propose plans."""

        async def act() -> Outcome[list[VisitPlanRow]]:
            context = info.context
            request = PlanRequest(
                station_id=key_of(input.station_id, STATION, "stationId"),
                day=input.day,
                days=input.days,
                seed=input.seed,
                absent=tuple(_person(each, "absentIds")[1] for each in input.absent_ids),
                urgent=tuple(
                    key_of(each, RESIDENT, "urgentResidentIds") for each in input.urgent_resident_ids
                ),
            )
            key = input.idempotency_key
            return await plan_visits(context.workspace, context.actor, request, idempotency_key=key)

        return await answer(info, act, _plans)

    @strawberry.mutation(description="Make a proposed plan real; visitors are told.")
    async def publish_visits(self, info: Info, input: PublishVisitsInput) -> Payload[VisitPlanNode]:
        """Publish a plan."""

        async def act() -> Outcome[VisitPlanRow]:
            context = info.context
            plan_id = key_of(input.plan_id, VISIT_PLAN, "planId")
            version = input.expected_version
            return await once(
                publish_visits(context.workspace, context.actor, plan_id, expected_version=version)
            )

        return await answer(info, act, plan)

    @strawberry.mutation(description="Keep a published visit where it is, or let it be moved again.")
    async def pin_visit(self, info: Info, input: PinVisitInput) -> Payload[VisitNode]:
        """Pin a visit."""

        async def act() -> Outcome[VisitRow]:
            context = info.context
            visit_id = key_of(input.visit_id, VISIT, "visitId")
            return await once(
                pin_visit(
                    context.workspace,
                    context.actor,
                    visit_id,
                    pinned=input.pinned,
                    expected_version=input.expected_version,
                )
            )

        return await answer(info, act, visit)

    @strawberry.mutation(description="Write down what a visit came to.")
    async def log_visit(self, info: Info, input: LogVisitInput) -> Payload[VisitNode]:
        """Log a visit."""

        async def act() -> Outcome[VisitRow]:
            context = info.context
            entry = VisitLog(
                visit_id=None if input.visit_id is None else key_of(input.visit_id, VISIT, "visitId"),
                expected_version=input.expected_version,
                resident_id=(
                    None if input.resident_id is None else key_of(input.resident_id, RESIDENT, "residentId")
                ),
                channel=input.channel,
                outcome=input.outcome,
                note=input.note,
                alarm=input.alarm,
            )
            key = input.idempotency_key
            return await log_visit(context.workspace, context.actor, entry, idempotency_key=key)

        return await answer(info, act, visit)

    @strawberry.mutation(
        description="Report an alarm: it is an urgent need at once, and the station is told."
    )
    async def raise_alarm(self, info: Info, input: RaiseAlarmInput) -> Payload[Alarm]:
        """Raise an alarm."""

        async def act() -> Outcome[RaisedAlarm]:
            context = info.context
            resident = input.resident_id
            alarm = NewAlarm(
                kind=input.kind,
                resident_id=None if resident is None else key_of(resident, RESIDENT, "residentId"),
                device_id=input.device_id,
                detail=input.detail,
                raised_at=input.raised_at,
            )
            key = input.idempotency_key
            return await raise_alarm(context.workspace, context.actor, alarm, idempotency_key=key)

        return await answer(info, act, _alarm)

    @strawberry.mutation(description="Enrol a visitor of a station, or change their hours, leave and limit.")
    async def set_visitor(self, info: Info, input: SetVisitorInput) -> Payload[VisitorNode]:
        """Enrol a visitor."""

        async def act() -> Outcome[Visitor]:
            context = info.context
            kind, key = _person(input.person_id, "personId")
            visitor = Visitor(
                id=key,
                kind=kind,
                station_id=key_of(input.station_id, STATION, "stationId"),
                hours=tuple(input.hours),
                leave=tuple(input.leave),
                most_visits=input.most_visits,
            )
            sex = None if input.sex is None else input.sex.value
            return await once(set_visitor(context.workspace, context.actor, visitor, sex=sex))

        return await answer(info, act, _visitor)

    @strawberry.mutation(description="Say how an elder is to be visited.")
    async def set_visit_care(self, info: Info, input: SetVisitCareInput) -> Payload[VisitCareNode]:
        """Set care."""

        async def act() -> Outcome[VisitCare]:
            context = info.context
            usual = input.usual_visitor_id
            care = VisitCare(
                id=key_of(input.resident_id, RESIDENT, "residentId"),
                usual_visitor_id=None if usual is None else _person(usual, "usualVisitorId")[1],
                hours=tuple(input.hours),
                service_min=input.service_minutes,
                skill=input.skill,
                licence=input.licence,
                sex=None if input.sex is None else input.sex.value,
                risk=input.risk,
                device_ids=tuple(input.device_ids),
            )
            agreed = input.alarm_consent_by
            return await once(set_care(context.workspace, context.actor, care, alarm_consent_by=agreed))

        return await answer(info, act, _care)
