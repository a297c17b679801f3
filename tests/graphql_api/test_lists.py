"""Lists: pages that neither skip nor repeat, filters, and a cost that does not grow with their length."""

import pytest

from tests.builders import OTHER_TOWN, TOWN_ID, World

PAGES = {
    "needs": {"visit-0", "visit-1", "quilt", "wish", "posted"},
    "volunteers": {"v0", "v1", "v2"},
    "funds": {"fund", "fund-b"},
    "regions": {TOWN_ID, "NBS:320582000000"},
}
TYPES = {"needs": "Need", "volunteers": "Volunteer", "funds": "Fund", "regions": "Region"}


async def walk(client, name: str, first: int) -> list[str]:
    query = f"""query Q($first: Int!, $after: String) {{
        {name}(first: $first, after: $after) {{
          totalCount edges {{ cursor node {{ id }} }} nodes {{ id }}
          pageInfo {{ hasNextPage endCursor }} }} }}"""
    found: list[str] = []
    after, more = None, True
    while more:
        page = (await client.ask(query, first=first, after=after))[name]
        ids = [node["id"] for node in page["nodes"]]
        assert ids == [edge["node"]["id"] for edge in page["edges"]]
        assert len(ids) <= first
        assert page["totalCount"] == len(PAGES[name])
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        found += ids
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


@pytest.mark.parametrize("first", [1, 2, 100])
@pytest.mark.parametrize("name", sorted(PAGES))
async def test_pages_of_any_size_give_each_row_once(desk, gid, name, first):
    found = await walk(desk, name, first)
    assert len(found) == len(set(found))
    assert set(found) == {gid(TYPES[name], key) for key in PAGES[name]}


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
async def test_a_page_has_one_to_a_hundred_rows(desk, first):
    (error,) = await desk.errors(
        "query Q($first: Int!) { needs(first: $first) { nodes { id } } }", first=first
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["field"] == "first"


async def test_a_cursor_is_of_one_list_one_reader_and_unaltered(desk, ask_as):
    query = "query Q($after: String) { needs(first: 1, after: $after) { pageInfo { endCursor } } }"
    cursor = (await desk.ask(query))["needs"]["pageInfo"]["endCursor"]
    assert (await desk.ask(query, after=cursor))["needs"]["pageInfo"]["endCursor"] != cursor
    other_list = query.replace("needs", "volunteers")
    altered = cursor[:-4] + ("AAAA" if cursor[-4:] != "AAAA" else "BBBB")
    refused = [
        await desk.errors(other_list, after=cursor),
        await desk.errors(query, after=altered),
        await desk.errors(query, after="x" * 5_000),
        await ask_as("verifier").errors(query, after=cursor),
    ]
    assert [error["extensions"]["code"] for (error,) in refused] == ["INVALID_CURSOR"] * 4


async def test_needs_are_narrowed_by_each_axis(desk, gid):
    query = "query Q($filter: NeedFilter) { needs(filter: $filter) { nodes { id } totalCount } }"

    async def found(**axes: object) -> set[str]:
        page = (await desk.ask(query, filter=axes))["needs"]
        assert page["totalCount"] == len(page["nodes"])
        return {node["id"] for node in page["nodes"]}

    assert await found(states=["POSTED"]) == {gid("Need", "posted")}
    assert await found(categories=["COMPANION"]) == {gid("Need", "visit-0"), gid("Need", "visit-1")}
    assert await found(kinds=["WISH"], urgencies=["URGENT"]) == {gid("Need", "wish")}
    assert await found(text="老人 1") == {gid("Need", "visit-1")}
    assert len(await found(regionId=gid("Region", TOWN_ID))) == 5
    assert await found(states=["CANCELLED"]) == set()


async def test_other_lists_are_narrowed_too(desk, gid):
    data = await desk.ask(
        """query Q($charity: ID!, $town: ID!, $county: ID!) {
          funds(filter: {types: [SPECIAL], organisationId: $charity}) { nodes { id } }
          volunteers(filter: {skill: DRIVING, regionId: $town}) { nodes { id } }
          towns: regions(filter: {levels: [TOWN], withinId: $county}) { nodes { id } }
          rounds(filter: {states: [PUBLISHED]}) { nodes { id } }
          proposals(filter: {kinds: [MONEY], states: [OFFERED]}) { nodes { id } } }""",
        charity=gid("Organisation", "charity"),
        town=gid("Region", TOWN_ID),
        county=gid("Region", "NBS:320582000000"),
    )
    assert data["funds"]["nodes"] == [{"id": gid("Fund", "fund-b")}]
    assert data["towns"]["nodes"] == [{"id": gid("Region", TOWN_ID)}]
    assert [data[name]["nodes"] for name in ("volunteers", "rounds", "proposals")] == [[], [], []]


async def test_a_filter_by_a_division_of_somebody_else_finds_no_such_division(desk, gid):
    query = "query Q($id: ID!) { needs(filter: {regionId: $id}) { nodes { id } } }"
    (error,) = await desk.errors(query, id=gid("Region", "NBS:310109009000"))
    assert error["extensions"]["code"] == "NOT_FOUND"
    assert OTHER_TOWN not in str(error)


@pytest.mark.parametrize(
    "selection",
    [
        """needs(first: FIRST) { nodes { id title region { name }
             slots { id held volunteer { name } } items { item } transitions { after } } }""",
        """volunteers(first: FIRST) { nodes { id name region { name } qualifications { licence }
             claims(first: 5) { state need { title slots { id } } } } }""",
        "funds(first: FIRST) { nodes { id name region { name } organisation { name region { name } } } }",
    ],
)
async def test_a_longer_list_runs_no_more_statements(desk, ws, selection):
    costs = []
    for first in (1, 2, 4):
        before = ws.store.statements
        await desk.ask("{" + selection.replace("FIRST", str(first)) + "}")
        costs.append(ws.store.statements - before)
    assert costs == [costs[0]] * 3


async def test_the_length_of_a_list_is_counted_only_when_asked_for(desk, ws):
    before = ws.store.statements
    await desk.ask("{ needs { nodes { id } } }")
    plain = ws.store.statements - before
    await desk.ask("{ needs { ...F } } fragment F on NeedConnection { ... on NeedConnection { totalCount } }")
    assert ws.store.statements - before - plain == plain + 1


async def test_money_is_text_of_fen_beyond_what_a_double_holds(desk, ws, gid):
    world = World()
    world.fund("large", "charity", received_fen=2**53 + 1)
    await world.write(ws.store)
    data = await desk.ask(
        "query Q($id: ID!) { fund(id: $id) { received { fen currency } } }", id=gid("Fund", "large")
    )
    assert data["fund"]["received"] == {"fen": "9007199254740993", "currency": "CNY"}
