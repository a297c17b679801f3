import pytest

from matching.rules.two_adults import audit
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("home", "child_age", "ages", "violations"),
    [
        (True, 8, [40, 40], 0),
        (True, 8, [40], 1),
        (False, 8, [40], 0),
        (False, 8, [17], 1),
        (False, 17, [19], 1),
        (False, None, [19], 0),
    ],
)
def test_two_adults_at_home_and_nobody_of_nearly_the_childs_age(
    home: bool, child_age: int | None, ages: list[int], violations: int
):
    problem = b.problem(
        needs=[b.need(with_child=True, child_age_y=child_age, home_visit=home)],
        need_slots=[b.slot(f"s{k}") for k in range(len(ages))],
        volunteers=[b.volunteer(f"v{k}", birth_day=b.DAY0 - age * 366) for k, age in enumerate(ages)],
    )
    team = tuple(b.visit(slot_id=f"s{k}", volunteer_id=f"v{k}") for k in range(len(ages)))
    assert len(list(audit(b.view(problem, assignments=team)))) == violations
