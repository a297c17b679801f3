"""
A day of visits as arrays: options by time and kind, and what each visitor adds to their cost.

An *option* is a visit inside one of its windows. A promised visit has options that keep the promise (its
visitor, its time) and options that move it, at the cost of a move. At most one option of a visit is taken.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.visits.day import DueVisit, VisitDay, VisitorDay, VisitWeights

FORBIDDEN = -1
PIN_POINTS = 10_000_000
"""Points of a pin that is given up, above any penalty: a pin goes only if nothing else is possible."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayArrays:
    """
    Columns of options, of visits and of visitors, and two tables.

    ``visit`` and the times have one row an option; ``place``, ``service``, ``penalty`` and ``pinned`` one a
    visit; the rest one a visitor.

    Parameters
    ----------
    visit
        Of each option, ascending.
    first_min, last_min
        When an option's service may begin, both inclusive.
    extra
        (options, visitors): points on top of travel, ``FORBIDDEN`` where the visitor may not come.
    travel_min
        (places, places).
    travel_points
        Points a travel minute.
    """

    visit: IntArray
    first_min: IntArray
    last_min: IntArray
    extra: IntArray
    place: IntArray
    service: IntArray
    penalty: IntArray
    pinned: BoolArray
    base: IntArray
    from_min: IntArray
    until_min: IntArray
    most_visits: IntArray
    most_minutes: IntArray
    travel_min: IntArray
    travel_points: int


def arrays_of(day: VisitDay) -> DayArrays:
    """Lay a day out. Options that no visitor may take are left out."""
    rows: list[tuple[int, int, int, list[int]]] = []
    for index, visit in enumerate(day.visits):
        for first, last, kept in _options(visit, day.weights):
            extra = [_extra(day, visit, visitor, kept=kept) for visitor in day.visitors]
            if any(points != FORBIDDEN for points in extra):
                rows.append((index, first, last, extra))
    visitors = day.visitors
    return DayArrays(
        visit=_ints(row[0] for row in rows),
        first_min=_ints(row[1] for row in rows),
        last_min=_ints(row[2] for row in rows),
        extra=np.array([row[3] for row in rows], dtype=np.int64).reshape(len(rows), len(visitors)),
        place=_ints(visit.place for visit in day.visits),
        service=_ints(visit.service_min for visit in day.visits),
        penalty=_ints(PIN_POINTS + v.penalty if v.pinned else v.penalty for v in day.visits),
        pinned=np.array([visit.pinned for visit in day.visits], dtype=np.bool_),
        base=_ints(visitor.place for visitor in visitors),
        from_min=_ints(visitor.from_min for visitor in visitors),
        until_min=_ints(visitor.until_min for visitor in visitors),
        most_visits=_ints(visitor.most_visits for visitor in visitors),
        most_minutes=_ints(visitor.most_minutes for visitor in visitors),
        travel_min=np.array(day.travel_min, dtype=np.int64).reshape(len(day.travel_min), -1),
        travel_points=day.weights.travel,
    )


def _ints(values: object) -> IntArray:
    return np.fromiter(values, dtype=np.int64)  # pyright: ignore[reportArgumentType, reportCallIssue] - iterables of int


def _options(visit: DueVisit, weights: VisitWeights) -> list[tuple[int, int, bool]]:
    """First and last start of each option, and whether it keeps the promise."""
    promise = visit.promise
    free = [(a, b - visit.service_min, False) for a, b in visit.windows if b - a >= visit.service_min]
    if promise is None:
        return free
    if visit.pinned:
        return [(promise.start_min, promise.start_min, True)]
    early, late = promise.start_min - weights.tolerance_min, promise.start_min + weights.tolerance_min
    kept = [(max(a, early), min(b, late), True) for a, b, _ in free]
    return [option for option in kept if option[0] <= option[1]] + free


def _extra(day: VisitDay, visit: DueVisit, visitor: VisitorDay, *, kept: bool) -> int:
    promise = visit.promise
    unfit = (
        (visit.skill is not None and visit.skill not in visitor.skills)
        or (visit.licence is not None and visit.licence not in visitor.licences)
        or (visit.sex is not None and visit.sex != visitor.sex)
    )
    if unfit or (kept and (promise is None or promise.visitor_id != visitor.id)):
        return FORBIDDEN
    knows = visit.usual == visitor.id or all(visit.usual != other.id for other in day.visitors)
    moves = promise is not None and not kept
    return (0 if knows else day.weights.new_face) + (day.weights.moved if moves else 0)
