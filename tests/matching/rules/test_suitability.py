from matching.rules.suitability import audit
from tests.matching import builders as b


def test_counts_people_without_the_skill_and_people_whose_health_forbids_the_task():
    problem = b.problem(
        needs=[b.need("n1"), b.need("n2", demanding=True)],
        need_slots=[b.slot(skill="COOKING"), b.slot("n2-a", "n2")],
        volunteers=[b.volunteer("able", skills=["COOKING"]), b.volunteer("weak", physical_limit=True)],
    )
    good = b.view(problem, assignments=(b.visit(volunteer_id="able"), b.visit("n2", "n2-a", "able", day=1)))
    bad = b.view(problem, assignments=(b.visit(volunteer_id="weak"), b.visit("n2", "n2-a", "weak", day=1)))
    assert list(audit(good)) == []
    assert [breach.rule for breach in audit(bad)] == ["HC-01", "HC-01"]
