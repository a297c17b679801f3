"""Alarms of devices and visitors: an urgent need in the same step, and the desk and the usual visitor told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotPermittedError
from domain.needs import OVER, NeedCategory, NeedKind, NeedState, SubjectKind, Urgency
from domain.notices import NewNotice, NoticeCode
from domain.time import civil_date
from domain.visits import AlarmGround, AlarmKind, StandingConsent
from graph.alarms import create_alarm, open_alarm, standing_consent
from graph.households import lock_household
from graph.unit_of_work import AuditedTransaction
from graph.visits import (
    ResidentRow,
    nearest_station,
    resident_in_scope,
    resident_of_device,
    usual_visitor,
    visits_resident,
)
from locales import Locale, text
from workflows.idempotency import once, request_hash
from workflows.needs.posting import post_in
from workflows.needs.requests import NewConsent, NewNeed, NewSlot
from workflows.notices.telling import notify
from workflows.visits.acting import with_desk_view
from workflows.visits.rules import rules_on
from workflows.workspace import Outcome, Workspace

_RAISERS = (Role.STATION_WORKER, Role.STATION_LEAD, Role.VOLUNTEER, Role.ALARM_GATEWAY)
_DURATION_MIN = 60
_LONGEST_DETAIL = 500
_TO_COME = frozenset(NeedState) - OVER - {NeedState.DONE, NeedState.DISPUTED}
"""States in which nobody has come yet, or somebody is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlarm:
    """
    What is reported: by a device of somebody's home, or of a resident by a person.

    Parameters
    ----------
    raised_at
        When it happened, by the clock of who reports; when it came in is written beside it.
    """

    kind: AlarmKind
    resident_id: str | None = None
    device_id: str | None = None
    detail: str | None = None
    raised_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.resident_id is None) == (self.device_id is None):
            raise InvalidInputError("an alarm names a resident or a device", field="resident_id")
        if self.detail is not None and len(self.detail) > _LONGEST_DETAIL:
            raise InvalidInputError(f"a detail has {_LONGEST_DETAIL} characters at most", field="detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedAlarm:
    """
    An alarm that was taken in, and the urgent need that it became.

    Parameters
    ----------
    ground
        Why what is known of the elder may be used for it.
    merged
        Whether the need was there already, from an alarm shortly before.
    """

    id: str
    resident_id: str
    need_id: str
    kind: AlarmKind
    ground: AlarmGround = AlarmGround.STANDING_CONSENT  # kept answers of before say neither
    merged: bool = False


_ANSWERS = TypeAdapter(RaisedAlarm)


async def raise_alarm(
    ws: Workspace, actor: Actor, alarm: NewAlarm, *, idempotency_key: str | None = None
) -> Outcome[RaisedAlarm]:
    """
    Take an alarm in: it is an urgent need of the household at once, and the station is told.

    Alarms of one elder within a short time are one need, and each of them is written down. What the elder
    agreed to beforehand is the need's consent; without it the need stays with the station (HC-22).

    Raises
    ------
    NotPermittedError
        A volunteer reports on somebody whom they do not visit.
    NotFoundError
        The resident or the device is not within the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another alarm.
    """
    actor.require(*_RAISERS)

    async def work(tx: AuditedTransaction) -> RaisedAlarm:
        return await raise_in(ws, tx, actor, alarm)

    asked = request_hash("raise_alarm", alarm)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def raise_in(ws: Workspace, tx: AuditedTransaction, actor: Actor, alarm: NewAlarm) -> RaisedAlarm:
    """Take an alarm in as a part of a larger unit of work; it raises what ``raise_alarm`` does."""
    resident_id = alarm.resident_id or await resident_of_device(tx, actor, alarm.device_id or "")
    resident = await resident_in_scope(tx, actor, resident_id)
    if actor.roles <= {Role.VOLUNTEER} and not await visits_resident(tx, actor.participant_id, resident_id):
        raise NotPermittedError("a volunteer reports on those whom they visit", id=resident_id)
    if resident.household_id is None or resident.region_id is None:
        raise InvalidInputError("the resident has no household or division on file", id=resident_id)
    consent = await standing_consent(tx, resident_id)
    ground = AlarmGround.VITAL_INTEREST if consent is None else AlarmGround.STANDING_CONSENT
    await lock_household(tx, resident.household_id)  # alarms of one home see each other
    within = timedelta(minutes=rules_on(civil_date(tx.at), resident.region_path).alarms.merge_minutes.value)
    standing = await open_alarm(tx, resident_id, since=tx.at - within, states=_TO_COME)
    need_id = standing.need_id if standing else await _post(ws, tx, actor, alarm, resident, consent)
    raised = RaisedAlarm(
        id=ws.new_id(),
        resident_id=resident_id,
        need_id=need_id,
        kind=alarm.kind,
        ground=ground,
        merged=standing is not None,
    )
    await create_alarm(
        tx,
        id=raised.id,
        resident_id=resident_id,
        kind=alarm.kind.value,
        source="DEVICE" if alarm.device_id else "PERSON",
        device_id=alarm.device_id,
        need_id=need_id,
        ground=ground.value,
        raised_by=actor.id,
        detail=alarm.detail,
        raised_at=alarm.raised_at or tx.at,
        received_at=tx.at,
        region_id=resident.region_id,
        region_path=resident.region_path,
    )
    if standing is None or alarm.kind not in standing.kinds:  # the same again is no news
        await _tell(ws, tx, resident, raised)
    tx.record(
        "visits.alarm",
        raised.id,
        detail={
            "kind": alarm.kind.value,
            "need": need_id,
            "ground": ground.value,
            "merged": raised.merged,
        },
    )
    return raised


async def _post(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    alarm: NewAlarm,
    resident: ResidentRow,
    consent: StandingConsent | None,
) -> str:
    need = await post_in(
        ws,
        tx,
        with_desk_view(actor),  # who raises an alarm need not see the need it becomes
        NewNeed(
            kind=NeedKind.SERVICE,
            category=NeedCategory.CARE,
            title=text(f"visits.alarm.{alarm.kind.value}", Locale.ZH_CN),
            detail=alarm.detail,
            urgency=Urgency.EMERGENCY,
            region_id=resident.region_id or "",
            subject_kind=SubjectKind.HOUSEHOLD,
            subject_id=resident.household_id,
            duration_min=_DURATION_MIN,
            slots=(NewSlot(),),
            home_visit=True,
            consent_recorded=consent is not None,
            consent=None
            if consent is None
            else NewConsent(given_by=consent.given_by, at=consent.at, taken_by=consent.taken_by),
            vital_interest=consent is None,
        ),
    )
    return need.id


async def _tell(ws: Workspace, tx: AuditedTransaction, resident: ResidentRow, raised: RaisedAlarm) -> None:
    station, usual = await nearest_station(tx, resident.region_path), await usual_visitor(tx, resident.id)
    for recipient in sorted({who for who in (station, usual) if who is not None}):
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=recipient,
                code=NoticeCode.VISIT_ALARM,
                subject_id=raised.need_id,
                region_path=resident.region_path,
                parameters={"kind": raised.kind.value},
            ),
        )
