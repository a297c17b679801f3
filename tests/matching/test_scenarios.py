"""Cases that people who do not program can read and write: ``scenarios/*.toml``."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from matching.problem import Problem
from matching.solve import Limits, solve
from tests.matching import builders as b

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.toml"))
    for case in tomllib.loads(path.read_text("utf-8"))["case"]
]


def _rest(row: dict[str, Any], *taken: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in taken}


def _problem(case: dict[str, Any]) -> Problem:
    volunteers, windows = [], []
    for row in case.get("volunteers", ()):
        volunteers.append(b.volunteer(row["id"], **_rest(row, "id", "free")))
        mornings = [{"day": day, "from": "08:00", "to": "12:00"} for day in range(7)]
        windows += [b.free(row["id"], w["day"], w["from"], w["to"]) for w in row.get("free", mornings)]
    stock = []
    for row in case.get("stock", ()):
        days = row.get("expires_in_days")
        values = {} if days is None else {"expiry_day": b.DAY0 + days}
        stock.append(b.stock(row["id"], **_rest(row, "id", "expires_in_days"), **values))
    return b.problem(
        needs=[b.need(row["id"], **_rest(row, "id")) for row in case["needs"]],
        need_slots=[
            b.slot(f"{row['need']}-{k}", row["need"], **_rest(row, "need"))
            for k, row in enumerate(case.get("slots", ()))
        ],
        need_windows=[b.window(w["need"], w["day"], w["from"], w["to"]) for w in case.get("windows", ())],
        need_items=[
            b.item(row["id"], row["need"], row["code"], row["quantity"]) for row in case.get("items", ())
        ],
        volunteers=volunteers,
        volunteer_windows=windows,
        qualifications=[
            b.qualification(row["volunteer"], row["licence"], to_day=row["to_day"])
            for row in case.get("qualifications", ())
        ],
        funds=[b.fund(row["id"], **_rest(row, "id")) for row in case.get("funds", ())],
        stock=stock,
    )


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]):
    plan = solve(_problem(case), b.policy(), limits=Limits(gap=0.0))
    if "fulfilled" in case:
        assert plan.fulfilled == set(case["fulfilled"])
    if "fulfilled_count" in case:
        assert len(plan.fulfilled) == case["fulfilled_count"]
    assert {need: plan.reasons[need].code for need in case.get("reasons", {})} == case.get("reasons", {})
    assert {need: plan.reasons[need].rule for need in case.get("rules", {})} == case.get("rules", {})
    for need, amount in case.get("misses", {}).items():
        assert plan.reasons[need].parameters["miss_amount"] == pytest.approx(amount, rel=0.01)
    for need, helpers in case.get("helpers", {}).items():
        assert [entry.volunteer_id for entry in plan.assignments if entry.need_id == need] == helpers
    for fund, amount_fen in case.get("money", {}).items():
        assert sum(gift.amount_fen for gift in plan.money if gift.fund_id == fund) == amount_fen
    for offer, quantity in case.get("goods", {}).items():
        assert sum(gift.quantity for gift in plan.goods if gift.offer_id == offer) == quantity
    assert plan.gap == 0.0
