"""Stations and the desk's whole way with a need, as clients go it."""

import pytest

from tests.builders import CITY, NOW, TOWN_ID, lead
from tests.graphql_api.conftest import ACTORS

HOUSEHOLD = "household-quilt"


@pytest.fixture
def head(ask_as, monkeypatch):
    monkeypatch.setitem(ACTORS, "head", lead())
    return ask_as("head")


async def opened(head, gid, **given):
    values = {
        "idempotencyKey": given["name"],
        "networks": ["CONSORTIUM", "CHILD_PROTECTION"],
        "territoryIds": [gid("Region", "NBS:320582000000")],
    }
    done = await head.do("openStation", "id name depth version networks territory", **(values | given))
    assert done["userErrors"] == []
    return done["object"]


async def test_a_tree_of_stations_and_its_figures(ws, head, desk, gid):
    city = await opened(head, gid, name="city")
    town = await opened(head, gid, name="town", parentId=city["id"], territoryIds=[gid("Region", TOWN_ID)])
    assert (town["depth"], town["territory"]) == (1, [f"{CITY}320582100/"])
    before = ws.store.statements
    query = """query Q($from: DateTime) { stations(first: 10, filter: {roots: true}) { totalCount nodes {
        name children { name parent { name } figures(from: $from) { whole { posted parties { party needs } } } }
        figures { coveragePercent regions own { posted } whole { posted verified medianDays } } } } }"""
    data = (await desk.ask(query))["stations"]
    assert data["totalCount"] == 1
    (root,) = data["nodes"]
    assert root["figures"]["whole"] == {"posted": 5, "verified": 0, "medianDays": None}
    assert root["figures"]["own"] == {"posted": 0}
    assert (root["figures"]["regions"], root["figures"]["coveragePercent"]) == (1, 100.0)
    assert root["children"][0]["parent"]["name"] == "city"
    assert root["children"][0]["figures"]["whole"]["posted"] == 5
    assert ws.store.statements - before < 30
    later = (await desk.ask(query, **{"from": NOW.isoformat()}))["stations"]["nodes"][0]
    assert later["children"][0]["figures"]["whole"]["posted"] == 0


async def test_the_tree_refuses_what_would_break_it_in_words(head, desk, ask_as, gid):
    city = await opened(head, gid, name="city")
    cycle = await head.do("moveStation", "id", stationId=city["id"], expectedVersion=1, parentId=city["id"])
    assert cycle["userErrors"][0]["code"] == "CONFLICT"
    town = await opened(head, gid, name="town", parentId=city["id"], territoryIds=[gid("Region", TOWN_ID)])
    renamed = await head.do(
        "renameStation",
        "name networks",
        stationId=town["id"],
        expectedVersion=1,
        name="new",
        networks=["SOCIAL_WORK"],
    )
    assert renamed["object"] == {"name": "new", "networks": ["SOCIAL_WORK"]}
    closed = await head.do(
        "closeStation", "closedAt", stationId=town["id"], expectedVersion=2, reason="merged"
    )
    assert closed["object"]["closedAt"] is not None
    assert (await desk.do("closeStation", "id", stationId=city["id"], expectedVersion=1, reason="x"))[
        "userErrors"
    ]
    assert (await ask_as("stranger").ask("{ stations(first: 5) { totalCount } }"))["stations"][
        "totalCount"
    ] == 0


async def posted(desk, gid, **more):
    draft = (
        await desk.ask(
            """query Q($h: ID!) { draftNeed(householdId: $h, category: LIVING_AID) {
            kind category title urgency regionId subjectKind subjectId situations durationMin risk } }""",
            h=gid("Household", HOUSEHOLD),
        )
    )["draftNeed"]
    assert draft["title"] == "Household goods and allowances"
    typed = {
        "idempotencyKey": "k",
        "title": "A warm quilt",
        "items": [{"item": "QUILT", "quantity": 1, "unit": "bed"}],
        "consentRecorded": True,
        "consent": {"givenBy": "GUARDIAN", "purpose": "MATCHING"},
        "contactTail": "1234",
    }
    given = {**draft, "regionId": gid("Region", TOWN_ID), **typed, **more}
    fields = (
        "id state version receipt dueAt consent { givenBy takenBy } possibleDuplicates { id } duplicateReason"
    )
    return given, await desk.do("postNeed", fields, **given)


