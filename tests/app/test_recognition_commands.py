"""Recognition at a desk without a page: asked, presented, shown on the board, decided, ended."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.container import now
from graph.engines.ladybug import open_ladybug
from tests.builders import World, workspace
from tests.graphql_api.recognition.partner import OURS, Partner, installation


@pytest.fixture
def partner():
    made = Partner(at=int(now().timestamp()))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def zhulian(tmp_path):
    folder = tmp_path / "var"
    environment = {"ZHULIAN_DATA_DIR": str(folder), "ZHULIAN_LANG": "en", "ZHULIAN_PUBLIC_URL": OURS}

    def run(*arguments: object, status: int = 0) -> dict:
        done = CliRunner().invoke(app, [*map(str, arguments)], env=environment)
        assert done.exit_code == status, (done.output, done.exception)
        out = done.stdout.strip().splitlines()
        return json.loads(out[-1]) if out and out[-1].startswith("{") else {}

    return run


def city(folder, partner) -> None:
    world = World()
    world.region()
    world.volunteer("v", name="李小四")

    async def write() -> None:
        async with open_ladybug(folder / "graph") as store:
            await store.define()
            await world.write(store)
            installation(folder, workspace(store), partner)

    asyncio.run(write())


def test_a_desk_takes_a_presentation_and_another_decides(zhulian, tmp_path, partner):
    city(tmp_path / "var", partner)
    asked = zhulian("recognition", "ask", "--by", "Wang", "--json")
    shown = tmp_path / "presentation.txt"
    shown.write_text(partner.presentation(partner.credential(name="赵小六"), asked))
    given = ["present", shown, "--nonce", asked["nonce"], "--volunteer", "v", "--by", "Wang", "--json"]
    found = zhulian("recognition", *given)
    assert (found["code"], found["state"]) == ("ACCEPTED", "REVIEW")
    again = zhulian("recognition", *given, status=1)
    assert again["code"] == "REPLAYED"
    (row,) = zhulian("recognition", "board", "--state", "REVIEW", "--json")["cases"]
    assert (row["id"], row["holder"]["name"]) == (found["case"], "DIFFERS")
    decision = ["decide", row["id"], "--accept", "s1", "--refuse", "hk:care", "--reason", "seen", "--json"]
    zhulian("recognition", *decision, "--by", "Wang", status=1)
    decided = zhulian("recognition", *decision, "--by", "Li")
    assert decided["state"] == "DECIDED"
    zhulian("recognition", "decide", row["id"], "--by", "Li", "--reason", "x", "--version", "2", status=1)
    partner.statuses[7] = 1
    partner.issued_at += 60
    token = tmp_path / "list.jwt"
    token.write_text(partner.list_text())
    zhulian("recognition", "take-list", token)
    report = zhulian("recognition", "look-again", "--json")
    assert (report["looked_at"], report["revoked"]) == (1, 1)
    assert (
        "Withdrawn"
        in CliRunner()
        .invoke(
            app,
            ["recognition", "board"],
            env={"ZHULIAN_DATA_DIR": str(tmp_path / "var"), "ZHULIAN_LANG": "en"},
        )
        .stdout
    )


def test_what_is_no_list_is_not_taken(zhulian, tmp_path):
    wrong = tmp_path / "wrong.jwt"
    wrong.write_text("nonsense")
    zhulian("recognition", "take-list", wrong, status=1)
