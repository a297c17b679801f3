"""Two halves of the Lagrangian that pays for places: people's best schedules, and needs' best worth; compiled."""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0912, PLR0915 - for the same reason; compiled loops stay in one piece

import numpy as np
from numba import njit

_NODES = 20_000  # of one person's search; beyond it the fractional bound stands


@njit(cache=True, nogil=True)
def _main_row(arcs, count, entry_first, entry_row, entry_size, cap, used):
    """Row that the arcs together overfill most."""
    best, main = 0.0, -1
    for k in range(count):
        for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
            used[entry_row[entry]] += entry_size[entry]
    for k in range(count):
        for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
            row = entry_row[entry]
            if cap[row] > 1 and used[row] > best * cap[row]:
                best, main = used[row] / cap[row], row
    for k in range(count):
        for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
            used[entry_row[entry]] = 0
    return main


@njit(cache=True, nogil=True)
def _fraction(profit, size, begin, count, left):
    """Dantzig's bound of what is still to be decided, rounded up."""
    total = 0
    for k in range(begin, count):
        if size[k] <= left:
            total += profit[k]
            left -= size[k]
        else:
            return total + (profit[k] * left) // size[k] + 1
    return total


@njit(cache=True, nogil=True)
def best_schedules(worth, person_first, person_arc, entry_first, entry_row, entry_size, cap, taken):
    """
    Most worth of arcs each person can take at once, summed; marks them in ``taken``.

    Exact by depth-first search unless a person needs more than a set number of nodes: then the bound of the
    fractional knapsack stands, which is no less.
    """
    n_people = len(person_first) - 1
    widest = 0
    for person in range(n_people):
        widest = max(widest, person_first[person + 1] - person_first[person])
    arcs, profit = np.empty(widest, dtype=np.int64), np.empty(widest, dtype=np.int64)
    size, density = np.empty(widest, dtype=np.int64), np.empty(widest, dtype=np.float64)
    is_in, best_in = np.zeros(widest, dtype=np.bool_), np.zeros(widest, dtype=np.bool_)
    used = np.zeros(len(cap), dtype=np.int64)
    total = 0
    for person in range(n_people):
        count = 0
        for at in range(person_first[person], person_first[person + 1]):
            taken[person_arc[at]] = False
            if worth[person_arc[at]] > 0:
                arcs[count] = person_arc[at]
                count += 1
        if count == 0:
            continue
        main = _main_row(arcs, count, entry_first, entry_row, entry_size, cap, used)
        for k in range(count):
            weight = 0
            for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
                if entry_row[entry] == main:
                    weight = entry_size[entry]
            density[k] = worth[arcs[k]] / (weight + 1e-9)
        order = np.argsort(-density[:count])
        kept = arcs[:count].copy()
        for k in range(count):
            arcs[k] = kept[order[k]]
            profit[k] = worth[arcs[k]]
            size[k] = 0
            for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
                if entry_row[entry] == main:
                    size[k] = entry_size[entry]
        room = cap[main] if main >= 0 else 0
        root = _fraction(profit, size, 0, count, room)
        best = value = depth = nodes = 0
        left = room
        down = True
        best_in[:count] = False
        while True:
            if down:
                nodes += 1
                if nodes > _NODES:
                    break
                if depth == count or value + _fraction(profit, size, depth, count, left) <= best:
                    if value > best:
                        best = value
                        best_in[:depth] = is_in[:depth]
                        best_in[depth:count] = False
                    down = False
                    continue
                fits = True
                for entry in range(entry_first[arcs[depth]], entry_first[arcs[depth] + 1]):
                    row = entry_row[entry]
                    if used[row] + entry_size[entry] > cap[row]:
                        fits = False
                        break
                is_in[depth] = fits
                if fits:
                    for entry in range(entry_first[arcs[depth]], entry_first[arcs[depth] + 1]):
                        used[entry_row[entry]] += entry_size[entry]
                    value += profit[depth]
                    left -= size[depth]
                    if value > best:
                        best = value
                        best_in[: depth + 1] = is_in[: depth + 1]
                        best_in[depth + 1 : count] = False
                depth += 1
            else:
                depth -= 1
                while depth >= 0 and not is_in[depth]:
                    depth -= 1
                if depth < 0:
                    break
                for entry in range(entry_first[arcs[depth]], entry_first[arcs[depth] + 1]):
                    used[entry_row[entry]] -= entry_size[entry]
                value -= profit[depth]
                left += size[depth]
                is_in[depth] = False
                depth += 1
                down = True
        if nodes > _NODES:
            for k in range(min(depth, count)):
                if is_in[k]:
                    for entry in range(entry_first[arcs[k]], entry_first[arcs[k] + 1]):
                        used[entry_row[entry]] = 0
            total += max(best, root)
        else:
            total += best
        for k in range(count):
            taken[arcs[k]] = best_in[k]
            is_in[k] = False
    return total


@njit(cache=True, nogil=True)
def best_needs(
    pay, complete, is_open, place_first, group, money_first, money_giver, money_most, money_cost, asked, price,
    levy_fen, levy_need, wanted, shares, team,
):  # fmt: skip
    """
    Most worth of needs that pay for their places and money, summed over needs.

    Marks places in ``wanted``, fen in ``shares``; ``team`` is the cheapest team's pay by need.
    """
    n_needs = len(complete)
    total = 0
    rate, gift = np.empty(4096, dtype=np.int64), np.empty(4096, dtype=np.int64)
    for need in range(n_needs):
        first, last = place_first[need], place_first[need + 1]
        best, best_first, best_last = 0, first, first
        found = first == last
        begin = first
        while begin < last:
            end, cost = begin, 0
            while end < last and group[end] == group[begin]:
                cost += pay[end]
                end += 1
            if not found or cost < best:
                best, best_first, best_last, found = cost, begin, end, True
            begin = end
        team[need] = best
        for place in range(first, last):
            wanted[place] = False
        for at in range(money_first[need], money_first[need + 1]):
            shares[at] = 0
        if not is_open[need]:
            continue
        value = complete[need] - best - levy_need[need]
        missing = asked[need]
        if missing > 0:
            count = money_first[need + 1] - money_first[need]
            for k in range(count):
                at = money_first[need] + k
                cost = money_cost[at] + price[money_giver[at]] + levy_fen[need]
                j = k
                while j > 0 and rate[j - 1] > cost:
                    rate[j], gift[j] = rate[j - 1], gift[j - 1]
                    j -= 1
                rate[j], gift[j] = cost, at
            for k in range(count):
                amount = min(missing, money_most[gift[k]])
                shares[gift[k]] = amount
                missing -= amount
                value -= amount * rate[k]
                if missing == 0 or value < 0:
                    break
        if value > 0 and missing == 0:
            total += value
            for place in range(best_first, best_last):
                wanted[place] = True
        else:
            for at in range(money_first[need], money_first[need + 1]):
                shares[at] = 0
    return total
