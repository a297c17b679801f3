"""Child protection is behind a wall: every list and look-up, asked as every other role, shows nothing of it (HC-25)."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from fastapi.routing import APIRoute
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from python_calamine import CalamineWorkbook

from domain.actors import Role
from domain.disclosure_packs import Period
from graph.reads.rounds import page_of_outcomes, page_of_rounds
from graphql_api.ids import encode_id
from graphql_api.report.pages import COOKIE
from graphql_api.schema import export_schema
from graphql_api.statistics.workbook import MEDIA as XLSX
from locales import Locale, text
from tests.builders import CITY, NOW, TOWN_ID, officer, volunteer, worker, workspace
from tests.graphql_api.conftest import ACTORS, CountingStore, app_over, city
from tests.workflows.donations.conftest import approver
from workflows.disclosures.packing import generate_pack, publish_disclosure_pack
from workflows.needs.clocks import tick
from workflows.people import clock_actor, matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round
from workflows.stations.tree import settle_stations

HIDDEN = "walled-off"
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
    """Every field of an object, a few levels down; what must be chosen of a set is its first."""
    fields = []
    for name, field in kind.fields.items():
        chosen = [
            f"{argument}: {next(iter(get_named_type(asked.type).values))}"
            for argument, asked in field.args.items()
            if is_required_argument(asked)
        ]
        name += f"({', '.join(chosen)})" if chosen else ""  # noqa: PLW2901
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
            if name == "fundEntries":
                arguments += f', filter: {{fundId: "{encode_id("Fund", "fund")}"}}'
            if name == "comparisonLines":
                arguments += f', comparisonId: "{encode_id("Comparison", "comparison")}"'
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


def _roots() -> dict[str, str]:
    """Each root field that is no list and takes nothing that names one object, with all that it shows."""
    day, at = '"2026-01-01"', f'"{TOWN_ID}"'
    known = {
        "first": "first: 20",
        "since": f"since: {day}",
        "until": 'until: "2027-01-01"',
        "by": "by: [CATEGORY, REASON]",
        "stationId": f'stationId: "{encode_id("Station", "station")}"',
        "day": f"day: {day}",
        "needId": f'needId: "{encode_id("Need", f"{HIDDEN}-VERIFIED")}"',
        "workOrderId": f'workOrderId: "{encode_id("WorkOrder", at)}"',
        "householdId": f'householdId: "{encode_id("Household", "h")}"',
        "category": "category: CHILD_PROTECT",
        "title": 'title: "x"',
        "fundId": f'fundId: "{encode_id("Fund", "fund")}"',
        "code": 'code: "0000-0000-0000-0000"',
        "roundId": 'roundId: "%s"',
        "volunteerId": f'volunteerId: "{encode_id("Volunteer", "volunteer")}"',
        "kind": "kind: JOIN",
        "text": 'text: "x"',
        "organisationId": f'organisationId: "{encode_id("Organisation", "org")}"',
        "allocationId": f'allocationId: "{encode_id("Allocation", "allocation")}"',
    }
    found = {}
    for name, field in SCHEMA.query_type.fields.items():
        kind = get_named_type(field.type)
        needed = [each for each, argument in field.args.items() if isinstance(argument.type, GraphQLNonNull)]
        if kind.name.endswith("Connection") or name in LOOK_UPS:
            continue
        given = known | ({"by": "by: TOWN"} if name == "alertPrecision" else {})
        arguments = ", ".join(given[each] for each in needed if each in given)
        shown = f" {{ {_selection(kind, 2)} }}" if isinstance(kind, GraphQLObjectType) else ""
        found[name] = f"{{ {name}{f'({arguments})' if arguments else ''}{shown} }}"
    return found


LOOK_UPS = {
    name for name, field in SCHEMA.query_type.fields.items() if "id" in field.args or name == "duplicateNeeds"
}
"""They are asked by id above; what looks like a need is asked with a whole need of one's own."""

WORD_OF_RULES = {"alertRules"}
"""Rules name categories of needs, and nobody's need."""

ROOTS = _roots()


@pytest.mark.parametrize("role", sorted(set(Role) - NAMED))
async def test_no_figure_page_or_draft_shows_it_to_another_role(ws, ask_as, gid, role):
    asker = ask_as(role.value)
    rounds = (await asker.ask("{ rounds(first: 1) { nodes { id } } }"))["rounds"]["nodes"]
    for name, query in ROOTS.items():
        asked = query.replace("%s", rounds[0]["id"] if rounds else gid("Round", "none"))
        answer = (await asker.post(asked)).text
        assert HIDDEN not in answer, (name, role)
        assert name in WORD_OF_RULES or '"CHILD_PROTECT"' not in answer, (name, role)
        refused = {each["extensions"]["code"] for each in json.loads(answer).get("errors", ())}
        assert refused <= {"NOT_PERMITTED", "NOT_FOUND"}, (name, answer[:300])


async def test_no_route_shows_it_without_an_account_or_to_another_role(ws, http):
    """Every route of the application that is read, as it stands: a new one is walked too."""
    rounds = await ws.store.read(lambda tx: page_of_rounds(tx, worker(), first=1))
    pack = (await generate_pack(ws, officer("charity"), "charity", Period.named("2026-03"))).value
    await publish_disclosure_pack(ws, approver(), pack.id, expected_version=1)
    named = {"round_id": rounds.rows[0].id, "code": "0" * 32, "organisation": "charity", "pack": pack.id}
    named |= {"number": "0", "table": "unmet", "form": "csv"}
    asked = {
        "since": "2026-01-01",
        "until": "2027-01-01",
        "by": "category,reason",
        "category": "CHILD_PROTECT",
    }
    routes = [
        route for route in app_over(ws).routes if isinstance(route, APIRoute) and "GET" in route.methods
    ]
    assert {"/public/needs", "/needs/status", "/statistics/needs.xlsx", "/"} <= {r.path for r in routes}
    for route in routes:
        path = route.path.format_map(named)
        for role in (None, *sorted(set(Role) - NAMED)):
            headers = {} if role is None else {"Authorization": f"Bearer {role.value}"}
            http.cookies.clear()
            if role is not None:
                http.cookies.set(COOKIE, role.value)
            for given in ({}, asked, {"receipt": "AAAA-AAAA-AAAA", "phone_tail": "0000"}):
                answer = await http.get(path, params=given, headers=headers)
                assert answer.status_code < 500, (path, role)
                shown = answer.text
                if answer.headers.get("content-type") == XLSX:
                    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
                    shown = json.dumps(sheet.to_python(), ensure_ascii=False, default=str)
                    assert text("report.category.CHILD_PROTECT", Locale.ZH_CN) not in shown
                assert HIDDEN not in shown, (path, role)


async def test_no_round_takes_it_in(ws):
    rounds = await ws.store.read(lambda tx: page_of_rounds(tx, worker(), first=1))
    outcomes = await ws.store.read(
        lambda tx: page_of_outcomes(tx, worker(), round_id=rounds.rows[0].id, first=50)
    )
    assert outcomes.rows
    assert not any(HIDDEN in row.need_id for row in outcomes.rows)


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
