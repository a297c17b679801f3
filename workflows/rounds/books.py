"""The giving side of a round, in whole columns: books of funds, the age of their money, and charities' years."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from domain.actors import Actor
from domain.allocations import LIVE_ALLOCATIONS
from domain.costs import CostClass
from domain.giving import Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import BeneficiaryScope, Purpose
from domain.time import CIVIL_ZONE, civil_date
from graph.donor_ties import donor_ties
from graph.ports import ReadTransaction
from graph.reads import giving as columns
from graph.scope import listed, scope_paths
from matching.problem import BOOK, TABLES

_TEXTS = pl.List(pl.String)
_SUMS = ("received_fen", "reserved_fen", "spent_fen", "returned_fen", "transferred_fen")
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("fund_id", "earmark_id", "organisation_id", "type", "beneficiary_scope"), pl.String),
    **dict.fromkeys((*_SUMS, "case_cap_fen"), pl.Int64),
    **dict.fromkeys(("categories", "situations", "region_paths"), _TEXTS),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date),
}
_MONEY = pl.Int64


async def read_books(tx: ReadTransaction, actor: Actor, region_path: str) -> pl.DataFrame:
    """
    Read the books that a round in a region may use, each fund's own and one for each of its earmarks.

    An earmark's purpose is taken inside its fund's: what both allow.
    """
    scoped = {"scope_paths": scope_paths(actor), "region_path": region_path}
    funds = _typed(await tx.frame(columns.FUNDS, **scoped))
    earmarks = _typed(await tx.frame(columns.EARMARKS, **scoped))
    if earmarks.is_empty():
        return funds
    wall = {row["fund_id"]: row for row in funds.iter_rows(named=True)}
    inside = [_inside(row, wall[row["fund_id"]]) for row in earmarks.iter_rows(named=True)]
    return pl.concat([funds, pl.DataFrame(inside, schema=_COLUMNS)])


def _typed(raw: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None).alias(name) for name in _COLUMNS if name not in raw.columns]
    return raw.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in _COLUMNS.items())


def _inside(earmark: dict[str, Any], fund: dict[str, Any]) -> dict[str, Any]:
    purpose = purpose_of(earmark).inside(purpose_of(fund))
    limits = purpose.restriction
    return {
        **earmark,
        "organisation_id": fund["organisation_id"],
        "type": fund["type"],
        "categories": sorted(limits.categories),
        "situations": sorted(limits.situations),
        "region_paths": sorted(limits.regions),
        "valid_from": limits.validity.valid_from,
        "valid_to": limits.validity.valid_to,
        "beneficiary_scope": purpose.beneficiary_scope.value,
        "case_cap_fen": purpose.case_cap_fen,
    }


def purpose_of(row: dict[str, Any]) -> Purpose:
    """Give the purpose that a row of a book states."""

    def codes(name: str) -> list[str]:
        return list(row[name] or ())

    return Purpose(
        restriction=Restriction(
            categories=frozenset(NeedCategory(code) for code in codes("categories")),
            situations=frozenset(parse_situation(code) for code in codes("situations")),
            regions=tuple(codes("region_paths")),
            validity=Validity(valid_from=row["valid_from"], valid_to=row["valid_to"]),
        ),
        beneficiary_scope=BeneficiaryScope(row["beneficiary_scope"] or BeneficiaryScope.ANYONE),
        case_cap_fen=row["case_cap_fen"] or None,
    )


async def received_days(tx: ReadTransaction, books: pl.DataFrame) -> pl.DataFrame:
    """
    Give the day on which the oldest money left in each book was given; a book without such a day is left out.

    What goes out is the oldest. Money that no gift accounts for was there before the books began.
    """
    given = (
        (await tx.frame(columns.GIVEN_BY_DAY, fund_ids=listed(_distinct(books, "fund_id"))))
        .cast({"fund_id": pl.String, "earmark_id": pl.String, "given_on": pl.Date, "given_fen": _MONEY})
        .with_columns(book_id=BOOK)
        .sort("book_id", "given_on")
    )
    came = _sum("received_fen") + _sum("transferred_fen")
    gone = _sum("reserved_fen") + _sum("spent_fen") + _sum("returned_fen")
    known = given.group_by("book_id").agg(known_fen=pl.col("given_fen").sum())
    held = (
        books.select(book_id=BOOK, came_fen=came, gone_fen=gone)
        .join(known, on="book_id")
        .with_columns(unknown_fen=pl.max_horizontal(pl.col("came_fen") - pl.col("known_fen"), pl.lit(0)))
        .filter(pl.col("gone_fen") >= pl.col("unknown_fen"))
    )
    return (
        given.with_columns(until_fen=pl.col("given_fen").cum_sum().over("book_id"))
        .join(held, on="book_id")
        .filter(pl.col("until_fen") + pl.col("unknown_fen") > pl.col("gone_fen"))
        .group_by("book_id")
        .agg(received_day=pl.col("given_on").min().to_physical().cast(pl.Int64))
    )


def shape_books(raw: pl.DataFrame, received: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the table ``funds`` with what is free of each book."""
    free = (
        _sum("received_fen")
        + _sum("transferred_fen")
        - _sum("reserved_fen")
        - _sum("spent_fen")
        - _sum("returned_fen")
    )
    days = pl.DataFrame(schema={"book_id": pl.String, "received_day": pl.Int64})
    return (
        _typed(raw)
        .with_columns(book_id=BOOK)
        .join(days if received is None else received, on="book_id", how="left")
        .with_columns(
            budget_fen=pl.max_horizontal(free, pl.lit(0)),
            type=pl.col("type").fill_null("GENERAL"),
            from_day=pl.col("valid_from").to_physical().cast(pl.Int64),
            to_day=pl.col("valid_to").to_physical().cast(pl.Int64),
            **{name: _sorted(name) for name in ("categories", "situations", "region_paths")},
        )
    )


