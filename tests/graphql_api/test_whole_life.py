"""A need from the desk's first line to money spent, every step through the API and nothing beside it."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from graphql_api.http import create_app
from tests.builders import TOWN_ID, World, officer, volunteer, worker
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client

HELPERS = {f"v{i}": volunteer(f"v{i}") for i in range(3)}
PEOPLE = {
    **ACTORS,
    **HELPERS,
    "approver": officer("charity"),
    "cashier": officer("charity", actor_id="cashier"),
    "second": worker("second-at-the-desk"),
}
GIFT = """query Q($need: ID!) { allocations(filter: {needId: $need}) { nodes {
  id version state amount { fen } approvalsWanted approvals { decision } evidence { kind } need { id }
  fund { id } organisation { id } } } }"""
OFFERED = """query Q($need: ID!) { proposals(filter: {needId: $need, states: [OFFERED]}) {
  nodes { id version kind amount { fen } volunteer { id } } } }"""
FUND = "query Q($id: ID!) { fund(id: $id) { received { fen } reserved { fen } spent { fen } available { fen } } }"


@pytest.fixture
async def as_(ws) -> AsyncIterator[Callable[[str], Client]]:
    transport = httpx.ASGITransport(app=create_app(ws, authenticate=PEOPLE.get, settings=SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:
        yield lambda token: Client(http, token)


async def done(client: Client, name: str, selection: str, /, **given: object) -> dict:
    payload = await client.do(name, selection, **given)
    assert payload["userErrors"] == []
    return payload["object"]


def company_and_money(gid) -> dict:
    return {
        "idempotencyKey": "desk-1",
        "kind": "SERVICE",
        "category": "COMPANION",
        "title": "陪同采买过冬衣物",
        "regionId": gid("Region", TOWN_ID),
        "subjectKind": "HOUSEHOLD",
        "subjectId": gid("Household", "household-wish"),
        "situations": ["DIBAO"],
        "windows": [{"start": "2026-03-03T02:00:00Z", "end": "2026-03-03T05:00:00Z"}],
        "durationMin": 60,
        "slots": [{}],
        "amount": {"fen": "5000"},
        "consentRecorded": True,
    }


async def fund(client: Client, gid) -> tuple[int, ...]:
    found = (await client.ask(FUND, id=gid("Fund", "fund")))["fund"]
    return tuple(int(found[name]["fen"]) for name in ("received", "reserved", "spent", "available"))


async def published(as_, gid) -> dict:
    """Post, verify, run and publish; give the need as the desk sees it then."""
    desk, verifier = as_("worker"), as_("verifier")
    posted = await done(desk, "postNeed", "id version", **company_and_money(gid))
    seen = {"needId": posted["id"], "expectedVersion": posted["version"]}
    await done(verifier, "verifyNeed", "state", **seen, evidence="入户走访")
    row = await done(desk, "runRound", "id version", timeLimitS=20)
    key = {"roundId": row["id"], "expectedVersion": row["version"], "idempotencyKey": "round-1"}
    await done(as_("second"), "publishRound", "state", **key)
    return await desk.ask("query Q($id: ID!) { need(id: $id) { id state version } }", id=posted["id"])


async def accepted(as_, gid, need_id: str) -> str:
    """Let each who is asked say yes; give the volunteer's token."""
    answered: dict[str, str] = {}
    for each in (await as_("worker").ask(OFFERED, need=need_id))["proposals"]["nodes"]:
        people = {gid("Volunteer", name): name for name in HELPERS}
        who = "approver" if each["kind"] == "MONEY" else people[each["volunteer"]["id"]]
        asked = {"proposalId": each["id"], "expectedVersion": each["version"], "idempotencyKey": "yes"}
        assert (await done(as_(who), "acceptProposal", "state", **asked))["state"] == "ACCEPTED"
        answered[each["kind"]] = who
    assert set(answered) == {"VOLUNTEER", "MONEY"}
    return answered["VOLUNTEER"]


