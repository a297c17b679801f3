"""Documents are refused by the size they would grow to, and measuring them costs time like their length."""

from time import process_time

import pytest
from graphql import GraphQLObjectType, build_client_schema, build_schema, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.limits import PAGED, check_document
from graphql_api.schema import export_schema
from graphql_api.settings import ApiSettings
from tests.graphql_api.conftest import KEY, SETTINGS
from tests.graphql_api.test_requests import client_of, code

UNBOUNDED = ApiSettings(
    cursor_key=KEY, depth_limit=10**9, alias_limit=10**9, field_limit=10**9, mutation_limit=10**9
)


def doubled(fragments: int, leaf: str = "name") -> str:
    """A document of some tokens that stands for 2 ** fragments fields."""
    chain = [f"fragment f{i} on Viewer {{ ...f{i + 1} ...f{i + 1} }}" for i in range(fragments)]
    return "\n".join(["{ viewer { ...f0 } }", *chain, f"fragment f{fragments} on Viewer {{ {leaf} }}"])


def nested(levels: int, opening: str = "a {") -> str:
    return f"{{ {opening * levels} b {'}' * levels} }}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (nested(10), "TOO_DEEP"),
        (nested(150), "TOO_DEEP"),
        (nested(150, "... {"), "TOO_DEEP"),
        ("{ " + " ".join(f"a{i}: viewer {{ name }}" for i in range(31)) + " }", "TOO_MANY_ALIASES"),
        ("{ " + "viewer { name } " * 32 + "}", "TOO_MANY_ALIASES"),
        ("{ ...F ...F } fragment F on Query { " + "a: viewer { name } " * 16 + "}", "TOO_MANY_ALIASES"),
        (doubled(20), "TOO_MANY_ALIASES"),
        (doubled(90), "TOO_MANY_ALIASES"),
        ("{ " + " ".join(f"x{i} {{ a b c d }}" for i in range(201)) + " }", "TOO_MANY_FIELDS"),
        ("{ " + "...F " * 32 + "} fragment F on Query { viewer { name } }", "TOO_MANY_ALIASES"),
        ("{ ... { " + "... { viewer { name } } " * 32 + "} }", "TOO_MANY_ALIASES"),
        (
            "{ "
            + " ".join(f"...F{i}" for i in range(32))
            + " } "
            + " ".join(f"fragment F{i} on Query {{ viewer {{ name }} }}" for i in range(32)),
            "TOO_MANY_ALIASES",
        ),
        (
            "mutation { "
            + " ".join(f'm{i}: releaseClaim(input: {{claimId: "x"}}) {{ replayed }}' for i in range(11))
            + " }",
            "TOO_MANY_MUTATIONS",
        ),
        (
            "mutation { ...F ...F } fragment F on Mutation { "
            + " ".join(f"m{i}: releaseClaim {{ replayed }}" for i in range(6))
            + " }",
            "TOO_MANY_MUTATIONS",
        ),
        ("{ viewer { ...F } } fragment F on Viewer { ...F }", "FRAGMENT_CYCLE"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "FRAGMENT_CYCLE"),
    ],
)
async def test_a_document_that_is_too_large_is_refused_at_once(desk, query, expected):
    started = process_time()
    response = await desk.post(query)
    assert code(response) == expected
    assert process_time() - started < 0.25


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "a " * 2_000 + "}",
        "{ " + "viewer { name } " * 1_000 + "}",
        nested(600),
        nested(600, "... {"),
        "{ viewer(a: " + "[" * 1_500 + "]" * 400 + ") { name } }",
    ],
)
async def test_a_document_that_the_parser_gives_up_on_is_a_syntax_error(desk, query):
    started = process_time()
    (error,) = await desk.errors(query)
    assert "Syntax Error" in error["message"]
    assert process_time() - started < 0.25


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer(a: " + "[" * 300 + "]" * 300 + ") { name } }",
        "{ viewer(a: " + "{a:" * 300 + "1" + "}" * 300 + ") { name } }",
        "query Q($a: " + "[" * 300 + "Int" + "]" * 300 + ") { viewer { name } }",
        "{ viewer { name " + "@skip(if: false) " * 250 + "} }",
        "query Q(" + " ".join(f"$v{i}: Int" for i in range(400)) + ") { viewer { name } }",
        "{ viewer { " + " ".join(f"x{i}" for i in range(900)) + " } }",
        "{ needs(filter: {states: [" + "POSTED " * 1_500 + "]}) { nodes { id } } }",
    ],
)
async def test_a_strange_document_within_the_limits_is_answered_in_time(desk, query):
    started = process_time()
    response = await desk.post(query)
    assert response.status_code == 200
    assert "INTERNAL" not in response.text
    assert process_time() - started < 1.0


