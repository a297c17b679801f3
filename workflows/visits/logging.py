"""What a visit came to: seen and well, in need of help, or not met; and when the next one is owed."""

from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotPermittedError
from domain.people import ElderGroup
from domain.time import civil_date
from domain.visits import AlarmKind, VisitChannel, VisitOutcome, check_visit_step, state_after
from graph.reads.visits import VisitRow, visit_by_id
from graph.unit_of_work import AuditedTransaction
from graph.visits import create_visit, lock_visit, log, name_need, resident_in_scope
from workflows.idempotency import once, request_hash
from workflows.visits.alarms import NewAlarm, raise_in
from workflows.visits.planning import DESK
from workflows.visits.rules import rules_on
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(VisitRow)
_LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLog:
    """
    What is written down of a visit.

    Parameters
    ----------
    visit_id, expected_version
        A published visit, as read; or
    resident_id
        an elder who was called on without a plan.
    note
        Read by the desk and by who wrote it alone.
    alarm
        What is wrong, if help is needed at once: it becomes an urgent need in the same step.
    """

    visit_id: str | None = None
    expected_version: int | None = None
    resident_id: str | None = None
    channel: VisitChannel = VisitChannel.HOME
    outcome: VisitOutcome
    note: str | None = None
    alarm: AlarmKind | None = None

    def __post_init__(self) -> None:
        if (self.visit_id is None) == (self.resident_id is None):
            raise InvalidInputError("a log names a visit or an elder", field="visit_id")
        if self.visit_id is not None and self.expected_version is None:
            raise InvalidInputError("a visit is logged as it was read", field="expected_version")
        if self.note is not None and len(self.note) > _LONGEST_NOTE:
            raise InvalidInputError(f"a note has {_LONGEST_NOTE} characters at most", field="note")


async def log_visit(
    ws: Workspace, actor: Actor, entry: VisitLog, *, idempotency_key: str | None = None
) -> Outcome[VisitRow]:
    """
    Write down what a visit came to: DONE, or MISSED where nobody was seen or spoken to.

    The next visit is owed an interval after one that was made; after a missed one it stays owed. A visitor
    logs their own visits, the desk any of its region's.

    Raises
    ------
    TransitionError
        The visit is not published, or was logged.
    NotPermittedError
        A volunteer logs what was never planned for them.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's to see.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    actor.require(*DESK, Role.VOLUNTEER)
    if entry.visit_id is None and not actor.roles & set(DESK):
        raise NotPermittedError("a volunteer logs the visits that were planned for them", actor=actor.id)

    async def work(tx: AuditedTransaction) -> VisitRow:
        if entry.visit_id is not None:
            version = entry.expected_version or 0
            visit = await lock_visit(tx, actor, entry.visit_id, expected_version=version)
        else:
            visit = await _unplanned(ws, tx, actor, entry)
        return await _log(ws, tx, actor, visit, entry)

    asked = request_hash("log_visit", entry)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _log(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, visit: VisitRow, entry: VisitLog
) -> VisitRow:
    state, today = state_after(entry.outcome), civil_date(tx.at)
    check_visit_step(visit.state, state)
    if visit.day > today:
        raise InvalidInputError("a visit is logged once its day has come", field="visit_id", id=visit.id)
    on = today if visit.plan_id is None else visit.day
    await log(
        tx,
        visit,
        state=state,
        channel=entry.channel,
        outcome=entry.outcome,
        note=entry.note,
        by=actor.id,
        at=tx.at,
        on=on,
        next_due=await _next_due(tx, actor, visit, on) if entry.outcome.is_made else on,
    )
    if entry.alarm is not None:
        alarm = NewAlarm(kind=entry.alarm, resident_id=visit.resident_id)
        raised = await raise_in(ws, tx, actor, alarm)
        await name_need(tx, visit.id, raised.need_id)
    # What people wrote stays out of the chain, which nobody may ever shorten.
    tx.record("visits.log", visit.id, detail={"outcome": entry.outcome.value, "channel": entry.channel.value})
    return await visit_by_id(tx, actor, visit.id)


async def _unplanned(ws: Workspace, tx: AuditedTransaction, actor: Actor, entry: VisitLog) -> VisitRow:
    resident_id = entry.resident_id or ""
    resident = await resident_in_scope(tx, actor, resident_id)
    visit_id = ws.new_id()
    await create_visit(
        tx,
        {
            "id": visit_id,
            "resident_id": resident_id,
            "channel": entry.channel.value,
            "state": "PUBLISHED",
            "day": civil_date(tx.at),
            "region_id": resident.region_id,
            "region_path": resident.region_path,
            "version": 1,
        },
    )
    return await visit_by_id(tx, actor, visit_id)


async def _next_due(tx: AuditedTransaction, actor: Actor, visit: VisitRow, on: date) -> date:
    resident = await resident_in_scope(tx, actor, visit.resident_id)
    intervals = rules_on(on, visit.region_path).interval_days()
    own = [intervals[group] for group in ElderGroup if group.value in resident.situations]
    return on + timedelta(days=min(own, default=max(intervals.values())))
