from matching.rules.child_protection import audit
from tests.matching import builders as b


def test_child_protection_cases_stay_out():
    problem = b.problem(needs=[b.need("n1", category="CHILD_PROTECT"), b.need("n2")])
    assert [breach.subject for breach in audit(b.view(problem, fulfilled=("n1", "n2")))] == ["n1"]
