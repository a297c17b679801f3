"""A short form of ``make soak-ledger``; the long one is run by hand and before a release."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_books_hold_when_the_process_that_serves_many_clients_is_killed():
    assert _soak("ladybug")["operations"] >= 300


@pytest.mark.neo4j
async def test_books_hold_when_processes_over_one_neo4j_are_killed(neo4j_store):
    found = await asyncio.to_thread(_soak, "neo4j")
    assert found["operations"] >= 300


def _soak(engine: str) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.ledger", "--engine", engine, "--operations", "300"]
    more = ["--clients", "16", "--kills", "2", *(["--servers", "2"] if engine == "neo4j" else [])]
    done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] == 2
    assert found["entries"] == found["audit_entries"]
    assert found["refused_for_want_of_money"], "nobody asked for more than there was"
    return found
