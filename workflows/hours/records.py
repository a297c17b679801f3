"""
Hours that people write down, countersign, dispute and decide on.

Nobody decides on their own hours, and nobody decides alone: who wrote minutes down, who countersigns them and
who decides a dispute about them are three people (HC-29).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.hours import HoursKind, HoursRecord, RecordState, covering
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ClaimState
from domain.time import Window
from graph.hours.ledger import lock_record, overlapping
from graph.reads.needs import need_by_id
from graph.reads.volunteers import volunteer_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from graph.work_orders import claim_by_id
from workflows.hours.posting import (
    CLAIM_RECORD,
    REVIEW,
    correct_hours,
    credit_hours,
    freeze_hours,
    release_hours,
    require_uncounted,
    reverse_hours,
    verify_hours,
)
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
_ANSWERS = TypeAdapter(HoursRecord)
_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualHours:
    """
    Minutes that no check-in shows.

    Parameters
    ----------
    volunteer_id
        Whose; None is the acting volunteer.
    window
        When the service was; its minutes are what is asked for.
    evidence
        What shows it: a signed sheet, a photograph's number, who was there.
    """

    volunteer_id: str | None = None
    window: Window
    title: str
    evidence: str
    need_id: str | None = None


class Decision(StrEnum):
    """What becomes of disputed hours."""

    RELEASE = "RELEASE"
    REVERSE = "REVERSE"
    CORRECT = "CORRECT"


def said(value: str, field: str) -> str:
    """
    Give a text that somebody had to write.

    Raises
    ------
    InvalidInputError
        Nothing was written, or far too much.
    """
    told = value.strip()
    if not told or len(told) > _LONGEST_TEXT:
        raise InvalidInputError(
            f"1 to {_LONGEST_TEXT} characters are asked for", field=field, length=len(told)
        )
    return told


async def record_hours(
    ws: Workspace, actor: Actor, asked: ManualHours, *, idempotency_key: str | None = None
) -> Outcome[HoursRecord]:
    """
    Write minutes down by hand: pending until another person countersigns them.

    Raises
    ------
    ConflictError
        Some of that time is counted already.
    InvalidInputError
        No evidence, or a time that is not over.
    """
    actor.require(*DESK, Role.VOLUNTEER)
    own = actor.participant_id if Role.VOLUNTEER in actor.roles else None
    volunteer_id = asked.volunteer_id or own
    if volunteer_id is None:
        raise InvalidInputError("hours are some volunteer's", field="volunteer_id")
    if volunteer_id != own:
        actor.require(*DESK)
    evidence, title = said(asked.evidence, "evidence"), said(asked.title, "title")
    record_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> HoursRecord:
        if asked.window.end > tx.at:
            raise InvalidInputError("hours are written down when they are over", field="window")
        volunteer = await volunteer_by_id(tx, actor, volunteer_id)
        region = volunteer.region_path
        if asked.need_id is not None:
            region = (await need_by_id(tx, actor, asked.need_id)).region_path
        await lock_volunteer(tx, volunteer_id)
        other = await overlapping(tx, volunteer_id, asked.window.start, asked.window.end)
        if other is not None:
            raise ConflictError("some of that time is counted already", id=record_id)
        return await credit_hours(
            tx,
            HoursRecord(
                id=record_id,
                volunteer_id=volunteer_id,
                kind=HoursKind.MANUAL,
                state=RecordState.PENDING,
                minutes=asked.window.duration_min,
                region_path=region,
                need_id=asked.need_id,
                title=title,
                served_start=asked.window.start,
                served_end=asked.window.end,
                evidence=evidence,
                recorded_by=actor.id,
                recorded_at=tx.at,
            ),
        )

    request = request_hash("record_hours", asked)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def countersign_hours(
    ws: Workspace, actor: Actor, record_id: str, *, expected_version: int
) -> HoursRecord:
    """
    Say as a second person that pending minutes are so: they count.

    Raises
    ------
    SeparationOfDutiesError
        The actor wrote them down, or they are their own.
    TransitionError
        They are not pending.
    """
    actor.require(*DESK)

    async def work(tx: AuditedTransaction) -> HoursRecord:
        record = await lock_record(tx, actor, record_id, expected_version=expected_version)
        if record.kind is not HoursKind.MANUAL:
            raise TransitionError(
                "hours of a check-in count once their need is confirmed",
                id=record_id,
                before=record.kind.value,
            )
        await _require_outsider(tx, actor, record, "who wrote hours down does not countersign them")
        counted = await verify_hours(tx, replace(record, countersigned_by=actor.id))
        await _tell(ws, tx, counted, NoticeCode.HOURS_POSTED)
        return counted

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def dispute_hours(
    ws: Workspace, actor: Actor, record_id: str, *, expected_version: int, reason: str
) -> HoursRecord:
    """Ask for hours to be looked at again: they are frozen until somebody else has decided."""
    actor.require(*DESK, Role.VOLUNTEER, Role.AUDITOR)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> HoursRecord:
        record = await lock_record(tx, actor, record_id, expected_version=expected_version)
        held = await freeze_hours(tx, record, told)
        await _tell(ws, tx, held, NoticeCode.HOURS_DISPUTED)
        return held

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def decide_dispute(
    ws: Workspace,
    actor: Actor,
    record_id: str,
    *,
    expected_version: int,
    decision: Decision,
    reason: str,
    minutes: int | None = None,
) -> HoursRecord:
    """
    Decide on frozen hours: put them back, take them back, or put back other minutes.

    Raises
    ------
    SeparationOfDutiesError
        The actor disputed them, wrote them down, countersigned them, or they are their own.
    InvalidInputError
        A correction without minutes.
    ConflictError
        More minutes would count than are left of that time; ``context['minutes_left']`` are.
    TransitionError
        They are not frozen, or wait for the review of their visit.
    """
    actor.require(*DESK)
    told = said(reason, "reason")
    if (minutes is not None) is not (decision is Decision.CORRECT):
        raise InvalidInputError("a correction, and nothing else, names minutes", field="minutes")

    async def work(tx: AuditedTransaction) -> HoursRecord:
        record = await lock_record(tx, actor, record_id, expected_version=expected_version)
        if record.state is not RecordState.FROZEN:
            raise TransitionError("the hours are not disputed", id=record_id, before=record.state.value)
        if record.disputed_by == REVIEW:
            raise TransitionError("the hours wait for the review of their visit", id=record_id)
        await _require_outsider(
            tx, actor, record, "who disputes hours does not decide on them", record.disputed_by
        )
        match decision:
            case Decision.RELEASE:
                await require_uncounted(tx, record, record.minutes)
                return await _count_if_over(tx, await release_hours(tx, record, told))
            case Decision.REVERSE:
                return await reverse_hours(tx, record, told)
            case Decision.CORRECT:
                asked = minutes or 0
                await require_uncounted(tx, record, asked)
                changed = await correct_hours(tx, covering(record, asked), asked, told)
                return await _count_if_over(tx, await release_hours(tx, changed, told))

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _count_if_over(tx: AuditedTransaction, record: HoursRecord) -> HoursRecord:
    """Count a check-in's released hours whose need was confirmed meanwhile: nobody else will."""
    if record.kind is not HoursKind.AUTO or record.state is not RecordState.PENDING:
        return record
    claim = await claim_by_id(tx, record.id.removeprefix(CLAIM_RECORD))
    return await verify_hours(tx, record) if claim.state is not ClaimState.ACTIVE else record


async def refuse_hours(
    ws: Workspace, actor: Actor, record_id: str, *, expected_version: int, reason: str
) -> HoursRecord:
    """Take pending minutes back as a second person, with a reason."""
    actor.require(*DESK)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> HoursRecord:
        record = await lock_record(tx, actor, record_id, expected_version=expected_version)
        if record.state is not RecordState.PENDING:
            raise TransitionError("the hours are not pending", id=record_id, before=record.state.value)
        await _require_outsider(tx, actor, record, "who wrote hours down does not refuse them")
        return await reverse_hours(tx, record, told)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _require_outsider(
    tx: AuditedTransaction, actor: Actor, record: HoursRecord, refusal: str, *others: str | None
) -> None:
    parts = (record.volunteer_id, record.recorded_by, record.countersigned_by, *others)
    await require_other_person(tx, actor, parts, refusal, about=record.id)


async def _tell(ws: Workspace, tx: AuditedTransaction, record: HoursRecord, code: NoticeCode) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=record.volunteer_id,
            code=code,
            subject_id=record.id,
            region_path=record.region_path,
            parameters={"minutes": record.minutes},
        ),
    )
