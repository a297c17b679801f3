"""
A round in the order of its levels: blind to communities, then at prices for them, then by steps of their cost.

Prices on communities prove a bound; but at a price all needs of a community earn alike, so that some plans are best
at none. The steps of the convex cost, shared out among the needs of a community, find those, and never make a plan
worse. The plan kept is the best by its exact level sums. The first one, blind to communities, is what the price of
fairness is measured against.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import IntArray
from matching.fairness import Communities, jain
from matching.levels import LEVELS, LevelSums, level_sums, pins_kept
from matching.model import NANO, Draft, Model, at_floor_prices
from matching.optimise import Solution
from matching.plan import LevelValue
from matching.solvers.bound import Prices

_MANY = 5_000
_PRICES_FEW, _PRICES_MANY = 5, 1
"""Solves with prices on communities, in rounds up to ``_MANY`` needs and beyond."""
_STAIRS_FEW, _STAIRS_MANY = 3, 1
"""Solves with steps shared out, as long as they gain; beyond ``_MANY`` needs only where the gap is not reached."""
_FLOORS_FEW = 2
"""Further solves where a charity gives more than its floor asks, in rounds up to ``_MANY`` needs."""
_UNBOUNDED = 2**70

Solve = Callable[[Model], Solution]
Figures = dict[str, int | float | str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """
    The best solution with its levels.

    ``solution.value`` and ``.bound`` are nanopoints of all four levels, pins left out; its prices are those of
    the model without a price on communities. ``proof`` are prices that bound the model with all its levels, and
    ``proven`` nanopoints of that model (its :func:`~matching.model.draft_value`) that they prove no plan exceeds.
    """

    solution: Solution
    proof: Prices
    proven: int
    levels: tuple[LevelValue, ...]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Try:
    model: Model
    solution: Solution
    price: IntArray | None  # by community; None where steps were shared out: they bound nothing but level 1
    floors: IntArray  # price of each charity's floor
    own: int  # bound of the whole that the prices prove
    sums: LevelSums  # with the exact level 2
    pins: int
    bounds: LevelSums  # with the conjugate

    @property
    def key(self) -> tuple[int, ...]:
        return (self.pins, *self.sums)


def rank(model: Model, run: Solve, *, gap: float = 0.0) -> Ranked:
    """
    Solve a model with fairness in the order of its levels.

    Parameters
    ----------
    gap
        Proven share of the bound at which a large round is good enough to be left as it is.
    """
    assert model.fairness is not None  # noqa: S101 - the caller's
    communities = Communities.of(model.community, model.fairness)
    search = _Search(model, communities, run)
    few = len(model) <= _MANY
    if communities.cost.any():
        search.by_prices(_PRICES_FEW if few else _PRICES_MANY)
        if few or search.gap > gap:
            search.by_stairs(_STAIRS_FEW if few else _STAIRS_MANY)
        if few:
            search.at_marginal_prices()
    if few:
        search.by_floors(_FLOORS_FEW)
    tries, blind, best = search.tries, search.tries[0], search.best
    solution = replace(
        best.solution,
        value=sum(best.sums),
        bound=search.bound - best.pins,
        sums=best.sums,
        prices=blind.solution.prices,
        own=blind.solution.own,
    )
    closest = min((each for each in tries if each.price is not None), key=lambda each: each.own)
    assert closest.price is not None  # noqa: S101 - as chosen
    return Ranked(
        solution=solution,
        proof=replace(closest.solution.prices, communities=closest.price, floors=closest.floors),
        proven=closest.own - communities.total,
        levels=_levels(best, tries),
        figures={**_price_of(blind, best), **_served(communities, best.solution.draft)},
    )


class _Search:
    """Solutions of one model, the first of them blind to communities."""

    def __init__(self, model: Model, communities: Communities, run: Solve) -> None:
        self._model, self._communities, self._run = model, communities, run
        self._price = np.zeros(len(communities.demand), dtype=np.int64)
        self._floors = np.empty(0, dtype=np.int64) if model.floors is None else model.floors.worth
        self.tries: list[_Try] = []
        self._try_price()

    @property
    def best(self) -> _Try:
        """The first of the best by their levels."""
        return max(self.tries, key=lambda each: each.key)

    @property
    def bound(self) -> int:
        """Nanopoints, pins among them, that no plan exceeds that is as good on the levels that dominate."""
        return max(sum(self.best.key), min(each.bounds[3] for each in self.tries))

    @property
    def gap(self) -> float:
        """Share of the bound that the best one is not proven to reach."""
        best = self.best
        value, bound = sum(best.sums), self.bound - best.pins
        return (bound - value) / bound if bound > 0 else 0.0

    def by_prices(self, most: int) -> None:
        """Move the prices towards the marginal cost of what they leave unserved."""
        for number in range(most):
            wanted = self._marginal(self.tries[-1])
            if _met(self.best, self.tries, 4) or np.array_equal(wanted, self._price):
                return
            self._price = wanted if number < 2 else (self._price + wanted) // 2
            self._try_price()

    def by_stairs(self, most: int) -> None:
        """Share the steps out, those served so far first, as long as that gains."""
        worth, possible = self._model.worth.complete, self._model.possible
        for _ in range(most):
            best = self.best
            if _met(best, self.tries, 4):
                return
            order = np.lexsort((-worth, ~possible, ~best.solution.draft.complete)).astype(np.int64)
            self._try(self._communities.stairs(order), None)
            if self.best is best:
                return

    def at_marginal_prices(self) -> None:
        """Bound the best plan by the prices that it would be best at, if there are any."""
        wanted = self._marginal(self.best)
        tried = any(each.price is not None and np.array_equal(each.price, wanted) for each in self.tries)
        if not tried and not _met(self.best, self.tries, 4):
            self._price = wanted
            self._try_price()

    def by_floors(self, most: int) -> None:
        """
        Lower the price of floors that the best plan gives more than they ask: beyond them money earns nothing.

        Up to its floor each fen earns the full price, so that a plan which stays below all of them needs no more.
        """
        floors = self._model.floors
        if floors is None:
            return
        low, high = np.zeros_like(floors.worth), floors.worth
        for number in range(most):
            last = self.best if number == 0 else self.tries[-1]
            given = floors.given(last.solution.draft.money)
            high = np.where(given > floors.missing, np.minimum(high, last.floors), high)
            low = np.where(given < floors.missing, np.maximum(low, last.floors), low)
            wanted = np.where(
                given > floors.missing,
                low if number == 0 else (low + high) // 2,
                np.where(given < floors.missing, np.minimum((low + high + 1) // 2, high), last.floors),
            )
            if _met(self.best, self.tries, 4) or np.array_equal(wanted, last.floors):
                return
            self._floors = wanted
            self._price = self._marginal(self.best)
            self._try_price()

    def _marginal(self, one: _Try) -> IntArray:
        unserved = self._communities.unserved(one.solution.draft.complete)
        return self._communities.marginal(unserved, self._price)

    def _try_price(self) -> None:
        self._try(self._communities.flat(self._price), self._price)

    def _try(self, earned: IntArray, price: IntArray | None) -> None:
        communities = self._communities
        priced = at_floor_prices(communities.priced(self._model, earned), self._floors)
        solution = self._run(priced)
        first, _, third, fourth = level_sums(priced, solution.draft)
        beyond = 0
        if self._model.floors is not None:
            fourth += self._model.floors.beyond(self._floors, solution.draft.money)
            beyond = self._model.floors.conjugate(self._floors)
        second = communities.spared(communities.unserved(solution.draft.complete))
        one, *others = solution.bounds
        more = _UNBOUNDED if price is None else communities.conjugate(price)
        two, three, four = (bound + more for bound in others)
        self.tries.append(
            _Try(
                model=priced,
                solution=solution,
                price=price,
                floors=self._floors,
                own=solution.own + more + beyond,
                sums=(first, second, third, fourth),
                pins=pins_kept(priced, solution.draft),
                bounds=(one, two, three, four + beyond),
            )
        )


def _met(best: _Try, tries: list[_Try], level: int) -> bool:
    """Whether the first levels together are proven best."""
    reached = sum(best.sums[:level]) + best.pins
    return min(each.bounds[level - 1] for each in tries) <= reached


def _levels(best: _Try, tries: list[_Try]) -> tuple[LevelValue, ...]:
    """Each level's value; a bound says what could be gained on it without losing on those before."""
    found: list[LevelValue] = []
    proven = True
    for level, name in enumerate(LEVELS, start=1):
        before = sum(best.sums[: level - 1]) + best.pins
        bound = min(each.bounds[level - 1] for each in tries) - before
        known = proven
        proven = proven and _met(best, tries, level)
        value = best.sums[level - 1]
        found.append(
            LevelValue(name=name, value=value, bound=max(bound, value) if known else None, proven=proven)
        )
    return tuple(found)


def _metres(each: _Try) -> int:
    return int(each.model.people.arcs.distance_m[each.solution.draft.chosen].sum())


def _price_of(blind: _Try, best: _Try) -> Figures:
    """What looking at communities cost on the levels around it."""
    return {
        "fairness_fulfilment_lost": (blind.sums[0] - best.sums[0]) // NANO,
        "fairness_travel_added_m": _metres(best) - _metres(blind),
        "fairness_gained": (best.sums[1] - blind.sums[1]) // NANO,
    }


def _served(communities: Communities, draft: Draft) -> Figures:
    shares = 1.0 - communities.unserved(draft.complete) / np.maximum(communities.demand, 1)
    return {
        "communities": len(shares),
        "communities_jain": round(jain(shares.tolist()), 6),
        "communities_least_served": round(float(shares.min(initial=1.0)), 6),
    }
