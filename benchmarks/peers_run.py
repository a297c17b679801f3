"""
All peers and our own matcher on one file, in one run, judged by one checker.

    python -m benchmarks.peers_run --size pure-10k --size coupled-500 --seconds 60 [--write]

Each runs alone in a process of its own. What it loads at its first use is not counted; reading, building and
solving are, apart. A peer that cannot express an instance is not run on it, and the table says why. Rows are
printed as JSON when all have run; ``--write`` keeps them in ``docs/benchmarks`` with pictures and both pages.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from app.instances import SIZES, made_model
from benchmarks.peers_judge import Judged, draft_of, judged, matrix_of, view_of
from benchmarks.peers_page import write_pages
from benchmarks.processes import alone
from matching import checker
from matching.files.model import ModelFile, read_model, write_model
from matching.files.plan import read_plan

ROOT = Path(__file__).parents[1]
PEERS_PYTHON = ROOT / ".cache" / "peers" / "bin" / "python"
OURS = "zhulian"
DEFAULT = ("pure-2k", "coupled-500")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """
    One peer on one kind of instance.

    Parameters
    ----------
    kind
        What it reads and answers in: ``pairs``, ``programme`` or ``model``, as ``peers_judge.draft_of`` says.
    own
        Run in the project's environment instead of the peers'.
    called
        Its name in its script, where that differs.
    most_needs, beyond
        Larger instances are not run, and why: a key of ``docs.benchmarks.beyond``.
    """

    name: str
    kind: str
    own: bool = False
    called: str = ""
    most_needs: int = 10**9
    beyond: str = ""


PURE = (
    Peer(name=OURS, kind="plan", own=True),
    *(
        Peer(name=name, kind="pairs")
        for name in ("claim-nearest", "claim-urgent", "claim-oldest", "dispatcher")
    ),
    Peer(name="gale-shapley", kind="pairs", most_needs=12_000, beyond="memory"),
    Peer(
        name="networkx",
        kind="pairs",
        most_needs=12_000,
        beyond="minutes",
    ),
    Peer(name="scipy", kind="pairs", most_needs=120_000, beyond="minutes"),
    Peer(name="highs", kind="pairs", most_needs=120_000, beyond="minutes"),
    Peer(name="pulp-cbc", kind="pairs", most_needs=12_000, beyond="memory"),
    Peer(name="cp-sat", kind="model", own=True, most_needs=12_000, beyond="memory"),
    Peer(name="timefold", kind="pairs", most_needs=12_000, beyond="memory"),
)
COUPLED = (
    Peer(name=OURS, kind="plan", own=True),
    *(
        Peer(name=name, kind="model", own=True, called=f"{name}-joint")
        for name in ("claim-nearest", "claim-urgent", "claim-oldest", "dispatcher")
    ),
    Peer(name="highs", kind="programme", called="highs-mip", most_needs=12_000, beyond="minutes"),
    Peer(name="pulp-cbc", kind="programme", called="pulp-cbc-mip", most_needs=2_500, beyond="minutes"),
    Peer(name="cp-sat", kind="model", own=True, most_needs=12_000, beyond="memory"),
)
CANNOT = {
    "gale-shapley": "pairs_only",
    "networkx": "pairs_only",
    "scipy": "pairs_only",
    "timefold": "split_amounts",
}
"""Why a peer is not run where teams, hours and money come together: a key of ``docs.benchmarks.why``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One peer on one instance; ``judged`` is None where it gave no legal answer.

    Parameters
    ----------
    status
        ``ran``, ``cannot``, ``too_large``, ``stopped``, ``failed`` or ``illegal``.
    bound, bound_by
        Lower bound of the cost, and who says so: ``checked`` is recomputed from prices by our checker,
        ``stated`` is the solver's word, ``refuted`` was above the cost of a plan.
    start_s
        Seconds of the process besides reading, building and solving: imports, first use, writing.
    """

    size: str
    peer: str
    status: str
    judged: Judged | None = None
    bound: float | None = None
    bound_by: str = ""
    gap: float | None = None
    start_s: float = 0.0
    read_s: float = 0.0
    build_s: float = 0.0
    solve_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: int = 0
    note: str = ""


def main() -> None:
    """Run the sizes asked for and print one JSON line a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", action="append", default=[], choices=SIZES)
    parser.add_argument("--seconds", type=int, default=60, help="for the search of each peer")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peer", action="append", default=[], help="only these")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="zhulian-peers-") as folder:
        for size in asked.size or DEFAULT:
            here: list[Row] = []
            for row in _size(size, Path(folder), asked.seconds, asked.seed, asked.peer):
                print(_line(row), file=sys.stderr, flush=True)
                here.append(row)
            rows += _less_refuted(here)
    for row in rows:
        print(json.dumps(asdict(row)))
    if asked.write:
        write_pages([asdict(row) for row in rows], seconds=asked.seconds, seed=asked.seed)


