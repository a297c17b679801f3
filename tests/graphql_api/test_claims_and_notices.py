"""Teams, waiting lists, offers, invitations and the inbox, as clients see them."""

from datetime import timedelta

import httpx
import pytest

from graphql_api.http import create_app
from tests.builders import NOW, TOWN_ID, World, volunteer
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client, city
from tests.workflows.claims.lives import life, organiser


@pytest.fixture
async def town(memory_store):
    world = city()
    world.organisation("team", kind="TEAM", name="邻里互助队", region_id=TOWN_ID)
    world.volunteer("member", team_id="team", region_id=TOWN_ID)
    world.need(
        "later",
        slots=1,
        region_id=TOWN_ID,
        window_starts=[(NOW + timedelta(days=5)).isoformat()],
        window_ends=[(NOW + timedelta(days=5, hours=2)).isoformat()],
    )
    return await life(memory_store, world)


@pytest.fixture
async def as_(town):
    actors = {
        **ACTORS,
        "organiser": organiser("team"),
        "member": volunteer("member"),
        "v1": volunteer("v1"),
        "invited": None,
    }
    transport = httpx.ASGITransport(app=create_app(town.ws, authenticate=actors.get, settings=SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:

        def client(token: str, actor=None) -> Client:
            if actor is not None:
                actors[token] = actor
            return Client(http, token)

        yield client


async def test_a_team_keeps_a_slot_and_the_one_named_says_yes(as_, gid):
    team = as_("organiser")
    held = await team.do(
        "holdSlot",
        "id state nameBy version organisation { name } need { state }",
        slotId=gid("NeedSlot", "later:slot:0"),
        organisationId=gid("Organisation", "team"),
        idempotencyKey="h",
    )
    assert held["userErrors"] == []
    holding = held["object"]
    assert (holding["state"], holding["need"]["state"]) == ("HELD", "ACCEPTED")
    assert (await team.ask("{ slotHoldings { nodes { id state } } }"))["slotHoldings"]["nodes"] == [
        {"id": holding["id"], "state": "HELD"}
    ]
    assert (await as_("v1").ask("{ slotHoldings { nodes { id } } }"))["slotHoldings"]["nodes"] == []
    named = {"holdingId": holding["id"], "expectedVersion": holding["version"], "idempotencyKey": "n"}
    stranger = await team.do("nameMember", "id", **named, volunteerId=gid("Volunteer", "v1"))
    assert stranger["userErrors"][0]["code"] == "NOT_PERMITTED"
    named["idempotencyKey"] = "n2"
    offer = (await team.do("nameMember", "id kind state", **named, volunteerId=gid("Volunteer", "member")))[
        "object"
    ]
    assert (offer["kind"], offer["state"]) == ("NAMED", "OPEN")
    (asked,) = (await as_("member").ask("{ slotOffers { nodes { id kind need { title } } } }"))["slotOffers"][
        "nodes"
    ]
    assert asked["id"] == offer["id"]
    answer = {"offerId": offer["id"], "idempotencyKey": "a"}
    wrong = await as_("v1").do("acceptSlotOffer", "id", **answer)
    assert {"name": "rule", "value": "HC-26"} in wrong["userErrors"][0]["params"]
    taken = await as_("member").do(
        "acceptSlotOffer", "state volunteer { id } confirmedAt version id", **answer
    )
    assert taken["object"]["volunteer"]["id"] == gid("Volunteer", "member")
    again = await as_("member").do("acceptSlotOffer", "id", **answer)
    assert again["replayed"]
    confirmed = await as_("member").do(
        "confirmClaim", "confirmedAt", claimId=taken["object"]["id"], expectedVersion=1
    )
    assert confirmed["object"]["confirmedAt"] is not None


async def test_a_kept_slot_is_given_back(as_, gid):
    held = await as_("organiser").do(
        "holdSlot",
        "id version",
        slotId=gid("NeedSlot", "later:slot:0"),
        organisationId=gid("Organisation", "team"),
        idempotencyKey="h",
    )
    back = {"holdingId": held["object"]["id"], "expectedVersion": held["object"]["version"]}
    assert (await as_("organiser").do("releaseHolding", "state", **back))["object"]["state"] == "RELEASED"


async def test_waiting_replacing_and_declining(as_, gid):
    slot = gid("NeedSlot", "later:slot:0")
    need = gid("Need", "later")
    claim = (await as_("volunteer").do("claimSlot", "id version", slotId=slot, idempotencyKey="c"))["object"]
    joined = await as_("v1").do("joinWaitingList", "state", needId=need, idempotencyKey="w")
    assert joined["object"]["state"] == "WAITING"
    seen = "query Q($id: ID!) { waitingList(needId: $id) { nodes { state volunteer { id } } } }"
    assert len((await as_("worker").ask(seen, id=need))["waitingList"]["nodes"]) == 1
    assert (await as_("member").ask(seen, id=need))["waitingList"]["nodes"] == []
    offered = await as_("volunteer").do(
        "askReplacement", "id", claimId=claim["id"], expectedVersion=claim["version"], idempotencyKey="r"
    )
    declined = await as_("v1").do(
        "declineSlotOffer", "state", offerId=offered["object"]["id"], idempotencyKey="d"
    )
    assert declined["object"]["state"] == "DECLINED"
    left = await as_("v1").do("leaveWaitingList", "state", needId=need)
    assert left["object"]["state"] == "LEFT"
    released = await as_("volunteer").do(
        "releaseClaim", "state leadMinutes", claimId=claim["id"], expectedVersion=2, reason="ill"
    )
    assert released["object"] == {"state": "WITHDRAWN", "leadMinutes": 5 * 24 * 60}


async def test_the_desk_sees_what_is_at_risk_and_notes_a_no_show(as_, town, gid):
    claimed = await as_("volunteer").do(
        "claimSlot", "id version", slotId=gid("NeedSlot", "later:slot:0"), idempotencyKey="c"
    )
    town.wait(days=5, minutes=30)
    seen = "{ claimsAtRisk { nodes { risks rule claim { id version } } } }"
    (risk,) = (await as_("worker").ask(seen))["claimsAtRisk"]["nodes"]
    assert (risk["risks"], risk["claim"]["id"]) == (["NOT_CHECKED_IN"], claimed["object"]["id"])
    (refused,) = await as_("v1").errors(seen)
    assert refused["extensions"]["code"] == "NOT_PERMITTED"
    noted = await as_("worker").do(
        "recordNoShow", "state", claimId=risk["claim"]["id"], expectedVersion=risk["claim"]["version"]
    )
    assert noted["object"]["state"] == "NO_SHOW"
    box = "{ unreadNotices notices { nodes { id code title body readAt } } }"
    inbox = await as_("volunteer").ask(box)
    assert inbox["unreadNotices"] == 1
    (notice,) = inbox["notices"]["nodes"]
    assert notice["code"] == "NO_SHOW_RECORDED"
    assert "2026-03-07 09:00" in notice["body"]
    assert (await as_("v1").ask(box))["notices"]["nodes"] == []
    others = await as_("v1").do("markNoticesRead", "marked unread", noticeIds=[notice["id"]])
    assert others["object"] == {"marked": 0, "unread": 0}
    marked = await as_("volunteer").do("markNoticesRead", "marked unread", noticeIds=[notice["id"]])
    assert marked["object"] == {"marked": 1, "unread": 0}
    unread = await as_("volunteer").ask("{ notices(unreadOnly: true) { nodes { id } } }")
    assert unread["notices"]["nodes"] == []


async def test_an_inbox_is_read_page_by_page_newest_first(as_, town, gid):
    slot = gid("NeedSlot", "later:slot:0")
    for turn in range(3):
        taken = await as_("volunteer").do("claimSlot", "id", slotId=slot, idempotencyKey=f"c{turn}")
        town.wait(minutes=1)
        await as_("volunteer").do("releaseClaim", "id", claimId=taken["object"]["id"], expectedVersion=1)
    page = """query P($after: String) { notices(first: 2, after: $after) {
        nodes { id createdAt } pageInfo { hasNextPage endCursor } } }"""
    first = (await as_("worker").ask(page))["notices"]
    second = (await as_("worker").ask(page, after=first["pageInfo"]["endCursor"]))["notices"]
    moments = [node["createdAt"] for node in [*first["nodes"], *second["nodes"]]]
    assert (len(moments), first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
        3,
        True,
        False,
    )
    assert moments == sorted(moments, reverse=True)


async def test_how_one_is_reached_is_ones_own_to_say(as_):
    said = await as_("volunteer").do(
        "setContactPreference",
        "channels mailAddress weeklyOffers acceptsOffers version",
        expectedVersion=0,
        channels=["MAIL"],
        mailAddress="a@example.org",
        weeklyOffers=1,
    )
    assert said["object"] == {
        "channels": ["MAIL"],
        "mailAddress": "a@example.org",
        "weeklyOffers": 1,
        "acceptsOffers": True,
        "version": 1,
    }
    seen = await as_("volunteer").ask("{ contactPreference { mailAddress } }")
    assert seen["contactPreference"] == {"mailAddress": "a@example.org"}
    assert (await as_("v1").ask("{ contactPreference { version } }"))["contactPreference"] is None
    for given in (
        {"expectedVersion": 0},
        {"expectedVersion": 1, "channels": ["MAIL"]},
        {"expectedVersion": 1, "mailAddress": "a@b\r\nBcc: x@y.z"},
        {"expectedVersion": 1, "quietStartMin": 60},
        {"expectedVersion": 1, "weeklyOffers": -1},
    ):
        refused = await as_("volunteer").do("setContactPreference", "version", **given)
        assert refused["object"] is None


async def test_an_invited_person_becomes_a_volunteer_by_their_own_yes(as_, gid):
    invited = await as_("worker").do(
        "inviteVolunteer", "id code volunteerId state", name="王小五", regionId=gid("Region", TOWN_ID)
    )
    made = invited["object"]
    key = "new-000001"
    assert made["volunteerId"] == gid("Volunteer", key)
    person = as_("invited", volunteer(key))
    slot = {"slotId": gid("NeedSlot", "later:slot:0"), "idempotencyKey": "c"}
    early = await person.do("claimSlot", "id", **slot)
    assert {"name": "rule", "value": "HC-30"} in early["userErrors"][0]["params"]
    wrong = await person.do(
        "acceptInvitation", "state", code="guess", birthDate="1990-01-01", consentTextId="join-1"
    )
    assert wrong["userErrors"][0]["code"] == "NOT_PERMITTED"
    yes = await person.do(
        "acceptInvitation",
        "state code",
        code=made["code"],
        birthDate="1990-01-01",
        consentTextId="join-1",
        skills=["COOKING"],
    )
    assert yes["object"] == {"state": "ACCEPTED", "code": None}
    active = await as_("worker").do(
        "activateVolunteer", "status skills", volunteerId=made["volunteerId"], expectedVersion=1
    )
    assert active["object"] == {"status": "ACTIVE", "skills": ["COOKING"]}
    slot["idempotencyKey"] = "c2"
    assert (await person.do("claimSlot", "id", **slot))["userErrors"] == []


async def test_who_declines_is_no_volunteer(as_, gid):
    made = (await as_("worker").do("inviteVolunteer", "code", name="赵六", regionId=gid("Region", TOWN_ID)))[
        "object"
    ]
    person = as_("invited", volunteer("new-000001"))
    no = await person.do("declineInvitation", "state", code=made["code"])
    assert no["object"]["state"] == "DECLINED"
    again = await person.do(
        "acceptInvitation", "state", code=made["code"], birthDate="1990-01-01", consentTextId="join-1"
    )
    assert again["userErrors"][0]["code"] == "TRANSITION_NOT_ALLOWED"


async def test_who_claims_a_child_protection_case_learns_nothing_and_the_log_names_the_rule(
    town, as_, gid, caplog
):
    world = World()
    world.need("hidden", slots=1, region_id=TOWN_ID, category="CHILD_PROTECT")
    await world.write(town.ws.store)
    with caplog.at_level("INFO", logger="graphql_api"):
        asked = [
            await as_("v1").do("claimSlot", "id", slotId=gid("NeedSlot", slot), idempotencyKey=slot)
            for slot in ("hidden:slot:0", "nothing:slot:0")
        ]
    assert asked[0]["userErrors"] == asked[1]["userErrors"]
    assert "HC-25" not in str(asked)
    assert [line.endswith("rule=HC-25") for line in caplog.messages if line.startswith("refused")] == [
        True,
        False,
    ]
