import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_city_whose_import_is_killed_again_and_again_ends_as_if_nobody_had_disturbed_it():
    """A short form of ``benchmarks/city_crash.py``; the long one is run by hand and before a release."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.city_crash", "--kills", "3", "--deaths", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    figures = json.loads(found.stdout.splitlines()[-1])
    assert figures["kills"] == 3
