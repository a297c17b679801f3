"""The clerk's own sheets with each problem cell marked and explained, as one workbook to send back."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs

from importers.issues import Issue, Severity
from importers.load import recognise
from importers.mapping import AUTO, SHIPPED, ColumnKind, MappingCatalogue
from importers.privacy import head, masked
from importers.sheets import Sheet, Value, cell_text, column_letter
from locales import Locale, text

_MOST_ROWS = 200_000
"""Longer sheets are given by their header and the rows that have issues alone."""
_NAME_CHARACTERS = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_FILLS = {Severity.REFUSED: "#FFC7CE", Severity.FLAGGED: "#FFEB9C"}
_COLUMNS = ("place", "header", "severity", "wrong", "remedy", "raw", "suggestion")
_WIDTHS = (14, 24, 10, 48, 48, 32, 24)
_COMMENTS_MOST = 20_000


def write_marked(
    path: Path,
    issues: Sequence[Issue],
    out: Path,
    *,
    locale: Locale,
    mapping: str = AUTO,
    mappings: MappingCatalogue = SHIPPED,
) -> int:
    """
    Write the file as a workbook whose problem cells are filled and carry a comment; give how many are marked.

    The layout of each sheet stays: rows, columns and merged cells stand where they stood. Identity numbers are cut
    short as in every report. A last sheet lists every issue with what to do, and leads to its cell.

    Parameters
    ----------
    path
        The file that was imported.
    issues
        Of its report.
    out
        The workbook to write.
    """
    one = recognise(path, mapping, mappings)
    hidden = {
        sheet.name: {p for c, p in m.columns.items() if m.mapping.columns[c].kind is ColumnKind.ID_NUMBER}
        for sheet, m in one.matches
    }
    headers = {sheet.name: m.last_row for sheet, m in one.matches}
    book = _Book(out, locale)
    sheets: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in [*(s for s, _ in one.matches), *one.unmapped]:
        sheets[sheet.name.partition("#")[0]].append(sheet)
    for name, parts in sheets.items():
        here = [issue for issue in issues if issue.sheet in {part.name for part in parts}]
        original = next((s for s in one.file.sheets if s.name == name), parts[0])
        concealed = set[int]().union(*(hidden.get(part.name, set()) for part in parts))
        book.sheet(original, here, concealed, min((headers.get(p.name, 0) for p in parts), default=0))
    book.explain(issues)
    book.close()
    return book.marked


class _Book:
    """The workbook being written."""

    def __init__(self, out: Path, locale: Locale) -> None:
        self._locale = locale
        self._book: Any = xlsxwriter.Workbook(
            str(out), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self._fills = {
            severity: self._book.add_format({"bg_color": colour, "border": 1})
            for severity, colour in _FILLS.items()
        }
        self._bold = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._names: dict[str, str] = {}
        self._rows: dict[str, dict[int, int]] = {}
        self.marked = 0

    def sheet(self, sheet: Sheet, issues: Sequence[Issue], concealed: set[int], header_row: int) -> None:
        """Write one sheet with its marks."""
        name = self._name(sheet.name)
        page = self._book.add_worksheet(name)
        marks = self._marks(issues)
        rows = {row for row, _ in marks}
        long = sum(1 for _ in sheet.rows()) > _MOST_ROWS
        places = self._rows.setdefault(sheet.name, {})
        at = 0
        for number, cells in sheet.rows():
            if long and number not in rows and number > header_row:
                continue
            line = at if long else number - (0 if self._counts_from_zero(sheet) else 1)
            places[number] = line
            at += 1
            for position, value in enumerate(cells):
                shown = self._shown(value, position in concealed and number > header_row)
                mark = marks.get((number, position))
                if shown is not None or mark:
                    page.write(line, position, "" if shown is None else shown, self._format(mark))
            for position in (
                sorted(p for row, p in marks if row == number and p >= len(cells)) if number in rows else ()
            ):
                page.write_blank(line, position, None, self._format(marks[number, position]))
            for position in sorted(p for row, p in marks if row == number) if number in rows else ():
                self._comment(page, line, position, marks[number, position])
        if not long:
            self._merge(page, sheet, marks)
        page.freeze_panes(header_row if header_row and not long else 0, 0)

    def _counts_from_zero(self, sheet: Sheet) -> bool:
        first = next(iter(sheet.rows()), None)
        return first is not None and first[0] == 0

    def _merge(self, page: Any, sheet: Sheet, marks: dict[tuple[int, int], list[Issue]]) -> None:  # noqa: ANN401 - no stubs
        values = {m.first_row: m for m in sheet.merges}
        texts = {number: cells for number, cells in sheet.rows() if number in values}
        taken: set[tuple[int, int]] = set()
        for merge in sheet.merges:
            area = {
                (r, c)
                for r in range(merge.first_row, merge.last_row + 1)
                for c in range(merge.first_column, merge.last_column + 1)
            }
            cells = texts.get(merge.first_row, ())
            if len(area) < 2 or area & taken or area & marks.keys():
                continue
            taken |= area
            value = self._shown(cells[merge.first_column], False) if merge.first_column < len(cells) else ""
            page.merge_range(
                merge.first_row - 1, merge.first_column, merge.last_row - 1, merge.last_column, value or ""
            )

    def _marks(self, issues: Sequence[Issue]) -> dict[tuple[int, int], list[Issue]]:
        marks: dict[tuple[int, int], list[Issue]] = defaultdict(list)
        for issue in issues:
            if issue.row is not None:
                marks[issue.row, _position(issue.column)].append(issue)
        return marks

    def _comment(self, page: Any, line: int, position: int, issues: Sequence[Issue]) -> None:  # noqa: ANN401 - no stubs
        self.marked += 1
        if self.marked <= _COMMENTS_MOST:
            said = "\n".join(f"{self._wrong(issue)} {self._remedy(issue)}" for issue in issues)
            page.write_comment(line, position, said[:2000], {"x_scale": 2})

    def _format(self, issues: Sequence[Issue] | None) -> Any:  # noqa: ANN401 - no stubs
        if not issues:
            return None
        refused = any(issue.severity is Severity.REFUSED for issue in issues)
        return self._fills[Severity.REFUSED if refused else Severity.FLAGGED]

    def _shown(self, value: Value, conceal: bool) -> str | int | float | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            said = cell_text(value) if not isinstance(value, str) else value
            return (head(said.strip()) if conceal else masked(said))[:32_767]
        return (
            head(cell_text(value))
            if conceal
            else value
            if masked(cell_text(value)) == cell_text(value)
            else masked(cell_text(value))
        )

    def _name(self, name: str) -> str:
        bare = (name.translate(_FORBIDDEN).strip("'") or self._word("sheet"))[:_NAME_CHARACTERS]
        taken = {one.lower() for one in self._names.values()}
        made, number = bare, 2
        while made.lower() in taken:
            made = f"{bare[: _NAME_CHARACTERS - 4]}~{number}"
            number += 1
        self._names[name] = made
        return made

    def explain(self, issues: Sequence[Issue]) -> None:
        """List every issue with what to do; a click leads to its cell."""
        page = self._book.add_worksheet(self._name(self._word("issues")))
        for position, (key, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True)):
            page.write_string(0, position, self._word(key), self._bold)
            page.set_column(position, position, width)
        for line, issue in enumerate(issues[:_MOST_ROWS], start=1):
            self._link(page, line, issue)
            said = (
                issue.header or "", text(f"importers.severity.{issue.severity.value}", self._locale),
                self._wrong(issue), self._remedy(issue), issue.raw, issue.suggestion or "",
            )  # fmt: skip
            for position, words in enumerate(said, start=1):
                page.write_string(line, position, words[:32_767], self._wrapped)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(1, len(issues)), len(_COLUMNS) - 1)

    def _link(self, page: Any, line: int, issue: Issue) -> None:  # noqa: ANN401 - no stubs
        name = issue.sheet.partition("#")[0]
        place = f"{name} {issue.column or ''}{issue.row if issue.row is not None else ''}".strip()
        there = self._rows.get(name, {}).get(issue.row) if issue.row is not None else None
        if there is None:
            page.write_string(line, 0, place)
            return
        target = self._names[name].replace("'", "''")
        cell = f"{column_letter(_position(issue.column))}{there + 1}"
        page.write_url(line, 0, f"internal:'{target}'!{cell}", None, place or cell)

    def _wrong(self, issue: Issue) -> str:
        return text(f"importers.issue.{issue.code.value}", self._locale)

    def _remedy(self, issue: Issue) -> str:
        said = text(f"importers.remedy.{issue.code.value}", self._locale)
        if issue.suggestion:
            said += " " + text("importers.marked.meant", self._locale, suggestion=issue.suggestion)
        return said

    def _word(self, key: str) -> str:
        return text(f"importers.marked.{key}", self._locale)

    def close(self) -> None:
        """Finish the workbook; the list of issues is what opens first where nothing is marked."""
        self._book.close()


def _position(column: str | None) -> int:
    """Give the position of a column's letters; what concerns a whole row is marked in its first cell."""
    number = 0
    for letter in column or "A":
        number = number * 26 + ord(letter) - 64
    return number - 1
