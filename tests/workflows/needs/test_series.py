"""Needs that return: made once, in civil time, however the job is run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidInputError, SeparationOfDutiesError, TransitionError
from domain.needs import NeedCategory, NeedKind, NeedState, SubjectKind
from domain.series import SeriesState
from domain.time import CIVIL_ZONE
from graph.ports import Access, Statement
from tests.builders import NOW, TOWN_ID, World, volunteer, worker, workspace
from workflows.claims.taking import claim_slot
from workflows.needs.recurrence import civil_of, moment_of_civil, occurrence_key, occurrences, read_rule
from workflows.needs.requests import NewNeed, NewSlot
from workflows.needs.series import (
    NewSeries,
    make_occurrences,
    post_series,
    skip_occurrence,
    stop_series,
    verify_series,
)
from workflows.people import clock_actor

TEMPLATE = NewNeed(
    kind=NeedKind.SERVICE,
    category=NeedCategory.CARE,
    title="上门送餐",
    region_id=TOWN_ID,
    subject_kind=SubjectKind.HOUSEHOLD,
    subject_id="h1",
    duration_min=60,
    slots=(NewSlot(),),
    consent_recorded=True,
)
STARTS = datetime(2026, 3, 3, 11, 0, tzinfo=CIVIL_ZONE)
NEW = NewSeries(
    template=TEMPLATE, rule="FREQ=WEEKLY;BYDAY=TU,TH", starts_at=STARTS, length_min=90, horizon_days=14
)
MADE = Statement(
    "MATCH (n:Need) WHERE n.series_id = $id RETURN n.id AS id, n.state AS state, n.window_starts AS opens,"
    " n.posted_by AS posted_by, n.verified_by AS verified_by ORDER BY id",
    Access.READ,
)


@pytest.fixture
async def ws(store):
    world = World()
    world.region()
    world.household("h1", region_id=TOWN_ID)
    world.volunteer("v1")
    await world.write(store)
    return workspace(store)


async def made(ws, series):
    return await ws.store.read(lambda tx: tx.run(MADE, id=series.id))


async def active(ws, new=NEW):
    posted = (await post_series(ws, worker(), new)).value
    return await verify_series(ws, worker("second"), posted.id, expected_version=1, evidence="长期需要")


async def test_a_series_makes_its_needs_up_to_its_horizon_once(ws):
    series = await active(ws)
    assert series.state is SeriesState.ACTIVE
    assert await make_occurrences(ws, clock_actor()) == 4
    rows = await made(ws, series)
    assert [row["id"].rsplit(":", 1)[1] for row in rows] == [
        "20260303T1100", "20260305T1100", "20260310T1100", "20260312T1100",
    ]  # fmt: skip
    assert rows[0]["opens"] == ["2026-03-03T03:00:00+00:00"]
    assert {(row["state"], row["posted_by"], row["verified_by"]) for row in rows} == {
        ("VERIFIED", "worker", "second")
    }
    assert await make_occurrences(ws, clock_actor()) == 0
    later = replace(ws, clock=lambda: NOW + timedelta(days=7))
    assert await make_occurrences(later, clock_actor()) == 2


async def test_nothing_is_made_before_a_second_person_verified_it(ws):
    posted = (await post_series(ws, worker(), NEW)).value
    with pytest.raises(SeparationOfDutiesError):
        await verify_series(ws, worker(), posted.id, expected_version=1, evidence="长期需要")
    assert await make_occurrences(ws, clock_actor()) == 0


async def test_each_occurrence_is_a_need_of_its_own(ws):
    series = await active(ws)
    await make_occurrences(ws, clock_actor())
    first = (await made(ws, series))[0]["id"]
    claim = (await claim_slot(ws, volunteer("v1"), f"{first}:slot:0")).value
    assert claim.window_start == STARTS.astimezone(UTC)
    assert [row["state"] for row in await made(ws, series)] == [
        "ACCEPTED",
        "VERIFIED",
        "VERIFIED",
        "VERIFIED",
    ]


async def test_one_occurrence_is_left_out_before_and_after_it_was_made(ws):
    series = await active(ws)
    skipped = await skip_occurrence(
        ws, worker(), series.id, expected_version=2, occurs_at=STARTS + timedelta(days=2), reason="出院"
    )
    assert skipped.exceptions == ("20260305T1100",)
    await make_occurrences(ws, clock_actor())
    assert len(await made(ws, series)) == 3
    await skip_occurrence(ws, worker(), series.id, expected_version=3, occurs_at=STARTS, reason="住院")
    assert (await made(ws, series))[0]["state"] == NeedState.CANCELLED
    with pytest.raises(InvalidInputError):
        await skip_occurrence(
            ws, worker(), series.id, expected_version=4, occurs_at=STARTS + timedelta(hours=1), reason="x"
        )


async def test_a_promised_occurrence_is_not_left_out(ws):
    series = await active(ws)
    await make_occurrences(ws, clock_actor())
    await claim_slot(ws, volunteer("v1"), f"{(await made(ws, series))[0]['id']}:slot:0")
    with pytest.raises(ConflictError):
        await skip_occurrence(ws, worker(), series.id, expected_version=2, occurs_at=STARTS, reason="x")


async def test_a_stopped_series_cancels_what_is_to_come_and_not_promised(ws):
    series = await active(ws)
    await make_occurrences(ws, clock_actor())
    await claim_slot(ws, volunteer("v1"), f"{(await made(ws, series))[0]['id']}:slot:0")
    stopped = await stop_series(ws, worker(), series.id, expected_version=2, reason="搬走")
    assert stopped.state is SeriesState.STOPPED
    assert [row["state"] for row in await made(ws, series)] == ["ACCEPTED", *["CANCELLED"] * 3]
    later = replace(ws, clock=lambda: NOW + timedelta(days=7))
    assert await make_occurrences(later, clock_actor()) == 0
    with pytest.raises(TransitionError):
        await stop_series(ws, worker(), series.id, expected_version=3, reason="又停")


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "FREQ=HOURLY"},
        {"rule": "FREQ=WEEKLY;BYHOUR=3"},
        {"rule": "FREQ=DAILY;INTERVAL=0"},
        {"rule": "FREQ=DAILY;COUNT=x"},
        {"rule": "every day"},
        {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rule": "FREQ=DAILY;UNTIL=20200101T000000"},
        {"length_min": 30},
        {"horizon_days": 0},
        {"template": replace(TEMPLATE, amount_fen=600_000)},
        {"template": replace(TEMPLATE, consent_recorded=False)},
    ],
    ids=str,
)
async def test_what_is_no_series_is_refused(ws, change):
    with pytest.raises(InvalidInputError):
        await post_series(ws, worker(), replace(NEW, **change))


RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=40",
        "FREQ=WEEKLY;BYDAY=MO,SA",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=1MO,-1FR",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260901T000000",
    ]
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(RULES, st.lists(MOMENTS, min_size=2, max_size=6), st.sets(st.integers(0, 60), max_size=5))
def test_any_split_of_a_horizon_gives_the_same_occurrences(rule, cuts, left_out):
    read = read_rule(rule, datetime(2026, 1, 5, 9, 30))  # noqa: DTZ001
    cuts = sorted(cuts)
    whole = occurrences(read, (), start=cuts[0], end=cuts[-1])
    exceptions = {occurrence_key(each) for n, each in enumerate(whole) if n in left_out}
    parts = [
        each for start, end in pairwise(cuts) for each in occurrences(read, exceptions, start=start, end=end)
    ]
    assert parts == [each for n, each in enumerate(whole) if n not in left_out]
    assert all(civil_of(moment_of_civil(each)) == each for each in whole)
    assert all(cuts[0] <= moment_of_civil(each) < cuts[-1] for each in whole)
