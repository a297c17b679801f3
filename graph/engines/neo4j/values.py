"""Values between the port and Neo4j."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast

import polars as pl
from neo4j import Record as DriverRecord
from neo4j.time import Date, DateTime

from graph.frames import DTYPES
from graph.ports import Record, Value
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES, Property, PropertyType


def records(rows: Iterable[DriverRecord]) -> list[Record]:
    """Give driver rows in the port's types."""
    # driver rows are lists of whatever the statement returned
    return [
        {name: _from_driver(value) for name, value in zip(row.keys(), row.values(), strict=True)}  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType,reportUnknownArgumentType]
        for row in rows
    ]


def _from_driver(value: object) -> Value:
    if isinstance(value, DateTime):
        return value.to_native().astimezone(UTC)
    if isinstance(value, Date):
        return value.to_native()
    return cast("Value", value)


def frame(columns: list[str], rows: list[Record]) -> pl.DataFrame:
    """
    Give rows as columns.

    Bolt carries no column types: a column without any value takes the type of the schema's property of its
    name, where all properties of that name agree.
    """
    found = pl.DataFrame(
        {name: pl.Series(name, [row[name] for row in rows], strict=False) for name in columns}
    )
    return found.with_columns(
        pl.col(name).cast(_TYPE_BY_NAME[name])
        for name, kind in found.schema.items()
        if name in _TYPE_BY_NAME and kind in (pl.Null(), pl.List(pl.Null()))
    )


_CARRIED: dict[PropertyType, pl.DataType] = {
    **DTYPES,
    PropertyType.DATE: pl.String(),
    PropertyType.TIMESTAMP: pl.Int64(),
}


def page(rows: list[list[Value]], properties: Sequence[Property]) -> pl.DataFrame:
    """Give a page of the dialect as columns of the schema's types."""
    raw = pl.DataFrame(rows, schema={p.name: _CARRIED[p.type] for p in properties}, orient="row")
    dates = [p.name for p in properties if p.type is PropertyType.DATE]
    times = [p.name for p in properties if p.type is PropertyType.TIMESTAMP]
    return raw.with_columns(
        pl.col(dates).str.to_date("%Y-%m-%d"), pl.col(times).cast(DTYPES[PropertyType.TIMESTAMP])
    )


def rows_for_driver(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Give a frame's rows as maps; times carry the offset +00:00 and no zone name, as parameters do."""
    columns = [_column(series) for series in frame.get_columns()]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _column(series: pl.Series) -> list[object]:
    values = series.to_list()
    if isinstance(series.dtype, pl.Datetime):
        return [None if v is None else cast("datetime", v).replace(tzinfo=UTC) for v in values]
    return values


def _types_by_name() -> dict[str, pl.DataType]:
    found: dict[str, set[PropertyType]] = {}
    owners: list[tuple[Property, ...]] = [owner.properties for owner in (*NODE_TYPES, *RELATIONSHIP_TYPES)]
    for properties in owners:
        for item in properties:
            found.setdefault(item.name, set()).add(item.type)
    return {name: DTYPES[next(iter(kinds))] for name, kinds in found.items() if len(kinds) == 1}


_TYPE_BY_NAME = _types_by_name()
