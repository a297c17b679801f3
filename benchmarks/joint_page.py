"""First come, first served beside the joint plan, as a part of the page of benchmarks."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locales import Locale, text

KEPT = Path(__file__).parents[1] / "docs" / "benchmarks" / "joint.json"

_COLUMNS = (
    "way", "weighted", "lawful_weighted", "fulfilled", "money_needs", "idle", "stuck", "restricted", "over", "related",
    "proof", "cpu",
)  # fmt: skip


def joint_part(locale: Locale) -> str:
    """Give the part of the page; empty where no run was kept."""
    if not KEPT.exists():
        return ""
    kept: Mapping[str, Any] = json.loads(KEPT.read_text("utf-8"))

    def word(name: str, **values: object) -> str:
        return text(f"docs.benchmarks.giving.{name}", locale, **values)

    out = f"\n## {word('title')}\n\n{word('intro', machine=kept['machine'], seed=kept['seed'])}\n"
    for size in dict.fromkeys(row["size"] for row in kept["rows"]):
        here = [row for row in kept["rows"] if row["size"] == size]
        head = [word(name) for name in _COLUMNS]
        lines = [[_cell(name, row, word) for name in _COLUMNS] for row in here]
        first = here[0]
        title = word("size", size=size, needs=f"{first['needs']:,}", free=_yuan(first["free_fen"]))
        out += f"\n### {title}\n\n"
        out += "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *lines))
    return out


def _cell(name: str, row: Mapping[str, Any], word: Any) -> str:  # noqa: ANN401 - a partial of text
    left = row["free_fen"] - row["used_fen"] - row["stuck_fen"]
    cells = {
        "way": word(f"ways.{row['way']}"),
        "weighted": f"{row['weighted']:,.0f}",
        "lawful_weighted": f"{row['lawful_weighted']:,.0f}",
        "money_needs": f"{row['money_needs_fulfilled']:,} / {row['money_needs']:,}",
        "idle": f"{_yuan(left)} ({left / row['free_fen']:.1%})",
        "stuck": _yuan(row["stuck_fen"]),
        "restricted": f"{row['restricted_used_fen'] / row['restricted_fen']:.1%}",
        "proof": f"{row['gap']:.3%}" if row["way"] == "joint" else "–",
        "cpu": f"{row['cpu_s']:.1f}",
    }
    return cells[name] if name in cells else f"{row[name]:,}"


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.0f}"
