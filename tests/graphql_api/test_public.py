"""The wall of needs, with and without an account, and counted needs as rows and as a workbook; on both engines."""

from io import BytesIO

import httpx
import pytest
from python_calamine import CalamineWorkbook

from domain.publication import CROWD
from graphql_api.http import create_app
from graphql_api.settings import ApiSettings
from tests.builders import CITY, NOW, TOWN, TOWN_ID, workspace
from tests.graphql_api.conftest import ACTORS, KEY, CountingStore, city
from workflows.people import matcher_actor
from workflows.rounds.running import RoundRequest, run_round

FEED = "/public/needs"
WALL = """query Wall($first: Int!, $after: String, $filter: PublicNeedFilter) {
    openNeeds(first: $first, after: $after, filter: $filter) {
        nodes { needId title owner place category freeSlots publishedAt } pageInfo { hasNextPage endCursor } } }"""
COUNTED = """query Counted($since: Date!, $until: Date!, $by: [Axis!]!) {
    needStatistics(since: $since, until: $until, by: $by) {
        rows { category reason posted verified unmet hidden } leftOut
        latestRound { needsCount shadowPrices { kind gain highest message } } } }"""
YEAR = {"since": "2026-01-01", "until": "2027-01-01"}
BOOK = "/statistics/needs.xlsx"


@pytest.fixture
async def ws(store):
    world = city()
    for number in range(CROWD):
        world.household(f"near-{number}", path=TOWN, situations=["LIVING_ALONE"])
    world.household("h-elder", path=TOWN, situations=["LIVING_ALONE"])
    world.resident("r-elder", "h-elder", name="欧阳秀英")
    for number in range(3):
        world.need(
            f"elder-{number}", items=(("QUILT", 1),), subject_id="h-elder", region_id=TOWN_ID, path=TOWN
        )
    world.need("hidden", items=(("QUILT", 1),), category="CHILD_PROTECT", region_id=TOWN_ID)
    await world.write(store)
    return workspace(CountingStore(store))


async def _publish(desk, gid, need, title="想要一床棉被", **given):
    return await desk.do(
        "publishNeed",
        "needId title owner placePath crowd",
        needId=gid("Need", need),
        expectedVersion=1,
        title=title,
        idempotencyKey=f"publish-{need}-{title}",
        **given,
    )


@pytest.fixture
async def wall(desk, gid):
    """Three needs that everybody may read."""
    for number in range(3):
        assert (await _publish(desk, gid, f"elder-{number}"))["userErrors"] == []


async def test_a_need_is_published_once_and_read_by_every_account(wall, desk, ask_as, gid):
    again = await _publish(desk, gid, "elder-0")
    assert again["replayed"] is True
    assert again["object"]["owner"] == "ELDER"
    for reader in ("volunteer", "officer", "stranger"):
        page = (await ask_as(reader).ask(WALL, first=2))["openNeeds"]
        assert [node["owner"] for node in page["nodes"]] == ["ELDER", "ELDER"]
        rest = (await ask_as(reader).ask(WALL, first=2, after=page["pageInfo"]["endCursor"]))["openNeeds"]
        seen = [node["needId"] for node in [*page["nodes"], *rest["nodes"]]]
        assert sorted(seen) == sorted(gid("Need", f"elder-{number}") for number in range(3))
        assert rest["pageInfo"]["hasNextPage"] is False
    narrowed = await desk.ask(WALL, first=5, filter={"categories": ["CARE"]})
    assert narrowed["openNeeds"]["nodes"] == []


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ({"title": "给欧阳秀英的棉被"}, "title"),
        ({"body": "电话 138 0013 8000"}, "body"),
        ({"title": "人民路12号3幢要棉被"}, "title"),
    ],
)
async def test_words_that_lead_to_a_person_are_refused_with_others_instead(desk, gid, words, path):
    refused = await _publish(desk, gid, "elder-0", **words)
    (error,) = refused["userErrors"]
    told = {each["name"]: each["value"] for each in error["params"]}
    assert (error["code"], error["path"][-1]) == ("INVALID_INPUT", path)
    assert told["rule"] == "HC-24"
    assert "□" in told["suggestion"]


