"""Two tables in one sheet, below or beside each other: each is read as a sheet of its own, cells keep their place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from importers.headers import HeaderMatch
from importers.mapping import Mapping
from importers.sheets import Row, Sheet, cell_text
from importers.words import folded

Choose = Callable[[Sheet, Sequence[Mapping]], HeaderMatch | None]

_MOST_ROWS = 200_000
"""Rows that are looked through for a second header; larger sheets are exports of one table."""
_MOST_TABLES = 8


@cache
def _words_of(mappings: tuple[str, ...], headers: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(folded(header) for group in headers for header in group)


def header_words(mappings: Sequence[Mapping]) -> frozenset[str]:
    """Give everything that a header cell of the mappings may say, folded."""
    headers = tuple(column.headers for mapping in mappings for column in mapping.columns.values())
    return _words_of(tuple(mapping.name for mapping in mappings), headers)


def rows_between(sheet: Sheet, name: str, first: int, last: int | None) -> Sheet:
    """Give the rows from ``first`` to before ``last`` as a sheet; the numbers of rows stay."""

    def rows() -> Iterator[Row]:
        for number, cells in sheet.rows():
            if last is not None and number >= last:
                return
            if number >= first:
                yield number, cells

    merges = tuple(m for m in sheet.merges if m.first_row >= first and (last is None or m.first_row < last))
    return replace(sheet, name=name, rows=rows, merges=merges)


def columns_between(sheet: Sheet, name: str, first: int, last: int | None) -> Sheet:
    """Give the columns from ``first`` to before ``last`` as a sheet; those left of it are blank."""

    def rows() -> Iterator[Row]:
        for number, cells in sheet.rows():
            yield number, [None] * min(first, len(cells)) + list(cells[first:last])

    merges = tuple(
        m for m in sheet.merges if m.first_column >= first and (last is None or m.first_column < last)
    )
    return replace(sheet, name=name, rows=rows, merges=merges)


def parted(
    sheet: Sheet, match: HeaderMatch, mappings: Sequence[Mapping], choose: Choose
) -> list[tuple[Sheet, HeaderMatch]]:
    """
    Part a sheet into its tables.

    A table below begins at a row that follows a blank row or a lone cell, whose cells are all words of headers,
    and that a mapping fits. A table beside begins where all required headers stand a second time. The sheet alone
    with its own match is given where there is no other table.
    """
    found: list[tuple[Sheet, HeaderMatch]] = []
    rest, current = sheet, match
    while len(found) < _MOST_TABLES:
        below = _below(rest, current, mappings, choose)
        if below is None:
            break
        first, other = below
        upper = rows_between(rest, rest.name, 0, first)
        found.append((upper, current))
        rest = rows_between(rest, f"{sheet.name}#{len(found) + 1}", first, None)
        current = other
    found.append((rest, current))
    return [part for upper, one in found for part in _beside(upper, one, mappings, choose)]


def _below(
    sheet: Sheet, match: HeaderMatch, mappings: Sequence[Mapping], choose: Choose
) -> tuple[int, HeaderMatch] | None:
    """Find the next header that is not the table's own, with the first row of its table."""
    words = header_words(mappings)
    own = [folded(header) for header in match.headers if header]
    alone = False
    apart: int | None = None
    for looked, (number, cells) in enumerate(sheet.rows()):
        if looked > _MOST_ROWS:
            return None
        if number <= match.last_row:
            continue
        texts = [text for cell in cells if (text := cell_text(cell))]
        if alone and len(texts) > 1 and all(folded(text) in words for text in texts):
            if [folded(text) for text in texts] != own:
                first = apart or number
                part = rows_between(sheet, sheet.name, first, None)
                other = choose(part, mappings)
                if other is not None and other.first_row <= number <= other.last_row:
                    return first, other
        elif len(texts) > 1:
            apart = None
        alone = len(texts) <= 1
        if alone and apart is None:
            apart = number
    return None


def _beside(
    sheet: Sheet, match: HeaderMatch, mappings: Sequence[Mapping], choose: Choose
) -> list[tuple[Sheet, HeaderMatch]]:
    """Part the columns where the required headers of the table stand a second time, to the right of it all."""
    edge = max(match.columns.values()) + 1
    right = [p for p in match.duplicates if p >= edge]
    wanted = {folded(match.headers[match.columns[name]]) for name in match.mapping.required}
    if len(wanted) < 2 or not wanted <= {folded(match.headers[p]) for p in right}:
        return [(sheet, match)]
    first = min(right)
    other_sheet = columns_between(sheet, f"{sheet.name}#right", first, None)
    other = choose(other_sheet, [match.mapping])
    own = choose(columns_between(sheet, sheet.name, 0, first), [match.mapping])
    if other is None or own is None:
        return [(sheet, match)]
    return [(columns_between(sheet, sheet.name, 0, first), own), (other_sheet, other)]
