import pytest

from matching.rules.no_overlap import audit
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("apart_m", "second_start", "violations"),
    [(0.0, "10:00", 0), (0.0, "09:59", 1), (2_400.0, "10:20", 0), (2_400.0, "10:19", 1)],
    ids=["same place back to back", "overlapping", "20 minutes for 2.4 km", "19 minutes for 2.4 km"],
)
def test_visits_leave_time_for_the_way(apart_m: float, second_start: str, violations: int):
    problem = b.problem(
        needs=[b.need("n1"), b.need("n2", east_m=apart_m)],
        need_slots=[b.slot(), b.slot("n2-a", "n2")],
        volunteers=[b.volunteer()],
    )
    visits = (b.visit(), b.visit("n2", "n2-a", start=second_start))
    assert len(list(audit(b.view(problem, assignments=visits)))) == violations


def test_promises_block_time_too():
    problem = b.problem(
        needs=[b.need()],
        need_slots=[b.slot()],
        volunteers=[b.volunteer()],
        volunteer_commitments=[b.commitment("v1", 0, "09:30", "11:00")],
    )
    assert len(list(audit(b.view(problem, assignments=(b.visit(),))))) == 1
