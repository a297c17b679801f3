"""Visits through the API: plans, logs, alarms, lists, and what each reader sees of them."""

from datetime import UTC, datetime

import httpx
import pytest

from domain.actors import Actor, Purpose, Role, Scope
from graphql_api.http import create_app
from graphql_api.ids import encode_id
from tests.builders import CITY, volunteer, worker
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client
from tests.workflows.visits.towns import MONDAY, STATION, add_care, add_visit, town, written

GATEWAY = Actor(
    id="gateway",
    name="gateway",
    roles=frozenset({Role.ALARM_GATEWAY}),
    scope=Scope(region_paths=(CITY,), purpose=Purpose.SERVICE),
)
PEOPLE = {**ACTORS, "worker": worker(), "volunteer": volunteer("v0"), "gateway": GATEWAY}
DAY = """query D($station: ID!, $day: Date!) { visitPlan(stationId: $station, day: $day) {
    plan { id visitCount travelMinutes gap cost bound version }
    proposals { id version }
    visits { id version residentName visitorName state note pinned window { start } need { id } }
} }"""
OWED = """query O($first: Int!, $after: String, $days: Int, $six: Boolean!) {
    overdueVisits(first: $first, after: $after, withinDays: $days, nationalGroupsOnly: $six) {
        totalCount pageInfo { hasNextPage endCursor } nodes { residentId name overdueDays groups region { name } }
    } }"""
ALARM = {"kind": "FALL", "deviceId": "device-7", "raisedAt": "2026-03-02T08:59:00+08:00"}


@pytest.fixture
async def ws(memory_store):
    world = town(elders=8)
    add_care(world, "r0", usual_visitor_id="v0", device_ids=["device-7"])
    for i in range(5):
        add_visit(world, f"old-{i}", f"r{i}", datetime(2026, 1, 20 + i, tzinfo=UTC).date())
    return await written(memory_store, world)


@pytest.fixture
async def http(ws):
    app = create_app(ws, authenticate=PEOPLE.get, settings=SETTINGS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://zhulian.test"
    ) as client:
        yield client


@pytest.fixture
def station() -> str:
    return encode_id("Station", STATION)


async def day_seen(client: Client, station: str) -> dict:
    return (await client.ask(DAY, station=station, day=MONDAY.isoformat()))["visitPlan"]


async def planned(desk: Client, station: str, key: str = "plan-1", **given: object) -> list[dict]:
    asked = {"stationId": station, "day": MONDAY.isoformat(), "idempotencyKey": key, **given}
    payload = await desk.do(
        "planVisits", "plans { id state version movedCount liftedIds unvisitedIds }", **asked
    )
    assert payload["userErrors"] == []
    return payload["object"]["plans"]


async def test_a_day_is_planned_published_pinned_logged_and_planned_again(desk, ask_as, station):
    (proposal,) = await planned(desk, station)
    assert (proposal["state"], proposal["unvisitedIds"]) == ("PROPOSED", [])
    assert (await day_seen(desk, station))["plan"] is None
    published = await desk.do(
        "publishVisits", "state visitCount", planId=proposal["id"], expectedVersion=proposal["version"]
    )
    assert published["object"] == {"state": "PUBLISHED", "visitCount": 8}
    seen = await day_seen(desk, station)
    assert 0 <= seen["plan"]["bound"] <= seen["plan"]["cost"]
    mine = await day_seen(ask_as("volunteer"), station)
    assert mine["plan"] is None
    assert 0 < len(mine["visits"]) < 8
    first = mine["visits"][0]
    pinned = await desk.do("pinVisit", "pinned version", visitId=first["id"], pinned=True, expectedVersion=1)
    assert pinned["object"]["pinned"]
    logged = await ask_as("volunteer").do(
        "logVisit",
        "state note outcome nextDue",
        visitId=first["id"],
        expectedVersion=pinned["object"]["version"],
        outcome="WELL",
        channel="HOME",
        note="a cough",
        idempotencyKey="log-1",
    )
    assert logged["object"]["state"] == "DONE"
    assert logged["object"]["nextDue"] == "2026-04-01"
    assert logged["object"]["note"] == "a cough"
    away = encode_id("Volunteer", "v1")
    (again,) = await planned(desk, station, key="plan-2", absentIds=[away])
    assert again["movedCount"] + len(again["unvisitedIds"]) == 8 - len(mine["visits"])


async def test_refusals_say_where_and_why(desk, ask_as, station):
    wrong = await desk.do(
        "planVisits", "plans { id }", stationId=encode_id("Region", "x"), day="2026-03-02", idempotencyKey="k"
    )
    assert wrong["userErrors"][0]["path"] == ["input", "stationId"]
    past = await desk.do(
        "planVisits", "plans { id }", stationId=station, day="2026-03-01", idempotencyKey="k"
    )
    assert past["userErrors"][0]["path"] == ["input", "day"]
    asked = {"stationId": station, "day": "2026-03-02", "idempotencyKey": "k"}
    barred = await ask_as("volunteer").do("planVisits", "plans { id }", **asked)
    assert barred["userErrors"][0]["code"] == "NOT_PERMITTED"
    stranger = await ask_as("stranger").do("planVisits", "plans { id }", **asked)
    assert stranger["userErrors"][0]["code"] == "NOT_FOUND"
    errors = await ask_as("stranger").errors(DAY, station=station, day="2026-03-02")
    assert errors[0]["extensions"]["code"] == "NOT_FOUND"


