"""Lists as files for a desk: XLSX and CSV, with nothing in a cell that a spreadsheet would carry out."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO, StringIO

import xlsxwriter

from domain.time import CIVIL_ZONE
from graph.reads.visits import VisitRow
from locales import Locale, text
from workflows.visits.due import Coverage, DueRow

Cell = str | int | float | date | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(value: str) -> str:
    """
    Give a text that a spreadsheet shows as it is.

    Examples
    --------
    >>> inert("=1+1"), inert("Li")
    ("'=1+1", 'Li')
    """
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def due_table(rows: Iterable[DueRow], locale: Locale) -> list[list[Cell]]:
    """Give a due list with its header."""
    names = (
        "resident_id",
        "name",
        "groups",
        "region",
        "interval_days",
        "last_visited_on",
        "due_on",
        "overdue_days",
    )
    table: list[list[Cell]] = [[text(f"visits.column.{name}", locale) for name in names]]
    for row in rows:
        groups = sorted(text(f"visits.group.{group.value}", locale) for group in row.due.groups)
        elder, due = row.elder, row.due
        listed: list[Cell] = [elder.id, elder.name, "; ".join(groups), elder.region_id or elder.region_path]
        table.append([*listed, due.interval_days, due.last_visited_on, due.due_on, row.overdue_days])
    return table


def coverage_table(rows: Iterable[Coverage], locale: Locale) -> list[list[Cell]]:
    """Give coverage with its header; the last row is that of all."""
    names = ("place", "listed", "covered", "overdue", "visited_in_month")
    shares = ("covered_percent", "month_percent", "target_percent")
    table: list[list[Cell]] = [[text(f"visits.column.{name}", locale) for name in (*names, *shares)]]
    for row in rows:
        name = row.name or text("visits.sheet.all", locale)
        counts: list[Cell] = [name, row.listed, row.covered, row.overdue, row.visited_in_month]
        table.append([*counts, row.covered_percent, row.month_percent, row.target_percent])
    return table


def plan_table(rows: Iterable[VisitRow], locale: Locale) -> list[list[Cell]]:
    """Give planned visits with their header, times as those of China."""
    names = ("day", "visitor", "start", "end", "resident_id", "name", "travel_min")
    table: list[list[Cell]] = [[text(f"visits.column.{name}", locale) for name in names]]
    for row in rows:
        times = (row.window_start, row.window_end)
        clock = ["" if time is None else f"{time.astimezone(CIVIL_ZONE):%H:%M}" for time in times]
        table.append([row.day, row.visitor_name, *clock, row.resident_id, row.resident_name, row.travel_min])
    return table


def as_csv(table: Sequence[Sequence[Cell]]) -> bytes:
    """Write a table as CSV in UTF-8 with a mark, which spreadsheets take for Chinese."""
    out = StringIO()
    csv.writer(out).writerows(
        [inert(cell) if isinstance(cell, str) else "" if cell is None else cell for cell in row]
        for row in table
    )
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Sequence[Sequence[Cell]], sheet: str) -> bytes:
    """Write a table as a workbook of one sheet; every text is a text, whatever it begins with."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        for i, row in enumerate(table):
            for j, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_string(i, j, cell.isoformat())
                elif isinstance(cell, str):
                    page.write_string(i, j, cell)
                elif cell is not None:
                    page.write_number(i, j, cell)
    return out.getvalue()
