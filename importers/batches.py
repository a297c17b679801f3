"""What a file becomes: nodes and relationships in columns, each row still knowing where it came from."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import polars as pl

from graph.schema import NODE_TYPE_BY_LABEL, RELATIONSHIP_TYPE_BY_NAME, Property, PropertyType
from importers.issues import Issue
from importers.tables import ROW, Table

TYPES: dict[PropertyType, pl.DataType | type[pl.DataType]] = {
    PropertyType.STRING: pl.String,
    PropertyType.INT64: pl.Int64,
    PropertyType.DOUBLE: pl.Float64,
    PropertyType.BOOL: pl.Boolean,
    PropertyType.DATE: pl.Date,
    PropertyType.TIMESTAMP: pl.Datetime("us", "UTC"),
    PropertyType.STRING_LIST: pl.List(pl.String),
}

Fields = dict[str, Any]


def node_id(label: str, namespace: str, values: Iterable[str]) -> str:
    """
    Give the id of a node: the same key in the same namespace always gives the same.

    96 bits of BLAKE2b: in ten million nodes two meet with a chance of one in 10^15.
    """
    key = "\x1f".join((namespace, label, *values)).encode()
    return f"{label}:{hashlib.blake2b(key, digest_size=12).hexdigest()}"


def position_id(label: str, table: Table, row: int, *more: str) -> str:
    """Give the id of a node that nothing names but its place in a file."""
    return node_id(label, "position", (table.sheet.file_digest, table.sheet.name, str(row), *more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node that a recipe makes. ``fields`` leave out what the row does not say."""

    label: str
    id: str
    row: int
    fields: Fields
    stub: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One relationship that a recipe makes."""

    type: str
    pair: tuple[str, str]
    start: str
    end: str
    row: int
    fields: Fields = field(default_factory=lambda: {})


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFrame:
    """Nodes of one label with the same properties stated; column ``@row`` is their source row."""

    label: str
    frame: pl.DataFrame
    stub: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFrame:
    """Relationships of one type and pair: ``from_id``, ``to_id``, ``@row`` and properties."""

    type: str
    pair: tuple[str, str]
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """
    All that one table becomes.

    Parameters
    ----------
    totals
        Sums of what the rows say, to be set beside the footer.
    amounts
        ``@row`` and the columns of those sums, of rows that became a node.
    unchanged, series, digests
        Rows that were passed over because the last table of the series held them; see ``importers/repeats.py``.
    """

    table: Table
    nodes: tuple[NodeFrame, ...]
    edges: tuple[EdgeFrame, ...]
    issues: tuple[Issue, ...]
    refused: frozenset[int]
    totals: dict[str, int]
    amounts: pl.DataFrame
    unchanged: int = 0
    series: str | None = None
    digests: pl.DataFrame | None = None

    @property
    def loaded(self) -> dict[str, int]:
        """The sums of ``totals`` over what is really loaded: a refused or repeated row adds nothing."""
        frame = self.amounts.filter(~pl.col(ROW).is_in(self.refused))
        sums = {name: int(cast("int | None", frame[name].sum()) or 0) for name in frame.columns[1:]}
        return {"rows": frame.height, **sums}


def _properties(label: str) -> dict[str, Property]:
    return {p.name: p for p in NODE_TYPE_BY_LABEL[label].properties}


def node_frames(nodes: Sequence[Node]) -> tuple[NodeFrame, ...]:
    """
    Put single nodes into columns: one frame for each label and set of properties stated.

    Of two nodes with one id the later one stays: a list that names a house twice says last what it means.
    """
    latest: dict[tuple[str, str, bool], Node] = {}
    for node in nodes:
        key = (node.label, node.id, node.stub)
        latest.pop(key, None)
        latest[key] = node
    groups: dict[tuple[str, bool, tuple[str, ...]], list[Node]] = {}
    for node in latest.values():
        groups.setdefault((node.label, node.stub, tuple(sorted(node.fields))), []).append(node)
    frames: list[NodeFrame] = []
    for (label, stub, names), members in groups.items():
        kinds = _properties(label)
        columns: dict[str, pl.Series] = {
            ROW: pl.Series([node.row for node in members], dtype=pl.Int64),
            "id": pl.Series([node.id for node in members], dtype=pl.String),
        }
        for name in names:
            values = [node.fields[name] for node in members]
            columns[name] = pl.Series(values, dtype=TYPES[kinds[name].type])
        frames.append(NodeFrame(label=label, frame=pl.DataFrame(columns), stub=stub))
    return tuple(frames)


def edge_frames(edges: Sequence[Edge]) -> tuple[EdgeFrame, ...]:
    """Put single relationships into columns, one of each between two nodes."""
    latest = {(edge.type, edge.pair, edge.start, edge.end): edge for edge in edges}
    groups: dict[tuple[str, tuple[str, str], tuple[str, ...]], list[Edge]] = {}
    for edge in latest.values():
        groups.setdefault((edge.type, edge.pair, tuple(sorted(edge.fields))), []).append(edge)
    frames: list[EdgeFrame] = []
    for (kind, pair, names), members in groups.items():
        types = {p.name: p for p in RELATIONSHIP_TYPE_BY_NAME[kind].properties}
        columns: dict[str, pl.Series] = {
            ROW: pl.Series([edge.row for edge in members], dtype=pl.Int64),
            "from_id": pl.Series([edge.start for edge in members], dtype=pl.String),
            "to_id": pl.Series([edge.end for edge in members], dtype=pl.String),
        }
        for name in names:
            columns[name] = pl.Series([edge.fields[name] for edge in members], dtype=TYPES[types[name].type])
        frames.append(EdgeFrame(type=kind, pair=pair, frame=pl.DataFrame(columns)))
    return tuple(frames)
