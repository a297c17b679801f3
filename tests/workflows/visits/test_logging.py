"""What visits come to, and alarms: an urgent need in the same step, or nothing at all."""

from datetime import timedelta

import pytest

from domain.errors import (
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import NeedState, Urgency
from domain.visits import AlarmKind, VisitCare, VisitChannel, Visitor, VisitorKind, VisitOutcome, VisitState
from graph.ports import Access, Statement
from graph.reads.needs import need_by_id
from graph.reads.visits import visit_by_id
from tests.builders import CITY, OTHER_CITY, volunteer, worker
from tests.workflows.visits.towns import HOURS, MONDAY, STATION, add_care, add_visit, town, written
from workflows.visits.alarms import NewAlarm, raise_alarm
from workflows.visits.due import due_list
from workflows.visits.logging import VisitLog, log_visit
from workflows.visits.people import set_care, set_visitor

NEEDS = Statement("MATCH (n:Need) RETURN count(n) AS needs", Access.READ)
NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS who, n.code AS code ORDER BY who, code", Access.READ
)
DETAILS = Statement("MATCH (e:AuditEntry) RETURN e.detail AS detail", Access.READ)


@pytest.fixture
async def ws(store):
    world = town(elders=4)
    add_care(world, "r0", usual_visitor_id="v0", device_ids=["device-7"])
    for i, visitor in enumerate(("v0", "v0", "v1")):
        add_visit(world, f"visit-{i}", f"r{i}", MONDAY, "PUBLISHED", visitor_id=visitor, plan_id="p")
    add_visit(world, "tomorrow", "r3", MONDAY + timedelta(days=1), "PUBLISHED", visitor_id="v0", plan_id="p")
    return await written(store, world)


def entry(visit="visit-0", outcome=VisitOutcome.WELL, **values):
    return VisitLog(visit_id=visit, expected_version=1, outcome=outcome, **values)


async def needs_in(ws):
    return (await ws.store.read(lambda tx: tx.run(NEEDS)))[0]["needs"]


async def test_a_visit_that_was_made_sets_when_the_next_is_owed(ws):
    done = (await log_visit(ws, volunteer("v0"), entry(channel=VisitChannel.PHONE, note="ate well"))).value
    assert (done.state, done.channel, done.next_due) == (
        VisitState.DONE,
        VisitChannel.PHONE,
        MONDAY + timedelta(days=30),
    )
    assert "r0" not in {row.elder.id for row in await due_list(ws, worker(), CITY)}
    with pytest.raises(TransitionError):
        await log_visit(
            ws, worker(), VisitLog(visit_id="visit-0", expected_version=2, outcome=VisitOutcome.WELL)
        )


async def test_a_missed_visit_stays_owed(ws):
    missed = (await log_visit(ws, worker(), entry(outcome=VisitOutcome.NOT_AT_HOME))).value
    assert (missed.state, missed.next_due) == (VisitState.MISSED, MONDAY)
    assert "r0" in {row.elder.id for row in await due_list(ws, worker(), CITY)}


async def test_a_note_is_read_by_the_desk_and_its_writer_alone_and_never_enters_the_chain(ws):
    await log_visit(ws, worker("who-wrote"), entry(note="family quarrel"))

    async def seen_by(actor):
        return (await ws.store.read(lambda tx: visit_by_id(tx, actor, "visit-0"))).note

    assert await seen_by(worker()) == "family quarrel"
    assert await seen_by(volunteer("v0")) is None
    entries = await ws.store.read(lambda tx: tx.run(DETAILS))
    assert all("quarrel" not in str(row["detail"]) for row in entries)


async def test_visitors_log_their_own_visits_and_desks_their_regions(ws):
    with pytest.raises(NotFoundError):
        await log_visit(ws, volunteer("v1"), entry())
    with pytest.raises(NotFoundError):
        await log_visit(ws, worker(path=OTHER_CITY), entry())
    with pytest.raises(StaleVersionError):
        await log_visit(
            ws, worker(), VisitLog(visit_id="visit-0", expected_version=4, outcome=VisitOutcome.WELL)
        )
    with pytest.raises(InvalidInputError):
        await log_visit(ws, volunteer("v0"), entry("tomorrow"))
    with pytest.raises(NotPermittedError):
        await log_visit(ws, volunteer("v0"), VisitLog(resident_id="r3", outcome=VisitOutcome.WELL))


async def test_a_desk_logs_a_call_that_nobody_planned(ws):
    asked = VisitLog(resident_id="r3", outcome=VisitOutcome.WELL, channel=VisitChannel.VIDEO)
    first = await log_visit(ws, worker(), asked, idempotency_key="once")
    again = await log_visit(ws, worker(), asked, idempotency_key="once")
    assert (again.replayed, again.value) == (True, first.value)
    assert "r3" not in {row.elder.id for row in await due_list(ws, worker(), CITY)}


