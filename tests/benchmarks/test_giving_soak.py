"""A short form of ``make soak-giving``; the long one is run by hand and before a release."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def test_giving_holds_when_the_process_that_serves_many_clients_is_killed():
    found = _soak("ladybug")
    assert found["entries"] > found["allocations"]


@pytest.mark.neo4j
async def test_giving_holds_when_processes_over_one_neo4j_are_killed(neo4j_store):
    found = await asyncio.to_thread(_soak, "neo4j", "--servers", "2")
    assert found["entries"] > found["allocations"]


def _soak(engine: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.giving_soak", "--engine", engine, "--operations", "250"]
    asked = [*command, "--clients", "16", "--kills", "2", *more]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] == 2
    assert found["over_allocated_fen"] == 0
    assert found["audit_entries"] > found["entries"]
    assert {"allocate", "approve", "disburse", "refund", "claw back", "cancel"} <= found["by_kind"].keys()
    return found
