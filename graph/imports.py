"""
Batches of imports: what each one wrote, and what has to do with it since.

A node or relationship that a batch made carries one of the batch's sources. What a batch changed, and what it
found said already, stands in ``ImportChange``; both are written in the transaction of the load itself.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, LiteralString, cast

import polars as pl

from domain.time import aware_utc
from graph.frames import DTYPES
from graph.ports import Access, ReadTransaction, Statement
from graph.schema import (
    NODE_TYPE_BY_LABEL,
    NODE_TYPES,
    RELATIONSHIP_TYPE_BY_NAME,
    RELATIONSHIP_TYPES,
    PropertyType,
)
from graph.schema.bookkeeping import BOOKKEEPING

IMPORTED: tuple[LiteralString, ...] = (
    "Region", "Household", "Resident", "Volunteer", "Qualification", "InsuranceCover", "SocialWorker",
    "Organisation", "Station", "ServicePoint", "Need", "NeedSlot", "NeedItem", "Fund", "Donation",
    "InKindOffer", "ServiceOffer", "GoodsIssue", "StatementLine", "DepartmentRecord",
)  # fmt: skip
"""Labels that files may speak of."""
OPENED: tuple[LiteralString, ...] = (
    "FundEntry", "FundBalance", "HoursRecord", "HoursEntry", "HoursAccount",
)  # fmt: skip
"""Labels of books that a load opens for whom it is the first to name; they go with their owner and not before."""

PROVENANCE = frozenset({"source_id", "source_row", "recorded_at"})
ASKED_AT_ONCE = 20_000
STARTS_AT_ONCE = 2_000
"""Of nodes whose relationships are asked for: what joins them takes many times their room in an engine's buffers."""
_KEPT_APART = {node.label for node in BOOKKEEPING}

Pair = tuple[str, str, str]
"""A relationship type with the labels of its ends."""


class ChangeKind(StrEnum):
    """
    What a batch did to something that files speak of.

    ``CREATED`` is written only of labels that carry no source of their own. It and ``CONFIRMED`` are written once for
    many nodes: their ids stand packed in ``after``.
    """

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    CONFIRMED = "CONFIRMED"
    JOINED_OTHERWISE = "JOINED_OTHERWISE"


class BatchState(StrEnum):
    """Whether a batch stands, was taken back, or was taken back but for what others depend on."""

    LOADED = "LOADED"
    UNDONE = "UNDONE"
    PARTLY_UNDONE = "PARTLY_UNDONE"


def _literal(text: str) -> LiteralString:
    """Pass names of the declared schema, and nothing else, for text of our own."""
    return cast("LiteralString", text)


def _columns(names: Sequence[str], variable: str) -> LiteralString:
    return _literal(", ".join(f"{variable}.{name} AS {name}" for name in names))


def _read(*parts: LiteralString) -> Statement:
    return Statement("".join(parts), Access.READ)


_BATCH = (
    " RETURN b.id AS id, b.mapping AS mapping, b.actor_id AS actor_id, b.state AS state, b.report AS report,"
    " b.started_at AS started_at, b.finished_at AS finished_at, b.undone_by AS undone_by, b.undone_at AS undone_at"
)
FIND_BATCH = _read("MATCH (b:ImportBatch {id: $id})", _BATCH)
LIST_BATCHES = _read("MATCH (b:ImportBatch)", _BATCH, " ORDER BY b.finished_at DESC, b.id LIMIT $most")
BATCHES_BEGINNING = _read("MATCH (b:ImportBatch) WHERE b.id STARTS WITH $beginning RETURN b.id AS id LIMIT 2")
LIST_TABLES = _read(
    "MATCH (t:SourceTable) WHERE t.batch_id = $batch_id RETURN t.id AS id, t.file_name AS file_name,"
    " t.sheet AS sheet, t.mapping AS mapping ORDER BY file_name, sheet"
)
LATER_OF_SERIES = _read(
    "MATCH (t:SourceTable) WHERE t.batch_id = $batch_id AND t.series IS NOT NULL"
    " MATCH (later:SourceTable) WHERE later.series = t.series AND later.recorded_at > t.recorded_at"
    " AND later.rows_repeated > 0 MATCH (b:ImportBatch {id: later.batch_id}) WHERE b.state = 'LOADED'"
    " RETURN DISTINCT b.id AS batch_id, later.file_name AS file_name, later.recorded_at AS recorded_at"
    " ORDER BY recorded_at DESC, batch_id"
)
"""Batches, newest first, that were loaded without the rows which a table of this one showed before."""

