"""Tours by ruin and recreate (see ``ruin_kernel``): arrays made ready, stops timed."""

import numpy as np

from matching.arrays import offsets
from matching.solvers.routing.arrays import DayArrays
from matching.solvers.routing.ruin_kernel import ruin_and_recreate, time_tour
from matching.solvers.routing.tours import Tours

_HOT, _COLD = 30.0, 0.3  # points; a travel minute is one or a few
_NEAR = 60


def improve(day: DayArrays, start: Tours, *, turns: int, seed: int) -> Tours:
    """
    Give tours that are no worse than ``start``, after a number of turns.

    Parameters
    ----------
    start
        Feasible tours.
    turns
        The only limit: equal input gives equal tours.
    """
    n_visits, n_visitors = len(day.penalty), len(day.base)
    if len(day.visit) == 0 or n_visitors == 0:
        return start
    room = max(1, int(day.most_visits.max()), *(len(tour) for tour in start))
    room = min(room, n_visits)
    tour = np.full((n_visitors, room), -1, dtype=np.int64)
    size = np.array([len(stops) for stops in start], dtype=np.int64)
    for v, stops in enumerate(start):
        tour[v, : len(stops)] = [option for option, _ in stops]
    apart = day.travel_min[np.ix_(day.place, day.place)]
    near = np.argsort(apart, axis=1, kind="stable")[:, 1 : _NEAR + 1]
    near = near if near.shape[1] else np.zeros((n_visits, 1), dtype=np.int64)
    times = (day.first_min, day.last_min)
    where = (day.place, day.service)
    visitors = (day.base, day.from_min, day.until_min)
    ruin_and_recreate(
        tour, size, turns, seed, _HOT * max(1, day.travel_points), _COLD * max(1, day.travel_points),
        offsets(day.visit, n_visits), *times, day.extra, day.visit, *where, day.penalty, day.pinned,
        np.ascontiguousarray(near), day.travel_min, day.travel_points, *visitors, day.most_visits, day.most_minutes,
    )  # fmt: skip
    early, late = np.zeros_like(tour), np.zeros_like(tour)
    for v in range(n_visitors):
        time_tour(v, tour, size, early, late, *times, day.visit, *where, day.travel_min, *visitors)
    return [[(int(tour[v, k]), int(early[v, k])) for k in range(int(size[v]))] for v in range(n_visitors)]
