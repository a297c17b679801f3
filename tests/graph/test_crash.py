import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed():
    """A short form of ``benchmarks/crash.py``; the long one is run by hand and before a release."""
    found = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "crash.py", "--kills", "4", "--longest-s", "0.4"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "nothing lost" in found.stdout
