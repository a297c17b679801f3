"""
First come, first served by one fund after the other, beside one plan for all of them.

    python -m benchmarks.joint --size M --write

What programme software does (OpenSPP's approval of entitlements is the model): each fund has a queue of the needs
within its purpose, the longest waiting first; it pays each whole and alone, and stops at the first that its balance
does not reach. It sees neither other funds nor what a household got from them. A kinder form skips what does not fit
and goes on. People and goods are then placed by our own optimiser around what was paid, without any ceiling: that is
more than such software would do, so what the table says against it is the least.

The cities are the generator's, loaded into a graph and read by a round's own snapshot.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from app.instances import city_problem
from benchmarks.joint_page import KEPT
from domain.ledger import book_id
from domain.needs import NeedKind, SubjectKind
from generator.sizes import DEFAULT_AS_OF, CitySize
from matching.audit_levels import plan_levels
from matching.formulation.supply import supply_of
from matching.formulation.tables import instance_of
from matching.model import NANO
from matching.plan import MoneyAllocation, Plan
from matching.policy import Policy, policy_on
from matching.problem import Problem
from matching.rules.view import view_of
from matching.solve import Limits, solve

LIMITS = Limits(time_s=600.0, gap=0.001)
MANY = 10**9

Payments = dict[tuple[str, str], int]
"""Fen by need and book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    What became of one city's money by one way of giving.

    ``weighted`` is level 1 of the objective in units of urgency: needs fulfilled, and shares of those that take
    parts. ``stuck_fen`` was paid to needs that nobody could complete and that take no parts; ``over`` counts households
    above a ceiling or with more wishes at a time than one, ``related`` gifts to related parties. ``lawful_*`` is what
    is left when the gifts that break such a rule are taken back, the first come being kept.
    """

    size: str
    way: str
    needs: int
    fulfilled: int
    weighted: float
    lawful_fulfilled: int
    lawful_weighted: float
    money_needs: int
    money_needs_fulfilled: int
    free_fen: int
    used_fen: int
    stuck_fen: int
    restricted_fen: int
    restricted_used_fen: int
    over: int
    related: int
    gap: float
    cpu_s: float
    wall_s: float


class City:
    """A problem with what each book may give to each need by its own purpose."""

    def __init__(self, problem: Problem, policy: Policy) -> None:
        self.problem, self.policy = problem, policy
        self.rows = {row["need_id"]: row for row in problem.needs.iter_rows(named=True)}
        instance = instance_of(problem, policy)
        self.funds, self.needs = instance.funds, instance.needs
        # purpose walls are the same for all; relations and households are what single funds do not see
        blind = instance_of(replace(problem, related_parties=problem.related_parties.clear()), policy)
        money = supply_of(blind, blind.needs.consent_recorded)[0].money
        self.queue: dict[int, list[int]] = defaultdict(list)
        waiting = -blind.needs.waiting_days
        order = np.lexsort((money.taker, waiting[money.taker], money.giver)).tolist()
        for arc in order:
            self.queue[int(money.giver[arc])].append(int(money.taker[arc]))
        self.bound = {
            key: bool(self.funds.open_axes[book] < self.funds.open_axes.max())
            for book, key in enumerate(self.funds.ids)
        }
        self.related = {
            (need, fund) for fund, need in problem.related_parties.select("fund_id", "need_id").iter_rows()
        }

    def one_after_the_other(self, *, skips: bool) -> Payments:
        """Pay each fund's queue from that fund alone."""
        paid: set[int] = set()
        payments: Payments = {}
        for book, key in enumerate(self.funds.ids):
            left, cap = int(self.funds.budget_fen[book]), int(self.funds.case_cap_fen[book])
            for need in self.queue[book]:
                asked = int(self.needs.money_fen[need])
                if need in paid or asked > cap:
                    continue
                if asked > left:
                    if skips:
                        continue
                    break
                left -= asked
                paid.add(need)
                payments[self.needs.ids[need], key] = asked
        return payments

    def lawful(self, payments: Payments) -> Payments:
        """Keep the gifts, in the order in which they were made, that no rule of households or relations forbids."""
        kept: Payments = {}
        for (need, key), fen in payments.items():
            tried = {**kept, (need, key): fen}
            if (need, key.partition("#")[0]) not in self.related and not self.over(tried, of=need):
                kept = tried
        return kept

    def around(self, payments: Payments, policy: Policy) -> Plan:
        """Place people and goods around what was paid; needs whose money was not paid stay unmet."""
        paid = {need for need, _ in payments}
        table = self.problem.needs
        unpaid = (pl.min_horizontal("amount_fen", "gap_fen") > 0) & ~pl.col("need_id").is_in(sorted(paid))
        needs = table.filter(~unpaid).with_columns(
            amount_fen=pl.lit(0, dtype=pl.Int64), gap_fen=pl.lit(0, dtype=pl.Int64)
        )
        ids = needs.select("need_id")

        def of(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.join(ids, on="need_id", how="semi")

        problem = replace(
            self.problem,
            needs=needs,
            need_windows=of(self.problem.need_windows),
            need_slots=of(self.problem.need_slots),
            need_items=of(self.problem.need_items),
            published=of(self.problem.published),
            funds=self.problem.funds.clear(),
            related_parties=self.problem.related_parties.clear(),
            donor_ties=self.problem.donor_ties.clear(),
        )
        return solve(problem, policy, limits=LIMITS)

    def weighted(self, plan: Plan, payments: Payments) -> float:
        """Level 1 of a plan of this city, in units of urgency."""
        gifts = tuple(
            MoneyAllocation(
                need_id=need,
                fund_id=key.partition("#")[0],
                earmark_id=key.partition("#")[2] or None,
                amount_fen=fen,
            )
            for (need, key), fen in payments.items()
        )
        view = view_of(self.problem, self.policy, replace(plan, money=gifts))
        return round(plan_levels(view)[0] / NANO / self.policy.weights.fulfilment_per_urgency.value, 1)

    def over(self, payments: Payments, *, of: str | None = None) -> int:
        """
        Households above a ceiling on money, or with more wishes paid for at a time than they may have.

        ``of`` looks at the household of one need alone.
        """
        rows = self.rows
        if of is not None:
            home = rows[of]["subject_id"]
            payments = {key: fen for key, fen in payments.items() if rows[key[0]]["subject_id"] == home}
        money: Counter[tuple[str, str]] = Counter()
        total, wishes, place = Counter[str](), defaultdict[str, set[str]](set), dict[str, str]()
        for subject, kind, fen in self.problem.subjects_paid.iter_rows():
            money[subject, kind] += fen
            total[subject] += fen
        for need, subject in self.problem.live_wishes.iter_rows():
            wishes[subject].add(need)
        touched: set[str] = set()
        for (need_id, _), fen in payments.items():
            row = rows[need_id]
            subject = row["subject_id"]
            if row["subject_kind"] != SubjectKind.HOUSEHOLD or subject is None:
                continue
            touched.add(subject)
            place[subject] = min(place.get(subject, row["region_path"]), row["region_path"])
            money[subject, row["kind"]] += fen
            total[subject] += fen
            if row["kind"] == NeedKind.WISH:
                wishes[subject].add(need_id)
        return sum(
            1
            for subject in touched
            for limits in [self.policy.ceilings_in(place[subject])]
            if len(wishes[subject]) > limits.wishes_at_a_time.value
            or (limits.total is not None and total[subject] > limits.total.value)
            or any(money[subject, kind] > most.value for kind, most in limits.by_kind.items())
        )


def _without_ceilings(policy: Policy) -> Policy:
    wishes = policy.ceilings.wishes_at_a_time.model_copy(update={"value": MANY})
    none = policy.ceilings.model_copy(update={"wishes_at_a_time": wishes, "by_kind": {}, "total": None})
    regions = tuple(
        each.model_copy(update={"ceilings": None if each.ceilings is None else none})
        for each in policy.regions
    )
    return policy.model_copy(update={"ceilings": none, "regions": regions})


def _row(
    city: City,
    size: str,
    way: str,
    payments: Payments,
    plans: tuple[Plan, Plan],
    *,
    spent: tuple[float, float],
) -> Row:
    plan, lawful = plans
    needs = city.problem.needs
    asking = set(needs.filter(pl.min_horizontal("amount_fen", "gap_fen") > 0)["need_id"].to_list())
    funds = {
        book_id(fund, earmark): fen
        for fund, earmark, fen in city.problem.funds.select("fund_id", "earmark_id", "budget_fen").iter_rows()
    }

    def helped(need: str) -> bool:
        """Whether money reached its end: the need is whole, or may be given in part."""
        return need in plan.fulfilled or bool(city.rows[need]["partial_allowed"])

    return Row(
        size=size,
        way=way,
        needs=needs.height,
        fulfilled=len(plan.fulfilled),
        weighted=city.weighted(plan, payments),
        lawful_fulfilled=len(lawful.fulfilled),
        lawful_weighted=city.weighted(lawful, payments if lawful is plan else city.lawful(payments)),
        money_needs=len(asking),
        money_needs_fulfilled=len(plan.fulfilled & asking),
        free_fen=sum(funds.values()),
        used_fen=sum(fen for (need, _), fen in payments.items() if helped(need)),
        stuck_fen=sum(fen for (need, _), fen in payments.items() if not helped(need)),
        restricted_fen=sum(fen for key, fen in funds.items() if city.bound[key]),
        restricted_used_fen=sum(
            fen for (need, key), fen in payments.items() if city.bound[key] and helped(need)
        ),
        over=city.over(payments),
        related=sum(1 for need, key in payments if (need, key.partition("#")[0]) in city.related),
        gap=plan.gap,
        cpu_s=round(spent[0], 1),
        wall_s=round(spent[1], 1),
    )


def measure(size: CitySize, seed: int) -> list[Row]:
    """Give one city's money away in three ways."""
    problem, policy = city_problem(size, seed), policy_on(DEFAULT_AS_OF)
    city = City(problem, policy)
    rows: list[Row] = []
    for way, skips in (("one_fund_stops", False), ("one_fund_skips", True)):
        begin = time.process_time(), time.monotonic()
        payments = city.one_after_the_other(skips=skips)
        plan = city.around(payments, _without_ceilings(policy))
        spent = _since(begin)
        lawful = city.around(city.lawful(payments), policy)
        rows.append(_row(city, size.value, way, payments, (plan, lawful), spent=spent))
    begin = time.process_time(), time.monotonic()
    plan = solve(problem, policy, limits=LIMITS)
    payments = {(gift.need_id, gift.book_id): gift.amount_fen for gift in plan.money}
    rows.append(_row(city, size.value, "joint", payments, (plan, plan), spent=_since(begin)))
    return rows


def _since(begin: tuple[float, float]) -> tuple[float, float]:
    return time.process_time() - begin[0], time.monotonic() - begin[1]


def main() -> None:
    """Measure the sizes asked for; ``--write`` keeps the rows for the docs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--size", action="append", choices=["S", "M", "L"], help="may be given several times")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="keep the rows under docs/benchmarks")
    asked = parser.parse_args()
    rows: list[Row] = []
    for size in asked.size or ["M", "L"]:
        found = measure(CitySize(size), asked.seed)
        rows += found
        for row in found:
            print(json.dumps(asdict(row)), flush=True)
    if asked.write:
        machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        kept = {"machine": machine, "seed": asked.seed, "rows": [asdict(row) for row in rows]}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        subprocess.run([sys.executable, Path(__file__).parents[1] / "docs" / "generate.py"], check=True)


if __name__ == "__main__":
    main()
