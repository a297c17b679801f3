"""A model, solved: split into parts that do not touch, each solved alone, and put together with its bound."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.components import Part, components, split
from matching.levels import LevelSums
from matching.model import NANO, NO_ARC, Draft, Model, binding, draft_value, empty_draft
from matching.solvers.bound import Prices, no_prices
from matching.solvers.order import Ordered, solve_in_order
from matching.solvers.search import Clock, Outcome

_SMALL_PART = 60
_BUNDLE_NEEDS = 400

Step = Callable[[float, int, int], None]
"""Told after each part: share of parts done, points so far, bound of the parts done."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """
    A draft of a whole model with what is proven about it.

    ``value`` and ``bound`` are in nanopoints; ``own`` is the bound that our own arithmetic proves from
    ``prices``. ``sums`` and ``bounds`` are those of :class:`~matching.solvers.order.Ordered` for the whole.
    """

    draft: Draft
    value: int
    bound: int
    own: int
    prices: Prices
    sums: LevelSums
    bounds: LevelSums
    figures: dict[str, int | float | str]


def optimise(model: Model, clock: Clock, gap: float, step: Step | None = None) -> Solution:
    """Solve every part of a model until the gap is reached or the clock runs out."""
    parts = split(model, _parts(model))
    ordered: list[Ordered] = []
    value = bound = 0
    for number, part in enumerate(parts):
        solved = solve_in_order(part.model, clock, gap)
        ordered.append(solved)
        value += draft_value(part.model, solved.outcome.draft)
        bound += _bound_of(part, solved.outcome)
        if step is not None:
            step((number + 1) / len(parts), value // NANO, bound // NANO)
    return _together(model, parts, ordered)


def _bound_of(part: Part, outcome: Outcome) -> int:
    """A solver's bound below a plan in hand is refuted; our own arithmetic stands."""
    return outcome.bound if outcome.bound >= draft_value(part.model, outcome.draft) else outcome.own


def _summed(rows: list[LevelSums]) -> LevelSums:
    first, second, third, fourth = (sum(column) for column in zip((0, 0, 0, 0), *rows, strict=True))
    return first, second, third, fourth


def _together(model: Model, parts: list[Part], ordered: list[Ordered]) -> Solution:
    outcomes = [solved.outcome for solved in ordered]
    whole, prices = empty_draft(model), no_prices(model.rows, model.supply)
    own = bound = 0
    methods: dict[str, int] = {}
    for part, outcome in zip(parts, outcomes, strict=True):
        part.put(whole, outcome.draft)
        prices.people[part.rows] = outcome.prices.people
        prices.ceilings[part.ceilings] = outcome.prices.ceilings
        prices.money[part.funds] = np.maximum(prices.money[part.funds], outcome.prices.money)
        prices.goods[part.stock] = np.maximum(prices.goods[part.stock], outcome.prices.goods)
        own += outcome.own
        bound += _bound_of(part, outcome)
        methods[f"parts_{outcome.method}"] = methods.get(f"parts_{outcome.method}", 0) + 1
    figures: dict[str, int | float | str] = {
        **methods,
        "parts": len(outcomes),
        "bound_own": own // NANO,
        "bound_source": "own" if own // NANO <= bound // NANO else "solver",
    }
    return Solution(
        draft=whole,
        value=draft_value(model, whole),
        bound=bound,
        own=own,
        prices=prices,
        sums=_summed([solved.sums for solved in ordered]),
        bounds=_summed([solved.bounds for solved in ordered]),
        figures=figures,
    )


def _parts(model: Model) -> list[IntArray]:
    """Scarce parts alone, small scarce ones bundled, and everything ample as one."""
    live = np.flatnonzero(model.in_play).astype(np.int64)
    parts = components(model, live, with_supply=True)
    if not parts:
        return []
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    every = np.concatenate(parts)
    scarce = np.logical_or.reduceat(_tied(model, live)[every], np.cumsum(sizes) - sizes)
    large = [parts[number] for number in np.flatnonzero(scarce & (sizes > _SMALL_PART)).tolist()]
    bundles: list[list[IntArray]] = []
    room = 0
    for number in np.flatnonzero(scarce & (sizes <= _SMALL_PART)).tolist():
        if room <= 0:
            bundles.append([])
            room = _BUNDLE_NEEDS
        bundles[-1].append(parts[number])
        room -= len(parts[number])
    ample = every[np.repeat(~scarce, sizes)]
    joined = [np.sort(np.concatenate(bundle)) for bundle in bundles]
    return [*large, *joined, *([np.sort(ample)] if len(ample) else [])]


def _tied(model: Model, live: IntArray) -> BoolArray:
    """Needs that touch a ceiling, or a giver who could be asked for too much."""
    inside = np.zeros(len(model), dtype=np.bool_)
    inside[live] = True
    tied = np.zeros(len(model), dtype=np.bool_)
    tied[model.supply.ceilings.need] = True
    every = np.arange(len(inside), dtype=np.int64)
    for gifts, owner in ((model.supply.money, every), (model.supply.goods, model.item_need)):
        scarce = binding(gifts, inside, owner)
        tied[owner[gifts.taker[scarce[gifts.giver]]]] = True
    return tied


def too_shallow(model: Model, prices: Prices) -> BoolArray:
    """Places where an arc that was left out would beat, at these prices, all that were taken in."""
    places, arcs = model.people.places, model.people.arcs
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * prices.people[model.rows.row])
    best = np.full(len(places), -(2**61), dtype=np.int64)
    np.maximum.at(best, arcs.place, arcs.points * NANO - paid)
    return (places.tail != NO_ARC) & (np.where(places.tail == NO_ARC, 0, places.tail) * NANO > best)
