"""Gifts and shops as clients handle them, and a donor's page as anybody with a code sees it."""

import base64
from dataclasses import replace

import httpx
import pytest

from tests.builders import officer, worker
from tests.graphql_api.conftest import ACTORS, SETTINGS, app_over

YUAN = "{ fen currency }"
SEEN = (
    f"id state version amount {YUAN} refunded {YUAN} donorName donorKind passedOnFor receiptNumber lookupCode"
)


@pytest.fixture
def charity(ask_as, monkeypatch):
    monkeypatch.setitem(ACTORS, "second", officer("charity", actor_id="second-officer"))
    auditor = replace(worker("auditor"), roles=frozenset({"AUDITOR"}))
    monkeypatch.setitem(ACTORS, "auditor", auditor)
    return ask_as("officer"), ask_as("second")


def given(gid, key="k", **more):
    return {
        "idempotencyKey": key,
        "fundId": gid("Fund", "fund"),
        "amount": {"fen": "10000"},
        "channel": "BANK",
        "donor": {"name": "王建国转来李秀英捐款"},
        **more,
    }


def step(row, key, **more):
    return {"idempotencyKey": key, "donationId": row["id"], "expectedVersion": row["version"], **more}


async def done(client, name, selection=SEEN, /, **values):
    answer = await client.do(name, selection, **values)
    assert answer["userErrors"] == [], answer
    return answer["object"]


async def test_a_gift_goes_its_whole_way_and_its_donor_sees_it(charity, http, gid):
    first, second = charity
    foreign = {"amount": "1400", "currency": "USD"}
    row = await done(first, "pledgeDonation", **given(gid, foreign=foreign, restrictionText="用于照护"))
    assert (row["donorName"], row["passedOnFor"], row["state"]) == ("王建国", "李秀英", "PLEDGED")
    assert (
        await first.do("pledgeDonation", SEEN, **given(gid, foreign=foreign, restrictionText="用于照护"))
    )["replayed"]
    row = await done(first, "receiveDonation", **step(row, "r", amount={"fen": "9999"}, reference="T1"))
    row = await done(first, "issueReceipt", **step(row, "i"))
    printed = await done(first, "printReceipt", "pdf donation { receiptNumber }", donationId=row["id"])
    assert base64.b64decode(printed["pdf"]).startswith(b"%PDF")
    refused = await first.do("postDonation", SEEN, **step(row, "b"))
    assert refused["userErrors"][0]["code"] == "INVALID_INPUT"
    placing = {"earmark": {"name": "照护", "categories": ["CARE"]}}
    row = await done(first, "postDonation", **step(row, "b2", placing=placing))
    assert row["state"] == "POSTED"
    new = {"fundId": gid("Fund", "fund-b"), "ground": "DONOR_CONSENT", "reason": "项目结束"}
    row = await done(first, "askPurposeChange", **step(row, "a", **new))
    own = await first.do("allowPurposeChange", SEEN, **step(row, "c", reference="函1号"))
    assert own["userErrors"][0]["code"] == "SEPARATION_OF_DUTIES"
    row = await done(second, "allowPurposeChange", **step(row, "c", reference="函1号"))
    row = await done(second, "refundDonation", **step(row, "x", amount={"fen": "99"}, reason="多付"))
    assert (row["refunded"]["fen"], row["state"]) == ("99", "POSTED")
    query = """query Q($code: String!, $id: ID!) { giftTrace(code: $code) { state used { fen } bookAvailable { fen }
        fund foreign { amount currency } } donation(id: $id) { fund { name received { fen } } foreign { currency }
        earmarkId purposeChanges { state reference toFund { id } } } }"""
    data = await first.ask(query, code=row["lookupCode"], id=row["id"])
    assert data["giftTrace"]["bookAvailable"]["fen"] == "1009900"  # with what the fund held
    assert data["giftTrace"]["foreign"] == {"amount": "1400", "currency": "USD"}
    assert data["donation"]["purposeChanges"] == [
        {"state": "CONSENTED", "reference": "函1号", "toFund": {"id": gid("Fund", "fund-b")}}
    ]
    plain = (await http.get(f"/gifts/{row['lookupCode']}.json")).json()
    assert (plain["state"], plain["amount_fen"], plain["changes"][0]["state"]) == (
        "POSTED",
        9999,
        "CONSENTED",
    )
    page = await http.get(f"/gifts/{row['lookupCode']}", headers={"Accept-Language": "zh"})
    assert page.status_code == 200
    assert "99.99" in page.text
    assert page.headers["cache-control"] == "no-store"
    for name in ("王建国", "李秀英"):
        assert name not in page.text + str(plain)


