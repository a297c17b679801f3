"""
The years of charities in a round: the floors of its model, and what its plan does for each of them (HC-17).

A floor is a row ``money of the charity + missing >= floor`` whose missing fen cost something. It is priced: at any
price between nothing and the full worth of a fen the model without the row bounds the one with it.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from domain.costs import CostClass
from matching.formulation.instance import Instance
from matching.formulation.supply import MANAGEMENT
from matching.model import Draft, Floors, Gifts, Model
from matching.problem import Problem
from matching.solvers.bound import Prices
from matching.statements import CharityYearStatement

_NANO_A_MICRO_FEN = 10
"""Nanopoints a fen of one micropoint a yuan."""


def floors_of(instance: Instance, money: Gifts) -> Floors | None:
    """Give the floors of charities that still lack something, over the arcs of money; None without any."""
    years = instance.charity_years
    worth = instance.policy.weights.payout_per_yuan.value * _NANO_A_MICRO_FEN
    if not worth or not (years.missing_fen > 0).any():
        return None
    own = np.array([line == CostClass.MANAGEMENT for line in instance.needs.cost_class], dtype=np.bool_)
    year, nobody = years.of_fund[money.giver], len(years)
    missing = np.append(years.missing_fen, 0)
    return Floors(
        charity=np.where(own[money.taker] | (year < 0), nobody, year).astype(np.int64),
        missing=missing,
        worth=np.where(missing > 0, worth, 0).astype(np.int64),
    )


def ties_of(problem: Problem) -> Mapping[tuple[str, str], str]:
    """Paths from who gave to a fund to who would receive, by fund and need."""
    rows = problem.donor_ties.select("fund_id", "need_id", "path").iter_rows()
    return {(fund, need): path for fund, need, path in rows}


def year_statements(
    instance: Instance, model: Model, draft: Draft, prices: Prices
) -> tuple[CharityYearStatement, ...]:
    """
    Say what a draft does for each charity's year, with the shadow prices of its two rows.

    The floor's is exact: a missing fen costs its worth. The ceiling's is the price of its row in the bound.
    """
    years, money = instance.charity_years, model.supply.money
    own = np.array([line == CostClass.MANAGEMENT for line in instance.needs.cost_class], dtype=np.bool_)
    planned, on_itself = Counter[int](), Counter[int]()
    for arc in np.flatnonzero(draft.money).tolist():
        year = int(years.of_fund[money.giver[arc]])
        (on_itself if own[money.taker[arc]] else planned)[year] += int(draft.money[arc])
    worth = instance.policy.weights.payout_per_yuan.value
    ceilings = model.supply.ceilings
    room_price = {
        instance.subject_ids[int(ceilings.subject[row])]: int(prices.ceilings[row]) // _NANO_A_MICRO_FEN
        for row, what in enumerate(ceilings.what)
        if what == MANAGEMENT
    }
    found: list[CharityYearStatement] = []
    for row in instance.problem.charity_years.sort("organisation_id").iter_rows(named=True):
        year = years.organisation_id.index(row["organisation_id"])
        missing_fen = max(0, int(years.missing_fen[year]) - planned[year])
        found.append(
            CharityYearStatement(
                organisation_id=row["organisation_id"],
                year=row["year"],
                payout_floor_fen=row["payout_floor_fen"],
                paid_fen=row["paid_fen"] or 0,
                planned_fen=planned[year],
                missing_fen=missing_fen,
                price_micropoints=worth if missing_fen else 0,
                management_ceiling_fen=row["management_ceiling_fen"],
                management_fen=row["management_fen"] or 0,
                planned_management_fen=on_itself[year],
                management_price_micropoints=room_price.get(row["organisation_id"], 0),
            )
        )
    return tuple(found)
