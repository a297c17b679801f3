"""The bench of peers as a page of the docs, in both languages, from the rows that were kept."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.joint_page import joint_part
from locales import Locale, text

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs" / "benchmarks"
ROWS = KEPT / "peers.json"
INSTANCES = KEPT / "instances.json"
OURS = "zhulian"

RULES = {"claim-urgent": 0.19, "claim-nearest": 0.69}
"""Least share of unmet urgency that a plan is to save against what people do, at 100,000 needs."""

SPEED = {"pulp-cbc": 30.0, "networkx": 100.0, "scipy": 5.0, "highs": 15.0}
"""How many times faster at equal proof, at the largest size that the peer gets through."""

_PURE = ("matcher", "unmet", "served", "least", "jain", "way", "cost", "above")
_MONEY = ("matcher", "unmet", "served", "least", "jain", "way", "money", "flexible", "cost", "above")
_EFFORT = ("bound", "gap", "proof", "read", "build", "solve", "cpu", "memory")

Kept = Mapping[str, Any]


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def write_pages(rows: Sequence[Mapping[str, Any]], *, seconds: int, seed: int) -> None:
    """Keep the rows of one run with its pictures, and write the page in both languages."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = {"machine": _machine(), "seconds": seconds, "seed": seed, "rows": rows}
    ROWS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    python = ROOT / ".cache" / "peers" / "bin" / "python"
    subprocess.run([python, ROOT / "benchmarks" / "peers" / "plot.py", ROWS, KEPT], check=True)
    subprocess.run([sys.executable, ROOT / "docs" / "generate.py"], check=True)


