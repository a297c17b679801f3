"""A coupled part whose people tie all together: the bound of whole weeks, and a plan polished."""

from matching.solvers.coupled.closing import all_at_once
from matching.solvers.coupled.hand import Hand, choose, heat_of
from matching.solvers.coupled.polishing import improved_in_blocks, moved_in_blocks
from matching.solvers.coupled.pricing import ascend, first_pay, provable, team_values
from matching.solvers.giving.dealing import deal_out

_KNOTTED_COLUMNS = 16_000  # and up to this size if people tie all together
_ASCENT_ROUNDS = 400
_BLOCK = 300
_ROUNDS = 12
_SMALL_ROUNDS = 3  # before a programme with everything
_SMALL_BLOCK = 150


def polish(hand: Hand) -> None:
    """Tighten the bound with whole weeks of people, then polish the plan until nothing more is found."""
    model, needs = hand.model, hand.needs
    columns = len(model.people.arcs) + len(model.supply.money) + len(model.supply.goods)
    small = columns <= _KNOTTED_COLUMNS
    if provable(model):
        pay = first_pay(model, hand.prices)
        market = ascend(
            model, hand.prices, pay, target=hand.value, rounds=_ASCENT_ROUNDS * (4 if small else 1)
        )
        hand.bound = min(hand.bound, market.bound)
        _, bound = choose(hand, team_values(model, market.pay))
        hand.bound = min(hand.bound, bound + market.earned)
    can = needs[model.possible[needs]]
    most = _SMALL_BLOCK if small else _BLOCK
    idle = 0
    for number in range(_SMALL_ROUNDS if small else _ROUNDS):
        if hand.over or idle >= 2:
            break
        before = hand.value
        heat = heat_of(model, share=0.2 / (number + 1), moves_a_need=60)
        clock = hand.clock.share(0.3)
        draft = moved_in_blocks(model, hand.prices, hand.draft, can, heat=heat, seed=10 + number, clock=clock)
        hand.offer(draft)
        if not hand.over:
            clock = hand.clock.share(0.4)
            hand.offer(improved_in_blocks(model, hand.draft, can, most=most, seed=number, clock=clock))
        hand.offer(deal_out(model, hand.draft, needs))
        idle = idle + 1 if hand.value - before < 0.002 * (hand.bound - hand.value) else 0
    if small and not hand.over:
        all_at_once(hand)
