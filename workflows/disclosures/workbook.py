"""
A pack as a workbook: sheets that people read, every total a formula with the checked figure beside it.

Money stands in yuan with two decimals, which spreadsheets add exactly up to 10^13 yuan when they round; the checked
figures come from the file in fen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # the package has no stubs
from xlsxwriter.format import Format  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.utility import xl_rowcol_to_cell  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.worksheet import Worksheet  # pyright: ignore[reportMissingTypeStubs]

from domain.money import FEN_PER_YUAN
from locales import Locale, catalogue, text
from workflows.disclosures.pack import Count, Pack, Sums

_MONEY = "#,##0.00"
_SUMS = (
    "opening_fen",
    "received_fen",
    "transferred_fen",
    "spent_fen",
    "returned_fen",
    "closing_fen",
    "reserved_fen",
)
_WIDE, _NARROW = 34, 16
_HEADER_ROW = 2

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount, shown in yuan."""

    fen: int | None


class _Book:
    """A workbook in one language, and its formats."""

    def __init__(self, out: Path | IO[bytes], locale: Locale) -> None:
        self.book = xlsxwriter.Workbook(
            out, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.locale = locale
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.header = self.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.money = self.book.add_format({"num_format": _MONEY})
        self.total = self.book.add_format({"num_format": _MONEY, "bold": True, "top": 1})
        self.bold = self.book.add_format({"bold": True, "top": 1})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top"})

    def word(self, key: str, **parameters: object) -> str:
        """Give a text of the packs' own."""
        return text(f"disclosures.{key}", self.locale, **parameters)

    def sheet(self, name: str, columns: Sequence[str]) -> Worksheet:
        """Begin a sheet with its title and header."""
        sheet = self.book.add_worksheet(self.word(f"sheet.{name}"))
        sheet.write_string(0, 0, self.word(f"sheet.{name}"), self.title)
        for column, each in enumerate(columns):
            sheet.write_string(_HEADER_ROW, column, self.word(f"column.{each}"), self.header)
        sheet.set_column(0, 0, _WIDE)
        sheet.set_column(1, max(1, len(columns) - 1), _NARROW)
        sheet.freeze_panes(_HEADER_ROW + 1, 1)
        return sheet

    def row(self, sheet: Worksheet, line: int, cells: Sequence[Cell | Fen]) -> None:
        """Write a row; None leaves a cell empty."""
        for column, cell in enumerate(cells):
            if isinstance(cell, Fen):
                if cell.fen is not None:
                    sheet.write_number(line, column, cell.fen / FEN_PER_YUAN, self.money)
            elif isinstance(cell, int):
                sheet.write_number(line, column, cell)
            elif cell is not None:
                sheet.write_string(line, column, cell)

    def count(self, count: Count) -> Cell:
        """Give a count, or that it is not told."""
        return self.word("fewer", crowd=count.fewer_than) if count.value is None else count.value

    def member(self, group: str, value: str) -> str:
        """Give what people call a code; a code that has no word stands for itself."""
        key = f"{group}.{value}"
        return text(key, self.locale) if key in catalogue(self.locale) else value


def write_pack(pack: Pack, out: Path | IO[bytes], locale: Locale) -> None:
    """
    Write a pack as a workbook.

    Parameters
    ----------
    out
        A path, or a file that is open for writing.
    """
    made = _Book(out, locale)
    made.book.set_properties(
        {"title": made.word("title", name=pack.organisation.name, period=pack.period.name)}
    )
    _about(made, pack)
    _projects(made, pack)
    _books(made, pack)
    _movements(made, pack)
    _income(made, pack)
    _duties(made, pack)
    _annual(made, pack)
    _control(made, pack)
    made.book.close()


def _about(made: _Book, pack: Pack) -> None:
    sheet = made.book.add_worksheet(made.word("sheet.about"))
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 1, 2 * _WIDE)
    sheet.write_string(
        0, 0, made.word("title", name=pack.organisation.name, period=pack.period.name), made.title
    )
    lines: dict[str, Cell] = {
        "organisation": pack.organisation.name,
        "credit_code": pack.organisation.credit_code,
        "first_day": pack.period.start.isoformat(),
        "end_day": pack.period.end.isoformat(),
        "read_at": pack.period.read_at.isoformat(timespec="seconds"),
        "final": made.word("yes" if pack.period.final else "no_still_runs"),
        "pack": pack.id,
        "corrects": None if pack.corrects is None else f"{pack.corrects.pack_id}: {pack.corrects.reason}",
        "goods_gifts": pack.goods.gifts,
        "entries": pack.ledger.entries,
        "entries_in_period": pack.ledger.entries_in_period,
    }
    for line, (name, value) in enumerate(lines.items(), start=2):
        made.row(sheet, line, [made.word(f"about.{name}"), value])
    sheet.write_string(len(lines) + 3, 0, made.word("note"), made.wrap)


def _sums(sums: Sums) -> list[Fen]:
    return [Fen(getattr(sums, name)) for name in _SUMS]


