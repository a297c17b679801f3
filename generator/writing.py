"""
Files as departments send them: CSVs in three encodings, workbooks with titles, merges, footers, code sheets.

Equal input gives equal bytes of a CSV and equal cells of a workbook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol, cast

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs; _Book says what is used

from generator.faults import Spoilt, plain_text
from generator.layout import ColumnLayout, Layout
from generator.shipped import labels, table

BOOK_ROWS = 8_000
"""Longer tables are sent as CSV."""

_BOOK_MADE_AT = datetime(2026, 1, 1)  # noqa: DTZ001  # a property of the file that has no zone


class _Worksheet(Protocol):
    """What is used of xlsxwriter's worksheet; rows and columns count from 0."""

    def write_string(self, _row: int, _col: int, _text: str, _form: object = None, /) -> object: ...
    def write_number(self, _row: int, _col: int, _number: float, _form: object = None, /) -> object: ...
    def write_datetime(self, _row: int, _col: int, _day: datetime, _form: object = None, /) -> object: ...
    def write_row(self, _row: int, _col: int, _texts: Sequence[str], _form: object = None, /) -> object: ...
    def merge_range(self, *_corners_text_form: object) -> object: ...


class _Book(Protocol):
    def set_properties(self, _properties: dict[str, datetime], /) -> object: ...
    def add_format(self, _properties: dict[str, str | int | bool], /) -> object: ...
    def add_worksheet(self, _name: str, /) -> _Worksheet: ...
    def close(self) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContent:
    """One table ready to be written."""

    layout: Layout
    spoilt: Spoilt


def file_name(layout: Layout, rows: int) -> str:
    """Give the name of the file that a table of so many rows stands in."""
    if layout.form == "book" and rows <= BOOK_ROWS:
        return f"{layout.file}.xlsx"
    return f"{layout.file}_{layout.sheet}.csv" if layout.sheet else f"{layout.file}.csv"


def _flag_words() -> tuple[str, str]:
    words = labels("flag")
    return words["true"], words["false"]