async def test_child_protection_and_needs_of_others_are_not_published(desk, ask_as, gid):
    assert (await _publish(desk, gid, "hidden"))["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await _publish(desk, gid, "abroad-need"))["userErrors"][0]["code"] == "NOT_FOUND"
    refused = await _publish(ask_as("volunteer"), gid, "elder-1")
    assert refused["userErrors"][0]["code"] == "NOT_PERMITTED"


async def test_a_title_that_names_somebody_is_not_posted(desk, gid):
    given = {
        "kind": "WISH",
        "category": "LIVING_AID",
        "regionId": gid("Region", TOWN_ID),
        "subjectKind": "HOUSEHOLD",
        "subjectId": gid("Household", "h-elder"),
        "consentRecorded": True,
        "items": [{"item": "QUILT", "quantity": 1, "unit": "piece"}],
        "duplicateReason": "another one",
    }
    selection = "title"
    refused = await desk.do("postNeed", selection, title="给欧阳秀英的棉被", idempotencyKey="k-1", **given)
    (error,) = refused["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "title"])
    assert {"name": "suggestion", "value": "给□□□□的棉被"} in error["params"]
    posted = await desk.do("postNeed", selection, title="一床厚棉被", idempotencyKey="k-2", **given)
    assert posted["object"] == {"title": "一床厚棉被"}


async def test_the_feed_asks_for_no_account_and_shows_what_the_wall_shows(wall, http, desk):
    first = await http.get(FEED, params={"first": 2}, headers={"Accept-Language": "en"})
    assert first.status_code == 200
    assert first.headers["cache-control"] == "public, max-age=60"
    rows = first.json()["needs"]
    after = await http.get(FEED, params={"first": 2, "after": first.json()["next"]})
    rows += after.json()["needs"]
    assert after.json()["next"] is None
    shown = (await desk.ask(WALL, first=10))["openNeeds"]["nodes"]
    assert [(row["id"], row["title"], row["owner"], row["place"]) for row in rows] == [
        (node["needId"], node["title"], node["owner"], node["place"]) for node in shown
    ]
    assert rows[0]["placePath"] == TOWN
    for secret in ("欧阳", "h-elder", "subject", "hidden"):
        assert secret not in first.text + after.text


async def test_an_unchanged_feed_is_not_sent_twice(wall, http, desk, gid):
    before = await http.get(FEED)
    tag = before.headers["etag"]
    same = await http.get(FEED, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    done = await desk.do(
        "withdrawPublication", "needId", needId=gid("Need", "elder-1"), reason="given by a neighbour"
    )
    assert done["userErrors"] == []
    changed = await http.get(FEED, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert len(changed.json()["needs"]) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "0"},
        {"first": "101"},
        {"first": "1e3"},
        {"first": "١"},
        {"after": "made-up"},
        {"category": "NOTHING"},
        {"kind": "wish"},
        {"region": "/"},
    ],
)
async def test_what_the_feed_does_not_know_it_says(http, asked):
    answer = await http.get(FEED, params=asked, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["extensions"]["code"] in {"INVALID_INPUT", "INVALID_CURSOR"}


async def test_the_feed_narrows_and_never_to_child_protection(wall, http):
    for asked, count in (
        ({"category": "CARE"}, 0),
        ({"category": "CARE,LIVING_AID"}, 3),
        ({"category": "CHILD_PROTECT"}, 0),
        ({"place": TOWN}, 3),
        ({"place": "/NBS/31/"}, 0),
    ):
        assert len((await http.get(FEED, params=asked)).json()["needs"]) == count, asked


async def test_a_cursor_of_an_account_means_nothing_to_the_feed(wall, http, desk):
    page = (await desk.ask(WALL, first=1))["openNeeds"]
    answer = await http.get(FEED, params={"after": page["pageInfo"]["endCursor"]})
    assert answer.status_code == 422


async def test_one_address_asks_the_feed_so_often_and_is_told_when_again(ws):
    settings = ApiSettings(cursor_key=KEY, feed_burst=2, feed_reads_per_minute=6)
    app = create_app(ws, authenticate=ACTORS.get, settings=settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as client:
        answers = [await client.get(FEED) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "10"
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


async def test_needs_are_counted_with_the_prices_of_the_latest_round(ws, desk):
    before = (await desk.ask(COUNTED, **YEAR, by=["CATEGORY"]))["needStatistics"]
    assert before["latestRound"] is None
    request = RoundRequest(region_path=CITY, time_limit_s=20.0)
    outcome = await run_round(ws, matcher_actor(CITY), request)
    counted = (await desk.ask(COUNTED, **YEAR, by=["CATEGORY", "REASON"]))["needStatistics"]
    assert sum(row["posted"] for row in counted["rows"]) == 8
    assert "CHILD_PROTECT" not in {row["category"] for row in counted["rows"]}
    assert counted["latestRound"]["needsCount"] == outcome.round.needs
    prices = counted["latestRound"]["shadowPrices"]
    assert len(prices) == len(outcome.round.summary["prices"]) > 0
    assert all(price["message"] for price in prices)


async def test_statistics_are_refused_to_volunteers(ask_as, http):
    (error,) = await ask_as("volunteer").errors(COUNTED, **YEAR, by=["CATEGORY"])
    assert error["extensions"]["code"] == "NOT_PERMITTED"
    headers = {"Authorization": "Bearer volunteer"}
    assert (await http.get(BOOK, params=YEAR, headers=headers)).status_code == 403


async def test_the_workbook_holds_the_rows_and_what_one_more_is_worth(ws, desk, http):
    await run_round(ws, matcher_actor(CITY), RoundRequest(region_path=CITY, time_limit_s=20.0))
    answer = await http.get(BOOK, params={**YEAR, "by": "town,category"}, headers=desk.headers)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="needs.xlsx"'
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    counts, worths = (book.get_sheet_by_index(index).to_python() for index in (0, 1))
    assert sum(row[2] for row in counts[5:]) == 8
    said = (await desk.ask(COUNTED, **YEAR, by=[]))["needStatistics"]["latestRound"]["shadowPrices"]
    assert [row[0] for row in worths[3:]] == [price["message"] for price in said]


async def test_the_workbook_is_for_accounts_and_its_parameters_are_read(desk, http, gid):
    assert (await http.get(BOOK, params=YEAR)).status_code == 401
    for asked, field in (
        ({"until": "2027-01-01"}, "since"),
        ({**YEAR, "until": "2027-13-01"}, "until"),
        ({**YEAR, "by": "colour"}, "by"),
        ({**YEAR, "region": gid("Need", "quilt")}, "region"),
    ):
        answer = await http.get(BOOK, params=asked, headers=desk.headers)
        assert answer.status_code == 422, asked
        assert answer.json()["errors"][0]["extensions"]["field"] == field
    elsewhere = await http.get(
        BOOK, params={**YEAR, "region": gid("Region", "NBS:310109009000")}, headers=desk.headers
    )
    assert elsewhere.status_code == 404


def test_the_city_of_these_tests_is_of_their_year():
    assert NOW.year == 2026
