"""
Imports under kill -9: the worker, and the judge, of ``benchmarks/crash.py``.

    python -m benchmarks.import_crash --kills 100 --imports 100

A worker imports files one after the other and writes each file's name to a ledger outside the store, synced to
the disk, **after** its import returned. It is killed with SIGKILL at random moments. After each death the store
is opened as the next process would open it: what the ledger names must be there whole, what it does not name
whole or not at all, and the audit chain intact. At the end every file is imported again: what was there is a
duplicate, what was not completes, and the counts are those of one import of each. The last line is one JSON
object.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from domain.actors import Actor, Purpose, Role, Scope
from graph import audit
from graph.engines.ladybug import LadybugStore, open_ladybug
from graph.ports import Access, Statement
from importers.load import import_files, prepare, recognise

MAPPING = "redcross_bank"
ROWS = 20
_READY = "ready"
_BATCHES = Statement("MATCH (b:ImportBatch) RETURN b.id AS id", Access.READ)
_LOADS = Statement("MATCH (e:AuditEntry) WHERE e.operation = 'import.load' RETURN e.id AS id", Access.READ)
_GIFTS = Statement(
    "MATCH (d:Donation) MATCH (t:SourceTable {id: d.source_id})"
    " RETURN t.file_name AS file, count(d.id) AS gifts, sum(d.amount_fen) AS fen",
    Access.READ,
)
_ALL_GIFTS = Statement("MATCH (d:Donation) RETURN count(d.id) AS gifts", Access.READ)
ACTOR = Actor(
    id="importer",
    name="importer",
    roles=frozenset({Role.IMPORTER}),
    scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION),
)


def write_files(folder: Path, imports: int) -> list[Path]:
    """Write lists of gifts, each with its own givers and its footer."""
    folder.mkdir()
    paths: list[Path] = []
    for i in range(imports):
        path = folder / f"gifts-{i:04d}.csv"
        gifts = [[f"捐赠企业{i:04d}第{k}号有限公司", f"{100 + k}.00"] for k in range(ROWS)]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["捐赠人", "金额"], *gifts, ["合计", f"{_fen() // 100}.00"]])
        paths.append(path)
    return paths


def _fen() -> int:
    return sum(100 * (100 + k) for k in range(ROWS))


def _now() -> datetime:
    return datetime.now(UTC)


async def work(store: LadybugStore, files: list[Path], ledger: Path) -> None:
    """Import what the ledger does not name, and name it once it is durable."""
    done = set(_acknowledged(ledger))
    with ledger.open("a", encoding="utf-8") as book:
        if ledger.stat().st_size and not ledger.read_bytes().endswith(b"\n"):
            book.write("\n")  # a line that death cut off acknowledges nothing
        prepare(
            recognise(files[0], MAPPING), None, ACTOR.scope
        )  # tables of places are read before the clock runs
        print(_READY, flush=True)
        for path in files:
            if path.name in done:
                continue
            await import_files(store, ACTOR, [path], mapping=MAPPING, clock=_now)
            book.write(f"{path.name}\n")
            book.flush()
            os.fsync(book.fileno())


def _acknowledged(ledger: Path) -> list[str]:
    """Give the whole lines that name a file."""
    lines = ledger.read_text("utf-8").splitlines(keepends=True)
    return [line.strip() for line in lines if line.endswith(".csv\n")]


async def check(store: LadybugStore, acknowledged: list[str]) -> int:
    """Give how many files the store holds; fails when one is lost or in part."""
    found = {str(row["file"]): row for row in await store.read(lambda tx: tx.run(_GIFTS))}
    lost = set(acknowledged) - found.keys()
    assert not lost, f"{len(lost)} acknowledged imports are lost, as {min(lost)}"
    half = [name for name, row in found.items() if (row["gifts"], row["fen"]) != (ROWS, _fen())]
    assert not half, f"{len(half)} imports are half-written, as {min(half)}"
    (gifts,) = await store.read(lambda tx: tx.run(_ALL_GIFTS))
    assert gifts["gifts"] == ROWS * len(found), "gifts without the table that they came from"
    batches = await store.read(lambda tx: tx.run(_BATCHES))
    assert len(batches) == len(found), "an import without its record, or a record without its import"
    verdict = await audit.verify(store)
    assert verdict.intact, f"the audit chain is broken at {verdict.entry_id}"
    loads = await store.read(lambda tx: tx.run(_LOADS))
    assert len(loads) == len(found), "an import without its entry in the audit chain"
    return len(found)


async def _look(directory: Path, ledger: Path) -> int:
    async with open_ladybug(directory) as store:
        return await check(store, _acknowledged(ledger))


async def _again(directory: Path, files: list[Path], held: int) -> None:
    """Import everything once more: what is there changes nothing, the rest completes."""
    async with open_ladybug(directory) as store:
        duplicates = 0
        for path in files:
            report = await import_files(store, ACTOR, [path], mapping=MAPPING, clock=_now)
            assert (report.rows_read, report.rows_refused) == (ROWS, 0)
            duplicates += report.files[0].duplicate
        assert duplicates == held, f"{duplicates} duplicates of {held} imports"
        assert await check(store, [path.name for path in files]) == len(files)


async def _define(directory: Path) -> None:
    async with open_ladybug(directory) as store:
        await store.define()


def _kill(command: list[str], after_s: float) -> bool:
    """Start a worker, kill it a while after it is ready, and give whether it was still running."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == _READY, "the importing process did not start"
        try:
            worker.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            return True
        assert worker.returncode == 0, "the importing process failed by itself"
        return False


def crash(folder: Path, kills: int, imports: int, longest_s: float) -> dict[str, int]:
    """Kill importing processes; new files follow when all are imported before the last kill."""
    directory, ledger = folder / "graph", folder / "ledger.txt"
    ledger.touch()
    asyncio.run(_define(directory))
    files = write_files(folder / "files", max(imports, 40 * kills))
    command = [sys.executable, "-m", "benchmarks.import_crash", "--work", str(folder)]
    killed = held = 0
    while killed < kills or held < imports:
        died = _kill(command, random.uniform(0.0, longest_s))  # noqa: S311 - not a secret
        killed += died
        before, held = held, asyncio.run(_look(directory, ledger))
        if held == before:
            longest_s *= 1.5  # too short a life to finish anything on so busy a machine
        print(f"{killed} kills, {held} imports", file=sys.stderr, flush=True)
        if not died:
            break
    told = len(_acknowledged(ledger))
    asyncio.run(_again(directory, files[: held + 5], held))
    return {"kills": killed, "imports": held, "acknowledged": told, "rows": held * ROWS}


async def _work(folder: Path) -> None:
    async with open_ladybug(folder / "graph") as store:
        await work(store, sorted((folder / "files").iterdir()), folder / "ledger.txt")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument(
        "--imports", type=int, default=100, help="at least so many are in the store at the end"
    )
    parser.add_argument("--longest-s", type=float, default=1.0)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        asyncio.run(_work(given.work))
        return
    with tempfile.TemporaryDirectory(prefix="zhulian-crash-") as place:
        print(json.dumps(crash(Path(place), given.kills, given.imports, given.longest_s)))


if __name__ == "__main__":
    main()