def _line(row: Row) -> str:
    """One line for who is watching."""
    told = row.note or row.status
    if row.judged is not None:
        gap = "no bound" if row.gap is None else f"gap {row.gap:.3%} ({row.bound_by})"
        told = f"unmet {row.judged.unmet:,}  cost {row.judged.cost:,.0f}  {gap}"
    return f"{row.size:12} {row.peer:14} {row.build_s + row.solve_s:8.2f} s {row.peak_mb:6} MiB  {told}"


def _less_refuted(rows: list[Row]) -> list[Row]:
    """Drop bounds above the cost of a plan in hand: their peers were wrong about them."""
    best = min((row.judged.cost for row in rows if row.judged), default=math.inf)
    refuted = best + 1e-6 * abs(best)
    return [
        replace(row, bound=None, bound_by="refuted", gap=None) if (row.bound or 0) > refuted else row
        for row in rows
    ]


def _size(size: str, folder: Path, seconds: int, seed: int, only: list[str]) -> Iterator[Row]:
    source = folder / f"{size}.model.npz"
    write_model(source, made_model(size, seed))
    file = read_model(source)
    pure = not len(file.model.supply.money)
    view = folder / f"{size}.view.npz"
    np.savez(view, **(view_of(file.model) if pure else matrix_of(file.model)))
    for peer in PURE if pure else COUPLED:
        if only and peer.name not in only:
            continue
        if peer.name == "timefold" and not (ROOT / ".cache" / "timefold" / "classes").is_dir():
            yield Row(size=size, peer=peer.name, status="cannot", note="no_maven")
            continue
        if len(file.model) > peer.most_needs:
            yield Row(size=size, peer=peer.name, status="too_large", note=peer.beyond)
        else:
            yield _ran(size, peer, file, source, view, seconds)
    for name, why in {} if pure else CANNOT.items():
        if not only or name in only:
            yield Row(size=size, peer=name, status="cannot", note=why)


def _ran(size: str, peer: Peer, file: ModelFile, source: Path, view: Path, seconds: int) -> Row:
    out = view.with_name(f"{size}.{peer.name}.npz")
    if peer.own:
        command = [sys.executable, "-m", "benchmarks.peers.own"]
    else:
        command = [str(PEERS_PYTHON), str(ROOT / "benchmarks" / "peers" / "solvers.py")]
    given = source if peer.own else view
    begin = time.perf_counter()
    # three times the limit: building a model and ending a search take what they take
    done = alone(
        [*command, peer.called or peer.name, str(given), str(out), str(seconds)], most_s=3.0 * seconds + 60
    )
    spent = time.perf_counter() - begin
    if done.code:
        status = "stopped" if done.code < 0 else "failed"
        return Row(
            size=size, peer=peer.name, status=status, start_s=round(spent, 2), cpu_s=done.cpu_s, peak_mb=done.peak_mb,
            note=done.said[-1][:200] if done.said and status == "failed" else "",
        )  # fmt: skip
    told = json.loads(done.printed.splitlines()[-1])
    counted = {name: round(told[name], 3) for name in ("read_s", "build_s", "solve_s")}
    bound, bound_by = told["bound"], "stated" if told["bound"] is not None else ""
    if peer.kind == "plan":
        draft = read_plan(out, file).draft
        verdict = checker.check_files(str(out), str(source))
        assert verdict.ok, verdict.findings
        bound, bound_by = verdict.claimed, "checked" if verdict.is_proven else "stated"
    else:
        draft = draft_of(file.model, view, out, kind=peer.kind)
    answer = judged(file, draft)
    legal = not answer.violations
    return Row(
        size=size, peer=peer.name, status="ran" if legal else "illegal", judged=answer if legal else None,
        bound=bound, bound_by=bound_by,
        gap=None if bound is None or not legal else round(max(0.0, answer.cost - bound) / max(1.0, answer.cost), 7),
        start_s=round(spent - sum(counted.values()), 2), **counted, cpu_s=done.cpu_s,
        peak_mb=max(told["peak_mb"], done.peak_mb), note="" if legal else f"{answer.violations} violations",
    )  # fmt: skip


if __name__ == "__main__":
    main()
