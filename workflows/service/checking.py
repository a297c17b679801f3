"""
Checking in and out.

A device counts what it reports; (device, count) is the key of an event, so what is sent again is recognised, and
what was captured offline may come late and in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from domain.actors import Actor
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotPermittedError,
    PlatformError,
    TransitionError,
)
from domain.regions import GeoPoint
from domain.rounds import ClaimState
from domain.service import (
    Anomaly,
    CheckEvent,
    CheckKind,
    CheckMethod,
    CheckRules,
    EventState,
    OrderState,
    flags_of_place,
)
from domain.time import aware_utc
from graph.check_events import confirm_event, create_event, event_digest, events_of
from graph.idempotency import Answer, find_answer, save_answer
from graph.reads.work_orders import order_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.work_orders import (
    ORDER_OF_CLAIM,
    WorkOrderRow,
    claim_by_id,
    order_exists,
)
from workflows.claims.standing import require_valid_now
from workflows.idempotency import request_hash
from workflows.separation import require_other_person
from workflows.service.folding import refold, take_order
from workflows.service.orders import CHECK_IN_SECRET, DESK, open_order
from workflows.service.presence import code_holds, read_qr
from workflows.service.rules_in_force import check_rules
from workflows.workspace import Outcome, Workspace

_LONGEST_NOTE = 2_000
_LONGEST_NAME = 100
_MOST_REPORTS = 200
_OFFLINE = timedelta(minutes=2)  # what took longer to come was held back


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What a device says of a visit.

    Parameters
    ----------
    order_id
        The visit; ``claim:<claim>`` opens that claim's.
    reported_at
        When it happened, by the device's clock.
    sent_at
        When it was sent, by the same clock: what is captured offline is set right by it. None is now.
    device_id, device_version
        Who reports, and its own count of reports, from 1.
    mocked
        Whether the device says that its place was made up.
    field, note
        A note's name and text.
    """

    order_id: str
    kind: CheckKind
    method: CheckMethod
    reported_at: datetime
    sent_at: datetime | None = None
    device_id: str
    device_version: int
    place: GeoPoint | None = None
    accuracy_m: int | None = None
    mocked: bool = False
    code: str | None = None
    qr: str | None = None
    field: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        aware_utc(self.reported_at)
        if self.sent_at is not None and aware_utc(self.sent_at) < aware_utc(self.reported_at):
            raise InvalidInputError("a report is sent after it was made", field="sent_at")
        if not 1 <= len(self.device_id) <= _LONGEST_NAME or self.device_version < 1:
            raise InvalidInputError("a device has an id and counts its reports from 1", field="device_id")
        if len(self.note or "") > _LONGEST_NOTE or len(self.field or "") > _LONGEST_NAME:
            raise InvalidInputError(f"a note has at most {_LONGEST_NOTE} characters", field="note")
        if (self.kind is CheckKind.NOTE) is not (self.field is not None):
            raise InvalidInputError("a note, and nothing else, has a field", field="field")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """When something happened by our clock, how far off the device's was, and whether it was held back."""

    at: datetime
    skew_s: int
    offline: bool
    flags: frozenset[Anomaly]


async def check(ws: Workspace, actor: Actor, report: Report) -> Outcome[WorkOrderRow]:
    """
    Take a report of a visit in and give the visit as it stands then.

    What looks wrong is not refused: the visit waits for a reviewer. Refused is what shows nothing at all: a
    wrong code, a QR text that was changed, used before or is too old.

    Raises
    ------
    NotPermittedError
        The code or QR text does not hold, the visit is another person's, or the volunteer's licence or cover
        has lapsed; ``context['rule']`` names the rule.
    ConflictError
        The device reported something else under this count before; the QR text was used before.
    TransitionError
        The claim was given back.
    """
    refusals: list[PlatformError] = []

    async def work(tx: AuditedTransaction) -> Outcome[WorkOrderRow]:
        refusals.clear()
        return await _take_in(ws, tx, actor, report, refusals)

    outcome = await UnitOfWork(ws.store, ws.clock).run(actor, work)
    if refusals:
        raise refusals[0]
    return outcome


