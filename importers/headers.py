"""Where a table begins: the header under its title rows, and which mapping fits it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice

from domain.errors import MappingError
from importers.mapping import ColumnKind, Mapping
from importers.privacy import masked
from importers.sheets import Merge, Row, Sheet, cell_text, column_letter
from importers.words import folded, section

_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatch:
    """
    A mapping laid on a sheet.

    Parameters
    ----------
    first_row, last_row
        Rows of the header as the file counts them.
    columns
        Column of the mapping to position in the row, from 0.
    headers
        Every header text by position; empty where a column has none.
    missing
        Required columns that no header names.
    drift
        Columns that were recognised by likeness: name, the header that it was known by, how alike.
    """

    mapping: Mapping
    first_row: int
    last_row: int
    columns: dict[str, int]
    headers: tuple[str, ...]
    missing: tuple[str, ...]
    duplicates: tuple[int, ...]
    exact: int
    drift: tuple[tuple[str, str, float], ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every required column is there."""
        return bool(self.columns) and not self.missing

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Letters and headers of columns that the mapping leaves alone."""
        used = set(self.columns.values())
        return tuple(
            f"{column_letter(position)} {masked(header)}"
            for position, header in enumerate(self.headers)
            if header and position not in used
        )

    def unit_of(self, column: str) -> str | None:
        """Give the unit of money that the header itself states, if it does."""
        if self.mapping.columns[column].kind is not ColumnKind.MONEY:
            return None
        wan: str = section("numbers")["wan_yuan"]
        return "wan_yuan" if wan in folded(self.headers[self.columns[column]]) else None


def match_header(sheet: Sheet, mapping: Mapping) -> HeaderMatch | None:
    """Lay a mapping on the first rows of a sheet: the best of them, or None for an empty sheet."""
    if not any(fnmatchcase(sheet.name, pattern) for pattern in mapping.recognise.sheets):
        return None
    rows = list(islice(sheet.rows(), mapping.header.within + mapping.header.rows))
    best: HeaderMatch | None = None
    for start in range(len(rows) - mapping.header.rows + 1):
        part = rows[start : start + mapping.header.rows]
        found = _laid(mapping, part, header_texts(sheet, part))
        if best is None or (len(found.columns), found.exact) > (len(best.columns), best.exact):
            best = found
    return best


def header_texts(sheet: Sheet, rows: Sequence[Row]) -> tuple[str, ...]:
    """Join the rows of a header by slashes; merged groups stand over each of their columns."""
    width = max(len(cells) for _, cells in rows)
    parts: list[list[str]] = [[] for _ in range(width)]
    for number, cells in rows:
        texts = [cell_text(cell) for cell in cells] + [""] * (width - len(cells))
        if len(rows) > 1:
            for merge in _near(sheet, rows):
                if merge.first_row <= number <= merge.last_row and merge.first_column < width:
                    value = texts[merge.first_column] if number == merge.first_row else ""
                    for position in range(merge.first_column, min(merge.last_column + 1, width)):
                        texts[position] = value
        for position, text in enumerate(texts):
            if text and text not in parts[position]:
                parts[position].append(text)
    return tuple("/".join(part) for part in parts)


@lru_cache(maxsize=4_096)
def _forms(headers: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fold the texts of a row, with brackets and without; each mapping is laid on the same rows."""
    forms = tuple(folded(header) for header in headers)
    return forms, tuple(_BRACKETS.sub("", form) for form in forms)


@lru_cache(maxsize=16_384)
def _alias(header: str) -> tuple[str, str]:
    form = folded(header)
    return form, _BRACKETS.sub("", form)


def _near(sheet: Sheet, rows: Sequence[Row]) -> list[Merge]:
    first, last = rows[0][0], rows[-1][0]
    return [merge for merge in sheet.merges if merge.first_row <= last and merge.last_row >= first]


