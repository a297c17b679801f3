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


@numba.njit(cache=True, nogil=True)
def _reseat(bins, choice, seats, seat, seated, job, arc):
    """Move a job and keep the lists of who is in a row: the last of its old row takes its seat."""
    row, to = bins.row[choice[job]], bins.row[arc]
    seated[row] -= 1
    last = seats[row, seated[row]]
    seats[row, seat[job]] = last
    seat[last] = seat[job]
    seats[to, seated[to]] = job
    seat[job] = seated[to]
    seated[to] += 1
    choice[job] = arc


@numba.njit(cache=True, nogil=True)
def _way_back(bins, ranked, ways, job, row):
    """Arc of the job in the row if it is among its ``ways`` cheapest, or -1."""
    begin = bins.job_first[job]
    for at in range(begin, min(begin + ways, bins.job_first[job + 1])):
        if bins.row[ranked[at]] == row:
            return ranked[at]
    return -1


@numba.njit(cache=True, nogil=True)
def temper(bins, choice, ranked, ways, price, room, heats, moves, seed):
    """
    Fill the rows by annealing: a row's load is drawn to its cap, loosely while hot and tightly when cold.

    Each job keeps to its ``ways`` cheapest arcs at the rows' prices. ``choice`` is changed in place and may end
    some units too full; :func:`swing` takes it from there.

    Parameters
    ----------
    price
        Of a unit of weight, by row, in the scale of the costs.
    room
        Units of a row to be left for what swaps cannot fit.
    heats
        (temperature, cost of a squared unit beside the cap) of each round.
    moves
        A round.
    """
    np.random.seed(seed)
    jobs, rows = len(choice), len(bins.cap) - 1  # the last row takes any load
    beside = np.zeros(rows + 1)
    seats, seat = np.zeros((rows + 1, jobs), dtype=np.int32), np.zeros(jobs, dtype=np.int64)
    seated = np.zeros(rows + 1, dtype=np.int64)
    beside[:rows] = room - bins.cap[:rows]
    for job in range(jobs):
        row = bins.row[choice[job]]
        beside[row] += bins.weight[choice[job]]
        seats[row, seated[row]] = job
        seat[job] = seated[row]
        seated[row] += 1
    for heat, tightness in heats:
        for _ in range(moves):
            job = np.random.randint(jobs)
            old, begin = choice[job], bins.job_first[job]
            arc = ranked[begin + np.random.randint(min(ways, bins.job_first[job + 1] - begin))]
            mine, theirs = bins.row[old], bins.row[arc]
            if mine == theirs:
                continue
            other, back = -1, -1
            if seated[theirs] > 0 and np.random.randint(2):
                other = seats[theirs, np.random.randint(seated[theirs])]
                back = _way_back(bins, ranked, ways, other, mine)
                if back < 0:
                    continue
            change = float(bins.cost[arc] - bins.cost[old])
            out, into = -float(bins.weight[old]), float(bins.weight[arc])
            if other >= 0:
                change += bins.cost[back] - bins.cost[choice[other]]
                out += bins.weight[back]
                into -= bins.weight[choice[other]]
            if mine < rows:
                change += price[mine] * out + tightness * out * (2 * beside[mine] + out)
            if theirs < rows:
                change += price[theirs] * into + tightness * into * (2 * beside[theirs] + into)
            if change > 0 and np.random.random() >= np.exp(-change / heat):
                continue
            beside[mine] += out
            beside[theirs] += into
            _reseat(bins, choice, seats, seat, seated, job, arc)
            if other >= 0:
                _reseat(bins, choice, seats, seat, seated, other, back)
