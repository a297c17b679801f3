"""Statistics of needs as a workbook for offices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs
from xlsxwriter.format import Format  # pyright: ignore[reportMissingTypeStubs]

from domain.publication import CROWD
from locales import Locale, text
from workflows.statistics.needs import NO_ROUND, Axis, Statistics, StatisticsRow

_FIGURES = ("posted", "verified", "fulfilled", "unmet", "unmet_points")
_WIDE = 22
_NARROW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """
    What one more of something would be worth in the latest round.

    Parameters
    ----------
    said
        One sentence for people.
    lowest, highest, gain
        Objective points: the proven ends, and the exact gain where it was solved again.
    """

    said: str
    lowest: int
    highest: int
    gain: int | None


def write_workbook(
    statistics: Statistics,
    out: Path | IO[bytes],
    *,
    locale: Locale,
    towns: Mapping[str, str],
    worths: Sequence[Worth] = (),
) -> None:
    """
    Write a sheet of counts (a title, the span, a header, a row a cell) and one of worths where there are any.

    Texts are written as texts: none is taken for a formula, a number or a link.

    Rows leave memory as they are written.

    Parameters
    ----------
    out
        A path, or a file that is open for writing.
    towns
        Names of towns by region path; a path without a name is shown itself.
    """
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    sheet = book.add_worksheet(text("public.statistics.title", locale))
    bold = book.add_format({"bold": True, "font_size": 14})
    header = book.add_format({"bold": True, "bottom": 1})
    axes = statistics.request.by
    sheet.write_string(0, 0, text("public.statistics.title", locale), bold)
    span = text(
        "public.statistics.span",
        locale,
        since=statistics.request.since.isoformat(),
        until=statistics.request.until.isoformat(),
    )
    sheet.write_string(1, 0, span)
    sheet.write_string(2, 0, text("public.statistics.note", locale, crowd=CROWD))
    names = [axis.value.lower() for axis in axes] + list(_FIGURES)
    for column, name in enumerate(names):
        sheet.write_string(4, column, text(f"public.statistics.{name}", locale), header)
    sheet.set_column(0, max(0, len(axes) - 1), _WIDE)
    sheet.set_column(len(axes), len(names) - 1, _NARROW)
    sheet.freeze_panes(5, len(axes))
    hidden = text("public.statistics.hidden", locale, crowd=CROWD)
    for line, row in enumerate(statistics.rows, start=5):
        for column, axis in enumerate(axes):
            sheet.write_string(line, column, axis_label(row, axis, locale, towns))
        for column, name in enumerate(_FIGURES, start=len(axes)):
            value = getattr(row, name)
            if value is None:
                sheet.write_string(line, column, hidden)
            else:
                sheet.write_number(line, column, value)
    if worths:
        _write_worths(book, worths, locale, bold, header)
    book.close()


def _write_worths(
    book: xlsxwriter.Workbook, worths: Sequence[Worth], locale: Locale, bold: Format, header: Format
) -> None:
    sheet = book.add_worksheet(text("public.statistics.worth", locale))
    sheet.set_column(0, 0, 4 * _WIDE)
    sheet.set_column(1, 3, _NARROW)
    sheet.write_string(0, 0, text("public.statistics.worth", locale), bold)
    for column, name in enumerate(("worth_said", "worth_lowest", "worth_highest", "worth_gain")):
        sheet.write_string(2, column, text(f"public.statistics.{name}", locale), header)
    for line, worth in enumerate(worths, start=3):
        sheet.write_string(line, 0, worth.said)
        sheet.write_number(line, 1, worth.lowest)
        sheet.write_number(line, 2, worth.highest)
        if worth.gain is not None:
            sheet.write_number(line, 3, worth.gain)


def axis_label(row: StatisticsRow, axis: Axis, locale: Locale, towns: Mapping[str, str]) -> str:
    """Give what people call a row's place on an axis."""
    match axis:
        case Axis.TOWN:
            label = towns.get(row.town_path or "", row.town_path or "")
        case Axis.MONTH:
            label = row.month or ""
        case Axis.CATEGORY:
            label = text(f"report.category.{row.category}", locale)
        case Axis.SITUATION:
            label = text(f"public.situation.{row.situation}", locale)
        case Axis.REASON:
            label = _reason(row.reason, locale)
    return label


def _reason(code: str | None, locale: Locale) -> str:
    if code is None:
        return ""
    if code == NO_ROUND:
        return text("public.statistics.no_round", locale)
    return text(f"report.reason.{code}", locale)
