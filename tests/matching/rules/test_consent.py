from matching.rules.consent import audit
from tests.matching import builders as b


def test_needs_without_consent_are_not_served_unless_they_are_an_institutions():
    problem = b.problem(
        needs=[
            b.need("n1", consent_recorded=False),
            b.need("n2", consent_recorded=False, subject_kind="INSTITUTION"),
            b.need("n3"),
        ]
    )
    assert [breach.subject for breach in audit(b.view(problem, fulfilled=("n1", "n2", "n3")))] == ["n1"]
