import pytest

from matching.rules.licence import audit
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("from_day", "to_day", "violations"),
    [(-10, 1, 0), (-10, 0, 1), (0, 1, 0), (1, 9, 1)],
    ids=["ends after the day", "ended the day before", "holds on the day alone", "begins the day after"],
)
def test_a_licence_holds_on_the_day_of_the_service(from_day: int, to_day: int, violations: int):
    problem = b.problem(
        needs=[b.need()],
        need_slots=[b.slot(licence="DRIVER")],
        volunteers=[b.volunteer()],
        qualifications=[b.qualification("v1", "DRIVER", from_day, to_day), b.qualification("v1", "NURSE")],
    )
    assert len(list(audit(b.view(problem, assignments=(b.visit(),))))) == violations
