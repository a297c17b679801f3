"""
One evaluation of all groups and rules over a city, and a second one; what it finds, beside the truth.

    python -m benchmarks.alerts --size L --write

A city of size S or M is generated, imported and linked; then a pass is timed by phase, and one more that raises
nothing. Of a larger city the rows are written as departments mean them, each with its person: what is measured is no
import. Of the smaller ones the truth beside the files says who is meant by each row of a list: the same rules over
rows that all have their true person say what a pass would find with perfect links, and what it finds is counted
against that. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import platform
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
from generator.chance import Chance
from generator.city import generate_city
from generator.departments import department_lists
from generator.households import build_population
from generator.places import build_places
from generator.shipped import labels
from generator.sizes import DEFAULT_AS_OF, CitySize
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPE_BY_LABEL
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
    """Give the greatest resident memory of this program: what its parent used before it does not count."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


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
    return Workspace(store=store, clock=lambda: NOW, new_id=lambda: uuid4().hex, secret=lambda _: KEY)


async def prepare(size: CitySize, seed: int, place: Path) -> dict[str, Any]:
    """Make the graph of a city."""
    async with open_ladybug(place / "graph") as store:
        await store.define()
        if size in (CitySize.S, CitySize.M):
            records = await _import(store, size, seed, place)
        else:
            records = await _load(store, size, seed)
    return {"engine": "ladybug", "size": size.value, "seed": seed, "records": records}


async def _import(store: GraphStore, size: CitySize, seed: int, place: Path) -> int:
    city = generate_city(size, seed, place / "city", as_of=DEFAULT_AS_OF)
    ws = _workspace(store)
    paths = [place / "city" / name for name in city.files]
    await import_files(store, administrator(), paths, clock=ws.clock, identity_key=KEY)
    await settle_stations(ws, administrator())
    await link_city(ws, administrator())
    return city.department_records


async def _load(store: GraphStore, size: CitySize, seed: int) -> int:
    """Write households, residents and the rows of lists, each row with its person."""
    chance = Chance(seed=seed, size=size)
    population = build_population(chance, build_places(chance), DEFAULT_AS_OF)
    codes = {label: code for code, label in labels("situation").items()}
    sourced = (
        pl.lit("generated").alias("source_id"),
        pl.lit(0, pl.Int64).alias("source_row"),
        pl.lit(NOW).cast(pl.Datetime("us", "UTC")).alias("recorded_at"),
    )
    region = pl.col("region")
    path = pl.concat_str(
        pl.lit("/NBS/"),
        *(piece for end in (2, 4, 6, 9, 12) for piece in (region.str.slice(0, end), pl.lit("/"))),
    ).alias("region_path")
    held = (
        pl.col("situations").str.split("\u3001").list.eval(
            pl.element().replace_strict(codes, default=None, return_dtype=pl.String).drop_nulls()
        )
    )  # fmt: skip
    homes = population.households.select(
        pl.col("number").alias("id"), path, held, pl.lit(1, pl.Int64).alias("version"), *sourced
    )
    people = population.residents.select(
        pl.col("number").alias("id"), pl.col("household_number").alias("household_id"), "name", "birth_date", path,
        held, *sourced,
    )  # fmt: skip
    written = homes.height + people.height
    await _create(store, "Household", homes)
    await _create(store, "Resident", people)
    for listed in department_lists(chance, population, DEFAULT_AS_OF, likeness_share=0.0, month=0):
        rows = listed.frame.select(
            pl.concat_str(pl.lit(listed.entry["key"]), "number").alias("id"), "department", "event", "number",
            pl.col("resident").alias("resident_id"), "amount_fen", pl.col("occurred_on").cast(pl.Date), path, *sourced,
        )  # fmt: skip
        written += rows.height
        await _create(store, "DepartmentRecord", rows)
    return written


async def _create(store: GraphStore, label: str, frame: pl.DataFrame) -> None:
    await store.write(lambda tx: tx.create_nodes(NODE_TYPE_BY_LABEL[label], frame))


async def passes(place: Path) -> dict[str, Any]:
    """Evaluate twice, and count against the truth."""
    async with open_ladybug(place / "graph") as store:
        ws = _workspace(store)
        found: dict[str, Any] = {"before_mb": _peak_mb()}
        for name in ("first", "again"):
            found[name] = await _timed_pass(ws)
        if (place / "city").exists():
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
