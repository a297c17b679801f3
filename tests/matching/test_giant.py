"""Laws of the way that parts of thousands of needs go, on instances small enough to know the truth."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.instances.coupled import coupled
from matching.model import Model, draft_value, empty_draft
from matching.optimise import optimise
from matching.solvers.bound import no_prices
from matching.solvers.coupled.giant import solve_giant
from matching.solvers.coupled.neighbourhoods import realms
from matching.solvers.coupled.polishing import Heat, moved_in_blocks
from matching.solvers.coupled.pricing import ascend, first_pay
from matching.solvers.coupled.tighten import tightened
from matching.solvers.outcome import Clock, own_bound
from tests.matching.test_coupled import best_value, feasible

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=12, deadline=None)


def needs_of(model: Model):
    return np.flatnonzero(model.in_play).astype(np.int64)


@FEW
@given(SEEDS)
def test_a_tiny_part_gets_a_plan_that_no_bound_forbids_and_a_bound_that_no_plan_beats(seed: int):
    model = coupled(8, seed)
    outcome = solve_giant(model, needs_of(model), Clock.of(60), 0.0)
    best = best_value(model)
    assert feasible(model, outcome.draft)
    assert draft_value(model, outcome.draft) <= best <= min(outcome.bound, outcome.own)


@FEW
@given(SEEDS)
def test_the_bound_of_the_prices_that_are_told_is_the_one_that_is_told(seed: int):
    model = coupled(200, seed)
    outcome = solve_giant(model, needs_of(model), Clock.of(2), 0.0)
    assert feasible(model, outcome.draft)
    assert own_bound(model, needs_of(model), outcome.prices) == outcome.own
    assert draft_value(model, outcome.draft) <= outcome.bound <= outcome.own


def test_a_long_cooling_comes_near_what_programmes_prove_best():
    model = coupled(200, 5)
    known = optimise(model, Clock.of(60), 1e-4)
    outcome = solve_giant(model, needs_of(model), Clock.of(60), 0.0)
    total = int(model.worth.complete.sum())
    assert total - draft_value(model, outcome.draft) <= 1.05 * (total - known.value)
    assert outcome.bound >= known.value


@FEW
@given(SEEDS, st.integers(10, 60))
def test_cooling_in_blocks_of_any_size_keeps_a_plan_a_plan_and_never_makes_it_worse(seed: int, most: int):
    model = tightened(coupled(120, seed))
    prices, needs = no_prices(model.rows, model.supply), needs_of(model)
    draft = empty_draft(model)
    for number in range(3):
        heat = Heat(warm=4_000 / 4**number, cold=1_000 / 4**number, moves_a_need=20)
        better = moved_in_blocks(
            model, prices, draft, needs, heat=heat, seed=number, clock=Clock.of(60), most=most
        )
        assert feasible(model, better)
        assert draft_value(model, better) >= draft_value(model, draft)
        draft = better


@settings(max_examples=5, deadline=None)
@given(SEEDS, st.integers(0, 50))
def test_realms_part_the_needs_and_keep_givers_whole_but_the_widest(seed: int, turn: int):
    model = coupled(8_000, seed % 5)
    needs = needs_of(model)
    groups = realms(model, needs, most=5_000, seed=turn)
    assert np.array_equal(np.sort(np.concatenate(groups)), needs)
    assert max(len(group) for group in groups) <= 5_000
    of_need = np.full(len(model), -1)
    for number, group in enumerate(groups):
        of_need[group] = number
    money = model.supply.money
    live = of_need[money.taker] >= 0
    touched = [
        len(set(of_need[money.taker[live & (money.giver == fund)]])) for fund in range(len(money.held))
    ]
    regional = len(touched) - 3  # the last three give in the whole country
    assert np.mean(np.array(touched[:regional]) == 1) >= 0.9


def test_realms_of_givers_for_everybody_are_plain_blocks():
    model = coupled(400, 1)
    groups = realms(model, needs_of(model), most=50, seed=1)
    assert max(len(group) for group in groups) <= 50
    assert np.array_equal(np.sort(np.concatenate(groups)), needs_of(model))


def test_equal_input_gives_an_equal_plan():
    model = coupled(90, 3)
    once, twice = (solve_giant(model, needs_of(model), Clock.of(300), 0.0) for _ in range(2))
    assert once.bound == twice.bound
    assert np.array_equal(once.draft.chosen, twice.draft.chosen)
    assert np.array_equal(once.draft.money, twice.draft.money)


def test_the_clock_is_kept():
    model = coupled(3_500, 1)
    solve_giant(coupled(100, 1), np.arange(0, dtype=np.int64), Clock.of(1), 0.0)  # compiled
    begin = time.monotonic()
    solution = optimise(model, Clock.of(12), 0.0)
    assert time.monotonic() - begin < 17
    assert feasible(model, solution.draft)
    assert solution.figures["parts_giant"] == 1


def test_a_climb_that_is_cut_short_still_proves_something():
    model = tightened(coupled(150, 2))
    prices = no_prices(model.rows, model.supply)
    market = ascend(model, prices, first_pay(model, prices), target=0, rounds=50, clock=Clock.of(0))
    plan = solve_giant(model, needs_of(model), Clock.of(5), 0.0)
    assert draft_value(model, plan.draft) <= market.bound < 2**62
