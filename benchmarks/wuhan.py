"""
Wuhan, January 2020: what was really handed out beside what a plan gives, hospital by hospital.

The published sheets count in cases, boxes and pieces, and most hospitals only ticked what they lacked. Before
the round everything is put into pieces: a case by the number its own specification states, else by the median
of the cases of that item; an ask without a figure counts as the median of the asks that state one. Real
handouts are counted in the same pieces, so the comparison is fair to both.

Usage: ``python -m benchmarks.wuhan DATA_DIR [--json]``, where DATA_DIR is the graph directory of
``zhulian import`` over the Wuhan files (``make wuhan``).
"""

import argparse
import asyncio
import json
import statistics
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from app.container import open_store
from app.settings import Settings
from graph.ports import Access, ReadTransaction, Statement
from importers.goods import pieces_per_unit
from matching.audit import audit
from matching.plan import Plan
from matching.policy import Policy, policy_on
from matching.problem import TABLES, Problem, problem_of
from matching.solve import Limits, solve
from workflows.people import matcher_actor
from workflows.rounds.snapshot import build_problem

PROVINCE = "/NBS/42/"
AS_OF = datetime(2020, 1, 31, tzinfo=UTC)
POLICY_DAY = date(2020, 1, 31)

CASES = frozenset({"箱", "包", "盒", "袋", "桶", "提", "大箱", "纸箱"})
PIECE_OF = {"件": frozenset({"PROTECTIVE_SUIT", "SURGICAL_GOWN", "ISOLATION_GOWN", "CLOTHES"})}
"""``件`` is a garment for garments and a case for everything else."""

ISSUES = Statement(
    "MATCH (n:GoodsIssue) RETURN n.id AS id, n.receiver_id AS receiver_id, n.receiver_name AS receiver,"
    " n.item AS item, n.unit AS unit, n.quantity AS quantity, n.specification AS specification,"
    " n.donor_name AS donor",
    Access.READ,
)
OFFERS = Statement(
    "MATCH (n:InKindOffer) RETURN n.id AS id, n.item AS item, n.unit AS unit, n.specification AS specification",
    Access.READ,
)
VALUED = Statement(
    "MATCH (n:GoodsIssue) WHERE n.value_fen IS NOT NULL AND n.quantity IS NOT NULL"
    " RETURN n.source_id AS source_id, n.source_row AS source_row, n.item AS item, n.quantity AS quantity,"
    " n.value_fen AS value_fen",
    Access.READ,
)
NAMES = Statement(
    "MATCH (n:Organisation) WHERE n.kind = 'INSTITUTION' RETURN n.id AS id, n.name AS name", Access.READ
)


def is_case(item: str, unit: str) -> bool:
    """Whether a unit holds several pieces of an item."""
    if unit == "件":
        return item not in PIECE_OF["件"]
    return unit in CASES


class Pieces:
    """How many pieces a quantity is."""

    def __init__(self, lines: pl.DataFrame, asks: pl.DataFrame) -> None:
        stated: dict[str, list[int]] = {}
        for item, unit, specification in lines.select("item", "unit", "specification").iter_rows():
            if count := pieces_per_unit(specification or "", unit or ""):
                stated.setdefault(item, []).append(count)
        self._cases = {item: int(statistics.median(counts)) for item, counts in stated.items()}
        self._usual_case = int(statistics.median([n for counts in stated.values() for n in counts]))
        known = asks.filter(pl.col("unit") != "批")
        self._lots = dict(known.group_by("item").agg(pl.col("quantity").median().cast(pl.Int64)).iter_rows())
        self._usual_lot = int(statistics.median(self._lots.values()))

    def of(self, item: str, unit: str, quantity: int | None, specification: str | None = None) -> int:
        """Give the pieces of a quantity; an unstated one is one lot."""
        if quantity is None or unit == "批":
            return self._lots.get(item, self._usual_lot)
        if not is_case(item, unit):
            return quantity
        stated = pieces_per_unit(specification or "", unit)
        return quantity * (stated or self._cases.get(item, self._usual_case))


