"""How departments keep their tables: files, headers and forms, from ``generator/tables/files.toml``."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from generator.shipped import table

Encoding = Literal["utf-8", "utf-8-sig", "gb18030"]

TABLES = (
    "regions", "stations", "workers", "organisations", "points", "offers", "households", "residents", "kin",
    "volunteers", "qualifications", "covers", "needs", "slots", "items", "funds", "donations", "stock",
    "posts", "managers",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLayout:
    """A column of a table: our name, the header in the file, how values are written."""

    name: str
    header: str
    form: Literal["text", "number", "yuan", "date", "flag", "degree"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    One table as a department keeps it.

    ``title`` and ``department`` make title rows; ``totals`` a footer; ``merge_down`` a column whose equal
    neighbours are merged in a workbook; ``faults`` what may befall it, as (kind, column).
    """

    key: str
    file: str
    form: Literal["book", "csv"]
    columns: tuple[ColumnLayout, ...]
    sheet: str = ""
    title: str = ""
    department: str = ""
    encoding: Encoding = "utf-8"
    newline: Literal["\n", "\r\n"] = "\n"
    totals: tuple[str, ...] = ()
    merge_down: str | None = None
    codes: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def title_rows(self) -> int:
        """Rows above the header."""
        return 2 if self.title else 0

    @property
    def first_data_row(self) -> int:
        """Row of the first record, 1-based as a spreadsheet shows it."""
        return self.title_rows + 2

    def column(self, name: str) -> ColumnLayout:
        """Give a column by our name."""
        return next(column for column in self.columns if column.name == name)


def _layout(key: str, entry: dict[str, Any]) -> Layout:
    columns = tuple(
        ColumnLayout(name=name, header=header, form=form[0] if form else "text")
        for name, header, *form in entry["columns"]
    )
    return Layout(
        key=key,
        file=entry.get("file", ""),
        form=entry["form"],
        columns=columns,
        sheet=entry.get("sheet", ""),
        title=entry.get("title", ""),
        department=entry.get("department", ""),
        encoding=entry.get("encoding", "utf-8"),
        newline="\r\n" if entry.get("newline") == "crlf" else "\n",
        totals=tuple(entry.get("totals", ())),
        merge_down=entry.get("merge_down"),
        codes=tuple(entry.get("codes", ())),
        faults=tuple((kind, column) for kind, column in entry.get("faults", ())),
    )


_ONLY_WHERE = {"resident": "numbered", "birth_date": "born"}
"""Columns that only lists of some mark have."""


@cache
def layout(key: str) -> Layout:
    """Give the layout of one table of ``TABLES``."""
    return _layout(key, table("files")[key])


def department_layout(entry: dict[str, Any], position: int) -> Layout:
    """Give the layout of a department's list: the common columns under the headers of its own."""
    common = _layout(entry["key"], table("files")["department"])
    own = {
        "number": entry["number_header"],
        "amount_fen": entry["amount_header"],
        "occurred_on": entry["date_header"],
    }
    columns = tuple(
        replace(column, header=own.get(column.name, column.header))
        for column in common.columns
        if entry.get(_ONLY_WHERE.get(column.name, "file"))
    )
    return replace(
        common,
        file=f"{21 + position}_{entry['file']}",
        columns=columns,
        encoding=entry["encoding"],
        newline="\r\n" if entry["encoding"] == "gb18030" else "\n",
    )
