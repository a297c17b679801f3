"""
An organisation's money at one look: what stands in each book, how it came there, and how long it lasts.

Every figure is taken from ledger entries and their balances. A book's series is what its entries sum to at the end
of each month or day, so its last point is what stands there now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import cast

import polars as pl

from domain.actors import Actor, Role
from domain.allocations import AllocationState
from domain.errors import InvalidInputError, NotFoundError
from domain.giving import FundType
from domain.ledger import FundAccount, book_id
from domain.purposes import BeneficiaryScope
from domain.time import CIVIL_ZONE, civil_date
from graph.ports import ReadTransaction
from graph.reads.fund_overview import BookKey, OverviewColumns, overview_columns
from graph.reads.funds import FundRow, organisations_by_ids
from workflows.funds.charity_years import YearProgress, year_progress
from workflows.workspace import Workspace

RATE_DAYS = 90
"""Days back over which the rate of spending is taken."""
SOON_DAYS = 90
"""Money whose purpose ends within so many days is said to end soon."""
_LONGEST_OUTLOOK_DAYS = 3650
READERS = (
    Role.FEDERATION_OFFICER,
    Role.FEDERATION_APPROVER,
    Role.STATION_WORKER,
    Role.STATION_LEAD,
    Role.MATCHER,
    Role.AUDITOR,
    Role.PLATFORM_ADMIN,
)


class SeriesStep(StrEnum):
    """How far the points of a series lie apart."""

    MONTH = "MONTH"
    DAY = "DAY"

    def start(self, day: date) -> date:
        """Give the first day of the step that a day lies in."""
        return day.replace(day=1) if self is SeriesStep.MONTH else day

    def next(self, day: date) -> date:
        """Give the first day of the step after the one that begins on a day."""
        if self is SeriesStep.DAY:
            return day + timedelta(days=1)
        return (day + timedelta(days=31)).replace(day=1)


_MOST_POINTS = {SeriesStep.MONTH: 60, SeriesStep.DAY: 92}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRequest:
    """
    Whose money, and the series that is wanted.

    Parameters
    ----------
    since
        First civil day of the series; None is eleven months back, or a month back by days.
    """

    organisation_id: str
    step: SeriesStep = SeriesStep.MONTH
    since: date | None = None

    def days_until(self, today: date) -> list[date]:
        """
        Give the first day of each step up to the one of today.

        Raises
        ------
        InvalidInputError
            The series would begin after today, or is too long.
        """
        back = 335 if self.step is SeriesStep.MONTH else 30
        first = self.step.start(self.since or today - timedelta(days=back))
        most = _MOST_POINTS[self.step]
        days = [first]
        while len(days) <= most and self.step.next(days[-1]) <= today:
            days.append(self.step.next(days[-1]))
        if first > today or len(days) > most:
            raise InvalidInputError(
                f"a series has 1 to {most} points and ends today", field="since", value=str(first)
            )
        return days


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    One step of a series, in fen: what moved in it, and what stood at its end.

    Parameters
    ----------
    day
        First day of the step.
    transferred_fen
        What came from other books less what went to them.
    """

    day: date
    received_fen: int
    spent_fen: int
    returned_fen: int
    transferred_fen: int
    available_fen: int
    reserved_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """
    What is on its way out of a book, in fen.

    The first two are set aside and wait for approval and for payment; the others wait for their second person and
    are still counted as free.
    """

    to_approve_fen: int = 0
    to_pay_fen: int = 0
    transfers_fen: int = 0
    expenses_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What stands on the accounts of a book or of several, in fen; inflows above zero."""

    received_fen: int
    available_fen: int
    reserved_fen: int
    spent_fen: int
    returned_fen: int
    transferred_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookOverview:
    """
    One book: a fund's own money, or one earmark of it.

    Parameters
    ----------
    rate_fen
        Spent in ``rate_days`` days up to today, what was clawed back taken off.
    days_left
        How long what is free and set aside lasts at that rate; None where nothing is spent or it lasts ten years.
    ends_on
        First day on which its purpose no longer holds; None if it holds for ever.
    ends_soon_fen
        What is free of it and lapses within ``SOON_DAYS``, or has lapsed.
    restricted
        Whether it may be used for some needs only.
    """

    fund: FundRow
    earmark_id: str | None
    name: str
    figures: Figures
    points: tuple[Point, ...]
    planned: Planned
    rate_fen: int
    rate_days: int
    days_left: int | None
    ends_on: date | None
    ends_soon_fen: int
    restricted: bool

    @property
    def id(self) -> str:
        """Give the key of the book."""
        return book_id(self.fund.id, self.earmark_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsOverview:
    """
    All books of an organisation.

    Parameters
    ----------
    restricted_fen, unrestricted_fen
        What is free, by whether its book is restricted.
    year
        How far the charity's year is (HC-17); None where nobody wrote down what it is judged by.
    """

    organisation_id: str
    organisation: str
    as_of: datetime
    step: SeriesStep
    books: tuple[BookOverview, ...]
    total: Figures
    points: tuple[Point, ...]
    planned: Planned
    rate_fen: int
    days_left: int | None
    restricted_fen: int
    unrestricted_fen: int
    ends_soon_fen: int
    year: YearProgress | None


async def funds_overview(ws: Workspace, actor: Actor, request: OverviewRequest) -> FundsOverview:
    """
    Look at an organisation's money, in a number of statements that does not grow with its funds.

    Raises
    ------
    NotPermittedError
        Neither a federation, a desk nor an office.
    NotFoundError
        No organisation that the actor may see.
    InvalidInputError
        The series is too long.
    """
    actor.require(*READERS)
    now = ws.clock().astimezone(UTC)
    today = civil_date(now)
    days = request.days_until(today)
    since = min(days[0], today - timedelta(days=RATE_DAYS - 1))

    async def read(tx: ReadTransaction) -> FundsOverview:
        key = request.organisation_id
        named = await organisations_by_ids(tx, actor, [key])
        if key not in named:
            raise NotFoundError("no such organisation", kind="organisation", id=key)
        columns = await overview_columns(tx, actor, key, since=_midnight(since))
        try:
            year = await year_progress(tx, actor, key, today.year, now=now)
        except NotFoundError:
            year = None
        return _overview(named[key].name, request, columns, days, now, year)

    return await ws.store.read(read)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE).astimezone(UTC)


def _overview(
    name: str,
    request: OverviewRequest,
    columns: OverviewColumns,
    days: Sequence[date],
    now: datetime,
    year: YearProgress | None,
) -> FundsOverview:
    today = civil_date(now)
    flows = _Flows(columns, days, today)
    books = tuple(_books(columns, flows, today))
    rate = sum(book.rate_fen for book in books)
    total = _summed([book.figures for book in books])
    return FundsOverview(
        organisation_id=request.organisation_id,
        organisation=name,
        as_of=now,
        step=request.step,
        books=books,
        total=total,
        points=_summed_points(books, days),
        planned=Planned(
            to_approve_fen=sum(book.planned.to_approve_fen for book in books),
            to_pay_fen=sum(book.planned.to_pay_fen for book in books),
            transfers_fen=sum(book.planned.transfers_fen for book in books),
            expenses_fen=sum(book.planned.expenses_fen for book in books),
        ),
        rate_fen=rate,
        days_left=days_left(total.available_fen + total.reserved_fen, rate, RATE_DAYS),
        restricted_fen=sum(book.figures.available_fen for book in books if book.restricted),
        unrestricted_fen=sum(book.figures.available_fen for book in books if not book.restricted),
        ends_soon_fen=sum(book.ends_soon_fen for book in books),
        year=year,
    )


def _books(columns: OverviewColumns, flows: "_Flows", today: date) -> Iterable[BookOverview]:
    """Each fund's own book, followed by its earmarks'."""
    earmarks: dict[str, list[tuple[str, str, date | None]]] = {}
    for row in columns.earmarks:
        span = (row.allows or row.earmark.purpose).restriction.validity
        earmarks.setdefault(row.earmark.fund_id, []).append((row.earmark.id, row.earmark.name, span.valid_to))
    for fund in columns.funds:
        yield _book(columns, flows, today, fund, None, fund.name, fund.valid_to)
        for earmark_id, name, ends_on in earmarks.get(fund.id, []):
            yield _book(columns, flows, today, fund, earmark_id, name, ends_on)


def _book(
    columns: OverviewColumns,
    flows: "_Flows",
    today: date,
    fund: FundRow,
    earmark_id: str | None,
    name: str,
    ends_on: date | None,
) -> BookOverview:
    key: BookKey = (fund.id, earmark_id)
    accounts = columns.balances.get(key, dict.fromkeys(FundAccount, 0))
    figures = Figures(
        received_fen=-accounts[FundAccount.RECEIVED],
        available_fen=accounts[FundAccount.AVAILABLE],
        reserved_fen=accounts[FundAccount.RESERVED],
        spent_fen=accounts[FundAccount.SPENT],
        returned_fen=accounts[FundAccount.RETURNED],
        transferred_fen=-accounts[FundAccount.TRANSFERRED],
    )
    rate, rate_days = flows.rate(key)
    lapses = ends_on is not None and ends_on <= today + timedelta(days=SOON_DAYS)
    return BookOverview(
        fund=fund,
        earmark_id=earmark_id,
        name=name,
        figures=figures,
        points=flows.points(key),
        planned=Planned(
            to_approve_fen=columns.set_aside.get((key, AllocationState.RESERVED.value), 0),
            to_pay_fen=columns.set_aside.get((key, AllocationState.APPROVED.value), 0),
            transfers_fen=columns.transfers_out.get(key, 0),
            expenses_fen=columns.expenses.get(key, 0),
        ),
        rate_fen=rate,
        rate_days=rate_days,
        days_left=days_left(figures.available_fen + figures.reserved_fen, rate, rate_days),
        ends_on=ends_on,
        ends_soon_fen=figures.available_fen if lapses else 0,
        restricted=earmark_id is not None or is_restricted(fund),
    )


def is_restricted(fund: FundRow) -> bool:
    """Whether a fund's own money may be used for some needs only."""
    return (
        bool(fund.categories or fund.situations or fund.restricted_regions)
        or fund.beneficiary_scope is not BeneficiaryScope.ANYONE
        or fund.type in (FundType.SPECIAL, FundType.TRUST)
    )


