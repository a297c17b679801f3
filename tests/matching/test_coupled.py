"""Laws of the parts where teams, hours and money come together, on made-up instances."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.instances.coupled import coupled
from matching.model import Draft, Model, arcs_of_needs, draft_value, empty_draft
from matching.optimise import optimise
from matching.solvers.bound import no_prices
from matching.solvers.coupled.neighbourhoods import blocks, cut
from matching.solvers.coupled.polishing import Heat, improved_in_blocks, moved, moved_in_blocks
from matching.solvers.coupled.pricing import ascend, first_pay
from matching.solvers.coupled.tighten import covers, tightened
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock, own_bound
from matching.solvers.programmes.linear import relaxed_prices
from matching.solvers.programmes.whole import part_programme

HEAT = Heat(warm=5_000, cold=10, moves_a_need=20)
SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=12, deadline=None)


def feasible(model: Model, draft: Draft) -> bool:
    """Rows, budgets, ceilings and teams, read off the arrays by themselves."""
    rows, money, ceilings = model.rows, model.supply.money, model.supply.ceilings
    places = model.people.places
    load = np.zeros(len(rows), dtype=np.int64)
    np.add.at(load, rows.row, rows.coefficient * draft.chosen[rows.arc])
    spent = np.zeros(len(money.held), dtype=np.int64)
    np.add.at(spent, money.giver, draft.money)
    got = np.zeros(len(model), dtype=np.int64)
    np.add.at(got, money.taker, draft.money)
    under = np.zeros(len(ceilings), dtype=np.int64)
    np.add.at(under, ceilings.row, ceilings.per_need * draft.complete[ceilings.need])
    np.add.at(under, ceilings.row, ceilings.per_fen * got[ceilings.need])
    filled = np.bincount(model.people.arcs.place[draft.chosen], minlength=len(places))
    volunteers = model.people.arcs.volunteer[draft.chosen]
    pairs = set(zip(volunteers.tolist(), model.arc_need[draft.chosen].tolist(), strict=True))
    return bool(
        (load <= rows.cap).all()
        and (spent <= money.held).all()
        and (draft.money <= money.most).all()
        and (draft.money >= 0).all()
        and (under <= ceilings.cap).all()
        and (got == money.asked * draft.complete).all()
        and (filled == draft.complete[places.need]).all()
        and (draft.complete <= model.possible).all()
        and len(pairs) == len(volunteers)
    )


def teams(model: Model, need: int) -> Iterator[tuple[int, ...]]:
    places = np.flatnonzero(model.people.places.need == need)
    arcs = [np.flatnonzero(model.people.arcs.place == place).tolist() for place in places]
    yield from product(*arcs)


def best_value(model: Model) -> int:
    """Trying every team of every need; money is dealt out by the exact flow."""
    best = 0
    needs = np.flatnonzero(model.possible).astype(np.int64)
    for count in range(len(needs) + 1):
        for chosen in combinations(needs.tolist(), count):
            if int(model.worth.complete[list(chosen)].sum()) <= best:
                continue
            for picks in product(*(list(teams(model, need)) for need in chosen)):
                draft = empty_draft(model)
                draft.complete[list(chosen)] = True
                draft.chosen[[arc for team in picks for arc in team]] = True
                load = np.zeros(len(model.rows), dtype=np.int64)
                np.add.at(load, model.rows.row, model.rows.coefficient * draft.chosen[model.rows.arc])
                if (load > model.rows.cap).any():
                    continue
                dealt = deal_out(model, draft, needs)
                if feasible(model, dealt):
                    best = max(best, draft_value(model, dealt))
    return best


@FEW
@given(SEEDS)
def test_tiny_instances_are_solved_as_trying_everything_solves_them(seed: int):
    model = coupled(8, seed)
    solution = optimise(model, Clock.of(60), 0.0)
    assert feasible(model, solution.draft)
    assert solution.value == draft_value(model, solution.draft) == best_value(model)
    assert solution.bound >= solution.value
    assert solution.own >= solution.value


@FEW
@given(SEEDS)
def test_a_plan_of_a_small_instance_is_feasible_and_under_its_bound(seed: int):
    model = coupled(50, seed)
    solution = optimise(model, Clock.of(120), 1e-4)
    assert feasible(model, solution.draft)
    assert min(solution.bound, solution.own) >= solution.value


@FEW
@given(SEEDS)
def test_moves_and_blocks_keep_a_plan_feasible_and_never_make_it_worse(seed: int):
    model = tightened(coupled(80, seed))
    needs = np.flatnonzero(model.in_play & model.possible).astype(np.int64)
    prices = no_prices(model.rows, model.supply)
    clock = Clock.of(60)
    first = moved(model, prices, empty_draft(model), heat=HEAT, seed=seed, clock=clock)
    assert feasible(model, first)
    better = improved_in_blocks(model, first, needs, most=30, seed=seed, clock=clock)
    assert feasible(model, better)
    assert draft_value(model, better) >= draft_value(model, first)
    again = moved_in_blocks(model, prices, better, needs, heat=HEAT, seed=seed, clock=clock)
    assert draft_value(model, again) >= draft_value(model, better)


@FEW
@given(SEEDS)
def test_blocks_part_the_needs_and_their_caps_add_up_to_no_more_than_there_is(seed: int):
    model = coupled(150, seed)
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    draft = moved(
        model, no_prices(model.rows, model.supply), empty_draft(model), heat=HEAT, seed=1, clock=Clock.of(60)
    )
    groups = blocks(model, needs, most=25, seed=seed)
    assert np.array_equal(np.sort(np.concatenate(groups)), needs)
    assert max(len(group) for group in groups) <= 25
    people = np.zeros(len(model.rows), dtype=np.int64)
    funds = np.zeros(len(model.supply.money.held), dtype=np.int64)
    for part in cut(model, draft, groups):
        people[part.rows] += part.model.rows.cap
        funds[part.funds] += part.model.supply.money.held
        assert feasible(part.model, part.take(draft))
    assert (people <= model.rows.cap).all()
    assert (funds <= model.supply.money.held).all()


@FEW
@given(SEEDS)
def test_whole_weeks_never_bound_below_a_plan(seed: int):
    model = tightened(coupled(100, seed))
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    programme = part_programme(model, needs, arcs_of_needs(model, needs), with_supply=True)
    prices = relaxed_prices(programme, model.rows, model.supply, 60)
    assert prices is not None
    plan = moved(model, prices, empty_draft(model), heat=HEAT, seed=seed, clock=Clock.of(60))
    value = draft_value(model, plan)
    market = ascend(model, prices, first_pay(model, prices), target=value, rounds=40)
    assert value <= market.bound
    assert value <= own_bound(model, needs, prices)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=6), st.integers(1, 30))
def test_covers_hold_for_every_load_that_fits_and_cut_every_other(weights: list[int], cap: int):
    weights = sorted((min(weight, cap) for weight in weights), reverse=True)
    found = covers(weights, cap)
    for taken in product((0, 1), repeat=len(weights)):
        fits = sum(w * t for w, t in zip(weights, taken, strict=True)) <= cap
        assert fits == all(sum(taken[at] for at in inside) <= most for inside, most in found)


@pytest.mark.parametrize("needs", [60])
def test_equal_input_gives_an_equal_plan(needs: int):
    once, twice = (optimise(coupled(needs, 3), Clock.of(120), 0.0) for _ in range(2))
    assert once.bound == twice.bound
    assert np.array_equal(once.draft.chosen, twice.draft.chosen)
    assert np.array_equal(once.draft.money, twice.draft.money)
