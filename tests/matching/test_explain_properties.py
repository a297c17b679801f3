"""Every claim of an explanation, tested by solving the round again with what it claims."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.explain import Study
from matching.explain.changes import change_of, change_to
from matching.explain.resolve import Beside, formulate, solved
from matching.model import NANO
from matching.pinned import pinned
from matching.plan import Plan
from matching.policy import Policy
from matching.problem import TABLES, Problem
from matching.scenario import Scenario, applied
from matching.solve import Limits, solve
from matching.statements import PriceKind
from tests.matching import builders as b
from tests.matching.test_properties import problems

CLAIMS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
STUDY = Study(trials=10_000, prices=10)
_TIME_S = 20.0


@st.composite
def crowded(draw: st.DrawFn) -> Problem:
    """Many needs of one or two visits around few people: whoever is met takes from somebody else."""
    tables: dict[str, list[b.Row]] = {name: [] for name in TABLES}
    for i in range(draw(st.integers(2, 8))):
        name = f"n{i}"
        tables["needs"].append(
            b.need(
                name,
                east_m=draw(st.sampled_from([0, 900, 1800])),
                urgency_points=draw(st.sampled_from([1, 1, 2, 4])),
                consent_recorded=draw(st.integers(0, 5)) > 0,
                risk=draw(st.sampled_from(["NONE", "NONE", "NONE", "LOW"])),
                amount_fen=draw(st.sampled_from([0, 0, 20_000])),
            )
        )
        licence = draw(st.sampled_from([None, None, "DRIVER"]))
        for s in range(draw(st.sampled_from([1, 1, 1, 2]))):
            tables["need_slots"].append(b.slot(f"{name}-{s}", name, licence=licence))
        hour = draw(st.sampled_from([9, 9, 10, 14]))
        tables["need_windows"].append(b.window(name, 0, f"{hour}:00", f"{hour + 1}:00"))
    for j in range(draw(st.integers(1, 4))):
        name = f"v{j}"
        row = b.volunteer(
            name,
            east_m=draw(st.sampled_from([0, 900])),
            radius_m=draw(st.sampled_from([500, 1000, 4000])),
            weekly_minutes=draw(st.sampled_from([30, 60, 120])),
        )
        tables["volunteers"].append(row)
        tables["volunteer_windows"].append(
            b.free(name, 0, "08:00", draw(st.sampled_from(["12:00", "18:00"])))
        )
        if draw(st.booleans()):
            tables["qualifications"].append(
                b.qualification(name, "DRIVER", to_day=draw(st.sampled_from([-3, 100])))
            )
        if draw(st.integers(0, 3)):
            tables["covers"].append(b.cover(name))
    for k in range(draw(st.integers(0, 2))):
        budget = draw(st.sampled_from([15_000, 20_000, 45_000]))
        tables["funds"].append(b.fund(f"f{k}", budget, case_cap_fen=draw(st.sampled_from([None, 12_000]))))
    return b.problem(**tables)


ROUNDS = st.one_of(problems(), crowded())


def _studied(problem: Problem) -> tuple[Problem, Policy, Plan]:
    """A proven plan with everything it says, and its problem with the model's times written into it."""
    policy = b.policy()
    plan = solve(problem, policy, limits=Limits(gap=0.0), study=STUDY)
    made = formulate(problem, policy)
    same, grid = pinned(problem, policy, made.instance, made.found.starts)
    return same, grid, plan


@CLAIMS
@given(ROUNDS)
def test_each_help_lets_its_need_be_met_and_the_plan_is_worth_no_less(problem: Problem):
    same, grid, plan = _studied(problem)
    before = solved(same, grid, _TIME_S)
    for need_id, reason in plan.reasons.items():
        for help_ in reason.helps:
            assert help_.confirmed
            again, rules = applied(change_of(need_id, help_), same, grid)
            after = solved(again, rules, _TIME_S, wanted={need_id})
            assert need_id in after.complete, (need_id, help_)
            assert after.value >= before.value, (need_id, help_)


@CLAIMS
@given(crowded())
def test_without_any_one_rival_the_need_is_met_and_nobody_else_loses(problem: Problem):
    same, grid, plan = _studied(problem)
    for need_id, reason in plan.reasons.items():
        for rival in reason.contest.needs if reason.contest else ():
            again, rules = applied(Scenario(without=(rival,)), same, grid)
            kept = (plan.fulfilled - {rival}) | {need_id}
            assert kept <= solved(again, rules, _TIME_S, wanted=kept).complete, (need_id, rival)


@CLAIMS
@given(ROUNDS)
def test_what_a_fund_gave_and_what_stays_add_up_to_its_budget(problem: Problem):
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0), study=STUDY)
    budgets = dict(problem.funds.select("fund_id", "budget_fen").iter_rows())
    assert set(plan.funds) == set(budgets)
    for key, fund in plan.funds.items():
        given_fen = sum(gift.amount_fen for gift in plan.money if gift.fund_id == key)
        assert fund.given_fen == given_fen
        assert fund.given_fen + sum(part.amount_fen for part in fund.idle) == budgets[key]


@CLAIMS
@given(ROUNDS)
def test_each_volunteer_has_a_reason_and_those_asked_are_those_of_the_plan(problem: Problem):
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0), study=STUDY)
    asked = {visit.volunteer_id for visit in plan.assignments}
    assert set(plan.volunteers) == set(problem.volunteers["volunteer_id"].to_list())
    assert {who for who, why in plan.volunteers.items() if why.code == "ASKED"} == asked


@CLAIMS
@given(ROUNDS)
def test_a_confirmed_price_is_the_difference_of_two_exact_solves_and_others_hold_it(problem: Problem):
    same, grid, plan = _studied(problem)
    before = solved(same, grid, _TIME_S)
    for price in plan.prices:
        again, rules = applied(change_to(PriceKind(price.kind), price.parameters), same, grid)
        after = solved(again, rules, _TIME_S)
        gain = after.points - before.points
        assert price.lowest <= gain <= price.highest + 1, price
        if price.gain is not None:
            assert abs(price.gain - gain) <= 1, price  # points are rounded down part by part


@CLAIMS
@given(ROUNDS)
def test_the_small_problem_of_all_needs_is_worth_what_the_plan_is_but_for_fairness(problem: Problem):
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0))
    made = formulate(problem, b.policy())
    beside = Beside(problem, b.policy(), made, plan)
    every = problem.needs["need_id"].to_list()
    people = problem.volunteers["volunteer_id"].to_list()
    whole = solved(beside.problem_of(every, people), beside.policy, _TIME_S)
    told = sum(level.value for level in plan.levels if level.name != "FAIRNESS") // NANO
    assert whole.points >= told  # nothing but fairness may be worth a plan of fewer points
