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
from tests.matching.brute import best_levels, feasible_visits

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
                waiting_days=draw(st.integers(0, 16)),
                region_path=draw(st.sampled_from([b.TOWN, b.ZHANGJIAGANG])),
                community=draw(st.sampled_from([b.TOWN, b.OTHER_TOWN])),
                category=draw(st.sampled_from(["CARE", "MEAL"])),
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
                preferred_categories=draw(st.sampled_from([[], [], ["CARE"]])),
                most_visits=draw(st.sampled_from([None, None, 1, 2])),
            )
        )
        for subject in subjects:
            if draw(st.integers(0, 3)) == 0:
                tables["past_visits"].append(b.past(name, subject))
        for day in range(draw(st.integers(1, 4))):
            tables["volunteer_windows"].append(
                b.free(name, day, "08:00", draw(st.sampled_from(["12:00", "19:00"])))
            )
        if draw(st.integers(0, 3)) == 0:
            tables["volunteer_commitments"].append(b.commitment(name, draw(few), "10:00", "12:00"))
        if draw(st.booleans()):
            tables["qualifications"].append(b.qualification(name, "MINOR_CONTACT_CHECK"))
            tables["covers"].append(b.cover(name))
    for slot in tables["need_slots"]:
        if tables["volunteers"] and draw(st.booleans()):
            who = draw(st.sampled_from(tables["volunteers"]))["volunteer_id"]
            hour = draw(st.sampled_from(["09:00", "10:00", "14:00"]))
            tables["published"].append(b.told(slot["need_id"], slot["slot_id"], who, draw(few), hour))
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
def test_tiny_problems_are_solved_level_by_level_as_trying_everything_solves_them(problem: Problem):
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0))
    best = best_levels(problem, b.policy())
    reached = tuple(level.value for level in plan.levels)
    proven = sum(level.proven for level in plan.levels)
    assert reached[:proven] == best[:proven]
    assert reached <= best
    assert plan.levels[0].bound >= best[0]
    assert plan.status is not PlanStatus.OPTIMAL or reached[:3] == best[:3]
    assert plan.order_proven


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(needs=3, volunteers=2, goods=False, money_fen=4), st.data())
def test_a_pinned_visit_is_kept_wherever_some_plan_can_keep_it(problem: Problem, data: st.DataObject):
    told = problem.published
    needs = sorted(set(told["need_id"].to_list()))
    if not needs:
        return
    chosen = data.draw(st.sampled_from(needs))
    pinned = replace(problem, published=told.with_columns(pinned=pl.col("need_id") == chosen))
    plan = solve(pinned, b.policy(), limits=Limits(gap=0.0))
    visits = {(entry.slot_id, entry.volunteer_id, entry.start_min) for entry in plan.assignments}
    lines = pinned.published.filter("pinned").select("slot_id", "volunteer_id", "start_min").rows()
    kept = set(lines) <= visits
    assert kept == any(set(lines) <= made for made in feasible_visits(pinned, b.policy()))
    assert kept != ("pin_lifted" in plan.reasons[chosen].parameters)


@QUICK
@given(problems())
def test_a_round_on_the_same_data_keeps_the_plan_that_was_published(problem: Problem):
    first = solve(problem, b.policy(), limits=Limits(gap=0.0))
    lines = [
        {
            "need_id": entry.need_id,
            "slot_id": entry.slot_id,
            "volunteer_id": entry.volunteer_id,
            "start_min": entry.start_min,
            "pinned": False,
        }
        for entry in first.assignments
    ]
    published = pl.DataFrame(lines, schema=dict(TABLES["published"])).sort("need_id", "slot_id")
    told = replace(problem, published=published)
    once = solve(told, b.policy(), limits=Limits(gap=0.0))
    again = solve(told, b.policy(), limits=Limits(gap=0.0))
    assert plan_digest(once) == plan_digest(again)
    if first.levels[2].proven and problem.published.is_empty():
        assert once.assignments == first.assignments


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
