"""Columns of a problem's tables as arrays."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from domain.errors import InvalidInputError
from matching.arrays import BoolArray, FloatArray, IntArray


def ints(frame: pl.DataFrame, column: str, null: int = 0) -> IntArray:
    """Whole numbers, ``null`` where the table has none."""
    return frame[column].fill_null(null).to_numpy().astype(np.int64)


def bools(frame: pl.DataFrame, column: str) -> BoolArray:
    """Truth, false where the table has none."""
    return frame[column].fill_null(value=False).to_numpy().astype(np.bool_)


def floats(frame: pl.DataFrame, column: str) -> FloatArray:
    """Numbers, 0.0 where the table has none."""
    return frame[column].fill_null(0.0).fill_nan(0.0).to_numpy().astype(np.float64)


def located(frame: pl.DataFrame) -> BoolArray:
    """Whether both degrees are known."""
    known = frame["longitude_deg"].is_not_null() & frame["latitude_deg"].is_not_null()
    return known.to_numpy().astype(np.bool_)


def texts(frame: pl.DataFrame, column: str) -> list[str]:
    """Texts, empty where the table has none."""
    return frame[column].fill_null("").to_list()


def sets(frame: pl.DataFrame, column: str) -> list[frozenset[str]]:
    """Sets of codes, empty where the table has none."""
    return [frozenset(values or ()) for values in frame[column].to_list()]


def distinct(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Each set once, in order."""
    return sorted(set(sets), key=sorted)


def positions(frame: pl.DataFrame, column: str, ids: Sequence[str], table: str) -> IntArray:
    """Where the ids of a column stand; an id that is not there is refused."""
    place = {key: index for index, key in enumerate(ids)}
    try:
        return np.array([place[key] for key in frame[column].to_list()], dtype=np.int64)
    except KeyError as error:
        raise InvalidInputError(
            f"table {table}: {column} {error} is not in the problem", table=table
        ) from error


def keyed(frame: pl.DataFrame, column: str, table: str) -> pl.DataFrame:
    """Rows in the order of a key that each row has for itself."""
    if frame[column].null_count() or frame[column].n_unique() != len(frame):
        raise InvalidInputError(f"table {table} repeats or lacks a {column}", table=table)
    return frame.sort(column)
