"""
A city's files imported and linked, sent again, and sent a month later; beside the floor under it.

    python -m benchmarks.city_import --size XL --write
    python deploy/neo4j/server.py run -- python -m benchmarks.city_import --engine neo4j --size M --write

The floor is what nobody can do without: reading every file with polars or calamine, and creating the nodes that come
of it in bulk, with no look at what they say. Seconds are of the wall and of the processor; the truth beside the files
says how many rows found their person. The last line is one JSON object.
"""

import argparse
import asyncio
import io
import json
import os
import platform
import resource
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from generator.city import generate_city
from generator.likenesses import TRUTH_FILE
from generator.shipped import table
from generator.sizes import CitySize
from generator.summary import CitySummary
from graph.backup import graph_digest
from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import open_neo4j
from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPES
from importers.batches import node_id
from importers.load import import_files
from importers.readers import open_source
from workflows.linking.running import link_city
from workflows.people import administrator
from workflows.workspace import Workspace

OUT = Path("docs/benchmarks")
KEY = b"k" * 32
NOW = datetime(2026, 3, 2, tzinfo=UTC)
FLOOR_LABELS = ("Household", "Resident", "DepartmentRecord")
LINKS = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.event = $event RETURN n.event AS event, n.number AS number,"
    " n.resident_id AS person, n.link_rule AS rule",
    Access.READ,
)
ASKED = Statement(
    "MATCH (v:LinkReview) MATCH (n:DepartmentRecord {id: v.row_id})"
    " RETURN n.event AS event, n.number AS number, v.person_id AS asked",
    Access.READ,
)


