"""Prices of a coupled part by its linear relaxation, in blocks where it is large."""

from dataclasses import replace

import numpy as np

from matching.arrays import FloatArray, IntArray
from matching.components import Part, split
from matching.model import Model, arcs_of_needs
from matching.solvers.bound import Prices, no_prices, staffing
from matching.solvers.coupled.hand import largest_knot, less_teams
from matching.solvers.coupled.neighbourhoods import blocks
from matching.solvers.coupled.polishing import in_threads
from matching.solvers.outcome import Clock
from matching.solvers.programmes.linear import relaxed_prices
from matching.solvers.programmes.whole import part_programme

_RELAXED_ARCS = 60_000  # one relaxation of everything if no more arcs hang together by people
_PRICE_BLOCK = 1_000  # needs priced together beyond it
_BLOCK = 300


def relaxation_prices(model: Model, needs: IntArray, clock: Clock) -> Prices:
    """Prices of the linear relaxation; of its blocks where it is too large to be solved at once."""
    if not len(needs):
        return no_prices(model.rows, model.supply)
    arcs = arcs_of_needs(model, needs)
    served = needs[model.has_slots[needs] & model.possible[needs]]
    if len(arcs) <= _RELAXED_ARCS or largest_knot(model, served, arcs) <= _RELAXED_ARCS:
        programme = part_programme(model, needs, arcs, with_supply=True)
        relaxed = relaxed_prices(programme, model.rows, model.supply, clock.left * 0.5)
        return relaxed if relaxed is not None else no_prices(model.rows, model.supply)
    return _prices_by_blocks(model, needs, clock)


def _prices_by_blocks(model: Model, needs: IntArray, clock: Clock) -> Prices:
    """
    Relax blocks of needs each alone, with all people they touch and their share of each fund by what is asked.

    A row's price is the highest of its blocks', a fund's the mean weighed by what its blocks ask.
    """
    groups = blocks(model, needs, most=_PRICE_BLOCK, seed=0)
    parts = split(model, groups)
    supply = model.supply
    asked = _asked(supply.money.giver, supply.money.most, len(supply.money.held))
    wanted = _asked(supply.goods.giver, supply.goods.most, len(supply.goods.held))
    end = clock.share(0.3)

    def one(part: Part) -> tuple[Prices | None, FloatArray, FloatArray]:
        mine = part.model.supply
        money = np.bincount(mine.money.giver, weights=mine.money.most, minlength=len(part.funds))
        goods = np.bincount(mine.goods.giver, weights=mine.goods.most, minlength=len(part.stock))
        share, part_share = money / asked[part.funds], goods / wanted[part.stock]
        scarce = replace(
            mine,
            money=replace(mine.money, held=(mine.money.held * share).astype(np.int64)),
            goods=replace(mine.goods, held=(mine.goods.held * part_share).astype(np.int64)),
        )
        inside = np.flatnonzero(part.model.in_play).astype(np.int64)
        cut_down = replace(part.model, supply=scarce)
        programme = part_programme(cut_down, inside, arcs_of_needs(cut_down, inside), with_supply=True)
        return relaxed_prices(programme, cut_down.rows, scarce, end.left), share, part_share

    prices = no_prices(model.rows, supply)
    money, goods = prices.money.astype(np.float64), prices.goods.astype(np.float64)
    for part, (relaxed, share, part_share) in zip(parts, in_threads(one, parts), strict=True):
        if relaxed is None:
            continue
        prices.people[part.rows] = np.maximum(prices.people[part.rows], relaxed.people)
        prices.ceilings[part.ceilings] = np.maximum(prices.ceilings[part.ceilings], relaxed.ceilings)
        money[part.funds] += share * relaxed.money
        goods[part.stock] += part_share * relaxed.goods
    prices = replace(prices, money=np.rint(money).astype(np.int64), goods=np.rint(goods).astype(np.int64))
    return _supply_priced(model, needs, prices, clock)


def _supply_priced(model: Model, needs: IntArray, prices: Prices, clock: Clock) -> Prices:
    """Money, goods and ceilings priced for all needs at once, each need paying the price of its team."""
    team = staffing(model.people, model.rows, prices.people, len(model), model.has_slots)
    complete = less_teams(model, team)
    nobody = np.empty(0, dtype=np.int64)
    programme = part_programme(model, needs, nobody, with_supply=True, complete=complete)
    relaxed = relaxed_prices(programme, model.rows, model.supply, clock.left * 0.2)
    return prices if relaxed is None else replace(relaxed, people=prices.people)


def _asked(giver: IntArray, most: IntArray, count: int) -> FloatArray:
    return np.maximum(np.bincount(giver, weights=most, minlength=count), 1.0)
