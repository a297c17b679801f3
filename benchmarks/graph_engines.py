"""
Commits, look-ups, loads, exports and restores a second, on either engine.

    python benchmarks/graph_engines.py --rows 1000000
    python deploy/neo4j/server.py run -- python benchmarks/graph_engines.py --engine neo4j --rows 100000
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from graph.backup import export_graph, graph_digest, restore_graph
from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import open_neo4j
from graph.ports import Access, GraphStore, Statement
from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME

HOLD = Statement("CREATE (:SlotHold {id: $id})", Access.WRITE)
LOOK = Statement("MATCH (r:Region {id: $id}) RETURN r.name AS name", Access.READ)
REGION, PART_OF = NODE_TYPE_BY_LABEL["Region"], RELATIONSHIP_TYPE_BY_NAME["PART_OF"]


def nodes(rows: int) -> pl.DataFrame:
    """Rows of regions with every required property."""
    number = pl.int_range(rows, eager=True)
    key = pl.format("r{}", number.cast(pl.String).str.zfill(9))
    return pl.DataFrame({"source_row": number}).select(
        id=key, name=key, region_path=pl.lit("/NBS/32/3205/"), source_id=pl.lit("bench"),
        source_row="source_row", recorded_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)),
    )  # fmt: skip


async def measure(store: GraphStore, rows: int, commits: int) -> dict[str, float]:
    """Give rates by name."""
    found: dict[str, float] = {}

    async def timed(name: str, amount: int, work) -> object:
        begin = time.perf_counter()
        result = await work
        found[name] = round(amount / (time.perf_counter() - begin))
        return result

    async def in_turn(count: int) -> None:
        for i in range(count):
            await store.write(lambda tx, i=i: tx.run(HOLD, id=f"h{i}"))

    async def looked_up(count: int) -> None:
        for i in range(count):
            await store.read(lambda tx, i=i: tx.run(LOOK, id=f"r{i:09d}"))

    frame = nodes(rows)
    children = frame.select(from_id=pl.col("id")).slice(1)
    edges = children.with_columns(to_id=frame["id"].gather(pl.int_range(rows - 1, eager=True) // 8))
    edges = edges.with_columns(source_id=pl.lit("bench"))
    changed = frame.with_columns(
        name=pl.when(pl.col("source_row") % 5 == 0).then(pl.lit("new")).otherwise("name")
    )
    await timed("commits_per_s", commits, in_turn(commits))
    await timed("nodes_created_per_s", rows, store.write(lambda tx: tx.load_nodes(REGION, frame)))
    await timed("look_ups_per_s", 2000, looked_up(2000))
    await timed("nodes_fifth_updated_per_s", rows, store.write(lambda tx: tx.load_nodes(REGION, changed)))
    pair = ("Region", "Region")
    await timed(
        "relationships_per_s", rows, store.write(lambda tx: tx.load_relationships(PART_OF, pair, edges))
    )
    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory) / "archive"
        await timed("exported_per_s", 2 * rows, export_graph(store, archive))
        digest = await graph_digest(store)
        await timed("restored_per_s", 2 * rows, restore_graph(store, archive, replace=True))
        assert await graph_digest(store) == digest
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found


async def run(engine: str, rows: int, commits: int) -> dict[str, float]:
    """Measure one engine in a fresh place."""
    with tempfile.TemporaryDirectory() as directory:
        store = (
            open_ladybug(Path(directory) / "g")
            if engine == "ladybug"
            else await open_neo4j(os.environ["NEO4J_URI"])
        )
        async with store:
            await store.define()
            return await measure(store, rows, commits)


def main() -> int:
    """Run the command line; the last line is one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=["ladybug", "neo4j"], default="ladybug")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--commits", type=int, default=3_000)
    given = parser.parse_args()
    found = asyncio.run(run(given.engine, given.rows, given.commits))
    print(json.dumps({"engine": given.engine, "rows": given.rows, **found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