async def check_all(
    ws: Workspace, actor: Actor, reports: Sequence[Report]
) -> list[Outcome[WorkOrderRow] | PlatformError]:
    """Take in what a device had held back; each report stands for itself, a refusal is a value."""
    if len(reports) > _MOST_REPORTS:
        raise InvalidInputError(f"at most {_MOST_REPORTS} reports at once", field="reports")
    answers: list[Outcome[WorkOrderRow] | PlatformError] = []
    for report in reports:
        try:
            answers.append(await check(ws, actor, report))
        except PlatformError as error:
            answers.append(error)
    return answers


async def _take_in(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, report: Report, refusals: list[PlatformError]
) -> Outcome[WorkOrderRow]:
    order_id = report.order_id
    if order_id.startswith(ORDER_OF_CLAIM) and not await order_exists(tx, order_id):
        order_id = await open_order(tx, actor, order_id.removeprefix(ORDER_OF_CLAIM))
    key, digest = _event_id(order_id, report), request_hash("check", report)
    known = await event_digest(tx, key)
    if known == digest:
        return Outcome(value=await order_by_id(tx, actor, order_id), replayed=True)
    if known is not None:
        raise ConflictError("the device reported something else under this count", id=order_id)
    order = await take_order(tx, actor, order_id)
    if actor.participant_id is None or actor.participant_id != order.person:
        raise NotPermittedError("only who goes to a visit checks in to it", id=order_id)
    if order.state in (OrderState.CANCELLED, OrderState.REFUSED):
        raise NotPermittedError("the visit is over", id=order_id, state=order.state.value)
    rules = check_rules(tx.at, order.region_path)
    clock = _clock_of(report, tx.at, rules)
    refusal = await _shown(ws, tx, order, report, clock, rules)
    flags = clock.flags
    if report.kind is not CheckKind.NOTE and report.method is CheckMethod.GEOFENCE:
        flags |= flags_of_place(
            report.place, report.accuracy_m, mocked=report.mocked, there=order.place, rules=rules
        )
    if refusal is None:
        flags |= await _standing(tx, order, report.kind, offline=clock.offline)
    waits = report.method is CheckMethod.BOTH_PARTY and report.kind is not CheckKind.NOTE
    state = EventState.AWAITING if waits else EventState.COUNTED
    event = CheckEvent(
        id=key,
        work_order_id=order_id,
        kind=report.kind,
        method=report.method,
        state=EventState.REFUSED if refusal is not None else state,
        reported_at=aware_utc(report.reported_at),
        received_at=tx.at,
        at=clock.at,
        skew_s=clock.skew_s,
        place=report.place,
        accuracy_m=report.accuracy_m,
        device_id=report.device_id,
        device_version=report.device_version,
        actor_id=actor.id,
        field=report.field,
        note=report.note,
        flags=flags,
        region_path=order.region_path,
    )
    await create_event(tx, event, digest)
    tx.record(
        f"order.{report.kind.value.lower()}",
        order_id,
        detail={"method": report.method.value, "state": event.state.value, "flags": sorted(flags)},
    )
    if refusal is not None:
        refusals.append(refusal)
        return Outcome(value=order, replayed=False)
    return Outcome(value=await refold(ws, tx, order), replayed=False)


def _event_id(order_id: str, report: Report) -> str:
    """Give the key of an event: what one device counted once."""
    parts = f"{order_id}\0{report.device_id}\0{report.device_version}"
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _clock_of(report: Report, received_at: datetime, rules: CheckRules) -> _Clock:
    """Set a device's time right by how far its clock was off when it sent."""
    reported = aware_utc(report.reported_at)
    sent = aware_utc(report.sent_at) if report.sent_at is not None else reported
    skew = received_at - sent
    off = abs(skew) > timedelta(seconds=rules.clock_tolerance_s)
    at = reported + skew
    flags: set[Anomaly] = set()
    if off:
        flags.add(Anomaly.CLOCK_OFF)
    if received_at - at > timedelta(minutes=rules.late_report_min):
        flags.add(Anomaly.LATE_REPORT)
    return _Clock(
        at=at, skew_s=round(skew.total_seconds()), offline=received_at - at > _OFFLINE, flags=frozenset(flags)
    )


