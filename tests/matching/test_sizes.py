"""Made-up cities and a hospital round: proof, speed of the small ones, and the same plan twice."""

import random

import pytest

from benchmarks.matching import SIZES, city
from matching.plan import PlanStatus
from matching.policy import policy_on
from matching.problem import Problem
from matching.solve import Limits, Progress, plan_digest, solve
from tests.matching import builders as b


def _hospitals(count: int, seed: int) -> Problem:
    dice = random.Random(seed)  # noqa: S311 - makes test data
    codes = [f"ITEM_{k}" for k in range(20)]
    needs = [
        b.need(
            f"h{i}",
            subject_kind="INSTITUTION",
            partial_allowed=True,
            kind="GOODS",
            amount_fen=10**7 * (i % 2),
        )
        for i in range(count)
    ]
    items = [
        b.item(f"h{i}-{code}", f"h{i}", code, dice.randint(5, 5_000))
        for i in range(count)
        for code in codes
        if dice.random() < 0.7
    ]
    stock = [b.stock(f"o{q}", codes[q % 20], dice.randint(10, 4_000)) for q in range(count * 4)]
    return b.problem(needs=needs, need_items=items, stock=stock, funds=[b.fund("gifts", 3 * 10**7)])


def test_a_small_city_is_proven_and_solved_the_same_way_twice():
    problem = city(*SIZES["S"], seed=3)
    policy = policy_on(b.POLICY_DAY)
    one, other = solve(problem, policy), solve(problem, policy)
    assert one.gap <= 0.001
    assert plan_digest(one) == plan_digest(other)


def test_hospitals_share_what_there_is_within_a_thousandth_of_the_best():
    plan = solve(_hospitals(25, seed=1), b.policy())
    assert plan.gap <= 0.001
    assert plan.status is not PlanStatus.STOPPED
    given = {gift.need_id for gift in plan.goods}
    assert {plan.reasons[need_id].code for need_id in given} <= {"PARTLY", "MATCHED"}


def test_a_round_without_anything_is_an_empty_optimal_plan():
    plan = solve(b.problem(), b.policy())
    assert (plan.status, plan.value, plan.bound, plan.reasons) == (PlanStatus.OPTIMAL, 0, 0, {})


def test_progress_names_each_phase_and_the_search_tells_value_and_bound():
    told: list[Progress] = []
    solve(city(*SIZES["S"], seed=3), policy_on(b.POLICY_DAY), progress=told.append)
    assert {"arrays", "candidates", "model", "search", "audit"} <= {step.phase for step in told}
    assert any(step.bound >= step.value > 0 for step in told)


@pytest.mark.slow
def test_the_middle_city_is_proven_to_half_a_percent():
    plan = solve(city(*SIZES["M"], seed=1), policy_on(b.POLICY_DAY), limits=Limits(gap=0.005))
    assert plan.gap <= 0.005
