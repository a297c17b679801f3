"""The order of the levels where weights alone would not keep it, and each term of the lower levels."""

from matching.plan import PlanStatus
from matching.solve import Limits, solve
from tests.matching import builders as b

EXACT = Limits(gap=0.0)


def _one_morning(**values):
    """One volunteer with four hours: one long need, or four short ones."""
    needs = [b.need("long", duration_min=240, urgency_points=4, waiting_days=7)]
    needs += [b.need(f"short{i}", duration_min=60, urgency_points=1) for i in range(4)]
    return b.problem(
        needs=needs,
        need_slots=[b.slot(f"{row['need_id']}-a", row["need_id"]) for row in needs],
        need_windows=[b.window("long", 0, "08:00", "12:00")]
        + [b.window(f"short{i}", 0, f"{8 + i:02}:00", f"{9 + i:02}:00") for i in range(4)],
        volunteers=[b.volunteer("v", east_m=0.0)],
        volunteer_windows=[b.free("v", 0, "08:00", "12:00")],
        **values,
    )


def test_a_week_of_waiting_goes_before_any_fairness_though_the_weights_say_otherwise():
    plan = solve(_one_morning(), b.policy(), limits=EXACT)
    assert plan.fulfilled == {"long"}
    assert plan.order_proven
    assert plan.levels[0].value == 40_500 * 10**9
    assert plan.status is PlanStatus.OPTIMAL


def _two_helpers(**values):
    return b.problem(
        needs=[b.need("n", category="MEAL")],
        need_slots=[b.slot("n-a", "n")],
        need_windows=[b.window("n", 1, "09:00", "12:00")],
        volunteer_windows=[b.free(who, 1, "08:00", "13:00") for who in ("near", "far")],
        **values,
    )


def test_a_known_face_and_a_liked_task_are_worth_a_longer_way():
    near, far = b.volunteer("near", east_m=0.0), b.volunteer("far", east_m=800.0)
    who = {
        "nearest": {"volunteers": [near, far]},
        "known": {"volunteers": [near, far], "past_visits": [b.past("far", "household-n")]},
        "liking": {"volunteers": [{**near, "preferred_categories": ["CARE"]}, far]},
    }
    chosen = {
        name: solve(_two_helpers(**tables), b.policy(), limits=EXACT).assignments[0].volunteer_id
        for name, tables in who.items()
    }
    assert chosen == {"nearest": "near", "known": "far", "liking": "far"}


def test_who_was_told_stays_told_though_somebody_lives_nearer():
    people = [b.volunteer("near", east_m=0.0), b.volunteer("far", east_m=4_000.0)]
    told = b.told("n", "n-a", "far", 1, "10:10")
    plan = solve(_two_helpers(volunteers=people, published=[told]), b.policy(), limits=EXACT)
    assert (plan.assignments[0].volunteer_id, plan.assignments[0].start_min) == ("far", b.at(1, "10:10"))
    assert plan.statistics["share_kept"] == 1.0


def test_a_pin_that_a_rule_forbids_is_lifted_and_named():
    people = [b.volunteer("near", east_m=0.0), b.volunteer("far", east_m=4_000.0, active=False)]
    told = b.told("n", "n-a", "far", 1, "10:00", pinned=True)
    plan = solve(_two_helpers(volunteers=people, published=[told]), b.policy(), limits=EXACT)
    assert plan.assignments[0].volunteer_id == "near"
    assert plan.reasons["n"].parameters["pin_lifted"] == "HC-05"
    assert plan.statistics["published_reassigned"] == 1


def test_nobody_makes_more_visits_than_they_offered():
    problem = _one_morning()
    limited = b.problem(
        needs=problem.needs.filter(problem.needs["need_id"] != "long").to_dicts(),
        need_slots=problem.need_slots.filter(problem.need_slots["need_id"] != "long").to_dicts(),
        need_windows=problem.need_windows.filter(problem.need_windows["need_id"] != "long").to_dicts(),
        volunteers=[b.volunteer("v", east_m=0.0, most_visits=2)],
        volunteer_windows=[b.free("v", 0, "08:00", "12:00")],
    )
    assert len(solve(limited, b.policy(), limits=EXACT).fulfilled) == 2


def test_the_community_that_is_worse_off_goes_first():
    needs = [b.need(f"t{i}", community=b.TOWN) for i in range(4)]
    needs += [b.need("o", community=b.OTHER_TOWN, east_m=900.0)]
    plan = solve(
        b.problem(
            needs=needs,
            need_slots=[b.slot(f"{row['need_id']}-a", row["need_id"]) for row in needs],
            need_windows=[b.window(row["need_id"], 0, "09:00", "10:00") for row in needs],
            volunteers=[b.volunteer(f"v{i}", east_m=0.0) for i in range(4)],
            volunteer_windows=[b.free(f"v{i}", 0, "08:00", "12:00") for i in range(4)],
        ),
        b.policy(),
        limits=EXACT,
    )
    assert "o" in plan.fulfilled
    assert plan.statistics["fairness_fulfilment_lost"] == 0
    assert plan.statistics["fairness_travel_added_m"] > 0
    assert plan.statistics["communities_least_served"] == 0.75
