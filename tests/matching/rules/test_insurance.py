import pytest

from matching.rules.insurance import audit
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("risk", "covers", "violations"),
    [
        ("NONE", [], 0),
        ("LOW", [], 1),
        ("LOW", [b.cover("v1")], 0),
        ("HIGH", [b.cover("v1", to_day=0)], 1),
        ("LOW", [b.cover("v1", max_age_y=30)], 1),
        ("LOW", [b.cover("v1", region_paths=["/NBS/31/"])], 1),
        ("LOW", [b.cover("v1", region_paths=["/NBS/31/", "/NBS/33/"])], 0),
        ("LOW", [b.cover("v1", to_day=0), b.cover("v1", max_age_y=30)], 1),
    ],
)
def test_a_cover_fits_days_place_and_age_in_one_policy(risk: str, covers: list[b.Row], violations: int):
    problem = b.problem(
        needs=[b.need(risk=risk)], need_slots=[b.slot()], volunteers=[b.volunteer()], covers=covers
    )
    assert len(list(audit(b.view(problem, assignments=(b.visit(),))))) == violations
