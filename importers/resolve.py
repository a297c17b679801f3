"""From clean text to typed columns: each different text of a column is read once, by its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import polars as pl

from domain.errors import SettingsError
from importers import goods, places
from importers.institutions import NO_HOUSES, Houses
from importers.issues import Issue, IssueCode, Severity
from importers.mapping import ITEM_PARTS, KEYED, PARTS, Column, ColumnKind
from importers.tables import ROW, Table
from importers.values import Reader, reader_of
from importers.words import folded

_MOMENT = pl.Datetime("us", "UTC")
_ITEM = pl.Struct({part: pl.Int64 if part == "quantity" else pl.String for part in ITEM_PARTS})
_TYPES: dict[ColumnKind, pl.DataType | type[pl.DataType]] = {
    ColumnKind.TEXT: pl.String,
    ColumnKind.NAME: pl.String,
    ColumnKind.INTEGER: pl.Int64,
    ColumnKind.DECIMAL: pl.Float64,
    ColumnKind.MONEY: pl.Int64,
    ColumnKind.FOREIGN_MONEY: pl.Int64,
    ColumnKind.DATE: pl.Date,
    ColumnKind.MOMENT: _MOMENT,
    ColumnKind.FLAG: pl.Boolean,
    ColumnKind.CODE: pl.String,
    ColumnKind.CREDIT_CODE: pl.String,
    ColumnKind.LIST: pl.List(pl.String),
    ColumnKind.CODES: pl.List(pl.String),
    ColumnKind.WEEKLY: pl.List(pl.String),
    ColumnKind.ITEMS: pl.List(_ITEM),
}
_PART_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "birth_date": pl.Date,
    "near": pl.List(pl.String),
    "quantity": pl.Int64,
    "starts": pl.List(pl.String),
    "ends": pl.List(pl.String),
}
_ISSUE = "@issue"
_TEXT = "@text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """
    A table read.

    Parameters
    ----------
    frame
        ``@row``, and for each column of the mapping its value, or ``column.part`` for kinds with parts.
        Refused
        rows are left out; a column that the file lacks is null.
    texts
        The same rows as text, for recipes.
    refused
        Rows that are not loaded; each has an issue.
    houses
        Which organisations are one.
    """

    table: Table
    frame: pl.DataFrame
    texts: pl.DataFrame
    issues: tuple[Issue, ...]
    refused: frozenset[int]
    houses: Houses = NO_HOUSES


def resolve(
    table: Table, *, identity_key: bytes | None, day: date | None = None, houses: Houses = NO_HOUSES
) -> Values:
    """
    Read every column of a table; ``day`` is the civil day of the import.

    Raises
    ------
    SettingsError
        The table holds identity numbers and no key to hash them with was given.
    """
    columns: dict[str, pl.Series] = {ROW: table.frame[ROW]}
    issues: list[Issue] = []
    refused: set[int] = set()
    for name, column in table.mapping.columns.items():
        if column.kind in KEYED and identity_key is None and name in table.frame.columns:
            raise SettingsError(
                "identity numbers and telephones are stored as keyed hashes: a key is needed",
                setting="identity_key",
            )
        texts = _texts(table, name, column)
        found, problems = _read(column, texts, _reader(table, name, column, identity_key, day))
        columns |= {f"{name}.{part}" if part else name: series for part, series in found.items()}
        issues += _issues(table, name, column, texts, problems=problems, refused=refused)
    frame = pl.DataFrame(columns)
    texts = table.frame
    if refused:
        frame = frame.filter(~pl.col(ROW).is_in(refused))
        texts = texts.filter(~pl.col(ROW).is_in(refused))
    return Values(
        table=table,
        frame=frame,
        texts=texts,
        issues=tuple(issues),
        refused=frozenset(refused),
        houses=houses,
    )


def _texts(table: Table, name: str, column: Column) -> pl.Series:
    if name not in table.frame.columns:
        return pl.Series(name, [column.default] * table.frame.height, pl.String)
    series = table.frame[name]
    if column.missing:
        words = {folded(word) for word in column.missing}
        empty = [text for text in series.drop_nulls().unique().to_list() if folded(text) in words]
        series = series.replace(empty, [None] * len(empty)) if empty else series
    return series if column.default is None else series.fill_null(column.default)


def _reader(table: Table, name: str, column: Column, identity_key: bytes | None, day: date | None) -> Reader:
    if column.kind is ColumnKind.REGION:
        return lambda text: places.read_region(
            text, system=column.system, within=column.within, known=column.known, day=day
        )
    if column.kind is ColumnKind.ITEM:
        return goods.read_item
    if column.kind is ColumnKind.ITEMS:
        return lambda text: goods.read_items(text, column.split)
    unit = table.match.unit_of(name) if name in table.match.columns else None
    return reader_of(column, identity_key=identity_key, unit=unit, day=day)


def _read(column: Column, texts: pl.Series, read: Reader) -> tuple[dict[str, pl.Series], pl.Series]:
    """Read each different text once and lay the results on the rows again."""
    different = cast("list[str]", texts.drop_nulls().unique(maintain_order=True).to_list())
    readings = [read(text) for text in different]
    parts = PARTS.get(column.kind, ("",))
    table: dict[str, pl.Series] = {_TEXT: pl.Series(_TEXT, different, pl.String)}
    for index, part in enumerate(parts):
        values: list[Any] = [(value[index] if part and value is not None else value) for value, _ in readings]
        kind = _PART_TYPES.get(part, pl.String) if part else _TYPES[column.kind]
        if column.kind is ColumnKind.ITEMS:
            values = [
                [dict(zip(ITEM_PARTS, entry, strict=True)) for entry in value or ()] for value in values
            ]
        table[part or "@value"] = pl.Series(values, dtype=kind, strict=False)
    table[_ISSUE] = pl.Series([issue.value if issue else None for _, issue in readings], dtype=pl.String)
    joined = (
        texts.alias(_TEXT).to_frame().join(pl.DataFrame(table), on=_TEXT, how="left", maintain_order="left")
    )
    return {part: joined[part or "@value"] for part in parts}, joined[_ISSUE]


def _issues(
    table: Table, name: str, column: Column, texts: pl.Series, *, problems: pl.Series, refused: set[int]
) -> list[Issue]:
    """Issues of one column; a row that lacks what it must have, or holds a sum beyond reason, is refused."""
    must = column.required and not column.optional_value
    wrong = pl.DataFrame({"row": table.frame[ROW], "text": texts, "code": problems})
    wrong = wrong.filter(pl.col("code").is_not_null() | (pl.col("text").is_null() if must else False))
    found: list[Issue] = []
    for row, text, code in cast("Sequence[tuple[int, str | None, str | None]]", wrong.rows()):
        fatal = must and (code is None or IssueCode(code) in _UNREADABLE or _lone_code(column, code))
        fatal = fatal or code == IssueCode.FIGURE_BEYOND_LIMIT
        if fatal:
            refused.add(row)
        found.append(
            table.issue(
                IssueCode(code) if code else IssueCode.MISSING_REQUIRED,
                Severity.REFUSED if fatal else Severity.FLAGGED,
                row=row,
                column=name,
                raw=text or "",
            )
        )
    return found


def _lone_code(column: Column, code: str) -> bool:
    """Whether an unknown word leaves nothing: of a list, the other words remain."""
    return code == IssueCode.UNKNOWN_CODE and column.kind is ColumnKind.CODE


_UNREADABLE = frozenset(
    {
        IssueCode.UNREADABLE_NUMBER,
        IssueCode.UNREADABLE_AMOUNT,
        IssueCode.UNREADABLE_DATE,
        IssueCode.DATE_INCOMPLETE,
        IssueCode.DATE_AMBIGUOUS,
        IssueCode.UNREADABLE_FLAG,
        IssueCode.UNREADABLE_QUANTITY,
        IssueCode.UNKNOWN_REGION,
        IssueCode.AMBIGUOUS_REGION,
        IssueCode.INVALID_ID_NUMBER,
        IssueCode.MASKED_ID_NUMBER,
        IssueCode.INVALID_CREDIT_CODE,
    }
)
"""Codes that leave no value at all."""
