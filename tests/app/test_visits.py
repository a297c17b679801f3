"""``zhulian visits`` as people and scripts call it."""

import asyncio
import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.container import workspace
from app.settings import Engine, Settings
from tests.workflows.visits.towns import STATION, add_visit, town

COMMAND = str(Path(sys.executable).with_name("zhulian"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("visits")

    async def fill():
        async with workspace(Settings.load(data_dir=folder, engine=Engine.LADYBUG)) as ws:
            world = town(elders=6)
            world.rows["Resident"][0]["name"] = "=欧阳"
            add_visit(world, "old", "r0", world.rows["Resident"][0]["birth_date"].replace(year=2026))
            await world.write(ws.store)

    asyncio.run(fill())
    return folder


def visits(data_dir, *arguments, lang="en"):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "ZHULIAN_"))}
    done = subprocess.run(
        [COMMAND, "visits", *map(str, arguments), "--data-dir", str(data_dir), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**kept, "ZHULIAN_LANG": lang},
    )
    return done.returncode, json.loads(
        done.stdout.strip().splitlines()[-1]
    ) if done.stdout.strip() else done.stderr


def test_overdue_visits_are_listed_and_written_as_csv(data_dir, tmp_path):
    out = tmp_path / "late.csv"
    status, found = visits(data_dir, "overdue", "--day", "2026-06-01", "--out", out)
    assert (status, found["elders"]) == (0, 7)  # one lives in another city
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0][:2] == ["elder no.", "name"]
    names = {row[0]: row[1] for row in rows[1:]}
    assert names["r0"] == "'=*阳"
    assert names["r1"] == "王*1"


def test_coverage_is_written_as_a_workbook(data_dir, tmp_path):
    out = tmp_path / "coverage.xlsx"
    status, found = visits(
        data_dir, "coverage", "--by-station", "--day", "2026-01-20", "--out", out, lang="zh-CN"
    )
    assert (status, found["listed"], found["covered"], found["covered_percent"]) == (0, 7, 1, 14.2)
    assert "杨舍站" in zipfile.ZipFile(out).read("xl/sharedStrings.xml").decode()


def test_a_plan_is_proposed_and_written(data_dir, tmp_path):
    out = tmp_path / "plan.csv"
    status, found = visits(data_dir, "plan", STATION, "--day", "2099-06-01", "--out", out)
    assert (status, found["visits"], found["unvisited"]) == (0, 6, 0)
    assert len(out.read_text("utf-8-sig").splitlines()) == 7


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("plan", "no-such-station"), 3),
        (("plan", STATION, "--day", "2020-01-01"), 2),
        (("overdue", "--out", "list.pdf"), 2),
        (("coverage", "--day", "soon"), 2),
    ],
)
def test_bad_input_is_a_sentence_and_a_status(data_dir, arguments, status):
    ended, said = visits(data_dir, *arguments)
    assert ended == status
    assert "Traceback" not in str(said)