async def test_a_need_is_led_from_the_desk_to_money_spent(as_, gid):
    desk = as_("worker")
    need = (await published(as_, gid))["need"]
    assert need["state"] == "OFFERED"
    before = await fund(as_("approver"), gid)
    helper = await accepted(as_, gid, need["id"])
    seen = await desk.ask("query Q($id: ID!) { need(id: $id) { state version } }", id=need["id"])
    assert seen["need"]["state"] == "ACCEPTED"
    step = {"needId": need["id"], "expectedVersion": seen["need"]["version"]}
    stranger = next(name for name in HELPERS if name != helper)
    refused = await as_(stranger).do("startNeed", "state", **step)
    assert refused["object"] is None
    assert refused["userErrors"][0]["code"] in {"NOT_PERMITTED", "NOT_FOUND"}
    started = await done(as_(helper), "startNeed", "state version", **step)
    assert started["state"] == "IN_PROGRESS"
    step["expectedVersion"] = started["version"]
    complete = await done(as_(helper), "completeNeed", "state version", **step, evidence="签收单")
    assert complete["state"] == "DONE"
    step["expectedVersion"] = complete["version"]
    early = await desk.do("confirmNeed", "state", **step)
    assert early["userErrors"][0]["code"] == "CONFLICT"
    (gift,) = (await as_("cashier").ask(GIFT, need=need["id"]))["allocations"]["nodes"]
    assert (gift["state"], gift["approvals"], gift["fund"]["id"]) == (
        "APPROVED",
        [{"decision": "APPROVED"}],
        gid("Fund", "fund"),
    )
    payment = {"allocationId": gift["id"], "expectedVersion": gift["version"], "paymentReference": "转账 8"}
    same = await as_("approver").do("disburseAllocation", "state", **payment, idempotencyKey="pay")
    assert same["userErrors"][0]["code"] == "SEPARATION_OF_DUTIES"
    spent = await done(as_("cashier"), "disburseAllocation", "state", **payment, idempotencyKey="pay")
    assert spent["state"] == "DISBURSED"
    confirmed = await done(desk, "confirmNeed", "state", **step, feedback="老人满意")
    assert confirmed["state"] == "CONFIRMED"
    (gift,) = (await desk.ask(GIFT, need=need["id"]))["allocations"]["nodes"]
    assert (gift["state"], gift["evidence"]) == ("EVIDENCED", [{"kind": "ACCEPTANCE"}])
    tell = {"allocationId": gift["id"], "expectedVersion": gift["version"], "words": "已送达"}
    told = await done(as_("approver"), "sendFeedback", "version state", **tell, idempotencyKey="tell")
    tell = {"allocationId": gift["id"], "expectedVersion": told["version"]}
    public = await done(as_("approver"), "discloseAllocation", "state", **tell, idempotencyKey="public")
    assert public["state"] == "DISCLOSED"
    duties = "{ disclosures(filter: {states: [PUBLISHED]}) { nodes { kind dueOn allocation { id } fund { id } } } }"
    (duty,) = (await as_("approver").ask(duties))["disclosures"]["nodes"]
    assert (duty["kind"], duty["allocation"]["id"]) == ("PROJECT", gift["id"])
    after = await fund(as_("approver"), gid)
    assert after == (before[0], before[1] - 5_000, before[2] + 5_000, before[3])
    served = await desk.ask(
        "query Q($id: ID!) { volunteer(id: $id) { verifiedMinutes } }", id=gid("Volunteer", helper)
    )
    assert served["volunteer"]["verifiedMinutes"] == 60


async def test_a_round_that_is_not_wanted_is_dropped_and_cannot_be_published(as_):
    desk = as_("worker")
    row = await done(desk, "runRound", "id version", timeLimitS=20)
    dropped = await done(
        desk, "discardRound", "state version", roundId=row["id"], expectedVersion=row["version"]
    )
    assert dropped["state"] == "DISCARDED"
    key = {"roundId": row["id"], "expectedVersion": dropped["version"], "idempotencyKey": "late"}
    late = await as_("second").do("publishRound", "state", **key)
    assert late["userErrors"][0]["code"] == "TRANSITION_NOT_ALLOWED"


async def test_goods_for_a_need_served_in_part_are_confirmed_by_themselves(as_, gid, memory_store):
    world = World()
    world.stock("quilts", "charity", quantity=10)
    world.need(
        "ward",
        kind="GOODS",
        subject_kind="INSTITUTION",
        subject_id="hospital",
        items=(("QUILT", 20),),
        partial_allowed=True,
        region_id=TOWN_ID,
    )
    await world.write(memory_store)
    desk = as_("worker")
    row = await done(desk, "runRound", "id version", timeLimitS=20)
    key = {"roundId": row["id"], "expectedVersion": row["version"], "idempotencyKey": "round-1"}
    await done(as_("second"), "publishRound", "state", **key)
    (goods,) = (await desk.ask(OFFERED, need=gid("Need", "ward")))["proposals"]["nodes"]
    asked = {"proposalId": goods["id"], "expectedVersion": goods["version"]}
    early = await desk.do("confirmProposal", "state", **asked)
    assert early["userErrors"][0]["code"] == "TRANSITION_NOT_ALLOWED"
    yes = await done(as_("approver"), "acceptProposal", "version", **asked, idempotencyKey="yes")
    asked["expectedVersion"] = yes["version"]
    assert (await done(desk, "confirmProposal", "state", **asked))["state"] == "CONFIRMED"
