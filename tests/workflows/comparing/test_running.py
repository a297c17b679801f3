"""What a run finds between two lists, and what follows from it."""

from domain.comparing import Difference
from graph.ports import Access, Statement
from tests.builders import workspace
from tests.workflows.comparing.lists import NOTICES, STATION, TASKS, city, compare, load, rows, write_list

LINES = Statement(
    "MATCH (n:CompareLine) RETURN n.kind AS kind, n.number AS number, n.number_before AS before,"
    " n.person_id AS person, n.household_id AS home, n.changes AS changes ORDER BY kind, number, before",
    Access.READ,
)
FIRST = {"A1": ("甲", 100), "A2": ("乙", 200), "A3": ("丙", 300), "A4": ("丁", 400)}
SECOND = {"A1": ("甲", 100), "A2": ("乙", 250), "A9": ("丙", 300), "A5": ("戊", 500)}


async def test_rows_come_go_change_and_take_another_number(store, tmp_path):
    await city("甲", "乙", "丙", "丁", "戊").write(store)
    ws = workspace(store)
    before, after = write_list(tmp_path / "1", FIRST), write_list(tmp_path / "2", SECOND)
    await load(ws, before)
    await load(ws, after)
    report = await compare(ws, after, before)
    found = {(row["kind"], row["number"], row["before"]): row for row in await rows(ws, LINES)}
    assert set(found) == {
        ("ADDED", "A5", None), ("REMOVED", None, "A4"), ("CHANGED", "A2", "A2"), ("RENUMBERED", "A9", "A3"),
    }  # fmt: skip
    assert found["RENUMBERED", "A9", "A3"]["person"] == "r-丙"
    assert found["REMOVED", None, "A4"]["home"] == "h-丁"
    assert '"before": "20000", "after": "25000"' in found["CHANGED", "A2", "A2"]["changes"]
    counts = report.counts
    assert (counts["persons_added"], counts["persons_removed"], counts["persons_changed"]) == (1, 1, 2)
    assert {kind.value.lower(): counts[kind.value.lower()] for kind in Difference} == {
        "added": 1, "removed": 1, "changed": 1, "renumbered": 1, "unreadable": 0,
    }  # fmt: skip


async def test_the_same_two_lists_give_the_same_run_and_nothing_follows_twice(store, tmp_path):
    await city("甲", "乙", "丙", "丁", "戊").write(store)
    ws = workspace(store)
    before, after = write_list(tmp_path / "1", FIRST), write_list(tmp_path / "2", SECOND)
    await load(ws, before)
    await load(ws, after)
    first = await compare(ws, after, before)
    tasks, notices, lines = await rows(ws, TASKS), await rows(ws, NOTICES), await rows(ws, LINES)
    again = await compare(ws, after, before)
    assert (again.run_id, again.counts, again.replayed) == (first.run_id, first.counts, True)
    assert (tasks, notices, lines) == (await rows(ws, TASKS), await rows(ws, NOTICES), await rows(ws, LINES))


async def test_whom_nothing_covers_is_the_task_of_the_towns_station_once(store, tmp_path):
    world = city("甲", "乙", "丙")
    world.household("h-丁", situations=["DIBAO"])
    world.resident("r-丁", "h-丁", name="丁", situations=["DIBAO"])
    world.need("need", subject_id="h-乙")
    await world.write(store)
    ws = workspace(store)
    first = write_list(tmp_path / "1", {key: FIRST[key] for key in ("A1", "A2", "A4")})
    await load(ws, first)
    report = await compare(ws, first)
    assert report.counts["tasks_opened"] == 1, "one has a need, one has relief"
    (task,) = await rows(ws, TASKS)
    assert (task["subject"], task["state"], task["station"]) == ("h-甲", "OPEN", STATION)
    assert task["lacking"] == ["RELIEF", "NEED", "PLAN"]
    assert [(row["who"], row["code"]) for row in await rows(ws, NOTICES)] == [(STATION, "COVERAGE_TASKS")]
    second = write_list(tmp_path / "2", {"A1": ("甲", 120), "A3": ("丙", 300)})
    await load(ws, second)
    report = await compare(ws, second, first)
    assert report.counts["tasks_opened"] == 1
    assert [row["subject"] for row in await rows(ws, TASKS)] == ["h-丙", "h-甲"]


async def test_a_task_closes_when_the_household_is_covered_or_off_the_list_and_opens_again(store, tmp_path):
    await city("甲", "乙").write(store)
    ws = workspace(store)
    lists = [
        write_list(tmp_path / "1", {"A1": ("甲", 100), "A2": ("乙", 200)}),
        write_list(tmp_path / "2", {"A1": ("甲", 110)}),
        write_list(tmp_path / "3", {"A1": ("甲", 120), "A2": ("乙", 200)}),
    ]
    for path in lists:
        await load(ws, path)
    await compare(ws, lists[0])
    world = city()
    world.rows.clear()
    world.need("need", subject_id="h-甲")
    await world.write(store)
    await compare(ws, lists[1], lists[0])
    found = {row["subject"]: (row["state"], row["outcome"]) for row in await rows(ws, TASKS)}
    assert found == {"h-甲": ("DONE", "FOUND_COVERED"), "h-乙": ("DONE", "OFF_THE_LIST")}
    report = await compare(ws, lists[2], lists[1])
    found = {row["subject"]: (row["state"], row["outcome"]) for row in await rows(ws, TASKS)}
    assert found == {"h-甲": ("DONE", "FOUND_COVERED"), "h-乙": ("OPEN", None)}
    assert (report.counts["tasks_opened"], report.counts["tasks_reopened"]) == (0, 1)