async def charity_years(tx: ReadTransaction, books: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Give the table ``charity_years`` of the civil year of a moment: what is laid down and what is done."""
    held = listed(_distinct(books, "organisation_id"))
    year = civil_date(as_of).year
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    raw = await tx.frame(columns.CHARITY_YEARS, organisation_ids=held, year=year)
    if raw.is_empty():
        return pl.DataFrame(schema=dict(TABLES["charity_years"]))
    paid = await tx.frame(
        columns.PAID_OUT,
        organisation_ids=held,
        states=sorted(state.value for state in LIVE_ALLOCATIONS),
        since=_begin(first),
        until=_begin(after),
    )
    costs = (await tx.frame(columns.COSTS, organisation_ids=held, from_day=first, to_day=after)).cast(
        {"organisation_id": pl.String, "cost_class": pl.String, "cost_fen": _MONEY}
    )
    own = pl.col("cost_class") == CostClass.MANAGEMENT.value
    by_charity = costs.group_by("organisation_id").agg(
        management_fen=pl.col("cost_fen").filter(own).sum(),
        activity_fen=pl.col("cost_fen").filter(~own).sum(),
    )
    return (
        raw.cast({"organisation_id": pl.String})
        .join(paid.cast({"organisation_id": pl.String, "paid_fen": _MONEY}), on="organisation_id", how="left")
        .join(by_charity, on="organisation_id", how="left")
        .with_columns(
            paid_fen=pl.col("paid_fen").fill_null(0) + pl.col("activity_fen").fill_null(0),
            management_fen=pl.col("management_fen").fill_null(0),
        )
    )


async def ties_of_donors(
    tx: ReadTransaction, books: pl.DataFrame, needs: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """Give the table ``donor_ties``: who gave to a fund is near to who would get from it."""
    asking = needs.filter((pl.col("gap_fen") > 0) & pl.col("subject_id").is_not_null())
    ties = await donor_ties(
        tx,
        fund_ids=_distinct(books, "fund_id"),
        subjects=_distinct(asking, "subject_id"),
        day=civil_date(as_of),
    )
    rows = [(fund_id, subject_id, path) for (fund_id, subject_id), path in sorted(ties.items())]
    schema = {"fund_id": pl.String, "subject_id": pl.String, "path": pl.String}
    near = pl.DataFrame(rows, schema=schema, orient="row")
    return near.join(asking.select("subject_id", "need_id"), on="subject_id")


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE).astimezone(UTC)


def _sum(column: str) -> pl.Expr:
    return pl.col(column).fill_null(0)


def _sorted(column: str) -> pl.Expr:
    return pl.col(column).cast(_TEXTS).fill_null(pl.lit([], dtype=_TEXTS)).list.unique().list.sort()


def _distinct(frame: pl.DataFrame, column: str) -> list[str]:
    return sorted(frame[column].drop_nulls().unique().to_list())
