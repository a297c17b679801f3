"""The ledger of funds on the command line: what holds, what does not, and what a fund's entries are."""

from pathlib import Path

import pytest

from app.commands.common import with_workspace
from app.settings import Settings
from graph.ports import Access, Statement
from tests.app.test_cli import last_line
from tests.app.test_cli import zhulian as command
from tests.builders import World

SPOIL = Statement("MATCH (n:Fund {id: 'fund'}) SET n.spent_fen = n.spent_fen + 1", Access.WRITE)


@pytest.fixture
def run(tmp_path):
    """A graph with one fund; runs commands on it and gives their status and JSON."""
    world = World()
    world.organisation("charity")
    world.fund("fund", "charity", received_fen=1_000, spent_fen=300)
    where = tmp_path / "var"
    with_workspace(Settings.load(data_dir=where), lambda ws: world.write(ws.store))

    def on_it(*arguments: object) -> tuple[int, dict]:
        done = command(*arguments, "--json", ZHULIAN_DATA_DIR=str(where))
        return done.returncode, last_line(done) if done.stdout.strip() else {}

    return on_it, where


def spoil(where: Path) -> None:
    with_workspace(Settings.load(data_dir=where), lambda ws: ws.store.write(lambda tx: tx.run(SPOIL)))


def test_the_books_are_proved_and_a_changed_figure_shows(run):
    zhulian, where = run
    status, proof = zhulian("ledger", "prove")
    assert (status, proof["holds"], proof["fund_entries"], proof["fund_total_fen"]) == (0, True, 2, 0)
    assert (proof["available_fen"], proof["spent_fen"], proof["received_fen"]) == (700, 300, -1_000)
    spoil(where)
    status, proof = zhulian("ledger", "prove")
    assert (status, proof["holds"]) == (1, False)
    assert proof["findings"] == [{"broken": "SUMS", "id": "fund.spent_fen"}]


def test_a_funds_entries_are_shown_newest_first(run):
    zhulian, _ = run
    status, shown = zhulian("ledger", "entries", "fund")
    assert (status, shown["more"]) == (0, False)
    assert [(entry["kind"], entry["amount_fen"]) for entry in shown["entries"]] == [
        ("EXPEND", 300),
        ("OPEN", 1_000),
    ]
    assert zhulian("ledger", "entries", "fund", "--limit", 1)[1]["more"] is True
    assert zhulian("ledger", "entries", "nobody")[0] == 3
