"""The main job as somebody meets it first: one command, then a page and a query over real HTTP."""

import json
import re
import subprocess
from pathlib import Path

import httpx
from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXTransport

from app.cli import exit_status
from domain.errors import PortTakenError
from tests.e2e.conftest import COMMAND, KEPT, ROOT

NEEDS = """query Page($after: String) {
      needs(first: 7, after: $after) {
        totalCount nodes { id title } pageInfo { hasNextPage endCursor }
      }
    }"""


def once(folder: Path) -> dict:
    done = subprocess.run(
        [
            COMMAND,
            "demo",
            "--once",
            "--json",
            "--size",
            "S",
            "--as-of",
            "2026-03-02",
            "--data-dir",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env=KEPT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_city_is_matched_with_proof_and_the_same_city_gives_the_same_plan(tmp_path):
    figures = once(tmp_path / "a")
    assert figures["audit_violations"] == 0
    assert 0 < figures["fulfilled"] <= figures["needs"] <= 40
    assert figures["value"] <= figures["bound"]
    assert figures["gap"] <= 0.005
    assert figures["rows_read"] == figures["rows_loaded"] + figures["rows_refused"]
    assert figures["amount_allocated_fen"] > 0
    assert {"generate", "import", "match"} <= set(figures["phases"])
    assert sum(figures["phases"].values()) <= figures["seconds"] + 0.1
    again = once(tmp_path / "b")
    assert {name: again[name] for name in ("snapshot_digest", "plan_digest", "value", "rows_loaded")} == {
        name: figures[name] for name in ("snapshot_digest", "plan_digest", "value", "rows_loaded")
    }


def test_the_address_it_names_opens_the_report(served):
    address, told = served
    (link,) = re.findall(rf"{address}/rounds/\S+\?token=\S+", told)
    with httpx.Client(follow_redirects=True) as browser:
        answer = browser.get(link, headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        assert "Certificate of the plan" in answer.text
        assert "token=" not in str(answer.url)
        sheet = re.search(r'href="(/static/\S+\.css)"', answer.text)
        assert sheet is not None
        assert browser.get(address + sheet[1]).status_code == 200


def test_each_of_the_four_people_may_ask_and_a_stranger_may_not(served):
    address, told = served
    tokens = re.findall(r"zhl_[\w-]{43}$", told, flags=re.MULTILINE)
    assert len(tokens) == 5  # four people, and the link to the report
    names: set[str] = set()
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        query = {"query": "{ viewer { name } rounds(first: 1) { totalCount } }"}
        answer = httpx.post(f"{address}/graphql", json=query, headers=headers).json()
        assert "errors" not in answer
        names.add(answer["data"]["viewer"]["name"])
    assert len(names) == 4
    assert httpx.post(f"{address}/graphql", json={"query": "{ viewer { name } }"}).status_code == 401


def test_a_public_client_pages_through_all_needs_and_sees_each_once(served):
    address, told = served
    token = re.findall(r"\?token=(zhl_\S+)", told)[0]
    transport = HTTPXTransport(url=f"{address}/graphql", headers={"Authorization": f"Bearer {token}"})
    with Client(transport=transport, fetch_schema_from_transport=True) as session:
        seen, after, total = [], None, None
        while True:
            page = session.execute(GraphQLRequest(NEEDS, variable_values={"after": after}))["needs"]
            total = page["totalCount"]
            seen += [node["id"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == total > 30


def test_the_explorer_is_served_whole_from_here(served):
    address, _ = served
    page = httpx.get(f"{address}/graphiql").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert files
    for file in files:
        assert file.startswith("/static/")
        assert httpx.get(address + file).status_code == 200


def test_an_address_that_is_taken_is_a_sentence_and_no_traceback(served, tmp_path):
    address, _ = served
    done = subprocess.run(
        [COMMAND, "serve", "--port", address.rpartition(":")[2], "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env={**KEPT, "ZHULIAN_LANG": "en"},
    )
    assert done.returncode == exit_status(PortTakenError("for a test"))
    assert address.removeprefix("http://") in done.stderr
    assert "Traceback" not in done.stderr
