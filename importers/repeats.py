"""
What is sent again: a file that was loaded before, and the rows of a list that stand in it as they stood last month.

Of every table that is loaded, a digest of each row that gave no issue is kept. When the next table of the series
comes (the same mapping, sheet and file name, digits aside), rows with such a digest are counted and passed over: what
they say is in the graph. A row that was refused or flagged is always read again, so no report is shorter for it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping as Table_
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from graph.ports import Access, ReadTransaction, Statement
from importers.batches import node_id
from importers.headers import HeaderMatch
from importers.mapping import Mapping
from importers.sheets import Sheet
from importers.tables import ROW, Table

_BYTES = 8
_FEWEST_ROWS = 200
"""Shorter tables are read whole: there is nothing to be won."""

_LAST = Statement(
    """
    MATCH (t:SourceTable) WHERE t.series = $series
    MATCH (b:ImportBatch {id: t.batch_id}) WHERE b.state <> 'UNDONE'
    RETURN t.row_digests AS row_digests, b.state AS state, t.id AS id ORDER BY t.recorded_at DESC, id LIMIT 1
    """,
    Access.READ,
)
_STORED = Statement(
    "MATCH (b:ImportBatch {id: $id}) WHERE b.state = 'LOADED' RETURN b.report AS report", Access.READ
)


def series_of(sheet: Sheet, match: HeaderMatch) -> str | None:
    """Give the name of the series that a table belongs to; None where each of its rows stands for itself."""
    mapping = match.mapping
    keyed = all(entity.key or entity.id is not None for entity in mapping.entities)
    if mapping.recipe is not None or not keyed or mapping.totals or sheet.merges:
        return None
    name = re.sub(r"\d+", "#", sheet.file_name)
    columns = json.dumps(sorted(match.columns))
    return node_id("SourceTable", "series", (name, sheet.name, mapping.model_dump_json(), columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """
    A table without the rows that its series has shown before.

    Parameters
    ----------
    table
        Only rows that are new or otherwise than before.
    unchanged
        How many rows were passed over.
    digests
        Of every row of the whole table, by row number: what the next of the series is compared with.
    """

    table: Table
    unchanged: int
    digests: pl.DataFrame


async def last_digests(tx: ReadTransaction, series: str) -> frozenset[bytes]:
    """Give the digests of the newest table of a series; of one that was taken back in part nothing is known."""
    found = await tx.run(_LAST, series=series)
    whole = found and found[0]["state"] == "LOADED"
    stored = str(found[0]["row_digests"] or "") if whole else ""
    raw = base64.b85decode(stored)
    return frozenset(raw[at : at + _BYTES] for at in range(0, len(raw), _BYTES))


def row_digests(table: Table, key: bytes = b"") -> pl.DataFrame:
    """
    Give ``@row`` and ``digest`` of every row: equal texts under equal columns have equal digests.

    Rows hold identity numbers, and all else in a row may be known: without a key, a digest would tell a number to
    whoever tries them all.
    """
    names = sorted(name for name in table.frame.columns if name != ROW)
    texts = table.frame.select(
        pl.concat_str([pl.col(name).fill_null("\x00") for name in names], separator="\x1f")
    ).to_series()
    digests = [
        hashlib.blake2b(text.encode(), digest_size=_BYTES, key=key).digest() for text in texts.to_list()
    ]
    return pl.DataFrame({ROW: table.frame[ROW], "digest": pl.Series(digests, dtype=pl.Binary)})


def without_repeats(table: Table, known: frozenset[bytes], key: bytes = b"") -> Repeats:
    """
    Leave out the rows that are known.

    A known row whose key stands in another row that is not known stays: which of the two is meant is decided where
    both are seen.
    """
    digests = row_digests(table, key)
    if not known or table.frame.height < _FEWEST_ROWS:
        return Repeats(table=table, unchanged=0, digests=digests)
    seen = pl.Series([digest in known for digest in digests["digest"].to_list()], dtype=pl.Boolean)
    fresh = table.frame.filter(~seen)
    keys = key_columns(table.mapping, table.frame)
    if keys and fresh.height:
        told = table.frame.filter(seen).join(
            fresh.select(keys).unique(), on=keys, how="semi", nulls_equal=True
        )
        fresh = pl.concat([fresh, told]).sort(ROW)
    return Repeats(table=table.with_rows(fresh), unchanged=table.frame.height - fresh.height, digests=digests)


def key_columns(mapping: Mapping, frame: pl.DataFrame) -> list[str]:
    """Give the columns that name what a row is about."""
    entity = mapping.entities[0]
    sources = (*entity.key, *((entity.id,) if entity.id is not None else ()))
    columns = (source.partition(".")[0] for source in sources if not source.startswith(("=", "@")))
    return [name for name in dict.fromkeys(columns) if name in frame.columns]


def kept_digests(digests: pl.DataFrame, with_issues: set[int]) -> str:
    """
    Write the digests of rows that gave no issue, as ``SourceTable.row_digests`` holds them.

    A row that a later one repeats is not among them: passed over both, nobody would be told of the second again.
    """
    marked = pl.col(ROW).is_in(list(with_issues))
    clean = (
        digests.filter(~marked).join(digests.filter(marked), on="digest", how="anti")
        if with_issues
        else digests
    )
    return base64.b85encode(b"".join(sorted(set(clean["digest"].to_list())))).decode("ascii")


async def stored_report(tx: ReadTransaction, batch_id: str) -> Table_[str, Any] | None:
    """Give the report of a batch that stands, None where there is none."""
    found = await tx.run(_STORED, id=batch_id)
    return cast("Table_[str, Any]", json.loads(str(found[0]["report"]))) if found else None
