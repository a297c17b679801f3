import pytest

from matching.rules.purpose_wall import audit
from tests.matching import builders as b


@pytest.mark.parametrize(
    ("wall", "violations"),
    [
        ({}, 0),
        ({"categories": ["CARE"], "situations": ["DIBAO", "EDGE"], "region_paths": ["/NBS/33/"]}, 0),
        ({"categories": ["HOUSING"]}, 1),
        ({"situations": ["TEKUN"]}, 1),
        ({"region_paths": ["/NBS/31/"]}, 1),
        ({"from_day": b.DAY0 + 1}, 1),
        ({"from_day": b.DAY0, "to_day": b.DAY0 + 1}, 0),
    ],
    ids=str,
)
def test_money_stays_inside_the_wall_of_its_fund(wall: dict[str, object], violations: int):
    problem = b.problem(needs=[b.need(amount_fen=100)], funds=[b.fund(**wall)])
    assert len(list(audit(b.view(problem, money=(b.money(),))))) == violations


@pytest.mark.parametrize(
    ("line", "violations"),
    [
        ({}, 0),
        ({"restricted_to": "household-n1"}, 0),
        ({"restricted_to": "someone"}, 1),
        ({"expiry_day": b.DAY0}, 1),
        ({"expiry_day": b.DAY0 + 1}, 0),
    ],
    ids=str,
)
def test_goods_go_to_whom_they_were_given_for_before_they_expire(line: dict[str, object], violations: int):
    problem = b.problem(needs=[b.need()], need_items=[b.item("i1")], stock=[b.stock(**line)])
    assert len(list(audit(b.view(problem, goods=(b.goods(),))))) == violations