def days_left(held_fen: int, rate_fen: int, rate_days: int) -> int | None:
    """Give for how many whole days money lasts that is spent at ``rate_fen`` in ``rate_days`` days."""
    if rate_fen <= 0 or held_fen < 0:
        return None
    days = held_fen * rate_days // rate_fen
    return days if days <= _LONGEST_OUTLOOK_DAYS else None


class _Flows:
    """What was posted to each account, by book and step, summed in whole columns."""

    def __init__(self, columns: OverviewColumns, days: Sequence[date], today: date) -> None:
        self._days = days
        self._today = today
        day = pl.col("at").dt.convert_time_zone(CIVIL_ZONE.key).dt.date()
        moved = _signed(columns.moved.with_columns(day=day))
        starts = pl.Series("start", days, dtype=pl.Date)
        # Before the first step everything is one sum, from which the series goes on.
        stepped = moved.with_columns(step=starts.search_sorted(moved["day"], side="right").cast(pl.Int64) - 1)
        keys = ("fund_id", "earmark_id", "account", "step")
        before = _signed(columns.before).with_columns(step=pl.lit(-1, dtype=pl.Int64))
        self._sums: dict[BookKey, dict[tuple[int, FundAccount], int]] = {}
        both = pl.concat([stepped.select(*keys, "fen"), before.select(*keys, "fen")])
        for fund_id, earmark_id, account, step, fen in (
            both.group_by(keys).agg(pl.col("fen").sum()).iter_rows()
        ):
            self._sums.setdefault((fund_id, earmark_id), {})[step, FundAccount(account)] = fen
        since = today - timedelta(days=RATE_DAYS - 1)
        spent = moved.filter((pl.col("account") == FundAccount.SPENT.value) & (pl.col("day") >= since))
        by_book = ("fund_id", "earmark_id")
        self._spent = _by_book(spent.group_by(by_book).agg(pl.col("fen").sum()))
        self._first = _by_book(columns.moved.with_columns(day=day).group_by(by_book).agg(pl.col("day").min()))
        self._old = {(fund_id, mark) for fund_id, mark in columns.before.select(by_book).iter_rows()}

    def points(self, key: BookKey) -> tuple[Point, ...]:
        """Give the series of a book."""
        sums = self._sums.get(key, {})
        available, reserved = (
            sums.get((-1, account), 0) for account in (FundAccount.AVAILABLE, FundAccount.RESERVED)
        )
        points: list[Point] = []
        for step, day in enumerate(self._days):
            available += sums.get((step, FundAccount.AVAILABLE), 0)
            reserved += sums.get((step, FundAccount.RESERVED), 0)
            points.append(
                Point(
                    day=day,
                    received_fen=-sums.get((step, FundAccount.RECEIVED), 0),
                    spent_fen=sums.get((step, FundAccount.SPENT), 0),
                    returned_fen=sums.get((step, FundAccount.RETURNED), 0),
                    transferred_fen=-sums.get((step, FundAccount.TRANSFERRED), 0),
                    available_fen=available,
                    reserved_fen=reserved,
                )
            )
        return tuple(points)

    def rate(self, key: BookKey) -> tuple[int, int]:
        """Give what a book spent in how many days: those since its first entry where it is young."""
        days = RATE_DAYS
        first = cast("date | None", self._first.get(key))
        if key not in self._old and first is not None:
            days = min(RATE_DAYS, max(1, (self._today - first).days + 1))
        return max(0, cast("int", self._spent.get(key, 0))), days