CLOSE_BATCH = Statement(
    "MATCH (b:ImportBatch {id: $id}) SET b.state = $state, b.undone_by = $actor_id, b.undone_at = $at",
    Access.WRITE,
)
_CHANGE = (
    " RETURN c.id AS id, c.batch_id AS batch_id, c.kind AS kind, c.label AS label, c.other_label AS other_label,"
    " c.node_id AS node_id, c.other_id AS other_id, c.before AS before, c.after AS after,"
    " c.recorded_at AS recorded_at"
)
LIST_CHANGES = _read(
    "MATCH (c:ImportChange) WHERE c.batch_id = $batch_id AND c.undone_at IS NULL", _CHANGE, " ORDER BY c.id"
)
CHANGES_BY_OTHERS = _read(
    "MATCH (c:ImportChange) WHERE c.batch_id <> $batch_id AND c.undone_at IS NULL", _CHANGE,
    " ORDER BY c.recorded_at, c.id",
)  # fmt: skip
COUNT_CHANGES = _read(
    "MATCH (c:ImportChange) WHERE c.kind = 'CHANGED' RETURN c.node_id AS id, count(c.id) AS made,"
    " count(c.undone_at) AS undone"
)
SPLICE_CHANGE = Statement("MATCH (c:ImportChange {id: $id}) SET c.before = $before", Access.WRITE)
CLOSE_CHANGES = Statement("MATCH (c:ImportChange) WHERE c.id IN $ids SET c.undone_at = $at", Access.WRITE)

STORED_NODES: dict[str, Statement] = {
    label: _read(
        "UNWIND $ids AS id MATCH (n:", label, " {id: id}) RETURN ",
        _columns([p.name for p in NODE_TYPE_BY_LABEL[label].properties], "n"),
    )
    for label in IMPORTED
}  # fmt: skip
_SOURCED: tuple[LiteralString, ...] = tuple(
    label for label in IMPORTED if any(p.name == "source_id" for p in NODE_TYPE_BY_LABEL[label].properties)
)
CREATED_NODES: dict[str, Statement] = {
    label: _read("MATCH (n:", label, ") WHERE n.source_id IN $sources RETURN n.id AS id")
    for label in _SOURCED
}
VERSIONS: dict[str, Statement] = {
    label: _read(
        "MATCH (n:", label, ") WHERE n.source_id IN $sources RETURN n.id AS id, n.version AS version"
    )
    for label in _SOURCED
    if any(p.name == "version" for p in NODE_TYPE_BY_LABEL[label].properties)
}
DELETE_NODES: dict[str, Statement] = {
    label: Statement("UNWIND $ids AS id MATCH (n:" + label + " {id: id}) DETACH DELETE n", Access.WRITE)
    for label in (*IMPORTED, *OPENED)
}

PAIRS: tuple[Pair, ...] = tuple(
    (kind.name, start, end)
    for kind in RELATIONSHIP_TYPES
    for start, end in kind.pairs
    if start in IMPORTED and end in IMPORTED
)
_ALL_PAIRS: tuple[Pair, ...] = tuple(
    (kind.name, start, end)
    for kind in RELATIONSHIP_TYPES
    for start, end in kind.pairs
    if start in IMPORTED or end in IMPORTED
)


def _joined(pair: Pair) -> LiteralString:
    return _literal(f"(a:{pair[1]})-[r:{pair[0]}]->(b:{pair[2]})")


STORED_RELATIONSHIPS: dict[Pair, Statement] = {
    pair: _read(
        "UNWIND $ids AS id MATCH (a:", _literal(pair[1]), " {id: id})-[r:", _literal(pair[0]), "]->(b:",
        _literal(pair[2]), ") RETURN a.id AS from_id, b.id AS to_id, ",
        _columns([p.name for p in RELATIONSHIP_TYPE_BY_NAME[pair[0]].properties], "r"),
    )
    for pair in PAIRS
}  # fmt: skip
OWN_RELATIONSHIPS: dict[Pair, Statement] = {
    pair: _read(
        "MATCH ", _joined(pair), " WHERE r.source_id IN $sources RETURN a.id AS from_id, b.id AS to_id"
    )
    for pair in PAIRS
}  # fmt: skip
FOREIGN_RELATIONSHIPS: dict[Pair, Statement] = {
    pair: _read(
        "MATCH ", _joined(pair), " WHERE NOT r.source_id IN $sources RETURN a.id AS from_id, b.id AS to_id"
    )
    for pair in _ALL_PAIRS
}  # fmt: skip
DELETE_RELATIONSHIPS: dict[Pair, Statement] = {
    pair: Statement(
        "UNWIND $ids AS id MATCH (a:" + _literal(pair[1]) + " {id: id})-[r:" + _literal(pair[0]) + "]->(b:"
        + _literal(pair[2]) + ") WHERE r.source_id IN $sources AND NOT b.id IN $kept DELETE r",
        Access.WRITE,
    )
    for pair in PAIRS
}  # fmt: skip


