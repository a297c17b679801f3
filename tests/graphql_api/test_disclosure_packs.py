"""Packs over GraphQL, and their files for everybody; a bank's list in one call."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from io import BytesIO

import httpx
import pytest
from python_calamine import CalamineWorkbook

from graphql_api.http import create_app
from graphql_api.settings import ApiSettings
from tests.builders import officer
from tests.graphql_api.conftest import ACTORS, KEY, SETTINGS, Client
from tests.workflows.donations.conftest import approver

PEOPLE = {**ACTORS, "second": officer("charity", actor_id="second"), "approver": approver()}
PACK = """id version state digest content entries reason correctsId jsonPath xlsxPath generatedBy publishedBy
  period { kind name start end } organisation { id }
  totals { opening { fen } received { fen } spent { fen } closing { fen } }"""
LIST = """total { fen } known { fen } recorded { fen }
  lines { outcome donation { id version state amount { fen } donorKind duplicateOf { id } } }"""


@pytest.fixture
async def app(ws) -> AsyncIterator[httpx.AsyncClient]:
    made = create_app(ws, authenticate=PEOPLE.get, settings=SETTINGS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=made), base_url="http://zhulian.test"
    ) as http:
        yield http


@pytest.fixture
def as_(app) -> Callable[[str], Client]:
    return lambda token: Client(app, token)


async def done(client: Client, name: str, selection: str, /, **given: object) -> dict:
    payload = await client.do(name, selection, **given)
    assert payload["userErrors"] == []
    return payload["object"]


async def drafted(as_, gid, **more) -> dict:
    asked = {"organisationId": gid("Organisation", "charity"), "period": "2026-03", "idempotencyKey": "d"}
    return await done(as_("officer"), "generateDisclosurePack", PACK, **{**asked, **more})


async def published(as_, gid, **more) -> dict:
    made = await drafted(as_, gid, **more)
    asked = {"packId": made["id"], "expectedVersion": made["version"], "idempotencyKey": made["id"]}
    return await done(as_("approver"), "publishDisclosurePack", PACK, **asked)


async def test_a_draft_is_seen_and_proved_by_its_charity_and_by_nobody_else(as_, gid):
    made = await drafted(as_, gid)
    assert (made["state"], made["period"]["end"], made["jsonPath"]) == ("DRAFT", "2026-04-01", None)
    assert made["totals"]["closing"]["fen"] == "2000000"  # two funds of a million, as the city's were opened
    check = "query C($id: ID!) { disclosurePackCheck(id: $id) { holds figures findings { broken } } }"
    held = (await as_("officer").ask(check, id=made["id"]))["disclosurePackCheck"]
    assert (held["holds"], held["findings"]) == (True, [])
    assert held["figures"] > 50
    listed = "{ disclosurePacks { totalCount nodes { id } } }"
    for token, seen in (("officer", 1), ("worker", 1), ("volunteer", 0), ("stranger", 0)):
        assert (await as_(token).ask(listed))["disclosurePacks"]["totalCount"] == seen, token
    one = "query Q($id: ID!) { disclosurePack(id: $id) { id } node(id: $id) { id } }"
    assert await as_("stranger").ask(one, id=made["id"]) == {"disclosurePack": None, "node": None}
    assert (await as_("officer").ask(one, id=made["id"]))["node"]["id"] == made["id"]
    refused = await as_("stranger").errors(check, id=made["id"])
    assert refused[0]["extensions"]["code"] == "NOT_FOUND"


async def test_two_people_publish_and_who_has_no_account_reads(as_, gid, app):
    made = await drafted(as_, gid)
    asked = {"packId": made["id"], "expectedVersion": made["version"], "idempotencyKey": "p"}
    for token, code in (
        ("officer", "NOT_PERMITTED"),
        ("second", "NOT_PERMITTED"),
        ("volunteer", "NOT_FOUND"),
    ):
        refused = await as_(token).do("publishDisclosurePack", "id", **asked)
        assert refused["userErrors"][0]["code"] == code
    key = made["content"] and json.loads(made["content"])["id"]
    assert (await app.get(f"/disclosures/charity/{key}.json")).status_code == 404
    public = await done(as_("approver"), "publishDisclosurePack", PACK, **asked)
    assert (public["state"], public["publishedBy"]) == ("PUBLISHED", "approver")
    file = await app.get(public["jsonPath"])
    assert file.status_code == 200
    assert file.text == made["content"]
    said = {name: value for name, value in file.json().items() if name != "digest"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == file.json()["digest"] == public["digest"]
    known = await app.get(public["jsonPath"], headers={"If-None-Match": file.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    for lang, name in (("en", "Projects"), ("zh-CN", "项目")):
        book = await app.get(public["xlsxPath"], params={"lang": lang})
        assert book.status_code == 200
        sheets = CalamineWorkbook.from_filelike(BytesIO(book.content))
        assert name in sheets.sheet_names
    assert (await app.get(f"/disclosures/abroad-charity/{key}.json")).status_code == 404
    assert (await app.get(f"/disclosures/{'x' * 400}/{key}.xlsx")).status_code == 404


async def test_a_correction_names_the_earlier_pack_and_the_earlier_file_its_successor(as_, gid, app):
    first = await published(as_, gid)
    again = {"organisationId": gid("Organisation", "charity"), "period": "2026-03", "idempotencyKey": "x"}
    refused = await as_("officer").do("generateDisclosurePack", "id", **again)
    assert refused["userErrors"][0]["code"] == "CONFLICT"
    second = await published(
        as_, gid, correctsId=first["id"], reason="a gift was missing", idempotencyKey="again"
    )
    assert (second["correctsId"], second["reason"]) == (first["id"], "a gift was missing")
    old = await app.get(first["jsonPath"])
    assert old.text == first["content"]
    assert old.headers["Link"] == f'<{second["jsonPath"]}>; rel="successor-version"'
    listed = (await app.get("/disclosures/charity")).json()["packs"]
    assert [
        (each["corrected"], each["json"]) for each in sorted(listed, key=lambda each: each["corrected"])
    ] == [
        (False, second["jsonPath"]),
        (True, first["jsonPath"]),
    ]
    assert (await app.get("/disclosures/nobody")).json() == {"packs": []}


async def test_the_schema_of_the_file_is_served_and_the_file_keeps_to_it(as_, gid, app):
    schema = (await app.get("/disclosures/schema.json")).json()
    assert schema["$id"] == "zhulian/disclosure-pack/1"
    file = (await app.get((await published(as_, gid))["jsonPath"])).json()
    assert set(schema["required"]) | {"format", "digest"} == set(file)


async def test_who_asks_too_often_waits(ws):
    settings = ApiSettings(cursor_key=KEY, disclosure_burst=2, disclosure_reads_per_minute=6)
    made = create_app(ws, authenticate=PEOPLE.get, settings=settings)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=made), base_url="http://zhulian.test"
    ) as http:
        answers = [await http.get("/disclosures/charity") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "10"


async def test_bad_periods_and_ids_are_refused_with_their_field(as_, gid):
    for more in ({"period": "2026-13"}, {"organisationId": gid("Fund", "fund")}, {"period": "2027"}):
        asked = {"organisationId": gid("Organisation", "charity"), "period": "2026-03", "idempotencyKey": "k"}
        refused = await as_("officer").do("generateDisclosurePack", "id", **{**asked, **more})
        assert refused["userErrors"][0]["code"] == "INVALID_INPUT"


def a_list(gid, *lines: tuple[str | None, int, str | None], stated: int | None = None, **more) -> dict:
    return {
        "idempotencyKey": "list",
        "fundId": gid("Fund", "fund"),
        "channel": "BANK",
        "statedTotal": {"fen": str(sum(line[1] for line in lines) if stated is None else stated)},
        "lines": [
            {
                "donor": {"name": donor} if donor else None,
                "amount": {"fen": str(fen)},
                "givenOn": "2026-03-01",
                "reference": reference,
            }
            for donor, fen, reference in lines
        ],
        **more,
    }


async def test_a_list_is_taken_down_once_and_found_again(as_, gid):
    lines = [
        ("沙洲纺织有限公司", 70_000, "B-1"),
        (None, 1, "B-2"),
        ("王小明", 500, None),
        ("王小明", 500, None),
    ]
    asked = a_list(gid, *lines)
    taken = await done(as_("officer"), "recordGiftList", LIST, **asked)
    assert [line["outcome"] for line in taken["lines"]] == ["RECORDED", "RECORDED", "RECORDED", "FLAGGED"]
    assert (taken["total"]["fen"], taken["recorded"]["fen"]) == ("71001", "71001")
    assert taken["lines"][3]["donation"]["duplicateOf"]["id"] == taken["lines"][2]["donation"]["id"]
    replayed = await as_("officer").do("recordGiftList", LIST, **asked)
    assert (replayed["replayed"], replayed["object"]) == (True, taken)
    again = await done(as_("officer"), "recordGiftList", LIST, **{**asked, "idempotencyKey": "again"})
    assert {line["outcome"] for line in again["lines"]} == {"KNOWN"}
    assert [line["donation"]["id"] for line in again["lines"]] == [
        line["donation"]["id"] for line in taken["lines"]
    ]
    more = a_list(gid, *lines, ("赵某某", 900, "B-9"), idempotencyKey="more")
    third = await done(as_("second"), "recordGiftList", LIST, **more)
    assert (third["known"]["fen"], third["recorded"]["fen"]) == ("71001", "900")


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ([("甲", 100, "1")], {"stated": 101}),
        ([], {}),
        ([("甲", 0, "1")], {}),
        ([("甲", 100, "1")], {"channel": "SHOP"}),
        ([("甲", 1, f"{i}") for i in range(501)], {}),
    ],
)
async def test_a_list_that_is_none_leaves_nothing(as_, gid, lines, more):
    before = (await as_("officer").ask("{ donations { totalCount } }"))["donations"]["totalCount"]
    refused = await as_("officer").do("recordGiftList", "total { fen }", **a_list(gid, *lines, **more))
    assert refused["userErrors"][0]["code"] == "INVALID_INPUT"
    assert (await as_("officer").ask("{ donations { totalCount } }"))["donations"]["totalCount"] == before


async def test_a_list_for_anothers_fund_is_refused(as_, gid):
    asked = a_list(gid, ("甲", 100, "1"), fundId=gid("Fund", "abroad-fund"))
    refused = await as_("officer").do("recordGiftList", "total { fen }", **asked)
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    desk = await as_("worker").do("recordGiftList", "total { fen }", **a_list(gid, ("甲", 100, "1")))
    assert desk["userErrors"][0]["code"] == "NOT_PERMITTED"
