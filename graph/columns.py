"""
Reading typed values out of records.

Records are what an engine gives for a statement; a value of another type than the schema's is a bug.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar, cast

from domain.errors import InvariantError, NotFoundError
from graph.ports import Record

RowT = TypeVar("RowT")


def _wrong(record: Record, column: str, expected: str) -> InvariantError:
    return InvariantError(f"{column} holds no {expected}: {record.get(column)!r}", column=column)


def only(records: Sequence[Record], read: Callable[[Record], RowT], *, kind: str, id: str) -> RowT:
    """
    Give the one row of a look-up by id.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    if not records:
        raise NotFoundError(f"no such {kind}", kind=kind, id=id)
    return read(records[0])


def text(record: Record, column: str) -> str:
    """Give a text that is never null."""
    value = record[column]
    if not isinstance(value, str):
        raise _wrong(record, column, "text")
    return value


def text_or_none(record: Record, column: str) -> str | None:
    """Give a text or None."""
    return None if record[column] is None else text(record, column)


def integer(record: Record, column: str) -> int:
    """Give a whole number; null counts as 0, as in sums of nothing."""
    value = record[column]
    if value is None:
        return 0
    if not isinstance(value, int):
        raise _wrong(record, column, "whole number")
    return value


def integer_or_none(record: Record, column: str) -> int | None:
    """Give a whole number or None."""
    return None if record[column] is None else integer(record, column)


def real_or_none(record: Record, column: str) -> float | None:
    """Give a number or None."""
    value = record[column]
    if value is None:
        return None
    if not isinstance(value, int | float):
        raise _wrong(record, column, "number")
    return float(value)


def flag(record: Record, column: str) -> bool:
    """Give a truth value; null is False."""
    return bool(record[column])


def texts(record: Record, column: str) -> tuple[str, ...]:
    """Give a list of texts; null is empty."""
    value = record[column]
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _wrong(record, column, "list of texts")
    return tuple(cast("Sequence[str]", value))


def moment(record: Record, column: str) -> datetime:
    """Give an aware UTC time."""
    value = record[column]
    if not isinstance(value, datetime):
        raise _wrong(record, column, "time")
    return value.astimezone(UTC)


def moment_or_none(record: Record, column: str) -> datetime | None:
    """Give an aware UTC time or None."""
    return None if record[column] is None else moment(record, column)


def day(record: Record, column: str) -> date:
    """Give a civil day."""
    value = record[column]
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong(record, column, "day")
    return value


def day_or_none(record: Record, column: str) -> date | None:
    """Give a civil day or None."""
    return None if record[column] is None else day(record, column)
