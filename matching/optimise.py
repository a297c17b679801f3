"""A model, solved: split into parts that do not touch, each solved alone, and put together with its bound."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.components import Part, components, split
from matching.crews import Crew
from matching.executors import Errand, Log, carried_out
from matching.levels import LevelSums, level_sums, up_to
from matching.model import (
    NANO,
    NO_ARC,
    Draft,
    Model,
    binding,
    divided,
    draft_value,
    empty_draft,
    step_costs,
    unfairness,
)
from matching.solvers.bound import Prices, no_prices
from matching.solvers.order import Ordered, solve_in_order
from matching.solvers.outcome import Clock, Outcome, own_bound

_SMALL_PART = 60
_BUNDLE_NEEDS = 400
_PIECE_ARCS = 50_000

Step = Callable[[float, int, int], None]
"""Told after each part: share of parts done, points so far, and a bound of the whole."""


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


def optimise(
    model: Model,
    clock: Clock,
    gap: float,
    step: Step | None = None,
    *,
    crew: Crew | None = None,
    cancel: Event | None = None,
) -> Solution:
    """
    Solve every part of a model until the gap is reached or the clock runs out.

    Parameters
    ----------
    step
        Told as parts come home.
    crew
        Who solves the parts; None is this process. The solution is the same as long as no clock runs out.
    cancel
        A token that ends the run early from another thread: parts not solved by then stay empty, and the
        bound allows for what they might have been worth.

    Notes
    -----
    The prices are those of the model's rows as :func:`matching.model.divided` gives them.
    """
    model = replace(model, rows=divided(model.rows))
    parts = split(model, _parts(model))
    models = [part.model for part in parts]
    errand = Errand(solve=solve_in_order, clock=clock, gap=gap, cancel=cancel)
    log = Log()
    tally = None if step is None else _Tally(models, step)
    solved: dict[int, Ordered] = {}
    for number, result in carried_out(models, errand, crew, log):
        solved[number] = _untouched(models[number]) if result is None else result
        if tally is not None:
            tally.home(number, models[number], solved[number].outcome)
    solution = _together(model, parts, [solved[number] for number in range(len(parts))])
    solution.figures.update(log.figures())
    return solution


class _Tally:
    """Value of the parts that are home, and a bound of the whole: parts still out count for all they could be."""

    def __init__(self, models: list[Model], step: Step) -> None:
        self._open = [_most(model) for model in models]
        self._value, self._bound, self._home, self._step = 0, sum(self._open), 0, step

    def home(self, number: int, model: Model, outcome: Outcome) -> None:
        self._home += 1
        self._value += draft_value(model, outcome.draft)
        self._bound += _bound_of(model, outcome) - self._open[number]
        self._step(self._home / len(self._open), self._value // NANO, self._bound // NANO)


def _most(model: Model) -> int:
    """Nanopoints that no plan exceeds, by the bound that needs no prices."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    return own_bound(model, needs, no_prices(model.rows, model.supply))


def _untouched(model: Model) -> Ordered:
    """Nothing for anybody."""
    draft, most = empty_draft(model), _most(model)
    prices = no_prices(model.rows, model.supply)
    outcome = Outcome(draft=draft, own=most, bound=most, prices=prices, method="untouched")
    first, second, third = (
        most if model.levels is None else _most(up_to(model, level)) for level in (1, 2, 3)
    )
    return Ordered(outcome=outcome, sums=level_sums(model, draft), bounds=(first, second, third, most))


def _bound_of(model: Model, outcome: Outcome) -> int:
    """A solver's bound below a plan in hand is refuted; our own arithmetic stands."""
    return outcome.bound if outcome.bound >= draft_value(model, outcome.draft) else outcome.own


def _summed(rows: list[LevelSums]) -> LevelSums:
    first, second, third, fourth = (sum(column) for column in zip((0, 0, 0, 0), *rows, strict=True))
    return first, second, third, fourth


