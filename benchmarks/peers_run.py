"""
All peers and our own matcher on one file, in one run, judged by one checker.

    python -m benchmarks.peers_run --size pure-10k --size coupled-500 --seconds 60 [--write]

Each runs alone in a process of its own; reading is counted apart. A peer that cannot express an instance is not
run on it, and the table says so. ``--write`` puts the tables and pictures into ``docs/benchmarks``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers_page import write_page
from matching import checker
from matching.files.model import ModelFile, members_of, model_meta, read_model
from matching.files.plan import plan_members, plan_of
from matching.model import NANO, Draft, Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import no_prices
from matching.solvers.giving.dealing import deal_out
from matching.solvers.programmes.linear import Scope, programme_of

ROOT = Path(__file__).parents[1]
PEERS_PYTHON = ROOT / ".cache" / "peers" / "bin" / "python"
PURE_PEERS = (
    *("claim-nearest", "claim-urgent", "claim-oldest", "dispatcher", "gale-shapley"),
    *("networkx", "scipy", "highs", "pulp-cbc", "cp-sat", "timefold"),
)
COUPLED_PEERS = ("dispatcher-joint", "highs-mip", "pulp-cbc-mip", "cp-sat-joint")
OURS = ("dispatcher-joint", "cp-sat", "cp-sat-joint")  # run in the project's own environment
TOO_LARGE = {  # needs above which a peer is known not to end within minutes, seen at the size before
    "gale-shapley": 12_000,
    "networkx": 12_000,
    "pulp-cbc": 12_000,
    "highs": 12_000,
    "cp-sat": 12_000,
    "scipy": 120_000,
    "timefold": 120_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One peer on one instance; ``cost`` is None where it gave no legal answer."""

    size: str
    peer: str
    cost: float | None
    unmet: int | None
    served: int | None
    way: int | None
    seconds: float
    peak_mb: int
    bound: bool
    note: str = ""


def main() -> None:
    """Run the sizes asked for and print one JSON line a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", action="append", default=[])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peer", action="append", default=[], help="only these")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="zhulian-peers-") as folder:
        for size in asked.size or ["pure-2k", "coupled-500"]:
            for row in _size(size, Path(folder), asked.seconds, asked.seed, asked.peer):
                print(json.dumps(asdict(row)), flush=True)
                rows.append(row)
    if asked.write:
        write_page(rows, seconds=asked.seconds)


def _size(size: str, folder: Path, seconds: int, seed: int, only: list[str]):
    plan = folder / f"{size}.npz"
    ours = _zhulian(size, plan, seconds, seed)
    file = read_model(plan.with_suffix(".model.npz"))
    yield ours
    pure = not len(file.model.supply.money) and not len(file.model.supply.goods)
    view = folder / f"{size}.view.npz"
    np.savez(view, **(view_of(file.model) if pure else matrix_of(file.model)))
    for peer in PURE_PEERS if pure else COUPLED_PEERS:
        if only and peer not in only:
            continue
        if len(file.model) > TOO_LARGE.get(peer, 10**9):
            note = f"not run above {TOO_LARGE[peer]} needs"
            yield Row(
                size=size, peer=peer, cost=None, unmet=None, served=None, way=None, seconds=0.0, peak_mb=0,
                bound=False, note=note,
            )  # fmt: skip
        else:
            yield _peer(size, peer, file, view, plan.with_suffix(".model.npz"), seconds)


def view_of(model: Model) -> dict[str, np.ndarray]:
    """Plain arrays of a pure model: one person a need, so many needs a volunteer."""
    arcs, rows = model.people.arcs, model.rows
    count = int(arcs.volunteer.max(initial=-1)) + 1
    capacity = np.bincount(arcs.volunteer, minlength=count)
    capacity[rows.volunteer] = np.minimum(capacity[rows.volunteer], rows.cap)
    need = model.arc_need
    order = np.lexsort((arcs.volunteer, -arcs.points, need))
    return {
        "penalty": model.worth.complete // NANO,
        "urgency": urgency_of(model),
        "capacity": capacity,
        "need": need[order],
        "volunteer": arcs.volunteer[order],
        "cost": -arcs.points[order],
        "arc": order,
    }


def urgency_of(model: Model) -> np.ndarray:
    """Urgency in its smallest unit: worths of needs over their greatest common divisor."""
    return model.worth.complete // max(1, int(np.gcd.reduce(model.worth.complete)))


def matrix_of(model: Model) -> dict[str, np.ndarray]:
    """Give the mixed-integer programme with strong links, the one our own solvers write."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    arcs = arcs_of_needs(model, needs)
    scope = Scope(
        needs=needs, possible=model.possible, complete=model.worth.complete, arcs=arcs,
        escort_arcs=model.escort_arcs, adult_arcs=model.adult_arcs, with_supply=True,
    )  # fmt: skip
    made = programme_of(model.worth, model.people, model.rows, model.supply, model.item_need, scope=scope)
    matrix = made.matrix
    fields = ("row", "column", "value", "low", "high", "objective", "upper", "whole")
    arrays = {name: getattr(matrix, name) for name in fields}
    return {**arrays, "z": made.z, "x": made.x, "needs": needs, "arcs": arcs}


