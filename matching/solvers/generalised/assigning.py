"""
A generalised assignment solved: bound and multipliers, proof by branching, plans by search around the best.

Proof and search take turns, counted in nodes, so that what is found does not depend on the clock until the
clock ends it. Proof asks a sequence of questions "at most this cost?", from the bound upwards: each no raises
the bound, the first yes is an optimum.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from matching.arrays import FloatArray, IntArray
from matching.solvers.generalised.branching import Tree, advance, settle, tree_of
from matching.solvers.generalised.exchange import swing, temper
from matching.solvers.generalised.lagrangian import (
    NONE,
    Bins,
    Desk,
    ascend,
    desk_of,
    entry_costs,
    flips,
    relax,
)

_ROOT_STEPS, _ROOT_PATIENCE = 200, 20
_ROOT_ROUNDS = 10
_NODE_STEPS = 40
_TREE_BYTES = 400_000_000
_MOST_OPEN = 3_000
_SLICE = 40  # nodes of the proof between two looks at the clock
_ARCS_A_NODE = 2_000  # of the whole, where a question is asked, as work of one node
_PATIENCE = 2_000  # nodes of a question before a smaller one is asked
_AROUND_NODES, _AROUND_STEPS = 150, 30
_TURN = 500  # nodes of the search around the best for one slice of the proof
_FAR, _FAR_TURN = 250, 2_000  # the same while the gap is above a 250th of the bound, where no proof is near
_MANY_JOBS = 400
_SWINGS, _TEMPERS = 5, 4
_ROUNDS, _MOVES_A_JOB, _WAYS = 500, 20, 6
_ROOM = (1.5, 0.5)
_EAGER = (1.0, 0.7)  # shares of the distance to a subset's bound that an improvement must save


@dataclass(slots=True, kw_only=True, eq=False)
class Search:
    """
    What is known of one instance.

    ``choice`` is the best assignment (arc by job), ``cost`` what it costs, ``bound`` no assignment costs
    less, ``multiplier`` proves ``relaxed``, the Lagrangian bound. All on the scale of ``bins``, whose costs are
    multiples of ``unit``.
    """

    bins: Bins
    unit: int
    choice: IntArray
    cost: int
    multiplier: IntArray
    relaxed: int
    bound: int
    nodes: int = 0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def improve(self, arcs: IntArray) -> bool:
        """Take over the arcs, one for each of some jobs, if the whole gets cheaper."""
        choice = self.choice.copy()
        choice[self.bins.job[arcs]] = arcs
        cost = int(self.bins.cost[choice].sum())
        if cost >= self.cost:
            return False
        self.choice, self.cost = choice, cost
        return True

    def up(self, value: int) -> int:
        """Next multiple of the unit: costs are no other."""
        return -(-value // self.unit) * self.unit


def solve_bins(
    bins: Bins,
    unit: int,
    multiplier: IntArray,
    row_price: IntArray,
    last_resort: IntArray,
    *,
    ends: Callable[[], bool],
    enough: Callable[[int, int], bool],
) -> Search:
    """
    Assign every job to one arc at least cost, rows within their caps.

    Parameters
    ----------
    unit
        Divides all costs.
    multiplier, row_price
        Where the ascent starts, by job, and prices of the rows' weight units for the first search.
    last_resort
        An assignment that fits, arc by job.
    ends
        Whether time is up.
    enough
        Whether a cost and a bound are near enough to stop.
    """
    search = Search(
        bins=bins,
        unit=unit,
        choice=last_resort.copy(),
        cost=int(bins.cost[last_resort].sum()),
        multiplier=multiplier.copy(),
        relaxed=0,
        bound=0,
    )
    desk, x = desk_of(bins), np.zeros(len(bins.row), dtype=np.bool_)
    search.relaxed = int(relax(bins, _all_free(bins), search.multiplier, x, desk))
    many = len(search.choice) > _MANY_JOBS
    if many:  # a search of minutes must not keep the bound from being had
        _ascend_root(search, desk, x, ends)
    _swing(search, row_price, ends)
    if not many:
        _ascend_root(search, desk, x, ends)
    search.bound = search.up(search.relaxed)
    _take_turns(search, desk, ends, enough)
    return search


def _all_free(bins: Bins) -> np.ndarray:
    return np.zeros(len(bins.row), dtype=np.int8)


def _swing(search: Search, row_price: IntArray, ends: Callable[[], bool]) -> None:
    """First assignments, from each job's cheapest arc at the rows' prices."""
    bins = search.bins
    at_prices = bins.cost[bins.job_arc] + row_price[bins.row[bins.job_arc]] * bins.weight[bins.job_arc]
    ranked = bins.job_arc[np.lexsort((at_prices, bins.job[bins.job_arc]))]
    jobs = len(search.choice)
    rounds, swaps = max(4, min(100, 20_000 // jobs)), jobs <= 5_000
    price = np.minimum(row_price * 2, search.bins.cost.max()) + search.unit
    best = search.choice.copy()
    choice = ranked[bins.job_first[:-1]].copy()
    for seed in range(_SWINGS):
        if swing(bins, choice, best, ranked, price, rounds, swaps, seed) >= 0:
            search.improve(best)
        if ends():
            return
    heats = _heats(search, at_prices, ranked)
    for seed in range(_TEMPERS):
        choice = ranked[bins.job_first[:-1]].copy()
        temper(bins, choice, ranked, _WAYS, row_price, _ROOM[seed % 2], heats, _MOVES_A_JOB * jobs, seed)
        if ends():
            return
        best = search.choice.copy()
        if swing(bins, choice, best, ranked, price.copy(), rounds, swaps, seed) >= 0:
            search.improve(best)
        if ends():
            return


def _heats(search: Search, at_prices: IntArray, ranked: IntArray) -> FloatArray:
    """Temperatures from what a job's third choice costs more than its first, and how tightly rows are held."""
    bins = search.bins
    by_arc = np.zeros(len(bins.row), dtype=np.int64)
    by_arc[bins.job_arc] = at_prices
    first = bins.job_first[:-1]
    third = np.minimum(first + 2, bins.job_first[1:] - 1)
    spread = max(float(np.median(by_arc[ranked[third]] - by_arc[ranked[first]])), float(search.unit))
    weight = max(1.0, float(bins.weight[ranked[first]].mean()))
    return np.column_stack(
        [
            np.geomspace(spread, spread / 10, _ROUNDS),
            np.geomspace(spread / (4 * weight**2), spread / 3, _ROUNDS),
        ]
    )


