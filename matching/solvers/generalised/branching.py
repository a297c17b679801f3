"""
Compiled depth-first branch and bound over the Lagrangian relaxation of a generalised assignment.

After Posta, Ferland and Michelon, "An exact method with variable fixing for solving the generalized assignment
problem" (Computational Optimization and Applications 52 (2012) 629-644): the question is always whether some
assignment costs at most ``cutoff``; a node raises its bound by a few subgradient steps, settles every arc whose
flip alone would exceed the cutoff, and branches on the arcs of one job.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202 - for the same reason

from typing import NamedTuple

import numba
import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.solvers.generalised.lagrangian import NONE, Bins, ascend, entry_costs, flips

_ROUNDS = 4  # of settling arcs and raising the bound again, at most


class Tree(NamedTuple):
    """
    Open nodes as a stack, and working memory.

    ``tally`` is [open nodes, nodes done, overflowed]; ``found`` the best assignment by arc.
    """

    state: np.ndarray
    multiplier: IntArray
    bound: IntArray
    tally: IntArray
    found: BoolArray
    x: BoolArray
    change: IntArray
    entry: IntArray
    drop: IntArray


def tree_of(bins: Bins, multiplier: IntArray, bound: int, nodes: int) -> Tree:
    """One open node, and room for ``nodes``."""
    arcs, jobs = len(bins.row), len(bins.job_first) - 1
    tree = Tree(
        state=np.zeros((nodes, arcs), dtype=np.int8),
        multiplier=np.zeros((nodes, jobs), dtype=np.int64),
        bound=np.zeros(nodes, dtype=np.int64),
        tally=np.array([1, 0, 0], dtype=np.int64),
        found=np.zeros(arcs, dtype=np.bool_),
        x=np.zeros(arcs, dtype=np.bool_),
        change=np.zeros(arcs, dtype=np.int64),
        entry=np.zeros(arcs, dtype=np.int64),
        drop=np.zeros(jobs, dtype=np.int64),
    )
    tree.multiplier[0] = multiplier
    tree.bound[0] = bound
    return tree


@numba.njit(cache=True, nogil=True)
def take(bins, state, arc):
    """Give the arc's job to it; False if that was ruled out."""
    if state[arc] == -1:
        return False
    job = bins.job[arc]
    for at in range(bins.job_first[job], bins.job_first[job + 1]):
        other = bins.job_arc[at]
        if other != arc:
            if state[other] == 1:
                return False
            state[other] = -1
    state[arc] = 1
    return True


@numba.njit(cache=True, nogil=True)
def settle(bins, state, x, change, entry, bound, cutoff):
    """
    Bar arcs and give jobs as the cutoff demands.

    Returns
    -------
    int
        Arcs settled, or -1 when no assignment within the cutoff is left.
    """
    settled = 0
    for arc in range(len(state)):
        if state[arc] == 0:
            if x[arc] and bound + change[arc] > cutoff:
                settled += 1
                if not take(bins, state, arc):
                    return -1
            elif entry[arc] > cutoff:
                state[arc] = -1
                settled += 1
    for job in range(len(bins.job_first) - 1):
        ways, last = 0, -1
        for at in range(bins.job_first[job], bins.job_first[job + 1]):
            if state[bins.job_arc[at]] >= 0:
                ways += 1
                last = bins.job_arc[at]
        if ways == 0:
            return -1
        if ways == 1 and state[last] == 0:
            state[last] = 1
            settled += 1
    return settled


@numba.njit(cache=True, nogil=True)
def _branching_job(bins, state, x, entry, bound, cutoff):
    """Find the job whose arcs leave least to search, among those that the knapsacks do not take once."""
    chosen, least = -1, np.inf
    reach = max(1.0, float(cutoff + 1 - bound))
    for job in range(len(bins.job_first) - 1):
        ways, used, rest = 0, 0, 0.0
        for at in range(bins.job_first[job], bins.job_first[job + 1]):
            arc = bins.job_arc[at]
            used += x[arc]
            if state[arc] == 0:
                ways += 1
                rest += np.exp(-4.0 * (entry[arc] - bound) / reach)
        if ways >= 2 and used != 1 and rest < least:
            chosen, least = job, rest
    return chosen


@numba.njit(cache=True, nogil=True)
def advance(bins, tree, desk, cutoff, unit, nodes, steps):
    """
    Process up to ``nodes`` open nodes; an assignment found lowers the cutoff to ``unit`` below it.

    Returns
    -------
    tuple
        The cutoff reached, and whether an assignment was found.
    """
    hit = False
    for _ in range(nodes):
        if tree.tally[0] == 0 or tree.tally[2]:
            break
        tree.tally[0] -= 1
        tree.tally[1] += 1
        top = tree.tally[0]
        if tree.bound[top] > cutoff:
            continue
        state, multiplier = tree.state[top].copy(), tree.multiplier[top].copy()
        bound = NONE
        kept = True
        work = steps
        for _ in range(_ROUNDS):
            bound, whole, _ = ascend(
                bins, state, multiplier, tree.x, desk, cutoff + unit, cutoff, work, 5, 1.0
            )
            if bound > cutoff:
                kept = False
                break
            if whole:
                tree.found[:] = tree.x
                cutoff = bound - unit
                hit = True
                kept = False
                break
            bound = flips(bins, state, multiplier, tree.x, desk, tree.change)
            entry_costs(bins, state, tree.x, tree.change, bound, tree.entry, tree.drop)
            settled = settle(bins, state, tree.x, tree.change, tree.entry, bound, cutoff)
            if settled < 0:
                kept = False
                break
            if settled == 0:
                break
            work = steps // 2
        if kept:
            _push(bins, tree, state, multiplier, bound, cutoff)
    return cutoff, hit


@numba.njit(cache=True, nogil=True)
def _push(bins, tree, state, multiplier, bound, cutoff):
    """Open the children of a node, the most promising last."""
    job = _branching_job(bins, state, tree.x, tree.entry, bound, cutoff)
    if job < 0:  # settled since the knapsacks were taken: look again
        job = _any_open(bins, state)
    first = bins.job_first[job]
    arcs = bins.job_arc[first : bins.job_first[job + 1]]
    order = np.argsort(-tree.entry[arcs])
    for k in order:
        arc = arcs[k]
        if state[arc] != 0 or tree.entry[arc] > cutoff:
            continue
        at = tree.tally[0]
        if at >= len(tree.bound):
            tree.tally[2] = 1
            return
        tree.state[at] = state
        tree.multiplier[at] = multiplier
        tree.bound[at] = max(bound, tree.entry[arc])
        take(bins, tree.state[at], arc)
        tree.tally[0] += 1


@numba.njit(cache=True, nogil=True)
def _any_open(bins, state):
    for job in range(len(bins.job_first) - 1):
        for at in range(bins.job_first[job], bins.job_first[job + 1]):
            if state[bins.job_arc[at]] == 0:
                return job
    return 0
