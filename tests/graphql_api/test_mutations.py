"""What people do through the API: one input, one payload, and refusals that say where and why."""

import asyncio

import pytest

from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError, PlatformError
from graphql_api.errors import ErrorCode
from locales import Locale, text
from tests.builders import TOWN_ID


def wish(gid, **given: object) -> dict:
    return {
        "idempotencyKey": "post-1",
        "kind": "WISH",
        "category": "EDUCATION",
        "title": "一盏台灯",
        "regionId": gid("Region", TOWN_ID),
        "subjectKind": "HOUSEHOLD",
        "subjectId": gid("Household", "household-wish"),
        "situations": ["DIBAO"],
        "amount": {"fen": "12345"},
        "consentRecorded": True,
        **given,
    }


async def test_a_need_is_posted_verified_by_another_and_cancelled(desk, ask_as, gid):
    posted = await desk.do("postNeed", "id state version amount { fen } region { name }", **wish(gid))
    need = posted["object"]
    assert posted["userErrors"] == []
    assert not posted["replayed"]
    assert (need["state"], need["amount"]["fen"], need["region"]["name"]) == ("POSTED", "12345", "杨舍镇")
    seen = {"needId": need["id"], "expectedVersion": need["version"]}
    own = await desk.do("verifyNeed", "id", **seen, evidence="visited")
    assert own["object"] is None
    (error,) = own["userErrors"]
    assert (error["code"], error["path"]) == ("SEPARATION_OF_DUTIES", ["input"])
    assert error["message"] == text("errors.separation_of_duties", Locale.EN)
    assert error["params"] == [{"name": "rule", "value": "HC-29"}]
    verified = await ask_as("verifier").do("verifyNeed", "state version", **seen, evidence="visited")
    assert verified["object"]["state"] == "VERIFIED"
    stale = await desk.do("cancelNeed", "id", **seen, reason="moved away")
    assert stale["userErrors"][0]["code"] == "STALE_VERSION"
    found = {each["name"]: each["value"] for each in stale["userErrors"][0]["params"]}
    assert int(found["found"]) == verified["object"]["version"]
    seen["expectedVersion"] = verified["object"]["version"]
    cancelled = await desk.do(
        "cancelNeed", "state transitions { before after reason }", **seen, reason="moved away"
    )
    assert cancelled["object"]["state"] == "CANCELLED"
    assert cancelled["object"]["transitions"][-1]["reason"] == "moved away"


async def test_a_posted_need_is_rejected_with_a_reason(desk, gid):
    need = {"needId": gid("Need", "posted"), "expectedVersion": 1}
    silent = await desk.do("rejectNeed", "state", **need, reason=" ")
    assert (silent["userErrors"][0]["code"], silent["userErrors"][0]["path"]) == (
        "INVALID_INPUT",
        ["input", "reason"],
    )
    rejected = await desk.do("rejectNeed", "state", **need, reason="already served")
    assert rejected["object"]["state"] == "REJECTED"