def _ascend_root(search: Search, desk: Desk, x: np.ndarray, ends: Callable[[], bool]) -> None:
    theta, state = 1.0, _all_free(search.bins)
    for _ in range(_ROOT_ROUNDS):
        target = max(search.cost, search.relaxed + search.unit)
        target = min(target, search.relaxed + abs(search.relaxed) // 128 + search.unit)
        bound, whole, theta = ascend(
            search.bins, state, search.multiplier, x, desk, target, NONE, _ROOT_STEPS, _ROOT_PATIENCE, theta
        )
        stalled = bound - search.relaxed < search.unit // 64 and theta < 0.05
        search.relaxed = int(bound)
        if whole:
            search.improve(np.flatnonzero(x))
        if whole or stalled or ends():
            return


def _take_turns(
    search: Search, desk: Desk, ends: Callable[[], bool], enough: Callable[[int, int], bool]
) -> None:
    around = _Around(search)
    proof = _Proof(search, desk)
    while search.bound < search.cost and not enough(search.cost, search.bound) and not ends():
        done = search.nodes
        while proof.alive and search.nodes < done + _SLICE and search.bound < search.cost and not ends():
            proof.step()
        done, far = search.nodes, (search.cost - search.bound) * _FAR > abs(search.bound)
        while (
            search.nodes < done + (_FAR_TURN if far else _TURN) and search.bound < search.cost and not ends()
        ):
            if not around.step():
                break
        if not proof.alive and not around.alive:
            return


class _Proof:
    """The sequence of questions; one step is a slice of nodes."""

    def __init__(self, search: Search, desk: Desk) -> None:
        self._search, self._desk = search, desk
        self._tree: Tree | None = None
        self._stride = search.unit
        self.alive = True

    def step(self) -> None:
        """Go on with the question at hand, or ask the next."""
        if not self.alive:
            return
        if self._tree is None:
            self._ask()
        else:
            self._go_on(self._tree)

    def _ask(self) -> None:
        """Open the tree of the next question, with what it settles at the root left out."""
        search, bins, desk = self._search, self._search.bins, self._desk
        search.nodes += 1 + len(bins.row) // _ARCS_A_NODE
        gap = search.cost - search.bound
        stride = max(search.unit, search.up(min(self._stride, gap)))
        self._cutoff = min(search.bound - search.unit + stride, search.cost - search.unit)
        state, multiplier = _all_free(bins), search.multiplier.copy()
        x = np.zeros(len(bins.row), dtype=np.bool_)
        change, entry = np.zeros(len(bins.row), dtype=np.int64), np.zeros(len(bins.row), dtype=np.int64)
        drop = np.zeros(len(multiplier), dtype=np.int64)
        bound, steps = search.relaxed, 0
        for _ in range(_ROOT_ROUNDS):
            if steps:
                target = self._cutoff + search.unit
                bound, whole, _ = ascend(
                    bins, state, multiplier, x, desk, target, self._cutoff, steps, 10, 1.0
                )
                if whole and bound <= self._cutoff:
                    search.improve(np.flatnonzero(x))
                    search.bound = max(search.bound, search.up(int(bound)))
                    return
                if bound > self._cutoff:
                    self._refuted()
                    return
            bound = flips(bins, state, multiplier, x, desk, change)
            entry_costs(bins, state, x, change, bound, entry, drop)
            settled = settle(bins, state, x, change, entry, bound, self._cutoff)
            if settled < 0:
                self._refuted()
                return
            if settled == 0 and steps:
                break
            steps = _ROOT_STEPS
        self._plant(state, multiplier, int(bound))

    def _plant(self, state: np.ndarray, multiplier: IntArray, bound: int) -> None:
        self._bins, self._arcs, jobs, self._paid = shrink(self._search.bins, state)
        size = len(self._arcs) + 8 * len(jobs) + 8
        room = min(_MOST_OPEN, _TREE_BYTES // size)
        if room < 4 * len(jobs) and len(jobs) > 1_000:
            self.alive = False
            return
        self._small_desk = desk_of(self._bins)
        self._settled = np.flatnonzero(state == 1)
        self._tree = tree_of(self._bins, multiplier[jobs], bound - self._paid, room)

    def _go_on(self, tree: Tree) -> None:
        search, before = self._search, int(tree.tally[1])
        best_left = search.cost - search.unit
        cutoff, hit = advance(
            self._bins,
            tree,
            self._small_desk,
            min(self._cutoff, best_left) - self._paid,
            search.unit,
            _SLICE,
            _NODE_STEPS,
        )
        search.nodes += int(tree.tally[1]) - before
        if hit:
            search.improve(np.concatenate([self._settled, self._arcs[tree.found]]))
            self._cutoff = int(cutoff) + self._paid
        if tree.tally[2]:
            self.alive = False
        elif not tree.tally[0]:
            self._refuted()
        elif tree.tally[1] > _PATIENCE and self._stride > search.unit:
            self._stride, self._tree = search.unit, None

    def _refuted(self) -> None:
        """Nothing costs as little as the cutoff: the bound rises above it, faster after an easy question."""
        if self._tree is None or self._tree.tally[1] <= _SLICE:
            self._stride *= 2
        self._tree = None
        self._search.bound = max(self._search.bound, min(self._cutoff, self._search.cost - 1) + 1)
        self._search.bound = self._search.up(self._search.bound)


class _Around:
    """Rows drawn at random are emptied and filled anew by branching, the others kept."""

    def __init__(self, search: Search) -> None:
        self._search = search
        rows = len(search.bins.cap) - 1
        jobs = len(search.choice)
        self._most = rows
        self._size: FloatArray = np.full(len(_EAGER), max(2.0, min(rows, 25 * rows / jobs)))
        self.alive = rows >= 2

    def step(self) -> bool:
        """Try one subset; False if there is none to try."""
        search = self._search
        if not self.alive:
            return False
        eager = int(search.rng.integers(len(_EAGER)))
        size = min(self._most, max(2, int(self._size[eager] + search.rng.random())))
        rows = search.rng.choice(self._most, size=size, replace=False)
        bins, arcs, jobs, _ = shrink(search.bins, _subset(search.bins, rows, search.choice))
        if not len(jobs):
            search.nodes += 1
            return True
        cost = int(search.bins.cost[search.choice[jobs]].sum())
        cutoff, multiplier, desk = cost - search.unit, search.multiplier[jobs], desk_of(bins)
        if eager:
            x = np.zeros(len(arcs), dtype=np.bool_)
            target = cutoff + search.unit
            bound, _, _ = ascend(
                bins, _all_free(bins), multiplier, x, desk, target, cutoff, _AROUND_STEPS, 5, 1.0
            )
            cutoff = min(cutoff, int(bound) + int((cutoff - int(bound)) * _EAGER[eager]))
        tree = tree_of(bins, multiplier, 0, 4 * _AROUND_NODES + 4 * len(jobs))
        _, hit = advance(bins, tree, desk, cutoff, search.unit, _AROUND_NODES, _AROUND_STEPS)
        search.nodes += int(tree.tally[1])
        through = tree.tally[0] == 0
        self._size[eager] = min(self._most, max(2.0, self._size[eager] * (1.02 if through else 0.98)))
        if hit:
            search.improve(arcs[tree.found])
        return True


def _subset(bins: Bins, rows: IntArray, choice: IntArray) -> np.ndarray:
    """State in which only the rows' jobs and the last row, which takes anything, are open."""
    inside = np.zeros(len(bins.cap), dtype=np.bool_)
    inside[rows] = True
    inside[-1] = True
    moved = inside[bins.row[choice]]
    return np.where(inside[bins.row] & moved[bins.job], 0, -1).astype(np.int8)


def shrink(bins: Bins, state: np.ndarray) -> tuple[Bins, IntArray, IntArray, int]:
    """
    Leave out what is settled.

    Returns
    -------
    tuple
        The bins of the free arcs, their arcs and jobs in the whole, and the cost of what is taken.
    """
    free, taken = np.flatnonzero(state == 0), np.flatnonzero(state == 1)
    cap = bins.cap.copy()
    np.subtract.at(cap, bins.row[taken], bins.weight[taken])
    jobs, job = np.unique(bins.job[free], return_inverse=True)
    by_job = np.argsort(job, kind="stable")
    small = Bins(
        row_first=np.searchsorted(bins.row[free], np.arange(len(cap) + 1)),
        row=bins.row[free],
        job=job,
        weight=bins.weight[free],
        cost=bins.cost[free],
        cap=cap,
        job_first=np.searchsorted(job[by_job], np.arange(len(jobs) + 1)),
        job_arc=by_job,
    )
    return small, free, jobs, int(bins.cost[taken].sum())
