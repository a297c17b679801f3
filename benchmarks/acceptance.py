"""
Published instances, and made-up ones of their types, each through ``zhulian bench matching --instance``.

    python -m benchmarks.acceptance                          the made-up ones
    python -m benchmarks.acceptance d20100 warszawa.pb       files: gap, .pb, and .npz by their name
    python -m benchmarks.acceptance assign:assign500.txt     the format said beforehand

Prints one line an instance as it ends and JSON at the end; ``--write`` keeps the rows in ``docs/benchmarks``.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers_page import keep_instances
from benchmarks.processes import ROOT, alone
from matching.files.model import Measure, ModelFile, no_labels, write_model
from matching.formats.jobs import one_place_model
from matching.instances.generalised import generalised_assignment
from matching.instances.placement import SCALE, placement
from matching.model import NANO, Rows

ZHULIAN = ROOT / ".venv" / "bin" / "zhulian"
GAP = (
    *(
        f"{kind}{size}"
        for kind in "abc"
        for size in ("5x100", "10x100", "20x100", "5x200", "10x200", "20x200")
    ),
    *(f"e{size}" for size in ("5x100", "10x100", "5x200", "10x200", "20x100", "20x200", "60x900", "80x1600")),
    *(f"d{size}" for size in ("5x100", "10x100", "20x100", "20x200", "60x900", "80x1600")),
)
PLACEMENTS = ((500, 18), (320, 18))
BUDGETS = (25, 64, 100)
ASSIGNMENTS = (100, 500, 800)
_LIMITS = {"gap": 60.0, "placement": 30.0, "pabulib": 20.0, "assign": 20.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One instance solved; ``gap`` and ``bound`` as ``zhulian bench matching`` tells them."""

    family: str
    name: str
    value: float
    bound: float
    gap: float
    status: str
    needs: int
    fulfilled: int
    violations: int
    seconds: float
    cpu_s: float
    limit_s: float


def main() -> None:
    """Solve the files named, or what is made up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*")
    parser.add_argument("--family", action="append", default=[], choices=sorted(_LIMITS), help="only these")
    parser.add_argument("--seconds", type=float, help="limit of each; without it that of its family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    results: list[Result] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="zhulian-instances-") as folder:
        named = map(_named, asked.files) if asked.files else _made(Path(folder), asked.seed)
        for family, form, path in named:
            if asked.family and family not in asked.family:
                continue
            try:
                result = solved(family, form, path, asked.seconds or _LIMITS[family])
            except RuntimeError as error:
                print(f"{family:10} {path.stem:34} {error}", file=sys.stderr, flush=True)
                failed = True
                continue
            print(
                f"{result.family:10} {result.name:34} {result.value:>14,.6g} {result.bound:>14,.6g} "
                f"{result.gap:9.4%} {result.status:10} {result.seconds:7.2f} s {result.cpu_s:7.1f} CPU s",
                file=sys.stderr,
                flush=True,
            )
            results.append(result)
    if asked.write:
        keep_instances([asdict(result) for result in results])
    print(json.dumps([asdict(result) for result in results]))
    if failed:
        raise SystemExit(1)


def solved(family: str, form: str, path: Path, limit_s: float) -> Result:
    """Solve one instance by the command line, as anybody would."""
    command = [str(ZHULIAN), "bench", "matching", "--instance", str(path), "--format", form]
    done = alone([*command, "--time-limit", str(limit_s), "--json"], most_s=3 * limit_s + 60)
    if not done.printed:
        raise RuntimeError("; ".join(done.said))
    told = json.loads(done.printed.splitlines()[-1])
    return Result(
        family=family, name=told["name"], value=told["value"], bound=told["bound"], gap=told["gap"],
        status=told["status"], needs=told["needs"], fulfilled=told["fulfilled"],
        violations=told["audit_violations"], seconds=told["seconds"], cpu_s=done.cpu_s, limit_s=limit_s,
    )  # fmt: skip


def _named(name: str) -> tuple[str, str, Path]:
    family, _, rest = name.partition(":")
    if rest:
        return family, "zhulian" if family == "placement" else family, Path(rest)
    path = Path(name)
    if path.suffix == ".pb":
        return "pabulib", "pabulib", path
    return ("placement", "zhulian", path) if path.suffix == ".npz" else ("gap", "gap", path)


def _made(folder: Path, seed: int) -> Iterator[tuple[str, str, Path]]:
    for spec in GAP:
        agents, jobs = (int(part) for part in spec[1:].split("x"))
        path = folder / spec
        path.write_text(generalised_assignment(spec[0], agents, jobs, seed).text())
        yield "gap", "gap", path
    for cases, affiliates in PLACEMENTS:
        path = folder / f"placement-{cases}x{affiliates}.npz"
        write_model(path, placement_file(cases, affiliates, seed))
        yield "placement", "zhulian", path
    for projects in BUDGETS:
        path = folder / f"budget-{projects}.pb"
        path.write_text(budget_text(projects, seed))
        yield "pabulib", "pabulib", path
    for size in ASSIGNMENTS:
        path = folder / f"assign{size}.txt"
        cost = np.random.default_rng([seed, size]).integers(1, 101, size=(size, size))
        path.write_text("\n".join([str(size), *(" ".join(map(str, row)) for row in cost.tolist())]) + "\n")
        yield "assign", "assign", path


def placement_file(cases: int, affiliates: int, seed: int) -> ModelFile:
    """Make a placement a model: a case earns its best score less what its affiliate falls short of it."""
    made = placement(cases, affiliates, seed)
    best = np.zeros(cases, dtype=np.int64)
    np.maximum.at(best, made.case, made.score)
    kinds, pairs = len(made.uses), len(made.case)
    model = one_place_model(
        need=made.case,
        volunteer=made.affiliate,
        points=made.score - best[made.case],
        complete=best * NANO,
        community=np.full(cases, -1, dtype=np.int64),
        rows=Rows(
            row=np.concatenate([kind * affiliates + made.affiliate for kind in range(kinds)]),
            arc=np.tile(np.arange(pairs, dtype=np.int64), kinds),
            coefficient=np.concatenate([uses[made.case] for uses in made.uses]),
            cap=made.caps.ravel(),
            volunteer=np.tile(np.arange(affiliates, dtype=np.int64), kinds),
        ),
    )
    name = f"placement-{cases}x{affiliates}"
    return ModelFile(model=model, labels=no_labels(), measure=Measure(sense="max", scale=SCALE), name=name)


def budget_text(projects: int, seed: int) -> str:
    """Lay out a participatory budget as Pabulib does; two fifths of what is asked can be paid."""
    rng = np.random.default_rng([seed, projects])
    cost = rng.integers(5, 400, projects) * 1_000
    votes = rng.integers(20, 3_000, projects)
    head = ["META", "key;value", f"description;made up, {projects} projects", f"num_projects;{projects}"]
    rows = [
        f"{number};{money};{count}" for number, (money, count) in enumerate(zip(cost, votes, strict=True), 1)
    ]
    body = [f"budget;{int(cost.sum()) * 2 // 5}", "PROJECTS", "project_id;cost;votes", *rows]
    return "\n".join([*head, *body, "VOTES", "voter_id;vote"]) + "\n"


if __name__ == "__main__":
    main()
