"""From a sheet to rows of clean text: what is title, header, data, blank and footer, and what it states."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest
from typing import cast

import polars as pl

from importers.headers import HeaderMatch
from importers.issues import Issue, IssueCode, Severity
from importers.mapping import KEYED, ColumnKind, Mapping
from importers.privacy import head, masked
from importers.sheets import Row, Sheet, cell_text, column_letter
from importers.values import read_integer, read_money
from importers.words import folded, narrow, section

ROW = "@row"
_CHUNK_ROWS = 50_000
_TAIL_ROWS = 60
_PROSE = 20  # characters: a lone cell as long as that below the data is a remark
_NAMES = frozenset({ColumnKind.TEXT, ColumnKind.NAME, ColumnKind.CODE, ColumnKind.REGION, ColumnKind.ITEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a footer says: the number of rows, or the sum of a column (fen for money)."""

    measure: str
    value: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """
    One sheet under one mapping.

    Parameters
    ----------
    frame
        ``@row`` (Int64) and one text column for each column of the mapping that the file has; null is empty.
    shared
        Column to rows whose cell is part of a vertical merge: a figure there may cover them all.
    title_rows, header_rows, blank_rows, footer_rows
        How many rows are no data; with the rows of ``frame`` they are all rows of the sheet.
    footers
        Row and text of each footer, for the report.
    """

    sheet: Sheet
    match: HeaderMatch
    frame: pl.DataFrame
    shared: dict[str, frozenset[int]]
    title: str
    title_rows: int
    header_rows: int
    blank_rows: int
    footer_rows: int
    footers: tuple[tuple[int, str], ...]
    stated: tuple[Stated, ...]
    issues: tuple[Issue, ...]

    @property
    def mapping(self) -> Mapping:
        """The mapping that the sheet is read by."""
        return self.match.mapping

    def with_rows(self, frame: pl.DataFrame) -> "Table":
        """Give the same sheet with fewer rows of data."""
        return replace(self, frame=frame)

    def issue(
        self, code: IssueCode, severity: Severity, *, row: int | None, column: str | None, raw: str
    ) -> Issue:
        """
        Make an issue with the place that a column of the mapping has in this file.

        Of an identity number only the head is repeated: reports are mailed, printed and kept.
        """
        position = self.match.columns.get(column) if column is not None else None
        if column in self.mapping.columns and self.mapping.columns[column].kind in KEYED:
            raw = head(raw)
        return Issue(
            file=self.sheet.file_name,
            sheet=self.sheet.name,
            row=row,
            column=None if position is None else column_letter(position),
            header=None if position is None else self.match.headers[position],
            code=code,
            severity=severity,
            raw=raw,
        )


@cache
def _footer_words() -> tuple[
    frozenset[str], re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]
]:
    words = section("footers")
    return (
        frozenset(folded(word) for word in words["total"]),
        re.compile("|".join(words["count_patterns"])),
        re.compile("|".join(words["sum_patterns"])),
        re.compile("|".join(words["notes"])),
        re.compile(words["date_line"]),
    )


@dataclass(slots=True)
class _Reading:
    """What is gathered while a sheet is read from its top."""

    match: HeaderMatch
    frames: list[pl.DataFrame] = field(default_factory=lambda: [])
    pending: list[tuple[int, list[str]]] = field(default_factory=lambda: [])
    tail: deque[tuple[int, list[str]]] = field(default_factory=lambda: deque(maxlen=_TAIL_ROWS))
    footers: list[tuple[int, list[str]]] = field(default_factory=lambda: [])
    issues: list[tuple[int, str]] = field(default_factory=lambda: [])
    title: list[str] = field(default_factory=lambda: [])
    title_rows: int = 0
    header_rows: int = 0
    blank_rows: int = 0

    def flush(self) -> None:
        """Turn the pending rows into columns."""
        if not self.pending:
            return
        numbers, rows = zip(*self.pending, strict=True)
        laid = tuple(zip_longest(*rows))
        columns = {ROW: pl.Series(ROW, numbers, pl.Int64)}
        for name, position in self.match.columns.items():
            texts = laid[position] if position < len(laid) else [None] * len(numbers)
            columns[name] = pl.Series(name, texts, pl.String)
        filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in self.match.columns]
        self.frames.append(pl.DataFrame(columns).with_columns(filled))
        self.pending.clear()


