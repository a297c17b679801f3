"""What solving a part gives, the clock it is given, and the bound that its prices prove."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray, exact_sum
from matching.model import Draft, Model, at_floor_prices
from matching.solvers.bound import Prices, fairness_rent, missed, need_values, rent, staffing


@dataclass(slots=True, kw_only=True, eq=False)
class Outcome:
    """
    A draft for the part's needs and its bounds in nanopoints.

    ``own`` is our own arithmetic on ``prices``; ``bound`` the better of it and what programmes and branching
    say. ``multiplier`` are the slots' prices by need that prove a bound with whole knapsacks
    (-1: none of its own); None without such.
    """

    draft: Draft
    own: int
    bound: int
    prices: Prices
    method: str
    multiplier: IntArray | None = None


def _never() -> bool:
    return False


@dataclass(slots=True, kw_only=True, eq=False)
class Clock:
    """Seconds left of a limit, by the monotonic clock; none once somebody says stop."""

    until: float
    stopped: Callable[[], bool] = _never

    @classmethod
    def of(cls, seconds: float, stopped: Callable[[], bool] = _never) -> "Clock":
        """Start now."""
        return cls(until=time.monotonic() + seconds, stopped=stopped)

    @property
    def left(self) -> float:
        """Seconds, never below a tenth so that a solver can at least say no."""
        return 0.1 if self.stopped() else max(0.1, self.until - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.stopped() or time.monotonic() >= self.until

    def share(self, part: float) -> "Clock":
        """Clock of a part of what is left."""
        return Clock.of(self.left * part, self.stopped)


def own_bound(model: Model, needs: IntArray, prices: Prices) -> int:
    """Lagrangian bound of a part; prices of rows outside it must be zero."""
    beyond = 0
    if model.floors is not None:
        floors = prices.floors if len(prices.floors) else np.zeros(len(model.floors), dtype=np.int64)
        beyond = model.floors.conjugate(floors)
        model = at_floor_prices(model, floors)
    team = staffing(model.people, model.rows, prices.people, len(model.possible), model.has_slots)
    short = missed(model, prices)
    values = need_values(
        model.worth, model.supply, prices, team, model.item_need, possible=model.possible, missed=short
    )
    rents = (
        beyond
        + fairness_rent(model, prices.communities)
        + rent(prices.people, model.rows.cap)
        + rent(prices.money, model.supply.money.held)
        + rent(prices.goods, model.supply.goods.held)
        + rent(prices.ceilings, model.supply.ceilings.cap)
    )
    live = np.zeros(len(model), dtype=np.bool_)
    live[needs] = model.in_play[needs]
    return rents + exact_sum(values.best[live]) - exact_sum(short[~live])
