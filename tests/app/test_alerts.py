"""``zhulian alerts`` as people and scripts call it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.container import workspace
from app.settings import Engine, Settings
from tests.workflows.alerts.test_running import CHANGE
from tests.workflows.alerts.towns import TODAY, town

COMMAND = str(Path(sys.executable).with_name("zhulian"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alerts")

    async def fill():
        async with workspace(Settings.load(data_dir=folder, engine=Engine.LADYBUG)) as ws:
            await town().write(ws.store)

    asyncio.run(fill())
    return folder


def alerts(data_dir, *arguments, as_json=True):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "ZHULIAN_"))}
    done = subprocess.run(
        [
            COMMAND,
            "alerts",
            *map(str, arguments),
            "--data-dir",
            str(data_dir),
            *(["--json"] if as_json else []),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**kept, "ZHULIAN_LANG": "en", "COLUMNS": "300"},
    )
    if not as_json or done.returncode:
        return done.returncode, done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])


def test_alerts_from_a_pass_to_precision(data_dir, tmp_path):
    status, report = alerts(data_dir, "run", "--as-of", TODAY.isoformat())
    assert (status, report["raised"]) == (0, {"MEDICAL_COSTS": 2})
    assert alerts(data_dir, "run", "--as-of", TODAY.isoformat())[1]["raised"] == {}
    found = alerts(data_dir, "list", "--rule", "MEDICAL_COSTS")[1]["alerts"]
    assert len(found) == 2
    status, said = alerts(data_dir, "list", as_json=False)
    assert status == 0
    assert "own medical costs: 5,600.00 yuan, above 5,000.00" in said
    status, done = alerts(
        data_dir,
        "decide",
        found[0]["id"],
        "FALSE_ALARM",
        "--reason",
        "REIMBURSED",
        "--by",
        "clerk",
        "--note",
        "ok",
    )
    assert (status, done["alerts"][0]["outcome"]) == (0, "FALSE_ALARM")
    assert (
        alerts(data_dir, "decide", found[0]["id"], "MOVED", "--by", "clerk", "--note", "x", "--version", 2)[0]
        == 4
    )
    status, precision = alerts(data_dir, "precision", "--since", "2026-01-01", "--until", "2027-12-31")
    assert (precision["total"]["decided"], precision["total"]["real"]) == (1, 0)
    assert precision["total"]["interval"][0] == 0.0

    file = tmp_path / "rules.toml"
    file.write_text(CHANGE, "utf-8")
    status, tried = alerts(data_dir, "try", file, "--as-of", TODAY.isoformat())
    assert (status, tried["state"]) == (0, "TRIED")
    assert alerts(data_dir, "adopt", tried["id"])[1]["state"] == "ADOPTED"
    status, book = alerts(data_dir, "rules", "--region", "/NBS/32/3205/320582/", "--as-of", TODAY.isoformat())
    assert book["id"] == "alerts-2026-1+zhangjiagang-1"
    file.write_text(CHANGE.replace("8000", "-1"), "utf-8")
    status, said = alerts(data_dir, "try", file)
    assert status == 2
    assert "otherwise_yuan" in said