async def test_a_visit_that_finds_somebody_unwell_is_an_urgent_need_in_the_same_step(ws):
    found = entry(outcome=VisitOutcome.NEEDS_HELP, alarm=AlarmKind.UNWELL)
    visit = (await log_visit(ws, volunteer("v0"), found)).value
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), visit.need_id))
    assert (need.state, need.urgency, need.subject_id) == (NeedState.POSTED, Urgency.EMERGENCY, "h0")
    told = await ws.store.read(lambda tx: tx.run(NOTICES))
    assert [(row["who"], row["code"]) for row in told] == [(STATION, "VISIT_ALARM"), ("v0", "VISIT_ALARM")]


async def test_an_alarm_that_cannot_become_a_need_logs_no_visit(memory_store):
    world = town(elders=1)
    world.resident("homeless", "h0", situations=["EMPTY_NEST"])
    add_visit(world, "visit", "homeless", MONDAY, "PUBLISHED", visitor_id="v0", plan_id="p")
    ws = await written(memory_store, world)
    with pytest.raises(InvalidInputError):
        await log_visit(ws, worker(), entry("visit", outcome=VisitOutcome.NEEDS_HELP, alarm=AlarmKind.UNWELL))
    seen = await ws.store.read(lambda tx: visit_by_id(tx, worker(), "visit"))
    assert (seen.state, await needs_in(ws)) == (VisitState.PUBLISHED, 0)


async def test_a_devices_alarm_is_taken_in_once(ws):
    alarm = NewAlarm(kind=AlarmKind.FALL, device_id="device-7")
    first = await raise_alarm(ws, worker(), alarm, idempotency_key="event-1")
    again = await raise_alarm(ws, worker(), alarm, idempotency_key="event-1")
    assert first.value.resident_id == "r0"
    assert (again.replayed, again.value.need_id) == (True, first.value.need_id)
    assert await needs_in(ws) == 1
    with pytest.raises(IdempotencyKeyReusedError):
        await raise_alarm(
            ws, worker(), NewAlarm(kind=AlarmKind.FALL, resident_id="r1"), idempotency_key="event-1"
        )
    with pytest.raises(NotFoundError):
        await raise_alarm(ws, worker(), NewAlarm(kind=AlarmKind.FALL, device_id="nobody's"))
    with pytest.raises(NotFoundError):
        await raise_alarm(ws, worker(path=OTHER_CITY), alarm)


async def test_a_volunteer_reports_on_those_whom_they_visit(ws):
    assert (
        await raise_alarm(ws, volunteer("v1"), NewAlarm(kind=AlarmKind.NO_ANSWER, resident_id="r2"))
    ).value
    with pytest.raises(NotPermittedError):
        await raise_alarm(ws, volunteer("v1"), NewAlarm(kind=AlarmKind.NO_ANSWER, resident_id="r3"))
    assert await needs_in(ws) == 1


async def test_the_desk_enrols_visitors_and_says_how_elders_are_visited(memory_store):
    world = town(elders=1, visitors=0)
    world.volunteer("v9")
    ws = await written(memory_store, world)
    visitor = Visitor(
        id="v9", kind=VisitorKind.VOLUNTEER, station_id=STATION, hours=tuple(HOURS), most_visits=5
    )
    assert await set_visitor(ws, worker(), visitor, sex="FEMALE") == visitor
    assert await set_visitor(ws, worker(), visitor) == visitor  # again: changed, not a second one
    care = VisitCare(id="r0", usual_visitor_id="v9", hours=("MON 09:00-11:00",))
    assert await set_care(ws, worker(), care) == care
    with pytest.raises(NotFoundError):
        await set_visitor(
            ws,
            worker(),
            Visitor(
                id="x", kind=VisitorKind.SOCIAL_WORKER, station_id=STATION, hours=tuple(HOURS), most_visits=5
            ),
        )
    with pytest.raises(NotFoundError):
        await set_care(ws, worker(path=OTHER_CITY), care)
    with pytest.raises(InvalidInputError):
        await set_care(ws, worker(), VisitCare(id="r0", sex="ANY"))
    with pytest.raises(InvalidInputError):
        VisitCare(id="r0", service_min=1)
    twice = Visitor(
        id="v9",
        kind=VisitorKind.VOLUNTEER,
        station_id=STATION,
        hours=("MON 08:00-10:00", "MON 12:00-14:00"),
        most_visits=5,
    )
    with pytest.raises(InvalidInputError):
        await set_visitor(ws, worker(), twice)


@pytest.mark.parametrize("leave", ["2026-03-05/2026-03-05", "soon", "2026-03-05/2026-03-01"])
def test_days_off_that_are_none_are_refused(leave):
    with pytest.raises(InvalidInputError):
        Visitor(
            id="v",
            kind=VisitorKind.VOLUNTEER,
            station_id=STATION,
            hours=tuple(HOURS),
            most_visits=5,
            leave=(leave,),
        )
