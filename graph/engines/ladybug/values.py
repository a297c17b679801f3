"""Values between the port and ladybug."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import polars as pl

from domain.time import aware_utc
from graph.ports import Record, Value


def to_driver(parameters: dict[str, Value]) -> dict[str, object]:
    """Give parameters as ladybug takes them: times in UTC, sequences as lists."""
    return {name: _to_driver(value) for name, value in parameters.items()}


def _to_driver(value: Value) -> object:
    if isinstance(value, datetime):
        return aware_utc(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value


def records(columns: list[str], rows: list[list[object]]) -> list[Record]:
    """Name the columns of each row and give its values the port's types."""
    return [dict(zip(columns, (_from_driver(value) for value in row), strict=True)) for row in rows]


def _from_driver(value: object) -> Value:
    if isinstance(value, datetime):  # TIMESTAMP is UTC without saying so
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, Decimal):  # sum() of INT64 is wider than INT64
        return int(value)
    return cast("Value", value)


def frame(raw: pl.DataFrame) -> pl.DataFrame:
    """Give a result frame the port's types."""
    return raw.with_columns(
        *(
            pl.col(name).dt.replace_time_zone("UTC")
            for name, kind in raw.schema.items()
            if isinstance(kind, pl.Datetime) and kind.time_zone is None
        ),
        *(pl.col(name).cast(pl.Int64) for name, kind in raw.schema.items() if isinstance(kind, pl.Decimal)),
    )
