"""Whatever is sent, the answer says what was wrong with it, and is never a 500."""

import gzip
import json
import logging

import httpx
import pytest

from domain.errors import GraphUnavailableError, InvariantError
from graphql_api.http import create_app
from graphql_api.settings import ApiSettings
from tests.builders import workspace
from tests.graphql_api.conftest import KEY, SETTINGS, Client, app_over

VIEWER = b'{"query": "{ viewer { name } }"}'
MODERN = "application/graphql-response+json"


def code(response: httpx.Response) -> str:
    return response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "BAD_JSON"),
        (b"{", "BAD_JSON"),
        (b"\xff\xfe", "BAD_JSON"),
        (b'{"query": "{ viewer { name } }", "variables": {"a": NaN}}', "BAD_JSON"),
        (b'{"query": "{ viewer { name } }", "variables": {"a": ' + b"9" * 5_000 + b"}}", "BAD_JSON"),
        (b'{"query": "{ viewer { name } }", "variables": {"a": "\\ud800"}}', "BAD_JSON"),
        (b"[" * 100_000, "BAD_JSON"),
        (b'{"query": "{ a }", "variables": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}", "BAD_SHAPE"),
        (b"123", "BAD_SHAPE"),
        (b"null", "BAD_SHAPE"),
        (b"[" + VIEWER + b"]", "BAD_SHAPE"),
        (b"{}", "BAD_SHAPE"),
        (b'{"query": null}', "BAD_SHAPE"),
        (b'{"query": 1}', "BAD_SHAPE"),
        (b'{"query": "  "}', "BAD_SHAPE"),
        (b'{"query": "{ a }", "variables": []}', "BAD_SHAPE"),
        (b'{"query": "{ a }", "variables": "{}"}', "BAD_SHAPE"),
        (b'{"query": "{ a }", "operationName": 1}', "BAD_SHAPE"),
        (b'{"query": "{ a }", "extensions": []}', "BAD_SHAPE"),
        (gzip.compress(VIEWER, mtime=0), "BAD_JSON"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(desk, body, expected):
    response = await desk.send(body)
    assert (response.status_code, code(response)) == (400, expected)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/xapplication/json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_read(desk, headers):
    response = await desk.send(VIEWER, **headers)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_charset_may_be_named(desk):
    response = await desk.send(VIEWER, **{"Content-Type": 'Application/JSON; charset="UTF-8"'})
    assert response.json()["data"] == {"viewer": {"name": "worker"}}


async def test_a_body_is_cut_off_at_its_limit(desk):
    limit = SETTINGS.body_limit_bytes
    fits = b'{"query": "{ viewer { name } }", "variables": {"a": "' + b"x" * (limit - 60) + b'"}}'
    assert (await desk.send(fits)).status_code == 200
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    response = await desk.http.post(
        "/graphql", content=endless(), headers={"Content-Type": "application/json", **desk.headers}
    )
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")
    assert sent <= 2 * limit
    declared = await desk.send(b" " * (limit + 1))
    assert declared.status_code == 413


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer nobody", "Basic worker", "worker"]
)
async def test_without_a_token_that_somebody_has_nothing_is_read(http, authorization):
    headers = {"Content-Type": "application/json"} | (
        {} if authorization is None else {"Authorization": authorization}
    )
    response = await http.post("/graphql", content=b"{", headers=headers)
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_documents_come_by_post_alone(http):
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        response = await http.request(method, "/graphql", headers={"Authorization": "Bearer worker"})
        assert response.status_code == 405


@pytest.mark.parametrize(
    ("accept", "media", "status"),
    [
        ("application/json", "application/json", 200),
        ("*/*", "application/json", 200),
        (MODERN, MODERN, 400),
        (f"{MODERN}, application/json;q=0.9", MODERN, 400),
        (f"application/json, {MODERN};q=0.5", "application/json", 200),
        ("text/html, */*;q=0.1", "application/json", 200),
    ],
)
async def test_a_bad_document_has_the_status_of_its_media_type(desk, accept, media, status):
    for query in (b'{"query": "{ nope }"}', b'{"query": "{ a"}', b'{"query": "query A{a} query B{a}"}'):
        response = await desk.send(query, Accept=accept)
        assert response.status_code == status
        assert response.headers["content-type"] == f"{media}; charset=utf-8"
        assert "data" not in response.json()


async def test_an_answer_that_nobody_reads_is_not_given(desk):
    assert (await desk.send(VIEWER, Accept="text/html")).status_code == 406


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("query A { viewer { name } } query B { viewer { roles } }", None, "OPERATION_NAME_MISSING"),
        ("query A { viewer { name } } query B { viewer { roles } }", "C", "OPERATION_UNKNOWN"),
        ("query A { viewer { name } }", "", "OPERATION_UNKNOWN"),
        ("{ viewer { name } }", "A", "OPERATION_UNKNOWN"),
        ("fragment F on Query { viewer { name } }", None, "NO_OPERATION"),
        ("subscription { viewer { name } }", None, "NO_SUBSCRIPTIONS"),
    ],
)
async def test_which_operation_is_meant_must_be_clear(desk, query, name, expected):
    body = json.dumps({"query": query, "operationName": name}).encode()
    response = await desk.send(body, Accept=MODERN)
    assert (response.status_code, code(response)) == (400, expected)


