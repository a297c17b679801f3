"""Statistics of needs as a workbook for offices."""

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs

from domain.publication import CROWD
from locales import Locale, text
from workflows.statistics.needs import NO_ROUND, Axis, Statistics, StatisticsRow

_FIGURES = ("posted", "verified", "fulfilled", "unmet", "unmet_points")
_WIDE = 22
_NARROW = 12


def write_workbook(statistics: Statistics, path: Path, *, locale: Locale, towns: Mapping[str, str]) -> None:
    """
    Write one sheet: a title, the span, a header, a row a cell.

    Texts are written as texts: none is taken for a formula, a number or a link.

    Parameters
    ----------
    towns
        Names of towns by region path; a path without a name is shown itself.
    """
    book = xlsxwriter.Workbook(
        str(path),
        {
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
    book.close()


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
