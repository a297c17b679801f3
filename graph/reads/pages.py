"""
Keyset pages: a position is the sort key and id of a row, so a page costs the same wherever it starts.

Cursors that leave the process are the API's: it signs a ``KeysetPosition`` and reads it back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, TypeVar

from domain.errors import CursorError, InvalidInputError
from domain.time import aware_utc
from graph.ports import Record, Value

RowT = TypeVar("RowT")

MAX_PAGE = 200
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysetPosition:
    """
    Where a row stands in one list.

    ``list_name`` keeps a position of one list from being used on another; ``sort_key`` is text that sorts as
    the list does (times as ISO 8601 UTC with microseconds).
    """

    list_name: str
    sort_key: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[RowT]):
    """
    Rows of one page.

    Parameters
    ----------
    rows, positions
        Of equal length: ``positions[i]`` is where ``rows[i]`` stands.
    has_next
        Whether a row follows the last one.
    total_count
        Rows of the whole list under the same predicate; None when it was not asked for.
    """

    rows: tuple[RowT, ...]
    positions: tuple[KeysetPosition, ...]
    has_next: bool
    total_count: int | None


def page_size(first: int) -> int:
    """
    Check the size of a page.

    Raises
    ------
    InvalidInputError
        Not in 1..200.
    """
    if not 1 <= first <= MAX_PAGE:
        raise InvalidInputError(f"a page has 1 to {MAX_PAGE} rows", value=first, maximum=MAX_PAGE)
    return first


def start_of(list_name: str, after: KeysetPosition | None) -> tuple[str, str]:
    """
    Give sort key and id to go on after; two empty texts start the list.

    Raises
    ------
    CursorError
        The position was made for another list.
    """
    if after is None:
        return "", ""
    if after.list_name != list_name:
        raise CursorError("the cursor belongs to another list", expected=list_name, got=after.list_name)
    return after.sort_key, after.id


def moment_of(sort_key: str) -> datetime:
    """
    Read a sort key that is a time; the empty one is the end of time, for lists that start with the newest.

    Raises
    ------
    CursorError
        Not a time.
    """
    if not sort_key:
        return END_OF_TIME
    try:
        return aware_utc(datetime.fromisoformat(sort_key))
    except ValueError as error:
        raise CursorError("the cursor holds no time", value=sort_key) from error


def day_of(sort_key: str) -> date:
    """
    Read a sort key that is a civil day; the empty one is the first day, for lists that start with the earliest.

    Raises
    ------
    CursorError
        Not a day.
    """
    if not sort_key:
        return date.min
    try:
        return date.fromisoformat(sort_key)
    except ValueError as error:
        raise CursorError("the cursor holds no day", value=sort_key) from error


def page(
    list_name: str,
    records: Sequence[Record],
    first: int,
    total: int | None,
    *,
    row: Callable[[Record], RowT],
    sort_column: str,
) -> Page[RowT]:
    """Cut ``first + 1`` fetched records to a page of rows."""
    kept = records[:first]
    return Page(
        rows=tuple(row(record) for record in kept),
        positions=tuple(
            KeysetPosition(
                list_name=list_name, sort_key=_sort_text(record[sort_column]), id=str(record["id"])
            )
            for record in kept
        ),
        has_next=len(records) > first,
        total_count=total,
    )


def _sort_text(value: Value) -> str:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def page_of_list(
    list_name: str,
    rows: Sequence[RowT],
    first: int,
    after: KeysetPosition | None,
    *,
    key: Callable[[RowT], tuple[str, str]],
    total_count: int | None = None,
) -> Page[RowT]:
    """
    Cut a short list that was read whole, sorted by ``key`` (sort key and id), to a page.

    For lists that are short by nature: what one person is asked, who waits for one need.
    """
    start = start_of(list_name, after)
    following = [row for row in rows if after is None or key(row) > start]
    kept = following[: page_size(first)]
    return Page(
        rows=tuple(kept),
        positions=tuple(
            KeysetPosition(list_name=list_name, sort_key=sort_key, id=row_id)
            for sort_key, row_id in map(key, kept)
        ),
        has_next=len(following) > first,
        total_count=total_count,
    )


def sort_text(value: datetime) -> str:
    """Give a moment as text that sorts as time does."""
    return _sort_text(value)
