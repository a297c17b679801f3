import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from pathlib import Path

import ladybug
import polars as pl
import pytest

from domain.errors import (
    ConflictError,
    GraphUnavailableError,
    InvariantError,
    MigrationError,
    StoreLockedError,
)
from graph.engines.ladybug import open_ladybug
from graph.engines.ladybug.transaction import to_the_end
from graph.ports import GraphStore, WriteTransaction
from tests.conformance.graph_store_suite import GraphStoreSuite, hold, holds
from tests.conformance.regions import REGION, names, regions

HOLDER = """
import asyncio, sys
from graph.engines.ladybug import open_ladybug
store = open_ladybug(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
asyncio.run(store.close())
"""


class TestInMemory(GraphStoreSuite):
    @pytest.fixture
    def store(self, memory_store: GraphStore) -> GraphStore:
        return memory_store


class TestInADirectory(GraphStoreSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[GraphStore]:
        async with open_ladybug(tmp_path / "graph") as opened:
            await opened.define()
            yield opened

    async def test_what_was_committed_is_there_after_reopening(self, tmp_path: Path):
        async with open_ladybug(tmp_path / "city") as store:
            await store.define()
            await hold(store, "a")
            await store.write(lambda tx: tx.load_nodes(REGION, regions("r", name="n")))
        async with open_ladybug(tmp_path / "city") as store:
            assert (await holds(store), await names(store)) == (["a"], {"r": "n"})

    async def test_a_second_process_is_told_who_holds_the_directory(self, tmp_path: Path):
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "city")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"open\n"
            with pytest.raises(StoreLockedError, match=str(holder.pid)) as refusal:
                open_ladybug(tmp_path / "city")
            assert refusal.value.context["pid"] == str(holder.pid)
            holder.communicate()
        async with open_ladybug(tmp_path / "city"):
            told = json.loads((tmp_path / "city" / "zhulian.lock").read_text())
            assert told["pid"] == os.getpid()

    async def test_one_process_may_not_open_a_directory_twice(self, tmp_path: Path):
        async with open_ladybug(tmp_path / "city"):
            with pytest.raises(StoreLockedError, match=str(os.getpid())):
                open_ladybug(tmp_path / "city")

    async def test_a_file_that_is_no_store_is_refused_and_the_directory_let_go(self, tmp_path: Path):
        (tmp_path / "graph.lbug").write_bytes(b"not a store" * 1000)
        for _ in range(2):
            with pytest.raises(GraphUnavailableError) as refusal:
                open_ladybug(tmp_path)
            assert refusal.value.context == {"path": str(tmp_path / "graph.lbug")}


async def test_a_unit_inside_a_unit_is_refused_instead_of_waiting_for_itself(memory_store: GraphStore):
    async def outer(_tx: WriteTransaction) -> None:
        await hold(memory_store, "a")

    with pytest.raises(InvariantError, match="inside a unit"):
        await asyncio.wait_for(memory_store.write(outer), 5)
    await hold(memory_store, "b")


async def test_missing_columns_and_pairs_are_added_and_other_types_refused(tmp_path: Path):
    database = ladybug.Database(str(tmp_path / "graph.lbug"), max_db_size=1 << 36)
    connection = ladybug.Connection(database)
    connection.execute("CREATE NODE TABLE Region(id STRING, name STRING, PRIMARY KEY (id))")
    connection.execute("CREATE (:Region {id: 'old', name: 'n'})")
    connection.execute("CREATE NODE TABLE Fund(id STRING, received_fen STRING, PRIMARY KEY (id))")
    connection.close()
    database.close()
    async with open_ladybug(tmp_path) as store:
        with pytest.raises(MigrationError, match=r"Fund\.received_fen is stored as STRING"):
            await store.define()
        assert await names(store) == {"old": "n"}


async def test_closing_twice_is_harmless(tmp_path: Path):
    store = open_ladybug(tmp_path)
    await store.close()
    await store.close()


def test_copy_still_breaks_tables_when_it_is_rolled_back():
    """
    The reason for LOAD FROM .. CREATE in the dialect, kept so that an upgrade of ladybug tells us.

    When this fails, COPY can be tried again.
    """
    database = ladybug.Database(":memory:", max_db_size=1 << 36)
    connection = ladybug.Connection(database)
    connection.execute("CREATE NODE TABLE A(id STRING, PRIMARY KEY (id))")
    connection.execute("CREATE (:A {id: '3'})")
    with pytest.raises(RuntimeError, match="duplicated primary key"):
        connection.execute("COPY A(id) FROM $frame", {"frame": pl.DataFrame({"id": ["3", "4"]})})
    found = connection.execute("MATCH (a:A {id: '3'}) RETURN a.id").get_all()
    connection.close()
    database.close()
    assert found == []  # the row is there, its index entry is gone


