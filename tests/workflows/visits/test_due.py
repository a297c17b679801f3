"""Who is due, counted anew by hand; coverage; and lists as files."""

import asyncio
import csv
import zipfile
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError, NotPermittedError, PolicyError
from domain.people import ElderGroup
from domain.visits import NATIONAL_GROUPS, due_elder
from graph.engines.ladybug import open_ladybug
from locales import Locale
from tests.builders import CITY, NOW, OTHER_CITY, TOWN, TOWN_ID, World, volunteer, worker, workspace
from tests.workflows.visits.towns import MONDAY, add_visit, town, written
from workflows.people import administrator
from workflows.visits.due import coverage, due_list, overdue_list, percent
from workflows.visits.export import as_csv, as_xlsx, coverage_table, due_table, inert
from workflows.visits.rules import rules_on

DEFAULT = """
region_path = "/"
[[versions]]
id = "base"
from = 2020-01-01
[versions.intervals]
"""
NEAR = """
region_path = "{path}"
[[versions]]
id = "near"
from = {day}
[versions.intervals]
ADVANCED_AGE = {{ value = 7, unit = "d", source = "a station's own rule" }}
"""


def ago(days: int) -> date:
    return MONDAY - timedelta(days=days)


@pytest.fixture
async def ws(store):
    """r0 overdue by five days, r1 due today, r2 covered, r3 seen by a department, the rest never visited."""
    world = town(elders=6)
    add_visit(world, "a", "r0", ago(35))
    add_visit(world, "b", "r1", ago(30))
    add_visit(world, "c", "r2", ago(3))
    add_visit(world, "c-old", "r2", ago(50))
    add_visit(world, "missed", "r4", ago(1), "MISSED")
    world.add(
        "DepartmentRecord",
        id="d",
        event="探访关爱",
        resident_id="r3",
        occurred_on=ago(29),
        region_id=TOWN_ID,
        region_path=TOWN,
        source_id="manual",
        source_row=1,
        recorded_at=NOW,
    )
    return await written(store, world)


async def test_due_and_overdue_lists_name_who_is_owed_a_visit(ws):
    due = await due_list(ws, worker(), CITY)
    assert [row.elder.id for row in due] == ["r0", "r1", "r4", "r5"]
    assert [(row.elder.id, row.overdue_days) for row in await overdue_list(ws, worker(), CITY)] == [("r0", 5)]
    tomorrow = await due_list(ws, worker(), CITY, within_days=1)
    assert [row.elder.id for row in tomorrow] == ["r0", "r1", "r4", "r5", "r3"]
    assert due[0].elder.name == "王小0"


async def test_lists_can_be_narrowed_to_the_six_national_groups(ws):
    assert len(NATIONAL_GROUPS) == 6
    national = await due_list(ws, worker(), CITY, national=True)
    assert [row.elder.id for row in national] == ["r0", "r1", "r4"]  # r5 is of advanced age alone


async def test_others_see_masked_names_and_no_more_than_their_scope(ws):
    rows = await due_list(ws, administrator(), "/")
    assert {row.elder.name for row in rows if row.elder.id.startswith("r0")} == {"王*0"}
    assert "r-abroad" in {row.elder.id for row in rows}
    assert {row.elder.id for row in await due_list(ws, worker(path=OTHER_CITY), "/")} == {"r-abroad"}
    with pytest.raises(NotPermittedError):
        await due_list(ws, volunteer("v0"), CITY)
    with pytest.raises(InvalidInputError):
        await due_list(ws, worker(), CITY, within_days=400)


async def test_coverage_by_town_and_station_ends_with_all(ws):
    by_town = await coverage(ws, worker(), CITY)
    assert [(row.name, row.listed, row.covered, row.overdue) for row in by_town] == [
        ("杨舍镇", 6, 3, 1),
        ("", 6, 3, 1),
    ]
    assert by_town[0].covered_percent == 50.0
    assert by_town[0].target_percent == 100
    assert by_town[0].visited_in_month == 0  # the second day of the month
    later = await coverage(ws, worker(), CITY, day=ago(2), by_station=True)
    assert [(row.name, row.visited_in_month) for row in later] == [("杨舍站", 2), ("", 2)]
    national = await coverage(ws, worker(), CITY, national=True)
    assert national[-1].listed == 4


