"""
Dives: a plan from the mean answer of the weeks' Lagrangian, its surest arcs taken step by step while prices settle.

Rounding what a relaxation shows loses most where people's hours are packed to the last; a dive lets the prices
answer each step, so that what is left still packs.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray
from matching.model import Draft, Model, empty_draft
from matching.solvers.coupled.weeks import FREE, OUT, TAKEN, Weeks
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock

_SURE = 0.95  # of the mean: taken at once
_UNSEEN = 0.02  # and out


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What one step of a dive takes of the open places, and the rounds of prices after it."""

    share: float
    rounds: int


def dive(weeks: Weeks, needs: IntArray, *, target: float, depth: Depth, clock: Clock) -> Draft:
    """
    Settle all arcs of ``weeks`` (which is used up) and give the plan.

    When the clock runs out, the rest is taken in one step by the mean as it is.
    """
    model = weeks.model
    left = _load_left(weeks)
    if weeks.mean is None:
        weeks.move(depth.rounds, target, clock)
    while _step(weeks, left, 1.0 if clock.over else depth.share):
        weeks.move(depth.rounds, target, clock)
    return plan_of(model, weeks, needs)


def _load_left(weeks: Weeks) -> IntArray:
    rows = weeks.model.rows
    left = rows.cap.copy()
    np.subtract.at(left, rows.row, rows.coefficient * (weeks.state == TAKEN)[rows.arc])
    return left


def _step(weeks: Weeks, left: IntArray, share: float) -> bool:
    """Take the surest arcs that fit; whether any was."""
    half, places = weeks.half, weeks.model.people.arcs.place
    mean = weeks.mean
    if mean is None:
        return False
    free = np.flatnonzero(weeks.state == FREE)
    if not len(free):
        return False
    most = max(3, int(share * len(np.unique(places[free]))))
    order = free[np.argsort(-mean.arcs[free], kind="stable")]
    taken = 0
    for arc in order.tolist():
        if weeks.state[arc] != FREE:
            continue
        sure = mean.arcs[arc]
        if taken >= most and sure < _SURE:
            break
        entries = slice(half.entry_first[arc], half.entry_first[arc + 1])
        rows, sizes = half.entry_row[entries], half.entry_size[entries]
        if sure < _UNSEEN or not (sizes <= left[rows]).all():
            weeks.state[arc] = OUT
            continue
        left[rows] -= sizes
        weeks.settle(arc)
        taken += 1
    return taken > 0


def plan_of(model: Model, weeks: Weeks, needs: IntArray) -> Draft:
    """Give the plan of the settled arcs: whole teams alone, and what money and goods allow."""
    places, arcs = model.people.places, model.people.arcs
    taken = np.flatnonzero(weeks.state == TAKEN)
    group = places.group[arcs.place[taken]]
    size = np.bincount(places.group, minlength=len(places.group_need))
    whole = (np.bincount(group, minlength=len(size)) == size) & (size > 0)
    twice = group * (int(arcs.volunteer.max(initial=0)) + 1) + arcs.volunteer[taken]
    _, inverse, count = np.unique(twice, return_inverse=True, return_counts=True)
    whole[group[count[inverse] > 1]] = False
    minors = np.bincount(group, weights=model.escort_arcs[taken], minlength=len(size)) > 0
    adults = np.bincount(group, weights=model.adult_arcs[taken], minlength=len(size)) > 0
    whole &= adults | ~minors
    draft = empty_draft(model)
    draft.complete[places.group_need[whole]] = True
    alone = needs[~model.has_slots[needs]]
    draft.complete[alone] = True
    draft.complete &= model.possible & ~weeks.shut
    kept = taken[whole[group] & draft.complete[model.arc_need[taken]]]
    draft.chosen[kept] = True
    return deal_out(model, draft, needs)
