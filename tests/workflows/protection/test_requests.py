"""A person gets a copy of everything that is kept of them, and can be erased; the books and the chain stay."""

import json
from datetime import timedelta

import pytest

from domain.errors import (
    ConflictError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    TransitionError,
)
from domain.linking import LinkVerdict
from domain.protection import ConsentChannel, ConsentKind, DataRequestKind, UnmaskPurpose
from graph.audit import verify
from graph.ports import Access, Statement
from graph.protection.consents import consents_of
from graph.protection.readings import readings_of
from graph.protection.record import OF_VOLUNTEER
from graph.schema import NODE_TYPES
from tests.builders import CITY, OTHER_CITY, World, lead, volunteer, worker
from tests.graph.alerted import at_risk
from tests.workflows.protection.people import given, join, number_of, town_of
from tests.workflows.protection.test_numbers import FOR_COVER, whole_graph
from workflows.claims.taking import claim_slot
from workflows.persons.deciding import ask_to_part, decide_pair
from workflows.persons.proposing import propose_pair
from workflows.protection.consents import record_consent
from workflows.protection.numbers import unmask
from workflows.protection.requests import ask_for_data, decide_data_request, export_person

STATION = ConsentChannel.STATION
CHAIN = Statement("MATCH (n:AuditEntry) RETURN count(*) AS entries", Access.READ)
RISK = Statement(
    "MATCH (n:Alert) RETURN n.id AS id UNION MATCH (n:RiskMembership) RETURN n.id AS id", Access.READ
)
HOURS = Statement(
    "MATCH (n:HoursEntry) WHERE n.volunteer_id = $id RETURN n.id AS id, n.minutes AS minutes ORDER BY id",
    Access.READ,
)


@pytest.fixture
async def town(store):
    return await town_of(store)


async def _ask(town, key, kind, actor=None, channel=STATION):
    return (await ask_for_data(town.ws, actor or worker(), key, kind=kind, channel=channel)).value


async def _served(town, key, *, state="VERIFIED"):
    """An hour of service, with its line in the books."""
    world = World()
    row = {"volunteer_id": key, "region_path": CITY, "minutes": 60}
    world.add(
        "HoursRecord",
        id=f"{key}-hours",
        kind="MANUAL",
        state=state,
        evidence="seen by Ms Wang",
        served_start=town.now - timedelta(days=2),
        served_end=town.now - timedelta(days=2) + timedelta(hours=1),
        recorded_at=town.now,
        version=1,
        **row,
    )
    world.add(
        "HoursEntry",
        id=f"{key}-entry",
        record_id=f"{key}-hours",
        kind="CREDIT",
        debit="MANUAL",
        credit="VERIFIED",
        at=town.now,
        actor_id="worker",
        **row,
    )
    await world.write(town.ws.store)


async def test_a_copy_for_the_own_account_is_given_at_once_and_once(town):
    key = await join(town, number_of())
    await unmask(town.ws, worker(), key, **FOR_COVER)
    asked = await _ask(town, key, DataRequestKind.EXPORT, volunteer(key), ConsentChannel.ACCOUNT)
    file = await export_person(town.ws, volunteer(key), asked.id)
    told = json.loads(file.machine)
    assert told["format"] == "zhulian-person-1"
    labels = {
        "Volunteer",
        "Invitation",
        "ConsentAct",
        "IdentityReading",
        "SealedIdentity",
        "Resident",
        "DataRequest",
    }
    assert labels <= set(told["records"])
    assert told["records"]["Volunteer"][0]["name"] == "王小五"
    assert told["records"]["IdentityReading"][0]["reader_id"] == "worker"
    assert "identity.unmask" in {entry["operation"] for entry in told["records"]["AuditEntry"]}
    assert "王小五" in file.readable
    assert told["records"]["Volunteer"][0]["id_number_mask"] == f"320***********{number_of()[-4:]}"
    for hidden in (number_of(), 'sealed"', "blind_index", "_hash", "m1."):
        assert hidden not in file.machine + file.readable
    with pytest.raises(TransitionError):
        await export_person(town.ws, volunteer(key), asked.id)


