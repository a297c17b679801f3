"""One type for every kind of file: sheets of rows of cells, each cell with its address."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

Value = str | int | float | bool | date | datetime | time | timedelta | None
Row = tuple[int, Sequence[Value]]
"""Row number as the file shows it (from 1; items of a JSON list too, their keys are row 0), and cells."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u3000\t\u2002\u2003\u2009\u202f"), " ")
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0x00AD, *range(0x202A, 0x202F)])
_SURROGATES = dict.fromkeys(
    range(0xD800, 0xE000), "\ufffd"
)  # half a character: JSON can write one, UTF-8 not
_CLEAN = {**_BLANKS, **_INVISIBLE, **_SURROGATES, 0: None}
_UNCLEAN = re.compile("[" + "".join(map(chr, sorted(_CLEAN))) + "]")


@dataclass(frozen=True, slots=True)
class Merge:
    """Merged cells: first and last row (1-based) and column (0-based), all inclusive."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """
    One table of a file, readable from the top any number of times.

    ``rows`` gives rows in order; cells hold what the file holds, nothing is cleaned yet. ``faults`` are cells
    whose formula left no value, by row (from 1) and column (from 0): the error it gave, or the formula itself.
    """

    file_name: str
    file_digest: str
    name: str
    rows: Callable[[], Iterator[Row]]
    merges: tuple[Merge, ...] = ()
    knows_merges: bool = False
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was opened and proven readable."""

    path: Path
    digest: str
    encoding: str | None
    sheets: tuple[Sheet, ...]


def column_letter(index: int) -> str:
    """
    Give the letters of a column as a spreadsheet shows them.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = _LETTERS[rest] + letters
    return letters


def clean(text: str) -> str:
    """Text without what nobody can see: zero-width characters go, odd blanks become one kind."""
    if not text.isascii():
        if _UNCLEAN.search(text) is not None:
            text = text.translate(_CLEAN)
    else:
        if "\t" in text:
            text = text.replace("\t", " ")
        if "\0" in text:
            text = text.replace("\0", "")
    return text.strip()


def cell_text(value: Value) -> str:
    """
    Write a cell as clean text, empty for an empty cell.

    Numbers keep the 15 digits a spreadsheet shows, so 3482232.1100000003 is 3482232.11 again; dates are ISO.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