def _signed(entries: pl.DataFrame) -> pl.DataFrame:
    """Give two rows for each entry: what leaves its one account and comes to the other."""
    rest = [name for name in entries.columns if name not in ("debit", "credit", "amount_fen")]
    out = entries.select(*rest, account=pl.col("debit"), fen=-pl.col("amount_fen"))
    return pl.concat([out, entries.select(*rest, account=pl.col("credit"), fen=pl.col("amount_fen"))])


def _by_book(frame: pl.DataFrame) -> dict[BookKey, object]:
    return {(fund_id, earmark_id): value for fund_id, earmark_id, value in frame.iter_rows()}


def _summed(parts: Sequence[Figures]) -> Figures:
    return Figures(
        received_fen=sum(part.received_fen for part in parts),
        available_fen=sum(part.available_fen for part in parts),
        reserved_fen=sum(part.reserved_fen for part in parts),
        spent_fen=sum(part.spent_fen for part in parts),
        returned_fen=sum(part.returned_fen for part in parts),
        transferred_fen=sum(part.transferred_fen for part in parts),
    )


def _summed_points(books: Sequence[BookOverview], days: Sequence[date]) -> tuple[Point, ...]:
    return tuple(
        Point(
            day=day,
            received_fen=sum(book.points[step].received_fen for book in books),
            spent_fen=sum(book.points[step].spent_fen for book in books),
            returned_fen=sum(book.points[step].returned_fen for book in books),
            transferred_fen=sum(book.points[step].transferred_fen for book in books),
            available_fen=sum(book.points[step].available_fen for book in books),
            reserved_fen=sum(book.points[step].reserved_fen for book in books),
        )
        for step, day in enumerate(days)
    )
