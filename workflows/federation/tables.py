"""What federations look at, as tables: one sheet each, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph.reads.unmet import UnmetCount, UnmetRow
from locales import Locale, text
from matching.plan import Reason
from matching.statements import Help
from matching.wording import Names, word, word_help
from workflows.federation.overview import RATE_DAYS, SOON_DAYS, BookOverview, FundsOverview, Point
from workflows.federation.plan import AllocationPlan


@dataclass(frozen=True, slots=True)
class Yuan:
    """An amount of fen, written in yuan."""

    fen: int


Cell = str | int | date | Yuan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """
    A title, a header and rows of as many cells.

    ``name`` is what a caller asks for it by.
    """

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def _header(locale: Locale, *names: str, **said: object) -> tuple[str, ...]:
    return tuple(text(f"federation.export.{name}", locale, **said) for name in names)


def _yes(value: bool, locale: Locale) -> str:
    return text(f"federation.export.{'yes' if value else 'no'}", locale)


def overview_sheets(found: FundsOverview, locale: Locale) -> list[Sheet]:
    """Give the books of an organisation with a row of all, and their series."""
    figures = ("received", "available", "reserved", "spent", "returned", "transferred")
    planned = ("to_approve", "to_pay", "planned")
    rows = [_book(book, locale) for book in found.books]
    rows.append(
        (
            found.organisation,
            text("federation.export.total", locale),
            *(Yuan(getattr(found.total, f"{name}_fen")) for name in figures),
            Yuan(found.planned.to_approve_fen),
            Yuan(found.planned.to_pay_fen),
            Yuan(found.planned.transfers_fen + found.planned.expenses_fen),
            Yuan(found.rate_fen),
            found.days_left,
            None,
            Yuan(found.ends_soon_fen),
            None,
        )
    )
    series = [_point(book.fund.name, book.name, point) for book in found.books for point in book.points]
    return [
        Sheet(
            name="books",
            title=text("federation.export.overview", locale),
            header=(
                *_header(locale, "fund", "book", *figures, *planned),
                *_header(locale, "rate", days=RATE_DAYS),
                *_header(locale, "days_left", "ends_on"),
                *_header(locale, "ends_soon", days=SOON_DAYS),
                *_header(locale, "restricted"),
            ),
            rows=tuple(rows),
        ),
        Sheet(
            name="series",
            title=text("federation.export.series", locale),
            header=_header(
                locale,
                "fund",
                "book",
                "day",
                *("received", "spent", "returned", "transferred", "available", "reserved"),
            ),
            rows=tuple(series),
        ),
    ]


def _book(book: BookOverview, locale: Locale) -> tuple[Cell, ...]:
    figures, planned = book.figures, book.planned
    return (
        book.fund.name,
        book.name,
        Yuan(figures.received_fen),
        Yuan(figures.available_fen),
        Yuan(figures.reserved_fen),
        Yuan(figures.spent_fen),
        Yuan(figures.returned_fen),
        Yuan(figures.transferred_fen),
        Yuan(planned.to_approve_fen),
        Yuan(planned.to_pay_fen),
        Yuan(planned.transfers_fen + planned.expenses_fen),
        Yuan(book.rate_fen),
        book.days_left,
        book.ends_on,
        Yuan(book.ends_soon_fen),
        _yes(book.restricted, locale),
    )


def _point(fund: str, book: str, point: Point) -> tuple[Cell, ...]:
    return (
        fund,
        book,
        point.day,
        Yuan(point.received_fen),
        Yuan(point.spent_fen),
        Yuan(point.returned_fen),
        Yuan(point.transferred_fen),
        Yuan(point.available_fen),
        Yuan(point.reserved_fen),
    )


def plan_sheets(found: AllocationPlan, locale: Locale) -> list[Sheet]:
    """Give a plan's lines, and its books and needs before and after, and what was proposed before."""
    between = "；" if locale is Locale.ZH_CN else "; "
    return [
        Sheet(
            name="lines",
            title=text("federation.export.plan", locale),
            header=_header(
                locale, "need", "household", "book", "state", "amount", "previous", "change", "stale"
            ),
            rows=tuple(
                (
                    each.line.need_id,
                    each.household,
                    each.name,
                    text(f"workflows.proposal_state.{each.line.state.value}", locale),
                    Yuan(each.line.amount_fen),
                    Yuan(each.previous_fen),
                    text(f"federation.plan_change.{each.change.value}", locale),
                    between.join(text(f"federation.stale.{code.value}", locale) for code in each.stale),
                )
                for each in found.lines
            ),
        ),
        Sheet(
            name="books",
            title=text("federation.export.books", locale),
            header=_header(locale, "book", "before", "proposed", "after", "held", "drift"),
            rows=tuple(
                (
                    each.name,
                    Yuan(each.before_fen),
                    Yuan(each.proposed_fen),
                    Yuan(each.after_fen),
                    Yuan(each.held_fen),
                    Yuan(each.changed_fen),
                )
                for each in found.books
            ),
        ),
        Sheet(
            name="needs",
            title=text("federation.export.needs", locale),
            header=_header(locale, "need", "household", "gap", "given", "proposed", "left", "ceiling_left"),
            rows=tuple(
                (
                    each.need.id,
                    each.household,
                    Yuan(each.need.gap_fen),
                    Yuan(each.given_fen),
                    Yuan(each.proposed_fen),
                    Yuan(each.left_fen),
                    None if each.ceiling_left_fen is None else Yuan(each.ceiling_left_fen),
                )
                for each in found.needs
            ),
        ),
        Sheet(
            name="removed",
            title=text("federation.export.removed", locale),
            header=_header(locale, "need", "book", "state", "amount"),
            rows=tuple(
                (
                    each.line.need_id,
                    each.name,
                    text(f"workflows.proposal_state.{each.line.state.value}", locale),
                    Yuan(each.line.amount_fen),
                )
                for each in found.removed
            ),
        ),
    ]


