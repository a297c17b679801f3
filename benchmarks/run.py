"""
Measure the main path from end to end and print the table of the README.

Each size runs ``zhulian demo --once --json`` in a process and a data directory of its own: no run warms the
next. A figure means one seed of the generated city on this machine, which is printed with it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ZHULIAN = Path(sys.executable).with_name("zhulian")
DAY = "2026-03-02"  # a city shows one day: figures of different days are of different cities

COLUMNS = ("size", "needs", "fulfilled", "amount_allocated_fen", "value", "bound", "gap", "audit_violations",
           "seconds", "peak_mb")  # fmt: skip


def measure(size: str, seed: int) -> dict[str, Any]:
    """Run the demo once and give its figures."""
    with tempfile.TemporaryDirectory(prefix="zhulian-bench-") as folder:
        command = [
            str(ZHULIAN),
            "demo",
            "--once",
            "--json",
            "--size",
            size,
            "--seed",
            str(seed),
            "--as-of",
            DAY,
        ]
        done = subprocess.run(
            [*command, "--data-dir", folder], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
    return {"size": size, **json.loads(done.stdout.splitlines()[-1])}


def shown(name: str, value: object) -> str:
    """Word one figure."""
    match name, value:
        case "gap", float():
            return f"{value:.3%}"
        case "seconds" | "peak_mb", int() | float():
            return f"{value:,.0f}"
        case _, int():
            return f"{value:,}"
        case _:
            return str(value)


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument(
        "--size", action="append", choices=["S", "M", "L", "XL"], help="may be given several times"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one JSON object a size instead of a table")
    asked = parser.parse_args()
    runs: list[dict[str, Any]] = []
    for size in asked.size or ["S", "M"]:
        runs.append(measure(size, asked.seed))
        if asked.json:
            print(json.dumps(runs[-1]), flush=True)
    if asked.json:
        return
    machine = f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{machine}, seed {asked.seed}\n")
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"| {' | '.join(['---'] * len(COLUMNS))} |")
    for run in runs:
        print(f"| {' | '.join(shown(name, run.get(name, '')) for name in COLUMNS)} |")
    for run in runs:
        phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run.get("phases", {}).items())
        print(f"\n{run['size']}, seconds: {phases}")


if __name__ == "__main__":
    main()
