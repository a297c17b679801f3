"""Who hears of overdue visits, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ConflictError, NotPermittedError
from graph import lease
from graph.ports import Access, Statement
from tests.builders import NOW, worker
from tests.workflows.visits.towns import MONDAY, STATION, add_care, add_visit, town, written
from workflows.people import clock_actor
from workflows.visits.telling import tell_overdue

NOTICES = Statement(
    "MATCH (n:Notice) WHERE n.code = 'VISIT_OVERDUE' RETURN n.recipient_id AS who, n.subject_id AS about,"
    " n.parameters AS parameters ORDER BY n.created_at, who, about",
    Access.READ,
)


@pytest.fixture
async def ws(store):
    """Four elders: r0 and r1 overdue by 1 and 11 days, r2 due today, r3 visited yesterday."""
    world = town(elders=4)
    for i, days in enumerate((31, 41, 30, 1)):
        add_visit(world, f"last-{i}", f"r{i}", MONDAY - timedelta(days=days))
    add_care(world, "r0", usual_visitor_id="v0")
    add_care(world, "r2", usual_visitor_id="v1")
    return await written(store, world)


async def told(ws):
    return [
        (row["who"], row["about"], row["parameters"])
        for row in await ws.store.read(lambda tx: tx.run(NOTICES))
    ]


async def run(ws, **later):
    at = NOW + timedelta(**later)
    return (await tell_overdue(replace(ws, clock=lambda: at), clock_actor(), holder="here")).figures()


async def test_a_station_hears_a_sum_once_a_day_and_a_visitor_of_whom_they_know(ws):
    assert await run(ws) == {"stations": 1, "visitors": 1}
    assert await told(ws) == [
        (STATION, STATION, '{"days": 11, "elders": 2}'),
        ("v0", "r0", '{"days": 1, "elders": 1}'),
    ]
    assert await run(ws, hours=2) == {"stations": 0, "visitors": 0}
    assert await run(ws, days=1) == {"stations": 1, "visitors": 1}  # r2 is overdue since today
    assert (await told(ws))[-1] == ("v1", "r2", '{"days": 1, "elders": 1}')


async def test_who_was_told_hears_again_when_the_next_visit_is_overdue(ws):
    await run(ws)
    await ws.store.write(
        lambda tx: tx.run(
            Statement("MATCH (v:Visit {id: 'last-0'}) SET v.day = $day", Access.WRITE),
            day=MONDAY + timedelta(days=1),
        )
    )
    assert (await run(ws, days=20))["visitors"] == 1  # v1, of r2
    assert (await run(ws, days=32))["visitors"] == 1  # v0, of r0 again


async def test_one_process_tells_at_a_time_and_only_the_clock(ws):
    await lease.take(ws.store, "overdue visits", holder="there", now=NOW, duration=timedelta(minutes=5))
    with pytest.raises(ConflictError):
        await run(ws)
    with pytest.raises(NotPermittedError):
        await tell_overdue(ws, worker(), holder="here")