async def test_limits_hold_for_every_operation_of_a_document(desk):
    query = f"query A {{ viewer {{ name }} }} query B {nested(12)}"
    body = {"query": query, "operationName": "A"}
    response = await desk.http.post("/graphql", json=body, headers=desk.headers)
    assert code(response) == "TOO_DEEP"


async def test_ten_mutations_of_ordinary_depth_pass(desk):
    query = (
        "mutation {"
        + " ".join(
            f'm{i}: rejectNeed(input: {{needId: "x", expectedVersion: 1, reason: "r"}}) '
            "{ object { slots { volunteer { region { name } } } } userErrors { code } }"
            for i in range(10)
        )
        + "}"
    )
    data = await desk.ask(query)
    assert [payload["userErrors"][0]["code"] for payload in data.values()] == ["INVALID_INPUT"] * 10


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A document whose fragments spread only later ones, and its fragments' texts."""
    count = draw(st.integers(0, 5))

    def selection(later: list[str], levels: int) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            kinds = [
                "field",
                "alias",
                *(["nested", "inline"] if levels else []),
                *(["spread"] if later else []),
            ]
            match draw(st.sampled_from(kinds)):
                case "field":
                    parts.append(draw(st.sampled_from("abc")))
                case "alias":
                    parts.append(f"x: {draw(st.sampled_from('abc'))}")
                case "nested":
                    parts.append(f"n {{ {selection(later, levels - 1)} }}")
                case "inline":
                    parts.append(f"... {{ {selection(later, levels - 1)} }}")
                case _:
                    parts.append(f"...{draw(st.sampled_from(later))}")
        return " ".join(parts)

    names = [f"F{i}" for i in range(count)]
    texts = {name: selection(names[i + 1 :], 2) for i, name in enumerate(names)}
    return selection(names, 3), texts


def spread_out(text: str, fragments: dict[str, str]) -> str:
    """The same document with each spread written out as an inline fragment."""

    def body(name: str) -> str:
        return spread_out(fragments[name], fragments)

    words = [
        word if word == "..." or not word.startswith("...") else f"... {{ {body(word[3:])} }}"
        for word in text.split()
    ]
    return " ".join(words)


@given(documents(), st.integers(1, 40), st.sampled_from(["depth_limit", "field_limit", "alias_limit"]))
def test_a_spread_fragment_counts_as_if_it_were_written_out(document, limit, which):
    text, fragments = document
    definitions = " ".join(f"fragment {name} on T {{ {body} }}" for name, body in fragments.items())
    settings = ApiSettings(
        **{
            "cursor_key": KEY,
            **{name: getattr(UNBOUNDED, name) for name in ("depth_limit", "field_limit", "alias_limit")},
            which: limit,
        }
    )
    short = check_document(parse(f"{{ {text} }} {definitions}"), settings)
    long = check_document(parse(f"{{ {spread_out(text, fragments)} }}"), settings)
    assert (short is None, short and short.name) == (long is None, long and long.name)