async def test_a_copy_asked_for_at_the_desk_takes_a_second_person(town):
    key = await join(town, number_of())
    asked = await _ask(town, key, DataRequestKind.EXPORT)
    with pytest.raises(TransitionError):
        await export_person(town.ws, worker(), asked.id)
    with pytest.raises(NotPermittedError):
        await decide_data_request(town.ws, worker("another"), asked.id, allow=True, expected_version=1)
    with pytest.raises(SeparationOfDutiesError):
        await decide_data_request(town.ws, lead("worker"), asked.id, allow=True, expected_version=1)
    with pytest.raises(NotFoundError):
        await decide_data_request(town.ws, lead(path=OTHER_CITY), asked.id, allow=True, expected_version=1)
    row = await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=1)
    assert (row.state, row.decided_by) == ("ALLOWED", "lead")
    assert (await export_person(town.ws, worker(), asked.id)).request.state == "DONE"


async def test_nobody_asks_for_another_person_s_data(town):
    key = await join(town, number_of())
    with pytest.raises(NotPermittedError):
        await _ask(town, key, DataRequestKind.EXPORT, volunteer("listed"), ConsentChannel.ACCOUNT)
    with pytest.raises(NotFoundError):
        await _ask(town, key, DataRequestKind.EXPORT, worker(path=OTHER_CITY))


async def test_a_refusal_says_why_and_is_final(town):
    key = await join(town, None)
    asked = await _ask(town, key, DataRequestKind.ERASURE)
    with pytest.raises(NotPermittedError):
        await decide_data_request(town.ws, lead(), asked.id, allow=False, expected_version=1)
    row = await decide_data_request(
        town.ws, lead(), asked.id, allow=False, reason="a case is open", expected_version=1
    )
    assert row.state == "REFUSED"
    with pytest.raises(TransitionError):
        await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=row.version)


async def test_who_is_erased_is_named_nowhere_while_books_acts_and_chain_stay(town):
    key = await join(town, number_of(), name="欧阳灵犀")
    await record_consent(
        town.ws,
        worker(),
        key,
        kind=ConsentKind.GUARDIAN,
        given=given(ConsentKind.GUARDIAN, channel=STATION, giver_name="欧阳修文", relation="父亲"),
    )
    await unmask(town.ws, worker(), key, purpose=UnmaskPurpose.REAL_NAME_CHECK, reason="欧阳灵犀 at the desk")
    claimed = (await claim_slot(town.ws, volunteer(key), "n:slot:0")).value
    await _served(town, key)
    books = await town.ws.store.read(lambda tx: tx.run(HOURS, id=key))
    asked = await _ask(town, key, DataRequestKind.ERASURE)
    row = await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=1)
    assert row.state == "DONE"
    assert (await town.claim(claimed.id)).state == "WITHDRAWN"
    everything = await whole_graph(town.ws.store)
    for named in ("欧阳", number_of()[-4:] + '"', "seen by Ms Wang"):
        assert named not in everything
    assert await town.ws.store.read(lambda tx: tx.run(HOURS, id=key)) == books != []
    assert [act.kind for act in await town.ws.store.read(lambda tx: consents_of(tx, key))] == [
        "JOIN",
        "GUARDIAN",
    ]
    assert len(await town.ws.store.read(lambda tx: readings_of(tx, key))) == 1
    assert (await verify(town.ws.store)).intact
    with pytest.raises(NotFoundError):
        await unmask(town.ws, worker(), key, **FOR_COVER)
    with pytest.raises(NotFoundError):
        await _ask(town, key, DataRequestKind.EXPORT)
    again = await join(town, number_of(), name="欧阳灵犀")
    assert again != key


