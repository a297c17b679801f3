"""
A coupled part by rounds: needs chosen at what weeks of people ask for them, and a dive that staffs the choice.

The choice is a programme without people and its answer a bound; the weeks' prices, settled for the needs chosen,
give the next round other prices to choose at. What the dives leave is regrouped around people.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, draft_value
from matching.solvers.coupled.diving import Depth, dive
from matching.solvers.coupled.hand import Hand, choose
from matching.solvers.coupled.polishing import in_threads
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
    weeks = Weeks(hand.model, hand.prices)
    weeks.move(_SETTLING, _target(hand), hand.clock.share(0.15))
    late = hand.clock.left * _FOR_REGROUPING
    wanted = _booked(hand, weeks, weeks.pay)
    pay = weeks.pay
    for _ in range(_ROUNDS):
        if hand.over:
            return
        crew = _crew_of(hand, weeks, pay, wanted)
        pay = _pay_for_others(hand, weeks, crew.pay, wanted)
        before = wanted
        if hand.clock.left < late:
            _staffed(hand, crew, _target(hand))
            break
        # the dive for this choice, and beside it the next choice at the prices that this one's weeks ask for
        work: list[Callable[[], IntArray | None]] = [
            partial(_staffed, hand, crew, _target(hand)),
            partial(_booked, hand, weeks.copy(), pay),
        ]
        _, chosen = in_threads(lambda job: job(), work)
        wanted = before if chosen is None else chosen
        if np.array_equal(wanted, before):
            break
    regroup(hand, wanted, seed=1, clock=hand.clock)


def _booked(hand: Hand, weeks: Weeks, pay: IntArray) -> IntArray:
    """Needs chosen at this pay; the bound that follows is kept."""
    wanted, bound = choose(hand, team_values(hand.model, pay))
    bound += weeks.earned(pay)
    if provable(hand.model) and bound < hand.by_weeks:
        hand.by_weeks, hand.pay = bound, pay
        hand.bound = min(hand.bound, bound)
    return wanted


def _target(hand: Hand) -> float:
    return max(hand.value, int(hand.bound * _TARGET)) / NANO


def _crew_of(hand: Hand, weeks: Weeks, pay: IntArray, wanted: IntArray) -> Weeks:
    """Weeks settled for the needs wanted alone."""
    crew = weeks.copy()
    crew.tags = replace(crew.tags, places=pay / NANO)
    crew.shut_all_but(wanted)
    crew.move(_CREWING, _target(hand), hand.clock.share(0.1))
    return crew


def _pay_for_others(hand: Hand, weeks: Weeks, pay: IntArray, wanted: IntArray) -> IntArray:
    shut = np.ones(len(hand.model), dtype=np.bool_)
    shut[wanted] = False
    return asked_pay(hand.model, weeks.half, pay, shut[hand.model.people.places.need])


def _staffed(hand: Hand, crew: Weeks, target: float) -> None:
    """Offer a plan of the needs that the crew's weeks were settled for."""
    model = hand.model
    depth = _DEPTH if len(hand.needs) < _LARGE else _LARGE_DEPTH
    draft = dive(crew, hand.needs, target=target, depth=depth, clock=hand.clock.share(0.3))
    hand.offer(draft)
    shop = Workshop.of(model, hand.prices, draft)
    shop.fill(shop.by_price())
    if shop.value > draft_value(model, draft):
        hand.offer(deal_out(model, shop.draft, hand.needs))
