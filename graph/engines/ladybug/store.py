"""LadybugDB behind the port: an embedded store in a directory of its own, or in memory."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Self, TypeVar

import ladybug
import polars as pl

from domain.errors import InvariantError
from graph.engines.ladybug import dialect
from graph.engines.ladybug.errors import translated
from graph.engines.ladybug.lock import DirectoryLock
from graph.engines.ladybug.transaction import Session, Transaction, to_the_end
from graph.frames import typed, with_ends
from graph.ports import Access, ReadTransaction, WriteTransaction
from graph.schema import NODE_TYPES, STORE_LABELS, NodeType, RelationshipType

T = TypeVar("T")

# A city of 1.3 million records needs more than half of it; the default, 80 % of the machine, starves the solver.
_BUFFER_POOL_BYTES = 1024 * 1024 * 1024
_ADDRESS_SPACE_BYTES = 1 << 40  # the default, 8 TiB, is refused where address space is limited
_MEMORY = ":memory:"
_FILE = "graph.lbug"
_READERS = 3
_COMMITS_PER_CHECKPOINT = 4_000  # automatic checkpoints wait for idle readers; a busy service has none
_BATCH_ROWS = 50_000

_writing: ContextVar[object | None] = ContextVar("writing", default=None)


class LadybugStore:
    """
    See ``graph.ports.GraphStore``. Made by ``open_ladybug``.

    One unit of work writes at a time, in the order of asking; readers see the last committed state meanwhile.
    """

    engine = "ladybug"

    def __init__(self, database: ladybug.Database, lock: DirectoryLock | None) -> None:
        self._database = database
        self._lock = lock
        self._writer = Session(database, "ladybug-writer")
        self._writer_turn = asyncio.Lock()
        self._readers = [Session(database, f"ladybug-reader-{i}") for i in range(_READERS)]
        self._idle_readers = list(self._readers)
        self._reader_free = asyncio.Semaphore(_READERS)
        self._commits = 0
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, work: Callable[[ReadTransaction], Awaitable[T]]) -> T:
        """See the port."""
        async with self._reader() as session:
            return await self._transact(session, Access.READ, work)

    @asynccontextmanager
    async def _reader(self) -> AsyncGenerator[Session]:
        async with self._reader_free:
            session = self._idle_readers.pop()
            try:
                yield session
            finally:
                self._idle_readers.append(session)

    async def write(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """See the port. ``work`` runs once: one writer at a time leaves nothing to be retried."""
        if _writing.get() is self:
            raise InvariantError("a unit of work inside a unit of work would wait for itself")
        async with self._writer_turn:
            token = _writing.set(self)
            try:
                result = await self._transact(self._writer, Access.WRITE, work)
            finally:
                _writing.reset(token)
            self._commits += 1
            if self._commits % _COMMITS_PER_CHECKPOINT == 0:
                await self._writer.execute("CHECKPOINT")
            return result

    async def _transact(
        self, session: Session, access: Access, work: Callable[[Transaction], Awaitable[T]]
    ) -> T:
        transaction = Transaction(session, access)
        try:
            await session.begin(access)
            result = await work(transaction)
            if transaction.failure is not None:
                raise transaction.failure
            transaction.finish()
            await session.execute("COMMIT")
        except BaseException:
            transaction.finish()
            await session.rollback()
            raise
        finally:
            if transaction.scanned_frames:
                await session.renew()
        return result

    async def stream_nodes(self, node: NodeType) -> AsyncGenerator[pl.DataFrame]:
        """See the port. One stream is one snapshot, and holds a reader until it ends."""
        text, after = dialect.page_of_nodes(node), ""
        async with self._reader() as session, _reading(session):
            while True:
                frame = await session.page(text, {"after": after, "rows": _BATCH_ROWS})
                if frame.is_empty():
                    return
                after = str(frame["id"][-1])
                yield typed(frame, node.properties)

    async def stream_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str]
    ) -> AsyncGenerator[pl.DataFrame]:
        """See the port. One stream is one snapshot, and holds a reader until it ends."""
        text, start, end = dialect.page_of_relationships(relationship, pair), "", ""
        async with self._reader() as session, _reading(session):
            while True:
                frame = await session.page(text, {"from_id": start, "to_id": end, "rows": _BATCH_ROWS})
                if frame.is_empty():
                    return
                start, end = str(frame["from_id"][-1]), str(frame["to_id"][-1])
                yield typed(frame, with_ends(relationship))

    async def define(self, *, store_labels_only: bool = False) -> None:
        """See the port."""
        async with self._writer_turn:
            await self._writer.define(store_labels_only=store_labels_only)

    async def clear(self, *, keep_store_labels: bool = False) -> None:
        """
        See the port. The database is begun anew, which takes no longer for a large one.

        It waits until every reader has finished.
        """
        async with self._writer_turn, AsyncExitStack() as readers:
            for _ in self._readers:
                await readers.enter_async_context(self._reader_free)
            await to_the_end(self._begin_anew(keep_store_labels=keep_store_labels))

    async def _begin_anew(self, *, keep_store_labels: bool) -> None:
        kept = await self._store_nodes() if keep_store_labels else {}
        sessions = (*self._readers, self._writer)
        for session in sessions:
            await session.detach()
        self._database = await asyncio.to_thread(_begin_anew, self._database)
        for session in sessions:
            session.attach(self._database)
        await self._writer.define(store_labels_only=False)
        if kept:
            await self._transact(self._writer, Access.WRITE, lambda tx: _load(tx, kept))

    async def _store_nodes(self) -> dict[NodeType, pl.DataFrame]:
        everything: dict[str, object] = {"after": "", "rows": _BATCH_ROWS}
        nodes = [node for node in NODE_TYPES if node.label in STORE_LABELS]
        frames = {node: await self._writer.page(dialect.page_of_nodes(node), everything) for node in nodes}
        return {node: typed(frame, node.properties) for node, frame in frames.items() if not frame.is_empty()}

    async def close(self) -> None:
        """See the port."""
        if self._closed:
            return
        self._closed = True
        await to_the_end(self._close())

    async def _close(self) -> None:
        async with self._writer_turn:
            for session in (*self._readers, self._writer):
                await session.close()
            await asyncio.to_thread(_close, self._database)
            if self._lock is not None:
                self._lock.release()


async def _load(tx: Transaction, nodes: dict[NodeType, pl.DataFrame]) -> None:
    for node, frame in nodes.items():
        await tx.load_nodes(node, frame)


def _open_database(path: str) -> ladybug.Database:
    with translated(f"open {path}", path=path):
        return ladybug.Database(path, buffer_pool_size=_BUFFER_POOL_BYTES, max_db_size=_ADDRESS_SPACE_BYTES)


def _close(database: ladybug.Database) -> None:
    gc.collect()  # results and statements in reference cycles would keep the files open beyond this
    database.close()


def _begin_anew(database: ladybug.Database) -> ladybug.Database:
    path = str(database.database_path)
    _close(database)
    if path != _MEMORY:
        for file in Path(path).parent.glob(f"{_FILE}*"):  # the write-ahead log lies beside
            file.unlink()
    return _open_database(path)


@asynccontextmanager
async def _reading(session: Session) -> AsyncGenerator[None]:
    try:
        await session.begin(Access.READ)
        yield
    finally:
        await session.rollback()  # it read: there is nothing to keep


def open_ladybug(location: Path | str = _MEMORY) -> LadybugStore:
    """
    Open, or begin, an embedded store.

    Parameters
    ----------
    location
        A directory for this store alone, or ``:memory:``.

    Raises
    ------
    StoreLockedError
        Another process holds the directory.
    GraphUnavailableError
        The files are not a store, or were written by another release of the engine.
    """
    lock: DirectoryLock | None = None
    path = _MEMORY
    if str(location) != _MEMORY:
        directory = Path(location)
        lock = DirectoryLock(directory)
        path = str(directory / _FILE)
    try:
        database = _open_database(path)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return LadybugStore(database, lock)