def read_table(sheet: Sheet, match: HeaderMatch) -> Table:
    """
    Read a sheet to its end.

    Rows are parted into titles, header, blanks, footers and data; every row is exactly one of these.
    """
    reading = _Reading(match)
    width = len(match.headers)
    nameless = {p for p, header in enumerate(match.headers) if not header} - set(match.columns.values())
    headers = [(position, folded(match.headers[position])) for position in match.columns.values()]
    for number, texts in _filled(sheet, match):
        if number < match.first_row:
            reading.title_rows += 1
            reading.title += [text for text in texts if text]
        elif number <= match.last_row or _repeats_header(headers, texts):
            reading.header_rows += 1
        elif not any(texts):
            reading.blank_rows += 1
        elif _is_total(texts):
            reading.footers.append((number, texts))
        else:
            strays = [text for p, text in enumerate(texts) if text and (p >= width or p in nameless)]
            if strays:
                reading.issues.append((number, " ".join(strays)))
            reading.pending.append((number, texts))
            reading.tail.append((number, texts))
            if len(reading.pending) >= _CHUNK_ROWS:
                reading.flush()
    reading.flush()
    return _finished(sheet, match, reading)


def _filled(sheet: Sheet, match: HeaderMatch) -> Iterator[tuple[int, list[str]]]:
    """Give rows as clean text, with names carried down their merged cells (never figures)."""
    names = {p: c for c, p in match.columns.items() if match.mapping.columns[c].fill_down}
    covered: dict[tuple[int, int], int] = {}
    for merge in sheet.merges:
        if merge.first_column in names and merge.first_row > match.last_row:
            for row in range(merge.first_row + 1, merge.last_row + 1):
                covered[row, merge.first_column] = merge.first_row
    above: dict[int, str] = {}
    required = [match.columns[c] for c in match.mapping.required if not match.mapping.columns[c].fill_down]
    for number, cells in sheet.rows():
        texts = _texts((number, cells))
        if number > match.last_row:
            for position in names:
                if position >= len(texts):
                    continue
                if texts[position]:
                    above[position] = texts[position]
                elif (number, position) in covered or (
                    not sheet.knows_merges and any(texts[p] for p in required if p < len(texts))
                ):
                    texts[position] = above.get(position, "")
        yield number, texts


def _texts(row: Row) -> list[str]:
    return [cell_text(cell) for cell in row[1]]


def _repeats_header(headers: Sequence[tuple[int, str]], texts: Sequence[str]) -> bool:
    """Recognise a header printed again at the top of a later page; plain ASCII folds to nothing else."""
    return len(headers) > 1 and all(
        position < len(texts)
        and texts[position]
        and (not texts[position].isascii() or header.isascii())
        and folded(texts[position]) == header
        for position, header in headers
    )


def _is_total(texts: Sequence[str]) -> bool:
    first = next((text for text in texts if text), "")
    return len(first) <= 8 and folded(first).rstrip(":：") in _footer_words()[0]


def _finished(sheet: Sheet, match: HeaderMatch, reading: _Reading) -> Table:
    tail = _tail_footers(match.mapping, list(reading.tail), bool(reading.footers))
    footers = sorted([*reading.footers, *tail])
    schema = {ROW: pl.Int64, **dict.fromkeys(match.columns, pl.String)}
    frame = pl.concat(reading.frames) if reading.frames else pl.DataFrame(schema=schema)
    dropped = {number for number, _ in tail}
    if dropped:
        frame = frame.filter(~pl.col(ROW).is_in(dropped))
    last_data = cast("int | None", frame[ROW].max()) or 0
    table = Table(
        sheet=sheet,
        match=match,
        frame=frame,
        shared=_shared(sheet, match),
        title=" ".join(reading.title),
        title_rows=reading.title_rows,
        header_rows=reading.header_rows,
        blank_rows=reading.blank_rows,
        footer_rows=len(footers),
        footers=tuple(
            (number, masked(" ".join(text for text in texts if text))) for number, texts in footers
        ),
        stated=_stated(match, [footer for footer in footers if footer[0] > last_data]),
        issues=(),
    )
    issues = [
        table.issue(IssueCode.EXTRA_CELLS, Severity.FLAGGED, row=number, column=None, raw=raw)
        for number, raw in reading.issues
        if number not in dropped
    ]
    issues += [
        Issue(
            file=sheet.file_name,
            sheet=sheet.name,
            row=None,
            column=column_letter(position),
            header=match.headers[position],
            code=IssueCode.DUPLICATE_COLUMN,
            severity=Severity.FLAGGED,
            raw=match.headers[position],
        )
        for position in match.duplicates
    ]
    issues += [
        table.issue(
            IssueCode.HEADER_DRIFTED,
            Severity.FLAGGED,
            row=None,
            column=name,
            raw=f"{match.headers[match.columns[name]]} = {known or name} ({alike:.0%})",
        )
        for name, known, alike in match.drift
    ]
    return replace(table, issues=(*issues, *_faults(table)))


