import pytest

from matching.rules import insurance, older_volunteers
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("risk", "covers", "broken"),
    [
        ("NONE", [], []),
        ("LOW", [], ["HC-03"]),
        ("LOW", [b.cover("v1")], []),
        ("HIGH", [b.cover("v1", to_day=0)], ["HC-03"]),
        ("LOW", [b.cover("v1", max_age_y=30)], ["HC-08"]),
        ("LOW", [b.cover("v1", region_paths=["/NBS/31/"])], ["HC-03"]),
        ("LOW", [b.cover("v1", region_paths=["/NBS/31/", "/NBS/33/"])], []),
        ("LOW", [b.cover("v1", to_day=0), b.cover("v1", max_age_y=30)], ["HC-08"]),
    ],
)
def test_a_cover_fits_days_place_and_age_in_one_policy(risk: str, covers: list[b.Row], broken: list[str]):
    problem = b.problem(
        needs=[b.need(risk=risk)], need_slots=[b.slot()], volunteers=[b.volunteer()], covers=covers
    )
    view = b.view(problem, assignments=(b.visit(),))
    found = [*insurance.audit(view), *older_volunteers.audit(view)]
    assert [violation.rule for violation in found] == broken
