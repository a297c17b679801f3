"""
Tables as files that offices open: XLSX with every sheet, CSV with one.

No text is ever taken for a formula: a workbook writes texts as texts, and a text that a spreadsheet would read as a
formula begins with an apostrophe in CSV, which has no other way to say so (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs

from domain.errors import InvalidInputError
from domain.money import yuan_text
from workflows.federation.tables import Cell, Sheet, Yuan

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_WIDTH = 18


def write_xlsx(sheets: Sequence[Sheet], out: Path | IO[bytes]) -> None:
    """Write one sheet a table: a title, a header, a row a line; amounts are numbers of yuan."""
    with xlsxwriter.Workbook(
        out,
        {
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "in_memory": True,
        },
    ) as book:
        bold = book.add_format({"bold": True, "font_size": 14})
        header = book.add_format({"bold": True, "bottom": 1})
        yuan = book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            page.write_string(0, 0, sheet.title, bold)
            for column, name in enumerate(sheet.header):
                page.write_string(2, column, name, header)
            page.set_column(0, max(0, len(sheet.header) - 1), _WIDTH)
            page.freeze_panes(3, 0)
            for line, row in enumerate(sheet.rows, start=3):
                for column, cell in enumerate(row):
                    match cell:
                        case Yuan(fen=fen):
                            page.write_number(line, column, fen / 100, yuan)
                        case date():
                            page.write_datetime(line, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001 (a day has no zone)
                        case int():
                            page.write_number(line, column, cell)
                        case str():
                            page.write_string(line, column, cell)
                        case None:
                            pass


def write_csv(sheet: Sheet, out: IO[bytes]) -> None:
    """Write a table with its header in UTF-8 with a mark, as offices' programs read it."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(sheet.header)
        writer.writerows([[csv_text(cell) for cell in row] for row in sheet.rows])
    finally:
        text.detach()  # who opened the file closes it


def csv_text(cell: Cell) -> str:
    """
    Give a cell as CSV holds it.

    Examples
    --------
    >>> csv_text("=1+1")
    "'=1+1"
    >>> csv_text(Yuan(-150))
    '-1.50'
    """
    match cell:
        case None:
            return ""
        case Yuan(fen=fen):
            return yuan_text(fen)
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULAS) else cell


def sheet_named(sheets: Sequence[Sheet], name: str) -> Sheet:
    """
    Give a table by its name; the first one without a name.

    Raises
    ------
    InvalidInputError
        There is none of that name.
    """
    for sheet in sheets:
        if name in ("", sheet.name):
            return sheet
    raise InvalidInputError(
        f"there is {', '.join(sheet.name for sheet in sheets)}", field="sheet", value=name[:40]
    )
