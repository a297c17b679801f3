"""Publishing stars, hearing who objects, and granting them."""

from dataclasses import dataclass, replace

from domain.actors import Actor, Role
from domain.errors import TransitionError
from domain.notices import NewNotice, NoticeCode
from domain.stars import ObjectionState, StarLevel, StarNotice, StarState
from domain.time import civil_date
from graph.stars import (
    ObjectionRow,
    candidates,
    create_notice_of_star,
    create_objection,
    decide_objection_row,
    due_notices,
    end_notice,
    is_objected_to,
    lock_star,
    may_be_published,
    objection_by_id,
    set_star,
    standing_of,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from workflows.hours.records import DESK, said
from workflows.hours.star_rules import end_of_notice, star_rules
from workflows.notices.telling import notify
from workflows.separation import require_other_person
from workflows.workspace import Workspace

_JOB = (Role.PLATFORM_ADMIN, Role.STATION_LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class StarRun:
    """What one run of the job did."""

    published: int
    granted: int
    withdrawn: int


async def run_stars(ws: Workspace, actor: Actor) -> StarRun:
    """
    Publish the stars that volunteers have reached and grant those whose notice is over.

    One unit a volunteer: a run that is stopped is gone on with by the next, which finds nothing done twice.

    Raises
    ------
    NotPermittedError
        The actor is neither the platform nor the head of a station.
    """
    actor.require(*_JOB)
    granted = withdrawn = published = 0
    after_id, today = "", civil_date(ws.clock())
    while due := await ws.store.read(lambda tx, after_id=after_id: due_notices(tx, actor, today, after_id)):
        for notice in due:
            ended = await _end(ws, actor, notice)
            granted += ended is StarState.GRANTED
            withdrawn += ended is StarState.WITHDRAWN
        after_id = due[-1].id
    lowest, after_id = star_rules(today, "/").stars[0].hours * 60, ""
    while found := await ws.store.read(lambda tx, after_id=after_id: candidates(tx, actor, lowest, after_id)):
        for volunteer_id in found:
            published += await _publish(ws, actor, volunteer_id) is not None
        after_id = found[-1]
    return StarRun(published=published, granted=granted, withdrawn=withdrawn)


async def _publish(ws: Workspace, actor: Actor, volunteer_id: str) -> StarNotice | None:
    async def due(
        minutes: int, star: StarLevel | None, region_path: str
    ) -> tuple[StarLevel, str, int] | None:
        rules = star_rules(civil_date(ws.clock()), region_path)
        level = rules.reached(minutes)
        if level is None or (star is not None and level.rank <= star.rank):
            return None
        return level, rules.id, rules.notice_working_days.value

    async def work(tx: AuditedTransaction) -> StarNotice | None:
        seen = await standing_of(tx, volunteer_id)
        if await due(seen.minutes, seen.star, seen.region_path) is None:
            return None
        await lock_volunteer(tx, volunteer_id)
        tx.record("star.look", volunteer_id)
        now = await standing_of(tx, volunteer_id)
        reached = await due(now.minutes, now.star, now.region_path)
        if reached is None or not await may_be_published(tx, volunteer_id, reached[0], now.minutes):
            return None
        level, rule_id, days = reached
        today = civil_date(tx.at)
        notice = StarNotice(
            id=f"{volunteer_id}:{level.value}:{today.isoformat()}",
            volunteer_id=volunteer_id,
            level=level,
            state=StarState.PUBLISHED,
            minutes=now.minutes,
            rule_id=rule_id,
            published_on=today,
            ends_on=end_of_notice(today, days),
            region_id=now.region_id,
            region_path=now.region_path,
        )
        await create_notice_of_star(tx, notice)
        tx.record("star.publish", notice.id, detail={"level": level.value, "minutes": now.minutes})
        await _tell(ws, tx, notice)
        return notice

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _end(ws: Workspace, actor: Actor, due: StarNotice) -> StarState:
    async def work(tx: AuditedTransaction) -> StarState:
        notice = await lock_star(tx, actor, due.id)
        tx.record("star.look", notice.id)
        if notice.state is not StarState.PUBLISHED or await is_objected_to(tx, notice.id):
            return StarState.PUBLISHED
        await lock_volunteer(tx, notice.volunteer_id)
        now = await standing_of(tx, notice.volunteer_id)
        asked = star_rules(notice.published_on, notice.region_path).minutes_of(notice.level)
        holds = asked is not None and now.minutes >= asked
        state = StarState.GRANTED if holds else StarState.WITHDRAWN
        await end_notice(tx, notice.id, state, civil_date(tx.at) if holds else None)
        if holds:
            await set_star(tx, notice.volunteer_id, notice.level)
        tx.record(f"star.{state.value.lower()}", notice.id, detail={"minutes": now.minutes})
        await _tell(ws, tx, replace(notice, state=state))
        return state

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def object_to_star(ws: Workspace, actor: Actor, notice_id: str, *, reason: str) -> ObjectionRow:
    """
    Say why a star should not be granted; it waits until somebody has decided.

    Raises
    ------
    TransitionError
        It is under notice no more.
    """
    actor.require(*DESK, Role.VOLUNTEER, Role.AUDITOR)
    told, objection_id = said(reason, "reason"), ws.new_id()

    async def work(tx: AuditedTransaction) -> ObjectionRow:
        notice = await lock_star(tx, actor, notice_id)
        _require_published(notice)
        objection = ObjectionRow(
            id=objection_id,
            notice_id=notice_id,
            raised_by=actor.id,
            reason=told,
            state=ObjectionState.OPEN,
            raised_at=tx.at,
            decided_by=None,
            decision=None,
            decided_at=None,
            region_path=notice.region_path,
        )
        await create_objection(tx, objection)
        tx.record("star.object", notice_id, detail={"objection": objection_id})
        return objection

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def decide_objection(
    ws: Workspace, actor: Actor, objection_id: str, *, upheld: bool, reason: str
) -> StarNotice:
    """
    Decide on an objection as somebody whom it does not concern: the star is withdrawn, or goes on.

    Raises
    ------
    SeparationOfDutiesError
        The actor raised it, or the star is their own.
    TransitionError
        It was decided, or the notice is over.
    """
    actor.require(*DESK)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> StarNotice:
        objection = await objection_by_id(tx, objection_id)
        notice = await lock_star(tx, actor, objection.notice_id)
        objection = await objection_by_id(tx, objection_id)
        _require_published(notice)
        if objection.state is not ObjectionState.OPEN:
            raise TransitionError("it was decided", id=objection_id, before=objection.state.value)
        await require_other_person(
            tx,
            actor,
            (objection.raised_by, notice.volunteer_id),
            "whom an objection concerns does not decide on it",
            about=objection_id,
        )
        state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
        await decide_objection_row(tx, objection_id, state, by=actor.id, decision=told, at=tx.at)
        if upheld:
            await end_notice(tx, notice.id, StarState.WITHDRAWN, None)
            notice = replace(notice, state=StarState.WITHDRAWN)
        tx.record("star.decide", notice.id, detail={"objection": objection_id, "state": state.value})
        return notice

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _require_published(notice: StarNotice) -> None:
    if notice.state is not StarState.PUBLISHED:
        raise TransitionError("the star is under notice no more", id=notice.id, before=notice.state.value)


async def _tell(ws: Workspace, tx: AuditedTransaction, notice: StarNotice) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=notice.volunteer_id,
            code=NoticeCode.STAR_NOTICE,
            subject_id=notice.id,
            region_path=notice.region_path,
            parameters={"level": notice.level.value, "state": notice.state.value},
        ),
    )
