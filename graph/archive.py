"""
The tables of a graph and their text in an archive: one JSON object a line, the same on any engine.

Rows are converted by the column, never one by one: an export of a city is millions of lines.
"""

import io
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import polars as pl

from domain.errors import ArchiveError
from graph.frames import DTYPES, with_ends
from graph.ports import GraphStore, LoadCount, WriteTransaction
from graph.schema import (
    NODE_TYPE_BY_LABEL,
    NODE_TYPES,
    RELATIONSHIP_TYPE_BY_NAME,
    RELATIONSHIP_TYPES,
    STORE_LABELS,
    NodeType,
    Property,
    PropertyType,
    RelationshipType,
)

_TIMESTAMP = "%Y-%m-%dT%H:%M:%S%.6fZ"
_DATE = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class NodeTable:
    """All nodes of a label."""

    node: NodeType

    @property
    def name(self) -> str:
        """The label."""
        return self.node.label

    @property
    def columns(self) -> tuple[Property, ...]:
        """The label's properties."""
        return self.node.properties

    def stream(self, store: GraphStore) -> AsyncGenerator[pl.DataFrame]:
        """Give the rows in key order."""
        return store.stream_nodes(self.node)

    async def load(self, tx: WriteTransaction, rows: pl.DataFrame) -> LoadCount:
        """Write rows."""
        return await tx.load_nodes(self.node, rows)


@dataclass(frozen=True, slots=True)
class RelationshipTable:
    """All relationships of a type between one pair of labels."""

    relationship: RelationshipType
    pair: tuple[str, str]

    @property
    def name(self) -> str:
        """The type and the labels, as ``PART_OF.Station.Organisation``."""
        return ".".join((self.relationship.name, *self.pair))

    @property
    def columns(self) -> tuple[Property, ...]:
        """The ends, then the type's properties."""
        return with_ends(self.relationship)

    def stream(self, store: GraphStore) -> AsyncGenerator[pl.DataFrame]:
        """Give the rows in key order."""
        return store.stream_relationships(self.relationship, self.pair)

    async def load(self, tx: WriteTransaction, rows: pl.DataFrame) -> LoadCount:
        """Write rows."""
        return await tx.load_relationships(self.relationship, self.pair, rows)


Table = NodeTable | RelationshipTable


def tables() -> Iterator[Table]:
    """Give every table of a graph, nodes first; what a store keeps about itself is not among them."""
    for node in NODE_TYPES:
        if node.label not in STORE_LABELS:
            yield NodeTable(node)
    for relationship in RELATIONSHIP_TYPES:
        for pair in relationship.pairs:
            yield RelationshipTable(relationship, pair)


def table_named(name: str) -> Table:
    """
    Give the table of a name.

    Raises
    ------
    ArchiveError
        This program has no such table.
    """
    kind, *ends = name.split(".")
    node, relationship = NODE_TYPE_BY_LABEL.get(kind), RELATIONSHIP_TYPE_BY_NAME.get(kind)
    if node is not None and kind not in STORE_LABELS and not ends:
        return NodeTable(node)
    if relationship is not None:
        for pair in relationship.pairs:
            if list(pair) == ends:
                return RelationshipTable(relationship, pair)
    raise ArchiveError(f"the archive holds {name}, which this program does not know", table=name)


def encode(frame: pl.DataFrame, columns: tuple[Property, ...]) -> bytes:
    """Give a typed frame as lines; a null is ``null``, a time is ISO 8601 with microseconds and ``Z``."""
    return frame.select(_text(item) for item in columns).write_ndjson().encode()


def _text(item: Property) -> pl.Expr:
    column = pl.col(item.name)
    if item.type is PropertyType.TIMESTAMP:
        return column.dt.strftime(_TIMESTAMP)
    if item.type is PropertyType.DATE:
        return column.dt.strftime(_DATE)
    return column


def decode(lines: bytes, columns: tuple[Property, ...]) -> pl.DataFrame:
    """
    Give lines as a typed frame; a property that a line lacks is null.

    Raises
    ------
    ArchiveError
        The lines are not JSON objects with values of the declared types.
    """
    raw = {item.name: _raw_type(item) for item in columns}
    try:
        return pl.read_ndjson(io.BytesIO(lines), schema=raw).select(_value(item) for item in columns)
    except pl.exceptions.PolarsError as error:
        raise ArchiveError(f"a line of the archive is not what was written: {error}") from error


def _raw_type(item: Property) -> pl.DataType:
    temporal = item.type in (PropertyType.TIMESTAMP, PropertyType.DATE)
    return pl.String() if temporal else DTYPES[item.type]


def _value(item: Property) -> pl.Expr:
    column = pl.col(item.name)
    if item.type is PropertyType.TIMESTAMP:
        return column.str.to_datetime(_TIMESTAMP, time_unit="us").dt.replace_time_zone("UTC")
    if item.type is PropertyType.DATE:
        return column.str.to_date(_DATE)
    return column
