"""A lower bound of a day's cost, found apart from any search (see ``bound_kernel``)."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.solvers.routing.arrays import FORBIDDEN, DayArrays
from matching.solvers.routing.bound_kernel import best_bound

_SCALE = 16  # steps of an imputed price, a part of a point
_MOST_CLASSES = 1
_MOST_SCALED = 400_000_000  # what a walk may earn in all, within 32 bits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Classes:
    """Visitors taken together: each class may do all that any of its visitors may, at the least extra cost."""

    extra: IntArray
    base: IntArray
    from_min: IntArray
    until_min: IntArray
    count: IntArray
    most: IntArray


def lower_bound(day: DayArrays, *, hint: int, visited: int, rounds: int) -> int:
    """
    Points that every plan of the day costs.

    Parameters
    ----------
    hint, visited
        Cost of some plan and how many it visits, from which steps and start are chosen; the bound holds
        whatever they are.
    rounds
        Steps of the subgradient method.
    """
    if len(day.visit) == 0 or len(day.base) == 0:
        return int(day.penalty.sum())
    classes = _classes(day)
    nodes = _nodes(day, classes)
    if len(nodes.visit) == 0:
        return int(day.penalty.sum())
    service = day.service[nodes.visit]
    step = int(service.min())
    span = nodes.begins.shape[1]
    penalty = np.minimum(day.penalty, max(1, _MOST_SCALED // (_SCALE * (span // step + 1)))) * _SCALE
    place = day.place[nodes.visit]
    travel = day.travel_min[np.ix_(place, place)]
    base = day.travel_min[classes.base][:, place]
    back = day.travel_min[place][:, classes.base].T
    ways = np.stack([np.vstack([travel, out[None, :]]) for out in base])
    time = np.stack([np.vstack([travel + service[:, None], out[None, :]]) for out in base])
    early = classes.from_min - day.from_min.min()
    time[:, -1, :] += early[:, None]
    late = (classes.until_min - day.from_min.min())[:, None] - service - back
    rank = np.sort(penalty)[::-1]
    level = int(rank[min(visited, len(rank) - 1)])  # what one more visit would save
    rent = level if 10 * visited >= 9 * int(day.most_visits.sum()) else 0
    best = best_bound(
        time.astype(np.int64),
        (ways * (day.travel_points * _SCALE)).astype(np.int32),
        np.where(nodes.extra == FORBIDDEN, -1, nodes.extra * _SCALE),
        back * (day.travel_points * _SCALE),
        late,
        nodes.begins,
        np.broadcast_to(nodes.first, late.shape).copy(),
        np.minimum(nodes.last, late),
        nodes.visit.astype(np.int32),
        classes.count,
        classes.most,
        penalty,
        np.minimum(penalty, level + 10 * _SCALE),
        max(0, rent - 6 * _SCALE),
        _SCALE,
        hint * _SCALE,
        rounds,
        step,
    )
    return -(-int(best) // _SCALE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Nodes:
    """Options of one visit that cost each class alike, taken together: a node with several windows."""

    visit: IntArray
    extra: IntArray  # (classes, nodes)
    begins: BoolArray  # (nodes, minutes since the earliest visitor's start)
    first: IntArray
    last: IntArray


def _nodes(day: DayArrays, classes: _Classes) -> _Nodes:
    early = int(day.from_min.min())
    span = int(day.until_min.max()) - early + 1
    groups: dict[tuple[int, ...], list[int]] = {}
    for option, visit in enumerate(day.visit.tolist()):
        if day.last_min[option] >= early and day.first_min[option] < early + span:
            groups.setdefault((visit, *classes.extra[:, option].tolist()), []).append(option)
    begins = np.zeros((len(groups), span), dtype=np.bool_)
    for node, options in enumerate(groups.values()):
        for option in options:
            low, high = int(day.first_min[option]) - early, int(day.last_min[option]) - early
            begins[node, max(0, low) : max(0, high + 1)] = True
    return _Nodes(
        visit=np.array([key[0] for key in groups], dtype=np.int64),
        extra=np.array([key[1:] for key in groups], dtype=np.int64)
        .T.reshape(len(classes.base), len(groups))
        .copy(),
        begins=begins,
        first=begins.argmax(axis=1).astype(np.int64),
        last=(span - 1 - begins[:, ::-1].argmax(axis=1)).astype(np.int64),
    )


def _classes(day: DayArrays) -> _Classes:
    """Group visitors by base and by what they may do; beyond a few groups, alike ones are taken together."""
    able = day.extra != FORBIDDEN
    groups: dict[tuple[int, bytes], list[int]] = {}
    for visitor, base in enumerate(day.base.tolist()):
        groups.setdefault((base, able[:, visitor].tobytes()), []).append(visitor)
    members = _merged(day, able, groups)
    cheapest = [_cheapest(day.extra[:, rows], able[:, rows]) for rows in members]
    return _Classes(
        extra=np.stack(cheapest),
        base=np.array([day.base[rows[0]] for rows in members], dtype=np.int64),
        from_min=np.array([day.from_min[rows].min() for rows in members], dtype=np.int64),
        until_min=np.array([day.until_min[rows].max() for rows in members], dtype=np.int64),
        count=np.array([len(rows) for rows in members], dtype=np.int64),
        most=np.array([day.most_visits[rows].max() for rows in members], dtype=np.int64),
    )


def _merged(day: DayArrays, able: BoolArray, groups: dict[tuple[int, bytes], list[int]]) -> list[list[int]]:
    """Join, base by base, the two groups whose abilities differ least until few are left."""
    rows = [(base, members) for (base, _), members in groups.items()]
    bases = len({base for base, _ in rows})
    while len(rows) > max(_MOST_CLASSES, bases):
        pairs = [
            (int(np.sum(able[:, a].any(axis=1) != able[:, b].any(axis=1))), i, j)
            for i, (base, a) in enumerate(rows)
            for j, (other, b) in enumerate(rows[:i])
            if base == other
        ]
        _, i, j = min(pairs)
        rows[j] = (rows[j][0], sorted(rows[j][1] + rows[i][1]))
        del rows[i]
    return [members for _, members in rows]


def _cheapest(extra: IntArray, able: BoolArray) -> IntArray:
    far = np.iinfo(np.int64).max
    least = np.where(able, extra, far).min(axis=1)
    return np.where(least == far, FORBIDDEN, least)
