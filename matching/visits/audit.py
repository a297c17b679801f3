"""
An independent check of a day's plan, in whole numbers; it shares no code with the search or the bound.

Codes are those of ``matching.audit`` and of its rules, where the same thing is asked: HC-01 skill, HC-02
licence, HC-27 a worn-out visitor, HC-28 overlaps and ways, TIMING, PINS, STRUCTURE, ARITHMETIC. The wish for a
visitor of one's own sex has the code SEX, a visitor's limit of visits LIMIT.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from matching.rules.view import Violation
from matching.visits.day import DayPlan, DueVisit, Stop, VisitDay, VisitorDay

STRUCTURE, TIMING, PINS, ARITHMETIC = "STRUCTURE", "TIMING", "PINS", "ARITHMETIC"
SEX, LIMIT = "SEX", "LIMIT"


def audit_day(day: VisitDay, plan: DayPlan) -> tuple[Violation, ...]:
    """Every violation of a plan; empty when it may be shown. Broken structure is reported alone."""
    visits = {visit.id: visit for visit in day.visits}
    visitors = {visitor.id: visitor for visitor in day.visitors}
    broken = tuple(_structure(day, plan, visits, visitors))
    if broken:
        return broken
    found: list[Violation] = []
    for stop in plan.stops:
        found += _fits(visits[stop.visit_id], visitors[stop.visitor_id])
        found += _times(visits[stop.visit_id], stop)
    for visitor in day.visitors:
        own = sorted((s for s in plan.stops if s.visitor_id == visitor.id), key=lambda s: s.start_min)
        found += _tour(day, visitor, [(visits[stop.visit_id], stop) for stop in own])
    found += _pins(day, plan, visits, visitors)
    found += _arithmetic(day, plan, visits, visitors)
    return tuple(found)


def _breach(rule: str, subject: str, detail: str) -> Violation:
    return Violation(rule=rule, subject=subject, detail=detail)


def _structure(
    day: VisitDay, plan: DayPlan, visits: dict[str, DueVisit], visitors: dict[str, VisitorDay]
) -> Iterator[Violation]:
    if plan.day_digest != day.digest:
        yield _breach(STRUCTURE, "day", "the plan is of another day")
    for stop in plan.stops:
        if stop.visit_id not in visits or stop.visitor_id not in visitors:
            yield _breach(STRUCTURE, stop.visit_id, "no such visit or visitor")
    told = Counter([*(stop.visit_id for stop in plan.stops), *plan.unvisited])
    for visit_id in sorted(set(visits) | set(told)):
        if told[visit_id] != 1 or visit_id not in visits:
            yield _breach(STRUCTURE, visit_id, f"named {told[visit_id]} times")


def _fits(visit: DueVisit, visitor: VisitorDay) -> Iterator[Violation]:
    if visit.skill is not None and visit.skill not in visitor.skills:
        yield _breach("HC-01", visitor.id, f"{visit.id} asks {visit.skill}")
    if visit.licence is not None and visit.licence not in visitor.licences:
        yield _breach("HC-02", visitor.id, f"{visit.id} asks {visit.licence}")
    if visit.sex is not None and visit.sex != visitor.sex:
        yield _breach(SEX, visitor.id, f"{visit.id} asks {visit.sex}")


def _times(visit: DueVisit, stop: Stop) -> Iterator[Violation]:
    if stop.end_min - stop.start_min != visit.service_min:
        yield _breach(TIMING, visit.id, f"{stop.end_min - stop.start_min} of {visit.service_min} min")
    promised = visit.promise is not None and (visit.promise.visitor_id, visit.promise.start_min) == (
        stop.visitor_id,
        stop.start_min,
    )
    inside = any(a <= stop.start_min and stop.end_min <= b for a, b in visit.windows)
    if not inside and not (visit.pinned and promised):
        yield _breach(TIMING, visit.id, f"{stop.start_min} to {stop.end_min} is in no window")


def _tour(day: VisitDay, visitor: VisitorDay, own: list[tuple[DueVisit, Stop]]) -> Iterator[Violation]:
    place, free_at = visitor.place, visitor.from_min
    for visit, stop in own:
        way = day.travel_min[place][visit.place]
        if stop.start_min < free_at + way:
            yield _breach("HC-28", visitor.id, f"{stop.start_min - free_at} min for a way of {way}")
        if stop.travel_min != way:
            yield _breach(ARITHMETIC, stop.visit_id, f"{stop.travel_min} min, not {way}")
        place, free_at = visit.place, stop.end_min
    home = day.travel_min[place][visitor.place]
    if own and free_at + home > visitor.until_min:
        yield _breach("HC-28", visitor.id, f"back at {free_at + home}, not {visitor.until_min}")
    served = sum(stop.end_min - stop.start_min for _, stop in own)
    if served > visitor.most_minutes:
        yield _breach("HC-27", visitor.id, f"{served} min on the day")
    if len(own) > visitor.most_visits:
        yield _breach(LIMIT, visitor.id, f"{len(own)} visits on the day")


def _pins(
    day: VisitDay, plan: DayPlan, visits: dict[str, DueVisit], visitors: dict[str, VisitorDay]
) -> Iterator[Violation]:
    at = {(stop.visit_id, stop.visitor_id, stop.start_min) for stop in plan.stops}
    holding: dict[str, list[DueVisit]] = {}
    for visit in visits.values():
        if not visit.pinned or visit.promise is None:
            continue
        if (visit.id, visit.promise.visitor_id, visit.promise.start_min) in at:
            holding.setdefault(visit.promise.visitor_id, []).append(visit)
            if visit.id in plan.lifted:
                yield _breach(PINS, visit.id, "said to be lifted, and kept")
        elif visit.id not in plan.lifted:
            yield _breach(PINS, visit.id, "a pinned visit is gone without a word")
    for visit_id in plan.lifted:
        visit = visits.get(visit_id)
        if visit is None or not visit.pinned or visit.promise is None:
            yield _breach(PINS, visit_id, "no pin to lift")
            continue
        holder = visitors.get(visit.promise.visitor_id)
        if holder is None or any(_fits(visit, holder)):
            continue
        pinned = [*holding.get(holder.id, []), visit]
        if not any(_tour(day, holder, _promised(day, holder, pinned))):
            yield _breach(PINS, visit_id, "its visitor is there and could come")


def _promised(day: VisitDay, holder: VisitorDay, pinned: list[DueVisit]) -> list[tuple[DueVisit, Stop]]:
    """A visitor's pinned visits as a tour, each at its promised time."""
    starts = sorted(
        (visit.promise.start_min, visit.id, visit) for visit in pinned if visit.promise is not None
    )
    tour: list[tuple[DueVisit, Stop]] = []
    place = holder.place
    for start, _, visit in starts:
        way, place = day.travel_min[place][visit.place], visit.place
        end = start + visit.service_min
        stop = Stop(visit_id=visit.id, visitor_id=holder.id, start_min=start, end_min=end, travel_min=way)
        tour.append((visit, stop))
    return tour


