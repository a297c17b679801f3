"""
Faults as departments' files have them, put in at a stated rate and listed, so that an import can be judged.

A fault changes one cell of a row, or repeats a row at the end of its table. Rows that other tables refer to
get no fault that an importer must refuse them for: what is lost is then known beforehand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np
import polars as pl

from domain.identifiers import resident_check_character
from generator.chance import BoolArray
from generator.layout import ColumnLayout, Layout
from generator.shipped import table


class FaultKind(StrEnum):
    """What can be wrong with a cell or a row."""

    BAD_CHECK_DIGIT = "bad_check_digit"
    FUTURE_BIRTH_DATE = "future_birth_date"
    BLANK_REQUIRED = "blank_required"
    UNKNOWN_REGION = "unknown_region"
    DUPLICATE_ROW = "duplicate_row"
    AMOUNT_WITH_UNIT = "amount_with_unit"
    FULL_WIDTH_DIGITS = "full_width_digits"
    BROKEN_WINDOW = "broken_window"

    @property
    def readable(self) -> bool:
        """Whether a careful importer still reads the value that was meant."""
        return self in {FaultKind.AMOUNT_WITH_UNIT, FaultKind.FULL_WIDTH_DIGITS}


REFUSING = frozenset({FaultKind.BLANK_REQUIRED, FaultKind.DUPLICATE_ROW})
"""Kinds for which the row itself is not loaded; of a repeated row the first stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: where it stands (row 1-based, as a spreadsheet shows it) and what it is."""

    file: str
    sheet: str
    row: int
    column: str
    kind: FaultKind
    text: str
    table: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A table with its faults: cells to be written as text instead, and rows repeated at the end."""

    frame: pl.DataFrame
    cells: dict[tuple[int, str], str]
    faults: tuple[Fault, ...]
    repeated: int = 0


def plain_text(value: object, column: ColumnLayout) -> str:
    """Write one value as its column is written; the CSV writer does the same for whole columns."""
    if value is None:
        return ""
    if column.form == "yuan" and isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}"
    if column.form == "degree" and isinstance(value, float):
        return f"{value:.6f}"
    return str(value)


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() and c.isascii() else c for c in text)


def _wrong_check(text: str) -> str:
    last = text[-1]
    return text[:-1] + ("0" if last != "0" else "1")


def _future_birth(text: str) -> str:
    """Write a birth year centuries ahead; the check character follows, so only the date is wrong."""
    body = f"{text[:6]}2{text[7:17]}" if text[6] == "1" else f"{text[:6]}22{text[8:17]}"
    return body + resident_check_character(body)


def _broken_window(text: str) -> str:
    """Turn the first window round: it ends before it starts."""
    first, _, rest = text.partition("；")
    day, _, hours = first.rpartition(" ")
    start, _, end = hours.partition("-")
    turned = f"{day} {end}-{start}"
    return f"{turned}；{rest}" if rest else turned


def _unchanged(text: str) -> str:
    return text


def _blank(text: str) -> str:
    del text
    return ""


def _unknown_region(text: str) -> str:
    del text
    return table("files")["fault_words"]["unknown_region"]


def _with_unit(text: str) -> str:
    return f"{text}{table('files')['fault_words']['unit']}"


_SPOILERS: dict[FaultKind, Callable[[str], str]] = {
    FaultKind.BAD_CHECK_DIGIT: _wrong_check,
    FaultKind.FUTURE_BIRTH_DATE: _future_birth,
    FaultKind.BLANK_REQUIRED: _blank,
    FaultKind.UNKNOWN_REGION: _unknown_region,
    FaultKind.DUPLICATE_ROW: _unchanged,
    FaultKind.AMOUNT_WITH_UNIT: _with_unit,
    FaultKind.FULL_WIDTH_DIGITS: _full_width,
    FaultKind.BROKEN_WINDOW: _broken_window,
}


def _applies(kind: FaultKind, text: str) -> bool:
    """Whether the cell has what the fault spoils."""
    if not text:
        return False
    if kind is FaultKind.AMOUNT_WITH_UNIT:
        return text not in {"0", "0.00"}
    if kind is FaultKind.FUTURE_BIRTH_DATE:
        return len(text) == 18
    return True


def spoil(
    rng: np.random.Generator,
    layout: Layout,
    frame: pl.DataFrame,
    *,
    file: str,
    rate: float,
    held: BoolArray | None,
    among: int | None = None,
) -> Spoilt:
    """
    Put faults into a table.

    Parameters
    ----------
    layout
        Names the kinds of faults that may befall it.
    frame
        Rows of the table; not changed.
    file
        Name of the file it will stand in.
    rate
        Share of rows that get a fault; each row gets at most one.
    held
        True for rows that other tables refer to: none of them is made unloadable.
    among
        Only the first so many rows are drawn from: a list that is sent again keeps the faults it had.
    """
    if not layout.faults or not len(frame):
        return Spoilt(frame=frame, cells={}, faults=())
    drawn_from = len(frame) if among is None else among
    rows = np.sort(rng.permutation(drawn_from)[: round(drawn_from * rate)])
    kinds = rng.integers(0, len(layout.faults), len(rows))
    picked = frame[rows]
    key_column = layout.columns[0].name if layout.key != "stations" else "number"
    cells: dict[tuple[int, str], str] = {}
    faults: list[Fault] = []
    again: list[int] = []
    drawn = cast("list[tuple[int, int]]", list(zip(rows.tolist(), kinds.tolist(), strict=True)))
    for at, (row, kind_at) in enumerate(drawn):
        name, column_name = layout.faults[kind_at]
        kind, column = FaultKind(name), layout.column(column_name)
        text = plain_text(picked[column_name][at], column)
        blocked = held is not None and bool(held[row]) and kind is FaultKind.BLANK_REQUIRED
        if blocked or not _applies(kind, text):
            continue
        spoilt = _SPOILERS[kind](text)
        if kind is FaultKind.DUPLICATE_ROW:
            place = len(frame) + len(again)
            again.append(row)
        else:
            place = row
            cells[row, column_name] = spoilt
        faults.append(
            Fault(
                file=file, sheet=layout.sheet, row=layout.first_data_row + place, column=column.header,
                kind=kind, text=spoilt, table=layout.key, key=str(picked[key_column][at]),
            )
        )  # fmt: skip
    whole = pl.concat([frame, frame[again]]) if again else frame
    return Spoilt(frame=whole, cells=cells, faults=tuple(faults), repeated=len(again))
