"""Volunteers who are known twice, and settlements with other regions, on the command line."""

import asyncio
from pathlib import Path

import pytest

from app.commands.common import settings_of
from app.container import workspace
from tests.app.test_hours_commands import zhulian
from tests.builders import CITY, World

__all__ = ["zhulian"]


@pytest.fixture
def doubles(zhulian, tmp_path: Path):
    assert zhulian("persons", "settle", "--json") == (
        0, {"persons": 0, "rows_moved": 0, "hours_held_back": 0, "hours_given_back": 0},
    )  # fmt: skip
    world = World()
    world.region()
    world.volunteer("v1")
    world.volunteer("v2")

    async def write() -> None:
        async with workspace(settings_of(tmp_path / "var")) as ws:
            await world.write(ws.store)

    asyncio.run(write())


def test_a_pair_is_named_decided_and_taken_back(zhulian, doubles):
    at = ("--region", CITY, "--note", "seen", "--json")
    status, named = zhulian("persons", "propose", "v1", "v2", "--by", "one", *at)
    (pair,) = named["pairs"]
    assert (status, pair["state"]) == (0, "OPEN")
    assert zhulian("persons", "list", "--region", CITY, "--json")[1]["pairs"] == [pair]
    assert zhulian("persons", "decide", pair["id"], "ACCEPT", "--by", "one", *at)[0] != 0
    status, done = zhulian("persons", "decide", pair["id"], "ACCEPT", "--by", "two", *at)
    assert (status, done["person"]) == (0, "v1")
    _, asked = zhulian("persons", "part", done["decision"], "--by", "one", *at)
    status, undone = zhulian("persons", "decide", asked["pairs"][0]["id"], "ACCEPT", "--by", "two", *at)
    assert (status, undone["person"], undone["pair"]["state"]) == (0, None, "ACCEPTED")


def test_a_month_is_stated_and_checked(zhulian, tmp_path: Path):
    assert zhulian("trust", "init", "--region", "320582", "--out", tmp_path / "own.json")[0] == 0
    given = ("--month", "2026-03", "--to", "310109", "--agreement", "a", "--iss", "https://x.example")
    statement = tmp_path / "ours.jws"
    assert zhulian("reconciliation", "state", "recognised", *given, "--out", statement)[0] == 0
    assert statement.read_text("ascii").count(".") == 2
    assert zhulian("reconciliation", "state", "told", *given)[0] == 2
    assert zhulian("reconciliation", "check", statement, "--json")[0] == 2  # our own is nobody else's
    assert zhulian("reconciliation", "list", "--json") == (0, {"differences": []})
    assert zhulian("reconciliation", "open", "--json") == (0, {"opened": 0})  # there is no partner yet
    assert zhulian("reconciliation", "open", "--month", "2026-13")[0] == 2
    assert zhulian("reconciliation", "months", "--state", "WAITING", "--json") == (0, {"months": []})
