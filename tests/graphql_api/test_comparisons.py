"""The room of comparisons: a town sees its own, masked, says what became of households, and takes ends back."""

import pytest

from tests.workflows.comparing.lists import PAID, city, compare, load, write_list

COMPARISONS = """{ comparisons(first: 5) { totalCount nodes {
    id title afterFile found { kind rows } counts { name } } } }"""
LINES = """query L($id: ID!) { comparisonLines(comparisonId: $id, first: 5) { totalCount nodes {
    kind number personName changes { field before after } } } }"""
TASKS = """{ coverageTasks(first: 5) { totalCount nodes {
    id version state lacking lists personName station { name } region { name } comparison { title } } } }"""
ENDS = """{ statusEnds(first: 5) { totalCount nodes {
    id version ground state personName needs { state } } } }"""


@pytest.fixture
async def compared(ws, tmp_path):
    """A list in difficulty of two months, and a list of relief that one person has left."""
    world = city("张三丰", "李四光")
    del world.rows["Region"]
    world.need("paid-for", subject_id="h-李四光", state="MATCHING")
    await world.write(ws.store)
    first = write_list(tmp_path / "1", {"A1": ("张三丰", 100)})
    second = write_list(tmp_path / "2", {"A1": ("张三丰", 150)})
    paid = write_list(
        tmp_path / "1", {"P1": ("李四光", 900), "P2": ("张三丰", 1)}, kind=PAID, day="2019-01-05"
    )
    left = write_list(tmp_path / "2", {"P2": ("张三丰", 1)}, kind=PAID, day="2019-01-05")
    for path in (first, second, paid, left):
        await load(ws, path)
    await compare(ws, second, first)
    await compare(ws, left, paid)


async def test_a_town_sees_what_a_comparison_found_of_its_own_and_a_stranger_nothing_of_it(
    compared, desk, ask_as
):
    found = (await desk.ask(COMPARISONS))["comparisons"]
    assert found["totalCount"] == 2
    run = next(node for node in found["nodes"] if node["afterFile"].startswith("30"))
    assert run["found"] == [{"kind": "CHANGED", "rows": 1}]
    assert run["counts"] == [], "figures of the whole run are for who sees every division"
    lines = (await desk.ask(LINES, id=run["id"]))["comparisonLines"]
    assert lines["nodes"] == [
        {
            "kind": "CHANGED",
            "number": "A1",
            "personName": "张*丰",
            "changes": [{"field": "amount_fen", "before": "10000", "after": "15000"}],
        }
    ]
    stranger = ask_as("stranger")
    assert (await stranger.ask(LINES, id=run["id"]))["comparisonLines"]["totalCount"] == 0
    assert (await stranger.ask(TASKS))["coverageTasks"]["totalCount"] == 0
    assert (await stranger.ask(ENDS))["statusEnds"]["totalCount"] == 0
    assert (await ask_as("volunteer").ask(COMPARISONS))["comparisons"]["totalCount"] == 0


async def test_a_station_says_what_became_of_a_household(compared, desk, ask_as):
    (task,) = (await desk.ask(TASKS))["coverageTasks"]["nodes"]
    assert (task["personName"], task["station"]["name"]) == ("张*丰", "杨舍镇站")
    assert task["lacking"] == ["RELIEF", "NEED", "PLAN"]
    assert task["region"]["name"] == "杨舍镇"
    taken = await desk.do(
        "assignCoverageTask", "owner version", taskId=task["id"], expectedVersion=1, owner="worker",
        idempotencyKey="a",
    )  # fmt: skip
    assert taken["object"] == {"owner": "worker", "version": 2}
    given = {
        "taskId": task["id"], "expectedVersion": 2, "outcome": "VISITED_AND_COVERED", "note": "seen",
        "idempotencyKey": "d",
    }  # fmt: skip
    refused = await ask_as("stranger").do("decideCoverageTask", "state", **given)
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    done = await desk.do("decideCoverageTask", "state outcome decidedBy", **given)
    assert done["object"] == {"state": "DONE", "outcome": "VISITED_AND_COVERED", "decidedBy": "worker"}
    assert (await desk.do("decideCoverageTask", "state", **given))["replayed"]
    assert (await desk.ask(TASKS))["coverageTasks"]["totalCount"] == 0


async def test_an_ended_status_shows_its_needs_and_is_taken_back(compared, desk):
    (end,) = (await desk.ask(ENDS))["statusEnds"]["nodes"]
    assert (end["ground"], end["personName"], end["needs"]) == (
        "NO_LONGER_QUALIFIES", "李*光", [{"state": "ESCALATED"}],
    )  # fmt: skip
    done = await desk.do(
        "undoStatusEnd", "state undoneNote needs { state }", statusEndId=end["id"], expectedVersion=1,
        note="cut off by mistake", idempotencyKey="u",
    )  # fmt: skip
    assert done["object"] == {
        "state": "UNDONE", "undoneNote": "cut off by mistake", "needs": [{"state": "MATCHING"}],
    }  # fmt: skip
    assert (await desk.ask(ENDS))["statusEnds"]["totalCount"] == 0
