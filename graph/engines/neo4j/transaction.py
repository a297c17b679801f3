"""One transaction on Neo4j."""

from collections.abc import Awaitable, Callable, Sequence
from typing import LiteralString, TypeVar, cast

import polars as pl
from neo4j import AsyncManagedTransaction
from neo4j.exceptions import DriverError, Neo4jError

from domain.errors import InvariantError
from graph import frames
from graph.engines.neo4j import dialect, values
from graph.engines.neo4j.errors import is_retried, translate
from graph.parameters import checked_parameters
from graph.ports import Access, LoadCount, Record, Statement, Value
from graph.schema import NODE_TYPE_BY_LABEL, NodeType, Property, RelationshipType

T = TypeVar("T")

BATCH_ROWS = 5_000
"""Rows in one UNWIND: enough to hide the round trip, few enough to keep the server's memory flat."""


class Transaction:
    """
    Both of the port's transactions; one that may not write refuses WRITE statements.

    A statement that fails ends the transaction, also when the author of the unit caught the error.
    """

    def __init__(self, driver_transaction: AsyncManagedTransaction, access: Access) -> None:
        self._tx = driver_transaction
        self._access = access
        self.failure: BaseException | None = None
        self.over = False

    async def run(self, statement: Statement, /, **parameters: Value) -> list[Record]:
        """See the port."""
        _, rows = await self._statement(statement, parameters)
        return rows

    async def frame(self, statement: Statement, /, **parameters: Value) -> pl.DataFrame:
        """See the port. A column without values has a type only where its name has one in the schema."""
        columns, rows = await self._statement(statement, parameters)
        return values.frame(columns, rows)

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See the port. Rows go in batches of ``BATCH_ROWS``."""
        rows = frames.checked_nodes(node, frame)
        known = frames.declared(node.properties, rows)
        stored = await self._matching(dialect.match_nodes(node, known), rows["id"], known)
        new, changed = frames.split(rows, stored, ("id",))
        frames.require_on_new(node.label, node.properties, new)
        for text, part in ((dialect.create_nodes(node), new), (dialect.update_nodes(node), changed)):
            for batch in part.iter_slices(BATCH_ROWS):
                await self._driver_run(text, {"rows": values.rows_for_driver(batch)})
        return frames.count(rows, new, changed)

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See the port. Rows go in batches of ``BATCH_ROWS``."""
        rows = frames.checked_nodes(node, frame)
        frames.require_on_new(node.label, node.properties, rows)
        for batch in rows.iter_slices(BATCH_ROWS):
            await self._driver_run(dialect.create_nodes(node), {"rows": values.rows_for_driver(batch)})

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """See the port. Rows go in batches of ``BATCH_ROWS``."""
        rows = frames.checked_nodes(node, frame)
        for batch in rows.iter_slices(BATCH_ROWS):
            await self._driver_run(dialect.update_nodes(node), {"rows": values.rows_for_driver(batch)})

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """See the port. Rows go in batches of ``BATCH_ROWS``."""
        rows = frames.checked_relationships(relationship, frame)
        await self._require_ends(relationship, pair, rows)
        known = frames.declared(relationship.properties, rows)
        text = dialect.match_relationships(relationship, pair, known)
        between = rows.select(frames.END_COLUMNS).to_struct()
        stored = await self._matching(text, between, (*frames.ENDS, *known))
        new, changed = frames.split(rows, stored, frames.END_COLUMNS)
        frames.require_on_new(relationship.name, relationship.properties, new)
        merge = dialect.merge_relationships(relationship, pair)
        for batch in pl.concat([new, changed]).iter_slices(BATCH_ROWS):
            ends = values.rows_for_driver(batch.select(frames.END_COLUMNS))
            properties = values.rows_for_driver(batch.drop(frames.END_COLUMNS)) or [{}] * batch.height
            joined = [{**end, "properties": own} for end, own in zip(ends, properties, strict=True)]
            await self._driver_run(merge, {"rows": joined})
        return frames.count(rows, new, changed)

    async def _require_ends(
        self, relationship: RelationshipType, pair: tuple[str, str], rows: pl.DataFrame
    ) -> None:
        for label, column in zip(pair, frames.END_COLUMNS, strict=True):
            ids = rows.select(pl.col(column).alias("id")).unique()
            node = NODE_TYPE_BY_LABEL[label]
            known = frames.declared(node.properties, ids)
            found = await self._matching(dialect.match_nodes(node, known), ids["id"], known)
            frames.require_found(relationship.name, label, ids, found)

    async def _matching(self, text: str, keys: pl.Series, properties: Sequence[Property]) -> pl.DataFrame:
        """Give what is stored under keys, in the types of the schema."""
        found = [values.page([], properties)]
        for first in range(0, keys.len(), BATCH_ROWS):
            _, (row,) = await self._driver_run(text, {"keys": keys.slice(first, BATCH_ROWS).to_list()})
            found.append(values.page(cast("list[list[Value]]", row["page"]), properties))
        return pl.concat(found)

    async def _statement(
        self, statement: Statement, parameters: dict[str, Value]
    ) -> tuple[list[str], list[Record]]:
        if statement.access is Access.WRITE and self._access is Access.READ:
            raise InvariantError(f"a WRITE statement inside a read: {statement.text}")
        return await self._driver_run(dialect.taking(statement.text), dict(checked_parameters(parameters)))

    async def _driver_run(self, text: str, parameters: dict[str, object]) -> tuple[list[str], list[Record]]:
        if self.failure is not None:
            raise InvariantError("the transaction failed at an earlier statement") from self.failure
        if self.over:
            raise InvariantError("the transaction is over: statements run only inside their own work")
        try:
            # The driver asks for literals; ours are those of a Statement or derived from the schema alone.
            result = await self._tx.run(cast("LiteralString", text), parameters)
            columns = list(result.keys())
            return columns, values.records([row async for row in result])
        except (Neo4jError, DriverError) as error:
            self.failure = error
            if is_retried(error):
                raise  # as it is, so that the driver runs the unit again
            self.failure = translate(error, text)
            raise self.failure from error


async def complete(transaction: Transaction, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run a unit; one whose statement failed fails, caught or not."""
    try:
        result = await work(transaction)
    finally:
        transaction.over = True
    if transaction.failure is not None:
        raise transaction.failure
    return result