async def test_the_named_operation_of_several_is_run(desk):
    query = "query A { viewer { name } } query B { viewer { roles } }"
    response = await desk.send(json.dumps({"query": query, "operationName": "B"}).encode())
    assert response.json() == {"data": {"viewer": {"roles": ["STATION_WORKER"]}}}


@pytest.mark.parametrize("variables", [{}, {"first": None}, {"first": "x"}, {"first": 2**40}, {"first": [1]}])
async def test_variables_of_another_type_are_named_in_the_answer(desk, variables):
    query = "query Q($first: Int!) { needs(first: $first) { nodes { id } } }"
    response = await desk.send(json.dumps({"query": query, "variables": variables}).encode(), Accept=MODERN)
    assert response.status_code == 400
    assert "$first" in response.json()["errors"][0]["message"]


async def test_a_big_integer_that_is_none_is_refused_in_words(desk, gid):
    query = "mutation M($input: PostNeedInput!) { postNeed(input: $input) { replayed } }"
    fields = {"idempotencyKey": "k", "kind": "CASH", "category": "OTHER", "title": "t", "regionId": "r"}
    for fen in ("1.5", "x", 1.5, True, "9" * 19, "9" * 400):
        given = {**fields, "subjectKind": "ANONYMOUS", "amount": {"fen": fen}}
        (error,) = await desk.errors(query, input=given)
        assert "a BigInt" in error["message"]


async def test_a_message_is_in_the_language_asked_for(desk, http):
    english = await desk.send(b"{")
    chinese = await desk.send(b"{", **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    plain = await http.post("/graphql", content=b"{", headers={"Authorization": "Bearer worker"})
    assert english.json()["errors"][0]["message"].startswith("The body is not JSON")
    assert chinese.json()["errors"][0]["message"].startswith("请求正文不是")
    assert plain.json()["errors"][0]["message"].startswith("请以")


class BrokenStore:
    """Stands before a store and fails as it is told."""

    engine = "broken"

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def read(self, work: object) -> object:
        raise self.error

    write = read


def client_of(store: object, settings: ApiSettings = SETTINGS) -> Client:
    transport = httpx.ASGITransport(app=app_over(workspace(store), settings))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://zhulian.test"), "worker")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("password=hunter2 in /var/lib/db"),
        InvariantError("password=hunter2"),
        KeyError("hunter2"),
        RecursionError("hunter2"),
    ],
)
async def test_what_no_caller_can_mend_is_masked_and_logged_under_its_number(error, caplog):
    broken = client_of(BrokenStore(error))
    with caplog.at_level(logging.ERROR):
        response = await broken.post("{ needs { nodes { id } } }")
    (told,) = response.json()["errors"]
    assert response.status_code == 200
    assert "hunter2" not in response.text
    assert told["extensions"] == {"code": "INTERNAL", "requestId": response.headers["x-request-id"]}
    assert response.headers["x-request-id"] in told["message"]
    assert response.headers["x-request-id"] in caplog.text
    assert "needs" not in caplog.records[-1].getMessage()


async def test_masking_can_be_switched_off_where_the_program_is_made():
    settings = ApiSettings(cursor_key=KEY, masks_errors=False)
    (error,) = await client_of(BrokenStore(RuntimeError("what broke")), settings).errors(
        "{ needs { nodes { id } } }"
    )
    assert error["message"] == "RuntimeError: what broke"


async def test_a_graph_that_does_not_answer_is_told_without_its_address():
    broken = client_of(
        BrokenStore(GraphUnavailableError("bolt://db.internal:7687 refused", host="db.internal"))
    )
    response = await broken.post("{ needs { nodes { id } } }")
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    assert "db.internal" not in response.text
    ready = await broken.http.get("/readyz")
    live = await broken.http.get("/livez")
    assert (ready.status_code, live.status_code) == (503, 200)


async def test_mutations_mask_what_no_caller_can_mend():
    query = """mutation { cancelNeed(input: {needId: "TmVlZDpu", expectedVersion: 1, reason: "x"}) {
        userErrors { code } } }"""
    (error,) = await client_of(BrokenStore(RuntimeError("hunter2"))).errors(query)
    assert error["extensions"]["code"] == "INTERNAL"


async def test_health_is_told_to_everybody(http, ws):
    assert (await http.get("/livez")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"status": "ok", "graph": ws.store.engine}


async def test_each_answer_carries_its_number_and_what_a_browser_may_do(desk, http):
    for response in (await desk.send(VIEWER), await desk.send(b"{"), await http.get("/graphiql")):
        assert len(response.headers["x-request-id"]) == 32
        assert response.headers["content-security-policy"].startswith("default-src 'self';")
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_fault_outside_of_any_document_is_masked_too(ws, caplog):
    def authenticate(token: str) -> None:
        raise RuntimeError(f"hunter2 {token}")

    app = create_app(ws, authenticate=authenticate, settings=SETTINGS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://zhulian.test"
    ) as client:
        response = await client.post("/graphql", headers={"Authorization": "Bearer x"})
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert "hunter2" not in response.text
    assert response.headers["x-request-id"] in caplog.text
