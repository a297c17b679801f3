"""
The nearest neighbour's plan: what a desk does by hand, and where the search begins.

Promises first, pinned before others; then each visitor in turn, again and again, goes on to whom they reach
soonest. It looks at nobody's penalty.
"""

from dataclasses import dataclass, field

from matching.visits.day import DueVisit, VisitDay, VisitorDay


@dataclass(slots=True)
class _Tour:
    visitor: VisitorDay
    stops: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def nearest_neighbour(day: VisitDay) -> list[list[tuple[int, int]]]:
    """Give tours by visitor: (index of the visit, start of its service) in the order of time."""
    tours = [_Tour(visitor) for visitor in day.visitors]
    left = set(range(len(day.visits)))
    for index in sorted(left, key=lambda i: (not day.visits[i].pinned, _promised_at(day.visits[i]), i)):
        promise = day.visits[index].promise
        for tour in tours:
            is_theirs = promise is not None and tour.visitor.id == promise.visitor_id
            if promise is not None and is_theirs and _insert(day, tour, index, promise.start_min):
                left.discard(index)
    left = {index for index in left if not day.visits[index].pinned}
    moving = True
    while moving and left:
        moving = False
        for tour in tours:
            best = min(
                ((ready, index) for index in left if (ready := _next_start(day, tour, index)) is not None),
                default=None,
            )
            if best is not None:
                tour.stops.append((best[1], best[0]))
                left.discard(best[1])
                moving = True
    return [tour.stops for tour in tours]


def _promised_at(visit: DueVisit) -> int:
    return visit.promise.start_min if visit.promise is not None else 0


def fits(visit: DueVisit, visitor: VisitorDay) -> bool:
    """Whether the visitor has what the visit asks."""
    return (
        (visit.skill is None or visit.skill in visitor.skills)
        and (visit.licence is None or visit.licence in visitor.licences)
        and (visit.sex is None or visit.sex == visitor.sex)
    )


def _insert(day: VisitDay, tour: _Tour, index: int, start_min: int) -> bool:
    """Put a promise at its very time, if the tour stays one that can be kept."""
    trial = sorted([*tour.stops, (index, start_min)], key=lambda stop: stop[1])
    if not _can_be_kept(day, tour.visitor, trial) or not fits(day.visits[index], tour.visitor):
        return False
    visit = day.visits[index]
    inside = any(a <= start_min and start_min + visit.service_min <= b for a, b in visit.windows)
    if not inside and not visit.pinned:
        return False
    tour.stops = trial
    return True


def _can_be_kept(day: VisitDay, visitor: VisitorDay, stops: list[tuple[int, int]]) -> bool:
    place, free_at = visitor.place, visitor.from_min
    for index, start in stops:
        visit = day.visits[index]
        if start < free_at + day.travel_min[place][visit.place]:
            return False
        place, free_at = visit.place, start + visit.service_min
    served = sum(day.visits[index].service_min for index, _ in stops)
    home = free_at + day.travel_min[place][visitor.place]
    return home <= visitor.until_min and len(stops) <= visitor.most_visits and served <= visitor.most_minutes


def _next_start(day: VisitDay, tour: _Tour, index: int) -> int | None:
    """Earliest start of a visit behind the tour's last stop, or None."""
    visit, visitor = day.visits[index], tour.visitor
    if not fits(visit, visitor):
        return None
    last = tour.stops[-1] if tour.stops else None
    place = visitor.place if last is None else day.visits[last[0]].place
    free_at = visitor.from_min if last is None else last[1] + day.visits[last[0]].service_min
    ready = free_at + day.travel_min[place][visit.place]
    starts = [max(ready, a) for a, b in visit.windows if max(ready, a) + visit.service_min <= b]
    if not starts or not _can_be_kept(day, visitor, [*tour.stops, (index, min(starts))]):
        return None
    return min(starts)
