import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_imports_that_are_killed_lose_nothing_and_leave_nothing_half_written():
    """A short form of ``benchmarks/import_crash.py``; the long one is run by hand and before a release."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_crash", "--kills", "2", "--imports", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    figures = json.loads(found.stdout.splitlines()[-1])
    assert figures["kills"] >= 2
    assert figures["imports"] >= figures["acknowledged"] > 0
