"""A plan that the solver made is changed in one place; the audit names the rule that the change breaks."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from matching.audit import audit
from matching.plan import Plan
from matching.solve import solve
from tests.matching import builders as b

PROBLEM = b.problem(
    needs=[
        b.need("visit", category="ESCORT"),
        b.need("child", with_child=True, child_age_y=9, home_visit=True, risk="LOW"),
        b.need("wish", kind="WISH", amount_fen=30_000),
        b.need("hospital", subject_kind="INSTITUTION", partial_allowed=True, kind="GOODS"),
        b.need("hidden", consent_recorded=False),
        b.need("protected", category="CHILD_PROTECT"),
    ],
    need_slots=[
        b.slot("visit-a", "visit", skill="MEDICAL_ESCORT", licence="DRIVER"),
        b.slot("child-a", "child"),
        b.slot("child-b", "child"),
        b.slot("hidden-a", "hidden"),
        b.slot("protected-a", "protected"),
    ],
    need_windows=[b.window("visit", 1, "09:00", "10:00"), b.window("child", 2, "09:00", "10:00")],
    need_items=[b.item("masks", "hospital", "MASK", 10)],
    volunteers=[
        b.volunteer("ann", skills=["MEDICAL_ESCORT"]),
        b.volunteer("bob"),
        b.volunteer("kid", birth_day=b.DAY0 - 16 * 366),
    ],
    volunteer_windows=[
        b.free(name, day, "08:00", "12:00") for name in ("ann", "bob", "kid") for day in range(5)
    ],
    qualifications=[
        b.qualification("ann", "DRIVER"),
        b.qualification("ann", "MINOR_CONTACT_CHECK"),
        b.qualification("bob", "MINOR_CONTACT_CHECK"),
    ],
    covers=[b.cover("ann"), b.cover("bob")],
    funds=[b.fund("open", 40_000), b.fund("walled", 10**6, categories=["HOUSING"]), b.fund("kin", 10**6)],
    stock=[b.stock("line", "MASK", 6)],
    related_parties=[{"fund_id": "kin", "need_id": "wish", "path": "KIN"}],
)
PLAN = solve(PROBLEM, b.policy())


def _swap(plan: Plan, slot_id: str, **values: object) -> Plan:
    moved = tuple(replace(e, **values) if e.slot_id == slot_id else e for e in plan.assignments)  # type: ignore[arg-type] - any field
    return replace(plan, assignments=moved)


def _without(plan: Plan, slot_id: str) -> Plan:
    return replace(plan, assignments=tuple(e for e in plan.assignments if e.slot_id != slot_id))


def test_the_plan_itself_is_clean_and_serves_all_it_can():
    assert audit(PROBLEM, b.policy(), PLAN) == ()
    assert PLAN.fulfilled == {"visit", "child", "wish"}
    assert [(gift.offer_id, gift.quantity) for gift in PLAN.goods] == [("line", 6)]


MUTATIONS: dict[str, tuple[str, Callable[[Plan], Plan]]] = {
    "another problem": ("STRUCTURE", lambda plan: replace(plan, problem_digest="x")),
    "unknown need": ("STRUCTURE", lambda plan: replace(plan, fulfilled=plan.fulfilled | {"nobody"})),
    "unknown volunteer": ("HC-30", lambda plan: _swap(plan, "visit-a", volunteer_id="ghost")),
    "slot filled twice": ("STRUCTURE", lambda plan: replace(plan, assignments=plan.assignments * 2)),
    "negative money": ("STRUCTURE", lambda plan: replace(plan, money=(b.money("wish", "open", -5),))),
    "wrong goods": ("STRUCTURE", lambda plan: replace(plan, goods=(b.goods("masks", "visit", "line"),))),
    "a reason is missing": ("HC-26", lambda plan: replace(plan, reasons={})),
    "half a team": ("WHOLENESS", lambda plan: _without(plan, "child-b")),
    "a fen too little": ("WHOLENESS", lambda plan: replace(plan, money=(b.money("wish", "open", 29_999),))),
    "part of a whole need": ("WHOLENESS", lambda plan: replace(plan, fulfilled=plan.fulfilled - {"wish"})),
    "team apart": (
        "TIMING",
        lambda plan: _swap(plan, "child-a", start_min=b.at(3, "09:00"), end_min=b.at(3, "10:00")),
    ),
    "too short": ("TIMING", lambda plan: _swap(plan, "visit-a", end_min=b.at(1, "09:30"))),
    "outside the window": (
        "TIMING",
        lambda plan: _swap(plan, "visit-a", start_min=b.at(1, "10:00"), end_min=b.at(1, "11:00")),
    ),
    "no skill": ("HC-01", lambda plan: _swap(plan, "visit-a", volunteer_id="bob")),
    "no licence": ("HC-02", lambda plan: _swap(plan, "visit-a", volunteer_id="bob")),
    "no cover": ("HC-03", lambda plan: _swap(plan, "child-a", volunteer_id="kid")),
    "not free": (
        "HC-05",
        lambda plan: _swap(plan, "visit-a", start_min=b.at(1, "18:00"), end_min=b.at(1, "19:00")),
    ),
    "no consent of a guardian": ("HC-07", lambda plan: _swap(plan, "child-a", volunteer_id="kid")),
    "no check": ("HC-09", lambda plan: _swap(plan, "child-a", volunteer_id="kid")),
    "a minor with a child": ("HC-10", lambda plan: _swap(plan, "child-a", volunteer_id="kid")),
    "outside the purpose": ("HC-11", lambda plan: replace(plan, money=(b.money("wish", "walled", 30_000),))),
    "overdrawn": ("HC-12", lambda plan: replace(plan, money=(b.money("wish", "open", 40_001),))),
    "stock overdrawn": (
        "HC-12",
        lambda plan: replace(plan, goods=(b.goods("masks", "hospital", "line", 7),)),
    ),
    "related": ("HC-13", lambda plan: replace(plan, money=(b.money("wish", "kin", 30_000),))),
    "above the ceiling": ("HC-19", lambda plan: replace(plan, money=(b.money("wish", "kin", 50_001),))),
    "above the gap": ("HC-20", lambda plan: replace(plan, money=(b.money("wish", "open", 30_001),))),
    "no consent": (
        "HC-22",
        lambda plan: replace(
            plan, assignments=(*plan.assignments, b.visit("hidden", "hidden-a", "bob", day=4))
        ),
    ),
    "child protection": (
        "HC-25",
        lambda plan: replace(
            plan, assignments=(*plan.assignments, b.visit("protected", "protected-a", "bob", day=4))
        ),
    ),
    "night": (
        "HC-27",
        lambda plan: _swap(plan, "visit-a", start_min=b.at(1, "23:30"), end_min=b.at(2, "00:30")),
    ),
    "in two places": (
        "HC-28",
        lambda plan: _swap(plan, "visit-a", start_min=b.at(2, "09:30"), end_min=b.at(2, "10:30")),
    ),
    "wrong distance": ("ARITHMETIC", lambda plan: _swap(plan, "visit-a", distance_m=7)),
    "wrong value": ("ARITHMETIC", lambda plan: replace(plan, value=plan.value + 1)),
    "bound below the value": ("ARITHMETIC", lambda plan: replace(plan, bound=plan.value - 1)),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_change_is_caught_by_its_rule(name: str):
    rule, change = MUTATIONS[name]
    assert rule in {breach.rule for breach in audit(PROBLEM, b.policy(), change(PLAN))}
