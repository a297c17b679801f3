"""
The job that keeps deadlines: it starts clocks, makes what returns, tells, escalates, expires and closes.

It decides nothing that is for people (HC-26): nobody is refused and no help confirmed by it. Each need is a unit
of work of its own and each step of a clock is taken once, however often the job is run or killed.
"""

import logging
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from domain.actors import Actor, Role
from domain.clocks import ClockAct
from domain.errors import ConflictError, NotFoundError
from domain.needs import NeedCategory, NeedState
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ProposalState
from domain.time import civil_date
from graph.conferences import owner_of_conference
from graph.lease import held
from graph.need_clocks import clocks_on
from graph.need_ticks import DueNeed, advance, arm_page, due_needs, parent_station, take_due
from graph.needs import lock_need, move_need, read_need
from graph.proposals import lock_proposals_of_need, move_proposal
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.needs.conferences import open_conference
from workflows.needs.lifecycle import drop_promises
from workflows.needs.series import make_occurrences
from workflows.notices.telling import notify
from workflows.rounds.promises import move_by_promises, release_reservation, withdraw_proposals
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_PAGE = 200
_LEASE = "needs-tick"
_LEASE_TIME = timedelta(minutes=30)
_CONFERENCE_TIME = timedelta(days=10)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """
    What one run of the job did, counted by needs.

    ``failed`` stayed as they were and are tried again by the next run; the log says why.
    """

    armed: int = 0
    made: int = 0
    told: int = 0
    escalated: int = 0
    expired: int = 0
    returned: int = 0
    closed: int = 0
    failed: int = 0

    def with_one(self, name: str) -> "TickReport":
        """Count one more."""
        return replace(self, **{name: getattr(self, name) + 1})

    def to_json(self) -> dict[str, int]:
        """Give the counts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_COUNTED = {
    ClockAct.NOTIFY: "told",
    ClockAct.NOTIFY_ABOVE: "told",
    ClockAct.ESCALATE: "escalated",
    ClockAct.EXPIRE: "expired",
    ClockAct.RETURN: "returned",
    ClockAct.CLOSE: "closed",
}


async def tick(ws: Workspace, actor: Actor, *, holder: str) -> TickReport:
    """
    Do all that is due in the actor's scope, page by page.

    Parameters
    ----------
    holder
        Who runs the job, as ``host:pid``: one at a time.

    Raises
    ------
    ConflictError
        Somebody else is running it.
    NotPermittedError
        The actor does not keep deadlines.
    """
    actor.require(Role.CLOCK)
    async with held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        report = TickReport(armed=await _arm(ws, actor), made=await make_occurrences(ws, actor))
        now, after = ws.clock(), (_BEGINNING, "")
        while True:
            page = await ws.store.read(
                lambda tx, a=after: due_needs(tx, actor, now=now, after=a, limit=_PAGE)
            )
            for due in page:
                report = await _strike(ws, actor, due, report)
            if len(page) < _PAGE:
                return report
            after = (page[-1].tick_at, page[-1].id)


async def _arm(ws: Workspace, actor: Actor) -> int:
    total, after_id = 0, ""
    while True:

        async def work(tx: AuditedTransaction, after: str = after_id) -> tuple[int, str]:
            started, last = await arm_page(tx, actor, after_id=after, limit=_PAGE)
            if tx.wrote:
                tx.record("need.arm", "needs", detail={"needs": started})
            return started, last

        started, after_id = await UnitOfWork(ws.store, ws.clock).run(actor, work)
        total += started
        if not after_id:
            return total


async def _strike(ws: Workspace, actor: Actor, due: DueNeed, report: TickReport) -> TickReport:
    async def work(tx: AuditedTransaction) -> ClockAct | None:
        if not await take_due(tx, due):
            tx.record("need.clock", due.id)
            return None
        return await _act(ws, tx, actor, due)

    try:
        act = await UnitOfWork(ws.store, ws.clock).run(actor, work)
    except (ConflictError, NotFoundError) as error:
        _log.warning("the clock of need %s waits for the next run: %s", due.id, error)
        return report.with_one("failed")
    return report if act is None else report.with_one(_COUNTED[act])


async def _act(ws: Workspace, tx: AuditedTransaction, actor: Actor, due: DueNeed) -> ClockAct | None:
    need = await read_need(tx, due.id)
    since = need.state_since or need.recorded_at
    clock = clocks_on(need.region_path, civil_date(since)).of(need.state, need.urgency)
    if clock is None or due.clock_step >= len(clock.steps):
        await advance(tx, need.id, clock_step=due.clock_step, tick_at=None)
        tx.record("need.clock", need.id)
        return None
    act = clock.steps[due.clock_step].act
    if act.leads_to is None:
        await _tell(ws, tx, need, above=act is ClockAct.NOTIFY_ABOVE)
        last_end = max((window.end for window in need.windows), default=None)
        following = clock.moment(due.clock_step + 1, since=since, last_end=last_end)
        await advance(tx, need.id, clock_step=due.clock_step + 1, tick_at=following)
        tx.record("need.remind", need.id, detail={"state": need.state.value, "step": due.clock_step})
        return act
    need = await lock_need(tx, actor, need.id)
    why = f"deadline of {need.state.value}"
    if act is ClockAct.ESCALATE:
        owner = await _owner(tx, need)
        await open_conference(
            ws,
            tx,
            actor,
            need,
            conference_id=ws.new_id(),
            reason=why,
            owner_id=owner,
            due_at=tx.at + _CONFERENCE_TIME,
        )
    elif act is ClockAct.RETURN:
        await _return(tx, actor, need, why)
    else:
        if act is ClockAct.EXPIRE:
            await drop_promises(tx, need.id)
        await move_need(tx, actor, need, act.leads_to, at=tx.at, reason=why)
    tx.record(f"need.{act.value.lower()}", need.id)
    return act


async def _return(tx: AuditedTransaction, actor: Actor, need: NeedRow, why: str) -> None:
    """Ask no longer who did not answer; what was accepted stays where the need may be served in part."""
    if need.partial_allowed:
        for proposal in await lock_proposals_of_need(tx, need.id, (ProposalState.OFFERED,)):
            await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
            await release_reservation(tx, proposal, reason=why)
            tx.record("proposal.withdraw", proposal.id)
    else:
        await withdraw_proposals(tx, need.id)
    await move_by_promises(tx, actor, need, reason=why)


async def _owner(tx: AuditedTransaction, need: NeedRow) -> str:
    """Give who is to bring a decision about: the station above, the station in charge, who verified the need."""
    if need.category is NeedCategory.CHILD_PROTECT or need.station_id is None:
        return need.verified_by or need.posted_by or "desk"
    return await parent_station(tx, need.station_id) or need.station_id


async def _tell(ws: Workspace, tx: AuditedTransaction, need: NeedRow, *, above: bool) -> None:
    """
    Tell the station in charge, and the one above.

    Child protection is told to the person who posted it and to nobody else: a desk's inbox is read by many.
    """
    told = [need.station_id]
    if need.state is NeedState.ESCALATED:
        told.append(await owner_of_conference(tx, need.id))
    if need.category is NeedCategory.CHILD_PROTECT:
        told = [need.posted_by]
    elif above and need.station_id is not None:
        told.append(await parent_station(tx, need.station_id))
    for recipient in dict.fromkeys(told):
        if recipient is None:
            continue
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=recipient,
                code=NoticeCode.NEED_DUE,
                subject_id=need.id,
                region_path=need.region_path,
                parameters={
                    "state": need.state.value,
                    "due_at": need.due_at.isoformat() if need.due_at else "",
                },
            ),
        )
