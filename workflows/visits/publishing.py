"""A desk publishes plans of visits and pins visits; who looks at a day sees what is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor, Role
from domain.errors import ConflictError, TransitionError
from domain.notices import NewNotice, NoticeCode
from domain.visits import VisitPlanState, VisitState
from graph.ports import ReadTransaction
from graph.reads.elders import station_by_id
from graph.reads.visits import (
    VisitPlanRow,
    VisitRow,
    logged_since,
    plan_by_id,
    plans_of_day,
    visit_by_id,
    visits_of_day,
    visits_of_plan,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.visits import lock_plan, lock_visit, pin, publish_plan
from workflows.notices.telling import notify
from workflows.visits.planning import DESK
from workflows.workspace import Workspace


async def publish_visits(ws: Workspace, actor: Actor, plan_id: str, *, expected_version: int) -> VisitPlanRow:
    """
    Make a proposed plan real: visitors are told, those who are relieved too, and what stood before gives way.

    Raises
    ------
    TransitionError
        The plan was published or replaced.
    ConflictError
        Visits of the day were logged since it was made: it is to be planned again.
    StaleVersionError, NotFoundError
        Changed since read; outside the scope.
    """
    actor.require(*DESK)

    async def work(tx: AuditedTransaction) -> VisitPlanRow:
        plan = await lock_plan(tx, actor, plan_id, expected_version=expected_version)
        if plan.state is not VisitPlanState.PROPOSED:
            raise TransitionError("the plan is not a proposal", id=plan_id, before=plan.state.value)
        visits = await visits_of_plan(tx, actor, plan_id)
        if set(await logged_since(tx, plan)) & {visit.resident_id for visit in visits}:
            raise ConflictError("visits of the day were logged since: plan it again", id=plan_id)
        before = await visits_of_day(tx, actor, plan.station_id, plan.day)
        await publish_plan(tx, plan, by=actor.id, at=tx.at)
        relieved = {visit.visitor_id: 0 for visit in before if visit.visitor_id is not None}
        for visitor_id, count in sorted({**relieved, **_counts(visits)}.items()):
            await notify(
                ws,
                tx,
                NewNotice(
                    recipient_id=visitor_id,
                    code=NoticeCode.VISIT_PLANNED,
                    subject_id=plan_id,
                    region_path=plan.region_path,
                    parameters={"day": plan.day.isoformat(), "visits": count},
                ),
            )
        tx.record("visits.publish", plan_id, detail={"visits": len(visits)})
        return await plan_by_id(tx, actor, plan_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _counts(visits: Sequence[VisitRow]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for visit in visits:
        if visit.visitor_id is not None:
            counts[visit.visitor_id] = counts.get(visit.visitor_id, 0) + 1
    return counts


async def pin_visit(
    ws: Workspace, actor: Actor, visit_id: str, *, pinned: bool, expected_version: int
) -> VisitRow:
    """
    Keep a published visit where it is, or let it be moved again.

    Raises
    ------
    TransitionError
        The visit is not published, or was logged.
    StaleVersionError, NotFoundError
        Changed since read; outside the scope.
    """
    actor.require(*DESK)

    async def work(tx: AuditedTransaction) -> VisitRow:
        visit = await lock_visit(tx, actor, visit_id, expected_version=expected_version)
        if visit.state is not VisitState.PUBLISHED:
            raise TransitionError("only a published visit is pinned", id=visit_id, before=visit.state.value)
        await pin(tx, visit_id, pinned=pinned)
        tx.record("visits.pin", visit_id, detail={"pinned": pinned})
        return await visit_by_id(tx, actor, visit_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """A station's day: the plan that stands or is proposed, and the visits the actor may see."""

    plan: VisitPlanRow | None
    proposals: tuple[VisitPlanRow, ...]
    visits: tuple[VisitRow, ...]


async def visit_plan(ws: Workspace, actor: Actor, station_id: str, day: date) -> DayView:
    """
    Give a day of a station: the published plan, newer proposals, and published visits.

    A visitor sees their own visits and no plan's figures.

    Raises
    ------
    NotFoundError
        The station lies outside the actor's scope.
    """
    actor.require(*DESK, Role.VOLUNTEER)

    async def read(tx: ReadTransaction) -> DayView:
        await station_by_id(tx, actor, station_id)
        plans = await plans_of_day(tx, actor, station_id, day) if actor.roles & set(DESK) else []
        return DayView(
            plan=next((plan for plan in plans if plan.state is VisitPlanState.PUBLISHED), None),
            proposals=tuple(plan for plan in plans if plan.state is VisitPlanState.PROPOSED),
            visits=tuple(await visits_of_day(tx, actor, station_id, day)),
        )

    return await ws.store.read(read)
