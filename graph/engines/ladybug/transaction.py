"""One transaction on one connection; every driver call runs on that connection's own thread."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from traceback import clear_frames
from typing import TypeVar, cast

import ladybug
import polars as pl

from domain.errors import InvariantError, PlatformError
from graph import frames
from graph.engines.ladybug import dialect, values
from graph.engines.ladybug.definition import define
from graph.engines.ladybug.errors import translated
from graph.parameters import checked_parameters
from graph.ports import Access, LoadCount, Record, Statement, Value
from graph.schema import NODE_TYPE_BY_LABEL, NodeType, RelationshipType

T = TypeVar("T")

_FEW_ROWS = 256


async def to_the_end(work: Awaitable[T]) -> T:
    """
    Wait until ``work`` has ended, whoever cancels the waiting; a cancellation is passed on afterwards.

    What runs on a thread cannot be stopped. A caller who left before its end would take the connection for
    free, and the next one would meet a transaction that nobody closes.
    """
    running = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException:  # the work's own error: told below, unless the caller has left
            break
    if cancelled is None:
        return running.result()
    if not running.cancelled():
        running.exception()  # taken note of: the cancellation is what the caller hears
    try:
        raise cancelled
    finally:
        del running, cancelled  # an error holds the frames below it, and through them the database


class Session:
    """A connection with a thread of its own; a call that was begun is waited for, cancelled or not."""

    def __init__(self, database: ladybug.Database, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self.attach(database)

    def attach(self, database: ladybug.Database) -> None:
        """Connect to a database; the session is new or detached."""
        self._database = database
        self._connection = ladybug.Connection(database)

    async def detach(self) -> None:
        """Let the connection go, so that its database can be closed."""
        await self.call(lambda connection: connection.close())

    async def call(self, work: Callable[[ladybug.Connection], T]) -> T:
        """Run ``work`` on the session's thread, to its end."""
        loop = asyncio.get_running_loop()
        return await to_the_end(loop.run_in_executor(self._thread, lambda: work(self._connection)))

    async def begin(self, access: Access) -> None:
        """Begin a transaction; cancelled meanwhile, it has begun all the same."""
        await self.execute("BEGIN TRANSACTION" + (" READ ONLY" if access is Access.READ else ""))

    async def execute(self, text: str) -> None:
        """Run one statement that takes and gives nothing."""
        await self.call(lambda connection: _query(connection, text, {}).close())

    async def page(self, text: str, parameters: dict[str, object]) -> pl.DataFrame:
        """Run one statement and give its rows as columns."""
        return await self.call(partial(_frame, text=text, parameters=parameters))

    async def rollback(self) -> None:
        """
        Leave the transaction, if there still is one.

        Ladybug has rolled back by itself after an error at run time, and has not after one of binding.
        """

        def work(connection: ladybug.Connection) -> None:
            try:
                connection.execute("ROLLBACK")
            except RuntimeError as error:
                clear_frames(error.__traceback__)  # see ``errors.translated``
                if "No active transaction" not in str(error):
                    raise

        await self.call(work)

    async def define(self, *, store_labels_only: bool) -> None:
        """Bring the tables to the declared schema."""

        def work(connection: ladybug.Connection) -> None:
            def query(text: str) -> list[list[str]]:
                result = _query(connection, text, {})
                try:
                    return cast("list[list[str]]", result.get_all())
                finally:
                    result.close()

            define(query, store_labels_only=store_labels_only)

        await self.call(work)

    async def renew(self) -> None:
        """Take a fresh connection: the old one keeps every frame that it ever scanned."""

        def replace(connection: ladybug.Connection) -> None:
            connection.close()
            self._connection = ladybug.Connection(self._database)

        await self.call(replace)

    async def close(self) -> None:
        """Finish what runs and let the connection and the thread go."""
        await self.detach()
        self._thread.shutdown()


def _query(connection: ladybug.Connection, text: str, parameters: dict[str, object]) -> ladybug.QueryResult:
    with translated(text):
        result = connection.execute(text, parameters)
    return result[-1] if isinstance(result, list) else result


def _frame(connection: ladybug.Connection, text: str, parameters: dict[str, object]) -> pl.DataFrame:
    return values.frame(_query(connection, text, parameters).get_as_pl())


def _done(connection: ladybug.Connection, text: str, parameters: dict[str, object]) -> None:
    _query(connection, text, parameters).close()


