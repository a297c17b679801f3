"""
Compiled kernels of one knapsack row: its best subset at given profits, and what each flip would cost.

Weights and profits are whole numbers, so values are exact. A row's items are given packed: ``weight`` and
``profit`` of those with a positive profit that fit alone. Tables are working memory of the caller.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202 - for the same reason

import numba
import numpy as np

_MARGIN = 1e-9  # relative, above what a float loses of a 64-bit sum


@numba.njit(cache=True, nogil=True)
def fraction(weight, profit, count, cap, order, density):
    """
    Fill ``cap`` by density, most first.

    ``order`` becomes the items by density.

    Returns
    -------
    tuple
        Number of items that go in whole, their profit, the room left, and the density of the next (0 if all
        go in): ``profit + room * density`` is the value of the linear relaxation, and that slope is right
        for any other room.
    """
    for k in range(count):
        density[k] = -profit[k] / max(weight[k], 1e-9)
    order[:count] = np.argsort(density[:count])
    value, room = 0, cap
    for rank in range(count):
        k = order[rank]
        if weight[k] > room:
            return rank, value, room, -density[k]
        room -= weight[k]
        value += profit[k]
    return count, value, room, 0.0


@numba.njit(cache=True, nogil=True, inline="never")
def best_subset(weight, profit, count, cap, desk):
    """
    Most profit of ``count`` items within ``cap``; ``desk.chosen`` tells the subset.

    Items that the linear relaxation settles beside a greedy filling stay out of the table.
    """
    chosen, order = desk.chosen, desk.order
    broken, value, room, slope = fraction(weight, profit, count, cap, order, desk.density)
    for rank in range(count):
        chosen[order[rank]] = rank < broken
    if broken == count or room == 0:
        return value
    greedy, left = value, room
    for rank in range(broken, count):
        if weight[order[rank]] <= left:
            left -= weight[order[rank]]
            greedy += profit[order[rank]]
    relaxed = (value + room * slope) * (1 + _MARGIN) + 1
    core = 0
    settled, room = 0, cap
    for rank in range(count):
        k = order[rank]
        loss = profit[k] - slope * weight[k]
        if rank >= broken and relaxed + loss < greedy:
            continue
        if rank < broken and relaxed - loss < greedy:
            settled += profit[k]
            room -= weight[k]
        else:
            desk.core[core] = k
            core += 1
    return settled + _tabulate(weight, profit, core, room, desk)


@numba.njit(cache=True, nogil=True, inline="never")
def _tabulate(weight, profit, count, cap, desk):
    """Dynamic programme over the room for the items of ``desk.core``."""
    line, other = desk.line, desk.other
    line[: cap + 1] = 0
    reach = 0
    for c in range(count):
        k = desk.core[c]
        size, gain = weight[k], profit[k]
        flags = desk.flags[c]
        grown = min(cap, reach + size)
        for w in range(reach + 1, grown + 1):
            line[w] = line[reach]
        for w in range(min(size, grown + 1)):
            other[w] = line[w]
            flags[w] = False
        for w in range(grown + 1 - size):
            with_it = line[w] + gain
            without = line[w + size]
            better = with_it > without
            other[w + size] = with_it if better else without
            flags[w + size] = better
        reach = grown
        desk.reach[c] = reach
        line, other = other, line
    value = line[reach]
    room = reach
    for back in range(count):
        c = count - 1 - back
        k = desk.core[c]
        room = min(room, desk.reach[c])  # the table is flat beyond what was reached when the item came in
        desk.chosen[k] = desk.flags[c, room]
        if desk.chosen[k]:
            room -= weight[k]
    return value


@numba.njit(cache=True, nogil=True, inline="never")
def flip_values(weight, profit, count, cap, desk):
    """
    Most profit when one item's choice (``desk.chosen``) is turned round, by item, exact.

    ``desk.ahead`` and ``desk.behind`` hold (items + 1, cap + 1) values: after the call ``ahead[count]`` is the
    best of all items by room.
    """
    ahead, behind = desk.ahead, desk.behind
    ahead[0, : cap + 1] = 0
    behind[count, : cap + 1] = 0
    for k in range(count):
        _append(ahead[k], ahead[k + 1], weight[k], profit[k], cap)
    for back in range(count):
        k = count - 1 - back
        _append(behind[k + 1], behind[k], weight[k], profit[k], cap)
    for k in range(count):
        room = cap if desk.chosen[k] else cap - weight[k]
        before, after = ahead[k], behind[k + 1]
        most = before[0] + after[room]
        for w in range(room + 1):
            most = max(most, before[w] + after[room - w])
        desk.flipped[k] = most if desk.chosen[k] else most + profit[k]


@numba.njit(cache=True, nogil=True)
def _append(line, longer, size, gain, cap):
    """One item more: ``longer`` from ``line``."""
    for w in range(size):
        longer[w] = line[w]
    for w in range(cap + 1 - size):
        with_it = line[w] + gain
        without = line[w + size]
        longer[w + size] = max(without, with_it)