async def test_a_need_is_drafted_compared_posted_and_asked_after(desk, gid, http):
    given, refused = await posted(desk, gid)
    assert refused["userErrors"][0]["code"] == "DUPLICATE_NEED"
    need = {name: value for name, value in given.items() if name != "idempotencyKey"}
    found = await desk.ask(
        "query Q($n: NeedInput!) { duplicateNeeds(need: $n) { candidates { score why need { id } } } }",
        n=need,
    )
    assert found["duplicateNeeds"]["candidates"] == [
        {"score": 100, "why": "SAME_HOUSEHOLD", "need": {"id": gid("Need", "quilt")}}
    ]
    _, done = await posted(desk, gid, duplicateReason="another person", idempotencyKey="k2")
    row = done["object"]
    assert (row["state"], row["consent"]["givenBy"], row["duplicateReason"]) == (
        "POSTED",
        "GUARDIAN",
        "another person",
    )
    assert row["possibleDuplicates"] == [{"id": gid("Need", "quilt")}]
    http.headers["Accept-Language"] = "en"
    asked = await http.get("/needs/status", params={"receipt": row["receipt"], "phone_tail": "1234"})
    assert asked.json() | {"dueAt": None} == {
        "state": "POSTED", "said": "Posted", "postedAt": NOW.isoformat(), "since": NOW.isoformat(), "dueAt": None,
    }  # fmt: skip
    wrong = await http.get("/needs/status", params={"receipt": row["receipt"], "phone_tail": "9999"})
    assert wrong.status_code == 404
    assert (await http.get("/needs/status", params={"receipt": "x"})).status_code == 400


async def test_guessing_at_receipts_is_answered_no_more(http):
    asked = {"receipt": "0000-0000-0000", "phone_tail": "0000"}
    answers = [(await http.get("/needs/status", params=asked)).status_code for _ in range(25)]
    assert answers == [404] * 20 + [429] * 5


async def test_a_stuck_need_goes_through_a_conference(desk, ask_as, gid):
    done = await desk.do(
        "escalateNeed",
        "id version state owner need { state history { after actor reason roundId } missing { quantity } }",
        needId=gid("Need", "quilt"),
        expectedVersion=1,
        reason="nobody gives",
        owner="station",
        dueAt="2026-03-09T00:00:00Z",
        members=["a"],
    )
    row = done["object"]
    assert (row["state"], row["need"]["state"], row["need"]["missing"]) == (
        "OPEN",
        "ESCALATED",
        {"quantity": 2},
    )
    assert row["need"]["history"][-1] == {
        "after": "ESCALATED", "actor": "worker", "reason": "nobody gives", "roundId": None,
    }  # fmt: skip
    listed = (await desk.ask("{ conferences(first: 5, states: [OPEN]) { totalCount nodes { id } } }"))[
        "conferences"
    ]
    assert (listed["totalCount"], listed["nodes"]) == (1, [{"id": row["id"]}])
    assert (await ask_as("volunteer").ask("{ conferences(first: 5) { totalCount } }"))["conferences"][
        "totalCount"
    ] == 0
    decided = await desk.do(
        "decideConference",
        "decision need { state }",
        conferenceId=row["id"],
        expectedVersion=1,
        decision="WAIT_FOR_ROUND",
        minutes="wait",
    )
    assert decided["object"] == {"decision": "WAIT_FOR_ROUND", "need": {"state": "MATCHING"}}


async def test_a_need_that_returns_is_posted_verified_and_stopped(desk, ask_as, gid):
    need = {
        "kind": "SERVICE",
        "category": "CARE",
        "title": "Lunch",
        "regionId": gid("Region", TOWN_ID),
        "subjectKind": "HOUSEHOLD",
        "subjectId": gid("Household", HOUSEHOLD),
        "durationMin": 30,
        "slots": [{}],
        "consentRecorded": True,
    }
    given = {"idempotencyKey": "s", "need": need, "rule": "FREQ=DAILY", "startsAt": "2026-03-03T03:00:00Z"}
    series = (await desk.do("postSeries", "id state version startsAt", **given, lengthMin=60))["object"]
    assert (series["state"], series["startsAt"]) == ("POSTED", "2026-03-03T11:00")
    verified = await ask_as("verifier").do(
        "verifySeries", "state", seriesId=series["id"], expectedVersion=1, evidence="seen"
    )
    assert verified["object"]["state"] == "ACTIVE"
    skipped = await desk.do(
        "skipOccurrence",
        "exceptions",
        seriesId=series["id"],
        expectedVersion=2,
        occursAt="2026-03-04T03:00:00Z",
        reason="away",
    )
    assert skipped["object"]["exceptions"] == ["20260304T1100"]
    stopped = await desk.do("stopSeries", "state", seriesId=series["id"], expectedVersion=3, reason="over")
    assert stopped["object"]["state"] == "STOPPED"
