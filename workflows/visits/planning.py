"""Plans of visits, as proposals: who is due, spread over days, each day routed from the station."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError
from domain.time import aware_utc, civil_date
from domain.visits import VisitChannel, VisitPlanState, VisitState
from graph.ports import ReadTransaction
from graph.reads.elders import care_in, licences_on, station_by_id, visitors_of, workers_of
from graph.reads.visits import (
    VisitPlanRow,
    VisitRow,
    plan_by_id,
    promised_between,
    visits_of_day,
)
from graph.unit_of_work import AuditedTransaction
from graph.visits import create_plan
from matching.visits.day import DayPlan, VisitDay
from matching.visits.planning import PlanLimits, plan_day
from matching.visits.spread import Week, spread_week
from workflows.idempotency import once, request_hash
from workflows.visits.acting import with_desk_view
from workflows.visits.dayplan import Town, Ways, day_of_visits, moment_at, visitors_on
from workflows.visits.due import listed_elders
from workflows.visits.rules import rules_on
from workflows.workspace import Outcome, Workspace

DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
_ANSWERS = TypeAdapter(list[VisitPlanRow])
_MOST_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """
    What is to be planned.

    Parameters
    ----------
    day, days
        The first day, and how many: who is due by the last of them is spread over all.
    absent
        Visitors who do not come, besides those on leave: a sick call.
    urgent
        Elders who must be visited on the first day whatever else waits.
    """

    station_id: str
    day: date
    days: int = 1
    seed: int = 0
    absent: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.days <= _MOST_DAYS:
            raise InvalidInputError(f"one to {_MOST_DAYS} days are planned at a time", field="days")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What one look at the graph gave."""

    town: Town
    standing: dict[date, list[VisitRow]]
    elsewhere: dict[str, date]


async def plan_visits(
    ws: Workspace,
    actor: Actor,
    request: PlanRequest,
    *,
    idempotency_key: str | None = None,
    limits: PlanLimits | None = None,
    ways: Ways | None = None,
) -> Outcome[list[VisitPlanRow]]:
    """
    Propose a plan for each day: who is due, assigned to days, and each day routed from the station.

    A day that has a published plan is planned again from it: pinned and logged visits stay, and as few others
    as possible get another visitor or another time. The plans are proposals; ``publish_visits`` makes them
    real. Equal graphs, requests and seeds give equal plans.

    Parameters
    ----------
    ways
        Minutes between places, where better is known than straight lines.

    Raises
    ------
    NotPermittedError
        The actor works at no desk and is not the matching program.
    NotFoundError
        The station, or an elder who is urgent, lies outside the actor's scope.
    InvalidInputError
        A day that is over.
    AuditFailedError
        A plan broke a rule; nothing is stored.
    """
    actor.require(*DESK, Role.MATCHER)
    now = ws.clock()
    if request.day < civil_date(now):
        raise InvalidInputError("a day that is over is not planned", field="day")
    base = await ws.store.read(lambda tx: _read(tx, actor, request, now))
    unknown = set(request.urgent) - set(base.town.elders)
    if unknown:
        raise InvalidInputError("not a listed elder of the station", field="urgent", value=min(unknown))
    days = await asyncio.to_thread(_solve, base, request, now, limits or PlanLimits(), ways)

    async def work(tx: AuditedTransaction) -> list[VisitPlanRow]:
        stored = [await _store(ws, tx, actor, base, request, on, day, plan) for on, day, plan in days]
        return [await plan_by_id(tx, actor, plan_id) for plan_id in stored]

    asked = request_hash("plan_visits", request)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _read(tx: ReadTransaction, actor: Actor, request: PlanRequest, now: datetime) -> _Base:
    station = await station_by_id(tx, actor, request.station_id)
    path, end = station.region_path, request.day + timedelta(days=request.days)
    rules = rules_on(request.day, path)
    rows = await listed_elders(tx, actor, path, rules, civil_date(now))
    visitors = await visitors_of(tx, station.id)
    visitors += await workers_of(
        tx, station.id, hours=rules.workers.hours, most_visits=rules.workers.most_visits.value
    )
    standing = {
        day: await visits_of_day(tx, with_desk_view(actor), station.id, day)
        for day in (request.day + timedelta(days=n) for n in range(request.days))
    }
    town = Town(
        station=station,
        rules=rules,
        elders={row.elder.id: row for row in rows},
        care=await care_in(tx, actor, path),
        visitors=tuple(visitors),
        licences=await licences_on(tx, [row.id for row in visitors], request.day),
    )
    ahead = await promised_between(tx, station.id, civil_date(now), end + timedelta(days=_MOST_DAYS))
    return _Base(town=town, standing=standing, elsewhere=ahead)


