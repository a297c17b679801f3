"""A reconciliation as a workbook for offices, and as JSON for programs."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs

from domain.money import FEN_PER_YUAN
from importers.gift_lists import GiftRow
from locales import Locale, text
from workflows.donations.reconciling import KeptGift, Match, Reconciliation

Cell = str | int | Decimal | date | None
_WIDTH = 20
_ROW = ("file", "sheet", "row", "donor", "passed_on_for", "amount", "day", "reference")
_GIFT = ("gift", "donor", "passed_on_for", "amount", "day", "reference", "state")


def figures_of(found: Reconciliation) -> dict[str, tuple[int, int | None]]:
    """Give count and fen of each part, in the order that offices read them; fen is None where none are known."""
    rows = sum(len(sheet.rows) for sheet in found.sheets)
    stated = [sheet.fen_stated for sheet in found.sheets if sheet.fen_stated is not None]
    matched = sum(len(match.gifts) for match in found.matches)
    stated_rows = sum(sheet.rows_stated or 0 for sheet in found.sheets)
    return {
        "rows_read": (rows, found.rows_fen),
        "rows_stated": (stated_rows, sum(stated) if stated else None),
        "rows_refused": (sum(len(sheet.refused) for sheet in found.sheets), None),
        "rows_matched": (len(found.matches), found.matched_fen),
        "rows_unmatched": (len(found.unmatched_rows), sum(r.amount_fen for r in found.unmatched_rows)),
        "gifts_compared": (matched + len(found.unmatched_gifts), found.gifts_fen),
        "gifts_matched": (matched, sum(m.gifts_fen for m in found.matches)),
        "gifts_unmatched": (len(found.unmatched_gifts), sum(g.amount_fen for g in found.unmatched_gifts)),
        "repeats_flagged": (len(found.repeats), sum(r.row.amount_fen for r in found.repeats)),
    }


def plain(found: Reconciliation) -> dict[str, object]:
    """Give a reconciliation as JSON: amounts in fen, days in ISO 8601."""
    return {
        "holds": found.holds,
        "complete": found.is_complete,
        "proofs": {name: list(pair) for name, pair in found.proofs.items()},
        "figures": {name: {"count": n, "fen": fen} for name, (n, fen) in figures_of(found).items()},
        "matched": [_match(match) for match in found.matches],
        "unmatched_rows": [_row(row) for row in found.unmatched_rows],
        "unmatched_gifts": [_gift(gift) for gift in found.unmatched_gifts],
        "repeats": [{**_row(each.row), "like_row": each.like.row} for each in found.repeats],
        "refused": [
            {"file": sheet.file, "sheet": sheet.sheet, "row": issue.row, "reason": issue.code.value}
            for sheet in found.sheets
            for issue in sheet.refused
        ],
    }


def _match(match: Match) -> dict[str, object]:
    return {
        **_row(match.row),
        "gifts": [gift.id for gift in match.gifts],
        "by": match.by.value,
        "candidates": match.candidates,
    }


def _row(row: GiftRow) -> dict[str, object]:
    return {"file": row.file, "sheet": row.sheet, "row": row.row, **_said(row)}


def _gift(gift: KeptGift) -> dict[str, object]:
    return {"gift": gift.id, **_said(gift), "state": gift.state.value}


def _said(side: GiftRow | KeptGift) -> dict[str, object]:
    return {
        "donor": side.donor_name,
        "passed_on_for": side.passed_on_for,
        "amount_fen": side.amount_fen,
        "day": None if side.given_on is None else side.given_on.isoformat(),
        "reference": side.reference,
    }


def write_reconciliation(found: Reconciliation, path: Path, locale: Locale) -> None:
    """Write one sheet a part: totals, matched, left on either side, listed twice perhaps, unreadable."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    money = book.add_format({"num_format": "#,##0.00"})

    def say(name: str) -> str:
        return text(f"donations.reconcile.{name}", locale)

    def write(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        sheet = book.add_worksheet(say(name))
        sheet.set_column(0, len(columns) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, say(column), bold)
        for line, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, place, float(cell), money)
                elif isinstance(cell, int):
                    sheet.write_number(line, place, cell)
                elif cell is not None:
                    sheet.write_string(line, place, str(cell))

    write(
        "summary",
        ("figure", "count", "amount"),
        ((say(name), count, _yuan(fen)) for name, (count, fen) in figures_of(found).items()),
    )
    write(
        "matched",
        (*_ROW, "gift", "how", "candidates"),
        (
            (*_row_cells(m.row), gift.id, _how(m, locale), m.candidates)
            for m in found.matches
            for gift in m.gifts
        ),
    )
    write("unmatched_rows", _ROW, (_row_cells(row) for row in found.unmatched_rows))
    write("unmatched_gifts", _GIFT, (_gift_cells(gift, locale) for gift in found.unmatched_gifts))
    write(
        "repeated",
        (*_ROW, "other"),
        ((*_row_cells(each.row), each.like.row) for each in found.repeats),
    )
    write(
        "refused",
        ("file", "sheet", "row", "reason"),
        (
            (sheet.file, sheet.sheet, issue.row, text(f"importers.issue.{issue.code.value}", locale))
            for sheet in found.sheets
            for issue in sheet.refused
        ),
    )
    book.close()


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / FEN_PER_YUAN


def _how(match: Match, locale: Locale) -> str:
    return text(f"donations.how.{match.by.value}", locale)


def _row_cells(row: GiftRow) -> tuple[Cell, ...]:
    return (
        row.file,
        row.sheet,
        row.row,
        row.donor_name,
        row.passed_on_for,
        _yuan(row.amount_fen),
        row.given_on,
        row.reference,
    )


def _gift_cells(gift: KeptGift, locale: Locale) -> tuple[Cell, ...]:
    return (
        gift.id,
        gift.donor_name,
        gift.passed_on_for,
        _yuan(gift.amount_fen),
        gift.given_on,
        gift.reference,
        text(f"donations.state.{gift.state.value}", locale),
    )
