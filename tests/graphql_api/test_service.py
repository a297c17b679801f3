"""Visits, hours, stars and certificates through the API."""

import base64
from datetime import timedelta

import httpx
import pytest

from graphql_api.http import create_app
from graphql_api.rates import RateLimit
from graphql_api.settings import ApiSettings
from tests.builders import NOW
from tests.graphql_api.conftest import ACTORS, KEY
from workflows.certificates.signing import VerdictCode, read_keys, verify

VISIT = "id state minutes anomalies version notes { field note } events { id kind state method skewS }"
RECORD = "id state minutes version entries { kind debit credit minutes }"


def when(minutes: int = 0) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


async def claimed(ask_as, gid) -> str:
    slot = gid("NeedSlot", "visit-0:slot:0")
    taken = await ask_as("volunteer").do("claimSlot", "id", slotId=slot, idempotencyKey="k")
    return taken["object"]["id"]


async def test_a_visit_of_both_parties_goes_through_the_review_queue(desk, ask_as, gid):
    claim = await claimed(ask_as, gid)
    made = {"visitId": claim, "method": "BOTH_PARTY", "device": "phone"}
    me = ask_as("volunteer")
    first = await me.do("check", VISIT, **made, kind="CHECK_IN", reportedAt=when(), deviceVersion=1)
    visit = first["object"]["id"]
    again = await me.do("check", "state", **made, kind="CHECK_IN", reportedAt=when(), deviceVersion=1)
    assert again["replayed"]
    await me.do("check", VISIT, **made, kind="CHECK_OUT", reportedAt=when(), deviceVersion=2)
    seen = (await desk.ask("query Q($id: ID!) { workOrder(id: $id) { " + VISIT + " } }", id=visit))[
        "workOrder"
    ]
    assert {event["state"] for event in seen["events"]} == {"AWAITING"}
    for event in seen["events"]:
        seen = (await desk.do("confirmCheck", VISIT, workOrderId=visit, eventId=event["id"]))["object"]
    assert seen["state"] == "TO_REVIEW"
    assert "OUT_BEFORE_IN" in seen["anomalies"]
    queue = await desk.ask(
        "{ workOrders(filter: {states: [TO_REVIEW]}) { totalCount nodes { id need { title } volunteer { name } } } }"
    )
    assert queue["workOrders"]["totalCount"] == 1
    own = await desk.do(
        "reviewWorkOrder",
        "id",
        workOrderId=visit,
        expectedVersion=seen["version"],
        decision="REFUSE",
        reason="x",
    )
    assert own["userErrors"][0]["code"] == "SEPARATION_OF_DUTIES"  # who confirmed does not review
    decided = await ask_as("verifier").do(
        "reviewWorkOrder", VISIT, workOrderId=visit, expectedVersion=seen["version"], decision="CORRECT",
        minutes=60, reason="居民证实",
    )  # fmt: skip
    assert (decided["object"]["state"], decided["object"]["minutes"]) == ("DONE", 60)
    mine = await me.ask("{ viewer { volunteer { hours { verifiedMin pendingMin frozenMin star points } } } }")
    assert mine["viewer"]["volunteer"]["hours"] == {
        "verifiedMin": 0, "pendingMin": 60, "frozenMin": 0, "star": None, "points": None,
    }  # fmt: skip


async def test_what_was_held_back_is_handed_in_at_once_and_each_report_answers_for_itself(ask_as, gid):
    claim = await claimed(ask_as, gid)
    base = {"visitId": claim, "device": "d", "method": "GEOFENCE", "accuracyM": 12,
            "place": {"longitudeDeg": 120.5503, "latitudeDeg": 31.8704}}  # fmt: skip
    reports = [
        {**base, "kind": "CHECK_IN", "reportedAt": when(), "deviceVersion": 1},
        {**base, "kind": "NOTE", "reportedAt": when(), "deviceVersion": 2, "field": "mood", "note": "好"},
        {
            **base,
            "kind": "CHECK_OUT",
            "method": "CODE",
            "code": "000000",
            "reportedAt": when(),
            "deviceVersion": 3,
        },
    ]
    query = """mutation S($input: SyncChecksInput!) { syncChecks(input: $input) { object { answers {
        deviceVersion replayed workOrder { state notes { field note } } userErrors { code path } } } } }"""
    answers = (await ask_as("volunteer").ask(query, input={"reports": reports}))["syncChecks"]["object"][
        "answers"
    ]
    assert [answer["deviceVersion"] for answer in answers] == [1, 2, 3]
    assert answers[1]["workOrder"]["notes"] == [{"field": "mood", "note": "好"}]
    assert answers[2]["workOrder"] is None
    assert answers[2]["userErrors"] == [{"code": "NOT_PERMITTED", "path": ["input", "reports", "2"]}]


async def test_the_station_shows_codes_to_the_desk_alone(desk, ask_as, gid):
    claim = await claimed(ask_as, gid)
    visit = (await desk.do("openWorkOrder", "id", claimId=claim))["object"]["id"]
    query = "query S($id: ID!) { stationDisplay(workOrderId: $id) { code codeUntil qr qrUntil } }"
    shown = (await desk.ask(query, id=visit))["stationDisplay"]
    assert len(shown["code"]) == 6
    (error,) = await ask_as("volunteer").errors(query, id=visit)
    assert error["extensions"]["code"] == "NOT_PERMITTED"
    (error,) = await ask_as("stranger").errors(query, id=visit)
    assert error["extensions"]["code"] == "NOT_FOUND"