async def test_an_error_that_is_kept_does_not_keep_the_files_open(tmp_path: Path):
    """A database that closed late would delete the log of the one opened after it, and commits with it."""
    kept: list[BaseException] = []
    async with open_ladybug(tmp_path) as store:
        await store.define()
        await hold(store, "a")
        with pytest.raises(ConflictError) as conflict:
            await hold(store, "a")
        kept.append(conflict.value)
    assert not [fd for fd in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(fd)]
    async with open_ladybug(tmp_path) as store:
        await hold(store, "b")
        kept.clear()
        gc.collect()
        await hold(store, "c")
    async with open_ladybug(tmp_path) as store:
        assert await holds(store) == ["a", "b", "c"]


_DELAYS_S = (0, 0, 0, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002)


async def _cancelled_on_the_way(call: Coroutine[object, object, object], ticks: int, delay_s: float) -> bool:
    task = asyncio.create_task(call)
    for _ in range(ticks):
        await asyncio.sleep(0)
    if delay_s:
        await asyncio.sleep(delay_s)
    task.cancel()
    try:
        await task  # nothing else than its cancellation may come of it
    except asyncio.CancelledError:
        return True
    return False


async def _some(frames: AsyncGenerator[pl.DataFrame]) -> None:
    async with aclosing(frames):
        async for _ in frames:
            await asyncio.sleep(0)


async def test_a_cancellation_at_any_moment_leaves_every_session_fit_for_the_next(memory_store: GraphStore):
    """Also at BEGIN, at COMMIT and while it is being undone."""
    store, cancelled = memory_store, 0
    await store.write(lambda tx: tx.load_nodes(REGION, regions("r", name="n")))
    for ticks in range(12):
        for turn, delay_s in enumerate(_DELAYS_S):
            name = f"{ticks}-{turn}"
            rows = regions(f"r{name}", name="n")
            for part, call in enumerate(
                (
                    hold(store, f"cancelled-{name}"),
                    store.write(lambda tx, rows=rows: tx.load_nodes(REGION, rows)),
                    holds(store),
                    _some(store.stream_nodes(REGION)),
                )
            ):
                cancelled += await _cancelled_on_the_way(call, ticks, delay_s)
                await hold(store, f"innocent-{name}-{part}")
                assert f"innocent-{name}-{part}" in await holds(store)
    assert cancelled > 100  # or nothing was tried
    for i in range(300):
        await hold(store, f"after-{i}")
    found = await asyncio.gather(*(holds(store) for _ in range(30)))
    assert found == [found[0]] * 30
    assert len([name for name in found[0] if not name.startswith("cancelled")]) == 300 + 12 * 9 * 4


async def test_a_unit_cancelled_twice_is_undone_before_the_next_begins(memory_store: GraphStore):
    begun = asyncio.Event()

    async def work(tx: WriteTransaction) -> None:
        await tx.load_nodes(REGION, regions(*(f"r{i}" for i in range(5_000)), name="n"))
        begun.set()
        await asyncio.sleep(60)

    for ticks in range(8):
        begun.clear()
        task = asyncio.create_task(memory_store.write(work))
        await begun.wait()
        task.cancel()
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await hold(memory_store, f"{ticks}")
    assert await names(memory_store) == {}
    assert await holds(memory_store) == [str(ticks) for ticks in range(8)]


async def test_a_store_whose_closing_was_cancelled_is_closed_and_lets_the_directory_go(tmp_path: Path):
    for ticks in range(8):
        store = open_ladybug(tmp_path)
        await store.define()
        await hold(store, f"{ticks}")
        await _cancelled_on_the_way(store.close(), ticks, 0)
        if ticks == 0:
            await store.close()  # it was cancelled before it began
    async with open_ladybug(tmp_path) as store:
        assert await holds(store) == [str(ticks) for ticks in range(8)]


async def test_clearing_that_was_cancelled_leaves_an_empty_store_that_works(memory_store: GraphStore):
    for delay_s in (0.002, 0.02, 0.2):
        await hold(memory_store, "a")
        await _cancelled_on_the_way(memory_store.clear(), 1, delay_s)
        assert await holds(memory_store) in ([], ["a"])
        await memory_store.clear()


async def test_who_left_hears_so_though_what_was_begun_ended_well():
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        begun.set()
        await goes_on.wait()
        return "done"

    waiting = asyncio.create_task(to_the_end(work()))
    await begun.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_error_of_what_was_begun_is_told():
    async def work() -> None:
        await asyncio.sleep(0)
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await to_the_end(work())
