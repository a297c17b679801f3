"""Deadlines are kept once, whatever the job goes through, and each open state has a clock."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.clocks import ClockAct
from domain.errors import ConflictError, NotPermittedError, PolicyError
from domain.needs import OVER, NeedState, Urgency
from domain.time import civil_date
from graph.lease import take
from graph.need_clocks import clocks_on
from graph.ports import Access, Statement
from graph.reads.needs import NeedFilter, need_by_id, page_of_needs
from tests.builders import CITY, NOW, TOWN, World, worker, workspace
from workflows.needs.clocks import tick
from workflows.people import clock_actor, matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round

NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS recipient, n.code AS code, n.subject_id AS need,"
    " n.parameters AS parameters ORDER BY recipient, need",
    Access.READ,
)
CHAIN = Statement("MATCH (e:AuditEntry) RETURN count(e) AS entries", Access.READ)


async def city(store, *needs):
    world = World()
    world.region()
    world.organisation("charity")
    world.fund("fund", "charity")
    for key, parent in (("city", None), ("town", "city")):
        world.add(
            "Station",
            id=key,
            name=key,
            networks=["CONSORTIUM"],
            parent_id=parent,
            tree_path=f"/{key}/" if parent is None else f"/{parent}/{key}/",
            territory=[CITY if parent is None else TOWN],
            region_path=CITY if parent is None else TOWN,
            source_id="manual",
            source_row=0,
            recorded_at=NOW,
        )
    for need_id, values in needs:
        world.need(need_id, **({"amount_fen": 10_000, "station_id": "town"} | values))
    await world.write(store)
    return workspace(store)


def at(ws, **span):
    return replace(ws, clock=lambda: NOW + timedelta(**span))


async def run(ws):
    return await tick(ws, clock_actor(), holder="test")


async def told(ws):
    return [
        (row["recipient"], row["code"], row["need"])
        for row in await ws.store.read(lambda tx: tx.run(NOTICES))
    ]


async def state(ws, need_id):
    return (await ws.store.read(lambda tx: need_by_id(tx, worker(), need_id))).state


def test_each_state_is_an_end_or_has_a_clock():
    clocks = clocks_on("/NBS/32/", civil_date(NOW))
    lasting = {found for found in NeedState if clocks.of(found, Urgency.ROUTINE) is None}
    assert lasting == OVER - {NeedState.CONFIRMED}


def test_an_urgent_need_waits_no_longer_than_a_routine_one():
    clocks = clocks_on("/NBS/32/", civil_date(NOW))
    for found in NeedState:
        hours = [
            clock.steps[0].after_hours
            for urgency in Urgency
            if (clock := clocks.of(found, urgency)) is not None
        ]
        assert hours == sorted(hours, reverse=True), found


def test_a_clock_may_only_lead_where_the_state_machine_goes():
    from domain.clocks import ClockStep, StateClock

    with pytest.raises(PolicyError):
        StateClock(state=NeedState.DONE, steps=(ClockStep(after_hours=1, act=ClockAct.EXPIRE),))
    with pytest.raises(PolicyError):
        StateClock(state=NeedState.DONE, steps=())


async def test_needs_from_files_get_their_clock_once(store):
    ws = await city(store, *[(f"n{i:03d}", {}) for i in range(450)])
    assert (await run(ws)).armed == 450
    assert (await run(ws)).to_json() == dict.fromkeys((await run(ws)).to_json(), 0)
    assert (await ws.store.read(lambda tx: need_by_id(tx, worker(), "n000"))).due_at == NOW + timedelta(
        days=30
    )


async def test_the_station_is_told_then_the_one_above_then_a_conference_is_called(store):
    ws = await city(store, ("slow", {"state": "VERIFIED", "urgency": "URGENT"}), ("new", {"state": "POSTED"}))
    await run(ws)
    assert (await run(at(ws, hours=71))).told == 1
    assert await told(ws) == [("city", "NEED_DUE", "slow"), ("town", "NEED_DUE", "slow")]
    report = await run(at(ws, days=7, hours=1))
    assert (report.told, report.escalated) == (
        1,
        1,
    )  # each step in its turn: the second of "new" is the next run's
    assert await state(ws, "slow") is NeedState.ESCALATED
    assert ("city", "NEED_ESCALATED", "slow") in await told(ws)
    assert (await run(at(ws, days=7, hours=1))).told == 1
    assert (await run(at(ws, days=7, hours=1))).to_json()["told"] == 0
    assert (await run(at(ws, days=31))).expired == 1
    assert await state(ws, "new") is NeedState.EXPIRED


async def test_telling_changes_no_version(store):
    ws = await city(store, ("new", {"state": "POSTED"}))
    await run(ws)
    await run(at(ws, days=4))
    assert (await ws.store.read(lambda tx: need_by_id(tx, worker(), "new"))).version == 1
    (row,) = await ws.store.read(lambda tx: tx.run(NOTICES))
    assert set(json.loads(row["parameters"])) == {"state", "due_at"}


async def test_overdue_needs_are_those_whose_time_in_their_state_is_over(store):
    ws = await city(store, ("late", {"state": "POSTED"}), ("early", {"state": "VERIFIED"}))
    await run(ws)
    narrowed = NeedFilter(overdue_at=NOW + timedelta(days=4))
    page = await ws.store.read(lambda tx: page_of_needs(tx, worker(), filter=narrowed, with_total=True))
    assert ([row.id for row in page.rows], page.total_count) == (["late"], 1)


async def test_an_offer_that_nobody_answers_goes_back_and_gives_its_money_free(store):
    ws = await city(store, ("wish", {}))
    await run(ws)
    outcome = await run_round(ws, matcher_actor(CITY), RoundRequest(region_path=CITY, time_limit_s=20.0))
    await publish_round(ws, worker(), outcome.round.id, expected_version=1)
    assert await state(ws, "wish") is NeedState.OFFERED
    assert (await run(at(ws, hours=23))).returned == 0
    assert (await run(at(ws, hours=25))).returned == 1
    assert await state(ws, "wish") is NeedState.MATCHING
    free = Statement("MATCH (f:Fund) RETURN f.reserved_fen AS reserved", Access.READ)
    assert await ws.store.read(lambda tx: tx.run(free)) == [{"reserved": 0}]


async def test_child_protection_is_told_to_who_posted_it_and_to_no_desk(store):
    ws = await city(
        store, ("child", {"state": "POSTED", "category": "CHILD_PROTECT", "posted_by": "officer"})
    )
    await run(ws)
    await run(at(ws, days=8))
    await run(at(ws, days=8))
    assert Counter(await told(ws)) == {("officer", "NEED_DUE", "child"): 2}


async def test_one_runs_it_at_a_time_and_only_the_clock(store):
    ws = await city(store)
    with pytest.raises(NotPermittedError):
        await tick(ws, worker(), holder="test")
    await take(ws.store, "needs-tick", holder="other", now=NOW, duration=timedelta(minutes=5))
    with pytest.raises(ConflictError):
        await run(ws)


async def test_a_run_that_is_killed_midway_leaves_nothing_done_twice(store):
    needs = [(f"n{i:02d}", {"state": "POSTED"}) for i in range(30)]
    ws = await city(store, *needs)
    await run(ws)
    late = at(ws, days=4)
    done = 0

    def breaking():
        nonlocal done
        done += 1
        if done > 20:
            raise KeyboardInterrupt
        return NOW + timedelta(days=4)

    with pytest.raises(KeyboardInterrupt):
        await tick(replace(late, clock=breaking), clock_actor(), holder="test")
    first = len(await told(ws))
    assert 0 < first < 30
    await run(late)
    await run(late)
    assert Counter(await told(ws)) == Counter(("town", "NEED_DUE", need_id) for need_id, _ in needs)
