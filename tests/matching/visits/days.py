"""Small days drawn by Hypothesis, and the best plan of a tiny one by trying everything."""

from functools import cache

from hypothesis import strategies as st

from matching.visits.day import DueVisit, Promise, VisitDay, VisitorDay, VisitWeights

SEXES = ("FEMALE", "MALE")


@st.composite
def days(draw, most_visits=9, most_visitors=3, promises=True):
    n, m = draw(st.integers(0, most_visits)), draw(st.integers(0, most_visitors))
    places = draw(st.integers(1, n + 1))
    xy = [(draw(st.integers(0, 30)), draw(st.integers(0, 30))) for _ in range(places)]
    table = tuple(tuple(abs(a - c) + abs(b - d) for c, d in xy) for a, b in xy)
    visits = []
    for i in range(n):
        service = draw(st.sampled_from([10, 15, 30, 45]))
        begin = draw(st.integers(480, 900))
        windows = [(begin, begin + service + draw(st.integers(0, 240)))]
        if draw(st.booleans()):
            windows.append((1000, 1000 + service + draw(st.integers(0, 60))))
        promise = None
        if promises and m and draw(st.booleans()):
            promise = Promise(
                visitor_id=f"v{draw(st.integers(0, m))}", start_min=draw(st.integers(480, 1000))
            )
        visits.append(
            DueVisit(
                id=f"r{i}",
                place=draw(st.integers(0, places - 1)),
                service_min=service,
                windows=tuple(windows),
                penalty=draw(st.integers(0, 400)),
                skill=draw(st.sampled_from([None, None, "ELDER_CARE"])),
                licence=draw(st.sampled_from([None, None, None, "NURSE"])),
                sex=draw(st.sampled_from([None, None, *SEXES])),
                usual=draw(st.sampled_from([None, "v0", "v1", "gone"])),
                promise=promise,
                pinned=promise is not None and draw(st.booleans()),
            )
        )
    visitors = tuple(
        VisitorDay(
            id=f"v{j}",
            place=draw(st.integers(0, places - 1)),
            from_min=480,
            until_min=draw(st.sampled_from([720, 1020, 1100])),
            most_visits=draw(st.integers(0, 5)),
            most_minutes=draw(st.sampled_from([60, 480])),
            skills=frozenset(draw(st.sets(st.sampled_from(["ELDER_CARE", "COOKING"])))),
            licences=frozenset(draw(st.sets(st.just("NURSE")))),
            sex=draw(st.sampled_from(SEXES)),
        )
        for j in range(m)
    )
    weights = VisitWeights(
        travel=draw(st.integers(1, 3)),
        new_face=draw(st.integers(0, 20)),
        moved=draw(st.sampled_from([0, 50])),
        tolerance_min=draw(st.sampled_from([0, 15])),
    )
    return VisitDay(travel_min=table, visits=tuple(visits), visitors=visitors, weights=weights)


def best_cost(day: VisitDay) -> int:
    """Cost of the best plan of a day without promises, by labels over sets; for a dozen visits at most."""
    n = len(day.visits)
    known = {visitor.id for visitor in day.visitors}
    tours = [_best_tours(day, visitor, known) for visitor in day.visitors]

    @cache
    def rest(v: int, left: int) -> int:
        if v == len(tours):
            return sum(day.visits[i].penalty for i in range(n) if left >> i & 1)
        return min(cost + rest(v + 1, left & ~done) for done, cost in tours[v].items() if done & left == done)

    return rest(0, (1 << n) - 1)


def _best_tours(day: VisitDay, visitor: VisitorDay, known: set[str]) -> dict[int, int]:
    """Least points of a visitor's tour for each set of visits that can be made in one."""
    table, weights = day.travel_min, day.weights
    best = {0: 0}
    # (set, last visit) -> undominated (points, free at)
    layer: dict[tuple[int, int], list[tuple[int, int]]] = {(0, -1): [(0, visitor.from_min)]}
    for _ in range(visitor.most_visits):
        grown: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for (done, last), labels in layer.items():
            at = visitor.place if last < 0 else day.visits[last].place
            for i, visit in enumerate(day.visits):
                fit = (
                    not done >> i & 1
                    and visit.skill in (None, *visitor.skills)
                    and visit.licence in (None, *visitor.licences)
                    and visit.sex in (None, visitor.sex)
                )
                minutes = visit.service_min + sum(
                    day.visits[k].service_min for k in range(len(day.visits)) if done >> k & 1
                )
                if not fit or minutes > visitor.most_minutes:
                    continue
                way = table[at][visit.place]
                face = weights.new_face if visit.usual in known and visit.usual != visitor.id else 0
                for points, free in labels:
                    starts = [
                        max(free + way, a)
                        for a, b in visit.windows
                        if max(free + way, a) + visit.service_min <= b
                    ]
                    if not starts:
                        continue
                    end = min(starts) + visit.service_min
                    if end + table[visit.place][visitor.place] > visitor.until_min:
                        continue
                    label = (points + way * weights.travel + face, end)
                    held = grown.setdefault((done | 1 << i, i), [])
                    if not any(a <= label[0] and b <= label[1] for a, b in held):
                        held[:] = [(a, b) for a, b in held if not (label[0] <= a and label[1] <= b)] + [label]
        for (done, last), labels in grown.items():
            home = table[day.visits[last].place][visitor.place] * weights.travel
            cost = min(points for points, _ in labels) + home
            best[done] = min(cost, best.get(done, cost))
        layer = grown
    return best
