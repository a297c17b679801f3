"""
A city's import, with linking, under kill -9: the worker and the judge.

    python -m benchmarks.city_crash --kills 50 --size S

A worker imports the files of a city and links its rows. It is killed with SIGKILL at random moments of its life and
started again, on the same store, until it ends by itself or the store has died ``--deaths`` times and is then left to
finish. What stands in the graph must then be what stands in one that nobody disturbed, node for node and relationship
for relationship; the books about the imports themselves aside, which tell of the deaths. The audit chain must be whole.
The last line is one JSON object.
"""

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from generator.city import generate_city
from generator.sizes import CitySize
from graph import audit
from graph.engines.ladybug import open_ladybug
from graph.ports import GraphStore
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES
from importers.load import import_files
from workflows.linking.running import link_city
from workflows.people import administrator
from workflows.workspace import Workspace

NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY = b"k" * 32
_READY, _DONE = "ready", "done"
_BOOKS = frozenset(
    {"ImportBatch", "ImportChange", "AuditHead", "AuditEntry", "LinkRun", "SchemaMigration", "Lease"}
)
"""Labels that tell how the graph came to be, not what it holds."""


async def city_rows(store: GraphStore) -> dict[str, set[str]]:
    """Give the rows of everything that a graph holds, by label or type; the books about its imports aside."""
    rows: dict[str, set[str]] = {}
    for node in NODE_TYPES:
        if node.label not in _BOOKS:
            rows[node.label] = set()
            async for frame in store.stream_nodes(node):
                rows[node.label].update(frame.write_ndjson().splitlines())
    for kind in RELATIONSHIP_TYPES:
        for pair in kind.pairs:
            name = f"{pair[0]}-{kind.name}-{pair[1]}"
            rows[name] = set()
            async for frame in store.stream_relationships(kind, pair):
                rows[name].update(frame.write_ndjson().splitlines())
    return rows


async def work(directory: Path, files: Path, *, with_model: bool) -> None:
    """Import what is not there yet and link what has nobody."""
    names = json.loads((files / "summary.json").read_text("utf-8"))["files"]
    async with open_ladybug(directory) as store:
        print(_READY, flush=True)
        await store.define()
        ws = Workspace(store=store, clock=lambda: NOW, new_id=lambda: "none", secret=lambda _: KEY)
        paths = [files / name for name in names]
        await import_files(store, administrator(), paths, clock=ws.clock, identity_key=KEY)
        await link_city(ws, administrator(), with_model=with_model)
    print(_DONE, flush=True)


async def _judge(directory: Path) -> dict[str, set[str]]:
    async with open_ladybug(directory) as store:
        verdict = await audit.verify(store)
        assert verdict.intact, f"the audit chain is broken at {verdict.entry_id}"
        return await city_rows(store)


def _differences(found: dict[str, set[str]], wanted: dict[str, set[str]]) -> str:
    """Say which labels differ, with a row or two of each."""
    return "\n".join(
        f"{name}: there is {sorted(found[name] - rows)[:2]}, there should be {sorted(rows - found[name])[:2]}"
        for name, rows in wanted.items()
        if found[name] != rows
    )


def _live(command: list[str], after_s: float | None) -> tuple[bool, float]:
    """Start a worker, kill it a while after it is ready, and give whether it ended by itself and how long it lived."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == _READY, "the importing process did not start"
        started = time.monotonic()
        try:
            worker.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            return False, time.monotonic() - started
        assert worker.returncode == 0, "the importing process failed by itself"
        return True, time.monotonic() - started


def crash(place: Path, kills: int, deaths: int, size: CitySize, *, with_model: bool) -> dict[str, object]:
    """Kill importing processes until so many died, and compare every graph that came of it."""
    files = place / "files"
    generate_city(size, 1, files)
    model = ["--with-model"] if with_model else []
    base = [sys.executable, "-m", "benchmarks.city_crash", "--files", str(files), *model, "--work"]
    _, whole_s = _live([*base, str(place / "undisturbed")], None)
    wanted = asyncio.run(_judge(place / "undisturbed"))
    killed = graphs = 0
    while killed < kills:
        directory = place / f"graph-{graphs}"
        ended, died = False, 0
        while not ended:
            may_die = died < deaths and killed < kills
            after_s = random.uniform(0.0, whole_s * (1 - died / (deaths + 1))) if may_die else None  # noqa: S311 - not a secret
            ended, lived = _live([*base, str(directory)], after_s)
            died += not ended
            killed += not ended
            if ended and died == 0 and after_s is not None:
                whole_s = max(0.2, min(whole_s, lived))  # the machine has become faster
        differing = _differences(asyncio.run(_judge(directory)), wanted)
        assert not differing, f"graph {graphs} differs after {died} deaths\n{differing}"
        graphs += 1
        print(f"{killed} kills, {graphs} graphs equal", file=sys.stderr, flush=True)
    return {"kills": killed, "graphs": graphs, "size": size.value, "rows": sum(map(len, wanted.values()))}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--deaths", type=int, default=5, help="of one graph before it is left to finish")
    parser.add_argument("--size", type=CitySize, default=CitySize.S)
    parser.add_argument("--with-model", action="store_true", help="ask the probabilistic model too")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        asyncio.run(work(given.work, given.files, with_model=given.with_model))
        return
    with tempfile.TemporaryDirectory(prefix="zhulian-city-crash-") as place:
        found = crash(Path(place), given.kills, given.deaths, given.size, with_model=given.with_model)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