def _zhulian(size: str, plan: Path, seconds: int, seed: int) -> Row:
    command = [str(ROOT / ".venv" / "bin" / "zhulian"), "bench", "matching", "--size", size, "--json"]
    limits = ["--time-limit", str(seconds), "--seed", str(seed), "--out", str(plan)]
    finished = subprocess.run([*command, *limits], check=True, capture_output=True, text=True)
    told = json.loads(finished.stdout.splitlines()[-1])
    file = read_model(plan.with_suffix(".model.npz"))
    with np.load(plan) as held:
        complete = np.zeros(len(file.model), dtype=np.bool_)
        complete[held["complete"]] = True
        chosen = held["chosen"]
    return Row(
        size=size, peer="zhulian", cost=told["value"], unmet=int(urgency_of(file.model)[~complete].sum()),
        served=int(complete.sum()), way=int(-file.model.people.arcs.points[chosen].sum()),
        seconds=told["seconds"], peak_mb=told["peak_mb"], bound=True,
        note=f"gap {told['gap']:.4%}, {told['audit_violations']} violations",
    )  # fmt: skip


def _peer(size: str, peer: str, file: ModelFile, view: Path, model: Path, seconds: int) -> Row:
    out = view.with_name(f"{size}.{peer}.npz")
    script = Path(__file__).with_name("peers") / ("own.py" if peer in OURS else "solvers.py")
    python = sys.executable if peer in OURS else str(PEERS_PYTHON)
    source = model if peer in ("dispatcher-joint", "cp-sat-joint") else view
    command = [python, str(script), peer, str(source), str(out), str(seconds)]
    begin = time.perf_counter()
    # three times the limit: building a model and ending a search take what they take
    code, printed, peak_mb = _run_alone(command, most_s=3.0 * seconds + 60)
    spent = time.perf_counter() - begin
    if code:
        return Row(
            size=size, peer=peer, cost=None, unmet=None, served=None, way=None, seconds=round(spent, 2),
            peak_mb=peak_mb, bound=False, note="stopped" if code < 0 else "failed",
        )  # fmt: skip
    told = json.loads(printed.splitlines()[-1])
    draft = _draft(file.model, view, out, peer)
    findings, cost = judged(file, draft)
    served = draft.complete
    return Row(
        size=size, peer=peer, cost=None if findings else cost, unmet=int(urgency_of(file.model)[~served].sum()),
        served=int(served.sum()), way=int(-file.model.people.arcs.points[draft.chosen].sum()),
        seconds=round(told["solve_s"], 2), peak_mb=peak_mb, bound=told["bound"] is not None,
        note=f"{findings} violations" if findings else "",
    )  # fmt: skip


def _run_alone(command: list[str], most_s: float) -> tuple[int, str, int]:
    """Run a process to its end or its limit: exit code (negative: stopped), what it printed, peak MiB."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL, env=env, cwd=ROOT)
        until = time.monotonic() + most_s
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                process.kill()
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        return process.returncode, printed.read(), usage.ru_maxrss // 1024


def _draft(model: Model, view: Path, out: Path, peer: str) -> Draft:
    """Turn a peer's answer into a draft: chosen arcs, or a point of the matrix; money is dealt exactly."""
    draft = empty_draft(model)
    with np.load(out) as held, np.load(view) as seen:
        if peer.endswith("-mip"):
            point = held["point"] > 0.5
            draft.complete[seen["needs"][point[seen["z"]]]] = True
            draft.chosen[seen["arcs"][point[seen["x"]]]] = True
        elif peer.endswith("-joint"):
            draft.complete[held["complete"]] = True
            draft.chosen[held["chosen"]] = True
        else:
            draft.chosen[seen["arc"][held["chosen"]]] = True
            draft.complete[model.arc_need[draft.chosen]] = True
            return draft
    return deal_out(model, draft, np.flatnonzero(model.in_play).astype(np.int64))


def judged(file: ModelFile, draft: Draft) -> tuple[int, float]:
    """Let the checker count what is wrong with a draft, and tell its value in the instance's own sense."""
    value = draft_value(file.model, draft)
    plan = plan_of(
        file, draft=draft, prices=no_prices(file.model.rows, file.model.supply), value=value, bound=2**62,
        own_bound=2**62, gap=0.0, about={},
    )  # fmt: skip
    meta, arrays = plan_members(file, plan)
    verdict = checker.check(model_meta(file), members_of(file.model, file.labels), meta, arrays)
    # a peer states no bound of ours: what the checker says of the stated one is not about its answer
    wrong = [
        each for each in verdict.findings if each.code != "misstated" or each.subject.startswith("value")
    ]
    return len(wrong), float(verdict.value)


if __name__ == "__main__":
    main()