def _faults(table: Table) -> list[Issue]:
    """Name the cells of mapped columns whose formula left no value."""
    if not table.sheet.faults:
        return []
    names = {position: name for name, position in table.match.columns.items()}
    rows = set(cast("list[int]", table.frame[ROW].to_list()))
    return [
        table.issue(
            IssueCode.FORMULA_WITHOUT_VALUE, Severity.FLAGGED, row=row, column=names[column], raw=said
        )
        for (row, column), said in sorted(table.sheet.faults.items())
        if row in rows and column in names
    ]


def _tail_footers(
    mapping: Mapping, rows: Sequence[tuple[int, list[str]]], below: bool
) -> list[tuple[int, list[str]]]:
    """Walk up from the last row while rows look like remarks, dates, signatures or totals."""
    _, count, total, note, day = _footer_words()
    own = re.compile("|".join(mapping.footers)) if mapping.footers else None
    found: list[tuple[int, list[str]]] = []
    for number, texts in reversed(rows):
        filled = [narrow(text) for text in texts if text]
        lone = len(filled) == 1
        is_footer = (
            any(count.search(text) or total.search(text) for text in filled if len(filled) <= 3)
            or note.search(filled[0]) is not None
            or (lone and (day.search(filled[0]) is not None or len(filled[0]) >= _PROSE))
            or (lone and len(mapping.required) > 1 and bool(found or below))
            or (own is not None and own.search(filled[0]) is not None)
        )
        if not is_footer:
            break
        found.append((number, texts))
    return found


def _stated(match: HeaderMatch, footers: Sequence[tuple[int, list[str]]]) -> tuple[Stated, ...]:
    """Read the totals that footers state: in words, or as a figure under its column."""
    _, count, total, _, _ = _footer_words()
    found: dict[str, Stated] = {}
    totals = match.mapping.totals
    for number, texts in footers:
        for text in map(masked, map(narrow, texts)):
            counted, summed = count.search(text), total.search(text)
            if counted and not summed:
                value, _ = read_integer(next(group for group in counted.groups() if group))
                if value is not None:
                    found["rows"] = Stated(measure="rows", value=value, row=number)
            elif summed and totals:
                unit = "wan_yuan" if summed[2] == section("numbers")["wan_yuan"] else "yuan"
                value, _ = read_money(summed[1], unit)
                if value is not None:
                    found[totals[0]] = Stated(measure=totals[0], value=value, row=number)
        if _is_total(texts):
            for name in totals:
                position = match.columns.get(name, len(texts))
                value = _figure(match, name, texts[position]) if position < len(texts) else None
                if value is not None:
                    found[name] = Stated(measure=name, value=value, row=number)
    return tuple(found.values())


def _figure(match: HeaderMatch, name: str, text: str) -> int | None:
    column = match.mapping.columns[name]
    if not text or masked(text) != text:  # a number of somebody stands below the sums, not a sum
        return None
    if column.kind is ColumnKind.MONEY:
        return cast("int | None", read_money(text, match.unit_of(name) or column.unit)[0])
    return cast("int | None", read_integer(text)[0])


def _shared(sheet: Sheet, match: HeaderMatch) -> dict[str, frozenset[int]]:
    """Rows whose figure stands in a merge over several rows, by column."""
    by_position = {p: c for c, p in match.columns.items() if match.mapping.columns[c].kind not in _NAMES}
    shared: dict[str, set[int]] = {}
    for merge in sheet.merges:
        column = by_position.get(merge.first_column)
        if column is not None and merge.first_row > match.last_row and merge.last_row > merge.first_row:
            shared.setdefault(column, set()).update(range(merge.first_row, merge.last_row + 1))
    return {column: frozenset(rows) for column, rows in shared.items()}
