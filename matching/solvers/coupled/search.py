"""
Parts where money or goods are scarce: prices, needs chosen at those prices, teams, gifts, and a bound.

The relaxation prices people, funds and stock, and the prices of places tighten its bound. A programme without
people, each need paying the price of its team, chooses needs; teams and gifts follow. If a gap is left, a
part that is small enough is closed by one programme with everything in it, and a larger plan is polished.
"""

from dataclasses import replace

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, Draft, Model, arcs_of_needs, empty_draft
from matching.solvers.bound import Prices, rent, staffing
from matching.solvers.coupled.closing import all_at_once
from matching.solvers.coupled.giant import GIANT_NEEDS, solve_giant
from matching.solvers.coupled.hand import Hand, choose, heat_of, largest_knot, near_arcs
from matching.solvers.coupled.knots import polish
from matching.solvers.coupled.polishing import (
    crew_model,
    improved_in_blocks,
    moved_in_blocks,
)
from matching.solvers.coupled.relaxing import relaxation_prices
from matching.solvers.coupled.rounds import by_rounds
from matching.solvers.coupled.ruin import Workshop
from matching.solvers.coupled.tighten import tightened
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock, Outcome, own_bound
from matching.solvers.programmes.staffing import staff

_CREW_ARCS = 1_500  # teams by programme up to so many arcs that hang together
_WEEK_ARCS = 60_000  # rounds with weeks of people up to so many
_BLOCK = 300


def solve_coupled(original: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Best draft found for a part with scarce money or goods."""
    if len(needs) > GIANT_NEEDS:
        return solve_giant(original, needs, clock, gap)
    model = tightened(original)
    prices = relaxation_prices(model, needs, clock)
    own = own_bound(model, needs, prices)
    hand = Hand(
        model=model,
        needs=needs,
        clock=clock,
        gap=gap,
        prices=prices,
        draft=empty_draft(model),
        value=0,
        bound=own,
        by_teams=own,
    )
    arcs = arcs_of_needs(model, needs)
    served = needs[model.has_slots[needs] & model.possible[needs]]
    if largest_knot(model, served, arcs) <= _CREW_ARCS:
        _seat(hand, _chosen(hand))
        all_at_once(hand)
    elif len(arcs) <= _WEEK_ARCS:
        by_rounds(hand)
        all_at_once(hand)
    else:
        _crew(hand, _chosen(hand))
        polish(hand)
    kept = len(original.supply.ceilings)
    told = replace(hand.prices, ceilings=hand.prices.ceilings[:kept])
    own = own_bound(original, needs, told)
    return Outcome(draft=hand.draft, own=own, bound=min(own, hand.bound), prices=told, method="coupled")


def _chosen(hand: Hand) -> IntArray:
    """Needs chosen at the prices of people's rows, with the bound that follows."""
    model = hand.model
    team = staffing(model.people, model.rows, hand.prices.people, len(model), model.has_slots)
    chosen, bound = choose(hand, team)
    hand.by_teams = min(hand.bound, bound + rent(hand.prices.people, model.rows.cap))
    hand.bound = min(hand.bound, hand.by_teams)
    return chosen


def _seat(hand: Hand, chosen: IntArray) -> None:
    """Give the chosen needs their teams by one programme, and their gifts."""
    model, needs = hand.model, hand.needs
    draft = empty_draft(model)
    draft.complete[chosen[~model.has_slots[chosen]]] = True
    weight = np.maximum(model.worth.complete, NANO)
    served = chosen[model.has_slots[chosen]]
    near = near_arcs(model, arcs_of_needs(model, served), hand.prices)
    result = staff(model, served, weight, arcs=near, time_s=hand.clock.left * 0.2, with_prices=False)
    draft.complete |= result.complete
    draft.chosen |= result.chosen
    hand.offer(_fill(model, deal_out(model, draft, needs), needs, hand.prices))


def _crew(hand: Hand, chosen: IntArray) -> None:
    """Give as many of the chosen needs as people allow their teams by moves, and their gifts."""
    model, needs = hand.model, hand.needs
    served = chosen[model.has_slots[chosen]]
    crew = crew_model(model, served)
    prices = replace(hand.prices, ceilings=hand.prices.ceilings[:0])
    heat = heat_of(model, share=0.5, moves_a_need=60)
    clock = hand.clock.share(0.25)
    draft = moved_in_blocks(crew, prices, empty_draft(crew), served, heat=heat, seed=1, clock=clock)
    for seed in range(2):
        draft = improved_in_blocks(crew, draft, served, most=_BLOCK, seed=seed, clock=hand.clock.share(0.2))
    draft.complete[chosen[~model.has_slots[chosen]]] = True
    draft = replace(draft, money=empty_draft(model).money, goods=empty_draft(model).goods)
    hand.offer(_fill(model, deal_out(model, draft, needs), needs, hand.prices))


def _fill(model: Model, draft: Draft, needs: IntArray, prices: Prices) -> Draft:
    """Add needs that what is left can still complete, most worth first, and deal out anew."""
    before = int(draft.complete.sum())
    shop = Workshop.of(model, prices, draft)
    shop.fill(shop.by_price())
    filled = shop.draft
    return deal_out(model, filled, needs) if int(filled.complete.sum()) > before else draft
