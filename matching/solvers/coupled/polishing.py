"""
A plan made better piece by piece: moves in large blocks, programmes in small ones, several blocks at a time.

Every piece of work is a function of a block's arrays and its limits alone, so it may run in any order and
anywhere; the same pieces give the same plan unless the clock cuts them short.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from matching.arrays import IntArray
from matching.components import Part
from matching.cores import cores
from matching.model import Draft, Model, arcs_of_needs, draft_value
from matching.solvers.bound import Prices
from matching.solvers.coupled.neighbourhoods import blocks, cut
from matching.solvers.coupled.ruin import Workshop
from matching.solvers.outcome import Clock
from matching.solvers.programmes.whole import improved_whole

MOVE_BLOCK = 2_500  # needs moved together
_SLOW = 15_000  # moves a second to begin with
_STAGES = 16  # of cooling, between which the clock is read
_NODES = 60  # of one block's programme
_BLOCK_GAP = 1e-5

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Points by which a move may make a plan worse, at first and at last, and moves a need."""

    warm: float
    cold: float
    moves_a_need: int


def in_threads(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Results in the order of the items; the compiled loops and HiGHS let other threads run."""
    threads = min(len(items), cores())
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def cut_prices(prices: Prices, part: Part) -> Prices:
    """Prices of a part's rows."""
    return Prices(
        people=prices.people[part.rows],
        money=prices.money[part.funds],
        goods=prices.goods[part.stock],
        ceilings=prices.ceilings[part.ceilings],
    )


def moved(model: Model, prices: Prices, draft: Draft, *, heat: Heat, seed: int, clock: Clock) -> Draft:
    """Plan after annealing all of a model at once; never a worse one."""
    shop = Workshop.of(model, prices, draft)
    before = shop.value
    shop.fill(shop.by_price())
    shop.anneal(
        seed=seed, moves=0, warm=heat.warm, cold=heat.warm
    )  # compiled, and not on the clock's account
    moves = heat.moves_a_need * max(1, int(shop.net.movable.sum())) // _STAGES
    ratio = (heat.cold / heat.warm) ** (1 / _STAGES)
    warm = heat.warm
    pace = _SLOW
    for stage in range(_STAGES):
        # as many moves as the clock has room for at the pace seen last
        most = int(clock.left / (_STAGES - stage) * pace)
        made = max(1, min(moves, most))
        begin = time.monotonic()
        shop.anneal(seed=seed + stage, moves=made, warm=warm, cold=warm * ratio)
        warm *= ratio
        pace = made / max(1e-6, time.monotonic() - begin)
    return shop.draft if shop.value >= before else draft


def moved_in_blocks(
    model: Model,
    prices: Prices,
    draft: Draft,
    needs: IntArray,
    *,
    heat: Heat,
    seed: int,
    clock: Clock,
    most: int = MOVE_BLOCK,
    groups: list[IntArray] | None = None,
) -> Draft:
    """Anneal blocks (``groups``, or of at most ``most`` needs) beside each other; a single one with two seeds."""
    if len(needs) <= most and groups is None:
        work = partial(moved, model, prices, draft, heat=heat, clock=clock)
        found = in_threads(lambda number: work(seed=seed + number), [0, 1_000])
        return max(found, key=lambda other: draft_value(model, other))
    parts = cut(model, draft, groups or blocks(model, needs, most=most, seed=seed))
    parts.sort(key=lambda part: -len(part.needs))
    end = time.monotonic() + clock.left
    a_need = clock.left * min(cores(), len(parts)) / max(1, sum(len(part.needs) for part in parts))

    def one(numbered: tuple[int, Part]) -> Draft:
        number, part = numbered
        mine = Clock.of(max(0.1, min(end - time.monotonic(), a_need * len(part.needs))))
        own = cut_prices(prices, part)
        return moved(part.model, own, part.take(draft), heat=heat, seed=seed + number, clock=mine)

    result = draft.copy()
    for part, better in zip(parts, in_threads(one, list(enumerate(parts))), strict=True):
        part.put(result, better)
    return result


def improved(model: Model, draft: Draft, *, nodes: int, clock: Clock) -> Draft | None:
    """One block as a programme of whole numbers; None if nothing better was found."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    value = draft_value(model, draft)
    found, better, _ = improved_whole(
        model,
        needs,
        arcs_of_needs(model, needs),
        draft,
        value,
        bound=0,
        clock=clock,
        gap=_BLOCK_GAP,
        proves=False,
        nodes=nodes,
    )
    return found if better > value else None


def improved_in_blocks(
    model: Model, draft: Draft, needs: IntArray, *, most: int, seed: int, clock: Clock
) -> Draft:
    """Each block of at most ``most`` needs as a programme, where a need is left that could be complete."""
    parts = [
        part
        for part in cut(model, draft, blocks(model, needs, most=most, seed=seed))
        if (part.model.possible & ~part.take(draft).complete).any()
    ]
    end = time.monotonic() + clock.left

    def one(part: Part) -> Draft | None:
        left = end - time.monotonic()
        if left < 0.2:
            return None
        return improved(part.model, part.take(draft), nodes=_NODES, clock=Clock.of(min(left, 60.0)))

    result = draft.copy()
    for part, better in zip(parts, in_threads(one, parts), strict=True):
        if better is not None:
            part.put(result, better)
    return result


def crew_model(model: Model, chosen: IntArray) -> Model:
    """Give the people side alone, with the chosen needs and nothing that money, goods or ceilings say."""
    pick = np.zeros(len(model), dtype=np.bool_)
    pick[chosen] = True
    supply = model.supply
    none = np.zeros(0, dtype=np.int64)
    money = replace(
        supply.money,
        taker=none,
        giver=none,
        most=none,
        cost=none,
        asked=supply.money.asked * 0,
        first=supply.money.first * 0,
    )
    goods = replace(
        supply.goods,
        taker=none,
        giver=none,
        most=none,
        cost=none,
        asked=supply.goods.asked * 0,
        first=supply.goods.first * 0,
    )
    ceilings = replace(
        supply.ceilings, row=none, need=none, per_need=none, per_fen=none, cap=none, subject=none, what=[]
    )
    alone = replace(
        supply, money=money, goods=goods, ceilings=ceilings, parts=np.zeros(len(model), dtype=np.bool_)
    )
    return replace(model, possible=model.possible & pick, in_play=model.in_play & pick, supply=alone)
