"""Two records of one volunteer become one, and two again, with all that each has."""

from datetime import datetime, timedelta

import pytest

from domain.actors import Actor
from domain.errors import ConflictError, NotPermittedError, SeparationOfDutiesError
from domain.hours import HoursKind, HoursRecord, RecordState
from domain.linking import LinkVerdict, ReviewState
from domain.persons import PersonReason
from graph.hours.ledger import credit
from graph.hours.proof import prove
from graph.ports import Access, GraphStore, Statement
from graph.unit_of_work import UnitOfWork
from tests.builders import NOW, TOWN, World, lead, volunteer, worker, workspace
from workflows.persons.deciding import Decided, ask_to_part, decide_pair
from workflows.persons.proposing import propose_pair
from workflows.protection.masks import shown_mask
from workflows.workspace import Workspace

VOLUNTEERS = Statement(
    "MATCH (n:Volunteer) RETURN n.id AS id, n.status AS status, n.merged_into AS merged_into,"
    " n.verified_minutes AS minutes, n.star AS star, n.recognised_skills AS skills ORDER BY id",
    Access.READ,
)
HOURS = Statement(
    "MATCH (n:HoursRecord) RETURN n.id AS id, n.volunteer_id AS volunteer, n.state AS state,"
    " n.minutes AS minutes ORDER BY id",
    Access.READ,
)
CLAIMS = Statement(
    "MATCH (n:Claim) RETURN n.id AS id, n.volunteer_id AS volunteer, n.doubles AS doubles,"
    " n.at_risk_at IS NOT NULL AS at_risk ORDER BY id",
    Access.READ,
)
QUALIFIED = Statement(
    "MATCH (n:Qualification) RETURN n.id AS id, n.volunteer_id AS volunteer ORDER BY id", Access.READ
)


async def rows(store: GraphStore, statement: Statement) -> list[dict[str, object]]:
    return [dict(row) for row in await store.read(lambda tx: tx.run(statement))]


def two(world: World, **second: object) -> None:
    world.region()
    world.volunteer("a", recorded_at=NOW - timedelta(days=900), skills=["CLEANING"], star="STAR_1")
    world.volunteer("b", skills=["COMPANIONSHIP"], licences=("NURSE",), **second)


def claim(world: World, name: str, of: str, start: datetime, *, at: datetime = NOW) -> None:
    world.need(f"need-{name}", path=TOWN, slots=1, window_starts=[], window_ends=[], state="MATCHED")
    world.add(
        "Claim",
        id=name,
        need_id=f"need-{name}",
        slot_id=f"need-{name}:slot:0",
        volunteer_id=of,
        state="ACTIVE",
        window_start=start,
        window_end=start + timedelta(hours=2),
        claimed_at=at,
        claimed_by=f"account-{of}",
        region_path=TOWN,
        version=1,
    )
    world.add("SlotHold", id=f"need-{name}:slot:0", claim_id=name, volunteer_id=of)
    world.join("ASSIGNED_TO", ("Volunteer", "Need"), of, f"need-{name}", claim_id=name)


def served(name: str, of: str, start: datetime | None, minutes: int, *, later: int = 0) -> HoursRecord:
    return HoursRecord(
        id=name,
        volunteer_id=of,
        kind=HoursKind.AUTO,
        state=RecordState.VERIFIED,
        minutes=minutes,
        served_start=start,
        served_end=None if start is None else start + timedelta(minutes=minutes),
        recorded_by="clerk",
        recorded_at=NOW + timedelta(minutes=later),
        region_path=TOWN,
    )


async def book(ws: Workspace, *records: HoursRecord) -> None:
    async def work(tx) -> None:
        for record in records:
            await credit(tx, record, actor_id="clerk", at=tx.at)
            tx.record("hours.credit", record.id)

    await UnitOfWork(ws.store, ws.clock).run(worker(), work)