def _together(model: Model, parts: list[Part], ordered: list[Ordered]) -> Solution:
    outcomes = [solved.outcome for solved in ordered]
    whole, prices = empty_draft(model), no_prices(model.rows, model.supply)
    prices = replace(prices, communities=_prices_of_known(model, parts))
    beyond = _out_of_reach(model, parts)
    own = bound = -beyond
    methods: dict[str, int] = {}
    for part, outcome in zip(parts, outcomes, strict=True):
        part.put(whole, outcome.draft)
        prices.people[part.rows] = outcome.prices.people
        prices.ceilings[part.ceilings] = outcome.prices.ceilings
        if len(outcome.prices.communities):
            # at least what the last known one costs: cheaper, the whole would prove less than its parts
            dearer = np.maximum(prices.communities[part.communities], outcome.prices.communities)
            prices.communities[part.communities] = dearer
        prices.money[part.funds] = np.maximum(prices.money[part.funds], outcome.prices.money)
        prices.goods[part.stock] = np.maximum(prices.goods[part.stock], outcome.prices.goods)
        if outcome.multiplier is not None:
            if not len(prices.needs):
                prices = replace(prices, needs=np.full(len(model), -1, dtype=np.int64))
            prices.needs[part.needs] = outcome.multiplier
        own += outcome.own
        bound += _bound_of(part.model, outcome)
        methods[f"parts_{outcome.method}"] = methods.get(f"parts_{outcome.method}", 0) + 1
    figures: dict[str, int | float | str] = {
        **methods,
        "parts": len(outcomes),
        "bound_own": own // NANO,
        "bound_source": "own" if own // NANO <= bound // NANO else "solver",
    }
    first, second, third, fourth = _summed([solved.bounds for solved in ordered])
    return Solution(
        draft=whole,
        value=draft_value(model, whole),
        bound=bound,
        own=own,
        prices=prices,
        sums=level_sums(model, whole),
        bounds=(first, second - beyond, third - beyond, fourth - beyond),
        figures=figures,
    )


def _out_of_reach(model: Model, parts: list[Part]) -> int:
    """What communities cost for fairness that no part can do anything for."""
    if model.fairness is None:
        return 0
    alone = np.ones(len(model), dtype=np.bool_)
    reached = np.zeros(len(model.fairness), dtype=np.bool_)
    for part in parts:
        reached[part.communities] = True
    inside = model.community >= 0
    alone[inside] = reached[model.community[inside]]
    apart = replace(model, fairness=replace(model.fairness, base=np.where(reached, 0, model.fairness.base)))
    return unfairness(apart, alone)


def _prices_of_known(model: Model, parts: list[Part]) -> IntArray:
    """By community, what the last of the needs costs that stay incomplete whatever the parts do."""
    fairness = model.fairness
    if fairness is None:
        return np.empty(0, dtype=np.int64)
    held = [part.needs for part in parts]
    out = np.ones(len(model), dtype=np.bool_)
    out[np.concatenate([np.empty(0, dtype=np.int64), *held])] = False
    out &= model.community >= 0
    known = fairness.base + np.bincount(model.community[out], minlength=len(fairness))
    some = (known > 0).astype(np.int64)
    price = np.zeros(len(fairness), dtype=np.int64)
    which, cost = step_costs(fairness, known - some, some)
    price[which] = cost
    return price


def _parts(model: Model) -> list[IntArray]:
    """Scarce parts alone, small scarce ones bundled, and ample ones joined to pieces worth a flow."""
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
    bundles += _pieces([parts[number] for number in np.flatnonzero(~scarce).tolist()], model)
    return [*large, *(np.sort(np.concatenate(bundle)) for bundle in bundles)]


def _pieces(parts: list[IntArray], model: Model) -> list[list[IntArray]]:
    """Parts joined to pieces of at least so many arcs: a flow is cheap to start, and cheaper in two halves."""
    arcs = np.bincount(model.arc_need, minlength=len(model))
    pieces: list[list[IntArray]] = []
    room = 0
    for part in parts:
        if room <= 0:
            pieces.append([])
            room = _PIECE_ARCS
        pieces[-1].append(part)
        room -= int(arcs[part].sum())
    return pieces


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
