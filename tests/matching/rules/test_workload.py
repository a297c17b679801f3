from matching.plan import Assignment
from matching.rules.workload import audit
from tests.matching import builders as b


def _details(
    visits: list[tuple[int, str, int]], commitments: list[b.Row] | None = None, **need: object
) -> list[str]:
    ids = [f"n{k}" for k in range(len(visits))]
    problem = b.problem(
        needs=[b.need(name, **need) for name in ids],
        need_slots=[b.slot(f"{name}-a", name) for name in ids],
        volunteers=[b.volunteer()],
        volunteer_commitments=commitments or [],
    )
    planned: tuple[Assignment, ...] = tuple(
        b.visit(name, f"{name}-a", day=day, start=start, minutes=minutes)
        for name, (day, start, minutes) in zip(ids, visits, strict=True)
    )
    return [breach.detail for breach in audit(b.view(problem, assignments=planned))]


def test_eight_hours_a_day_with_promises():
    morning = [b.commitment("v1", 0, "08:00", "12:00")]
    assert _details([(0, "13:00", 240)], morning) == []
    assert _details([(0, "13:00", 241)], morning) == ["481 min on day 20612"]


def test_eleven_hours_of_rest_between_two_days():
    assert _details([(0, "20:00", 60), (1, "08:00", 60)]) == []
    assert _details([(0, "20:00", 61), (1, "08:00", 60)]) == ["659 min of rest"]


def test_ten_hours_in_any_24():
    assert _details([(0, "13:00", 420), (1, "08:00", 180)]) == []
    assert _details([(0, "13:00", 420), (1, "08:00", 240)]) == ["660 min in 24 hours"]


def test_three_demanding_visits_in_a_row():
    hours = [(0, f"{8 + 2 * k:02d}:00", 60) for k in range(4)]
    assert _details(hours[:3], demanding=True) == []
    assert _details(hours, demanding=True) == ["4 demanding visits in a row"]


def test_a_promise_that_breaks_a_limit_alone_is_not_the_plans_fault():
    long_day = [b.commitment("v1", 3, "06:00", "20:00")]
    assert _details([(0, "09:00", 60)], long_day) == []
