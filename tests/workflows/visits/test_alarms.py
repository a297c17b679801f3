"""Alarms: merged while they are one matter, each written down, and on which ground they are acted on."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import NotFoundError
from domain.needs import ConsentGiver
from domain.visits import AlarmGround, AlarmKind, VisitCare
from graph.ports import Access, Statement
from graph.reads.needs import need_by_id
from tests.builders import NOW, volunteer, worker
from tests.workflows.visits.towns import add_care, town, written
from workflows.visits.alarms import NewAlarm, raise_alarm
from workflows.visits.people import set_care

NEEDS = Statement("MATCH (n:Need) RETURN count(n) AS needs", Access.READ)
NOTICES = Statement(
    "MATCH (n:Notice) RETURN n.recipient_id AS who, n.code AS code ORDER BY who, code", Access.READ
)
GROUNDS = Statement(
    "MATCH (a:Alarm) RETURN a.kind AS kind, a.ground AS ground, a.need_id AS need ORDER BY a.received_at, a.id",
    Access.READ,
)


@pytest.fixture
async def ws(store):
    world = town(elders=2)
    add_care(world, "r0", usual_visitor_id="v0", device_ids=["device-7"])
    return await written(store, world)


async def needs_in(ws):
    return (await ws.store.read(lambda tx: tx.run(NEEDS)))[0]["needs"]


def alarm(kind: AlarmKind = AlarmKind.FALL) -> NewAlarm:
    return NewAlarm(kind=kind, device_id="device-7")


async def alarms_in(ws) -> list[tuple[object, object, object]]:
    rows = await ws.store.read(lambda tx: tx.run(GROUNDS))
    return [(row["kind"], row["ground"], row["need"]) for row in rows]


async def test_alarms_of_one_elder_shortly_after_each_other_are_one_need_and_each_is_written_down(ws):
    first = (await raise_alarm(ws, worker(), alarm())).value
    later = replace(ws, clock=lambda: NOW + timedelta(minutes=29))
    again = (await raise_alarm(later, worker(), alarm())).value
    other = (await raise_alarm(later, worker(), alarm(AlarmKind.NO_MOVEMENT))).value
    assert (first.merged, again.merged, other.merged) == (False, True, True)
    assert {each.need_id for each in (first, again, other)} == {first.need_id}
    assert sorted(kind for kind, _, _ in await alarms_in(ws)) == ["FALL", "FALL", "NO_MOVEMENT"]
    told = await ws.store.read(lambda tx: tx.run(NOTICES))
    assert len(told) == 4  # station and visitor: of the fall once, and of the other kind
    much_later = replace(ws, clock=lambda: NOW + timedelta(minutes=31))
    anew = (await raise_alarm(much_later, worker(), alarm())).value
    assert (anew.merged, await needs_in(ws)) == (False, 2)


async def test_an_alarm_after_the_help_was_given_is_a_need_of_its_own(ws):
    first = (await raise_alarm(ws, worker(), alarm())).value
    await ws.store.write(
        lambda tx: tx.run(
            Statement("MATCH (n:Need {id: $id}) SET n.state = 'DONE'", Access.WRITE), id=first.need_id
        )
    )
    assert not (await raise_alarm(ws, worker(), alarm())).value.merged


async def test_sixteen_alarms_at_once_are_one_need(ws):
    raised = await asyncio.gather(*(raise_alarm(ws, worker(), alarm()) for _ in range(16)))
    assert len({each.value.need_id for each in raised}) == 1
    assert sum(not each.value.merged for each in raised) == 1
    assert len(await alarms_in(ws)) == 16


async def test_without_consent_an_alarm_stands_on_an_emergency_and_stays_with_the_station(ws):
    raised = (await raise_alarm(ws, worker(), alarm())).value
    assert raised.ground is AlarmGround.VITAL_INTEREST
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), raised.need_id))
    assert (need.consent_recorded, need.consent_given_by) == (False, None)
    with pytest.raises(NotFoundError):
        await ws.store.read(lambda tx: need_by_id(tx, volunteer("v1"), raised.need_id))


async def test_what_was_agreed_to_beforehand_is_the_consent_of_an_alarms_need(ws):
    care = VisitCare(id="r0", usual_visitor_id="v0", device_ids=("device-7",))
    agreed = await set_care(ws, worker("desk"), care, alarm_consent_by=ConsentGiver.AGENT)
    later = replace(ws, clock=lambda: NOW + timedelta(days=5))
    kept = await set_care(later, worker("other"), care, alarm_consent_by=ConsentGiver.AGENT)
    assert kept.alarm_consent == agreed.alarm_consent  # said once, taken down once
    raised = (await raise_alarm(later, worker("gateway"), alarm())).value
    assert raised.ground is AlarmGround.STANDING_CONSENT
    need = await ws.store.read(lambda tx: need_by_id(tx, worker(), raised.need_id))
    assert (need.consent_recorded, need.consent_given_by) == (True, "AGENT")
    assert (need.consent_at, need.consent_taken_by) == (NOW, "desk")
    assert (await set_care(later, worker(), care)).alarm_consent is None
    withdrawn = replace(ws, clock=lambda: NOW + timedelta(days=6))
    assert (await raise_alarm(withdrawn, worker(), alarm())).value.ground is AlarmGround.VITAL_INTEREST
