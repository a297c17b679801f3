"""Hours sum to zero and count what a small dict says, after any posts, disputes, corrections and reversals."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.actors import Role
from domain.errors import ConflictError, InvalidInputError, SeparationOfDutiesError, TransitionError
from domain.hours import RecordState
from domain.time import Window
from graph.engines.ladybug import open_ladybug
from graph.hours.opening import open_ledgers
from graph.hours.proof import LedgerBreak, prove
from graph.ports import Access, Statement
from graph.reads.hours import HoursFilter, entries_of_records, hours_by_ids, page_of_hours
from graph.reads.volunteers import volunteer_by_id
from tests.builders import NOW, World, volunteer, worker, workspace
from tests.conftest import fresh_neo4j
from workflows.hours.records import (
    Decision,
    ManualHours,
    countersign_hours,
    decide_dispute,
    dispute_hours,
    record_hours,
    refuse_hours,
)

EARLIER = NOW - timedelta(days=30)


def asked(hour: int = 0, minutes: int = 60, **values) -> ManualHours:
    start = EARLIER + timedelta(hours=hour)
    window = Window(start=start, end=start + timedelta(minutes=minutes))
    return ManualHours(window=window, title="陪伴老人", evidence="签到表 3 号", **values)


class HoursMachine(RuleBasedStateMachine):
    """``records`` is what each record should count; the store is asked after each step."""

    PEOPLE = st.sampled_from(["v1", "v2"])

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.records: dict[str, tuple[str, str, int, str | None]] = {}
        self.begun = {"v1": 90, "v2": 0}
        self.hour = 0

    def do(self, work):
        return self.loop.run_until_complete(work)

    async def open(self):
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.store = self.do(self.open())
        world = World()
        for person, minutes in self.begun.items():
            world.volunteer(person, verified_minutes=minutes)
        self.do(world.write(self.store))
        self.do(open_ledgers(self.store))
        self.ws = workspace(self.store)

    def stored(self, record_id: str):
        return self.do(self.store.read(lambda tx: hours_by_ids(tx, worker(), [record_id])))[record_id]

    def some(self, data, *states: str) -> str | None:
        fitting = sorted(key for key, (_, state, _, _) in self.records.items() if state in states)
        return data.draw(st.sampled_from(fitting)) if fitting else None

    @rule(person=PEOPLE, minutes=st.integers(1, 500))
    def write_down(self, person, minutes) -> None:
        self.hour += 24
        record = self.do(
            record_hours(self.ws, worker("first"), asked(-self.hour, minutes, volunteer_id=person))
        ).value
        self.records[record.id] = (person, "PENDING", minutes, None)

    @rule(data=st.data())
    def countersign(self, data) -> None:
        key = self.some(data, "PENDING")
        if key is None:
            return
        version = self.stored(key).version
        self.do(countersign_hours(self.ws, worker("second"), key, expected_version=version))
        person, _, minutes, _ = self.records[key]
        self.records[key] = (person, "VERIFIED", minutes, None)

    @rule(data=st.data())
    def refuse(self, data) -> None:
        key = self.some(data, "PENDING")
        if key is None:
            return
        self.do(
            refuse_hours(
                self.ws, worker("second"), key, expected_version=self.stored(key).version, reason="不实"
            )
        )
        self.records[key] = (self.records[key][0], "REVERSED", 0, None)

    @rule(data=st.data())
    def dispute(self, data) -> None:
        key = self.some(data, "PENDING", "VERIFIED")
        if key is None:
            return
        person, state, minutes, _ = self.records[key]
        version = self.stored(key).version
        self.do(dispute_hours(self.ws, volunteer(person), key, expected_version=version, reason="多记"))
        self.records[key] = (person, "FROZEN", minutes, state)

    @rule(data=st.data(), decision=st.sampled_from(Decision), other=st.integers(1, 500))
    def decide(self, data, decision, other) -> None:
        key = self.some(data, "FROZEN")
        if key is None:
            return
        person, _, minutes, before = self.records[key]
        if decision is Decision.CORRECT and other == minutes:
            other += 1
        self.do(
            decide_dispute(
                self.ws,
                worker("third"),
                key,
                expected_version=self.stored(key).version,
                decision=decision,
                reason="核对过",
                minutes=other if decision is Decision.CORRECT else None,
            )
        )
        if decision is Decision.REVERSE:
            self.records[key] = (person, "REVERSED", 0, None)
        else:
            self.records[key] = (
                person,
                before or "",
                other if decision is Decision.CORRECT else minutes,
                None,
            )

    @rule(data=st.data())
    def a_step_that_is_not_there_changes_nothing(self, data) -> None:
        key = self.some(data, "REVERSED", "VERIFIED")
        if key is None:
            return
        with pytest.raises(TransitionError):
            self.do(
                countersign_hours(self.ws, worker("fifth"), key, expected_version=self.stored(key).version)
            )

    @invariant()
    def the_books_hold_and_say_what_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return
        proof = self.do(prove(self.store))
        assert proof.findings == ()
        assert proof.total_min == 0
        held = {"PENDING": 0, "VERIFIED": sum(self.begun.values()), "FROZEN": 0, "REVERSED": 0}
        for _, state, minutes, _ in self.records.values():
            held[state] += minutes
        assert (proof.pending_min, proof.verified_min, proof.frozen_min) == (
            held["PENDING"],
            held["VERIFIED"],
            held["FROZEN"],
        )

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
        self.loop.close()


class MemoryHours(HoursMachine):
    async def open(self):
        store = open_ladybug()
        await store.define()
        return store


class Neo4jHours(HoursMachine):
    async def open(self):
        store = await fresh_neo4j()
        await store.clear()
        return store

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.clear())
        super().teardown()


WALK = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
MemoryHours.TestCase.settings = WALK
Neo4jHours.TestCase.settings = settings(WALK, max_examples=4)
TestHoursInMemory = MemoryHours.TestCase
TestHoursOnNeo4j = pytest.mark.neo4j(Neo4jHours.TestCase)


@pytest.fixture
async def ws(store):
    world = World()
    world.volunteer("v1", verified_minutes=90)
    world.volunteer("v2")
    await world.write(store)
    return workspace(store)


async def _one(ws, minutes: int = 60):
    return (await record_hours(ws, worker("first"), asked(0, minutes, volunteer_id="v1"))).value


async def test_minutes_by_hand_count_once_another_person_has_countersigned(ws):
    record = await _one(ws)
    assert (record.state, record.minutes) == (RecordState.PENDING, 60)
    with pytest.raises(SeparationOfDutiesError):
        await countersign_hours(ws, worker("first"), record.id, expected_version=1)
    both = replace(volunteer("v1"), roles=frozenset({Role.VOLUNTEER, Role.STATION_WORKER}))
    with pytest.raises(SeparationOfDutiesError):
        await countersign_hours(ws, both, record.id, expected_version=1)
    await countersign_hours(ws, worker("second"), record.id, expected_version=1)
    person = await ws.store.read(lambda tx: volunteer_by_id(tx, worker(), "v1"))
    assert person.verified_minutes == 150  # 90 were imported: the first entry opens the books with them
    entries = await ws.store.read(lambda tx: entries_of_records(tx, worker(), [record.id, "opening:v1"]))
    assert [entry.kind.value for entry in entries[record.id]] == ["CREDIT", "VERIFY"]
    assert [entry.minutes for entry in entries["opening:v1"]] == [90]
    assert (await prove(ws.store)).holds


async def test_time_that_is_counted_is_not_counted_again(ws):
    await _one(ws)
    with pytest.raises(ConflictError):
        await record_hours(ws, worker(), asked(0, 30, volunteer_id="v1"))
    await record_hours(ws, worker(), asked(1, 30, volunteer_id="v1"))


async def test_hours_need_evidence_and_to_be_over(ws):
    with pytest.raises(InvalidInputError):
        await record_hours(ws, worker(), replace(asked(volunteer_id="v1"), evidence=" "))
    later = Window(start=NOW, end=NOW + timedelta(hours=1))
    with pytest.raises(InvalidInputError):
        await record_hours(ws, worker(), replace(asked(volunteer_id="v1"), window=later))


async def test_who_disputes_does_not_decide(ws):
    record = await _one(ws)
    await dispute_hours(ws, worker("third"), record.id, expected_version=1, reason="不在场")
    decision = {"decision": Decision.REVERSE, "reason": "核实"}
    for one in ("first", "third"):
        with pytest.raises(SeparationOfDutiesError):
            await decide_dispute(ws, worker(one), record.id, expected_version=2, **decision)
    done = await decide_dispute(ws, worker("fourth"), record.id, expected_version=2, **decision)
    assert (done.state, done.minutes) == (RecordState.REVERSED, 0)
    page = await ws.store.read(
        lambda tx: page_of_hours(tx, worker(), filter=HoursFilter(states=(RecordState.REVERSED,)))
    )
    assert [row.id for row in page.rows] == [record.id]


async def test_forty_credits_at_once_leave_books_that_hold(ws):
    assert await open_ledgers(ws.store) == 1
    done = await asyncio.gather(
        *(record_hours(ws, worker("first"), asked(24 * -i, 10, volunteer_id="v2")) for i in range(1, 41)),
    )
    assert len({each.value.id for each in done}) == 40
    proof = await prove(ws.store)
    assert (proof.pending_min, proof.findings) == (400, ())


CHANGES = [
    (LedgerBreak.ENTRY, "MATCH (n:HoursEntry {sequence: 2}) SET n.minutes = 0"),
    (LedgerBreak.SEQUENCE, "MATCH (n:HoursEntry {sequence: 1}) DETACH DELETE n"),
    (LedgerBreak.BALANCE, "MATCH (n:HoursAccount {account: 'PENDING'}) SET n.balance_min = 61"),
    (LedgerBreak.RECORD, "MATCH (n:HoursRecord {kind: 'MANUAL'}) SET n.minutes = 61"),
    (LedgerBreak.VERIFIED, "MATCH (n:Volunteer {id: 'v1'}) SET n.verified_minutes = 9000"),
]


@pytest.mark.parametrize(("broken", "change"), CHANGES, ids=[name.value for name, _ in CHANGES])
async def test_whatever_is_changed_behind_the_ledger_shows(ws, broken, change):
    await _one(ws)
    assert (await prove(ws.store)).holds
    await ws.store.write(lambda tx: tx.run(Statement(change, Access.WRITE)))
    proof = await prove(ws.store)
    assert broken in {finding.broken for finding in proof.findings}
    assert not proof.holds
