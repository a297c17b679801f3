"""
Kill a writing process again and again, and see that what it acknowledged is there and nothing is half there.

    python benchmarks/crash.py --kills 25
    python benchmarks/crash.py --kills 100 -- python my_worker.py DIRECTORY

The worker is a command; ``{directory}`` in it is replaced. It prints one line for each unit of work **after** the
unit was committed. Without a command it is this file's own: units that write a pair of nodes, a relationship
and an audit entry. A checker command (``--check``) then says by its status whether a directory is sound; it gets
the acknowledged lines on its standard input.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from domain.actors import Actor, Purpose, Scope
from graph import audit
from graph.engines.ladybug import open_ladybug
from graph.ports import Access, Statement
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction, UnitOfWork

ACTOR = Actor(
    id="crash", name="crash", roles=frozenset(), scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION)
)
CREATE = Statement("CREATE (:SlotHold {id: $first})", Access.WRITE)
COUNT = Statement("MATCH (h:SlotHold) RETURN h.id AS id", Access.READ)
REGIONS = Statement("MATCH (r:Region) RETURN r.id AS id", Access.READ)


async def work(directory: str) -> None:
    """Commit units until killed; each prints its name once it is durable."""
    store = open_ladybug(directory)
    await store.define()
    uow = UnitOfWork(store, lambda: datetime.now(UTC))
    node = NODE_TYPE_BY_LABEL["Region"]
    run = f"{os.getpid()}-{time.time_ns()}"
    for i in range(10**9):
        name = f"{run}-{i}"

        async def unit(tx: AuditedTransaction, name: str = name, number: int = i) -> None:
            await tx.run(CREATE, first=name)
            if number % 10 == 0:  # now and then through the bulk path
                frame = pl.DataFrame({"id": [f"{name}-{k}" for k in range(50)]}).with_columns(
                    region_path=pl.lit("/"), source_id=pl.lit("s"), source_row=1, recorded_at=tx.at
                )
                await tx.load_nodes(node, frame)
                tx.record("crash.load", name)
            else:
                tx.record("crash.write", name)

        await uow.run(ACTOR, unit)
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


async def check(directory: str, acknowledged: set[str]) -> str | None:
    """Say what is wrong with a directory, or None."""
    async with open_ladybug(directory) as store:
        await store.define()
        stored = {str(row["id"]) for row in await store.read(lambda tx: tx.run(COUNT))}
        if lost := acknowledged - stored:
            return f"{len(lost)} acknowledged units are lost, as {min(lost)}"
        loaded: dict[str, int] = {}
        for row in await store.read(lambda tx: tx.run(REGIONS)):
            name = str(row["id"]).rpartition("-")[0]
            loaded[name] = loaded.get(name, 0) + 1
        if half := {name for name, rows in loaded.items() if rows != 50 or name not in stored}:
            return f"{len(half)} loads are half-written, as {min(half)}"
        verdict = await audit.verify(store)
        if not verdict.intact or verdict.entries != len(stored):
            return f"{verdict.entries} audit entries for {len(stored)} units: {verdict}"
    return None


def kill_once(command: list[str], patience_s: float) -> list[str]:
    """Run a worker for a while, kill it with SIGKILL, and give the units that it acknowledged."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        first = worker.stdout.readline()
        time.sleep(patience_s)
        worker.send_signal(signal.SIGKILL)
        rest = worker.stdout.read()
    lines = (first + rest).splitlines(keepends=True)
    return [line.strip() for line in lines if line.endswith("\n")]  # a cut line was not acknowledged


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--longest-s", type=float, default=0.6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--check", nargs="+", help="command that judges the directory; {directory} is replaced"
    )
    parser.add_argument("--work", metavar="DIRECTORY", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="*", help="the worker; {directory} is replaced")
    given = parser.parse_args()
    if given.work:
        asyncio.run(work(given.work))
        return 0
    chance = random.Random(given.seed)  # noqa: S311 - when to kill
    acknowledged: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="zhulian-crash-") as directory:
        place = str(Path(directory) / "graph")
        worker = given.command or [sys.executable, __file__, "--work", "{directory}"]
        for kill in range(1, given.kills + 1):
            command = [part.replace("{directory}", place) for part in worker]
            acknowledged.update(kill_once(command, chance.uniform(0.01, given.longest_s)))
            if given.check:
                judge = [part.replace("{directory}", place) for part in given.check]
                wrong = subprocess.run(judge, input="\n".join(sorted(acknowledged)), text=True, check=False)
                problem = f"{judge[0]} says {wrong.returncode}" if wrong.returncode else None
            else:
                problem = asyncio.run(check(place, acknowledged))
            if problem:
                print(f"after kill {kill}: {problem}")
                return 1
    print(f"{given.kills} kills, {len(acknowledged)} acknowledged units, nothing lost, nothing half-written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
