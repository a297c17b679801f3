"""What people state of households, statuses that end, needs looked at again, and all of it taken back."""

import pytest

from domain.comparing import EndGround, TaskOutcome, TaskState
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    StaleVersionError,
    TransitionError,
)
from graph.reads.coverage import page_of_coverage_tasks, page_of_status_ends
from tests.builders import NOW, OTHER_CITY, lead, volunteer, worker, workspace
from tests.workflows.comparing.lists import (
    ENDS,
    NEEDS,
    NOTICES,
    PAID,
    TASKS,
    city,
    compare,
    load,
    rows,
    write_list,
)
from workflows.comparing.deciding import assign_coverage_task, decide_coverage_task, undo_status_end


@pytest.fixture
async def waiting(store, tmp_path):
    """One household that nothing covers, and the list that shows it."""
    await city("张三丰").write(store)
    ws = workspace(store)
    first = write_list(tmp_path / "1", {"A1": ("张三丰", 100)})
    await load(ws, first)
    await compare(ws, first)
    return ws, first


async def test_a_station_sees_its_households_masked_and_says_what_became_of_one(waiting, tmp_path):
    ws, first = waiting
    page = await ws.store.read(lambda tx: page_of_coverage_tasks(tx, worker(), first=10, with_total=True))
    (task,) = page.rows
    assert (task.person_name, page.total_count) == ("张*丰", 1)
    done = await decide_coverage_task(
        ws, worker(), task.id, expected_version=1, outcome=TaskOutcome.REFUSED, note="want no help",
        idempotency_key="k",
    )  # fmt: skip
    again = await decide_coverage_task(
        ws, worker(), task.id, expected_version=1, outcome=TaskOutcome.REFUSED, note="want no help",
        idempotency_key="k",
    )  # fmt: skip
    assert (done.value.state, done.replayed, again.replayed) == (TaskState.DONE, False, True)
    with pytest.raises(TransitionError):
        await decide_coverage_task(
            ws, worker(), task.id, expected_version=2, outcome=TaskOutcome.MOVED, note="gone"
        )
    second = write_list(tmp_path / "2", {"A1": ("张三丰", 130)})
    await load(ws, second)
    report = await compare(ws, second, first)
    assert (report.counts["tasks_opened"], report.counts["tasks_reopened"]) == (0, 0), (
        "a person's word stands"
    )


async def test_a_task_is_taken_by_somebody_and_decided_by_its_desk_alone(waiting):
    ws, _ = waiting
    ((task),) = await rows(ws, TASKS)
    owned = await assign_coverage_task(ws, lead(), task["id"], expected_version=1, owner_id="w7")
    assert owned.value.owner_id == "w7"
    args = {"expected_version": 2, "outcome": TaskOutcome.MOVED, "note": "said so"}
    with pytest.raises(NotPermittedError):
        await decide_coverage_task(ws, volunteer("v"), task["id"], **args)
    with pytest.raises(NotFoundError):
        await decide_coverage_task(ws, worker(path=OTHER_CITY), task["id"], **args)
    with pytest.raises(StaleVersionError):
        await decide_coverage_task(ws, worker(), task["id"], **{**args, "expected_version": 1})
    with pytest.raises(InvalidInputError):
        await decide_coverage_task(ws, worker(), task["id"], **{**args, "outcome": TaskOutcome.FOUND_COVERED})
    with pytest.raises(InvalidInputError):
        await decide_coverage_task(ws, worker(), task["id"], **{**args, "note": " "})


@pytest.fixture
async def left(store, tmp_path):
    """A list of relief that one of two people has left, whose household has needs in every state."""
    world = city("甲", "乙")
    world.volunteer("v1")
    states = ("POSTED", "VERIFIED", "MATCHING", "MATCHED", "PARTIAL", "ACCEPTED", "IN_PROGRESS", "CLOSED")
    for state in states:
        slots = 1 if state in ("ACCEPTED", "IN_PROGRESS") else 2 if state == "PARTIAL" else 0
        world.need(f"n-{state}", subject_id="h-甲", state=state, slots=slots, round_id=None)
    world.need("n-child", subject_id="h-甲", category="CHILD_PROTECT")
    for state in ("ACCEPTED", "PARTIAL"):
        slot = f"n-{state}:slot:0"
        world.add(
            "Claim", id=f"c-{state}", need_id=f"n-{state}", slot_id=slot, volunteer_id="v1", state="ACTIVE",
            claimed_at=NOW, claimed_by="v1", region_path=world.rows["Need"][0]["region_path"], version=1,
        )  # fmt: skip
        world.add("SlotHold", id=slot, claim_id=f"c-{state}", volunteer_id="v1", kind="CLAIM")
    await world.write(store)
    ws = workspace(store)
    before = write_list(tmp_path / "1", {"P1": ("甲", 900), "P2": ("乙", 800)}, kind=PAID)
    after = write_list(tmp_path / "2", {"P2": ("乙", 800)}, kind=PAID)
    await load(ws, before)
    await load(ws, after)
    report = await compare(ws, after, before)
    return ws, report


async def test_needs_of_who_lost_a_status_are_looked_at_again_and_never_closed(left):
    ws, report = left
    assert (report.counts["statuses_ended"], report.counts["needs_to_review"]) == (1, 5)
    assert {row["id"]: row["state"] for row in await rows(ws, NEEDS)} == {
        "n-POSTED": "POSTED", "n-VERIFIED": "ESCALATED", "n-MATCHING": "ESCALATED", "n-MATCHED": "ESCALATED",
        "n-PARTIAL": "ESCALATED", "n-ACCEPTED": "ESCALATED", "n-IN_PROGRESS": "IN_PROGRESS", "n-CLOSED": "CLOSED",
        "n-child": "VERIFIED",
    }  # fmt: skip
    told = [
        (row["who"], row["subject"]) for row in await rows(ws, NOTICES) if row["code"] == "NEED_UNDER_REVIEW"
    ]
    assert ("v1", "n-ACCEPTED") in told, "who claimed it is told"
    assert ("v1", "n-PARTIAL") in told
    page = await ws.store.read(lambda tx: page_of_status_ends(tx, worker(), first=10, with_total=True))
    (end,) = page.rows
    assert (end.ground, end.event, len(end.need_ids)) == (EndGround.NO_LONGER_QUALIFIES, "低保特困金", 7)
    assert "n-child" not in end.need_ids, "child protection is left to its own desk"


async def test_the_end_of_a_status_is_taken_back_and_needs_stand_where_they_stood(left):
    ws, _ = left
    (end,) = await rows(ws, ENDS)
    with pytest.raises(NotPermittedError):
        await undo_status_end(ws, volunteer("v1"), end["id"], expected_version=1, note="wrong")
    with pytest.raises(NotFoundError):
        await undo_status_end(ws, worker(path=OTHER_CITY), end["id"], expected_version=1, note="wrong")
    done = await undo_status_end(ws, worker(), end["id"], expected_version=1, note="the list was cut off")
    assert done.value.state.value == "UNDONE"
    found = {row["id"]: row["state"] for row in await rows(ws, NEEDS)}
    assert found["n-VERIFIED"] == "VERIFIED"
    assert found["n-MATCHING"] == "MATCHING"
    assert found["n-PARTIAL"] == "PARTIAL"
    assert found["n-ACCEPTED"] == "ACCEPTED"
    with pytest.raises(ConflictError):
        await undo_status_end(ws, worker(), end["id"], expected_version=2, note="again")
