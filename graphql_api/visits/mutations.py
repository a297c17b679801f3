"""What people do about visits: plan, publish, pin, log, report; who visits, and how each elder is visited."""

from datetime import datetime

import strawberry

from domain.errors import InvalidInputError
from domain.needs import ConsentGiver
from domain.visits import (
    AlarmGround,
    AlarmKind,
    CareRisk,
    VisitCare,
    Visitor,
    VisitorKind,
)
from graph.reads.visits import VisitPlanRow, VisitRow
from graphql_api.context import Info
from graphql_api.ids import decode_id, encode_id, key_of
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.payloads import mutation
from graphql_api.stations.types import STATION
from graphql_api.visits.inputs import (
    LogVisitInput,
    PinVisitInput,
    PlanVisitsInput,
    PublishVisitsInput,
    RaiseAlarmInput,
    SetVisitCareInput,
    SetVisitorInput,
)
from graphql_api.visits.types import (
    RESIDENT,
    VISIT,
    VISIT_PLAN,
    VisitPlanNode,
    plan,
    visit,
)
from graphql_api.volunteers.types import VOLUNTEER
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

    @mutation(_plans, description="Propose plans: who is due, spread over days, each day routed.")
    async def plan_visits(self, info: Info, input: PlanVisitsInput) -> Outcome[list[VisitPlanRow]]:
        """Propose plans."""
        context = info.context
        request = PlanRequest(
            station_id=key_of(input.station_id, STATION, "stationId"),
            day=input.day,
            days=input.days,
            seed=input.seed,
            absent=tuple(_person(each, "absentIds")[1] for each in input.absent_ids),
            urgent=tuple(key_of(each, RESIDENT, "urgentResidentIds") for each in input.urgent_resident_ids),
        )
        key = input.idempotency_key
        return await plan_visits(context.workspace, context.actor, request, idempotency_key=key)

    @mutation(plan, description="Make a proposed plan real; visitors are told.")
    async def publish_visits(self, info: Info, input: PublishVisitsInput) -> VisitPlanRow:
        """Publish a plan."""
        context = info.context
        plan_id = key_of(input.plan_id, VISIT_PLAN, "planId")
        version = input.expected_version
        return await publish_visits(context.workspace, context.actor, plan_id, expected_version=version)

    @mutation(visit, description="Keep a published visit where it is, or let it be moved again.")
    async def pin_visit(self, info: Info, input: PinVisitInput) -> VisitRow:
        """Pin a visit."""
        context = info.context
        visit_id = key_of(input.visit_id, VISIT, "visitId")
        return await pin_visit(
            context.workspace,
            context.actor,
            visit_id,
            pinned=input.pinned,
            expected_version=input.expected_version,
        )

    @mutation(visit, description="Write down what a visit came to.")
    async def log_visit(self, info: Info, input: LogVisitInput) -> Outcome[VisitRow]:
        """Log a visit."""
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

    @mutation(_alarm, description="Report an alarm: it is an urgent need at once, and the station is told.")
    async def raise_alarm(self, info: Info, input: RaiseAlarmInput) -> Outcome[RaisedAlarm]:
        """Raise an alarm."""
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

    @mutation(_visitor, description="Enrol a visitor of a station, or change their hours, leave and limit.")
    async def set_visitor(self, info: Info, input: SetVisitorInput) -> Visitor:
        """Enrol a visitor."""
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
        return await set_visitor(context.workspace, context.actor, visitor, sex=sex)

    @mutation(_care, description="Say how an elder is to be visited.")
    async def set_visit_care(self, info: Info, input: SetVisitCareInput) -> VisitCare:
        """Set care."""
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
        return await set_care(context.workspace, context.actor, care, alarm_consent_by=agreed)
