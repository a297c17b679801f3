"""Packs on the command line: two people make one public, and a file is proved against the ledger."""

import json

import pytest

from app.commands.common import with_workspace
from app.settings import Settings
from tests.app.test_cli import last_line
from tests.app.test_cli import zhulian as command
from tests.builders import NOW, World


@pytest.fixture
def run(tmp_path):
    """A graph with a charity's fund; runs commands on it and gives their status and JSON."""
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", received_fen=1_000, spent_fen=300)
    where = tmp_path / "var"
    with_workspace(Settings.load(data_dir=where), lambda ws: world.write(ws.store))

    def on_it(*arguments: object) -> tuple[int, dict]:
        done = command("disclosures", *arguments, "--json", ZHULIAN_DATA_DIR=str(where))
        return done.returncode, last_line(done) if done.stdout.strip() else {}

    return on_it


def test_two_people_make_a_pack_public_and_a_changed_file_shows(run, tmp_path):
    file, book = tmp_path / "pack.json", tmp_path / "pack.xlsx"
    at = ("--organisation", "charity")
    period = f"{NOW:%Y-%m}"
    status, made = run("pack", *at, "--period", period, "--handler", "甲", "--out", file, "--xlsx", book)
    assert (status, made["state"], made["totals"]["closing_fen"]) == (0, "DRAFT", 700)
    assert book.stat().st_size > 1_000
    assert run("check", file)[0] == 1  # nobody published it
    assert run("check", file, "--draft")[0] == 0
    assert run("publish", made["id"], *at, "--handler", "甲")[0] == 5
    status, public = run("publish", made["id"], *at, "--handler", "乙")
    assert (status, public["state"], public["digest"]) == (0, "PUBLISHED", made["digest"])
    status, checked = run("check", file)
    assert (status, checked["holds"], checked["findings"]) == (0, True, [])
    assert [each["state"] for each in run("list", *at)[1]["packs"]] == ["PUBLISHED"]
    content = json.loads(file.read_text("utf-8"))
    content["totals"]["spent_fen"] += 1
    file.write_text(json.dumps(content), "utf-8")
    status, checked = run("check", file)
    assert (status, checked["holds"]) == (1, False)
    assert {"totals.spent_fen", "digest"} <= {each["where"] for each in checked["findings"]}
    assert run("pack", *at, "--period", period, "--handler", "甲")[0] == 4  # it names no earlier one
    assert run("pack", *at, "--period", "2026-13", "--handler", "甲")[0] == 2
    assert run("check", tmp_path / "nothing.json")[0] == 2