def _arithmetic(
    day: VisitDay, plan: DayPlan, visits: dict[str, DueVisit], visitors: dict[str, VisitorDay]
) -> Iterator[Violation]:
    travel, weights, moved = 0, day.weights, 0
    for visitor in day.visitors:
        own = sorted((s for s in plan.stops if s.visitor_id == visitor.id), key=lambda s: s.start_min)
        way = [visitor.place, *(visits[stop.visit_id].place for stop in own), visitor.place]
        travel += sum(day.travel_min[a][b] for a, b in pairwise(way))
    points = travel * weights.travel + sum(visits[visit_id].penalty for visit_id in plan.unvisited)
    for stop in plan.stops:
        visit = visits[stop.visit_id]
        if visit.usual in visitors and visit.usual != stop.visitor_id:
            points += weights.new_face
        is_moved = visit.promise is not None and (
            visit.promise.visitor_id != stop.visitor_id
            or abs(visit.promise.start_min - stop.start_min) > weights.tolerance_min
        )
        moved += is_moved
        if is_moved != stop.moved:
            yield _breach(ARITHMETIC, visit.id, "what is said of its move is not so")
    points += moved * weights.moved
    if travel != plan.travel_min:
        yield _breach(ARITHMETIC, "travel", f"{plan.travel_min} min, not {travel}")
    if points != plan.cost:
        yield _breach(ARITHMETIC, "cost", f"{plan.cost} points, not {points}")
    if plan.bound > plan.cost:
        yield _breach(ARITHMETIC, "bound", f"{plan.bound} is above the cost")
