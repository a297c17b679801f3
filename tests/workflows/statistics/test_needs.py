"""Statistics of needs equal a count by hand, and hide what is too small."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from domain.actors import Role
from domain.errors import InvalidInputError, NotPermittedError
from domain.needs import NeedState, Urgency
from locales import Locale
from tests.builders import NOW, TOWN, World, officer, volunteer, worker, workspace
from workflows.statistics.needs import Axis, StatisticsRequest, count_needs, need_statistics
from workflows.statistics.workbook import write_workbook

SPAN = {"since": date(2020, 1, 1), "until": date(2021, 1, 1)}
OUTCOMES = pl.DataFrame(
    schema={
        "need_id": pl.String,
        "fulfilled": pl.Boolean,
        "reason_code": pl.String,
        "at": pl.Datetime("us", "UTC"),
    }
)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
NEEDS = st.lists(
    st.fixed_dictionaries(
        {
            "category": st.sampled_from(["CARE", "ESCORT"]),
            "region_path": st.sampled_from([TOWN, TOWN + "320582100001/", "/NBS/31/3101/310109/310109009/"]),
            "state": st.sampled_from([state.value for state in NeedState]),
            "urgency": st.sampled_from([urgency.value for urgency in Urgency]),
            "situations": st.lists(st.sampled_from(["DIBAO", "TEKUN"]), unique=True, max_size=2),
            "verified_by": st.sampled_from([None, "somebody"]),
            "posted_at": st.integers(0, 364 * 24 * 60).map(lambda m: JANUARY + timedelta(minutes=m)),
        }
    ),
    min_size=1,
    max_size=20,
)


@given(needs=NEEDS)
def test_figures_equal_a_count_by_hand(needs):
    frame = pl.DataFrame(
        [{"need_id": str(i), **need} for i, need in enumerate(needs)],
        schema_overrides={"situations": pl.List(pl.String), "verified_by": pl.String},
    )
    counted = count_needs(frame, OUTCOMES, (Axis.TOWN, Axis.MONTH, Axis.SITUATION))
    by_hand: dict[tuple[str, str, str], list[int]] = {}
    for need in needs:
        town = "/".join(need["region_path"].split("/")[:6]) + "/"
        month = (need["posted_at"] + timedelta(hours=8)).strftime("%Y-%m")
        fulfilled = need["state"] in {"CONFIRMED", "CLOSED"}
        verified = need["verified_by"] is not None or fulfilled
        unmet = verified and not fulfilled and need["state"] not in {"DRAFT", "REJECTED", "CANCELLED"}
        points = Urgency(need["urgency"]).points if unmet else 0
        for situation in need["situations"] or ["NONE"]:
            cell = by_hand.setdefault((town, month, situation), [0, 0, 0, 0, 0])
            for place, value in enumerate((1, verified, fulfilled, unmet, points)):
                cell[place] += int(value)
    assert {row[:3]: list(row[3:]) for row in counted.iter_rows()} == by_hand


@pytest.fixture
async def ws(memory_store):
    world = World()
    world.region()
    for number in range(6):
        world.need(f"n{number}", items=(("QUILT", 1),), category="CARE", situations=["DIBAO"])
    world.need("done", items=(("QUILT", 1),), category="ESCORT", state="CLOSED")
    world.need("hidden", items=(("QUILT", 1),), category="CHILD_PROTECT")
    await world.write(memory_store)
    return workspace(memory_store)


def _span(*by: Axis) -> StatisticsRequest:
    day = NOW.date()
    return StatisticsRequest(since=day - timedelta(days=400), until=day + timedelta(days=1), by=by)


async def test_the_desk_sees_every_cell_and_why_needs_are_unmet(ws):
    rows = (await need_statistics(ws, worker(), _span(Axis.CATEGORY, Axis.REASON))).rows
    assert [(r.category, r.reason, r.posted, r.fulfilled, r.unmet) for r in rows] == [
        ("CARE", "NO_ROUND", 6, 0, 6),
        ("ESCORT", None, 1, 1, 0),
    ]


@pytest.mark.parametrize("role", [Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER])
async def test_child_protection_is_counted_for_its_own_roles_alone(ws, role):
    supervisor = replace(worker(), roles=frozenset({role}))
    rows = (await need_statistics(ws, supervisor, _span(Axis.CATEGORY))).rows
    assert [(row.category, row.posted) for row in rows] == [("CHILD_PROTECT", 1)]


async def test_others_see_no_child_protection_and_no_small_cells(ws):
    rows = (await need_statistics(ws, officer("charity"), _span(Axis.CATEGORY))).rows
    assert [(row.category, row.posted, row.hidden) for row in rows] == [
        ("CARE", 6, False),
        ("ESCORT", None, True),
    ]


async def test_volunteers_ask_for_no_statistics(ws):
    with pytest.raises(NotPermittedError) as refused:
        await need_statistics(ws, volunteer("v"), _span())
    assert Role.STATION_WORKER.value in str(refused.value.context["needed"])


@pytest.mark.parametrize(
    "change", [{"until": date(2020, 1, 1)}, {"until": date(2030, 1, 1)}, {"by": (Axis.TOWN,) * 2}]
)
def test_a_request_has_a_span_and_different_axes(change):
    with pytest.raises(InvalidInputError):
        StatisticsRequest(**{**SPAN, **change})


@pytest.mark.parametrize("locale", Locale)
async def test_the_workbook_holds_the_rows(ws, locale, tmp_path):
    counted = await need_statistics(ws, officer("charity"), _span(Axis.TOWN, Axis.CATEGORY))
    path = tmp_path / "statistics.xlsx"
    write_workbook(counted, path, locale=locale, towns={TOWN: "=杨舍镇"})
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[5:]] == ["=杨舍镇", "=杨舍镇"]
    assert [row[2] for row in sheet[5:]] == [6.0, "少于 5" if locale is Locale.ZH_CN else "under 5"]