def _total_row(
    made: _Book, sheet: Worksheet, first: int, line: int, column: int, checked: Sequence[int]
) -> None:
    """Write a row of totals: formulas over the rows from ``first`` on, then the checked figures below."""
    sheet.write_string(line, 0, made.word("total"), made.bold)
    sheet.write_string(line + 1, 0, made.word("checked"))
    for place, fen in enumerate(checked):
        top, bottom = (xl_rowcol_to_cell(row, column + place) for row in (first, line - 1))
        value = fen / FEN_PER_YUAN
        formula = f"=ROUND(SUM({top}:{bottom}),2)" if line > first else "=0"
        _formula(sheet, line, column + place, formula, made.total, value)
        sheet.write_number(line + 1, column + place, value, made.money)


def _formula(sheet: Worksheet, line: int, column: int, formula: str, style: Format, value: float) -> None:
    """Write a formula with the figure that it gives, for programs that compute none."""
    sheet.write_formula(line, column, formula, style, value)  # pyright: ignore[reportArgumentType]  # takes floats


def _closing(made: _Book, sheet: Worksheet, line: int, column: int, sums: Sums) -> None:
    """Write the closing sum as what follows from the row's other figures."""
    opening, received, transferred, spent, returned = (
        xl_rowcol_to_cell(line, column + place) for place in range(5)
    )
    formula = f"=ROUND({opening}+{received}+{transferred}-{spent}-{returned},2)"
    _formula(sheet, line, column + 5, formula, made.money, sums.closing_fen / FEN_PER_YUAN)


def _table(
    made: _Book,
    name: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Sequence[Cell | Fen], Sums]],
    totals: Sums,
) -> None:
    """Write rows that end with the seven sums, and their totals."""
    sheet = made.sheet(name, (*columns, *_SUMS))
    start = _HEADER_ROW + 1
    at = len(columns)
    for line, (cells, sums) in enumerate(rows, start=start):
        made.row(sheet, line, [*cells, *_sums(sums)])
        _closing(made, sheet, line, at, sums)
    _total_row(made, sheet, start, start + len(rows), at, [getattr(totals, each) for each in _SUMS])


def _projects(made: _Book, pack: Pack) -> None:
    rows: list[tuple[Sequence[Cell | Fen], Sums]] = [
        (
            [
                project.name or made.word("unnamed"),
                project.number,
                made.word(f"project.{project.kind}"),
                ", ".join(project.funds),
                ", ".join(made.member("report.category", each) for each in project.purpose.categories)
                or made.word("any"),
                ", ".join(made.member("public.situation", each) for each in project.purpose.situations)
                or made.word("any"),
                _span(project.purpose.first, project.purpose.end),
                Fen(project.to_needs_fen),
                made.count(project.households),
                made.count(project.institutions),
                Fen(project.goods_valued_fen),
            ],
            project.sums,
        )
        for project in pack.projects
    ]
    columns = (
        "project", "number", "kind", "funds", "categories", "situations", "span", "to_needs", "households",
        "institutions", "goods_valued",
    )  # fmt: skip
    _table(made, "projects", columns, rows, pack.totals)


def _span(first: object, end: object) -> str:
    return "" if first is None and end is None else f"{first or ''} – {end or ''}"


def _books(made: _Book, pack: Pack) -> None:
    rows: list[tuple[Sequence[Cell | Fen], Sums]] = [
        (
            [
                book.fund_name,
                made.member("funds.fund_type", book.fund_type.value),
                made.word("own_money")
                if book.earmark_id is None
                else book.earmark_name or made.word("unnamed"),
                book.project,
            ],
            book.sums,
        )
        for book in pack.books
    ]
    _table(made, "books", ("fund", "kind", "part", "number"), rows, pack.totals)


def _movements(made: _Book, pack: Pack) -> None:
    sheet = made.sheet("movements", ("fund", "part", "entry", "of", "debit", "credit", "amount_fen"))
    line = _HEADER_ROW
    for book in pack.books:
        for each in book.movements:
            line += 1
            part = (
                made.word("own_money")
                if book.earmark_id is None
                else book.earmark_name or made.word("unnamed")
            )
            made.row(
                sheet,
                line,
                [
                    book.fund_name,
                    part,
                    text(f"workflows.fund_entry_kind.{each.kind.value}", made.locale),
                    None
                    if each.of is None
                    else text(f"workflows.fund_entry_kind.{each.of.value}", made.locale),
                    text(f"workflows.fund_account.{each.debit.value}", made.locale),
                    text(f"workflows.fund_account.{each.credit.value}", made.locale),
                    Fen(each.amount_fen),
                ],
            )
    moved = sum(each.amount_fen for book in pack.books for each in book.movements)
    _total_row(made, sheet, _HEADER_ROW + 1, line + 1, 6, [moved])


