"""
Compiled kernels of the Lagrangian relaxation of a generalised assignment.

Every job goes to exactly one arc, every arc belongs to one row, rows are knapsacks. The jobs' equations are
priced by ``multiplier``; what is left is one exact knapsack a row. Costs and multipliers are whole numbers on
one scale, so the bound is exact in 64-bit integers. ``state`` is by arc: 0 free, 1 taken, -1 barred.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202 - for the same reason

from typing import NamedTuple

import numba
import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.solvers.generalised.knapsack import best_subset, flip_values, fraction

NONE = 2**61
"""Bound of a state in which some row or job has no way out."""

_TABLE = 400_000  # entries of the tables that flip a row's items exactly


class Bins(NamedTuple):
    """Arcs sorted by row: arc ``a`` puts ``job[a]`` into ``row[a]``; ``job_arc`` are the arcs by job."""

    row_first: IntArray
    row: IntArray
    job: IntArray
    weight: IntArray
    cost: IntArray
    cap: IntArray
    job_first: IntArray
    job_arc: IntArray


class Desk(NamedTuple):
    """Working memory of the kernels, for the longest row and the largest cap."""

    line: IntArray
    other: IntArray
    flags: BoolArray
    chosen: BoolArray
    ahead: IntArray
    behind: IntArray
    flipped: IntArray
    item: IntArray
    weight: IntArray
    profit: IntArray
    used: IntArray
    order: IntArray
    core: IntArray
    reach: IntArray
    density: FloatArray
    direction: FloatArray


def desk_of(bins: Bins) -> Desk:
    """Lay out working memory."""
    items = int(np.diff(bins.row_first).max(initial=0))
    room = int(bins.cap.max(initial=0)) + 1
    jobs = len(bins.job_first) - 1
    exact = min(items, max(1, _TABLE // room))
    return Desk(
        line=np.zeros(room, dtype=np.int64),
        other=np.zeros(room, dtype=np.int64),
        flags=np.zeros((items, room), dtype=np.bool_),
        chosen=np.zeros(items, dtype=np.bool_),
        ahead=np.zeros((exact + 1, room), dtype=np.int64),
        behind=np.zeros((exact + 1, room), dtype=np.int64),
        flipped=np.zeros(items, dtype=np.int64),
        item=np.zeros(items, dtype=np.int64),
        weight=np.zeros(items, dtype=np.int64),
        profit=np.zeros(items, dtype=np.int64),
        used=np.zeros(jobs, dtype=np.int64),
        order=np.zeros(items, dtype=np.int64),
        core=np.zeros(items, dtype=np.int64),
        reach=np.zeros(items, dtype=np.int64),
        density=np.zeros(items),
        direction=np.zeros(jobs),
    )


@numba.njit(cache=True, nogil=True)
def _pack(bins, row, state, multiplier, desk):
    """Lay a row's worthwhile items on the desk; gives (items, room), room < 0 when it is overfull."""
    room = bins.cap[row]
    for arc in range(bins.row_first[row], bins.row_first[row + 1]):
        if state[arc] == 1:
            room -= bins.weight[arc]
    count = 0
    if room >= 0:
        for arc in range(bins.row_first[row], bins.row_first[row + 1]):
            if state[arc] == 0 and bins.weight[arc] <= room:
                profit = multiplier[bins.job[arc]] - bins.cost[arc]
                if profit > 0:
                    desk.item[count] = arc
                    desk.weight[count] = bins.weight[arc]
                    desk.profit[count] = profit
                    count += 1
    return count, room


@numba.njit(cache=True, nogil=True)
def relax(bins, state, multiplier, x, desk):
    """Lagrangian bound at ``multiplier``; ``x`` becomes its knapsacks, ``desk.used`` the times jobs are taken."""
    bound = multiplier.sum()
    x[:] = False
    desk.used[:] = 0
    for row in range(len(bins.cap)):
        count, room = _pack(bins, row, state, multiplier, desk)
        if room < 0:
            return NONE
        bound -= best_subset(desk.weight, desk.profit, count, room, desk)
        for k in range(count):
            if desk.chosen[k]:
                x[desk.item[k]] = True
                desk.used[bins.job[desk.item[k]]] += 1
    for arc in range(len(state)):
        if state[arc] == 1:
            x[arc] = True
            desk.used[bins.job[arc]] += 1
            bound += bins.cost[arc] - multiplier[bins.job[arc]]
    return bound