def unmet_sheets(
    rows: Sequence[UnmetRow],
    counts: Sequence[UnmetCount],
    locale: Locale,
    *,
    places: Mapping[str, str],
    names: Names,
) -> list[Sheet]:
    """
    Give needs that went without, and their counts.

    Parameters
    ----------
    places
        Names of divisions by path; one without a name is left out.
    names
        What funds, earmarks and goods are called.
    """
    return [
        Sheet(
            name="needs",
            title=text("federation.export.unmet", locale),
            header=_header(
                locale,
                "need",
                "category",
                "urgency",
                "place",
                "gap",
                "given",
                "short",
                "reason",
                "message",
                "helps",
            ),
            rows=tuple(
                (
                    row.need_id,
                    text(f"report.category.{row.category.value}", locale),
                    text(f"report.urgency.{row.urgency.value}", locale),
                    places.get(row.region_path, ""),
                    Yuan(row.gap_fen),
                    Yuan(row.given_fen),
                    Yuan(row.short_fen),
                    text(f"report.reason.{row.reason_code}", locale),
                    _said(row, locale),
                    _helped(row, locale, names),
                )
                for row in rows
            ),
        ),
        Sheet(
            name="reasons",
            title=text("federation.export.reasons", locale),
            header=_header(locale, "reason", "category", "count", "gap"),
            rows=tuple(
                (
                    text(f"report.reason.{count.reason_code}", locale),
                    text(f"report.category.{count.category.value}", locale),
                    count.needs,
                    Yuan(count.gap_fen),
                )
                for count in counts
            ),
        ),
    ]


def _said(row: UnmetRow, locale: Locale) -> str:
    parameters = dict(row.reason_parameters)
    rule = parameters.pop("rule", None)
    return word(
        Reason(code=row.reason_code, rule=None if rule is None else str(rule), parameters=parameters), locale
    )


def _helped(row: UnmetRow, locale: Locale, names: Names) -> str:
    """Say the one change that would help; who would have to change is named on no sheet."""
    for stored in row.helps:
        parameters = stored["parameters"]
        if isinstance(parameters, dict) and "volunteer" not in parameters:
            found = Help(
                code=str(stored["code"]), parameters=dict(parameters), confirmed=bool(stored["confirmed"])
            )
            return word_help(found, locale, names)
    return ""
