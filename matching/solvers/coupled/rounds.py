"""
A coupled part by rounds: needs chosen at what weeks of people ask for them, and a dive that staffs the choice.

The choice is a programme without people and its answer a bound; the weeks' prices, settled for the needs chosen,
give the next round other prices to choose at. What the dives leave is regrouped around people.
"""

from dataclasses import replace

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, draft_value
from matching.solvers.coupled.diving import Depth, dive
from matching.solvers.coupled.hand import Hand, choose
from matching.solvers.coupled.pricing import provable, team_values
from matching.solvers.coupled.regrouping import regroup
from matching.solvers.coupled.ruin import Workshop
from matching.solvers.coupled.weeks import Weeks, asked_pay
from matching.solvers.giving.dealing import deal_out

_SETTLING = 600  # rounds of prices at first
_CREWING = 300  # for a choice
_ROUNDS = 5
_FOR_REGROUPING = 0.5  # of the time
_DEPTH = Depth(share=0.05, rounds=50)
_LARGE = 1_000  # needs, from which on
_LARGE_DEPTH = Depth(share=0.1, rounds=40)
_TARGET = 0.998  # of the bound, where no plan is near


def by_rounds(hand: Hand) -> None:
    """Bound and plan by rounds of choosing and staffing, then regrouped."""
    model = hand.model
    weeks = Weeks(model, hand.prices)
    weeks.move(_SETTLING, _target(hand), hand.clock.share(0.15))
    pay, proves = weeks.pay, provable(model)
    late = hand.clock.left * _FOR_REGROUPING
    before = wanted = np.empty(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        wanted, bound = choose(hand, team_values(model, pay))
        bound += weeks.earned(pay)
        if proves and bound < hand.by_weeks:
            hand.by_weeks, hand.pay = bound, pay
            hand.bound = min(hand.bound, bound)
        if hand.over or np.array_equal(wanted, before):
            break
        if hand.clock.left < late:
            break
        before = wanted
        pay = _staffed(hand, weeks, pay, wanted)
        if hand.over:
            break
    regroup(hand, wanted, seed=1, clock=hand.clock)


def _target(hand: Hand) -> float:
    return max(hand.value, int(hand.bound * _TARGET)) / NANO


def _staffed(hand: Hand, weeks: Weeks, pay: IntArray, wanted: IntArray) -> IntArray:
    """Offer a plan of the needs wanted; the pay of places that their weeks ask for."""
    model = hand.model
    crew = weeks.copy()
    crew.tags = replace(crew.tags, places=pay / NANO)
    crew.shut_all_but(wanted)
    crew.move(_CREWING, _target(hand), hand.clock.share(0.1))
    settled = crew.pay
    depth = _DEPTH if len(hand.needs) < _LARGE else _LARGE_DEPTH
    draft = dive(crew, hand.needs, target=_target(hand), depth=depth, clock=hand.clock.share(0.3))
    hand.offer(draft)
    shop = Workshop.of(model, hand.prices, draft)
    shop.fill(shop.by_price())
    if shop.value > draft_value(model, draft):
        hand.offer(deal_out(model, shop.draft, hand.needs))
    shut = np.ones(len(model), dtype=np.bool_)
    shut[wanted] = False
    return asked_pay(model, weeks.half, settled, shut[model.people.places.need])
