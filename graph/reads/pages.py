"""
Keyset pages: a position is the sort key and id of a row, so a page costs the same wherever it starts.

Cursors that leave the process are the API's: it signs a ``KeysetPosition`` and reads it back.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.errors import InvalidInputError

RowT = TypeVar("RowT")

MAX_PAGE = 200


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
