import pytest

from matching.rules.age_bands import audit
from tests.matching import builders as b


def _violations(region: str, age: int, *, adult: bool = False, minutes: int = 60, **values: object) -> int:
    need = {k: v for k, v in values.items() if k in ("home_visit", "subject_kind")}
    problem = b.problem(
        needs=[b.need(region_path=region, duration_min=minutes, **need)],
        need_slots=[b.slot(), b.slot("n1-b")],
        volunteers=[
            b.volunteer(
                birth_day=b.DAY0 - int(age * 365.25) - 1, region_path=region,
                guardian_consent=bool(values.get("consent")),
            ),
            b.volunteer("v2"),
        ],
    )  # fmt: skip
    visits = [b.visit(minutes=minutes)] + [
        b.visit(slot_id="n1-b", volunteer_id="v2", minutes=minutes)
    ] * adult
    return len(list(audit(b.view(problem, assignments=tuple(visits)))))


@pytest.mark.parametrize(
    ("region", "age", "given", "violations"),
    [
        (b.TOWN, 30, {}, 0),
        (b.TOWN, 13, {"consent": True}, 2),  # refused, and no minute of the day is open
        (b.TOWN, 15, {}, 1),
        (b.TOWN, 15, {"consent": True}, 0),
        (b.TOWN, 15, {"consent": True, "home_visit": True}, 1),
        (b.ZHANGJIAGANG, 5, {"consent": True, "adult": True}, 2),
        (b.ZHANGJIAGANG, 8, {"consent": True}, 1),
        (b.ZHANGJIAGANG, 8, {"consent": True, "adult": True}, 0),
        (b.ZHANGJIAGANG, 8, {"consent": True, "adult": True, "minutes": 180}, 1),
        (b.HONGKOU, 16, {"consent": True}, 1),
        (b.HONGKOU, 16, {"adult": True, "subject_kind": "INSTITUTION"}, 0),
    ],
)
def test_bands_of_the_region_decide(region: str, age: int, given: dict[str, object], violations: int):
    assert _violations(region, age, **given) == violations  # type: ignore[arg-type] - a table of keywords