class Clock:
    """Seconds of the wall and of the processor, this process and its children."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, float]] = {}

    async def timed(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - what the work gives
        """Run a piece of work and take down what it cost."""
        wall, cpu = time.perf_counter(), _cpu()
        result = await work()
        self.rows[name] = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(_cpu() - cpu, 1)}
        print(name, self.rows[name], flush=True)
        return result


def _cpu() -> float:
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _read_floor(folder: Path, summary: CitySummary) -> int:
    """Read every file as columns of text, and nothing else."""
    rows = 0
    for name in summary.files:
        path = folder / name
        if path.suffix == ".xlsx":
            rows += sum(sum(1 for _ in sheet.rows()) for sheet in open_source(path).sheets)
            continue
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig") if _is_utf8(raw) else raw.decode("gb18030")
        frame = pl.read_csv(
            io.BytesIO(text.encode()), has_header=False, infer_schema=False, truncate_ragged_lines=True
        )
        rows += frame.height
    return rows


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def _write_floor(store: GraphStore, fresh: GraphStore) -> int:
    """Create in an empty store the nodes that the files became, in bulk."""
    nodes = [node for node in NODE_TYPES if node.label in FLOOR_LABELS]
    written = 0
    for node in nodes:
        async for frame in store.stream_nodes(node):
            await fresh.write(lambda tx, node=node, frame=frame: tx.create_nodes(node, frame))
            written += frame.height
    return written


def truth_of(folder: Path) -> pl.DataFrame:
    """Give who is meant by each row of the lists: event, number, true person (null: nobody), likeness."""
    events = {entry["key"]: entry["event"] for entry in table("departments")["lists"]}
    truth = pl.read_parquet(folder / TRUTH_FILE)
    known = {
        number: node_id("Resident", "city", (number,)) for number in truth["resident"].drop_nulls().unique()
    }
    return truth.select(
        pl.col("list").replace_strict(events, return_dtype=pl.String).alias("event"),
        "number",
        pl.col("resident").replace_strict(known, default=None, return_dtype=pl.String).alias("truth"),
        pl.col("likeness").fill_null("AS_REGISTERED"),
    )


async def accuracy(store: GraphStore, folder: Path) -> dict[str, Any]:
    """Set links beside the truth: rows whose list names the person itself are left out."""
    events = truth_of(folder)["event"].unique(maintain_order=True).to_list()
    pages = [await store.read(lambda tx, event=event: tx.frame(LINKS, event=event)) for event in events]
    links = pl.concat([page for page in pages if not page.is_empty()], how="vertical_relaxed")
    asked = await store.read(lambda tx: tx.frame(ASKED))
    if asked.width == 0:
        asked = pl.DataFrame(schema={"event": pl.String, "number": pl.String, "asked": pl.String})
    asked = asked.group_by("event", "number").agg("asked")
    both = (
        truth_of(folder).join(links, on=["event", "number"]).join(asked, on=["event", "number"], how="left")
    )
    both = both.filter(pl.col("rule").is_not_null() | pl.col("person").is_null())
    stranger = pl.col("rule") == "NEW_PERSON"
    right = (pl.col("person") == pl.col("truth")).fill_null(value=False)
    wrong = pl.col("person").is_not_null() & ~stranger.fill_null(value=False) & ~right
    waits = ~right & pl.col("truth").is_in(pl.col("asked")).fill_null(value=False)
    sums = [
        pl.len().alias("rows"),
        pl.col("truth").is_not_null().sum().alias("known"),
        right.sum().alias("right"),
        wrong.sum().alias("wrong"),
        waits.sum().alias("in_review"),
        pl.col("asked").is_not_null().sum().alias("asked"),
    ]
    whole = both.select(sums).to_dicts()[0]
    return {
        **whole,
        "precision": round(whole["right"] / max(1, whole["right"] + whole["wrong"]), 6),
        "recall": round(whole["right"] / max(1, whole["known"]), 6),
        "recall_after_review": round((whole["right"] + whole["in_review"]) / max(1, whole["known"]), 6),
        "by_likeness": both.group_by("likeness").agg(sums).sort("likeness").to_dicts(),
        "by_rule": both.group_by(pl.col("rule").fill_null("NONE")).agg(sums).sort("rule").to_dicts(),
    }


async def measure(engine: str, size: CitySize, seed: int, place: Path) -> dict[str, Any]:
    """Import, link, import again, import the next month."""
    clock = Clock()
    folders = [place / f"month{month}" for month in range(2)]
    cities = [generate_city(size, seed, folder, month=month) for month, folder in enumerate(folders)]
    paths = [[folder / name for name in city.files] for folder, city in zip(folders, cities, strict=True)]

    async def floor() -> int:
        return await asyncio.to_thread(_read_floor, folders[0], cities[0])

    await clock.timed("floor: read", floor)
    found: dict[str, Any] = {
        "engine": engine, "size": size.value, "records": cities[0].department_records, "files": 17,
    }  # fmt: skip
    async with _open(engine, place / "graph") as store:
        await store.define()
        ws = Workspace(store=store, clock=lambda: NOW, new_id=lambda: "none", secret=lambda _: KEY)

        async def imports(month: int) -> Any:  # noqa: ANN401 - a report
            return await import_files(store, administrator(), paths[month], clock=ws.clock, identity_key=KEY)

        for name, month in (("first", 0), ("again", 0), ("next month", 1)):
            report = await clock.timed(f"{name}: import", lambda month=month: imports(month))
            linked = await clock.timed(f"{name}: link", lambda: link_city(ws, administrator()))
            found[name] = {
                "rows_read": report.rows_read,
                "rows_refused": report.rows_refused,
                "phases": {phase: round(spent, 1) for phase, spent in report.seconds.items()},
                "changed": sum(count.created + count.changed for count in report.nodes.values()),
                "link": linked.to_json(),
            }
            if name == "first":
                found["accuracy"] = await accuracy(store, folders[0])
                found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            if name != "next month":
                found[name]["digest"] = (
                    await graph_digest(store) if size in (CitySize.S, CitySize.M) else None
                )
        if engine == "ladybug":
            async with open_ladybug(place / "floor") as fresh:
                await fresh.define()
                found["floor_nodes"] = await clock.timed("floor: write", lambda: _write_floor(store, fresh))
    found["seconds"] = clock.rows
    found["machine"] = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    return found


@asynccontextmanager
async def _open(engine: str, folder: Path) -> AsyncGenerator[GraphStore]:
    if engine == "ladybug":
        async with open_ladybug(folder) as store:
            yield store
        return
    server = await open_neo4j(os.environ["NEO4J_URI"], user=None, password=None)
    try:
        yield server
    finally:
        await server.close()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("ladybug", "neo4j"), default="ladybug")
    parser.add_argument("--size", type=CitySize, default=CitySize.S)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/benchmarks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhulian-city-") as place:
        found = asyncio.run(measure(given.engine, given.size, given.seed, Path(place)))
    if given.write:
        name = f"city-import-{given.engine}-{given.size.value}.json"
        (OUT / name).write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