async def look(tx: ReadTransaction) -> dict[str, Any]:
    """Read everything of one snapshot."""
    snapshot = await build_problem(tx, matcher_actor(PROVINCE), region_path=PROVINCE, as_of=AS_OF)
    return {
        "problem": snapshot.problem,
        "issues": await tx.frame(ISSUES),
        "offers": await tx.frame(OFFERS),
        "valued": await tx.frame(VALUED),
        "names": dict((await tx.frame(NAMES)).select("id", "name").iter_rows()),
    }


def in_pieces(problem: Problem, pieces: Pieces, offers: pl.DataFrame) -> Problem:
    """Give the same round with asks and stock counted in pieces; money waits for the second round."""
    specification = dict(offers.select("id", "specification").iter_rows())
    asks = problem.need_items.with_columns(
        quantity=pl.struct("item", "unit", "quantity").map_elements(
            lambda row: pieces.of(row["item"], row["unit"], row["quantity"]), return_dtype=pl.Int64
        ),
        unit=pl.lit("piece"),
    )
    stock = problem.stock.with_columns(
        quantity=pl.struct("offer_id", "item", "unit", "quantity").map_elements(
            lambda row: pieces.of(
                row["item"], row["unit"], row["quantity"], specification.get(row["offer_id"])
            ),
            return_dtype=pl.Int64,
        ),
        unit=pl.lit("piece"),
    )
    return changed(problem, need_items=asks, stock=stock, funds=problem.funds.clear())


def changed(problem: Problem, **tables: pl.DataFrame) -> Problem:
    """Give a problem with some of its tables exchanged."""
    return problem_of(
        as_of_min=problem.as_of_min,
        horizon_start_min=problem.horizon_start_min,
        horizon_end_min=problem.horizon_end_min,
        tables={name: getattr(problem, name) for name in TABLES} | tables,
    )


