"""The bench of peers as a page of the docs."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "benchmarks"
_HEAD = "| matcher | cost | above the best | unmet urgency | served | seconds | peak MiB | proves a bound | note |"


def write_page(rows: Sequence[Any], *, seconds: int) -> None:
    """Write ``docs/benchmarks/peers.md`` and its pictures from rows of one run."""
    PAGES.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Peers side by side",
        "",
        "<!-- This page is written by `make bench-peers`. -->",
        "",
        "Every matcher gets the same file in the same run, alone on the machine, with "
        f"{seconds} seconds to search; one checker, which shares no code with any of them, recomputes cost and "
        "feasibility of what it returns. Cost is minimised: urgency left unmet, and the ways. Seconds are those of "
        "building and solving, not of reading. What each peer is and how it is called: `benchmarks/peers/`.",
    ]
    for size in dict.fromkeys(row.size for row in rows):
        lines += ["", f"## {size}", "", f"![{size}](peers-{size}.svg)", "", _HEAD, f"|{' --- |' * 9}"]
        here = [row for row in rows if row.size == size]
        best = min(row.cost for row in here if row.cost is not None)
        lines += [_line(row, best) for row in sorted(here, key=lambda row: (row.cost is None, row.cost or 0))]
    (PAGES / "peers.md").write_text("\n".join(lines) + "\n", "utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as held:
        json.dump([asdict(row) for row in rows], held)
        held.flush()
        python = str(ROOT / ".cache" / "peers" / "bin" / "python")
        subprocess.run([python, str(ROOT / "benchmarks/peers/plot.py"), held.name, str(PAGES)], check=True)


def _line(row: Any, best: float) -> str:  # noqa: ANN401 - a Row of peers_run, which runs as a script
    if row.cost is None:
        return f"| {row.peer} | – | – | – | – | {row.seconds:.2f} | {row.peak_mb} | – | {row.note} |"
    above = "0" if row.cost == best else f"{row.cost / best - 1:.2%}"
    proves = "yes" if row.bound else "no"
    return (
        f"| {row.peer} | {row.cost:,.0f} | {above} | {row.unmet:,} | {row.served:,} | {row.seconds:.2f} "
        f"| {row.peak_mb:,} | {proves} | {row.note} |"
    )
