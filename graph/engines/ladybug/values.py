"""Values between the port and ladybug."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import polars as pl

from graph.ports import Record, Value


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
