"""A coupled part that is small enough, closed by one programme with everything in it."""

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, NO_ARC, arcs_of_needs
from matching.solvers.bound import NEVER
from matching.solvers.coupled.hand import Hand, near_arcs
from matching.solvers.coupled.pricing import Ascent
from matching.solvers.coupled.weeks import losses
from matching.solvers.programmes.whole import improved_whole

_WHOLE_COLUMNS = 60_000  # one programme with everything up to this size, if it has small people parts


def all_at_once(hand: Hand) -> None:
    """Improve and prove by one programme, of all arcs that can matter where they are few enough."""
    if hand.over:
        return
    model, needs = hand.model, hand.needs
    arcs = arcs_of_needs(model, needs)
    arcs = _worth_a_look(hand, arcs)
    every = len(arcs) + len(model.supply.money) + len(model.supply.goods) <= _WHOLE_COLUMNS
    hand.draft, hand.value, hand.bound = improved_whole(
        model,
        needs,
        arcs if every else near_arcs(model, arcs, hand.prices),
        hand.draft,
        hand.value,
        bound=hand.bound,
        clock=hand.clock,
        gap=hand.gap,
        proves=every,
        price=hand.prices.money,
    )


def _worth_a_look(hand: Hand, arcs: IntArray) -> IntArray:
    """
    Arcs that a better plan than the one in hand could use.

    At the pay of places, a plan with an arc is worth at most the bound less what the person's week loses by it;
    at the prices of people's rows, the bound less what the arc's place loses by it against its best arc (exact
    for needs with one team, all arcs of other needs are kept).
    """
    model = hand.model
    if hand.pay is not None and hand.by_weeks < hand.by_teams:
        lost = losses(model, Ascent(model), hand.pay)
        return arcs[lost[arcs] <= hand.by_weeks - hand.value]
    places, people = model.people.places, model.people
    paid = np.zeros(len(people.arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * hand.prices.people[model.rows.row])
    worth = people.arcs.points * NANO - paid
    best = np.full(len(places), NEVER, dtype=np.int64)
    np.maximum.at(best, people.arcs.place, worth)
    teams = np.bincount(places.group_need, minlength=len(model))
    place = people.arcs.place[arcs]
    lost = np.where(
        (teams[places.need[place]] == 1) & (places.tail[place] == NO_ARC), best[place] - worth[arcs], 0
    )
    return arcs[lost <= hand.by_teams - hand.value]
