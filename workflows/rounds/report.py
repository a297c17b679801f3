"""The figures of a round that people are shown."""

from collections import Counter
from dataclasses import asdict
from typing import cast

import polars as pl

from domain.ledger import book_id
from matching.model import NANO
from matching.plan import LevelValue, Plan
from matching.problem import BOOK, Problem

SUMMARY_VERSION = 4
_FAIRNESS = (
    "communities",
    "communities_jain",
    "communities_least_served",
    "fairness_fulfilment_lost",
    "fairness_travel_added_m",
)
_STABILITY = (
    "published_visits",
    "published_kept",
    "published_moved",
    "published_reassigned",
    "published_dropped",
    "needs_moved",
    "volunteers_changed",
    "share_kept",
)


def summarise(problem: Problem, plan: Plan) -> dict[str, object]:
    """
    Give the report's numbers, ready for JSON.

    Returns
    -------
    dict
        ``by_town`` and ``by_category``: rows of key, needs, fulfilled, partly (given something without being
        fulfilled), asked_fen and given_fen. ``by_fund``: fund_id, earmark_id, organisation_id, free_fen
        before the round, given_fen, needs. ``by_item``: item, unit, asked, in_stock, given. ``unmet``: code,
        rule and needs, most frequent first. ``matched``: the same for fulfilled needs. ``idle``: fund_id,
        earmark_id, budget_fen, given_fen, eligible and the idle amounts with their codes. ``prices``: shadow
        prices, most worth first. ``helps``: code, confirmed and needs, most frequent first.
        ``charity_years``: what the plan does for each charity's year. ``review``: gifts of money that a
        person is to look at first. ``levels``: name, value and bound in points (bound None where a level
        before is not proven) and proven; ``order_proven`` and ``fulfilment_gap`` say how sure the first of
        them is. ``fairness`` and ``stability``: what looking at communities cost, and what became of
        published visits. ``statistics``: the solver's own.
    """
    needs = _with_outcome(problem, plan)
    return {
        "version": SUMMARY_VERSION,
        "by_town": _grouped(needs, "community"),
        "by_category": _grouped(needs, "category"),
        "by_fund": _by_fund(problem, plan),
        "by_item": _by_item(problem, plan),
        "unmet": _reasons(plan, fulfilled=False),
        "matched": _reasons(plan, fulfilled=True),
        "idle": _idle(problem, plan),
        "charity_years": [asdict(year) for year in plan.charity_years],
        "review": sum(1 for line in plan.money if line.review_path is not None),
        "prices": [asdict(price) for price in plan.prices],
        "helps": _helps(plan),
        "assignments": len(plan.assignments),
        "volunteers": problem.volunteers.height,
        "levels": [_level(level) for level in plan.levels],
        "order_proven": plan.order_proven,
        "fulfilment_gap": plan.fulfilment_gap,
        "fairness": {name: plan.statistics[name] for name in _FAIRNESS if name in plan.statistics},
        "stability": {name: plan.statistics[name] for name in _STABILITY if name in plan.statistics},
        "statistics": dict(sorted(plan.statistics.items())),
    }


def _level(level: LevelValue) -> dict[str, object]:
    bound = None if level.bound is None else level.bound / NANO
    return {"name": level.name, "value": level.value / NANO, "bound": bound, "proven": level.proven}


def _idle(problem: Problem, plan: Plan) -> list[dict[str, object]]:
    books = {book_id(*pair): pair for pair in problem.funds.select("fund_id", "earmark_id").iter_rows()}
    return [
        {
            "fund_id": fund_id,
            "earmark_id": earmark_id,
            **asdict(plan.funds[key]),
            "idle": [asdict(part) for part in plan.funds[key].idle],
        }
        for key, (fund_id, earmark_id) in sorted(books.items())
        if key in plan.funds
    ]


def _helps(plan: Plan) -> list[dict[str, object]]:
    counted = Counter(
        (help_.code, help_.confirmed) for reason in plan.reasons.values() for help_ in reason.helps
    )
    ordered = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"code": code, "confirmed": confirmed, "needs": count} for (code, confirmed), count in ordered]


def _with_outcome(problem: Problem, plan: Plan) -> pl.DataFrame:
    given = Counter[str]()
    for line in plan.money:
        given[line.need_id] += line.amount_fen
    touched = {line.need_id for lines in (plan.assignments, plan.money, plan.goods) for line in lines}
    ids = problem.needs["need_id"].to_list()
    return problem.needs.select("need_id", "community", "category", "gap_fen").with_columns(
        fulfilled=pl.Series([need_id in plan.fulfilled for need_id in ids], dtype=pl.Boolean),
        partly=pl.Series(
            [need_id in touched and need_id not in plan.fulfilled for need_id in ids], dtype=pl.Boolean
        ),
        given_fen=pl.Series([given[need_id] for need_id in ids], dtype=pl.Int64),
    )


def _grouped(needs: pl.DataFrame, key: str) -> list[dict[str, object]]:
    grouped = (
        needs.group_by(key=pl.col(key))
        .agg(
            needs=pl.len().cast(pl.Int64),
            fulfilled=pl.col("fulfilled").sum().cast(pl.Int64),
            partly=pl.col("partly").sum().cast(pl.Int64),
            asked_fen=pl.col("gap_fen").sum(),
            given_fen=pl.col("given_fen").sum(),
        )
        .sort("key")
    )
    return cast("list[dict[str, object]]", grouped.to_dicts())


def _by_fund(problem: Problem, plan: Plan) -> list[dict[str, object]]:
    lines = pl.DataFrame(
        [(line.book_id, line.need_id, line.amount_fen) for line in plan.money],
        schema={"book_id": pl.String, "need_id": pl.String, "given_fen": pl.Int64},
        orient="row",
    )
    given = lines.group_by("book_id").agg(pl.col("given_fen").sum(), needs=pl.col("need_id").n_unique())
    funds = (
        problem.funds.select("fund_id", "earmark_id", "organisation_id", free_fen="budget_fen", book_id=BOOK)
        .join(given, on="book_id", how="left")
        .drop("book_id")
        .with_columns(pl.col("given_fen").fill_null(0), pl.col("needs").cast(pl.Int64).fill_null(0))
        .sort("fund_id", "earmark_id", nulls_last=False)
    )
    return cast("list[dict[str, object]]", funds.to_dicts())


def _by_item(problem: Problem, plan: Plan) -> list[dict[str, object]]:
    lines = pl.DataFrame(
        [(line.need_item_id, line.quantity) for line in plan.goods],
        schema={"need_item_id": pl.String, "given": pl.Int64},
        orient="row",
    )
    given = lines.group_by("need_item_id").agg(pl.col("given").sum())
    asked = (
        problem.need_items.join(given, on="need_item_id", how="left")
        .group_by("item", "unit")
        .agg(asked=pl.col("quantity").sum(), given=pl.col("given").fill_null(0).sum())
    )
    stock = problem.stock.group_by("item", "unit").agg(in_stock=pl.col("quantity").sum())
    items = (
        asked.join(stock, on=["item", "unit"], how="left")
        .select("item", "unit", "asked", pl.col("in_stock").fill_null(0), "given")
        .sort("item", "unit")
    )
    return cast("list[dict[str, object]]", items.to_dicts())


def _reasons(plan: Plan, *, fulfilled: bool) -> list[dict[str, object]]:
    counted = Counter(
        (reason.code, reason.rule or "")
        for need_id, reason in plan.reasons.items()
        if (need_id in plan.fulfilled) is fulfilled
    )
    ordered = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"code": code, "rule": rule or None, "needs": count} for (code, rule), count in ordered]
