"""
A bound anyone can check: prices in, whole numbers out.

For any prices that are not negative, the sum of ``price * capacity`` over all rows, and over all needs of
the best a need could earn if it paid those prices, is at least the value of every plan (Lagrangian
relaxation). Nothing here asks where the prices came from; they are integers in nanopoints, and so is all
that follows.
"""

from dataclasses import dataclass, field

import numpy as np

from matching.arrays import BoolArray, IntArray, exact_dot, exact_sum
from matching.model import NANO, NO_ARC, Gifts, Model, People, Rows, Supply, Worth, step_costs

NEVER = -(2**61)
MOST_PRICE = 2**47
"""Nanopoints a unit; above what any need is worth. Prices up to here cannot overflow what follows."""

_MOST_PAID = 2**56
_HOPELESS = 2**50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """
    Nanopoints a unit of each row: volunteers' rows, funds (fen), stock lines (pieces), ceilings.

    ``needs`` are prices of slots by need that prove a bound with the rows kept whole as knapsacks, -1 for needs
    that pay their rows' prices; empty where there are none. ``communities`` is what one more incomplete need of a
    community costs, ``floors`` what a fen towards a charity's floor earns; both empty where such do not count.
    """

    people: IntArray
    money: IntArray
    goods: IntArray
    ceilings: IntArray
    needs: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    communities: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    floors: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def no_prices(rows: Rows, supply: Supply, communities: int = 0) -> Prices:
    """All prices zero."""
    return Prices(
        people=np.zeros(len(rows), dtype=np.int64),
        money=np.zeros(len(supply.money.held), dtype=np.int64),
        goods=np.zeros(len(supply.goods.held), dtype=np.int64),
        ceilings=np.zeros(len(supply.ceilings), dtype=np.int64),
        communities=np.zeros(communities, dtype=np.int64),
    )