async def _at_risk(town, who: str, name: str, **more) -> None:
    world = World()
    at_risk(world, name, CITY, resident_id=who, **{"state": "DECIDED", "note": f"seen at {name}", **more})
    await world.write(town.ws.store)


async def _risk_left(town) -> set[str]:
    rows = await town.ws.store.read(lambda tx: tx.run(RISK))
    return {str(row["id"]) for row in rows}


async def _erase(town, key) -> None:
    asked = await _ask(town, key, DataRequestKind.ERASURE)
    await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=1)


async def test_alerts_and_groups_of_a_known_resident_are_told_to_them_and_go_with_them(town):
    key = await join(town, number_of())
    for name, who, more in (
        ("old", "r1", {}),
        ("walled", "r1", {"child": True, "state": "OPEN"}),
        ("neighbour", "r2", {"state": "OPEN"}),
    ):
        await _at_risk(town, who, name, **more)
    asked = await _ask(town, key, DataRequestKind.EXPORT, volunteer(key), ConsentChannel.ACCOUNT)
    file = await export_person(town.ws, volunteer(key), asked.id)
    records = json.loads(file.machine)["records"]
    assert [row["id"] for row in records["Alert"]] == ["old-alert"]
    assert [row["group_code"] for row in records["RiskMembership"]] == ["old-group"]
    assert "seen at old" in file.readable
    assert "walled" not in file.machine + file.readable
    await _erase(town, key)
    left = {"walled-member", "walled-alert", "neighbour-member", "neighbour-alert"}
    assert await _risk_left(town) == left


async def test_who_waits_for_a_visit_because_of_an_alert_is_looked_after_first(town):
    key = await join(town, number_of())
    await _at_risk(town, "r1", "new", state="ESCALATED")
    asked = await _ask(town, key, DataRequestKind.ERASURE)
    with pytest.raises(ConflictError) as refusal:
        await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=1)
    assert refusal.value.context["reason"] == "open_alerts"
    assert await _risk_left(town) == {"new-member", "new-alert"}


async def test_a_merged_person_is_told_of_both_halves_and_each_of_their_own_once_they_are_parted(town):
    key = await join(town, number_of())
    await _at_risk(town, "r1", "own")

    async def told(who: str) -> list[str]:
        asked = await _ask(town, who, DataRequestKind.EXPORT, volunteer(who), ConsentChannel.ACCOUNT)
        file = await export_person(town.ws, volunteer(who), asked.id)
        return [row["id"] for row in json.loads(file.machine)["records"].get("Alert", ())]

    at = {"verdict": LinkVerdict.ACCEPT, "note": "seen"}
    assert await told("listed") == []
    pair = (await propose_pair(town.ws, worker("one"), "listed", key, reason="the same telephone")).value
    merged = (await decide_pair(town.ws, worker("two"), pair.id, expected_version=pair.version, **at)).value
    assert merged.person == "listed"  # the older one stands for both
    assert await told("listed") == ["own-alert"]
    parting = (await ask_to_part(town.ws, worker("one"), merged.decision_id, reason="two persons")).value
    await decide_pair(town.ws, worker("two"), parting.id, expected_version=parting.version, **at)
    assert (await told(key), await told("listed")) == (["own-alert"], [])
    await _erase(town, "listed")
    assert await _risk_left(town) == {"own-member", "own-alert"}


async def test_hours_that_wait_for_a_decision_come_first(town):
    key = await join(town, None)
    await _served(town, key, state="PENDING")
    asked = await _ask(town, key, DataRequestKind.ERASURE)
    with pytest.raises(ConflictError):
        await decide_data_request(town.ws, lead(), asked.id, allow=True, expected_version=1)


def test_every_label_that_names_a_volunteer_is_in_a_person_s_file():
    naming = {node.label for node in NODE_TYPES if any(p.name == "volunteer_id" for p in node.properties)}
    assert naming - {"SlotHold"} <= set(OF_VOLUNTEER)