async def test_the_same_key_gives_the_same_need_and_another_request_is_refused(desk, gid):
    first = await desk.do("postNeed", "id", **wish(gid))
    again = await desk.do("postNeed", "id", **wish(gid))
    other = await desk.do("postNeed", "id", **wish(gid, title="两盏台灯"))
    assert again["object"] == first["object"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert other["object"] is None
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    count = await desk.ask('{ needs(filter: {text: "台灯"}) { totalCount } }')
    assert count["needs"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"regionId": "not an id"}, "regionId"),
        ({"regionId": "RnVuZDpmdW5k"}, "regionId"),  # the id of a fund
        ({"subjectId": "RnVuZDpmdW5k"}, "subjectId"),
        ({"amount": {"fen": "1", "currency": "USD"}}, "amount"),
        ({"consentRecorded": False}, "consentRecorded"),
        ({"risk": "HIGH"}, "riskDisclosed"),
        ({"title": " "}, "title"),
        ({"slots": [{}] * 101}, "slots"),
    ],
)
async def test_a_refused_input_says_which_part(desk, gid, given, path):
    payload = await desk.do("postNeed", "id", **wish(gid, **given))
    assert payload["object"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", path])


async def test_roles_decide_who_may(ask_as, gid):
    payload = await ask_as("volunteer").do("postNeed", "id", **wish(gid))
    assert payload["userErrors"][0]["code"] == "NOT_PERMITTED"
    assert "account-v0" not in str(payload)


async def test_a_slot_is_claimed_once_and_given_back(ask_as, desk, gid):
    volunteer = ask_as("volunteer")
    slot = gid("NeedSlot", "visit-0:slot:0")
    selection = "id state version slotId need { state slots { held } } volunteer { name }"
    taken = await volunteer.do("claimSlot", selection, slotId=slot, idempotencyKey="c1")
    claim = taken["object"]
    assert (claim["state"], claim["slotId"], claim["need"]["state"]) == ("ACTIVE", slot, "PARTIAL")
    assert [each["held"] for each in claim["need"]["slots"]] == [True, False]
    replayed = await volunteer.do("claimSlot", "id", slotId=slot, idempotencyKey="c1")
    assert (replayed["object"]["id"], replayed["replayed"]) == (claim["id"], True)
    refused = await volunteer.do("claimSlot", "id", slotId=slot, idempotencyKey="c2")
    assert refused["userErrors"][0]["code"] == "SLOT_TAKEN"
    assert {"name": "slot", "value": slot} in refused["userErrors"][0]["params"]
    seen = await desk.ask(
        "query Q($id: ID!) { volunteer(id: $id) { claims { id state } } }", id=gid("Volunteer", "v0")
    )
    assert seen["volunteer"]["claims"] == [{"id": claim["id"], "state": "ACTIVE"}]
    back = await volunteer.do(
        "releaseClaim", "state need { state }", claimId=claim["id"], expectedVersion=claim["version"]
    )
    assert back["object"] == {"state": "WITHDRAWN", "need": {"state": "VERIFIED"}}


async def test_of_many_requests_at_once_with_one_key_one_is_carried_out(desk, gid):
    payloads = await asyncio.gather(*(desk.do("postNeed", "id", **wish(gid)) for _ in range(8)))
    assert len({payload["object"]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 7


async def test_a_round_is_run_published_answered_and_confirmed(desk, ask_as, gid):
    run = await desk.do(
        "runRound",
        "id version state needsCount fulfilledCount gap value bound amountAllocated { fen } planDigest"
        " orderProven fulfilmentGap levels { name value bound proven } stability { kept }",
        regionId=gid("Region", "NBS:320582000000"),
        timeLimitS=20,
        seed=7,
    )
    row = run["object"]
    assert [level["name"] for level in row["levels"]] == ["FULFILMENT", "FAIRNESS", "CONVENIENCE", "SPENDING"]
    assert abs(sum(level["value"] for level in row["levels"]) - int(row["value"])) < 1
    assert (row["orderProven"], row["fulfilmentGap"], row["stability"]) == (True, 0.0, None)
    assert (row["state"], row["needsCount"], row["fulfilledCount"]) == ("SOLVED", 4, 3)
    assert int(row["value"]) <= int(row["bound"])
    key = {"roundId": row["id"], "expectedVersion": row["version"], "idempotencyKey": "publish"}
    published = await desk.do("publishRound", "state publishedBy", **key)
    assert published["object"] == {"state": "PUBLISHED", "publishedBy": "worker"}
    assert (await desk.do("publishRound", "state", **key))["replayed"]
    officer = ask_as("officer")
    data = await officer.ask(
        """query Q($round: ID!) { proposals(filter: {roundId: $round, kinds: [MONEY], states: [OFFERED]}) {
          nodes { id version amount { fen } fund { name } need { id title } reason { code message } } } }""",
        round=row["id"],
    )
    (money,) = data["proposals"]["nodes"]
    assert (money["amount"]["fen"], money["fund"]["name"]) == ("30000", "助困基金")
    assert money["reason"]["message"].startswith("Matched")
    asked = {"proposalId": money["id"], "expectedVersion": money["version"]}
    wrong = await ask_as("volunteer").do("declineProposal", "id", **asked)
    assert wrong["userErrors"][0]["code"] == "NOT_FOUND"
    accepted = await officer.do("acceptProposal", "state need { state }", **asked, idempotencyKey="yes")
    assert accepted["object"] == {"state": "ACCEPTED", "need": {"state": "ACCEPTED"}}
    late = await officer.do("declineProposal", "state", proposalId=money["id"], expectedVersion=3)
    assert late["object"] is None
    assert late["userErrors"][0]["code"] in {"STALE_VERSION", "TRANSITION_NOT_ALLOWED"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"timeLimitS": 0}, "timeLimitS"),
        ({"timeLimitS": 1e9}, "timeLimitS"),
        ({"gap": -0.1}, "gap"),
        ({"seed": -1}, "seed"),
        ({"horizonDays": 0}, "horizonDays"),
        ({"horizonDays": 1000}, "horizonDays"),
        ({"asOf": "2026-03-02T00:00:00"}, "asOf"),
    ],
)
async def test_a_round_is_not_run_with_figures_out_of_range(desk, given, field):
    payload = await desk.do("runRound", "id", **given)
    assert payload["userErrors"][0]["path"] == ["input", field]


def test_every_error_that_a_caller_can_mend_has_its_code():
    def codes(kind: type[PlatformError]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))

    families = (InvalidInputError, NotFoundError, ConflictError, NotPermittedError)
    assert {code.value for code in ErrorCode} == set().union(*map(codes, families))
