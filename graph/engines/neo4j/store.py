"""Neo4j behind the port: the official async driver, managed transactions, bookmarks."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import LiteralString, Self, TypeVar, cast

import polars as pl
from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncSession,
    NotificationMinimumSeverity,
)

from domain.errors import InvariantError
from graph import frames
from graph.engines.neo4j import dialect, values
from graph.engines.neo4j.errors import translated
from graph.engines.neo4j.transaction import Transaction, complete
from graph.ports import Access, ReadTransaction, Record, Value, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL, STORE_LABELS, NodeType, Property, RelationshipType

T = TypeVar("T")

_RETRY_S = 30.0
# Units last milliseconds. The driver's own first wait is a second, and those who collided meet again after it.
_FIRST_RETRY_S = 0.02
_RETRY_GROWTH = 1.7
_RETRY_JITTER = 0.9
_ACQUIRE_S = 60.0
_CONNECT_S = 10.0
_INDEXES_ONLINE_S = 300
_PAGE_ROWS = 20_000


class Neo4jStore:
    """
    See ``graph.ports.GraphStore``. Made by ``open_neo4j``.

    Neo4j is read-committed: a unit that decides on what it reads writes (and so locks) that node first.
    """

    engine = "neo4j"

    def __init__(self, driver: AsyncDriver, database: str | None, address: str) -> None:
        self._driver = driver
        self._database = database
        self._address = address

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, work: Callable[[ReadTransaction], Awaitable[T]]) -> T:
        """See the port; read-committed, and on a cluster not older than this store's last write."""

        async def managed(tx: AsyncManagedTransaction) -> T:
            return await complete(Transaction(tx, Access.READ), work)

        with translated("a read", address=self._address):
            async with self._session() as session:
                return await session.execute_read(managed)

    async def write(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """See the port; transient errors (deadlocks, leader changes) are retried for half a minute."""

        async def managed(tx: AsyncManagedTransaction) -> T:
            return await complete(Transaction(tx, Access.WRITE), work)

        with translated("a unit of work", address=self._address):
            async with self._session() as session:
                return await session.execute_write(managed)

    async def stream_nodes(self, node: NodeType) -> AsyncGenerator[pl.DataFrame]:
        """See the port. Each batch is one look: nothing should be written meanwhile."""
        text, after = dialect.page_of_nodes(node), ""
        while (page := await self._page(text, node.properties, after=after)).height:
            after = str(page["id"][-1])
            yield page

    async def stream_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str]
    ) -> AsyncGenerator[pl.DataFrame]:
        """See the port. Each batch is one look: nothing should be written meanwhile."""
        text, start, end = dialect.page_of_relationships(relationship, pair), "", ""
        properties = frames.with_ends(relationship)
        while (page := await self._page(text, properties, from_id=start, to_id=end)).height:
            start, end = str(page["from_id"][-1]), str(page["to_id"][-1])
            yield page

    async def define(self, *, store_labels_only: bool = False) -> None:
        """
        See the port; indexes are online when it returns.

        Raises
        ------
        InvariantError
            A constraint or index could not be made, as over data that breaks it.
        """
        labels = STORE_LABELS if store_labels_only else NODE_TYPE_BY_LABEL.keys()
        constraints = [item for item in dialect.constraints() if item.label in labels]
        indexes = [item for item in dialect.indexes() if item.label in labels]
        for item in (*constraints, *indexes):
            await self._rows(item.text)
        await self._rows(dialect.AWAIT_INDEXES, timeout_s=_INDEXES_ONLINE_S)
        online = {
            str(row["name"]) for row in await self._rows(dialect.SHOW_INDEXES) if row["state"] == "ONLINE"
        }
        keys = {str(row["name"]) for row in await self._rows(dialect.SHOW_CONSTRAINTS)}
        missing = sorted(
            {item.name for item in indexes} - online | {item.name for item in constraints} - (keys & online)
        )
        if missing:
            raise InvariantError(f"Neo4j did not bring online: {', '.join(missing)}")

    async def clear(self, *, keep_store_labels: bool = False) -> None:
        """See the port. Constraints and indexes stay."""
        await self._rows(
            dialect.delete_nodes(NODE_TYPE_BY_LABEL.keys() - (STORE_LABELS if keep_store_labels else ()))
        )

    async def ping(self) -> None:
        """See that the server answers: the health check of a service."""
        await self._rows("RETURN 1 AS one")

    async def close(self) -> None:
        """See the port."""
        await self._driver.close()

    def _session(self) -> AsyncSession:
        return self._driver.session(  # pyright: ignore[reportUnknownMemberType] - untyped **config
            database=self._database, bookmark_manager=self._driver.execute_query_bookmark_manager
        )

    async def _page(self, text: str, properties: Sequence[Property], **after: str) -> pl.DataFrame:
        (row,) = await self._rows(text, rows=_PAGE_ROWS, **after)
        return values.page(cast("list[list[Value]]", row["page"]), properties)

    async def _rows(self, text: str, **parameters: object) -> list[Record]:
        """Run one statement of the dialect in a transaction of its own."""
        with translated(text, address=self._address):
            async with self._session() as session:
                result = await session.run(cast("LiteralString", text), parameters)
                return values.records([row async for row in result])


async def open_neo4j(
    uri: str, *, user: str | None = None, password: str | None = None, database: str | None = None
) -> Neo4jStore:
    """
    Connect to a server and see that it answers.

    Parameters
    ----------
    uri
        ``bolt://host:7687`` for one server, ``neo4j://host:7687`` to be routed in a cluster.
    user, password
        None for a server that asks for none.
    database
        None for the server's default.

    Raises
    ------
    GraphUnavailableError
        The server does not answer, or refuses the password; its address is in the message.
    """
    with translated("connect", address=uri):
        driver = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType] - untyped **config
            uri,
            auth=None if user is None else (user, password or ""),
            connection_timeout=_CONNECT_S,
            connection_acquisition_timeout=_ACQUIRE_S,
            max_transaction_retry_time=_RETRY_S,
            initial_retry_delay=_FIRST_RETRY_S,
            retry_delay_multiplier=_RETRY_GROWTH,
            retry_delay_jitter_factor=_RETRY_JITTER,
            # "no such label yet" and the like: true of every empty graph
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            user_agent="zhulian",
        )
    store = Neo4jStore(driver, database, uri)
    try:
        await store.ping()
    except BaseException:
        with suppress(OSError):
            await driver.close()
        raise
    return store
