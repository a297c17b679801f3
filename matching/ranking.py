"""
A round in the order of its levels: solved once without a price on communities, then with their marginal cost.

The plan kept is the best by its exact level sums. The first one, blind to communities, is what the price of
fairness is measured against.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import IntArray
from matching.fairness import Communities, jain
from matching.levels import LEVELS, LevelSums, level_sums, pins_kept
from matching.model import NANO, Draft, Model
from matching.optimise import Solution
from matching.plan import LevelValue
from matching.solvers.bound import Prices

_MANY = 5_000
_ROUNDS_FEW, _ROUNDS_MANY = 5, 1
"""Solves with prices on communities, in rounds up to ``_MANY`` needs and beyond."""

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
    price: IntArray  # by community
    own: int  # bound of the whole that the prices prove
    sums: LevelSums  # with the exact level 2
    pins: int
    bounds: LevelSums  # with the conjugate

    @property
    def key(self) -> tuple[int, ...]:
        return (self.pins, *self.sums)


def rank(model: Model, run: Solve) -> Ranked:
    """Solve a model with fairness in the order of its levels."""
    assert model.fairness is not None  # noqa: S101 - the caller's
    communities = Communities.of(model.community, model.fairness)
    price = np.zeros(len(communities.demand), dtype=np.int64)
    blind = _try(model, communities, price, run)
    tries = [blind]
    rounds = (_ROUNDS_FEW if len(model) <= _MANY else _ROUNDS_MANY) if communities.cost.any() else 0
    for number in range(rounds):
        best = max(tries, key=lambda each: each.key)
        if _met(best, tries, 4):
            break
        unserved = communities.unserved(tries[-1].solution.draft.complete)
        wanted = communities.marginal(unserved, price)
        if np.array_equal(wanted, price):
            break
        price = wanted if number < 2 else (price + wanted) // 2
        tries.append(_try(model, communities, price, run))
    best = max(tries, key=lambda each: each.key)
    bound = max(sum(best.key), min(each.bounds[3] for each in tries)) - best.pins
    solution = replace(
        best.solution,
        value=sum(best.sums),
        bound=bound,
        sums=best.sums,
        prices=blind.solution.prices,
        own=blind.solution.own,
    )
    closest = min(tries, key=lambda each: each.own)
    return Ranked(
        solution=solution,
        proof=replace(closest.solution.prices, communities=closest.price),
        proven=closest.own - communities.total,
        levels=_levels(best, tries),
        figures={**_price_of(blind, best), **_served(communities, best.solution.draft)},
    )


def _try(model: Model, communities: Communities, price: IntArray, run: Solve) -> _Try:
    priced = communities.priced(model, price)
    solution = run(priced)
    first, _, third, fourth = level_sums(priced, solution.draft)
    second = communities.spared(communities.unserved(solution.draft.complete))
    more = communities.conjugate(price)
    one, *others = solution.bounds
    two, three, four = (bound + more for bound in others)
    return _Try(
        model=priced,
        solution=solution,
        price=price,
        own=solution.own + more,
        sums=(first, second, third, fourth),
        pins=pins_kept(priced, solution.draft),
        bounds=(one, two, three, four),
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
