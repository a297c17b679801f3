"""
One evaluation of all groups and rules over a city, and a second one; what it finds, beside the truth.

    python -m benchmarks.alerts --size L --write

A city is generated, imported and linked; then a pass is timed by phase, and one more that raises nothing. The truth
beside the files says who is meant by each row of a list: the same rules over rows that all have their true person say
what a pass would find with perfect links, and what it finds is counted against that. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from benchmarks.city_import import KEY, truth_of
from generator.city import generate_city
from generator.sizes import DEFAULT_AS_OF, CitySize
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, GraphStore, Statement
from importers.load import import_files
from workflows.alerts.evaluating import CityFrames, evaluate
from workflows.alerts.running import read_city, run_alerts
from workflows.linking.running import link_city
from workflows.people import administrator, clock_actor
from workflows.stations.tree import settle_stations
from workflows.workspace import Workspace

OUT = Path("docs/benchmarks")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = Statement(
    "MATCH (n:DepartmentRecord) RETURN n.event AS event, n.number AS number, n.department AS department,"
    " n.resident_id AS resident_id, n.amount_fen AS amount_fen, n.occurred_on AS occurred_on",
    Access.READ,
)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def _timed_pass(ws: Workspace) -> dict[str, Any]:
    """Run a pass; give its report, seconds and the memory it added to the peak."""
    before, wall, cpu = _peak_mb(), time.perf_counter(), time.process_time()
    report = await run_alerts(ws, clock_actor(), holder="benchmark", day=DEFAULT_AS_OF)
    return {
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mb": _peak_mb(),
        "peak_added_mb": _peak_mb() - before,
        "report": report.to_json(),
    }


async def _against_truth(store: GraphStore, folder: Path) -> dict[str, Any]:
    """Count what rules find with the links there are against what they would find with the true ones."""
    base = await store.read(lambda tx: read_city(tx, clock_actor(), DEFAULT_AS_OF))
    rows = await store.read(lambda tx: tx.frame(ROWS))
    meant = rows.join(truth_of(folder), on=["event", "number"]).with_columns(
        pl.col("truth").alias("resident_id")
    )
    city = CityFrames(
        persons=base.city.persons,
        homes=base.city.homes,
        records=meant.drop_nulls("resident_id").select(base.city.records.columns),
    )
    registered = pl.col("resident_id").is_in(base.city.persons["id"].implode())
    found = evaluate(base.city, base.books, DEFAULT_AS_OF).alerts
    true = evaluate(city, base.books, DEFAULT_AS_OF).alerts.filter(registered)
    both = ["code", "resident_id"]
    right = found.join(true, on=both, how="semi")
    counts = {name: dict(frame.group_by("code").len().sort("code").iter_rows())
              for name, frame in (("found", found), ("true", true), ("right", right))}  # fmt: skip
    rules = {
        code: {name: counts[name].get(code, 0) for name in counts}
        for code in sorted(set(counts["found"]) | set(counts["true"]))
    }
    return {
        "rules": rules,
        "precision": round(right.height / max(1, found.height), 4),
        "recall": round(right.height / max(1, true.height), 4),
    }


def _workspace(store: GraphStore) -> Workspace:
    return Workspace(store=store, clock=lambda: NOW, new_id=lambda: uuid4().hex)


async def prepare(size: CitySize, seed: int, place: Path) -> dict[str, Any]:
    """Generate, import and link a city."""
    city = generate_city(size, seed, place / "city", as_of=DEFAULT_AS_OF)
    async with open_ladybug(place / "graph") as store:
        await store.define()
        ws = _workspace(store)
        for name in city.files:  # a load a file: what is measured here is not the import
            path = place / "city" / name
            await import_files(store, administrator(), [path], clock=ws.clock, identity_key=KEY)
        await settle_stations(ws, administrator())
        await link_city(ws, administrator())
    return {"engine": "ladybug", "size": size.value, "seed": seed, "records": city.department_records}


async def passes(place: Path) -> dict[str, Any]:
    """Evaluate twice, and count against the truth."""
    async with open_ladybug(place / "graph") as store:
        ws = _workspace(store)
        found: dict[str, Any] = {"before_mb": _peak_mb()}
        for name in ("first", "again"):
            found[name] = await _timed_pass(ws)
        found["truth"] = await _against_truth(store, place / "city")
    return found


def _in_a_process_of_its_own(place: Path) -> dict[str, Any]:
    """Run the passes where no import has used memory before."""
    command = [sys.executable, "-m", "benchmarks.alerts", "--prepared", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=CitySize, default=CitySize.S)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/benchmarks")
    parser.add_argument("--prepared", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.prepared:
        print(json.dumps(asyncio.run(passes(given.prepared)), ensure_ascii=False))
        return
    with tempfile.TemporaryDirectory(prefix="zhulian-alerts-") as folder:
        place = Path(folder)
        found = asyncio.run(prepare(given.size, given.seed, place)) | _in_a_process_of_its_own(place)
    found["machine"] = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    if given.write:
        text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        (OUT / f"alerts-ladybug-{given.size.value}.json").write_text(text, "utf-8")
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
