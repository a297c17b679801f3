"""
One row a hard constraint: who may not take a task is refused by its code, and a plan that gives it them is too.

The plan is audited against the problem that a round would read from the same graph, so the two sides of every
rule meet here. HC-11 to HC-21 concern money and goods, and HC-24 what is shown: nobody claims those.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl
import pytest

from domain.actors import Actor, Role
from domain.errors import NotFoundError, NotPermittedError, PlatformError
from domain.time import civil_date, epoch_minute
from matching.audit import audit
from matching.plan import Assignment, Plan, PlanStatus, Reason
from matching.policy import policy_on
from matching.problem import Problem
from tests.builders import CITY, NOW, World, volunteer, workspace
from workflows.claims.taking import claim_slot
from workflows.people import matcher_actor
from workflows.rounds.snapshot import build_problem

TOMORROW = NOW + timedelta(days=1)
BORN_13_YEARS_AGO = date(2013, 1, 1)
BORN_8_YEARS_AGO = date(2018, 1, 1)
BORN_90_YEARS_AGO = date(1936, 1, 1)
HONGKOU = "/NBS/31/3101/310109/310109009/"
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
FAR = {"longitude_deg": 121.2, "latitude_deg": 31.9}


def cover(world: World, holder: str = "v", **values: object) -> None:
    row = {
        "id": f"{holder}:cover",
        "volunteer_id": holder,
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 1, 1),
        "region_paths": ["/"],
        "min_age_y": 16,
        "max_age_y": 70,
        "source_id": "manual",
        "source_row": 0,
        "recorded_at": NOW,
    }
    world.add("InsuranceCover", **{**row, **values})


def window(hours_from_now: float, *, hours: float = 1) -> dict[str, object]:
    start = NOW + timedelta(hours=hours_from_now)
    return {
        "window_starts": [start.isoformat()],
        "window_ends": [(start + timedelta(hours=hours)).isoformat()],
        "duration_min": int(hours * 60),
    }


def promise(world: World, number: int, *, start_h: float, hours: float, **values: object) -> None:
    """Something the volunteer has promised before."""
    world.need(f"before-{number}", slots=1, state="ACCEPTED", **{**window(start_h, hours=hours), **values})
    world.add(
        "Claim",
        id=f"claim-{number}",
        need_id=f"before-{number}",
        slot_id=f"before-{number}:slot:0",
        volunteer_id="v",
        state="ACTIVE",
        window_start=NOW + timedelta(hours=start_h),
        window_end=NOW + timedelta(hours=start_h + hours),
        claimed_at=NOW,
        claimed_by="account-v",
        region_path=CITY,
        version=1,
    )
    world.add(
        "SlotHold", id=f"before-{number}:slot:0", claim_id=f"claim-{number}", volunteer_id="v", kind="CLAIM"
    )


def pay(world: World, person: str) -> None:
    """Somebody is paid to serve the need."""
    world.add(
        "WorkOrder",
        id="paid",
        need_id="n",
        worker_id=person,
        paid_by="agency",
        state="OPEN",
        planned_min=60,
        minutes=0,
        region_path=CITY,
        version=1,
    )


def three_heavy_visits(world: World) -> None:
    for number in range(3):
        promise(world, number, start_h=24 + number * 1.5, hours=0.5, demanding=True)


@dataclass(frozen=True)
class Row:
    """What is wrong, and by which code it is refused; ``task`` and ``person`` are what the world has of them."""

    code: str
    why: str
    person: dict[str, object] = field(default_factory=dict)
    task: dict[str, object] = field(default_factory=dict)
    before: Callable[[World], None] = lambda world: None
    registered: bool = True
    slots: int = 1
    account: Actor = field(default_factory=lambda: volunteer("v", path="/"))
    planned: Callable[[Plan], Plan] = lambda plan: plan


TABLE = (
    Row("HC-01", "no such skill", {"skills": ["COOKING"]}, {"skill": "ELECTRICAL"}),
    Row("HC-01", "a limit of health", {"physical_limit": True}, {"demanding": True}),
    Row("HC-02", "no licence", {}, {"licence": "NURSE"}),
    Row("HC-03", "danger and no cover", {}, {"risk": "HIGH"}),
    Row(
        "HC-03",
        "a cover that ends before the visit",
        {},
        {"risk": "LOW"},
        lambda world: cover(world, valid_to=TOMORROW.date()),
    ),
    Row("HC-03", "a cover for elsewhere", {}, {"risk": "LOW"}, lambda w: cover(w, region_paths=["/NBS/31/"])),
    Row("HC-04", "paid for the same service", before=lambda world: pay(world, "v")),
    Row("HC-05", "a category they decline", {"declined_categories": ["COMPANION"]}),
    Row("HC-05", "suspended", {"status": "SUSPENDED"}),
    Row("HC-06", "nobody verified it", {}, {"verified_by": None}),
    Row("HC-07", "a minor without a guardian's consent", {"birth_date": BORN_13_YEARS_AGO}),
    Row(
        "HC-07",
        "a minor in a home",
        {"birth_date": BORN_13_YEARS_AGO, "guardian_consent": True},
        {"home_visit": True},
    ),
    Row("HC-07", "a child of eight alone", {"birth_date": BORN_8_YEARS_AGO, "guardian_consent": True}),
    Row(
        "HC-07",
        "an under-age helper in Shanghai outside an institution's group",
        {"birth_date": BORN_13_YEARS_AGO.replace(year=2010), "guardian_consent": True, "path": HONGKOU},
        {"path": HONGKOU},
    ),
    Row(
        "HC-08",
        "older than the insurer takes",
        {"birth_date": BORN_90_YEARS_AGO},
        {"risk": "LOW"},
        cover,
    ),
    Row("HC-09", "no check for work with minors", {}, {"with_child": True}),
    Row(
        "HC-10",
        "alone with a child at home",
        {"licences": ("MINOR_CONTACT_CHECK",)},
        {"with_child": True, "home_visit": True},
    ),
    Row("HC-22", "no consent of the subject", {}, {"consent_recorded": False}),
    Row("HC-25", "a child-protection case", {}, {"category": "CHILD_PROTECT"}),
    Row(
        "HC-26",
        "an account behind which there is nobody",
        account=replace(volunteer("v", path="/"), participant_id=None),
        planned=lambda plan: replace(plan, reasons={}),
    ),
    Row(
        "HC-26",
        "the machine itself",
        account=replace(matcher_actor("/"), roles=frozenset({Role.VOLUNTEER})),
        planned=lambda plan: replace(plan, reasons={"n": Reason(code="")}),
    ),
    Row(
        "HC-27",
        "more than eight hours a day",
        {},
        window(34, hours=2),
        lambda world: promise(world, 0, start_h=24, hours=7.5),
    ),
    Row("HC-27", "a fourth demanding task", {}, {**window(29), "demanding": True}, three_heavy_visits),
    Row(
        "HC-27",
        "too short a night",
        {},
        window(38),
        lambda world: promise(world, 0, start_h=48, hours=1),
    ),
    Row(
        "HC-28",
        "two places at once",
        {},
        window(24),
        lambda world: promise(world, 0, start_h=24.5, hours=1),
    ),
    Row(
        "HC-28",
        "no time for the way",
        {},
        window(25.5),
        lambda world: promise(world, 0, start_h=24, hours=1, **FAR),
    ),
    Row("HC-29", "they verified it", {}, {"verified_by": "v"}),
    Row("HC-30", "registered by others", {"status": "DRAFT"}),
    Row("HC-30", "an invitation only", registered=False),
)
NAMED = {f"HC-{number:02d}" for number in (*range(1, 11), *range(25, 31))}
"""Rules that both sides must know by name."""


def _world(row: Row) -> World:
    world = World()
    any_time = {"availability": [f"{day} 00:00-24:00" for day in DAYS], "weekly_minutes": 6_000}
    if row.registered:
        world.volunteer("v", **{**any_time, **row.person})
    world.need("n", slots=row.slots, **row.task)
    row.before(world)
    return world


async def _problem(store, row: Row) -> Problem:
    """The problem of a round over the same graph; a round never even reads a child-protection case."""
    actor = matcher_actor("/")
    if row.code == "HC-25":
        rewritten = World()
        rewritten.rows["Need"] = [{"id": "n", "category": "COMPANION"}]
        await rewritten.write(store)
    snapshot = await store.read(
        lambda tx: build_problem(tx, actor, region_path="/", as_of=NOW, horizon_days=14)
    )
    problem = snapshot.problem
    if row.code != "HC-25":
        return problem
    needs = problem.needs.with_columns(category=pl.lit("CHILD_PROTECT"))
    return Problem(
        **{
            name: (needs if name == "needs" else getattr(problem, name))
            for name in problem.__dataclass_fields__
        }
    )


def _plan(problem: Problem) -> Plan:
    (need,) = problem.needs.filter(pl.col("need_id") == "n").iter_rows(named=True)
    opens = problem.need_windows.filter(pl.col("need_id") == "n")["start_min"].min()
    start = epoch_minute(NOW) if opens is None else int(opens)
    return Plan(
        problem_digest=problem.digest,
        policy_id=policy_on(civil_date(NOW)).id,
        seed=0,
        status=PlanStatus.STOPPED,
        assignments=(
            Assignment(
                need_id="n",
                slot_id="n:slot:0",
                volunteer_id="v",
                start_min=start,
                end_min=start + need["duration_min"],
                distance_m=0,
            ),
        ),
        money=(),
        goods=(),
        fulfilled=frozenset({"n"}),
        value=0,
        bound=0,
        reasons={need_id: Reason(code="MATCHED") for need_id in problem.needs["need_id"].to_list()},
    )


def _code(error: PlatformError) -> object:
    """The rule that a refusal names; one that must not show is only its cause's."""
    cause = error.__cause__
    return error.context.get("rule") or (
        cause.context.get("rule") if isinstance(cause, PlatformError) else None
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}: {row.why}")
async def test_a_claim_is_refused_by_the_code_of_its_rule_and_so_is_a_plan(memory_store, row):
    await _world(row).write(memory_store)
    ws = workspace(memory_store)
    with pytest.raises((NotPermittedError, NotFoundError)) as refused:
        await claim_slot(ws, row.account, "n:slot:0")
    assert _code(refused.value) == row.code
    problem = await _problem(memory_store, row)
    plan = row.planned(_plan(problem))
    found = {violation.rule for violation in audit(problem, policy_on(civil_date(NOW)), plan)}
    assert {code for code in found if code.startswith("HC-")} == {row.code}


def test_the_table_has_a_row_for_each_rule():
    assert {row.code for row in TABLE} >= NAMED


async def test_what_is_in_order_is_let_through_by_both_sides(memory_store):
    row = Row("", "nothing wrong", {"licences": ("NURSE",)}, {"licence": "NURSE", "risk": "LOW"}, cover)
    await _world(row).write(memory_store)
    problem = await _problem(memory_store, row)
    found = {violation.rule for violation in audit(problem, policy_on(civil_date(NOW)), _plan(problem))}
    assert {code for code in found if code.startswith("HC-")} == set()
    taken = await claim_slot(workspace(memory_store), volunteer("v", path="/"), "n:slot:0")
    assert taken.value.slot_id == "n:slot:0"
