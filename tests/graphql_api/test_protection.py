"""Consent, unmasking, enquiries, copies and deletion through the API; numbers are in no log and no stored answer."""

from dataclasses import replace

import httpx
import pytest

from graphql_api.http import create_app
from tests.builders import TOWN_ID, lead, volunteer
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client
from tests.workflows.protection.people import number_of, town_of
from tests.workflows.protection.test_numbers import whole_graph


@pytest.fixture
async def town(memory_store):
    return await town_of(memory_store)


@pytest.fixture
async def as_(town):
    actors = dict(ACTORS)
    transport = httpx.ASGITransport(app=create_app(town.ws, authenticate=actors.get, settings=SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:

        def client(token: str, actor=None) -> Client:
            if actor is not None:
                actors[token] = actor
            return Client(http, token)

        yield client


async def _joined(as_, gid, number, name="王小五"):
    made = (
        await as_("worker").do(
            "inviteVolunteer", "code volunteerId", name=name, regionId=gid("Region", TOWN_ID)
        )
    )["object"]
    key = "new-000001"
    person = as_("joined", volunteer(key))
    words = (await person.ask("{ consentText(kind: JOIN) { id words digest } }"))["consentText"]
    assert words["words"].startswith("I volunteer by my own decision.")
    yes = await person.do(
        "acceptInvitation",
        "state",
        code=made["code"],
        birthDate="1990-01-01",
        consentTextId=words["id"],
        idNumber=number,
    )
    assert yes["userErrors"] == []
    return person, made["volunteerId"]


async def test_a_number_is_asked_for_with_a_purpose_and_is_in_no_log(as_, gid, town, caplog):
    caplog.set_level("DEBUG")
    number = number_of()
    person, volunteer_id = await _joined(as_, gid, number)
    seen = await as_("worker").do(
        "unmaskIdentity",
        "idNumber readingId",
        volunteerId=volunteer_id,
        purpose="ACCIDENT_INSURANCE",
        reason="cover for April",
    )
    assert seen["object"]["idNumber"] == number
    for given in ({"reason": f"it is {number}"}, {"purpose": "AUTHORITY_ORDER"}):
        asked = {"volunteerId": volunteer_id, "purpose": "REAL_NAME_CHECK", "reason": "at the desk"} | given
        refused = await as_("worker").do("unmaskIdentity", "idNumber", **asked)
        assert refused["object"] is None
        assert number not in str(refused)
    refused = await person.do(
        "unmaskIdentity", "idNumber", volunteerId=volunteer_id, purpose="REAL_NAME_CHECK", reason="my own"
    )
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    record = await person.ask(
        """query Q($id: ID!) { consentRecord(volunteerId: $id) {
            basis idNumberMask acts { kind channel } readings { purpose reason } } }""",
        id=volunteer_id,
    )
    assert record["consentRecord"] == {
        "basis": "OWN_ACT",
        "idNumberMask": number[:3] + "***********" + number[-4:],
        "acts": [{"kind": "JOIN", "channel": "ACCOUNT"}],
        "readings": [{"purpose": "ACCIDENT_INSURANCE", "reason": "cover for April"}],
    }
    assert number not in caplog.text
    assert number not in await whole_graph(town.ws.store)


async def test_a_number_with_a_slip_is_refused_without_being_repeated(as_, gid, caplog):
    caplog.set_level("DEBUG")
    made = (
        await as_("worker").do("inviteVolunteer", "code", name="王小五", regionId=gid("Region", TOWN_ID))
    )["object"]
    wrong = number_of()[:-1] + "?"
    refused = await as_("joined", volunteer("new-000001")).do(
        "acceptInvitation",
        "state",
        code=made["code"],
        birthDate="1990-01-01",
        consentTextId="join-1",
        idNumber=wrong,
    )
    assert refused["userErrors"][0]["code"] == "INVALID_IDENTIFIER"
    assert wrong not in str(refused) + caplog.text


async def test_the_desk_asks_for_who_stands_before_it_and_the_slip_opens_the_answer(as_, gid, town):
    number = number_of()
    await _joined(as_, gid, number)
    asked = {"name": "王小五", "idNumber": number, "documentSeen": True}
    told = (
        await as_("worker").do("askRegistration", "code standings { standing status volunteerId }", **asked)
    )["object"]
    assert [row["standing"] for row in told["standings"]] == ["VOLUNTEER_JOINED", "RESIDENT"]
    app = create_app(town.ws, authenticate=lambda _: None, settings=replace(SETTINGS, status_tries=4))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        path = f"/registration/status?code={told['code']}"
        found = await client.get(f"{path}&tail={number[-4:]}")
        assert [row["standing"] for row in found.json()["standings"]] == ["VOLUNTEER_JOINED", "RESIDENT"]
        assert number not in found.text
        assert (await client.get(f"{path}&tail=0000")).status_code == 404
        assert (await client.get("/registration/status?code=x&tail=1")).status_code == 400
        assert (await client.get(f"{path}&tail=0001")).status_code == 404
        assert (await client.get(f"{path}&tail=0002")).status_code == 404
        assert (await client.get(f"{path}&tail=0003")).status_code == 429


async def test_a_copy_and_a_deletion_take_their_way(as_, gid):
    person, volunteer_id = await _joined(as_, gid, number_of())
    asked = await person.do(
        "askForData", "id state", volunteerId=volunteer_id, kind="EXPORT", idempotencyKey="copy"
    )
    assert asked["object"]["state"] == "ALLOWED"
    file = (
        await person.do("exportPerson", "machine readable request { state }", requestId=asked["object"]["id"])
    )["object"]
    assert file["request"] == {"state": "DONE"}
    assert "王小五" in file["machine"]
    asked = await person.do(
        "askForData", "id version", volunteerId=volunteer_id, kind="ERASURE", idempotencyKey="erase"
    )
    decide = {"requestId": asked["object"]["id"], "expectedVersion": 1, "allow": True}
    assert (await as_("worker").do("decideDataRequest", "state", **decide))["object"] is None
    done = await as_("head", lead()).do("decideDataRequest", "state", **decide)
    assert done["object"] == {"state": "DONE"}
    listed = await as_("worker").ask("{ dataRequests { nodes { kind state } totalCount } }")
    assert listed["dataRequests"]["totalCount"] == 2
    assert (
        await person.do("withdrawConsent", "kind", volunteerId=volunteer_id, consentTextId="withdrawal-1")
    )["userErrors"][0]["code"] == "NOT_FOUND"


async def test_consent_is_taken_back_by_the_volunteer(as_, gid):
    person, volunteer_id = await _joined(as_, gid, None)
    done = await person.do(
        "withdrawConsent", "kind givenBy", volunteerId=volunteer_id, consentTextId="withdrawal-1"
    )
    assert done["object"] == {"kind": "WITHDRAWAL", "givenBy": "VOLUNTEER"}
    again = await as_("worker").do(
        "recordConsent",
        "kind",
        volunteerId=volunteer_id,
        kind="JOIN",
        consentTextId="join-1",
        channel="PAPER",
    )
    assert again["object"] == {"kind": "JOIN"}