async def merged(ws: Workspace, one: str = "a", other: str = "b", by: Actor | None = None) -> Decided:
    asked = (await propose_pair(ws, worker(), one, other, reason="one telephone")).value
    decided = await decide_pair(
        ws,
        by or lead(),
        asked.id,
        expected_version=asked.version,
        verdict=LinkVerdict.ACCEPT,
        note="seen both",
    )
    if decided.value.decision_id is None:
        decided = await decide_pair(
            ws,
            other_lead(),
            asked.id,
            expected_version=decided.value.proposal.version,
            verdict=LinkVerdict.ACCEPT,
            note="seen both too",
        )
    return decided.value


def other_lead() -> Actor:
    from dataclasses import replace

    return replace(lead(), id="third-person")


async def parted(ws: Workspace, decision_id: str) -> Decided:
    asked = (await ask_to_part(ws, worker(), decision_id, reason="two people")).value
    return (
        await decide_pair(
            ws, lead(), asked.id, expected_version=asked.version, verdict=LinkVerdict.ACCEPT, note="indeed"
        )
    ).value


async def state(store: GraphStore) -> list[list[dict[str, object]]]:
    return [await rows(store, each) for each in (VOLUNTEERS, HOURS, CLAIMS, QUALIFIED)]


async def test_the_older_record_stands_for_both_and_an_unmerge_brings_back_what_each_had(store):
    world = World()
    two(world)
    claim(world, "ca", "a", NOW + timedelta(days=1))
    claim(world, "cb", "b", NOW + timedelta(days=2))
    await world.write(store)
    ws = workspace(store)
    await book(ws, served("ha", "a", NOW, 60), served("hb", "b", NOW + timedelta(hours=3), 90))
    before = await state(store)
    done = await merged(ws)
    assert (done.person, done.proposal.state) == ("a", ReviewState.ACCEPTED)
    assert done.followed is not None
    assert done.followed.moved == {"Claim": 1, "HoursRecord": 1, "Notice": 1, "Qualification": 1}
    a, b = await rows(store, VOLUNTEERS)
    assert (a["minutes"], a["star"], a["skills"]) == (150, "STAR_1", ["COMPANIONSHIP"])
    assert (b["status"], b["merged_into"], b["minutes"]) == ("MERGED", "a", 0)
    assert {row["volunteer"] for row in await rows(store, CLAIMS)} == {"a"}
    assert {row["volunteer"] for row in await rows(store, QUALIFIED)} == {"a"}
    assert (await prove(store)).findings == ()
    await parted(ws, done.decision_id or "")
    after = await state(store)
    assert [row | {"skills": row["skills"] or None} for row in after[0]] == [
        row | {"skills": row["skills"] or None} for row in before[0]
    ]
    assert after[1:] == before[1:]
    assert (await prove(store)).findings == ()


async def test_time_of_both_halves_counts_once_and_both_again_once_they_are_parted(store):
    world = World()
    two(world)
    await world.write(store)
    ws = workspace(store)
    await book(
        ws,
        served("ha", "a", NOW, 120),
        served("hb", "b", NOW + timedelta(hours=1), 120, later=5),
        served("hc", "b", NOW + timedelta(hours=9), 30, later=6),
    )
    done = await merged(ws)
    assert done.followed is not None
    assert done.followed.hours_held_back == {"hb": "ha"}
    assert [row["minutes"] for row in await rows(store, VOLUNTEERS)] == [150, 0]
    back = await parted(ws, done.decision_id or "")
    assert back.followed is not None
    assert back.followed.hours_given_back == ("hb",)
    assert [row["minutes"] for row in await rows(store, VOLUNTEERS)] == [120, 150]
    assert (await prove(store)).findings == ()