def _text_column(column: ColumnLayout) -> pl.Expr:
    """Write a whole column as text, as ``plain_text`` writes one value."""
    value = pl.col(column.name)
    if column.form == "yuan":
        cents = (value % 100).cast(pl.String).str.zfill(2)
        value = pl.concat_str((value // 100).cast(pl.String), pl.lit("."), cents)
    elif column.form == "flag":
        yes, no = _flag_words()
        value = pl.when(value).then(pl.lit(yes)).otherwise(pl.lit(no))
    elif column.form == "degree":
        micro = (value * 1_000_000).round().cast(pl.Int64)
        value = pl.concat_str(
            (micro // 1_000_000).cast(pl.String),
            pl.lit("."),
            (micro % 1_000_000).cast(pl.String).str.zfill(6),
        )
    return value.cast(pl.String).alias(column.name)


def _as_text(content: SheetContent) -> pl.DataFrame:
    layout, spoilt = content.layout, content.spoilt
    frame = spoilt.frame.select([_text_column(column) for column in layout.columns])
    changed: dict[str, tuple[list[int], list[str]]] = {}
    for (row, name), text in spoilt.cells.items():
        rows, texts = changed.setdefault(name, ([], []))
        rows.append(row)
        texts.append(text)
    return frame.with_columns(frame[name].scatter(rows, texts) for name, (rows, texts) in changed.items())


def _title_lines(layout: Layout, as_of: date) -> list[str]:
    if not layout.title:
        return []
    words = table("files")
    return [
        f"{table('organisations')['city']}{layout.title}",
        f"{words['issued_by']}{layout.department or layout.file}  {words['issued_on']}{as_of.isoformat()}",
    ]


def footer_totals(content: SheetContent) -> dict[str, int]:
    """Give the sums in fen that the footer of a table states: those of the rows as they were meant."""
    frame = content.spoilt.frame
    meant = frame.head(len(frame) - content.spoilt.repeated)
    return {name: int(meant[name].sum()) for name in content.layout.totals}


def _footer(content: SheetContent) -> list[list[str]]:
    layout = content.layout
    if not layout.totals:
        return []
    sums = footer_totals(content)
    cells = [plain_text(sums.get(column.name), column) for column in layout.columns]
    cells[0] = table("files")["total_label"]
    return [cells, [table("files")["note"]]]


def write_csv(content: SheetContent, path: Path, as_of: date) -> None:
    """Write one table as a CSV in its encoding."""
    layout = content.layout
    frame = _as_text(content).rename({column.name: column.header for column in layout.columns})
    newline = layout.newline
    body = frame.write_csv(line_terminator=newline)
    blank = "," * (len(layout.columns) - 1)
    head = "".join(f"{line}{blank}{newline}" for line in _title_lines(layout, as_of))
    tail = "".join(
        ",".join(cells) + "," * (len(layout.columns) - len(cells)) + newline for cells in _footer(content)
    )
    path.write_bytes(f"{head}{body}{tail}".encode(layout.encoding))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Formats:
    title: object
    header: object
    day: object
    money: object
    plain: object


def _new_book(path: Path) -> _Book:
    return cast(
        "_Book", xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    )


def write_book(contents: Sequence[SheetContent], path: Path, as_of: date) -> None:
    """Write tables as the sheets of one workbook, with a sheet of codes where they use any."""
    book = _new_book(path)
    book.set_properties({"created": _BOOK_MADE_AT})
    formats = _Formats(
        title=book.add_format({"bold": True, "align": "center", "font_size": 14}),
        header=book.add_format({"bold": True, "border": 1}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        money=book.add_format({"num_format": "#,##0.00"}),
        plain=book.add_format({"valign": "vcenter"}),
    )
    for content in contents:
        _write_sheet(book.add_worksheet(content.layout.sheet), content, formats, as_of)
    codes = [kind for content in contents for kind in content.layout.codes]
    if codes:
        _write_codes(book.add_worksheet(table("files")["code_sheet"]), codes, formats)
    book.close()


def _write_sheet(sheet: _Worksheet, content: SheetContent, formats: _Formats, as_of: date) -> None:
    layout = content.layout
    last = len(layout.columns) - 1
    for row, line in enumerate(_title_lines(layout, as_of)):
        sheet.merge_range(row, 0, row, last, line, formats.title if row == 0 else formats.plain)
    top = layout.title_rows
    sheet.write_row(top, 0, [column.header for column in layout.columns], formats.header)
    for position, column in enumerate(layout.columns):
        _write_column(sheet, content, column, position, formats)
    bottom = top + 1 + len(content.spoilt.frame)
    for offset, cells in enumerate(_footer(content)):
        for position, cell in enumerate(cells):
            if cell:
                sheet.write_string(bottom + offset, position, cell)


def _write_column(
    sheet: _Worksheet, content: SheetContent, column: ColumnLayout, position: int, formats: _Formats
) -> None:
    """Write the cells of a column in the spreadsheet's own types; faulty cells are text."""
    first = content.layout.title_rows + 1
    values = content.spoilt.frame[column.name].to_list()
    if content.layout.merge_down == column.name:
        _merge_equal(sheet, values, position, first=first, form=formats.plain)
        return
    spoilt = {row: text for (row, name), text in content.spoilt.cells.items() if name == column.name}
    yes, no = _flag_words()
    for row, value in enumerate(values):
        at = first + row
        text = spoilt.get(row)
        if text is not None:
            if text:
                sheet.write_string(at, position, text)
        elif value is None or value == "":
            continue
        elif column.form == "yuan":
            sheet.write_number(at, position, value / 100, formats.money)
        elif column.form in {"number", "degree"}:
            sheet.write_number(at, position, value)
        elif column.form == "date":
            sheet.write_datetime(at, position, datetime.combine(value, time()), formats.day)
        elif column.form == "flag":
            sheet.write_string(at, position, yes if value else no)
        else:
            sheet.write_string(at, position, str(value))


def _merge_equal(
    sheet: _Worksheet, values: list[str | None], position: int, *, first: int, form: object
) -> None:
    """Merge neighbours of equal value, as names of towns stand over their villages."""
    start = 0
    for row in range(1, len(values) + 1):
        if row < len(values) and values[row] == values[start]:
            continue
        value = values[start]
        if value and row - start > 1:
            sheet.merge_range(first + start, position, first + row - 1, position, value, form)
        elif value:
            sheet.write_string(first + start, position, value, form)
        start = row


def _write_codes(sheet: _Worksheet, kinds: list[str], formats: _Formats) -> None:
    sheet.write_row(0, 0, table("files")["code_headers"], formats.header)
    row = 1
    for kind in kinds:
        for code, word in labels(kind).items():
            sheet.write_row(row, 0, [f"{kind}.{code}", word])
            row += 1
