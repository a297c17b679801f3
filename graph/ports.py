"""
What a graph engine must do, and nothing about how.

The promise is the conformance suite in ``tests/conformance``: an engine is whatever passes it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import LiteralString, Protocol, TypeVar

import polars as pl

from graph.schema import NodeType, RelationshipType

T = TypeVar("T")

ROWS_PER_TRANSACTION = 20_000
"""What bulk work writes at once: an engine keeps what is not committed in memory, Neo4j about 10 KB a row."""

Scalar = str | int | float | bool | date | datetime | None
Value = Scalar | Sequence[str] | Sequence[int]
Record = dict[str, Value]


class Access(StrEnum):
    """Whether a statement may write; the conformance suite checks that READ ones do not."""

    READ = "READ"
    WRITE = "WRITE"


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One Cypher text in the subset that both engines take.

    The text is a literal: values only ever enter as parameters. Parameters are scalars or lists of strings or
    integers; rows in bulk go through ``load_nodes`` and ``load_relationships``.
    """

    text: LiteralString
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCount:
    """How many rows a bulk load created, changed, and found already as they were."""

    created: int
    updated: int
    unchanged: int


class ReadTransaction(Protocol):
    """A look at the graph; how consistent, ``GraphStore.read`` says."""

    async def run(self, statement: Statement, /, **parameters: Value) -> list[Record]:
        """
        Run one statement and give its rows, columns named as the statement names them.

        Times come back as aware UTC, dates as ``date``, lists as ``list``.
        """
        ...

    async def frame(self, statement: Statement, /, **parameters: Value) -> pl.DataFrame:
        """Run one statement and give its rows as columns, for reads of many rows."""
        ...


class WriteTransaction(ReadTransaction, Protocol):
    """A unit of work: whole or not at all."""

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """
        Create or update nodes by ``id``.

        Parameters
        ----------
        node
            The label.
        frame
            One row a node. ``id`` and any of the label's properties; a column left out keeps its stored value
            on existing nodes and is null on new ones. Ids are unique within the frame.
        """
        ...

    async def create_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """
        Create nodes that are new, without looking for them first.

        ``frame`` is that of ``load_nodes``.

        Raises
        ------
        ConflictError
            One of the ids exists already.
        """
        ...

    async def update_nodes(self, node: NodeType, frame: pl.DataFrame) -> None:
        """
        Set the frame's properties on nodes that are there, without comparing them first.

        ``frame`` is that of ``load_nodes``; an id that no node has is left out.
        """
        ...

    async def load_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str], frame: pl.DataFrame
    ) -> LoadCount:
        """
        Create or update relationships by their ends.

        Parameters
        ----------
        relationship, pair
            The type, and which of its pairs of labels.
        frame
            Columns ``from_id``, ``to_id`` and any of the type's properties. Rows whose ends do not exist raise
            ``NotFoundError``.
        """
        ...


class GraphStore(Protocol):
    """An engine, open."""

    @property
    def engine(self) -> str:
        """Name of the engine, ``ladybug`` or ``neo4j``."""
        ...

    async def read(self, work: Callable[[ReadTransaction], Awaitable[T]]) -> T:
        """
        Run ``work`` in one transaction that writes nothing.

        On ladybug it is one consistent snapshot: every statement sees what was committed when it began. Neo4j
        is read-committed: each statement sees what was committed by the time it reads, so that two of them may
        differ, and a long one may meet what was committed while it ran. What is decided on a read is therefore
        checked again by the unit that writes it.
        """
        ...

    async def write(self, work: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """
        Run ``work`` as one transaction, committed durably when it returns and rolled back when it raises.

        ``work`` may run more than once when the engine reports a transient conflict, so it has no effect
        outside the transaction.

        On ladybug one unit writes at a time, so what it reads holds until it commits. On Neo4j units run side
        by side and read-committed: one that decides on what it reads writes that node first, which locks it.

        Raises
        ------
        ConflictError
            A key that must be unique exists already.
        GraphUnavailableError
            The engine does not answer.
        """
        ...

    def stream_nodes(self, node: NodeType) -> AsyncGenerator[pl.DataFrame]:
        """Give all nodes of a label in ``id`` order, in batches, with every declared property as a column."""
        ...

    def stream_relationships(
        self, relationship: RelationshipType, pair: tuple[str, str]
    ) -> AsyncGenerator[pl.DataFrame]:
        """Give all relationships of one pair ordered by (from_id, to_id), in batches; ends are columns."""
        ...

    async def define(self, *, store_labels_only: bool = False) -> None:
        """
        Create what the schema declares and the engine lacks: tables, columns, constraints, indexes.

        Idempotent.

        Parameters
        ----------
        store_labels_only
            Only the labels in which the store keeps account of itself, before anything is known about it.

        Raises
        ------
        MigrationError
            The engine holds something of a declared name in another shape, which only a migration can change.
        """
        ...

    async def clear(self, *, keep_store_labels: bool = False) -> None:
        """
        Delete everything, for tests and for a restore that was asked to replace.

        Parameters
        ----------
        keep_store_labels
            Whether the store's account of itself (its migrations) stays.
        """
        ...

    async def close(self) -> None:
        """Finish running work and release files and connections."""
        ...
