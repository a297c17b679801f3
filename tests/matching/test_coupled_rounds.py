"""Laws of the rounds: knapsacks of givers, prices of weeks, dives, regrouped people, and the closing programme."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matching.instances.coupled import coupled
from matching.model import NANO, Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import no_prices
from matching.solvers.coupled.closing import all_at_once
from matching.solvers.coupled.diving import Depth, dive
from matching.solvers.coupled.hand import Hand, choose
from matching.solvers.coupled.polishing import Heat, moved
from matching.solvers.coupled.pricing import team_values
from matching.solvers.coupled.regrouping import regroup
from matching.solvers.coupled.relaxing import relaxation_prices
from matching.solvers.coupled.rounds import by_rounds
from matching.solvers.coupled.tighten import tightened
from matching.solvers.coupled.weeks import Weeks, asked_pay, losses
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock, own_bound
from matching.solvers.programmes.knapsacks import knapsacks
from tests.matching.test_coupled import best_value, feasible

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=5, deadline=None)


def hand_of(model: Model, seconds: float = 60.0) -> Hand:
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    clock = Clock.of(seconds)
    prices = relaxation_prices(model, needs, clock)
    own = own_bound(model, needs, prices)
    return Hand(
        model=model, needs=needs, clock=clock, gap=0.0, prices=prices, draft=empty_draft(model), value=0,
        bound=own, by_teams=own,
    )  # fmt: skip


@FEW
@given(SEEDS)
def test_every_set_of_needs_that_can_be_paid_fits_the_knapsacks(seed: int):
    model = tightened(coupled(16, seed))
    money = model.supply.money
    takers = np.flatnonzero((money.asked > 0) & model.possible).astype(np.int64)[:6]
    everyone = np.ones(len(takers))
    found = knapsacks(money, takers, everyone, np.zeros(len(money.held), dtype=np.int64))
    free = replace(model, supply=replace(model.supply, ceilings=coupled(1, 1).supply.ceilings))
    for taken in product((False, True), repeat=len(takers)):
        draft = empty_draft(free)
        draft.complete[takers[list(taken)]] = True
        paid = deal_out(free, draft, takers).complete[takers].sum() == sum(taken)
        if paid:
            assert (found.size @ np.array(taken, dtype=np.int64) <= found.held).all()


@FEW
@given(SEEDS)
def test_prices_of_weeks_bound_every_plan_and_what_a_plan_loses_by_its_arcs(seed: int):
    model = tightened(coupled(60, seed))
    assume(model.in_play.any())
    hand = hand_of(model)
    plan = moved(
        model, hand.prices, hand.draft, heat=Heat(warm=5_000, cold=10, moves_a_need=20), seed=seed,
        clock=hand.clock,
    )  # fmt: skip
    value = draft_value(model, plan)
    weeks = Weeks(model, hand.prices)
    best = weeks.move(60, value / NANO, hand.clock)
    assert best * NANO >= value - NANO
    chosen, _ = choose(hand, team_values(model, weeks.pay))
    shut = np.ones(len(model), dtype=np.bool_)
    shut[chosen] = False
    for pay in (weeks.pay, asked_pay(model, weeks.half, weeks.pay, shut[model.people.places.need])):
        bound = choose(hand, team_values(model, pay))[1] + weeks.earned(pay)
        lost = losses(model, weeks.half, pay)
        assert (lost[arcs_of_needs(model, hand.needs)] >= 0).all()
        assert value <= bound - int(lost[plan.chosen].max(initial=0))


@FEW
@given(SEEDS)
def test_dives_give_plans_even_without_time_and_regrouping_never_loses(seed: int):
    model = tightened(coupled(80, seed))
    assume(model.in_play.any())
    hand = hand_of(model)
    weeks = Weeks(model, hand.prices)
    target = hand.bound * 0.998 / NANO
    weeks.move(60, target, hand.clock)
    hasty = dive(
        weeks.copy(), hand.needs, target=target, depth=Depth(share=0.1, rounds=10), clock=Clock.of(0.0)
    )
    plan = dive(weeks, hand.needs, target=target, depth=Depth(share=0.1, rounds=20), clock=hand.clock)
    assert feasible(model, hasty)
    assert feasible(model, plan)
    hand.offer(plan)
    before = hand.value
    regroup(hand, np.flatnonzero(model.possible).astype(np.int64), seed=seed, clock=Clock.of(2.0))
    assert hand.value >= before
    assert hand.value == draft_value(model, hand.draft)
    assert feasible(model, hand.draft)


@FEW
@given(SEEDS)
def test_rounds_and_the_closing_programme_find_what_trying_everything_finds(seed: int):
    model = tightened(coupled(8, seed))
    assume(model.in_play.any())
    hand = hand_of(model)
    best = best_value(model)
    by_rounds(hand)
    assert feasible(model, hand.draft)
    assert hand.value <= best <= hand.bound
    all_at_once(hand)
    assert hand.value == best
    assert hand.bound >= best


@pytest.mark.parametrize("seed", [3])
def test_rounds_without_a_binding_clock_repeat_themselves(seed: int):
    plans = []
    for _ in range(2):
        hand = hand_of(tightened(coupled(40, seed)), seconds=600.0)
        by_rounds(hand)
        plans.append((hand.value, hand.bound, hand.draft.chosen.tobytes()))
    assert plans[0] == plans[1]


def test_a_part_without_prices_has_weeks_too():
    model = tightened(coupled(30, 5))
    weeks = Weeks(model, no_prices(model.rows, model.supply))
    first = weeks.move(1, 0.0, Clock.of(60))
    assert weeks.move(100, 0.0, Clock.of(60)) <= first