async def test_owed_visits_come_in_pages_the_latest_first(desk, ask_as):
    asked = {"first": 2, "days": None, "six": False}
    page = (await desk.ask(OWED, after=None, **asked))["overdueVisits"]
    assert page["totalCount"] == 5
    assert page["nodes"][0]["overdueDays"] == 11
    assert page["nodes"][0]["region"]["name"] == "杨舍镇"
    cursor = page["pageInfo"]["endCursor"]
    rest = (await desk.ask(OWED, **{**asked, "after": cursor, "first": 50}))["overdueVisits"]
    names = [node["residentId"] for node in page["nodes"] + rest["nodes"]]
    assert len(names) == len(set(names)) == 5
    assert not rest["pageInfo"]["hasNextPage"]
    due = (await desk.ask(OWED, after=None, first=50, days=0, six=True))["overdueVisits"]
    assert due["totalCount"] == 6  # two of the eight are of advanced age alone
    errors = await ask_as("volunteer").errors(OWED, after=None, **asked)
    assert errors[0]["extensions"]["code"] == "NOT_PERMITTED"


async def test_coverage_is_given_by_town_and_last_of_all(desk):
    query = "{ visitCoverage { rows { name listed covered overdue coveredPercent targetPercent } } }"
    rows = (await desk.ask(query))["visitCoverage"]["rows"]
    assert [row["name"] for row in rows] == ["杨舍镇", None]
    assert rows[-1] == {
        "name": None,
        "listed": 8,
        "covered": 0,
        "overdue": 5,
        "coveredPercent": 0.0,
        "targetPercent": 100,
    }


async def test_an_alarm_raised_by_a_visitor_becomes_a_need_that_the_desk_sees(desk, ask_as):
    alarm = {"kind": "NO_ANSWER", "residentId": encode_id("Resident", "r0"), "idempotencyKey": "a"}
    raised = await ask_as("volunteer").do("raiseAlarm", "kind need { id }", **alarm)
    assert raised["object"] == {"kind": "NO_ANSWER", "need": None}  # not yet published to volunteers
    needs = (await desk.ask("{ needs { nodes { title urgency state } } }"))["needs"]["nodes"]
    assert [(need["urgency"], need["state"]) for need in needs] == [("EMERGENCY", "POSTED")]


async def test_the_desk_enrols_a_visitor_and_sets_how_an_elder_is_visited(desk, station):
    enrolled = await desk.do(
        "setVisitor",
        "kind hours mostVisits",
        personId=encode_id("Volunteer", "v1"),
        stationId=station,
        hours=["MON 08:30-12:00"],
        mostVisits=2,
        sex="FEMALE",
    )
    assert enrolled["object"] == {"kind": "VOLUNTEER", "hours": ["MON 08:30-12:00"], "mostVisits": 2}
    care = await desk.do(
        "setVisitCare",
        "risk hours",
        residentId=encode_id("Resident", "r1"),
        usualVisitorId=encode_id("Volunteer", "v1"),
        risk="HIGH",
        sex="FEMALE",
    )
    assert care["object"] == {"risk": "HIGH", "hours": []}
    (plan,) = await planned(desk, station)
    assert plan["unvisitedIds"] == []


async def call(http, body=ALARM, *, token="gateway", key="event-1", **headers):  # noqa: S107 - a name in PEOPLE
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Accept-Language": "en", **headers}
    return await http.post("/hooks/alarms", json=body, headers={k: v for k, v in sent.items() if v})


async def test_a_devices_call_is_taken_in_once_and_answered_again(http, desk):
    first, again = await call(http), await call(http)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["needId"] == again.json()["needId"]
    assert again.json()["replayed"]
    other = await call(http, {**ALARM, "kind": "HELP_BUTTON"})
    assert other.status_code == 409
    needs = (await desk.ask("{ needs { totalCount } }"))["needs"]
    assert needs["totalCount"] == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"token": "nobody"}, 401, "UNAUTHENTICATED"),
        ({"token": "officer"}, 403, "NOT_PERMITTED"),
        ({"key": ""}, 400, "KEY_MISSING"),
        ({"body": {"kind": "FALL", "deviceId": "not-ours"}}, 404, "NOT_FOUND"),
        ({"body": {"kind": "FALL"}}, 422, "INVALID_INPUT"),
        ({"body": {"kind": "EARTHQUAKE", "deviceId": "device-7"}}, 400, "BAD_ALARM"),
        ({"body": {**ALARM, "raisedAt": "2026-03-02T08:59:00"}}, 400, "BAD_ALARM"),
        ({"body": {**ALARM, "extra": 1}}, 400, "BAD_ALARM"),
        ({"body": {**ALARM, "detail": "x" * 9_000}}, 413, "BODY_TOO_LARGE"),
        ({"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
async def test_a_call_that_cannot_be_taken_in_is_refused_and_changes_nothing(
    http, desk, changed, status, code
):
    response = await call(http, **changed)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await desk.ask("{ needs { totalCount } }"))["needs"]["totalCount"] == 0


async def test_the_gateways_account_reads_nothing(ask_as, station):
    gateway = ask_as("gateway")
    assert (await gateway.ask("{ needs { nodes { id } } }"))["needs"]["nodes"] == []
    errors = await gateway.errors(DAY, station=station, day="2026-03-02")
    assert errors[0]["extensions"]["code"] == "NOT_PERMITTED"