def _laid(mapping: Mapping, rows: Sequence[Row], headers: tuple[str, ...]) -> HeaderMatch:
    forms, bases = _forms(headers)
    columns: dict[str, int] = {}
    duplicates: list[int] = []
    exact = 0
    for texts, counts in ((forms, True), (bases, False)):
        for name, column in mapping.columns.items():
            if name in columns:
                continue
            for alias in column.headers:
                wanted = _alias(alias)[0 if counts else 1]
                places = [p for p, text in enumerate(texts) if text and text == wanted]
                same = {columns[n] for n in columns if mapping.columns[n].headers == column.headers}
                free = [p for p in places if p not in columns.values() or p in same]
                if free:
                    columns[name] = free[0]
                    exact += counts
                    duplicates += free[1:] if counts else []
                    break
    return HeaderMatch(
        mapping=mapping,
        first_row=rows[0][0],
        last_row=rows[-1][0],
        columns=columns,
        headers=headers,
        missing=tuple(name for name in mapping.required if name not in columns),
        duplicates=tuple(p for p in duplicates if p not in columns.values()),
        exact=exact,
    )


def is_empty(sheet: Sheet) -> bool:
    """Whether no cell of a sheet holds anything."""
    return not any(cell_text(cell) for _, cells in sheet.rows() for cell in cells)


def choose_mapping(sheet: Sheet, mappings: Sequence[Mapping]) -> HeaderMatch | None:
    """
    Take the mapping that fits a sheet, or None where none does.

    A mapping fits when all its required columns are there. Among several, the one whose file pattern fits
    wins, then the one that names more of the columns.

    Raises
    ------
    MappingError
        Two fit equally well.
    """
    found = [
        match for mapping in mappings if (match := match_header(sheet, mapping)) is not None and match.fits
    ]
    if not found:
        return None
    ranked = sorted(found, key=lambda match: _rank(sheet, match), reverse=True)
    best = [match.mapping for match in ranked if _rank(sheet, match) == _rank(sheet, ranked[0])]
    if not all(mapping.means_the_same(best[0]) for mapping in best):
        raise ambiguous(sheet, [mapping.name for mapping in best])
    return ranked[0]


def ambiguous(sheet: Sheet, names: Sequence[str]) -> MappingError:
    """Word that several mappings fit a sheet about equally well: a person says which."""
    listed = ", ".join(names)
    return MappingError(
        f"{sheet.file_name} {sheet.name}: several mappings fit equally well: {listed}; name one of them",
        file=sheet.file_name,
        sheet=sheet.name,
        reason="ambiguous",
        candidates=listed,
    )


def named_so(sheet: Sheet, mapping: Mapping) -> bool:
    """Whether the file is called as files of this kind are."""
    return any(fnmatchcase(sheet.file_name, pattern) for pattern in mapping.recognise.files)


def _rank(sheet: Sheet, match: HeaderMatch) -> tuple[bool, int, int, int]:
    named = named_so(sheet, match.mapping)
    return named, len(match.columns), match.exact, -len(match.unmapped)


def misfit(sheet: Sheet, mappings: Sequence[Mapping]) -> MappingError:
    """Word why no mapping fits: those that come nearest, and the columns that each misses."""
    near = [match for mapping in mappings if (match := match_header(sheet, mapping)) is not None]
    near.sort(key=lambda match: (len(match.columns) - len(match.missing), len(match.columns)), reverse=True)
    lines = "; ".join(
        f"{match.mapping.name} misses "
        + (", ".join(_wanted(match, name) for name in match.missing) or "every column")
        for match in near[:3]
    )
    return MappingError(
        f"{sheet.file_name} {sheet.name}: no mapping fits. Nearest: {lines or 'none'}",
        file=sheet.file_name,
        sheet=sheet.name,
        reason="misfit",
        candidates=lines,
    )


def _wanted(match: HeaderMatch, name: str) -> str:
    return f"{name} ({' / '.join(match.mapping.columns[name].headers[:3])})"