def test_a_share_is_cut_and_says_hundred_of_all_alone():
    assert percent(2_999, 3_000) == 99.9
    assert percent(3_000, 3_000) == 100.0
    assert percent(0, 0) == 100.0


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(list(ElderGroup)), min_size=1),
    st.dictionaries(st.sampled_from(list(ElderGroup)), st.integers(1, 400), min_size=8),
    st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1))),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_who_is_in_several_groups_takes_the_shortest_interval(groups, intervals, last, listed):
    due = due_elder("r", frozenset(groups), intervals=intervals, last_visited_on=last, listed_on=listed)
    assert all(due.interval_days <= intervals[group] for group in groups)
    assert due.interval_days in {intervals[group] for group in groups}
    assert due.due_on == (listed if last is None else last + timedelta(days=due.interval_days))
    assert due.overdue_days(due.due_on) == 0
    assert due.overdue_days(due.due_on + timedelta(days=3)) == 3


visits = st.lists(
    st.tuples(
        st.integers(0, 7), st.integers(0, 70), st.sampled_from(["DONE", "DONE", "MISSED", "PUBLISHED"])
    ),
    max_size=20,
)
groups = st.lists(st.sets(st.sampled_from([*ElderGroup, "DIBAO"])), min_size=1, max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(groups, visits)
def test_the_due_list_equals_a_naive_recount_and_coverage_never_exceeds_a_hundred(groups, visits):
    async def check():
        world = World()
        world.region()
        for i, held in enumerate(groups):
            world.resident(
                f"r{i}", f"h{i}", situations=sorted(str(group) for group in held), region_id=TOWN_ID
            )
        for k, (i, days, state) in enumerate(visits):
            add_visit(world, f"visit-{k}", f"r{i}", ago(days), state)
        async with open_ladybug() as store:
            await store.define()
            await world.write(store)
            ws = workspace(store)
            found = {row.elder.id: row for row in await due_list(ws, worker(), CITY, within_days=10)}
            shares = await coverage(ws, worker(), CITY)
        owed, covered, elders = set(), 0, 0
        for i, held in enumerate(groups):
            if not held - {"DIBAO"}:
                continue
            elders += 1
            done = [days for who, days, state in visits if who == i and state == "DONE"]
            if not done or min(done) >= 20:
                owed.add(f"r{i}")
            covered += bool(done) and min(done) <= 30
        assert set(found) == owed
        assert (shares[-1].listed, shares[-1].covered) == (elders, covered)
        for share in shares:
            assert 0 <= share.covered_percent <= 100
            assert 0 <= share.month_percent <= 100
            assert share.covered + share.overdue <= share.listed or share.listed == 0

    asyncio.run(check())


async def test_lists_are_files_with_nothing_that_a_spreadsheet_carries_out(memory_store):
    world = town(elders=3)
    world.household("h-x")
    for i, name in enumerate(("=1+1", "+86", "-2", "@cmd")):
        world.resident(f"x{i}", "h-x", situations=["EMPTY_NEST"], name=name, region_id=TOWN_ID)
    ws = await written(memory_store, world)
    table = due_table(await due_list(ws, worker(), CITY), Locale.EN)
    written_rows = list(csv.reader(StringIO(as_csv(table).decode("utf-8-sig"))))
    assert {row[1] for row in written_rows if row[0].startswith("x")} == {"'=1+1", "'+86", "'-2", "'@cmd"}
    assert len(written_rows) == 8
    book = zipfile.ZipFile(BytesIO(as_xlsx(table, "Due")))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert b"=1+1" in book.read("xl/sharedStrings.xml")
    shares = coverage_table(await coverage(ws, worker(), CITY), Locale.ZH_CN)
    assert shares[-1][0] == "合计"
    assert inert("plain") == "plain"


def test_a_region_overrides_intervals_group_by_group_from_its_day_on():
    shipped = rules_on(MONDAY, TOWN)
    assert set(shipped.interval_days().values()) == {30}
    assert shipped.target.coverage_percent.value == 100
    texts = {"default.toml": _default(), "near.toml": NEAR.format(path=CITY, day="2026-01-01")}
    near = rules_on(MONDAY, TOWN, texts=texts).interval_days()
    assert (near[ElderGroup.ADVANCED_AGE], near[ElderGroup.EMPTY_NEST]) == (7, 30)
    far = rules_on(MONDAY, OTHER_CITY, texts=texts).interval_days()
    before = rules_on(date(2025, 12, 31), TOWN, texts=texts).interval_days()
    assert far[ElderGroup.ADVANCED_AGE] == before[ElderGroup.ADVANCED_AGE] == 30


@pytest.mark.parametrize("text", ["region_path = '/'", DEFAULT, "not = [toml"])
def test_rules_that_lack_a_part_are_refused(text):
    with pytest.raises(PolicyError):
        rules_on(MONDAY, TOWN, texts={"default.toml": text})


def _default() -> str:
    from importlib.resources import files

    return files("workflows").joinpath("visits/rules/default.toml").read_text("utf-8")