def keep_instances(rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the rows of published instances, and write the page in both languages."""
    KEPT.mkdir(parents=True, exist_ok=True)
    INSTANCES.write_text(json.dumps({"machine": _machine(), "rows": rows}, indent=1) + "\n", "utf-8")
    subprocess.run([sys.executable, ROOT / "docs" / "generate.py"], check=True)


def page_parts(locale: Locale) -> str:
    """Give all parts of the page whose rows were kept."""
    return peers_part(locale) + instances_part(locale) + joint_part(locale)


def instances_part(locale: Locale) -> str:
    """Give the part of the page about published instances; empty where no run was kept."""
    if not INSTANCES.exists():
        return ""
    kept: Kept = json.loads(INSTANCES.read_text("utf-8"))
    word = _worder(locale)
    columns = ("size", "value", "bound_of", "gap", "status_of", "seconds", "cpu", "limit")
    out = f"\n## {word('instances')}\n\n{word('instances_intro', machine=kept['machine'])}\n"
    for family in dict.fromkeys(row["family"] for row in kept["rows"]):
        here = [row for row in kept["rows"] if row["family"] == family]
        proven = sum(row["status"] == "OPTIMAL" for row in here)
        lines = [
            [f"`{row['name']}`", f"{row['value']:,.10g}", f"{row['bound']:,.10g}", f"{row['gap']:.3%}",
             word("proven" if row["status"] == "OPTIMAL" else "stopped"), f"{row['seconds']:.2f}",
             f"{row['cpu_s']:.1f}", f"{row['limit_s']:.0f}"]
            for row in here
        ]  # fmt: skip
        title = word(f"family.{family}")
        told = word("proven_of", proven=proven, all=len(here), worst=f"{max(row['gap'] for row in here):.3%}")
        out += f"\n### {title}\n\n{told}\n\n{_table([word(name) for name in columns], lines)}"
    return out


def peers_part(locale: Locale) -> str:
    """Give the part of the page about peers; empty where no run was kept."""
    if not ROWS.exists():
        return ""
    kept: Kept = json.loads(ROWS.read_text("utf-8"))
    word = _worder(locale)
    lines = [
        f"\n## {word('peers')}\n",
        word("method", machine=kept["machine"], seconds=kept["seconds"], seed=kept["seed"]) + "\n",
    ]
    names = dict.fromkeys(row["peer"] for row in kept["rows"])
    lines.append(
        _table([word("matcher"), word("what")], [[f"`{name}`", word(f"peer.{name}")] for name in names])
    )
    for size in dict.fromkeys(row["size"] for row in kept["rows"]):
        here = [row for row in kept["rows"] if row["size"] == size]
        lines.append(f"\n### {size}\n\n![{size}](../../benchmarks/peers-{size}.svg)\n")
        lines.append(_size_table(here, word))
    return "\n".join(lines) + _rules(kept, word) + _speeds(kept, word)


def _worder(locale: Locale) -> Any:  # noqa: ANN401 - a partial of text
    return lambda name, **values: text(f"docs.benchmarks.{name}", locale, **values)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _size_table(rows: list[Kept], word: Any) -> str:  # noqa: ANN401
    has_money = any(row["judged"] and row["judged"]["money_fen"] for row in rows)
    columns = (*(_MONEY if has_money else _PURE), *_EFFORT)
    best = min((row["judged"]["cost"] for row in rows if row["judged"]), default=0.0)
    ran = sorted(
        (row for row in rows if row["judged"]), key=lambda row: (row["judged"]["cost"], row["peer"] != OURS)
    )
    lines = [[_cell(name, row, best, word) for name in columns] for row in ran]
    out = _table([word(name) for name in columns], lines)
    left = [f"- `{row['peer']}`: {_why(row, word)}" for row in rows if not row["judged"]]
    return out + ("\n" + "\n".join(left) + "\n" if left else "")


def _why(row: Kept, word: Any) -> str:  # noqa: ANN401
    if row["status"] == "cannot":
        return word(f"why.{row['note']}")
    note = word(f"beyond.{row['note']}") if row["status"] == "too_large" else row["note"]
    return word(f"status.{row['status']}", note=note)


def _cell(name: str, row: Kept, best: float, word: Any) -> str:  # noqa: ANN401
    found = row["judged"]
    plain = {"unmet": "unmet", "served": "served", "way": "way"}
    if name in plain:
        return f"{found[plain[name]]:,}"
    cells = {
        "matcher": f"`{row['peer']}`",
        "least": f"{found['least_served']:.1%}",
        "jain": f"{found['jain']:.4f}",
        "money": f"{found['money_fen'] / 100:,.0f}",
        "flexible": f"{found['flexible_fen'] / 100:,.0f}",
        "cost": f"{found['cost']:,.0f}",
        "above": f"{found['cost'] / best - 1:.2%}" if best else "–",
        "bound": "–" if row["bound"] is None else f"{row['bound']:,.0f}",
        "gap": "–" if row["gap"] is None else f"{row['gap']:.3%}",
        "proof": word(f"proof_{row['bound_by'] or 'none'}"),
        "read": f"{row['read_s']:.2f}",
        "build": f"{row['build_s']:.2f}",
        "solve": f"{row['solve_s']:.2f}",
        "cpu": f"{row['cpu_s']:.1f}",
        "memory": f"{row['peak_mb']:,}",
    }
    return cells[name]


def _found(kept: Kept) -> Iterator[tuple[str, dict[str, Kept]]]:
    """Rows with an answer by peer, for each size at which ours is among them."""
    for size in dict.fromkeys(row["size"] for row in kept["rows"]):
        here = {row["peer"]: row for row in kept["rows"] if row["size"] == size and row["judged"]}
        if OURS in here:
            yield size, here


def _rules(kept: Kept, word: Any) -> str:  # noqa: ANN401
    lines = [
        [size, f"`{rule}`", f"{here[rule]['judged']['unmet']:,}", f"{here[OURS]['judged']['unmet']:,}",
         f"{1 - here[OURS]['judged']['unmet'] / here[rule]['judged']['unmet']:.1%}", f"{wanted:.0%}"]
        for size, here in _found(kept)
        for rule, wanted in RULES.items()
        if rule in here
    ]  # fmt: skip
    header = [word(name) for name in ("size", "rule", "unmet_rule", "unmet_ours", "less", "wanted_less")]
    return f"\n## {word('rules')}\n\n{word('rules_intro')}\n\n{_table(header, lines)}" if lines else ""


def _speeds(kept: Kept, word: Any) -> str:  # noqa: ANN401
    """Peers that proved what ours proved, and how much longer they built and solved."""
    lines: list[list[str]] = []
    for size, here in _found(kept):
        ours = here[OURS]
        if ours["gap"]:
            continue
        mine = ours["build_s"] + ours["solve_s"]
        for peer, wanted in SPEED.items():
            row = here.get(peer)
            if row is None or row["gap"] != 0 or row["judged"]["cost"] != ours["judged"]["cost"]:
                continue
            theirs = row["build_s"] + row["solve_s"]
            times = f"{theirs / mine:.1f}"
            lines.append([size, f"`{peer}`", f"{theirs:.2f}", f"{mine:.2f}", times, f"{wanted:.0f}"])
    header = [word(name) for name in ("size", "matcher", "theirs_s", "ours_s", "times", "wanted_times")]
    return f"\n## {word('speed')}\n\n{word('speed_intro')}\n\n{_table(header, lines)}" if lines else ""