def _income(made: _Book, pack: Pack) -> None:
    sheet = made.sheet("income", ("giver", "gifts", "amount_fen"))
    start = _HEADER_ROW + 1
    for line, each in enumerate(pack.income.lines, start=start):
        made.row(sheet, line, [made.word(f"giver.{each.giver}"), each.gifts, Fen(each.amount_fen)])
    line = start + len(pack.income.lines)
    _total_row(made, sheet, start, line, 2, [pack.income.total_fen])
    if pack.income.named:
        line += 3
        sheet.write_string(line, 0, made.word("named"), made.title)
        for each in pack.income.named:
            line += 1
            day = "" if each.given_on is None else each.given_on.isoformat()
            made.row(sheet, line, [each.donor, day, Fen(each.amount_fen)])
    if pack.goods.stock:
        line += 3
        sheet.write_string(line, 0, made.word("stock"), made.title)
        for change in pack.goods.stock:
            line += 1
            cells = [
                change.item,
                change.quantity,
                change.unit,
                text(f"funds.stock_line_kind.{change.kind.value}", made.locale),
            ]
            made.row(sheet, line, cells)


def _duties(made: _Book, pack: Pack) -> None:
    columns = ("duty", "number", "amount_fen", "arose_on", "due_on", "published_on", "state")
    sheet = made.sheet("duties", columns)
    start = _HEADER_ROW + 1
    for line, each in enumerate(pack.duties.items, start=start):
        told = "published" if each.published_on else "overdue" if each.overdue else "with_this_pack"
        made.row(
            sheet,
            line,
            [
                text(f"workflows.disclosure_kind.{each.kind.value}", made.locale),
                each.project,
                Fen(each.amount_fen),
                each.arose_on.isoformat(),
                each.due_on.isoformat(),
                None if each.published_on is None else each.published_on.isoformat(),
                made.word(told),
            ],
        )
    line = start + len(pack.duties.items)
    _total_row(made, sheet, start, line, 2, [sum(each.amount_fen for each in pack.duties.items)])
    line += 3
    figures: dict[str, Cell | Fen] = {
        "related_party_fen": Fen(pack.duties.related_party_fen),
        "related_list_due_on": pack.duties.related_list_due_on.isoformat(),
        "project_due": made.count(pack.duties.project_due),
        "project_published": made.count(pack.duties.project_published),
        "project_overdue": made.count(pack.duties.project_overdue),
    }
    for offset, (name, value) in enumerate(figures.items()):
        made.row(sheet, line + offset, [made.word(f"about.{name}"), value])


def _annual(made: _Book, pack: Pack) -> None:
    sheet = made.sheet("annual", ("figure", "value"))
    annual = pack.annual
    figures: dict[str, Cell | Fen] = {
        "year": annual.year,
        "end_day": annual.end.isoformat(),
        "income_fen": Fen(annual.income_fen),
        "charitable_fen": Fen(annual.charitable_fen),
        "management_fen": Fen(annual.management_fen),
        "charity_class": None
        if annual.charity_class is None
        else made.member("funds.charity_class", annual.charity_class.value),
        "income_last_year_fen": Fen(annual.income_last_year_fen),
        "net_assets_fen": Fen(annual.net_assets_fen),
        "payout_floor_fen": Fen(annual.payout_floor_fen),
        "payout_bp": _percent(annual.payout_bp),
        "floor_bp": _percent(annual.floor_bp),
        "to_spend_fen": Fen(annual.to_spend_fen),
        "management_ceiling_fen": Fen(annual.management_ceiling_fen),
        "management_bp": _percent(annual.management_bp),
        "ceiling_bp": _percent(annual.ceiling_bp),
        "management_exempt": None
        if annual.management_exempt is None
        else made.word("yes" if annual.management_exempt else "no"),
        "source": annual.source,
    }
    for line, (name, value) in enumerate(figures.items(), start=_HEADER_ROW + 1):
        made.row(sheet, line, [made.word(f"about.{name}"), value])


def _percent(bp: int | None) -> Cell:
    return None if bp is None else f"{bp // 100}.{bp % 100:02d} %"


def _control(made: _Book, pack: Pack) -> None:
    sheet = made.sheet("control", ("figure", "pack", "ledger", "difference"))
    line = _HEADER_ROW
    for each in pack.ledger.controls:
        line += 1
        made.row(sheet, line, [made.word(f"column.{each.name}"), Fen(each.pack_fen), Fen(each.ledger_fen)])
        one, other = (xl_rowcol_to_cell(line, column) for column in (1, 2))
        difference = (each.pack_fen - each.ledger_fen) / FEN_PER_YUAN
        _formula(sheet, line, 3, f"=ROUND({one}-{other},2)", made.money, difference)
    line += 2
    for account, fen in pack.ledger.accounts.items():
        made.row(sheet, line, [text(f"workflows.fund_account.{account.value}", made.locale), Fen(fen)])
        line += 1
    for name, value in {
        "ledger_digest": pack.ledger.digest,
        "audit_sequence": pack.ledger.audit_sequence,
        "audit_hash": pack.ledger.audit_hash,
    }.items():
        made.row(sheet, line, [made.word(f"about.{name}"), value])
        line += 1
    sheet.write_string(line + 1, 0, made.word("control_note"), made.wrap)