async def _shown(
    ws: Workspace,
    tx: AuditedTransaction,
    order: WorkOrderRow,
    report: Report,
    clock: _Clock,
    rules: CheckRules,
) -> PlatformError | None:
    """Give why what was shown does not hold, or None; a wrong code is kept, so that guesses are counted."""
    if report.kind is CheckKind.NOTE or report.method in (CheckMethod.GEOFENCE, CheckMethod.BOTH_PARTY):
        return None
    secret = ws.secret(CHECK_IN_SECRET)
    if report.method is CheckMethod.CODE:
        wrong = sum(event.state is EventState.REFUSED for event in await events_of(tx, order.id))
        if wrong >= rules.code_tries:
            raise NotPermittedError("too many wrong codes: check in another way", reason="code_tries")
        held = code_holds(secret, order.id, report.code or "", clock.at, rules.code_step_s)
        return None if held else NotPermittedError("the code does not hold", reason="code_wrong")
    shown = read_qr(secret, report.qr or "")
    if shown.need_id != order.need_id:
        raise NotPermittedError("the QR code is another visit's", reason="qr_elsewhere")
    slack = timedelta(seconds=rules.qr_life_s)
    if not shown.issued_at - slack <= clock.at <= shown.expires_at:
        raise NotPermittedError("the QR code has expired", reason="qr_expired")
    used = f"qr:{shown.nonce}:{order.id}"
    if await find_answer(tx, used) is not None:
        raise ConflictError("the QR code was used before", reason="qr_used")
    await save_answer(tx, used, Answer(request_hash=report.kind.value, response=""), tx.at)
    return None


async def _standing(
    tx: AuditedTransaction, order: WorkOrderRow, kind: CheckKind, *, offline: bool
) -> frozenset[Anomaly]:
    """Ask whether the volunteer may serve now; a visit that has been made already is looked at, not refused."""
    if order.claim_id is None or kind is CheckKind.NOTE:
        return frozenset()
    claim = await claim_by_id(tx, order.claim_id)
    if claim.state is ClaimState.WITHDRAWN:
        raise TransitionError("the claim was given back", id=claim.id, before=claim.state.value)
    if claim.state is ClaimState.NO_SHOW:
        return frozenset({Anomaly.NO_SHOW_RECORDED})
    if kind is not CheckKind.CHECK_IN:
        return frozenset()
    try:
        await require_valid_now(tx, claim)
    except NotPermittedError:
        if not offline:
            raise
        return frozenset({Anomaly.NOT_QUALIFIED})
    return frozenset()


async def confirm_check(ws: Workspace, actor: Actor, event_id: str, order_id: str) -> WorkOrderRow:
    """
    Say as the other party that somebody came or left when they say so.

    The desk confirms for the resident whom it asked; an event that counts already stays as it is.

    Raises
    ------
    NotPermittedError
        Nothing waits under that id.
    SeparationOfDutiesError
        The actor is the one who came.
    """
    actor.require(*DESK)

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        order = await take_order(tx, actor, order_id)
        event = next((each for each in await events_of(tx, order_id) if each.id == event_id), None)
        if event is None or event.state is EventState.REFUSED:
            raise NotPermittedError("nothing waits to be confirmed", id=order_id)
        await require_other_person(
            tx, actor, (order.person, event.actor_id), "who came does not confirm it", about=order_id
        )
        if event.state is EventState.COUNTED:
            return order
        await confirm_event(tx, event_id, confirmed_by=actor.id)
        tx.record("order.confirm", order_id, detail={"event": event_id})
        return await refold(ws, tx, order)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