async def test_promises_of_both_halves_for_one_time_put_the_later_one_at_risk(store):
    world = World()
    two(world)
    claim(world, "ca", "a", NOW + timedelta(days=1), at=NOW)
    claim(world, "cb", "b", NOW + timedelta(days=1, hours=1), at=NOW - timedelta(hours=1))
    await world.write(store)
    ws = workspace(store)
    done = await merged(ws)
    assert done.followed is not None
    assert done.followed.promises_doubled == {"ca": "cb"}
    assert [(row["doubles"], row["at_risk"]) for row in await rows(store, CLAIMS)] == [
        ("cb", True),
        (None, False),
    ]
    back = await parted(ws, done.decision_id or "")
    assert back.followed is not None
    assert back.followed.promises_restored == ("ca",)
    assert not any(row["at_risk"] for row in await rows(store, CLAIMS))


async def test_differing_numbers_take_two_persons_and_a_no_keeps_them_apart(store):
    world = World()
    two(world, id_number_hash="hash-b", id_number_mask="320***********0002")
    world.volunteer("c", id_number_hash="hash-c", id_number_mask="320***********0003")
    await world.write(store)
    ws = workspace(store)
    asked = (await propose_pair(ws, worker(), "b", "c", reason="one telephone")).value
    assert (asked.reason, asked.evidence["id"]) == (PersonReason.OTHER_ID_NUMBER, "differs")
    assert (asked.left.name, shown_mask(ws, asked.left.id_number), asked.left.birth_year) == (
        "李*四",
        "320***********0002",
        1990,
    )
    first = (
        await decide_pair(
            ws, lead(), asked.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="re-issued"
        )
    ).value
    assert (first.proposal.state, first.decision_id) == (ReviewState.SECONDED, None)
    with pytest.raises(SeparationOfDutiesError):
        await decide_pair(ws, lead(), asked.id, expected_version=2, verdict=LinkVerdict.ACCEPT, note="again")
    no = await decide_pair(
        ws, other_lead(), asked.id, expected_version=2, verdict=LinkVerdict.REJECT, note="twins"
    )
    assert no.value.proposal.state is ReviewState.REJECTED
    await merged(ws, "a", "b")
    with pytest.raises(ConflictError, match="by way of others"):
        await merged(ws, "a", "c")


async def test_who_proposed_does_not_decide_and_volunteers_do_not_review(store):
    world = World()
    two(world)
    await world.write(store)
    ws = workspace(store)
    asked = (await propose_pair(ws, worker(), "a", "b", reason="one telephone")).value
    with pytest.raises(SeparationOfDutiesError):
        await decide_pair(ws, worker(), asked.id, expected_version=1, verdict=LinkVerdict.ACCEPT, note="mine")
    with pytest.raises(NotPermittedError):
        await propose_pair(ws, volunteer("a"), "a", "b", reason="I")
    with pytest.raises(ConflictError):
        await propose_pair(ws, worker(), "b", "a", reason="again")


async def test_chains_come_apart_in_any_order(store):
    world = World()
    two(world)
    world.volunteer("c", recorded_at=NOW - timedelta(days=2000))
    await world.write(store)
    ws = workspace(store)
    await book(
        ws,
        served("ha", "a", NOW, 60),
        served("hb", "b", NOW + timedelta(hours=3), 90),
        served("hc", "c", NOW + timedelta(hours=4), 90, later=9),
    )
    before = await state(store)
    first = await merged(ws, "a", "b")
    second = await merged(ws, "b", "c")
    assert (first.person, second.person) == ("a", "c")
    assert second.followed is not None
    assert second.followed.hours_held_back == {"hc": "hb"}
    assert [row["minutes"] for row in await rows(store, VOLUNTEERS)] == [0, 0, 150]
    apart = await parted(ws, first.decision_id or "")  # the first of the two, while the second stands
    assert [row["minutes"] for row in await rows(store, VOLUNTEERS)] == [60, 0, 90]
    assert apart.followed is not None
    await parted(ws, second.decision_id or "")
    after = await state(store)
    assert [row["minutes"] for row in after[0]] == [row["minutes"] for row in before[0]]
    assert after[1] == before[1]
    assert (await prove(store)).findings == ()
