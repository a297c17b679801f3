"""
A month's lists beside those before them, against the generator's truth.

    python -m benchmarks.comparisons --size L --write

A city is imported and linked as of two months running; then each of its seventeen lists is compared with the one
before (``there``), the other way round (``back``: what came has gone), and with a list from which rows were taken
and in which rows were given other numbers (``planted``). What a comparison should find is known: the generator's own
rows before any fault was put into them, and what was planted. Comparing runs in a process of its own, so that its
memory is its own. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from domain.comparing import Difference
from generator.chance import Chance
from generator.city import generate_city
from generator.departments import department_lists
from generator.households import build_population
from generator.likenesses import DEFAULT_LIKENESS_SHARE
from generator.months import residents_of_month
from generator.places import build_places
from generator.sizes import DEFAULT_AS_OF, CitySize
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from importers.load import import_files
from workflows.comparing.running import compare_files
from workflows.linking.running import link_city
from workflows.people import administrator
from workflows.stations.tree import settle_stations
from workflows.workspace import Workspace

OUT = Path("docs/benchmarks")
KEY = b"k" * 32
NOW = datetime(2026, 4, 2, tzinfo=UTC)
TAKEN, RENUMBERED = 0.005, 0.003
LINES = Statement(
    "MATCH (n:CompareLine) WHERE n.run_id = $run RETURN n.kind AS kind, n.number AS number,"
    " n.number_before AS number_before",
    Access.READ,
)


def truth_of(size: CitySize, seed: int, as_of: date = DEFAULT_AS_OF) -> dict[str, dict[str, set[str]]]:
    """Give of each list which numbers were added and changed, before any fault was put in."""
    chance = Chance(seed=seed, size=size)
    population = build_population(chance, build_places(chance), as_of)
    found: dict[str, dict[str, set[str]]] = {}
    first, second = (
        department_lists(chance, population, as_of, likeness_share=DEFAULT_LIKENESS_SHARE, month=month)
        for month in (0, 1)
    )
    for before, after in zip(first, second, strict=True):
        found[before.entry["file"]] = _differences(before.frame, after.frame, ["amount_fen"])
    later = residents_of_month(chance, population.residents, 1)
    found["常住人口"] = _differences(population.residents, later, ["household_number", "region", "telephone"])
    found["家庭档案"] = {"ADDED": set(), "CHANGED": set()}
    return found


def _differences(before: pl.DataFrame, after: pl.DataFrame, fields: list[str]) -> dict[str, set[str]]:
    both = after.join(before.select("number", *fields), on="number", suffix="_before")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in fields)
    added = after.join(before.select("number"), on="number", how="anti")
    return {"ADDED": set(added["number"]), "CHANGED": set(both.filter(differs)["number"])}


def plant(path: Path, out: Path, rng: np.random.Generator) -> dict[str, set[str]]:
    """Write a list without some of its rows and with others under other numbers; give which."""
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        lines = raw.decode(encoding).splitlines()
    except UnicodeDecodeError:
        encoding = "gb18030"
        lines = raw.decode(encoding).splitlines()
    head = next(at for at, line in enumerate(lines) if line.count(",") >= 3)
    rows = lines[head + 1 :]
    numbers = [row.partition(",")[0] for row in rows]
    chosen = rng.permutation(np.array(_lone(numbers)))
    taken = set(chosen[: round(len(rows) * TAKEN)].tolist())
    renamed = set(chosen[len(taken) : len(taken) + round(len(rows) * RENUMBERED)].tolist())
    kept = [f"X{row}" if at in renamed else row for at, row in enumerate(rows) if at not in taken]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(("\n".join([*lines[: head + 1], *kept]) + "\n").encode(encoding))
    return {"REMOVED": {numbers[at] for at in taken}, "RENUMBERED": {f"X{numbers[at]}" for at in renamed}}


def _lone(numbers: list[str]) -> list[int]:
    """Give the places of numbers that stand once."""
    frame = pl.DataFrame({"number": numbers}).with_row_index("at")
    return frame.filter((pl.col("number") != "") & (pl.len().over("number") == 1))["at"].to_list()


def _wanted(name: str) -> bool:
    """Whether comparisons look at a file: divisions, stations, the register, needs, and what departments send."""
    return name[:3] in ("01_", "02_", "05_", "06_", "07_", "09_") or name[0] in "23"


async def prepare(work: Path, size: CitySize, seed: int) -> dict[str, float]:
    """Make both months and load them."""
    seconds: dict[str, float] = {}
    async with open_ladybug(work / "graph") as store:
        await store.define()
        ws = Workspace(store=store, clock=lambda: NOW, new_id=lambda: "", secret=lambda _: KEY)
        for month in (0, 1):
            folder = work / f"month{month}"
            summary = await asyncio.to_thread(generate_city, size, seed, folder, month=month)
            started = time.perf_counter()
            await import_files(
                store,
                administrator(),
                [folder / name for name in summary.files if _wanted(name)],
                clock=ws.clock,
                identity_key=KEY,
            )
            await settle_stations(ws, administrator())
            await link_city(ws, administrator())
            seconds[f"import and link month {month}"] = round(time.perf_counter() - started, 1)
    return seconds


async def compare(work: Path, size: CitySize, seed: int) -> dict[str, Any]:
    """Compare every list in three ways and judge what was found."""
    ids = iter(range(10**9))
    truth = truth_of(size, seed)
    ways: dict[str, dict[str, Any]] = {}
    async with open_ladybug(work / "graph") as store:
        ws = Workspace(store=store, clock=lambda: NOW, new_id=lambda: f"id-{next(ids)}")
        base_mb = _peak_mb()
        for way in ("there", "back", "planted"):
            started, cpu = time.perf_counter(), time.process_time()
            sums = {name: [0, 0, 0] for name in Difference}
            phases: dict[str, float] = {}
            rows = 0
            counts: dict[str, int] = {}
            for path, earlier, wanted in _lists(work, way, truth, seed):
                report = await compare_files(ws, administrator(), path, before=earlier, identity_key=KEY)
                rows += report.counts["before_rows"] + report.counts["after_rows"]
                for name, value in report.seconds.items():
                    phases[name] = phases.get(name, 0.0) + value
                for name in ("tasks_opened", "tasks_closed", "statuses_ended", "needs_to_review", "reworded"):
                    counts[name] = counts.get(name, 0) + (0 if report.replayed else report.counts[name])
                stored = await store.read(lambda tx, run=report.run_id: tx.run(LINES, run=run))
                for kind, numbers in wanted.items():
                    side = "number_before" if kind == "REMOVED" else "number"
                    found = {str(row[side]) for row in stored if row["kind"] == kind}
                    right = sums[Difference(kind)]
                    right[0] += len(found & numbers)
                    right[1] += len(found)
                    right[2] += len(numbers)
            ways[way] = {
                "rows_read": rows,
                "wall_s": round(time.perf_counter() - started, 1),
                "cpu_s": round(time.process_time() - cpu, 1),
                "phases_s": {name: round(value, 1) for name, value in phases.items()},
                "counts": counts,
                "judged": {
                    kind.value: {
                        "right": right,
                        "found": found,
                        "true": true,
                        "precision": round(right / found, 4) if found else None,
                        "recall": round(right / true, 4) if true else None,
                    }
                    for kind, (right, found, true) in sums.items()
                    if found or true
                },
            }
            print(way, json.dumps(ways[way], ensure_ascii=False), file=sys.stderr, flush=True)
    return {"ways": ways, "peak_mb": _peak_mb(), "peak_before_mb": base_mb}


def _lists(work: Path, way: str, truth: dict[str, dict[str, set[str]]], seed: int):
    """Give newest list, list before, and what should be found, of every list of a city."""
    rng = np.random.default_rng(seed)
    for path in sorted((work / "month1").glob("*.csv")):
        key = next((name for name in truth if name in path.name), None)
        if key is None:
            continue
        earlier = next((work / "month0").glob(f"{path.name[:3]}*"))
        if way == "there":
            yield path, earlier, truth[key]
        elif way == "back":
            yield earlier, path, {"REMOVED": truth[key]["ADDED"], "CHANGED": truth[key]["CHANGED"]}
        else:
            out = work / "planted" / path.name
            yield out, path, plant(path, out, rng)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Measure in two processes: one makes and loads the city, one compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=CitySize, default=CitySize.L)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--phase", choices=("all", "prepare", "compare"), default="all")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if args.phase == "prepare":
        print(json.dumps(asyncio.run(prepare(args.work, args.size, args.seed))))
        return
    if args.phase == "compare":
        print(json.dumps(asyncio.run(compare(args.work, args.size, args.seed))))
        return
    with tempfile.TemporaryDirectory(prefix="comparisons-") as folder:
        work = args.work or Path(folder)
        results = [_child(phase, work, args) for phase in ("prepare", "compare")]
    report = {
        "size": args.size.value,
        "seed": args.seed,
        "machine": f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}",
        "prepared_s": results[0],
        **results[1],
    }
    if args.write:
        OUT.mkdir(parents=True, exist_ok=True)
        out = OUT / f"comparisons-{args.size.value}.json"
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(report, ensure_ascii=False))


def _child(phase: str, work: Path, args: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.comparisons", "--phase", phase, "--work", str(work),
               "--size", args.size.value, "--seed", str(args.seed)]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
