"""Plan a day: tours by a search, a bound apart from it, and the points worked out again from the stops."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from domain.errors import AuditFailedError
from matching.solvers.routing.arrays import DayArrays, arrays_of
from matching.solvers.routing.bound import lower_bound
from matching.solvers.routing.ruin import improve
from matching.solvers.routing.tours import Tours
from matching.visits.audit import audit_day
from matching.visits.day import DayPlan, Stop, VisitDay
from matching.visits.greedy import nearest_neighbour

StartTimes = Sequence[Sequence[tuple[int, int]]]


_SKETCH = 12  # one turn in so many is spent on the sketch that the bound's steps are chosen by


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """How long to look: turns of the search and rounds of the bound, no clock, so equal days give equal plans."""

    turns: int = 60_000
    bound_rounds: int = 45


def plan_day(day: VisitDay, *, seed: int = 0, limits: PlanLimits = PlanLimits()) -> DayPlan:
    """
    Give the day's plan with its bound, audited. Search and bound run side by side.

    Raises
    ------
    AuditFailedError
        The plan breaks a rule: a bug, so it is not shown.
    """
    free = _without_lost_pins(day)
    arrays = arrays_of(free)
    start = options_of(arrays, nearest_neighbour(free))
    sketch = improve(arrays, start, turns=limits.turns // _SKETCH, seed=seed)
    drawn = plan_of(day, visits_of(arrays, sketch), bound=0)
    with ThreadPoolExecutor(max_workers=1) as beside:
        bound = beside.submit(
            lower_bound, arrays, hint=drawn.cost, visited=len(drawn.stops), rounds=limits.bound_rounds
        )
        tours = improve(arrays, sketch, turns=limits.turns, seed=seed + 1)
        found = plan_of(day, visits_of(arrays, tours), bound=bound.result())
    violations = audit_day(day, found)
    if violations:
        first = violations[0]
        raise AuditFailedError(
            f"{len(violations)} violations in a day's plan, first {first.rule} {first.subject}",
            violations=len(violations),
            rule=first.rule,
            subject=first.subject,
        )
    return found


def by_hand(day: VisitDay) -> DayPlan:
    """Give the nearest neighbour's plan of a day, which proves nothing."""
    free = _without_lost_pins(day)
    return plan_of(day, nearest_neighbour(free), bound=0)


def _without_lost_pins(day: VisitDay) -> VisitDay:
    """Take the pins off that cannot be kept, so that somebody else may come instead."""
    kept = {index for tour in nearest_neighbour(day) for index, _ in tour}
    visits = (replace(visit, pinned=visit.pinned and index in kept) for index, visit in enumerate(day.visits))
    return replace(day, visits=tuple(visits))


def options_of(arrays: DayArrays, tours: StartTimes) -> Tours:
    """Name for each stop the option whose times hold it, a kept promise before a moved one."""
    options: dict[int, list[int]] = {}
    for option, visit in enumerate(arrays.visit.tolist()):
        options.setdefault(visit, []).append(option)
    return [
        [
            (
                min(
                    (int(arrays.extra[option, v]), option)
                    for option in options[index]
                    if arrays.extra[option, v] >= 0
                    and arrays.first_min[option] <= start <= arrays.last_min[option]
                )[1],
                start,
            )
            for index, start in tour
        ]
        for v, tour in enumerate(tours)
    ]


def visits_of(arrays: DayArrays, tours: Tours) -> list[list[tuple[int, int]]]:
    """Name the visit of each option."""
    return [[(int(arrays.visit[option]), start) for option, start in tour] for tour in tours]


def plan_of(day: VisitDay, tours: StartTimes, *, bound: int) -> DayPlan:
    """Work a plan's ways and points out from its stops."""
    weights, stops = day.weights, list[Stop]()
    known = {visitor.id for visitor in day.visitors}
    travel = points = 0
    for visitor, tour in zip(day.visitors, tours, strict=True):
        place = visitor.place
        for index, start in tour:
            visit = day.visits[index]
            promise = visit.promise
            way = day.travel_min[place][visit.place]
            moved = promise is not None and (
                promise.visitor_id != visitor.id or abs(promise.start_min - start) > weights.tolerance_min
            )
            stops.append(
                Stop(
                    visit_id=visit.id,
                    visitor_id=visitor.id,
                    start_min=start,
                    end_min=start + visit.service_min,
                    travel_min=way,
                    moved=moved,
                )
            )
            points += weights.moved * moved
            points += weights.new_face if visit.usual in known and visit.usual != visitor.id else 0
            travel, place = travel + way, visit.place
        travel += day.travel_min[place][visitor.place]
    seen = {stop.visit_id for stop in stops}
    missed = [visit for visit in day.visits if visit.id not in seen]
    cost = points + travel * weights.travel + sum(visit.penalty for visit in missed)
    kept = {(stop.visit_id, stop.visitor_id, stop.start_min) for stop in stops}
    return DayPlan(
        day_digest=day.digest,
        stops=tuple(stops),
        unvisited=tuple(visit.id for visit in missed),
        lifted=tuple(
            visit.id
            for visit in day.visits
            if visit.pinned
            and visit.promise is not None
            and (visit.id, visit.promise.visitor_id, visit.promise.start_min) not in kept
        ),
        travel_min=travel,
        cost=cost,
        bound=bound,
    )
