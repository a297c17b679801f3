"""Laws that hold for every problem, tried on random small ones."""

import random
from dataclasses import replace

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.audit import audit
from matching.plan import PlanStatus
from matching.problem import TABLES, Problem, problem_of
from matching.solve import Limits, plan_digest, solve
from tests.matching import builders as b
from tests.matching.brute import best_value

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SKILLS = ["ELDER_CARE", "TUTORING"]


@st.composite
def problems(
    draw: st.DrawFn, needs: int = 5, volunteers: int = 5, goods: bool = True, money_fen: int = 40_000
) -> Problem:
    """Needs of every form around few people, funds and goods, so that most things are scarce."""
    few = st.integers(0, 3)
    tables: dict[str, list[b.Row]] = {name: [] for name in TABLES}
    subjects = [f"household-{n}" for n in range(3)]
    for i in range(draw(st.integers(1, needs))):
        name = f"n{i}"
        amount = draw(st.sampled_from([0, 0, money_fen // 4, money_fen // 2, money_fen]))
        tables["needs"].append(
            b.need(
                name,
                east_m=draw(st.sampled_from([0, 1500, 3000, None])),
                kind=draw(st.sampled_from(["SERVICE", "WISH", "CASH"])),
                urgency_points=draw(st.sampled_from([1, 2, 4])),
                subject_id=draw(st.sampled_from(subjects)),
                subject_kind=draw(st.sampled_from(["HOUSEHOLD", "HOUSEHOLD", "INSTITUTION"])),
                amount_fen=amount,
                duration_min=draw(st.sampled_from([60, 120, 240])),
                partial_allowed=goods and draw(st.booleans()),
                with_child=draw(st.integers(0, 5)) == 0,
                home_visit=draw(st.booleans()),
                demanding=draw(st.booleans()),
                risk=draw(st.sampled_from(["NONE", "NONE", "LOW"])),
                waiting_days=draw(st.integers(0, 9)),
                region_path=draw(st.sampled_from([b.TOWN, b.ZHANGJIAGANG])),
            )
        )
        for s in range(draw(st.sampled_from([0, 1, 1, 2]))):
            skill = draw(st.sampled_from([None, *SKILLS]))
            tables["need_slots"].append(b.slot(f"{name}-{s}", name, skill=skill))
        if draw(st.integers(0, 3)):
            day, hour = draw(few), draw(st.sampled_from([9, 10, 14]))
            length = draw(st.sampled_from([1, 2, 4]))
            tables["need_windows"].append(b.window(name, day, f"{hour}:00", f"{hour + length}:00"))
        if goods and draw(st.booleans()):
            tables["need_items"].append(b.item(f"{name}-i", name, quantity=draw(st.integers(1, 4))))
    for subject in subjects:
        for kind in ("WISH", "CASH"):
            for paid_fen in draw(st.lists(st.sampled_from([1, 49_998, 3_000_000 - 3]), max_size=1)):
                tables["subjects_paid"].append({"subject_id": subject, "kind": kind, "paid_fen": paid_fen})
    for need in tables["needs"]:
        live = draw(st.sampled_from([None, None, None, need["need_id"], f"earlier-{need['need_id']}"]))
        if live is not None and need["subject_kind"] == "HOUSEHOLD" and need["kind"] == "WISH":
            tables["live_wishes"].append({"need_id": live, "subject_id": need["subject_id"]})
    for j in range(draw(st.integers(0, volunteers))):
        name = f"v{j}"
        tables["volunteers"].append(
            b.volunteer(
                name,
                east_m=draw(st.sampled_from([0, 700, 2500, None])),
                radius_m=draw(st.sampled_from([1000, 4000])),
                skills=draw(st.lists(st.sampled_from(SKILLS), unique=True)),
                weekly_minutes=draw(st.sampled_from([120, 240, 600])),
                birth_day=b.DAY0 - draw(st.sampled_from([8, 15, 30, 50])) * 366,
                guardian_consent=draw(st.booleans()),
                physical_limit=draw(st.integers(0, 4)) == 0,
                region_path=draw(st.sampled_from([b.TOWN, b.ZHANGJIAGANG])),
            )
        )
        for day in range(draw(st.integers(1, 4))):
            tables["volunteer_windows"].append(
                b.free(name, day, "08:00", draw(st.sampled_from(["12:00", "19:00"])))
            )
        if draw(st.integers(0, 3)) == 0:
            tables["volunteer_commitments"].append(b.commitment(name, draw(few), "10:00", "12:00"))
        if draw(st.booleans()):
            tables["qualifications"].append(b.qualification(name, "MINOR_CONTACT_CHECK"))
            tables["covers"].append(b.cover(name))
    for k in range(draw(st.integers(0, 2))):
        tables["funds"].append(
            b.fund(
                f"f{k}",
                draw(st.sampled_from([money_fen // 2, money_fen, 2 * money_fen])),
                case_cap_fen=draw(st.sampled_from([None, money_fen // 2])),
                situations=draw(st.sampled_from([[], ["DIBAO"], ["TEKUN"]])),
            )
        )
    if goods:
        for q in range(draw(st.integers(0, 2))):
            tables["stock"].append(b.stock(f"o{q}", quantity=draw(st.integers(1, 5))))
    return b.problem(**tables)


@QUICK
@given(problems())
def test_no_audit_violation_bound_not_below_value_and_a_reason_for_every_need(problem: Problem):
    plan = solve(problem, b.policy())
    assert audit(problem, b.policy(), plan) == ()
    assert plan.bound >= plan.value >= 0
    assert set(plan.reasons) == set(problem.needs["need_id"].to_list())
    for need_id, reason in plan.reasons.items():
        assert (reason.code == "MATCHED") == (need_id in plan.fulfilled)


@QUICK
@given(problems(), st.integers(0, 2**16))
def test_the_order_of_rows_changes_nothing(problem: Problem, seed: int):
    dice = random.Random(seed)  # noqa: S311 - shuffles rows

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        order = list(range(len(frame)))
        dice.shuffle(order)
        return frame[order]

    again = problem_of(
        as_of_min=problem.as_of_min,
        horizon_start_min=problem.horizon_start_min,
        horizon_end_min=problem.horizon_end_min,
        tables={name: shuffled(getattr(problem, name)) for name in TABLES},
    )
    assert plan_digest(solve(again, b.policy())) == plan_digest(solve(problem, b.policy()))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(needs=3, volunteers=3, goods=False, money_fen=4))
def test_tiny_problems_are_solved_as_trying_everything_solves_them(problem: Problem):
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0))
    best = best_value(problem, b.policy())
    assert plan.value == best
    assert plan.bound >= best
    assert plan.status is PlanStatus.OPTIMAL


@QUICK
@given(problems())
def test_more_volunteers_and_money_never_make_the_proven_best_worse(problem: Problem):
    before = solve(problem, b.policy(), limits=Limits(gap=0.0))
    richer = replace(
        problem,
        funds=problem.funds.with_columns(pl.col("budget_fen") * 2),
        stock=problem.stock.with_columns(pl.col("quantity") + 1),
    )
    after = solve(richer, b.policy(), limits=Limits(gap=0.0))
    assert after.bound >= before.value