async def test_a_code_that_nobody_has_opens_nothing_and_asking_is_limited(ws):
    settings = replace(SETTINGS, verification_burst=3, verifications_per_minute=1)
    transport = httpx.ASGITransport(app=app_over(ws, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:
        assert (await http.get("/gifts")).status_code == 200
        assert (await http.get("/gifts?code=x")).status_code == 400
        lead_on = await http.get("/gifts?code=zzzz zzzz zzzz zzzz")
        assert (lead_on.status_code, lead_on.headers["location"][:26]) == (303, "/gifts/ZZZZ-ZZZZ-ZZZZ-ZZZZ")
        assert (await http.get("/gifts/ZZZZ-ZZZZ-ZZZZ-ZZZZ")).status_code == 404
        assert (await http.get("/gifts/ZZZZ-ZZZZ-ZZZZ-ZZZZ.json")).json() == {"state": "UNKNOWN"}
        assert (await http.get("/gifts/nonsense")).status_code == 404
        assert (await http.get("/gifts/ZZZZ-ZZZZ-ZZZZ-ZZZZ")).status_code == 429
        assert (await http.get("/gifts/ZZZZ-ZZZZ-ZZZZ-ZZZZ.json")).status_code == 429


async def test_codes_are_not_tried_over_graphql_either(ws):
    settings = replace(SETTINGS, verification_burst=3, verifications_per_minute=1)
    tries = " ".join(f't{i}: giftTrace(code: "ZZZZ-ZZZZ-ZZZZ-ZZZ{i}") {{ state }}' for i in range(5))
    transport = httpx.ASGITransport(app=app_over(ws, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as http:
        headers = {"Authorization": "Bearer worker", "Accept-Language": "en"}
        asked = {"json": {"query": f"{{ {tries} }}"}, "headers": headers}
        answer = (await http.post("/graphql", **asked)).json()
        assert answer["data"] == {f"t{i}": None for i in range(5)}
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_PERMITTED"] * 2
        assert "too often" in answer["errors"][0]["message"]


async def test_the_list_shows_names_to_the_charity_and_masks_them_for_oversight(charity, ask_as, gid):
    first, _ = charity
    row = await done(first, "recordDonation", **given(gid, donor={"name": "张小三"}))
    again = await done(
        first, "recordDonation", "id duplicateOf { id }", **given(gid, "k2", donor={"name": "张小三"})
    )
    assert again["duplicateOf"] == {"id": row["id"]}
    query = """query Q($filter: DonationFilter) { donations(first: 5, filter: $filter) {
        totalCount nodes { id donorName lookupCode fund { id } } } }"""
    flagged = {"flagged": True, "states": ["RECEIVED"], "fundId": gid("Fund", "fund"), "channel": "BANK"}
    data = (await first.ask(query, filter=flagged))["donations"]
    assert (data["totalCount"], data["nodes"][0]["donorName"]) == (1, "张小三")
    seen = (await ask_as("auditor").ask(query))["donations"]
    assert [(node["donorName"], node["lookupCode"]) for node in seen["nodes"]] == [("张*三", None)] * 2
    for nobody in ("worker", "volunteer", "stranger"):
        assert (await ask_as(nobody).ask(query))["donations"]["totalCount"] == 0
    flag = await done(
        first,
        "clearDuplicate",
        "version duplicateOf { id }",
        **step({**again, "version": 1}, "c", reason="同名"),
    )
    assert flag["duplicateOf"] is None


async def test_a_form_for_the_public_needs_the_qualification(charity, gid):
    first, _ = charity
    query = "query Q($id: ID!) { donationForm(fundId: $id) { open rule } }"
    data = await first.ask(query, id=gid("Fund", "fund"))
    assert data["donationForm"] == {"open": False, "rule": "HC-21"}
    refused = await first.do("pledgeDonation", SEEN, **given(gid, channel="ONLINE"))
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"
    other = await first.do("recordDonation", SEEN, **{**given(gid), "fundId": gid("Fund", "abroad-fund")})
    assert other["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_shop_reconciles_to_its_fund(charity, gid):
    first, second = charity
    asked = {"idempotencyKey": "s", "name": "慈善超市", "fundId": gid("Fund", "fund")}
    shop = await done(first, "openCharityShop", "id name fund { id } organisation { id }", **asked)
    day = {"shopId": shop["id"], "soldOn": "2026-03-01", "amount": {"fen": "14300"}, "itemCount": 9}
    sale = await done(
        first, "recordShopSale", "id version donation { state channel }", idempotencyKey="d", **day
    )
    assert sale["donation"] == {"state": "POSTED", "channel": "SHOP"}
    mended = {
        **day,
        "idempotencyKey": "m",
        "amount": {"fen": "14000"},
        "expectedVersion": 1,
        "reason": "写错",
    }
    assert (await done(second, "correctShopSale", "version amount { fen }", **mended))["amount"][
        "fen"
    ] == "14000"
    query = """{ charityShops(first: 5) { totalCount nodes { name } } shopLedger(since: "2026-03-01",
        until: "2026-03-02") { reconciles lines { shopId days itemCount sold { fen } booked { fen } } } }"""
    data = await first.ask(query)
    assert data["charityShops"] == {"totalCount": 1, "nodes": [{"name": "慈善超市"}]}
    line = {
        "shopId": shop["id"],
        "days": 1,
        "itemCount": 9,
        "sold": {"fen": "14000"},
        "booked": {"fen": "14000"},
    }
    assert data["shopLedger"] == {"reconciles": True, "lines": [line]}