async def test_the_tools_own_introspection_passes_and_can_be_switched_off(desk, ws):
    shown = await desk.ask(get_introspection_query(input_value_deprecation=True))
    assert "Need" in build_client_schema(shown).type_map
    closed = client_of(ws.store, ApiSettings(cursor_key=KEY, introspection=False))
    for query in (get_introspection_query(), '{ __type(name: "Need") { name } }'):
        assert "introspection" in (await closed.errors(query))[0]["message"]
    assert "Did you mean" in (await desk.errors("{ nee }"))[0]["message"]
    (unknown,) = await closed.errors("{ nee }")
    assert "Did you mean" not in unknown["message"]
    misspelt = "query Q($f: NeedFilter) { needs(filter: $f) { nodes { id } } }"
    assert "Did you mean" not in str(await closed.errors(misspelt, f={"states": ["POSTE"], "tex": "x"}))
    assert (await closed.ask("{ __typename viewer { __typename } }"))["__typename"] == "Query"


async def test_introspection_may_not_be_nested_in_itself(desk):
    query = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
    assert (await desk.errors(query))[0]["message"]


def test_the_limits_are_those_that_the_settings_say():
    assert check_document(parse(nested(9)), SETTINGS) is None
    refusal = check_document(parse(nested(10)), SETTINGS)
    assert (refusal.name, refusal.parameters) == ("too_deep", {"limit": 10})


VOLUNTEERS = "volunteers(first: $n) { nodes { claims(first: $n) { need { region { name } } } } }"


@pytest.mark.parametrize(
    ("query", "variables", "refused"),
    [
        ("query Q($n: Int!) { " + VOLUNTEERS + " }", {"n": 100}, True),
        ("query Q($n: Int!) { " + VOLUNTEERS + " }", {"n": 10}, False),
        ("query Q($n: Int! = 100) { " + VOLUNTEERS + " }", {}, True),
        ("query Q($n: Int! = 100) { " + VOLUNTEERS + " }", {"n": 10}, False),
        ("query Q($n: Int!) { " + VOLUNTEERS + " }", {"n": 10**9}, True),
        ("{ volunteers { nodes { claims { need { region { name } } } } } }", {}, False),
        ("{ volunteers(first: 100) { ...C } } fragment C on VolunteerConnection { nodes { ...V ...V } } "
         "fragment V on Volunteer { claims(first: 100) { id need { id } } }", {}, True),
        ("{ " + " ".join(f"a{i}: needs(first: 100) {{ nodes {{ id region {{ id }} slots {{ id }} "
         "items { id } transitions { at } } }" for i in range(30)) + " }", {}, True),
        ("{ needs(first: 100) { nodes { id region { id } slots { id } items { id } } } }", {}, False),
        ("{ needs(first: " + "9" * 1_000 + ") { nodes { id } } }", {}, False),
    ],
)  # fmt: skip
async def test_an_answer_that_could_hold_too_much_is_refused(desk, query, variables, refused):
    response = await desk.post(query, **variables)
    codes = [error.get("extensions", {}).get("code") for error in response.json().get("errors", [])]
    assert ("TOO_MANY_OBJECTS" in codes) == refused, response.text[:300]


def test_every_field_with_a_page_size_counts_by_it():
    schema = build_schema(export_schema())
    types = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    sized = {name for kind in types for name, field in kind.fields.items() if "first" in field.args}
    assert sized == PAGED


async def test_a_document_that_takes_too_long_is_given_up(ws):
    hurried = client_of(ws.store, ApiSettings(cursor_key=KEY, answer_timeout_s=0.0))
    response = await hurried.post("{ needs { nodes { id } } }")
    assert (response.status_code, code(response)) == (503, "TIMED_OUT")
    round_ = "mutation { runRound(input: {timeLimitS: 0}) { userErrors { code } } }"
    assert (await hurried.ask(round_))["runRound"]["userErrors"] == [{"code": "INVALID_INPUT"}]