class Transaction:
    """
    Both of the port's transactions; one that may not write refuses WRITE statements.

    A statement that fails ends the transaction: ladybug may have rolled it back by then, and would run what
    follows outside any transaction. So what follows is refused, and the unit fails even when its author
    caught the error.
    """

    def __init__(self, session: Session, access: Access) -> None:
        self._session = session
        self._access = access
        self._over = False
        self.failure: BaseException | None = None
        self.scanned_frames = False

    def finish(self) -> None:
        """Refuse every further statement."""
        self._over = True

    async def run(self, statement: Statement, /, **parameters: Value) -> list[Record]:
        """See the port."""

        def rows(result: ladybug.QueryResult) -> list[Record]:
            return values.records(result.get_column_names(), cast("list[list[object]]", result.get_all()))

        return await self._run(statement, parameters, rows)

    async def frame(self, statement: Statement, /, **parameters: Value) -> pl.DataFrame:
        """See the port."""
        return await self._run(statement, parameters, lambda result: values.frame(result.get_as_pl()))

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See the port."""
        rows = frames.checked_nodes(node, frame)
        names = rows.columns
        stored = await self._scan(lambda source: dialect.match_nodes(source, node, names), rows.select("id"))
        new, changed = frames.split(rows, stored, ("id",))
        frames.require_on_new(node.label, node.properties, new)
        await self._write(lambda source: dialect.create_nodes(source, node, names), new)
        await self._write(lambda source: dialect.update_nodes(source, node, names), changed)
        return frames.count(rows, new, changed)

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See the port."""
        rows = frames.checked_nodes(node, frame)
        frames.require_on_new(node.label, node.properties, rows)
        await self._write(lambda source: dialect.create_nodes(source, node, rows.columns), rows)

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See the port."""
        rows = frames.checked_nodes(node, frame)
        await self._write(lambda source: dialect.update_nodes(source, node, rows.columns), rows)

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """See the port."""
        rows = frames.checked_relationships(relationship, frame)
        given = (relationship, pair, rows.columns[2:])
        if rows.height > _FEW_ROWS:
            await self._require_ends(relationship, pair, rows)
            starts = rows.select("from_id").unique()
            stored = await self._scan(lambda source: dialect.match_relationships(source, *given), starts)
        else:
            stored = await self._joined(relationship, pair, rows)
        new, changed = frames.split(rows, stored, frames.END_COLUMNS)
        frames.require_on_new(relationship.name, relationship.properties, new)
        await self._write(lambda source: dialect.create_relationships(source, *given), new)
        await self._write(lambda source: dialect.update_relationships(source, *given), changed)
        return frames.count(rows, new, changed)

    async def _joined(
        self, relationship: RelationshipType, pair: tuple[str, str], rows: pl.DataFrame
    ) -> pl.DataFrame:
        """Give what is stored of few rows; their ends and what joins them are looked up in one statement."""
        if rows.is_empty():
            return rows
        names, ends = rows.columns[2:], rows.select(frames.END_COLUMNS)
        found = await self._scan(
            lambda source: dialect.look_up_relationships(source, relationship, pair, names), ends
        )
        for label, column in zip(pair, frames.END_COLUMNS, strict=True):
            ids = rows.select(pl.col(column).alias("id")).unique()
            there = found.filter(pl.col(f"{column}_found")).select(pl.col(column).alias("id"))
            frames.require_found(relationship.name, label, ids, there)
        return found.filter("joined").select(*frames.END_COLUMNS, *names)

    async def _require_ends(
        self, relationship: RelationshipType, pair: tuple[str, str], rows: pl.DataFrame
    ) -> None:
        for label, column in zip(pair, frames.END_COLUMNS, strict=True):
            node = NODE_TYPE_BY_LABEL[label]
            ids = rows.select(pl.col(column).alias("id")).unique()
            found = await self._scan(lambda source, node=node: dialect.match_nodes(source, node, ["id"]), ids)
            frames.require_found(relationship.name, label, ids, found)

    async def _scan(self, text: Callable[[dialect.Source], str], keys: pl.DataFrame) -> pl.DataFrame:
        found = pl.DataFrame()
        for source, given in self._sources(keys):  # keys lack nothing: one source
            found = await self._guarded(partial(_frame, text=text(source), parameters=given))
        return found

    async def _write(self, text: Callable[[dialect.Source], str], rows: pl.DataFrame) -> None:
        for source, given in self._sources(rows):
            await self._guarded(partial(_done, text=text(source), parameters=given))

    def _sources(self, rows: pl.DataFrame) -> list[tuple[dialect.Source, dict[str, object]]]:
        """Give the statements' sources with their parameters: one frame, or few rows by what they lack."""
        if rows.is_empty():
            return []
        if rows.height > _FEW_ROWS or any(kind.is_nested() for kind in rows.dtypes):
            self.scanned_frames = True
            return [(dialect.FRAME, {"frame": _positional(rows)})]
        rows = _positional(rows)
        lacking = [rows.get_column(name).null_count() for name in rows.columns]
        nulls = frozenset(i for i, count in enumerate(lacking) if count)
        if all(lacking[i] == rows.height for i in nulls):
            whole = rows.drop([f"c{i}" for i in nulls])
            return [(dialect.ROWS.without(nulls), {"rows": whole.to_dicts()})]
        groups: dict[frozenset[int], list[dict[str, object]]] = {}
        for row in rows.iter_rows():
            nulls = frozenset(i for i, value in enumerate(row) if value is None)
            cells = {f"c{i}": value for i, value in enumerate(row) if value is not None}
            groups.setdefault(nulls, []).append(cells)
        return [(dialect.ROWS.without(nulls), {"rows": cells}) for nulls, cells in groups.items()]

    async def _run(
        self, statement: Statement, parameters: dict[str, Value], convert: Callable[[ladybug.QueryResult], T]
    ) -> T:
        if statement.access is Access.WRITE and self._access is Access.READ:
            raise InvariantError(f"a WRITE statement inside a read: {statement.text}")
        text = dialect.typed_empty_lists(statement.text, parameters)
        given = dict[str, object](checked_parameters(parameters))

        def work(connection: ladybug.Connection) -> T:
            result = _query(connection, text, given)
            try:
                return convert(result)
            finally:
                result.close()

        return await self._guarded(work)

    async def _guarded(self, work: Callable[[ladybug.Connection], T]) -> T:
        if self.failure is not None:
            raise InvariantError("the transaction failed at an earlier statement") from self.failure
        if self._over:
            raise InvariantError("the transaction is over: statements run only inside their own work")
        try:
            return await self._session.call(work)
        except PlatformError as error:
            self.failure = error
            raise


def _positional(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: f"c{i}" for i, name in enumerate(frame.columns)})