def _solve(
    base: _Base, request: PlanRequest, now: datetime, limits: PlanLimits, ways: Ways | None
) -> list[tuple[date, VisitDay, DayPlan]]:
    """Plan day after day; who found no room goes on to the next."""
    town = base.town
    days = [request.day + timedelta(days=n) for n in range(request.days)]
    due = [
        elder
        for elder, row in town.elders.items()
        if row.due.is_due(days[-1]) and elder not in base.elsewhere and elder not in request.urgent
    ]
    absent = set(request.absent)
    share = _spread(town, days, due, absent) if len(days) > 1 else {days[0]: set(due)}
    left: set[str] = set()
    found: list[tuple[date, VisitDay, DayPlan]] = []
    for n, on in enumerate(days):
        day = day_of_visits(
            town,
            on,
            share[on] | left,
            standing=base.standing[on],
            absent=absent,
            urgent=request.urgent if n == 0 else (),
            now=now,
            ways=ways,
        )
        plan = plan_day(day, seed=request.seed, limits=limits)
        seen = {stop.visit_id for stop in plan.stops}
        left = (share[on] | left) - seen
        found.append((on, day, plan))
    return found


def _spread(town: Town, days: list[date], due: list[str], absent: Collection[str]) -> dict[date, set[str]]:
    """Assign who is due to the days of a week; those without room wait for the last."""
    shifts = [{visitor.id: visitor for visitor in visitors_on(town, day, absent)} for day in days]
    people = sorted({key for shift in shifts for key in shift})
    share: dict[date, set[str]] = {day: set() for day in days}
    if not people or not due:
        share[days[0]] = set(due)
        return share
    rules, care = town.rules, [town.care.get(elder) for elder in due]
    minutes = rules.visit.service_minutes.value + rules.travel.fixed_minutes.value
    room = np.zeros((len(days), len(people)), dtype=np.int64)
    for n, shift in enumerate(shifts):
        for p, key in enumerate(people):
            if (visitor := shift.get(key)) is not None:
                hours = min(visitor.until_min - visitor.from_min, visitor.most_minutes)
                room[n, p] = min(visitor.most_visits, hours // minutes)
    anyone = {visitor.id: visitor for shift in shifts for visitor in shift.values()}
    may = np.array(
        [
            [
                known is None
                or (
                    known.skill in {None, *anyone[key].skills}
                    and known.licence in {None, *anyone[key].licences}
                    and known.sex in {None, anyone[key].sex}
                )
                for key in people
            ]
            for known in care
        ],
        dtype=np.bool_,
    ).reshape(len(due), len(people))
    points = rules.weights
    spread = spread_week(
        Week(
            due_in=np.array([(town.elders[e].due.due_on - days[0]).days for e in due], dtype=np.int64),
            room=room,
            may=may,
            usual=np.array(
                [
                    people.index(c.usual_visitor_id) if c and c.usual_visitor_id in people else -1
                    for c in care
                ],
                dtype=np.int64,
            ),
            late=points.overdue_day.value,
            early=points.early_day.value,
            new_face=points.new_face.value,
            skip=np.array(
                [_MOST_DAYS * points.overdue_day.value + points.due.value] * len(due), dtype=np.int64
            ),
        )
    )
    for elder, n in zip(due, spread.day.tolist(), strict=True):
        share[days[n]].add(elder)  # -1, no room, is the last day: whoever falls out there may take the place
    return share


async def _store(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    base: _Base,
    request: PlanRequest,
    on: date,
    day: VisitDay,
    plan: DayPlan,
) -> str:
    town, plan_id = base.town, ws.new_id()
    standing = {visit.resident_id: visit for visit in base.standing[on]}
    logged = {key for key, visit in standing.items() if visit.state is not VisitState.PUBLISHED}
    kinds = {row.id: row.kind for row in town.visitors}
    kept = [stop for stop in plan.stops if stop.visit_id not in logged]
    visits: list[dict[str, object]] = [
        {
            "id": ws.new_id(),
            "plan_id": plan_id,
            "resident_id": stop.visit_id,
            "visitor_id": stop.visitor_id,
            "visitor_kind": kinds[stop.visitor_id],
            "station_id": town.station.id,
            "channel": VisitChannel.HOME.value,
            "state": VisitState.PROPOSED.value,
            "day": on,
            "window_start": aware_utc(moment_at(on, stop.start_min)),
            "window_end": aware_utc(moment_at(on, stop.end_min)),
            "travel_min": stop.travel_min,
            "pinned": stop.visit_id in standing and standing[stop.visit_id].pinned,
            "moved": stop.moved,
            "region_id": town.elders[stop.visit_id].elder.region_id,
            "region_path": town.elders[stop.visit_id].elder.region_path,
            "version": 1,
        }
        for stop in kept
    ]
    row: dict[str, object] = {
        "id": plan_id,
        "state": VisitPlanState.PROPOSED.value,
        "station_id": town.station.id,
        "day": on,
        "seed": request.seed,
        "visits": len(kept),
        "travel_min": plan.travel_min,
        "cost": plan.cost,
        "bound": plan.bound,
        "moved": plan.moved,
        "gap": plan.gap,
        "unvisited": list(plan.unvisited),
        "lifted": list(plan.lifted),
        "absent": sorted(request.absent),
        "day_digest": day.digest,
        "plan_digest": plan.digest,
        "rules_id": town.rules.id,
        "created_by": actor.id,
        "created_at": tx.at,
        "region_id": town.station.region_id,
        "region_path": town.station.region_path,
        "version": 1,
    }
    await create_plan(tx, row, visits)
    tx.record("visits.plan", plan_id, detail={"day": on, "visits": len(kept), "moved": plan.moved})
    return plan_id
