"""Nobody sees through the API what lies outside their scope, by whatever way they ask."""

import pytest

from tests.builders import CITY
from workflows.people import matcher_actor
from workflows.rounds.running import RoundRequest, run_round

CITY_KEYS = {
    "Need": ("visit-0", "wish", "posted"),
    "Volunteer": ("v0",),
    "Fund": ("fund",),
    "Organisation": ("charity",),
    "Region": ("NBS:320582100000",),
}
EVERYTHING = """{
  needs(first: 100) { totalCount nodes { id title slots { id } } }
  volunteers(first: 100) { totalCount nodes { id name } }
  funds(first: 100) { totalCount nodes { id name } }
  regions(first: 100) { totalCount nodes { id name } }
  rounds(first: 100) { totalCount nodes { id } }
  proposals(first: 100) { totalCount nodes { id } } }"""


@pytest.fixture
async def round_id(ws) -> str:
    request = RoundRequest(region_path=CITY, time_limit_s=20.0)
    return (await run_round(ws, matcher_actor(CITY), request)).round.id


async def test_a_stranger_finds_only_their_own_city_in_every_list(ask_as, gid, round_id):
    data = await ask_as("stranger").ask(EVERYTHING)
    assert {name: [node["id"] for node in data[name]["nodes"]] for name in data} == {
        "needs": [gid("Need", "abroad-need")],
        "volunteers": [gid("Volunteer", "abroad-volunteer")],
        "funds": [gid("Fund", "abroad-fund")],
        "regions": [gid("Region", "NBS:310109009000")],
        "rounds": [],
        "proposals": [],
    }
    assert all(data[name]["totalCount"] == len(data[name]["nodes"]) for name in data)


async def test_the_desk_sees_the_same_round_and_its_proposals(desk, gid, round_id):
    data = await desk.ask(EVERYTHING)
    assert [node["id"] for node in data["rounds"]["nodes"]] == [gid("Round", round_id)]
    assert data["proposals"]["totalCount"] > 0


async def test_no_id_opens_what_lies_outside(ask_as, desk, gid, round_id):
    found = await desk.ask("{ proposals(first: 1) { nodes { id } } }")
    ids = [gid(kind, key) for kind, keys in CITY_KEYS.items() for key in keys]
    ids += [gid("Round", round_id), found["proposals"]["nodes"][0]["id"]]
    node = "query Q($id: ID!) { node(id: $id) { __typename id } }"
    for each in ids:
        assert (await desk.ask(node, id=each))["node"]["id"] == each
        assert (await ask_as("stranger").ask(node, id=each))["node"] is None


@pytest.mark.parametrize("kind", ["Need", "Volunteer", "Fund", "Region"])
async def test_by_id_fields_show_nothing_from_outside(ask_as, desk, gid, kind):
    query = f"query Q($id: ID!) {{ {kind.lower()}(id: $id) {{ id }} }}"
    for key in CITY_KEYS[kind]:
        assert (await desk.ask(query, id=gid(kind, key)))[kind.lower()]["id"] == gid(kind, key)
        assert (await ask_as("stranger").ask(query, id=gid(kind, key)))[kind.lower()] is None


async def test_a_round_its_outcomes_and_its_proposals_are_nobody_elses(ask_as, desk, gid, round_id):
    query = """query Q($id: ID!) {
        round(id: $id) { id }
        outcomes(roundId: $id) { totalCount nodes { need { title } reason { message } } }
        proposals(filter: {roundId: $id}) { totalCount nodes { need { title } volunteer { name } } } }"""
    outside = await ask_as("stranger").ask(query, id=gid("Round", round_id))
    assert outside == {
        "round": None,
        "outcomes": {"totalCount": 0, "nodes": []},
        "proposals": {"totalCount": 0, "nodes": []},
    }
    inside = await desk.ask(query, id=gid("Round", round_id))
    assert inside["outcomes"]["totalCount"] == 4
    assert all(node["need"] and node["reason"]["message"] for node in inside["outcomes"]["nodes"])


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("verifyNeed", {"evidence": "visited"}),
        ("rejectNeed", {"reason": "no"}),
        ("cancelNeed", {"reason": "no"}),
        ("confirmNeed", {}),
    ],
)
async def test_no_mutation_reaches_into_another_city(ask_as, desk, gid, name, given):
    need = gid("Need", "posted")
    payload = await ask_as("stranger").do(name, "id", needId=need, expectedVersion=1, **given)
    assert payload["object"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    seen = await desk.ask("query Q($id: ID!) { need(id: $id) { state version } }", id=need)
    assert seen["need"] == {"state": "POSTED", "version": 1}


async def test_a_stranger_neither_publishes_nor_runs_rounds_here(ask_as, desk, gid, round_id):
    stranger = ask_as("stranger")
    published = await stranger.do(
        "publishRound", "id", roundId=gid("Round", round_id), expectedVersion=1, idempotencyKey="k"
    )
    run = await stranger.do("runRound", "id", regionId=gid("Region", "NBS:320582100000"))
    assert [each["userErrors"][0]["code"] for each in (published, run)] == ["NOT_FOUND"] * 2
    seen = await desk.ask("query Q($id: ID!) { round(id: $id) { state } }", id=gid("Round", round_id))
    assert seen["round"]["state"] == "SOLVED"


async def test_a_volunteer_sees_neither_names_nor_unpublished_needs(ask_as, gid, round_id):
    data = await ask_as("volunteer").ask(
        """{ needs(first: 100) { nodes { id detail place { longitudeDeg } postedBy situations } }
             volunteers(first: 100) { nodes { id name } } rounds { nodes { id } } proposals { nodes { id } }
             viewer { roles volunteer { id name } } }"""
    )
    own = {"id": gid("Volunteer", "v0"), "name": "李小四"}
    assert data["volunteers"]["nodes"] == [own]
    assert data["viewer"] == {"roles": ["VOLUNTEER"], "volunteer": own}
    assert gid("Need", "posted") not in {need["id"] for need in data["needs"]["nodes"]}
    assert {(n["detail"], n["place"], n["postedBy"], *n["situations"]) for n in data["needs"]["nodes"]} == {
        (None, None, None)
    }
    assert data["rounds"]["nodes"] == data["proposals"]["nodes"] == []


async def test_an_officer_sees_the_funds_of_their_organisation_and_masked_names(ask_as, gid):
    data = await ask_as("officer").ask("{ funds { nodes { id } } volunteers { nodes { name } } }")
    assert {fund["id"] for fund in data["funds"]["nodes"]} == {gid("Fund", "fund"), gid("Fund", "fund-b")}
    assert {volunteer["name"] for volunteer in data["volunteers"]["nodes"]} == {"李*四"}