async def written(desk, gid, *, hours: int = 1) -> dict:
    start, end = when(-3_000), when(-3_000 + 60 * hours)
    made = await desk.do(
        "recordHours", RECORD, idempotencyKey="h", volunteerId=gid("Volunteer", "v0"),
        window={"start": start, "end": end}, title="送餐", evidence="签到表",
    )  # fmt: skip
    assert made["userErrors"] == []
    return made["object"]


async def test_hours_are_countersigned_disputed_and_put_back(desk, ask_as, gid):
    record = await written(desk, gid)
    mine = {"recordId": record["id"], "expectedVersion": record["version"]}
    own = await desk.do("countersignHours", "id", **mine)
    assert own["userErrors"][0]["code"] == "SEPARATION_OF_DUTIES"
    counted = (await ask_as("verifier").do("countersignHours", RECORD, **mine))["object"]
    assert counted["state"] == "VERIFIED"
    held = await ask_as("volunteer").do(
        "disputeHours", RECORD, recordId=record["id"], expectedVersion=counted["version"], reason="少记"
    )
    assert held["object"]["state"] == "FROZEN"
    page = await ask_as("volunteer").ask(
        "{ hours { totalCount nodes { state disputeReason entries { kind } } } }"
    )
    assert page["hours"]["nodes"][0]["disputeReason"] == "少记"
    assert [entry["kind"] for entry in page["hours"]["nodes"][0]["entries"]] == ["CREDIT", "VERIFY", "FREEZE"]
    stranger = await ask_as("stranger").ask("{ hours { totalCount } }")
    assert stranger["hours"]["totalCount"] == 0


async def issued(desk, ask_as, gid) -> dict:
    record = await written(desk, gid, hours=2)
    await ask_as("verifier").do(
        "countersignHours", "id", recordId=record["id"], expectedVersion=record["version"]
    )
    made = await desk.do(
        "issueCertificate", "id serial minutes services verifyPath signedText version", idempotencyKey="c",
        volunteerId=gid("Volunteer", "v0"), organisationId=gid("Organisation", "charity"), responsible="王建国",
        since="2026-02-01", until="2026-03-02",
    )  # fmt: skip
    assert made["userErrors"] == []
    return made["object"]


async def test_a_certificate_is_issued_printed_checked_by_anybody_and_revoked(desk, ask_as, gid, http):
    made = await issued(desk, ask_as, gid)
    assert (made["minutes"], made["services"]) == (120, 1)
    printed = await ask_as("volunteer").do(
        "printCertificate", "pdf certificate { prints }", certificateId=made["id"]
    )
    pdf = base64.b64decode(printed["object"]["pdf"])
    keys = read_keys([(await http.get("/certificates/public-key")).text])
    listed = (await http.get("/certificates/revocations")).text
    assert verify(pdf, keys, listed).holds
    assert verify(made["signedText"], keys).claims.serial == made["serial"]
    page = await http.get(made["verifyPath"], headers={"Accept-Language": "en"})
    assert (page.status_code, "Genuine and valid" in page.text, "李*四" in page.text) == (200, True, True)
    assert "李小四" not in page.text
    assert (await http.get(made["verifyPath"] + ".json")).json()["state"] == "ISSUED"
    await desk.do(
        "revokeCertificate",
        "state",
        certificateId=made["id"],
        expectedVersion=made["version"] + 1,
        reason="有误",
    )
    assert (await http.get(made["verifyPath"] + ".json")).json()["state"] == "REVOKED"
    listed = (await http.get("/certificates/revocations")).text
    assert verify(pdf, keys, listed).code is VerdictCode.REVOKED


@pytest.mark.parametrize("code", ["0" * 32, "x", "0" * 31, "%00", "0" * 33, "..%2f.."])
async def test_codes_that_nobody_has_lead_nowhere(http, code):
    for address in (f"/verify/{code}", f"/verify/{code}.json"):
        assert (await http.get(address)).status_code == 404


async def test_checking_certificates_is_limited(ws):
    settings = ApiSettings(cursor_key=KEY, verification_burst=3, verifications_per_minute=1)
    app = create_app(ws, authenticate=ACTORS.get, settings=settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as client:
        answers = [(await client.get(f"/verify/{'0' * 32}")).status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_a_bucket_fills_with_time_and_callers_do_not_share_one():
    now = [0.0]
    limit = RateLimit(per_minute=60, burst=2, callers=2, clock=lambda: now[0])
    assert [limit.admits("a") for _ in range(3)] == [True, True, False]
    assert limit.admits("b")
    now[0] = 1.0
    assert [limit.admits("a") for _ in range(2)] == [True, False]


async def test_no_object_of_another_region_is_given_by_its_id(desk, ask_as, gid):
    certificate = await issued(desk, ask_as, gid)
    record = (await desk.ask("{ hours { nodes { id } } }"))["hours"]["nodes"][0]
    claim = await claimed(ask_as, gid)
    visit = (await desk.do("openWorkOrder", "id", claimId=claim))["object"]
    for found in (certificate, record, visit):
        query = "query N($id: ID!) { node(id: $id) { id } }"
        assert (await desk.ask(query, id=found["id"]))["node"] == {"id": found["id"]}
        assert (await ask_as("stranger").ask(query, id=found["id"]))["node"] is None
