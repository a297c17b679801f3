import pytest

from matching.plan import Assignment
from matching.rules.voluntary import audit
from tests.matching import builders as b


def _violations(volunteer: b.Row, *visits: Assignment, windows: list[b.Row] | None = None) -> int:
    problem = b.problem(
        needs=[b.need("n1"), b.need("n2")],
        need_slots=[b.slot(), b.slot("n2-a", "n2")],
        volunteers=[volunteer],
        volunteer_windows=windows or [b.free("v1", 0, "08:00", "10:00"), b.free("v1", 0, "10:00", "12:00")],
        volunteer_commitments=[b.commitment("v1", 6, "09:00", "10:00")],
    )
    return len(list(audit(b.view(problem, assignments=visits))))


def test_an_offer_that_holds_the_visit_is_kept_even_across_the_seam_of_two_windows():
    assert _violations(b.volunteer(), b.visit(start="09:30")) == 0


@pytest.mark.parametrize(
    "offer", [{"declined_categories": ["CARE"]}, {"active": False}, {"radius_m": 90}], ids=str
)
def test_nobody_serves_what_they_declined_or_beyond_their_radius(offer: dict[str, object]):
    assert _violations(b.volunteer(**offer), b.visit()) == 1


def test_the_whole_visit_lies_in_free_time():
    assert _violations(b.volunteer(), b.visit(start="11:30")) == 1


def test_a_week_counts_promises_and_visits_together():
    two = (b.visit(), b.visit("n2", "n2-a", start="10:30"))
    assert _violations(b.volunteer(weekly_minutes=180), *two) == 0
    assert _violations(b.volunteer(weekly_minutes=179), *two) == 1


def test_an_unknown_place_is_checked_by_region():
    assert _violations(b.volunteer(east_m=None), b.visit()) == 0
    assert _violations(b.volunteer(east_m=None, region_path=b.OTHER_TOWN), b.visit()) == 1
