"""What a file may change of nodes that people have worked with, and how a round learns of it."""

from collections.abc import Sequence
from typing import LiteralString, cast

import polars as pl

from graph.ports import Access, ReadTransaction, Statement
from graph.schema import NODE_TYPE_BY_LABEL, NodeType
from importers.batches import TYPES

_PROVENANCE = frozenset({"source_id", "source_row", "recorded_at"})
_VERSIONED: tuple[LiteralString, ...] = ("Need", "Fund", "Volunteer", "Household", "InKindOffer")
_ASKED_AT_ONCE = 20_000


def _stored(label: LiteralString) -> Statement:
    """Read whole nodes; the names of their properties are those of the schema and nothing else."""
    names = ", ".join(f"n.{p.name} AS {p.name}" for p in NODE_TYPE_BY_LABEL[label].properties)
    match: LiteralString = "UNWIND $ids AS id MATCH (n:" + label + " {id: id}) RETURN "
    return Statement(match + cast("LiteralString", names), Access.READ)


_STORED: dict[str, Statement] = {label: _stored(label) for label in _VERSIONED}


async def stored_nodes(tx: ReadTransaction, node: NodeType, ids: Sequence[str]) -> pl.DataFrame | None:
    """Give what the graph holds of versioned nodes, in the types of the schema; None for other labels."""
    if node.label not in _STORED:
        return None
    schema = {p.name: TYPES[p.type] for p in node.properties}
    found = [pl.DataFrame(schema=schema)]
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        frame = await tx.frame(_STORED[node.label], ids=list(ids[start : start + _ASKED_AT_ONCE]))
        if not frame.is_empty():
            found.append(frame.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(found)


def with_versions(frame: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """
    Give known nodes the version that they have, and the next where the file changes what is known of them.

    A round solved before the change then proves stale. Another place in another file is no change.
    """
    said = [name for name in frame.columns if name not in {"id", "version", *_PROVENANCE}]
    both = frame.join(stored, on="id", how="left", suffix="\x00stored", maintain_order="left")
    differs = [pl.col(name).ne_missing(pl.col(f"{name}\x00stored")) for name in said]
    changed = pl.any_horizontal(pl.lit(value=False), *differs).cast(pl.Int64)
    return both.with_columns((pl.col("version") + changed).alias("version")).select(*frame.columns, "version")
