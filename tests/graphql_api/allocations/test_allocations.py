"""Money on its way to needs, by clients of the API."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from graphql_api.http import create_app
from tests.builders import officer, worker, workspace
from tests.graphql_api.conftest import ACTORS, SETTINGS, Client
from tests.workflows.allocations.gifts import town

PEOPLE = {
    **ACTORS,
    "asker": officer("charity", actor_id="asker"),
    "first": officer("charity", actor_id="first"),
    "cashier": officer("charity", actor_id="cashier"),
    "elsewhere": officer("other-charity", actor_id="elsewhere"),
    "desk": worker("desk"),
}
LIST = """query Q($filter: AllocationFilter) { allocations(filter: $filter) {
  totalCount nodes { id state version payFirst papersDueAt expiresAt rules amount { fen } } } }"""
DUTIES = """query Q($filter: DisclosureFilter) { disclosures(filter: $filter) {
  nodes { id kind state dueOn version organisation { id } allocation { id } } } }"""


@pytest.fixture
async def ws(memory_store):
    await town().write(memory_store)
    return workspace(memory_store)


@pytest.fixture
async def as_(ws) -> AsyncIterator[Callable[[str], Client]]:
    transport = httpx.ASGITransport(app=create_app(ws, authenticate=PEOPLE.get, settings=SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:
        yield lambda token: Client(http, token)


async def done(client: Client, name: str, selection: str, /, **given: object) -> dict:
    payload = await client.do(name, selection, **given)
    assert payload["userErrors"] == [], payload
    return payload["object"]


def gift(gid, fund: str = "fund", fen: str = "30000", need: str = "need", **more: object) -> dict:
    return {
        "needId": gid("Need", need),
        "expectedVersion": 1,
        "fundId": gid("Fund", fund),
        "amount": {"fen": fen},
        "idempotencyKey": "give",
        **more,
    }


async def ids(client: Client, **narrowed: object) -> list[str]:
    return [node["id"] for node in (await client.ask(LIST, filter=narrowed))["allocations"]["nodes"]]


async def test_a_federation_gives_to_a_need_and_finds_the_gift_again(as_, gid):
    made = await done(as_("asker"), "allocate", "id version state approvalsWanted rules", **gift(gid))
    assert (made["state"], made["approvalsWanted"]) == ("RESERVED", 1)
    assert "zhangjiagang" in made["rules"]
    again = await as_("asker").do("allocate", "id", **gift(gid))
    assert (again["replayed"], again["object"]["id"]) == (True, made["id"])
    for narrowed in (
        {},
        {"states": ["RESERVED"]},
        {"fundId": gid("Fund", "fund")},
        {"needId": gid("Need", "need")},
        {"organisationId": gid("Organisation", "charity")},
    ):
        for reader in ("first", "desk"):
            assert await ids(as_(reader), **narrowed) == [made["id"]], narrowed
    for narrowed in ({"states": ["APPROVED"]}, {"fundId": gid("Fund", "poor")}, {"papersOverdue": True}):
        assert await ids(as_("first"), **narrowed) == []
    for stranger in ("elsewhere", "stranger", "volunteer"):
        assert await ids(as_(stranger)) == []
    found = await as_("first").ask(
        "query Q($id: ID!) { node(id: $id) { ... on Allocation { state need { id } } } }", id=made["id"]
    )
    assert found["node"] == {"state": "RESERVED", "need": {"id": gid("Need", "need")}}


async def test_a_refusal_names_the_rule_the_fund_the_need_and_the_path(as_, gid):
    refused = await as_("asker").do("allocate", "id", **gift(gid, "managed"))
    (why,) = refused["userErrors"]
    told = {each["name"]: each["value"] for each in why["params"]}
    assert why["code"] == "CONFLICT"
    assert (told["rule"], told["path"]) == ("HC-13", "aunt>member")
    assert (told["fund"], told["need"]) == (gid("Fund", "managed"), gid("Need", "need"))
    poor = await as_("asker").do("allocate", "id", **gift(gid, "poor"))
    assert poor["userErrors"][0]["code"] == "INSUFFICIENT_FUNDS"
    other = await as_("elsewhere").do("allocate", "id", **gift(gid))
    assert other["userErrors"][0]["code"] == "NOT_PERMITTED"
    wrong = await as_("asker").do("allocate", "id", **gift(gid, needId=gid("Fund", "fund")))
    assert wrong["userErrors"][0]["path"] == ["input", "needId"]


async def test_every_step_goes_through_the_api(as_, gid):
    made = await done(as_("asker"), "allocate", "id version", **gift(gid, fen="10000"))

    async def step(who: str, name: str, **more: object) -> dict:
        nonlocal made
        asked = {"allocationId": made["id"], "expectedVersion": made["version"], "idempotencyKey": name}
        made = await done(as_(who), name, "id version state", **asked, **more)
        return made["state"]

    assert await step("first", "approveAllocation") == "APPROVED"
    assert await step("cashier", "disburseAllocation", paymentReference="转账 1") == "DISBURSED"
    assert await step("desk", "recordEvidence", kind="ACCEPTANCE", reference="签收单") == "EVIDENCED"
    assert await step("first", "sendFeedback", words="已送达") == "FEEDBACK_SENT"
    (duty,) = (await as_("first").ask(DUTIES))["disclosures"]["nodes"]
    asked = {"disclosureId": duty["id"], "expectedVersion": duty["version"], "idempotencyKey": "early"}
    early = await as_("first").do("publishDisclosure", "state", **asked)
    assert early["userErrors"][0]["code"] == "CONFLICT"
    assert await step("first", "discloseAllocation") == "DISCLOSED"
    assert await step("first", "clawBackAllocation", reason="重复救助") == "CLAWED_BACK"

    async def anew(key: str) -> dict:
        """Give again to the need as it stands now."""
        asked = "query Q($id: ID!) { need(id: $id) { version } }"
        seen = (await as_("desk").ask(asked, id=gid("Need", "need")))["need"]
        again = gift(gid, idempotencyKey=key, expectedVersion=seen["version"])
        return await done(as_("asker"), "allocate", "id version", **again)

    made = await anew("b")
    assert await step("first", "refuseAllocation", reason="不符") == "RELEASED"
    made = await anew("c")
    asked = {"allocationId": made["id"], "expectedVersion": made["version"], "reason": "另有安排"}
    gone = await done(as_("first"), "releaseAllocation", "state releasedReason", **asked, idempotencyKey="r")
    assert gone == {"state": "RELEASED", "releasedReason": "另有安排"}


async def test_a_desk_helps_first_and_the_duty_is_listed_by_its_day(as_, gid):
    first = gift(gid, "imprest", "20000", "posted", paymentReference="现金 1", idempotencyKey="first")
    made = await done(as_("desk"), "payFirst", "id state payFirst papersDueAt", **first)
    assert (made["state"], made["payFirst"]) == ("DISBURSED", True)
    assert await ids(as_("desk"), papersOverdue=True) == []  # not before their day
    (duty,) = (await as_("first").ask(DUTIES, filter={"dueBy": "2026-05-31"}))["disclosures"]["nodes"]
    assert (duty["kind"], duty["dueOn"], duty["allocation"]["id"]) == ("PROJECT", "2026-05-31", made["id"])
    assert (await as_("first").ask(DUTIES, filter={"dueBy": "2026-05-30"}))["disclosures"]["nodes"] == []
    assert (await as_("elsewhere").ask(DUTIES))["disclosures"]["nodes"] == []
