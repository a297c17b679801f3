"""
Compiled local search for a generalised assignment: moves, swaps and kicks, overfull rows at a price.

The price of a unit too much in a row rises while the row is overfull and falls while all rows fit, so the
search swings across the border of what is feasible (Yagiura, Ibaraki and Glover, EJOR 169 (2006) 548-569, in
its simplest form: shifts and swaps without longer ejection chains).
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202 - for the same reason

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _arc_in(bins, job, row):
    """Arc of the job in the row, or -1."""
    low, high = bins.job_first[job], bins.job_first[job + 1]
    while low < high:
        middle = (low + high) // 2
        if bins.row[bins.job_arc[middle]] < row:
            low = middle + 1
        else:
            high = middle
    if low < bins.job_first[job + 1] and bins.row[bins.job_arc[low]] == row:
        return bins.job_arc[low]
    return -1


@numba.njit(cache=True, nogil=True)
def _over(bins, load, row, change):
    """Units too many after a change of load, less those before."""
    room = bins.cap[row] - load[row]
    return max(0, change - room) - max(0, -room)


@numba.njit(cache=True, nogil=True)
def _move(bins, choice, load, job, arc):
    load[bins.row[choice[job]]] -= bins.weight[choice[job]]
    load[bins.row[arc]] += bins.weight[arc]
    choice[job] = arc


@numba.njit(cache=True, nogil=True)
def _shift(bins, choice, load, price, job):
    """Take the job's best move, if any helps."""
    old = choice[job]
    leave = price[bins.row[old]] * _over(bins, load, bins.row[old], -bins.weight[old]) - bins.cost[old]
    best, best_arc = 0, -1
    for at in range(bins.job_first[job], bins.job_first[job + 1]):
        arc = bins.job_arc[at]
        row = bins.row[arc]
        if row != bins.row[old]:
            change = leave + bins.cost[arc]
            if change < best:
                change += price[row] * _over(bins, load, row, bins.weight[arc])
                if change < best:
                    best, best_arc = change, arc
    if best_arc < 0:
        return False
    _move(bins, choice, load, job, best_arc)
    return True


@numba.njit(cache=True, nogil=True)
def _swap(bins, choice, load, price, job, start):
    """Take the job's best exchange of rows with another job, if any helps."""
    old = choice[job]
    mine = bins.row[old]
    best, best_other, best_to, best_back = 0, -1, -1, -1
    jobs = len(choice)
    for offset in range(jobs):
        other = (start + offset) % jobs
        theirs = bins.row[choice[other]]
        if theirs == mine:
            continue
        to, back = _arc_in(bins, job, theirs), _arc_in(bins, other, mine)
        if to < 0 or back < 0:
            continue
        change = bins.cost[to] + bins.cost[back] - bins.cost[old] - bins.cost[choice[other]]
        change += price[mine] * _over(bins, load, mine, bins.weight[back] - bins.weight[old])
        change += price[theirs] * _over(bins, load, theirs, bins.weight[to] - bins.weight[choice[other]])
        if change < best:
            best, best_other, best_to, best_back = change, other, to, back
    if best_other < 0:
        return False
    _move(bins, choice, load, job, best_to)
    _move(bins, choice, load, best_other, best_back)
    return True


@numba.njit(cache=True, nogil=True)
def _descend(bins, choice, load, price, swaps):
    """Shifts, then swaps, until neither helps."""
    jobs = len(choice)
    helped = True
    while helped:
        helped = False
        for job in np.random.permutation(jobs):
            helped |= _shift(bins, choice, load, price, job)
        if helped or not swaps:
            continue
        for job in np.random.permutation(jobs):
            helped |= _swap(bins, choice, load, price, job, np.random.randint(jobs))


@numba.njit(cache=True, nogil=True)
def _kick(bins, choice, load, ranked, jobs_moved):
    """Move some jobs to one of their cheapest arcs at the multipliers."""
    for _ in range(jobs_moved):
        job = np.random.randint(len(choice))
        ways = bins.job_first[job + 1] - bins.job_first[job]
        among = min(ways, 4)
        _move(bins, choice, load, job, ranked[bins.job_first[job] + np.random.randint(among)])


@numba.njit(cache=True, nogil=True)
def swing(bins, choice, best, ranked, price, rounds, swaps, seed):
    """
    Search from ``choice`` (arc by job) for ``rounds`` descents; ``best`` becomes the best that fits.

    Parameters
    ----------
    ranked
        Arcs of each job, cheapest first at row prices, in the layout of ``bins.job_arc``.
    price
        Of a unit too much, by row; updated.

    Returns
    -------
    int
        Cost of ``best``, or -1 if ``best`` was not replaced.
    """
    np.random.seed(seed)  # Numba's own generator, of this thread
    jobs = len(choice)
    # above the dearest arc a unit too much is never worth it, and the sums must fit 64 bits
    dearest = min(bins.cost.max(), 2**60 // (bins.weight.max() * jobs + 1))
    load = np.zeros(len(bins.cap), dtype=np.int64)
    for job in range(jobs):
        load[bins.row[choice[job]]] += bins.weight[choice[job]]
    record = np.int64(2**62)
    if best[0] >= 0:
        record = bins.cost[best].sum()
    found = np.int64(-1)
    for turn in range(rounds):
        _descend(bins, choice, load, price, swaps)
        fits = True
        for row in range(len(load)):
            if load[row] > bins.cap[row]:
                fits = False
                price[row] = min(dearest, price[row] + price[row] // 4 + 1)
        if fits:
            cost = bins.cost[choice].sum()
            if cost < record:
                record = cost
                found = cost
                best[:] = choice
            for row in range(len(load)):
                price[row] -= price[row] // 8
        if best[0] >= 0 and turn % 50 == 49:
            for job in range(jobs):
                if choice[job] != best[job]:
                    _move(bins, choice, load, job, best[job])
        if fits or np.random.randint(4) == 0:
            _kick(bins, choice, load, ranked, max(2, min(8, jobs // 12)))
    return found