def staffing(people: People, rows: Rows, price: IntArray, n_needs: int, has_slots: BoolArray) -> IntArray:
    """Best a need's team is worth at these prices (0 without slots, NEVER where nobody can), by need."""
    places, arcs = people.places, people.arcs
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, rows.arc, np.minimum(rows.coefficient * price[rows.row], _MOST_PAID))
    worth = np.maximum(arcs.points * NANO - paid, NEVER // 64)  # a higher worth keeps the bound a bound
    size = np.bincount(places.group, minlength=len(places.group_need))
    first = np.where(places.tail == NO_ARC, NEVER // 64, places.tail * NANO)
    if len(arcs):
        begin = np.flatnonzero(np.diff(arcs.place, prepend=-1))
        filled = arcs.place[begin]
        first[filled] = np.maximum(first[filled], np.maximum.reduceat(worth, begin))
    groups = np.zeros(len(places.group_need), dtype=np.int64)
    np.add.at(groups, places.group, first)
    if (size == 2).any():
        _swap_pairs(people, worth, groups, size)
    best = np.where(has_slots, NEVER, 0).astype(np.int64)
    np.maximum.at(best, places.group_need, groups)
    return best


def _swap_pairs(people: People, worth: IntArray, groups: IntArray, size: IntArray) -> None:
    """Where one person is best in both places of a pair, the better of the two ways to send somebody else."""
    places, arcs = people.places, people.arcs
    paired = size[places.group[arcs.place]] == 2
    first, second, who = _two_best(
        len(places), arcs.place[paired], arcs.volunteer[paired], worth[paired], places.tail
    )
    begin = np.searchsorted(places.group, np.arange(len(groups)))
    pair = begin[size == 2]
    same = pair[(who[pair] == who[pair + 1]) & (who[pair] >= 0)]
    swapped = np.maximum(first[same] + second[same + 1], second[same] + first[same + 1])
    groups[places.group[same]] = np.maximum(swapped, NEVER)


def _two_best(
    n_places: int, place: IntArray, volunteer: IntArray, worth: IntArray, tail: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Best and second best worth of each place with the best one's volunteer (-1: an arc left out)."""
    order = np.lexsort((volunteer, -worth, place))
    rank = np.arange(len(order)) - np.searchsorted(place[order], place[order])
    first = np.full(n_places, NEVER // 64, dtype=np.int64)
    second, who = first.copy(), np.full(n_places, -1, dtype=np.int64)
    top, next_ = order[rank == 0], order[rank == 1]
    first[place[top]], who[place[top]] = worth[top], volunteer[top]
    second[place[next_]] = worth[next_]
    left_out = np.where(tail == NO_ARC, NEVER // 64, tail * NANO)
    better = left_out > first
    second = np.where(better, first, np.maximum(second, left_out))
    return np.where(better, left_out, first), second, np.where(better, -1, who)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GiftValue:
    """By taker: earned minus paid when all that is asked is given, and when only what pays is given."""

    full: IntArray
    partial: IntArray


def gift_values(gifts: Gifts, price: IntArray, credit: IntArray, levy: IntArray) -> GiftValue:
    """
    Cheapest way to serve every taker at these prices, exact since arcs only have their own caps.

    ``levy`` is a further price a unit by taker (ceilings), ``credit`` what a unit earns.
    """
    gain = credit[gifts.taker] - gifts.cost - price[gifts.giver] - levy[gifts.taker]
    order = np.lexsort((gifts.giver, -gain, gifts.taker))
    taker, most, gain = gifts.taker[order], gifts.most[order], gain[order]
    total = np.cumsum(most)  # may wrap around; differences within one taker are exact all the same
    before_taker = np.concatenate([[0], total])[gifts.first[taker]] if len(taker) else total
    before = total - most - before_taker
    given = np.clip(np.minimum(most, gifts.asked[taker] - before), 0, None)
    # No need is worth as much as _HOPELESS, and a loss counted as smaller keeps the bound a bound; as it is, a
    # high price times a large amount would not fit 64 bits.
    gain = np.maximum(gain, -(_HOPELESS // np.maximum(gifts.asked[taker], 1)) - 1)
    full = np.zeros(len(gifts.asked), dtype=np.int64)
    partial = full.copy()
    np.add.at(full, taker, given * gain)
    np.add.at(partial, taker, given * np.maximum(gain, 0))
    return GiftValue(full=full, partial=partial)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeedValues:
    """Nanopoints by need: best at the prices, when complete but for people, and by parts alone."""

    best: IntArray
    complete: IntArray
    partial: IntArray


def need_values(
    worth: Worth,
    supply: Supply,
    prices: Prices,
    team: IntArray,
    item_need: IntArray,
    *,
    possible: BoolArray,
    missed: IntArray | None = None,
) -> NeedValues:
    """Best of each need at prices; ``team`` as of :func:`staffing`, ``missed`` what staying incomplete costs."""
    n_needs = len(worth.complete)
    ceilings = supply.ceilings
    levy_fen = np.zeros(n_needs, dtype=np.int64)
    levy_need = np.zeros(n_needs, dtype=np.int64)
    np.add.at(levy_fen, ceilings.need, ceilings.per_fen * prices.ceilings[ceilings.row])
    np.add.at(levy_need, ceilings.need, ceilings.per_need * prices.ceilings[ceilings.row])
    money = gift_values(supply.money, prices.money, worth.money_credit, levy_fen)
    goods = gift_values(
        supply.goods, prices.goods, worth.item_credit, np.zeros(len(item_need), dtype=np.int64)
    )
    complete = worth.complete + money.full - levy_need
    np.add.at(complete, item_need, goods.full)
    partial = money.partial.copy()
    np.add.at(partial, item_need, goods.partial)
    partial = np.where(supply.parts, partial, 0)
    whole = np.where(possible & (team > NEVER // 128), complete + np.maximum(team, NEVER // 128), NEVER)
    short = np.maximum(partial, 0) if missed is None else np.maximum(partial, 0) - missed
    return NeedValues(best=np.maximum(whole, short), complete=complete, partial=partial)


def rent(price: IntArray, cap: IntArray) -> int:
    """Sum of price times capacity, exact."""
    return exact_dot(price, cap)


def missed(model: Model, prices: Prices) -> IntArray:
    """What staying incomplete costs each need at the communities' prices."""
    if model.fairness is None or not len(prices.communities):
        return np.zeros(len(model), dtype=np.int64)
    return np.where(model.community >= 0, prices.communities[model.community], 0)


def fairness_rent(model: Model, price: IntArray) -> int:
    """
    Most that communities could earn by needs that stay incomplete, at a price for each.

    The cost of the ``k``-th rises with ``k``, so each one that costs less than its price pays alone.
    """
    fairness = model.fairness
    if fairness is None:
        return 0
    price = price if len(price) else np.zeros(len(fairness), dtype=np.int64)
    members = np.bincount(model.community[model.community >= 0], minlength=len(fairness))
    which, cost = step_costs(fairness, fairness.base, members.astype(np.int64))
    known = step_costs(fairness, np.zeros_like(fairness.base), fairness.base)[1]
    return exact_sum(np.maximum(price[which] - cost, 0)) - exact_sum(known)