@numba.njit(cache=True, nogil=True)
def ascend(bins, state, multiplier, x, desk, target, cutoff, steps, patience, theta):
    """
    Raise the bound by deflected subgradient steps towards ``target``.

    ``multiplier`` becomes the best found and ``x`` its knapsacks. Stops early above ``cutoff`` or when the
    knapsacks take every job once (they are then an optimum of the state).

    Returns
    -------
    tuple
        Best bound, whether ``x`` is feasible, the step factor reached.
    """
    trial = multiplier.copy()
    taken = np.zeros_like(x)
    desk.direction[:] = 0.0
    best = relax(bins, state, trial, x, desk)
    bound = best
    stale = 0
    whole = _is_whole(desk.used)
    for _ in range(steps):
        if best > cutoff or whole or theta < 1e-4:
            break
        norm = 0.0
        for job in range(len(trial)):
            desk.direction[job] = 0.3 * desk.direction[job] + (1 - desk.used[job])
            norm += desk.direction[job] ** 2
        if norm == 0.0:
            break
        step = theta * (max(target, best + best // 4096) - bound) / norm
        for job in range(len(trial)):
            trial[job] += np.int64(np.rint(step * desk.direction[job]))
        bound = relax(bins, state, trial, taken, desk)
        if bound > best or (bound == best and _is_whole(desk.used)):
            best = bound
            multiplier[:] = trial
            x[:] = taken
            whole = _is_whole(desk.used)
            stale = 0
        else:
            stale += 1
            if stale >= patience:
                theta *= 0.6
                stale = 0
                trial[:] = multiplier
                bound = relax(bins, state, trial, taken, desk)
                desk.direction[:] = 0.0
    return best, whole, theta


@numba.njit(cache=True, nogil=True)
def _is_whole(used):
    for times in used:  # noqa: SIM110 - Numba compiles no generator
        if times != 1:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def flips(bins, state, multiplier, x, desk, change):
    """
    Write by arc what turning its choice round adds to the bound, each row alone; gives the bound.

    ``x`` becomes the knapsacks at ``multiplier``; arcs that are not free get 0.
    """
    bound = multiplier.sum()
    x[:] = False
    change[:] = 0
    for row in range(len(bins.cap)):
        count, room = _pack(bins, row, state, multiplier, desk)
        if room < 0:
            return NONE
        value = best_subset(desk.weight, desk.profit, count, room, desk)
        bound -= value
        for k in range(count):
            x[desk.item[k]] = desk.chosen[k]
        if count < len(desk.ahead):
            _flip_exactly(bins, row, state, multiplier, desk, change, count, room, value)
        else:
            _flip_by_slope(bins, row, state, multiplier, x, desk, change, count, room, value)
    for arc in range(len(state)):
        if state[arc] == 1:
            x[arc] = True
            bound += bins.cost[arc] - multiplier[bins.job[arc]]
    return bound


@numba.njit(cache=True, nogil=True)
def _flip_exactly(bins, row, state, multiplier, desk, change, count, room, value):
    flip_values(desk.weight, desk.profit, count, room, desk)
    rest = desk.ahead[count]
    for arc in range(bins.row_first[row], bins.row_first[row + 1]):
        if state[arc] == 0:
            if bins.weight[arc] > room:
                change[arc] = NONE
            else:
                profit = multiplier[bins.job[arc]] - bins.cost[arc]
                change[arc] = value - profit - rest[room - bins.weight[arc]]
    for k in range(count):
        change[desk.item[k]] = value - desk.flipped[k]


@numba.njit(cache=True, nogil=True)
def _flip_by_slope(bins, row, state, multiplier, x, desk, change, count, room, value):
    """At least so much, by the linear relaxation: for rows whose tables would be too large."""
    _, whole, left, slope = fraction(desk.weight, desk.profit, count, room, desk.order, desk.density)
    relaxed = (whole + left * slope) * (1 + 1e-9) + 1
    for arc in range(bins.row_first[row], bins.row_first[row + 1]):
        if state[arc] == 0:
            if bins.weight[arc] > room:
                change[arc] = NONE
            else:
                gain = multiplier[bins.job[arc]] - bins.cost[arc] - slope * bins.weight[arc]
                flipped = relaxed - gain if x[arc] else relaxed + gain
                change[arc] = max(0, np.int64(value - flipped))


@numba.njit(cache=True, nogil=True)
def entry_costs(bins, state, x, change, bound, entry, drop):
    """
    Bound by arc if the job takes this arc and no other: its own flip and the flips of the rows that lose it.

    ``drop`` is working memory by job.
    """
    drop[:] = 0
    for arc in range(len(state)):
        if state[arc] == 0 and x[arc]:
            drop[bins.job[arc]] += change[arc]
    for arc in range(len(state)):
        if state[arc] == 0:
            if change[arc] >= NONE:
                entry[arc] = NONE
            elif x[arc]:
                entry[arc] = bound + drop[bins.job[arc]] - change[arc]
            else:
                entry[arc] = bound + drop[bins.job[arc]] + change[arc]
