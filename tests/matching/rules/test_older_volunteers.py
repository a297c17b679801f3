"""HC-08: no fixed upper age; the insurer's limit (HC-03) and declared health (HC-01) alone decide."""

from hypothesis import given
from hypothesis import strategies as st

from matching.solve import solve
from tests.matching import builders as b


def _problem(age_y: int, *, risk: str, max_age_y: int | None, physical_limit: bool, demanding: bool):
    return b.problem(
        needs=[b.need("n1", risk=risk, demanding=demanding)],
        need_slots=[b.slot()],
        need_windows=[b.window("n1", 0, "09:00", "10:00")],
        volunteers=[
            b.volunteer(birth_day=b.DAY0 - int((age_y + 0.5) * 365.25), physical_limit=physical_limit)
        ],
        volunteer_windows=[b.free("v1", 0, "08:00", "12:00")],
        covers=[] if max_age_y is None else [b.cover("v1", max_age_y=max_age_y)],
    )


@given(
    age_y=st.integers(18, 100),
    risk=st.sampled_from(["NONE", "HIGH"]),
    max_age_y=st.none() | st.integers(50, 100),
    physical_limit=st.booleans(),
    demanding=st.booleans(),
)
def test_age_itself_never_keeps_an_older_volunteer_away(age_y, risk, max_age_y, physical_limit, demanding):
    plan = solve(
        _problem(age_y, risk=risk, max_age_y=max_age_y, physical_limit=physical_limit, demanding=demanding),
        b.policy(),
    )
    insured = risk == "NONE" or (max_age_y is not None and age_y <= max_age_y)
    healthy = not (demanding and physical_limit)
    assert (plan.fulfilled == {"n1"}) == (insured and healthy)
