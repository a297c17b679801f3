from matching.rules.verification import audit
from matching.solve import solve
from tests.matching import builders as b


def test_a_need_that_nobody_verified_is_not_served_unless_it_is_an_institutions():
    problem = b.problem(
        needs=[
            b.need("n1", verified_by=None),
            b.need("n2", verified_by=None, subject_kind="INSTITUTION"),
            b.need("n3"),
            b.need("n4", risk="UNKNOWN"),
        ]
    )
    found = audit(b.view(problem, fulfilled=("n1", "n2", "n3", "n4")))
    assert [(breach.rule, breach.subject) for breach in found] == [("HC-06", "n1"), ("HC-06", "n4")]


def test_the_plan_leaves_unverified_needs_out_and_says_why():
    problem = b.problem(
        needs=[b.need("n1", verified_by=None), b.need("n2")],
        need_slots=[b.slot("n1-a", "n1"), b.slot("n2-a", "n2")],
        need_windows=[b.window("n1", 0, "09:00", "10:00"), b.window("n2", 1, "09:00", "10:00")],
        volunteers=[b.volunteer()],
        volunteer_windows=[b.free("v1", 0, "08:00", "12:00"), b.free("v1", 1, "08:00", "12:00")],
    )
    plan = solve(problem, b.policy())
    assert plan.fulfilled == {"n2"}
    assert (plan.reasons["n1"].code, plan.reasons["n1"].rule) == ("EXCLUDED", "HC-06")