def unit_values(valued: pl.DataFrame) -> dict[str, int]:
    """Give fen a piece of the items that a published line values alone (one item, one value)."""
    alone = valued.filter(pl.len().over("source_id", "source_row") == 1, pl.col("quantity") > 0)
    each = alone.with_columns(fen=pl.col("value_fen") // pl.col("quantity"))
    return dict(each.group_by("item").agg(pl.col("fen").median().cast(pl.Int64)).iter_rows())


def with_purchases(problem: Problem, plan: Plan, original: Problem, prices: dict[str, int]) -> Problem:
    """Give the round of money: what goods leave open, at published values, against the accounts' balances."""
    given: dict[str, int] = {}
    for line in plan.goods:
        given[line.need_item_id] = given.get(line.need_item_id, 0) + line.quantity
    cost: dict[str, int] = {}
    for key, need_id, item, quantity in problem.need_items.select(
        "need_item_id", "need_id", "item", "quantity"
    ).iter_rows():
        cost[need_id] = cost.get(need_id, 0) + prices.get(item, 0) * (quantity - given.get(key, 0))
    needs = problem.needs.filter(
        pl.col("need_id").is_in([n for n, fen in cost.items() if fen > 0])
    ).with_columns(
        amount_fen=pl.col("need_id").replace_strict(cost, return_dtype=pl.Int64),
        gap_fen=pl.col("need_id").replace_strict(cost, return_dtype=pl.Int64),
    )
    return changed(
        problem,
        needs=needs,
        need_items=problem.need_items.clear(),
        stock=problem.stock.clear(),
        funds=original.funds,
    )


def solved(problem: Problem, policy: Policy) -> tuple[Plan, int]:
    """Solve one round and count what the independent audit finds."""
    plan = solve(problem, policy, limits=Limits(time_s=120.0, gap=0.001))
    return plan, len(audit(problem, policy, plan))


def compare(
    problem: Problem, plan: Plan, issues: pl.DataFrame, pieces: Pieces, names: dict[str, str]
) -> pl.DataFrame:
    """
    Give one row a hospital that asked.

    ``lines`` are the items asked; ``*_lines`` those of which anything came; ``*_share`` the mean over the lines of
    covered pieces, each line at most whole.
    """
    really: dict[tuple[str, str], int] = {}
    for row in issues.iter_rows(named=True):
        key = (row["receiver_id"], row["item"])
        really[key] = really.get(key, 0) + pieces.of(
            row["item"], row["unit"], row["quantity"], row["specification"]
        )
    planned: dict[str, int] = {}
    for line in plan.goods:
        planned[line.need_item_id] = planned.get(line.need_item_id, 0) + line.quantity
    lines = problem.need_items.join(problem.needs.select("need_id", "subject_id"), on="need_id")
    rows = [
        {
            "subject_id": row["subject_id"],
            "asked": row["quantity"],
            "real": min(row["quantity"], really.get((row["subject_id"], row["item"]), 0)),
            "plan": min(row["quantity"], planned.get(row["need_item_id"], 0)),
        }
        for row in lines.iter_rows(named=True)
    ]
    receivers = set(issues["receiver_id"].drop_nulls())
    return (
        pl.DataFrame(rows)
        .group_by("subject_id")
        .agg(
            lines=pl.len(),
            real_lines=(pl.col("real") > 0).sum(),
            plan_lines=(pl.col("plan") > 0).sum(),
            real_share=(pl.col("real") / pl.col("asked")).mean(),
            plan_share=(pl.col("plan") / pl.col("asked")).mean(),
        )
        .with_columns(
            hospital=pl.col("subject_id").replace_strict(names, default=pl.col("subject_id")),
            received=pl.col("subject_id").is_in(receivers),
        )
        .sort(["received", "real_share", "hospital"], descending=[True, True, False])
    )


def summary(table: pl.DataFrame) -> dict[str, Any]:
    """Add the hospitals up: lines touched and the mean share of an asked line."""
    lines = int(table["lines"].sum())
    weighted = table.select(
        (pl.col("real_share") * pl.col("lines")).sum(), (pl.col("plan_share") * pl.col("lines")).sum()
    )
    real, plan = weighted.row(0)
    return {
        "hospitals": table.height,
        "asked_lines": lines,
        "real_hospitals": int((table["real_lines"] > 0).sum()),
        "plan_hospitals": int((table["plan_lines"] > 0).sum()),
        "real_lines": int(table["real_lines"].sum()),
        "plan_lines": int(table["plan_lines"].sum()),
        "real_share": round(real / lines, 4),
        "plan_share": round(plan / lines, 4),
    }


def markdown(table: pl.DataFrame) -> str:
    """Write the hospitals that really received something, and the sum of the others, as a table."""
    head = "| Hospital | Items asked | Really touched | Planned touched | Really covered | Plan covers |\n"
    rows = [head, "| --- | --- | --- | --- | --- | --- |\n"]
    shown = table.filter(pl.col("received"))
    for row in shown.iter_rows(named=True):
        rows.append(
            f"| {row['hospital']} | {row['lines']} | {row['real_lines']} | {row['plan_lines']}"
            f" | {row['real_share']:.1%} | {row['plan_share']:.1%} |\n"
        )
    rest = summary(table.filter(~pl.col("received")))
    rows.append(
        f"| {rest['hospitals']} others | {rest['asked_lines']} | {rest['real_lines']} | {rest['plan_lines']}"
        f" | {rest['real_share']:.1%} | {rest['plan_share']:.1%} |\n"
    )
    return "".join(rows)


async def main() -> None:
    """Read the graph, plan, compare, print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[1])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    store = await open_store(Settings.load(data_dir=asked.data_dir))
    try:
        seen = await store.read(look)
    finally:
        await store.close()
    policy = policy_on(POLICY_DAY)
    pieces = Pieces(pl.concat([seen["offers"], seen["issues"]], how="diagonal"), seen["problem"].need_items)
    goods = in_pieces(seen["problem"], pieces, seen["offers"])
    plan, violations = solved(goods, policy)
    prices = unit_values(seen["valued"])
    money = with_purchases(goods, plan, seen["problem"], prices)
    purchase, more = solved(money, policy)
    table = compare(goods, plan, seen["issues"], pieces, seen["names"])
    result = {
        **summary(table),
        "gap": plan.gap,
        "audit_violations": violations + more,
        "lines_given_to_nobody_who_asked": seen["issues"]
        .filter(~pl.col("receiver_id").is_in(table["subject_id"].implode()))
        .height,
        "issue_lines": seen["issues"].height,
        "money_asked_fen": int(money.needs["gap_fen"].sum()),
        "money_given_fen": sum(line.amount_fen for line in purchase.money),
        "money_gap": purchase.gap,
        "priced_items": sorted(prices),
    }
    if not asked.json:
        sys.stdout.write(markdown(table) + "\n")
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