def _references() -> Iterator[tuple[tuple[str, str], Statement]]:
    """Every property by which one node names another."""
    for node in NODE_TYPES:
        if node.label in _KEPT_APART:
            continue
        for p in node.properties:
            if p.name == "source_id" and any(q.name == "source_row" for q in node.properties):
                continue  # the table that it was read from; of an entry in the books it is the paper
            match = _literal(f"MATCH (n:{node.label}) WHERE n.{p.name} IS NOT NULL ")
            if p.name.endswith("_id") and p.type is PropertyType.STRING:
                yield (node.label, p.name), _read(match, _literal(f"RETURN n.id AS id, n.{p.name} AS other"))
            elif p.name.endswith("_ids") and p.type is PropertyType.STRING_LIST:
                unwound = _literal(f"UNWIND n.{p.name} AS other RETURN n.id AS id, other")
                yield (node.label, p.name), _read(match, unwound)


REFERENCES: dict[tuple[str, str], Statement] = dict(_references())


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBatch:
    """One batch as it is kept; ``report`` is the JSON of the import's own report."""

    id: str
    mapping: str
    actor_id: str
    state: BatchState
    report: dict[str, Any]
    started_at: datetime
    finished_at: datetime
    undone_by: str | None
    undone_at: datetime | None


def _batch(row: dict[str, Any]) -> ImportBatch:
    return ImportBatch(
        **{
            name: row[name]
            for name in ("id", "mapping", "actor_id", "started_at", "finished_at", "undone_by")
        },
        undone_at=row["undone_at"],
        state=BatchState(row["state"]),
        report=json.loads(row["report"]),
    )


async def find_batch(tx: ReadTransaction, batch_id: str) -> ImportBatch | None:
    """Give a batch, or None where the graph has none of that id."""
    rows = await tx.run(FIND_BATCH, id=batch_id)
    return _batch(rows[0]) if rows else None


async def batch_beginning(tx: ReadTransaction, beginning: str) -> ImportBatch | None:
    """Give the one batch whose id begins so, the label left out or not; None where there is none or several."""
    prefix = "ImportBatch:"
    whole = beginning if beginning.startswith(prefix) else f"{prefix}{beginning}"
    rows = await tx.run(BATCHES_BEGINNING, beginning=whole)
    return await find_batch(tx, str(rows[0]["id"])) if len(rows) == 1 and whole != prefix else None


async def list_batches(tx: ReadTransaction, most: int) -> list[ImportBatch]:
    """Give the newest batches, newest first."""
    return [_batch(row) for row in await tx.run(LIST_BATCHES, most=most)]


async def stored_rows(
    tx: ReadTransaction,
    statement: Statement,
    schema: dict[str, Any],
    ids: Sequence[str],
    at_once: int = ASKED_AT_ONCE,
) -> pl.DataFrame:
    """Run a statement over many ids, some at a time, and give its rows in the types of the schema."""
    found = [pl.DataFrame(schema=schema)]
    for start in range(0, len(ids), at_once):
        frame = await tx.frame(statement, ids=list(ids[start : start + at_once]))
        if not frame.is_empty():
            found.append(frame.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(found)


async def stored_nodes(tx: ReadTransaction, label: str, ids: Sequence[str]) -> pl.DataFrame:
    """Give what the graph holds of nodes, every property in its type."""
    schema = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
    return await stored_rows(tx, STORED_NODES[label], schema, ids)


async def stored_relationships(tx: ReadTransaction, pair: Pair, starts: Sequence[str]) -> pl.DataFrame:
    """Give the relationships of a pair that begin at the nodes."""
    properties = RELATIONSHIP_TYPE_BY_NAME[pair[0]].properties
    schema = {"from_id": pl.String, "to_id": pl.String, **{p.name: DTYPES[p.type] for p in properties}}
    return await stored_rows(tx, STORED_RELATIONSHIPS[pair], schema, starts, STARTS_AT_ONCE)


def to_json(values: dict[str, Any]) -> str:
    """Write values of the schema as they are kept in a change."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return aware_utc(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of the schema")


def from_json(text: str, kinds: dict[str, PropertyType]) -> dict[str, Any]:
    """Read them again."""
    values = cast("dict[str, Any]", json.loads(text))
    for name, value in values.items():
        if value is not None and kinds[name] is PropertyType.TIMESTAMP:
            values[name] = datetime.fromisoformat(value)
        elif value is not None and kinds[name] is PropertyType.DATE:
            values[name] = date.fromisoformat(value)
    return values
