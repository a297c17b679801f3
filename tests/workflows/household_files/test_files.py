"""A household's file over a graph: conflicts side by side, versions, the wall; and its plan from draft to end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.household_files import Choice, FileField, PlanAction, PlanGoal, PlanState, PlanStep
from graph.ports import Access, Statement
from graph.reads.household_files import data_sources, versions_of_files
from graph.reads.service_plans import page_of_service_plans, versions_of_plans
from tests.builders import CITY, NOW, OTHER_CITY, World, lead, volunteer, worker, workspace
from tests.workflows.linking.registers import listed, register
from workflows.household_files.filing import household_file, open_file, refresh_files
from workflows.household_files.plans import PlanText, change_plan, draft_plan, step_plan
from workflows.people import administrator

TODAY = NOW.date()
LOOKS = Statement(
    "MATCH (n:AuditEntry) WHERE n.operation = 'household_file.open' RETURN n.object_id AS id", Access.READ
)
CHILD_OFFICER = Actor(
    id="child",
    name="child",
    roles=frozenset({Role.CHILD_OFFICER}),
    scope=Scope(region_paths=(CITY,), purpose=Purpose.SERVICE),
)


def paid(
    world: World, key: str, department: str, event: str, yuan: int, *, who: str = "zhang", days: int = 10
):
    listed(
        world,
        key,
        department=department,
        event=event,
        resident_id=who,
        link_rule="ID_NUMBER",
        amount_fen=yuan * 100,
        occurred_on=TODAY - timedelta(days=days),
    )


@pytest.fixture
async def ws(store):
    world = register()
    world.rows["Resident"][0]["situations"] = ["DIBAO", "LEFT_BEHIND_CHILD"]
    paid(world, "tax", "税务局", "申报年收入", 30_000)
    paid(world, "labour", "人社局", "就业登记月薪", 4_000, days=3)
    paid(world, "aid", "民政局", "低保特困金", 800, who="wang")
    await world.write(store)
    return workspace(store)


def field(file, name):
    return next(value for value in file.fields if value.field is name)


async def test_departments_that_contradict_each_other_stand_side_by_side_with_the_rule(ws):
    file = await household_file(ws, worker(), "h1")
    income = field(file, FileField.YEARLY_INCOME)
    assert (income.value, income.source, income.choice) == ("3000000", "税务局 个人收入", Choice.AUTHORITY)
    assert [(each.source, each.value) for each in income.conflicts] == [("人社局 就业登记", "4800000")]
    assert income.as_of == TODAY - timedelta(days=10)
    assert field(file, FileField.MEMBERS).choice is Choice.ALL_AGREE
    assert field(file, FileField.HARDSHIP).value == "DIBAO"


async def test_children_are_seen_by_their_own_roles_alone(ws):
    assert (await household_file(ws, worker(), "h1")).child_situations == ()
    seen = await household_file(ws, CHILD_OFFICER, "h1")
    assert seen.child_situations == ("LEFT_BEHIND_CHILD",)
    desk = await household_file(ws, worker(), "h1")
    assert all("LEFT_BEHIND_CHILD" not in member.situations for member in desk.facts.members)


async def test_a_file_is_for_the_desk_of_its_place(ws):
    with pytest.raises(NotFoundError):
        await household_file(ws, worker(path=OTHER_CITY), "h1")
    with pytest.raises(NotPermittedError):
        await household_file(ws, volunteer("v"), "h1")


async def test_a_file_in_use_gets_a_version_with_every_change_and_with_nothing_else(ws, store):
    assert (await household_file(ws, worker(), "h1")).version == 0
    assert await refresh_files(ws, administrator()) == 0
    assert (await open_file(ws, worker(), "h1")).version == 1
    assert (await open_file(ws, lead(), "h1")).version == 1
    world = World()
    paid(world, "later", "税务局", "申报年收入", 36_000, days=1)
    await world.write(store)
    assert (await household_file(ws, worker(), "h1")).changed_since
    assert await refresh_files(ws, administrator()) == 1
    assert await refresh_files(ws, administrator()) == 0
    found = await store.read(lambda tx: versions_of_files(tx, worker(), ["h1"]))
    assert [(row.number, row.cause) for row in found["h1"]] == [(2, "IMPORTED"), (1, "OPENED")]
    assert len(await store.read(lambda tx: tx.run(LOOKS))) == 2


async def test_the_board_says_how_much_each_list_holds_and_how_fresh(ws):
    rows = await ws.store.read(lambda tx: data_sources(tx, worker()))
    tax = next(row for row in rows if row.department == "税务局")
    assert (tax.records, tax.linked, tax.latest_on) == (1, 1, TODAY - timedelta(days=10))
    assert not await ws.store.read(lambda tx: data_sources(tx, volunteer("v")))
    assert not await ws.store.read(lambda tx: data_sources(tx, worker(path=OTHER_CITY)))


GOAL = PlanGoal(
    goal="medical bills no longer push them under the line",
    actions=(
        PlanAction(what="apply for medical aid", responsible="worker", due_on=TODAY + timedelta(days=30)),
    ),
)
PLAN = PlanText(goals=(GOAL,), responsible="worker", review_on=TODAY + timedelta(days=90))


async def test_a_plan_goes_from_draft_to_its_end_and_keeps_what_it_said(ws):
    drafted = (await draft_plan(ws, worker(), "h1", PLAN)).value
    assert (drafted.state, drafted.version) == (PlanState.DRAFT, 2)
    with pytest.raises(ConflictError):
        await draft_plan(ws, worker(), "h1", PLAN)
    done = replace(GOAL, actions=(replace(GOAL.actions[0], done_on=TODAY),))
    revised = await change_plan(ws, worker(), drafted.id, replace(PLAN, goals=(done,)), expected_version=2)
    with pytest.raises(StaleVersionError):
        await change_plan(ws, worker(), drafted.id, PLAN, expected_version=2)
    version = revised.value.version
    with pytest.raises(NotPermittedError):
        await step_plan(ws, worker(), drafted.id, PlanStep.ACTIVATE, expected_version=version, note="go")
    valid = await step_plan(ws, lead(), drafted.id, PlanStep.ACTIVATE, expected_version=version, note="go")
    with pytest.raises(InvalidInputError):
        await step_plan(
            ws, lead(), drafted.id, PlanStep.REVIEW, expected_version=version + 1, note="on course"
        )
    again = TODAY + timedelta(days=180)
    looked = await step_plan(
        ws,
        worker(),
        drafted.id,
        PlanStep.REVIEW,
        expected_version=version + 1,
        note="on course",
        review_on=again,
    )
    assert (valid.value.state, looked.value.review_on) == (PlanState.ACTIVE, again)
    closed = await step_plan(
        ws, worker(), drafted.id, PlanStep.CLOSE, expected_version=version + 2, note="bills are paid"
    )
    assert (closed.value.state, closed.value.outcome) == (PlanState.CLOSED, "bills are paid")
    with pytest.raises(TransitionError):
        await step_plan(ws, worker(), drafted.id, PlanStep.REVIEW, expected_version=version + 3, note="?")
    history = await ws.store.read(lambda tx: versions_of_plans(tx, worker(), [drafted.id]))
    assert [row.state for row in history[drafted.id]] == ["DRAFT", "DRAFT", "ACTIVE", "ACTIVE", "CLOSED"]
    assert history[drafted.id][0].goals[0].actions[0].done_on is None
    await draft_plan(ws, worker(), "h1", PLAN)


async def test_who_drafts_a_plan_does_not_make_it_valid(ws):
    drafted = (await draft_plan(ws, lead(), "h1", PLAN)).value
    with pytest.raises(SeparationOfDutiesError):
        await step_plan(ws, lead(), drafted.id, PlanStep.ACTIVATE, expected_version=2, note="go")


async def test_goals_of_child_protection_are_written_seen_and_kept_by_their_roles(ws):
    child = replace(GOAL, goal="a guardian is found", child_protection=True)
    with pytest.raises(InvalidInputError):
        await draft_plan(ws, worker(), "h1", replace(PLAN, goals=(child,)))
    drafted = (await draft_plan(ws, CHILD_OFFICER, "h1", replace(PLAN, goals=(GOAL, child)))).value
    page = await ws.store.read(lambda tx: page_of_service_plans(tx, worker(), first=10))
    assert [goal.goal for goal in page.rows[0].goals] == [GOAL.goal]
    await change_plan(ws, worker(), drafted.id, PLAN, expected_version=2)
    page = await ws.store.read(lambda tx: page_of_service_plans(tx, CHILD_OFFICER, first=10))
    assert {goal.goal for goal in page.rows[0].goals} == {GOAL.goal, child.goal}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PLAN, goals=()),
        replace(PLAN, responsible=" "),
        replace(PLAN, review_on=TODAY),
    ],
)
async def test_a_plan_says_enough_to_be_acted_on(ws, wrong):
    with pytest.raises(InvalidInputError):
        await draft_plan(ws, worker(), "h1", wrong)


async def test_plans_are_seen_in_their_place_alone(ws):
    drafted = (await draft_plan(ws, worker(), "h1", PLAN, idempotency_key="k")).value
    again = await draft_plan(ws, worker(), "h1", PLAN, idempotency_key="k")
    assert (again.replayed, again.value.id) == (True, drafted.id)
    other = worker(path=OTHER_CITY)
    assert not (await ws.store.read(lambda tx: page_of_service_plans(tx, other, first=10))).rows
    with pytest.raises(NotFoundError):
        await change_plan(ws, other, drafted.id, PLAN, expected_version=2)
