"""The differences of a run as a workbook, a sheet for each town."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs

from graph.reads.comparisons import ComparisonLineRow, ComparisonRow
from locales import Locale, text
from workflows.comparing.covering import town_of
from workflows.protection.masks import shown, shown_mask
from workflows.workspace import Workspace

COLUMNS = (
    "kind",
    "number",
    "number_before",
    "person",
    "id_number",
    "household",
    "changes",
    "row",
    "row_before",
)
_WIDTHS = (12, 18, 18, 12, 22, 18, 60, 8, 8)
_LONGEST_NAME = 31
_REFUSED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))

Line = tuple[ComparisonLineRow, str | None]
"""A line and the file number of its household."""


def write_differences(
    ws: Workspace,
    run: ComparisonRow,
    lines: Sequence[Line],
    out: Path | IO[bytes],
    *,
    locale: Locale,
    towns: Mapping[str, str],
) -> int:
    """
    Write a sheet for each town; give how many there are.

    Texts are written as texts: none is taken for a formula, a number or a link.

    Parameters
    ----------
    towns
        Names of towns by region path; a path without a name is shown itself.
    """
    by_town: dict[str, list[Line]] = {}
    for line in lines:
        by_town.setdefault(town_of(line[0].region_path), []).append(line)
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    header = book.add_format({"bold": True, "bottom": 1})
    taken: set[str] = set()
    span = text(
        "cli.compare.span",
        locale,
        after=run.after_file,
        before=run.before_file or "",
        on=run.compared_on.isoformat(),
    )
    for town in sorted(by_town) or ["/"]:
        sheet = book.add_worksheet(_sheet_name(towns.get(town, town), taken))
        sheet.write_string(0, 0, f"{run.title}  {towns.get(town, town)}")
        sheet.write_string(1, 0, span)
        for column, name in enumerate(COLUMNS):
            sheet.write_string(3, column, text(f"cli.compare.columns.{name}", locale), header)
            sheet.set_column(column, column, _WIDTHS[column])
        sheet.freeze_panes(4, 0)
        for at, line in enumerate(by_town.get(town, ()), start=4):
            for column, value in enumerate(cells(ws, *line, locale)):
                sheet.write_string(at, column, value)
    book.close()
    return len(by_town)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Give a name that a sheet may have and no other has."""
    plain = name.translate(_REFUSED).strip(" '")[:_LONGEST_NAME] or "-"
    chosen, count = plain, 1
    while chosen.lower() in taken:
        count += 1
        suffix = f" {count}"
        chosen = plain[: _LONGEST_NAME - len(suffix)] + suffix
    taken.add(chosen.lower())
    return chosen


def cells(ws: Workspace, line: ComparisonLineRow, file_number: str | None, locale: Locale) -> list[str]:
    """Give a line as people read it."""
    changes = (
        f"{field_name(each.field, locale)}: {shown(ws, each.before) or '–'} → {shown(ws, each.after) or '–'}"
        for each in line.changes
    )
    return [
        text(f"workflows.compare_difference.{line.kind.value}", locale),
        line.number or "",
        line.number_before or "",
        line.person_name or "",
        shown_mask(ws, line.person_number) or "",
        file_number or "",
        "; ".join(changes),
        str(line.source_row or ""),
        str(line.source_row_before or ""),
    ]


def field_name(name: str, locale: Locale) -> str:
    """Word a field, where there is a word for it."""
    key = f"cli.compare.fields.{name}"
    worded = text(key, locale)
    return name if worded == key else worded
