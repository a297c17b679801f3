"""
A coupled part too large for programmes over all of it: one long cooling in large blocks, and a bound beside it.

The relaxation is solved in blocks of needs, and funds are priced for all of them at once. A first plan is filled
in at those prices and cooled round by round, each round in other blocks and on all cores, every block with what
the plan gives it of each fund. Beside it prices of places climb to the bound of whole weeks.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from matching.arrays import IntArray
from matching.model import Model, draft_value, empty_draft
from matching.solvers.coupled.hand import Hand, heat_of
from matching.solvers.coupled.neighbourhoods import realms
from matching.solvers.coupled.polishing import MOVE_BLOCK, moved_in_blocks
from matching.solvers.coupled.pricing import Market, ascend, first_pay, provable
from matching.solvers.coupled.relaxing import relaxation_prices
from matching.solvers.coupled.ruin import Workshop
from matching.solvers.coupled.tighten import tightened
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock, Outcome, own_bound

GIANT_NEEDS = 3_000
_ROUNDS = 16
_MOST_BLOCK = 10_000
_MOVES_A_NEED = 1_600  # in all rounds together
_WARM = 0.2  # of what a need is worth by the median
_ASCENT_ROUNDS = 400
_FAIR_AFTER = 5  # rounds: the length of steps is by how far the plan is from the bound
_KEPT_BACK = 0.02  # of the time, for dealing out and telling


def solve_giant(original: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Best draft found for a part of thousands of needs with scarce money or goods."""
    end, clock = clock, clock.share(1 - _KEPT_BACK)
    model = tightened(original)
    prices = relaxation_prices(model, needs, clock)
    own = own_bound(model, needs, prices)
    shop = Workshop.of(model, prices, empty_draft(model))
    shop.fill(shop.by_price())
    draft = shop.draft
    del shop
    hand = Hand(
        model=model,
        needs=needs,
        clock=clock,
        gap=gap,
        prices=prices,
        draft=draft,
        value=draft_value(model, draft),
        bound=own,
        by_teams=own,
    )
    with ThreadPoolExecutor(1) as beside:
        _cool(hand, beside)
    hand.clock = end
    hand.offer(deal_out(model, hand.draft, needs))
    told = replace(prices, ceilings=prices.ceilings[: len(original.supply.ceilings)])
    own = own_bound(original, needs, told)
    return Outcome(draft=hand.draft, own=own, bound=min(own, hand.bound), prices=told, method="giant")


def _cool(hand: Hand, beside: ThreadPoolExecutor) -> None:
    """Cool the plan in rounds; once it is a fair one the bound climbs beside it."""
    model = hand.model
    can = hand.needs[model.possible[hand.needs]]
    whole = heat_of(model, share=_WARM, moves_a_need=_MOVES_A_NEED // _ROUNDS)
    ratio = (whole.cold / whole.warm) ** (1 / _ROUNDS)
    market: Future[Market] | None = None
    for number in range(_ROUNDS):
        warm = whole.warm * ratio**number
        heat = replace(whole, warm=warm, cold=warm * ratio)
        clock = hand.clock.share(1 / (_ROUNDS - number))
        most = min(_MOST_BLOCK, len(can) * 3 // 5)
        groups = realms(model, can, most=most, seed=number) if len(can) > MOVE_BLOCK else None
        draft = moved_in_blocks(
            model, hand.prices, hand.draft, can, heat=heat, seed=100 * number, clock=clock, groups=groups
        )
        hand.offer(draft)
        if market is None and number >= _FAIR_AFTER and provable(model):
            market = beside.submit(_market, hand)
        if market is not None and market.done():
            hand.bound = min(hand.bound, market.result().bound)
        if hand.over:
            break
    if market is not None:
        hand.bound = min(hand.bound, market.result().bound)


def _market(hand: Hand) -> Market:
    model, prices = hand.model, hand.prices
    return ascend(
        model,
        prices,
        first_pay(model, prices),
        target=hand.value,
        rounds=_ASCENT_ROUNDS,
        clock=hand.clock,
    )
