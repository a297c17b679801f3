"""Child protection is behind a wall: every list and look-up, asked as every other role, shows nothing of it (HC-25)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from domain.actors import Role
from graphql_api.ids import encode_id
from graphql_api.schema import export_schema
from tests.builders import CITY, NOW, TOWN_ID, officer, volunteer, worker, workspace
from tests.graphql_api.conftest import ACTORS, CountingStore, city
from workflows.needs.clocks import tick
from workflows.people import clock_actor, matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round
from workflows.stations.tree import settle_stations

HIDDEN = "hidden"
NAMED = {Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER}
SCHEMA = build_schema(export_schema())


def _role_actor(role: Role):
    asker = {Role.VOLUNTEER: volunteer("v0"), Role.FEDERATION_OFFICER: officer("charity")}.get(role, worker())
    return replace(asker, id=f"as-{role.value}", roles=frozenset({role}))


@pytest.fixture
async def ws(memory_store, monkeypatch):
    world = city()
    world.add(
        "Station",
        id="station",
        name="站",
        networks=["CHILD_PROTECTION"],
        region_path=CITY,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    for state in ("POSTED", "VERIFIED", "MATCHING", "OFFERED", "DONE", "CLOSED"):
        world.need(
            f"{HIDDEN}-{state}",
            slots=1,
            category="CHILD_PROTECT",
            state=state,
            title=f"{HIDDEN} {state}",
            detail=HIDDEN,
            region_id=TOWN_ID,
            urgency="EMERGENCY",
            posted_by="as-CHILD_OFFICER",
        )
    world.add(
        "NeedSeries",
        id=f"{HIDDEN}-series",
        title=HIDDEN,
        category="CHILD_PROTECT",
        rule="FREQ=DAILY",
        starts_at="2026-03-02T09:00",
        state="POSTED",
        posted_by="as-CHILD_OFFICER",
        posted_at=NOW,
        region_path=CITY,
        version=1,
        source_id="manual",
        source_row=0,
        recorded_at=NOW,
    )
    await world.write(memory_store)
    made = workspace(CountingStore(memory_store))
    await settle_stations(made, replace(worker(), roles=frozenset({Role.PLATFORM_ADMIN})))
    await tick(made, clock_actor(), holder="test")
    for _ in range(2):  # each deadline in its turn
        await tick(replace(made, clock=lambda: NOW + timedelta(days=2)), clock_actor(), holder="test")
    outcome = await run_round(made, matcher_actor(CITY), RoundRequest(region_path=CITY, time_limit_s=20.0))
    await publish_round(made, worker(), outcome.round.id, expected_version=1)
    for role in Role:
        monkeypatch.setitem(ACTORS, role.value, _role_actor(role))
    return made


def _selection(kind: GraphQLObjectType, depth: int) -> str:
    """Every field of an object that needs no argument, a few levels down."""
    fields = []
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            fields.append(name)
        elif isinstance(inner, GraphQLObjectType) and depth and name != "edges":
            fields.append(f"{name} {{ {_selection(inner, depth - 1)} }}")
    return " ".join(fields) or "__typename"


def _lists() -> dict[str, str]:
    """Each root list of the schema with all that a row shows, and its count."""
    found = {}
    for name, field in SCHEMA.query_type.fields.items():
        kind = get_named_type(field.type)
        if kind.name.endswith("Connection"):
            node = get_named_type(kind.fields["nodes"].type)
            assert isinstance(kind.fields["nodes"].type, GraphQLNonNull | GraphQLList)
            arguments = "first: 20"
            if "roundId" in field.args:
                arguments += ', roundId: "%s"'
            if "needId" in field.args:
                arguments += f', needId: "{encode_id("Need", f"{HIDDEN}-VERIFIED")}"'
            found[name] = f"{{ {name}({arguments}) {{ totalCount nodes {{ {_selection(node, 1)} }} }} }}"
    return found


LISTS = _lists()


@pytest.mark.parametrize("role", sorted(set(Role) - NAMED))
async def test_no_list_and_no_count_shows_it_to_another_role(ws, ask_as, gid, role):
    asker = ask_as(role.value)
    rounds = (await asker.ask("{ rounds(first: 1) { nodes { id } } }"))["rounds"]["nodes"]
    for name, query in LISTS.items():
        asked = query.replace("%s", rounds[0]["id"] if rounds else gid("Round", "none"))
        answer = (await asker.post(asked)).text
        assert HIDDEN not in answer, (name, role)
        assert gid("Need", f"{HIDDEN}-POSTED") not in answer, (name, role)
        refused = {each["extensions"]["code"] for each in json.loads(answer).get("errors", ())}
        assert refused <= {"NOT_PERMITTED", "NOT_FOUND"}, (name, answer[:300])
    for state in ("POSTED", "VERIFIED", "CLOSED"):
        node = await asker.ask(
            "query Q($id: ID!) { node(id: $id) { id } need(id: $id) { title } }",
            id=gid("Need", f"{HIDDEN}-{state}"),
        )
        assert node == {"node": None, "need": None}
    series = await asker.ask(
        "query Q($id: ID!) { node(id: $id) { id } }", id=gid("NeedSeries", f"{HIDDEN}-series")
    )
    assert series["node"] is None


async def test_its_own_roles_see_it_and_nothing_else_of_needs(ws, ask_as):
    for role in NAMED:
        data = await ask_as(role.value).ask(
            "{ needs(first: 50) { totalCount nodes { category detail history { after } } }"
            " needSeries(first: 5) { totalCount } conferences(first: 5) { totalCount } }"
        )
        assert data["needs"]["totalCount"] == 6
        assert {node["category"] for node in data["needs"]["nodes"]} == {"CHILD_PROTECT"}
        assert all(node["detail"] == HIDDEN for node in data["needs"]["nodes"])
        assert data["needSeries"]["totalCount"] == 1
        assert data["conferences"]["totalCount"] > 0


async def test_figures_count_none_of_it(ws, ask_as, gid):
    query = "query Q($id: ID!) { station(id: $id) { figures { whole { posted } } } }"
    for role in (*NAMED, Role.STATION_LEAD):
        data = await ask_as(role.value).ask(query, id=gid("Station", "station"))
        assert data["station"]["figures"]["whole"]["posted"] == 5


async def test_a_search_finds_none_of_it(ws, ask_as):
    query = "query Q($t: String!) { needs(first: 5, filter: {text: $t}) { totalCount } }"
    data = await ask_as("worker").ask(query, t=HIDDEN)
    assert data["needs"]["totalCount"] == 0


def test_the_walk_reaches_every_list():
    assert {"needs", "overdueNeeds", "conferences", "needSeries", "stations", "proposals", "outcomes"} <= set(
        LISTS
    )
