"""Lists of gifts as a bank, a charity or a newspaper gives them, read to be held against gifts that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from domain.actors import Scope
from domain.errors import MappingError
from domain.giving import DonationKind
from importers.batches import Batch
from importers.issues import Issue, Severity
from importers.load import prepare, recognise
from importers.mapping import AUTO
from importers.tables import ROW

_DONATION = "Donation"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftRow:
    """
    One row of a list: the gift that an import would make of it.

    ``gift_id`` is the id that it would have: a row that was imported is known by it.
    """

    gift_id: str
    file: str
    sheet: str
    row: int
    donor_name: str | None
    passed_on_for: str | None
    amount_fen: int
    given_on: date | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftSheet:
    """
    A list, and what it says of itself.

    Parameters
    ----------
    refused
        Issues of rows that are no gift or cannot be read.
    rows_stated, fen_stated
        What the footer says, None where it says nothing.
    """

    file: str
    sheet: str
    rows: tuple[GiftRow, ...]
    refused: tuple[Issue, ...]
    rows_stated: int | None
    fen_stated: int | None


def read_gifts(
    path: Path, *, scope: Scope, day: date, mapping: str = AUTO, identity_key: bytes | None = None
) -> tuple[GiftSheet, ...]:
    """
    Read the lists of gifts of money in a file.

    Raises
    ------
    UnreadableFileError
        The file cannot be read.
    MappingError
        No saved mapping fits, or none that makes gifts of it.
    """
    batches = prepare(recognise(path, mapping), identity_key, scope, day)
    read = [_sheet(batch) for batch in batches if any(n.label == _DONATION for n in batch.nodes)]
    sheets = tuple(sheet for sheet in read if sheet.rows or sheet.refused)
    if not sheets:
        raise MappingError(f"{path.name} holds no list of gifts", file=path.name)
    return sheets


def _sheet(batch: Batch) -> GiftSheet:
    sheet = batch.table.sheet
    stated = {each.measure: each.value for each in batch.table.stated}
    totals = batch.table.mapping.totals
    rows = [
        _row(sheet.file_name, sheet.name, row)
        for nodes in batch.nodes
        if nodes.label == _DONATION
        for row in nodes.frame.iter_rows(named=True)
        if row.get("kind") != DonationKind.GOODS.value and row.get("amount_fen")
    ]
    return GiftSheet(
        file=sheet.file_name,
        sheet=sheet.name,
        rows=tuple(sorted(rows, key=lambda row: row.row)),
        refused=tuple(issue for issue in batch.issues if issue.severity is Severity.REFUSED),
        rows_stated=stated.get("rows"),
        fen_stated=stated.get(totals[0]) if totals else None,
    )


def _row(file: str, sheet: str, row: dict[str, Any]) -> GiftRow:
    return GiftRow(
        gift_id=row["id"],
        file=file,
        sheet=sheet,
        row=row[ROW],
        donor_name=row.get("donor_name"),
        passed_on_for=row.get("passed_on_for"),
        amount_fen=row["amount_fen"],
        given_on=row.get("given_on"),
        reference=row.get("reference"),
    )


def rows_of(sheets: Sequence[GiftSheet]) -> list[GiftRow]:
    """Give the rows of several lists, one after another."""
    return [row for sheet in sheets for row in sheet.rows]
