"""
The levels of a model: what a draft reaches on each, and models that stop at one of them.

A model with levels is one weighted sum. Its level sums are kept in nanopoints at the weights of the policy,
so they add up to the sum itself; comparing them as a tuple is the lexicographic order.
"""

import math
from dataclasses import replace

import numpy as np

from matching.arrays import IntArray, exact_sum
from matching.model import NANO, NO_ARC, Draft, Gifts, Levels, Model, Worth, towards_floors, unfairness

LEVELS = ("FULFILMENT", "FAIRNESS", "CONVENIENCE", "SPENDING")
"""Names of the levels, first first."""

LevelSums = tuple[int, int, int, int]


def levels_of(model: Model) -> Levels:
    """Levels of a model; without any, all of its worth is level 1."""
    if model.levels is not None:
        return model.levels
    nothing = np.zeros(len(model), dtype=np.int64)
    return Levels(fulfilment=model.worth.complete, fairness=nothing, pin=nothing)


def level_sums(model: Model, draft: Draft) -> LevelSums:
    """
    Nanopoints of a draft by level, pins left out.

    Level 2 is what each need served earns for its community, less the convex cost where the model has one.
    """
    levels, worth, supply = levels_of(model), model.worth, model.supply
    money, goods = supply.money, supply.goods
    first = (
        exact_sum(levels.fulfilment[draft.complete])
        + exact_sum(worth.money_credit[money.taker] * draft.money)
        + exact_sum(worth.item_credit[goods.taker] * draft.goods)
    )
    return (
        first,
        exact_sum(levels.fairness[draft.complete]) - unfairness(model, draft.complete),
        int(model.people.arcs.points[draft.chosen].sum()) * NANO,
        towards_floors(model, draft.money)
        - exact_sum(money.cost * draft.money)
        - exact_sum(goods.cost * draft.goods),
    )


def pins_kept(model: Model, draft: Draft) -> int:
    """Nanopoints that keeping pinned visits adds to a draft."""
    return exact_sum(levels_of(model).pin[draft.complete])


def up_to(model: Model, level: int) -> Model:
    """Give the model of the first ``level`` levels (1 to 4); what comes below counts nothing."""
    levels, worth, supply = levels_of(model), model.worth, model.supply
    complete, fairness = levels.fulfilment + levels.pin, None
    if level >= 2:
        complete, fairness = complete + levels.fairness, model.fairness
    people = model.people
    if level < 3:
        tail = people.places.tail
        people = replace(
            people,
            arcs=replace(people.arcs, points=np.zeros_like(people.arcs.points)),
            places=replace(people.places, tail=np.where(tail == NO_ARC, NO_ARC, 0)),
        )
    if level < 4:
        supply = replace(supply, money=_free(supply.money), goods=_free(supply.goods))
    worth = replace(worth, complete=complete)
    floors = model.floors if level >= 4 else None
    return replace(model, worth=worth, people=people, supply=supply, fairness=fairness, floors=floors)


def _free(gifts: Gifts) -> Gifts:
    return replace(gifts, cost=np.zeros_like(gifts.cost))


def raised(model: Model, first: int, second: int) -> Model:
    """Give the model with level 1 weighing ``first`` times and level 2 ``second`` times as much."""
    levels = levels_of(model)
    changed = Levels(fulfilment=levels.fulfilment * first, fairness=levels.fairness * second, pin=levels.pin)
    worth = Worth(
        complete=changed.fulfilment + changed.fairness + changed.pin,
        money_credit=model.worth.money_credit * first,
        item_credit=model.worth.item_credit * first,
    )
    fairness = model.fairness
    if fairness is not None:
        fairness = replace(fairness, grain=fairness.grain * second)
    return replace(model, worth=worth, levels=changed, fairness=fairness)


def granule(model: Model) -> int:
    """Nanopoints that every value of the model is a multiple of."""
    worth, supply = model.worth, model.supply
    points: IntArray = np.concatenate(
        [model.people.arcs.points, np.where(model.people.places.tail == NO_ARC, 0, model.people.places.tail)]
    )
    parts = [
        int(np.gcd.reduce(values)) if len(values) else 0
        for values in (
            worth.complete[model.possible],
            worth.money_credit[supply.money.taker],
            worth.item_credit[supply.goods.taker],
            supply.money.cost,
            supply.goods.cost,
        )
    ]
    whole = int(np.gcd.reduce(points)) * NANO if len(points) else 0
    steps = 0 if model.fairness is None else int(np.gcd.reduce(model.fairness.grain, initial=0))
    floors = 0 if model.floors is None else int(np.gcd.reduce(model.floors.worth, initial=0))
    return math.gcd(whole, steps, floors, *parts) or 1


def floored(bound: int, model: Model) -> int:
    """Largest value that the model can take at or below a bound."""
    unit = granule(model)
    return bound // unit * unit
