"""
One part of a problem, solved by the way that its structure asks for.

Where money and goods are ample the people side alone decides; where they are scarce
:mod:`matching.solvers.coupled.search` does.
"""

from dataclasses import replace

import numpy as np

from matching.arrays import IntArray
from matching.model import Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import need_values, no_prices, staffing
from matching.solvers.coupled.search import solve_coupled
from matching.solvers.generalised.hours import with_knapsacks
from matching.solvers.generalised.search import knapsack_parts
from matching.solvers.giving.dealing import deal_out, scarce_anywhere
from matching.solvers.outcome import Clock, Outcome, own_bound
from matching.solvers.programmes.staffing import Staffing, staff
from matching.solvers.programmes.whole import improved_whole


def solve_part(model: Model, clock: Clock, gap: float) -> Outcome:
    """Best draft found for a model that is one part."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    if scarce_anywhere(model, needs):
        return solve_coupled(model, needs, clock, gap)
    knapsacks = knapsack_parts(model, needs)
    if knapsacks:
        return with_knapsacks(model, needs, knapsacks, clock, gap, rest=_people_only)
    return _people_only(model, needs, clock, gap)


def _team_values(model: Model, price: IntArray) -> IntArray:
    return staffing(model.people, model.rows, price, len(model.possible), model.has_slots)


def _people_only(model: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Money and goods are ample: each need's worth is known, and only people are shared."""
    prices = no_prices(model.rows, model.supply)
    team = _team_values(model, prices.people)
    values = need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)
    weight = values.complete - values.partial
    draft = empty_draft(model)
    can = needs[model.possible[needs]]
    alone = can[~model.has_slots[can]]
    draft.complete[alone[weight[alone] >= 0]] = True
    served = can[model.has_slots[can]]
    left = model.community >= 0
    left[served] = False
    left &= ~draft.complete
    result = staff(
        model, served, weight, arcs=None, time_s=clock.left, with_prices=True, left=np.flatnonzero(left)
    )
    draft.complete |= result.complete
    draft.chosen |= result.chosen
    draft = deal_out(model, draft, needs)
    prices = replace(prices, people=result.price, communities=result.missed)
    own = own_bound(model, needs, prices)
    bound, value = own, draft_value(model, draft)
    if bound - value > gap * bound and len(served):
        arcs = arcs_of_needs(model, served)
        draft, value, bound = improved_whole(
            model, needs, arcs, draft, value, bound=bound, clock=clock, gap=gap, proves=True
        )
    return Outcome(draft=draft, own=own, bound=min(own, bound), prices=prices, method=_method(result))


def _method(result: Staffing) -> str:
    return "flow" if not result.by_programme else "programme"
