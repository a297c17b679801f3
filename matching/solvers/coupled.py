"""
Parts where money or goods are scarce: prices, needs chosen at those prices, teams, gifts, and a bound.

The relaxation prices people, funds and stock, and the prices of places tighten its bound. A programme without
people, each need paying the price of its team, chooses needs; teams and gifts follow. If a gap is left, a
part that is small enough is closed by one programme with everything in it, and a larger plan is polished.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import FloatArray, IntArray
from matching.components import Part, components, split
from matching.model import NANO, NO_ARC, Draft, Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import NEVER, Prices, no_prices, rent, staffing
from matching.solvers.dealing import deal_out
from matching.solvers.linear import relaxed_prices, whole_answer
from matching.solvers.neighbourhoods import blocks
from matching.solvers.outcome import Clock, Outcome, own_bound
from matching.solvers.polishing import Heat, crew_model, improved_in_blocks, in_threads, moved_in_blocks
from matching.solvers.pricing import ascend, first_pay, provable, team_values
from matching.solvers.ruin import Workshop
from matching.solvers.staffing import staff
from matching.solvers.tighten import tightened
from matching.solvers.whole import improved_whole, nanopoints, part_programme

_ARCS_A_PLACE = 10  # of the programmes that only look for a plan
_WHOLE_COLUMNS = 60_000  # one programme with everything up to this size, if it has small people parts
_KNOTTED_COLUMNS = 16_000  # and up to this size if people tie all together
_RELAXED_ARCS = 60_000  # one relaxation of everything if no more arcs hang together by people
_PRICE_BLOCK = 1_000  # needs priced together beyond it
_CREW_ARCS = 4_000  # teams by programme up to so many arcs that hang together
_CHOICE_NODES = 2_000
_CHOICE_GAP = 2e-5
_FINE_CHOICE_GAP = 1e-6  # while few gifts are chosen among
_FEW_GIFTS = 2_000
_ASCENT_ROUNDS = 400
_BLOCK = 300
_ROUNDS = 12
_SMALL_ROUNDS = 3  # before a programme with everything
_SMALL_BLOCK = 150


@dataclass(slots=True, kw_only=True, eq=False)
class _Hand:
    """The best plan and bound so far."""

    model: Model
    needs: IntArray
    clock: Clock
    gap: float
    prices: Prices
    draft: Draft
    value: int
    bound: int
    by_teams: int  # bound of the choice at the prices of people's rows

    @property
    def closed(self) -> bool:
        return self.bound - self.value <= self.gap * self.bound

    @property
    def over(self) -> bool:
        return self.closed or self.clock.over

    def offer(self, draft: Draft) -> bool:
        value = draft_value(self.model, draft)
        better = value > self.value
        if better:
            self.draft, self.value = draft, value
        return better


def solve_coupled(original: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Best draft found for a part with scarce money or goods."""
    model = tightened(original)
    prices = _prices(model, needs, clock)
    own = own_bound(model, needs, prices)
    hand = _Hand(
        model=model,
        needs=needs,
        clock=clock,
        gap=gap,
        prices=prices,
        draft=empty_draft(model),
        value=0,
        bound=own,
        by_teams=own,
    )
    team = staffing(model.people, model.rows, prices.people, len(model), model.has_slots)
    chosen, bound = _choose(hand, team)
    hand.by_teams = min(own, bound + rent(prices.people, model.rows.cap))
    hand.bound = min(hand.bound, hand.by_teams)
    knotted = _seat(hand, chosen)
    if not hand.closed and not knotted:
        _all_at_once(hand)
    if not hand.closed and knotted:
        _polish_knot(hand)
    kept = len(original.supply.ceilings)
    told = replace(hand.prices, ceilings=hand.prices.ceilings[:kept])
    own = own_bound(original, needs, told)
    return Outcome(draft=hand.draft, own=own, bound=min(own, hand.bound), prices=told, method="coupled")


def _prices(model: Model, needs: IntArray, clock: Clock) -> Prices:
    """Prices of the linear relaxation; of its blocks where it is too large to be solved at once."""
    arcs = arcs_of_needs(model, needs)
    served = needs[model.has_slots[needs] & model.possible[needs]]
    if len(arcs) <= _RELAXED_ARCS or _largest_knot(model, served, arcs) <= _RELAXED_ARCS:
        programme = part_programme(model, needs, arcs, with_supply=True)
        relaxed = relaxed_prices(programme, model.rows, model.supply, clock.left * 0.5)
        return relaxed if relaxed is not None else no_prices(model.rows, model.supply)
    return _prices_by_blocks(model, needs, clock)


def _prices_by_blocks(model: Model, needs: IntArray, clock: Clock) -> Prices:
    """
    Relax blocks of needs each alone, with all people they touch and their share of each fund by what is asked.

    A row's price is the highest of its blocks', a fund's the mean weighed by what its blocks ask.
    """
    groups = blocks(model, needs, most=_PRICE_BLOCK, seed=0)
    parts = split(model, groups)
    supply = model.supply
    asked = _asked(supply.money.giver, supply.money.most, len(supply.money.held))
    wanted = _asked(supply.goods.giver, supply.goods.most, len(supply.goods.held))
    end = clock.share(0.3)

    def one(part: Part) -> tuple[Prices | None, FloatArray, FloatArray]:
        mine = part.model.supply
        money = np.bincount(mine.money.giver, weights=mine.money.most, minlength=len(part.funds))
        goods = np.bincount(mine.goods.giver, weights=mine.goods.most, minlength=len(part.stock))
        share, part_share = money / asked[part.funds], goods / wanted[part.stock]
        scarce = replace(
            mine,
            money=replace(mine.money, held=(mine.money.held * share).astype(np.int64)),
            goods=replace(mine.goods, held=(mine.goods.held * part_share).astype(np.int64)),
        )
        inside = np.flatnonzero(part.model.in_play).astype(np.int64)
        cut_down = replace(part.model, supply=scarce)
        programme = part_programme(cut_down, inside, arcs_of_needs(cut_down, inside), with_supply=True)
        return relaxed_prices(programme, cut_down.rows, scarce, end.left), share, part_share

    prices = no_prices(model.rows, supply)
    money, goods = prices.money.astype(np.float64), prices.goods.astype(np.float64)
    for part, (relaxed, share, part_share) in zip(parts, in_threads(one, parts), strict=True):
        if relaxed is None:
            continue
        prices.people[part.rows] = np.maximum(prices.people[part.rows], relaxed.people)
        prices.ceilings[part.ceilings] = np.maximum(prices.ceilings[part.ceilings], relaxed.ceilings)
        money[part.funds] += share * relaxed.money
        goods[part.stock] += part_share * relaxed.goods
    prices = replace(prices, money=np.rint(money).astype(np.int64), goods=np.rint(goods).astype(np.int64))
    return _supply_priced(model, needs, prices, clock)


def _supply_priced(model: Model, needs: IntArray, prices: Prices, clock: Clock) -> Prices:
    """Money, goods and ceilings priced for all needs at once, each need paying the price of its team."""
    team = staffing(model.people, model.rows, prices.people, len(model), model.has_slots)
    complete = _less_teams(model, team)
    nobody = np.empty(0, dtype=np.int64)
    programme = part_programme(model, needs, nobody, with_supply=True, complete=complete)
    relaxed = relaxed_prices(programme, model.rows, model.supply, clock.left * 0.2)
    return prices if relaxed is None else replace(relaxed, people=prices.people)


def _less_teams(model: Model, team: IntArray) -> IntArray:
    """What completeness earns when a need pays for its team."""
    return model.worth.complete + np.where(model.has_slots, np.maximum(team, NEVER // 128), 0)


def _asked(giver: IntArray, most: IntArray, count: int) -> FloatArray:
    return np.maximum(np.bincount(giver, weights=most, minlength=count), 1.0)


def _choose(hand: _Hand, team: IntArray) -> tuple[IntArray, int]:
    """Needs to complete when each pays ``team`` for its people, and what programmes say of the best."""
    model, needs = hand.model, hand.needs
    complete = _less_teams(model, team)
    nobody = np.empty(0, dtype=np.int64)
    programme = part_programme(model, needs, nobody, with_supply=True, complete=complete)
    few = len(model.supply.money) + len(model.supply.goods) <= _FEW_GIFTS
    answer = whole_answer(
        programme,
        gap=max(hand.gap / 4, _FINE_CHOICE_GAP if few else _CHOICE_GAP),
        time_s=hand.clock.left * 0.2,
        node_limit=_CHOICE_NODES,
    )
    if answer.z is None:
        return nobody, nanopoints(answer.bound_points)
    return needs[answer.z & model.possible[needs]], nanopoints(answer.bound_points)


def _seat(hand: _Hand, chosen: IntArray) -> bool:
    """Give the chosen needs their teams and gifts; True if too many arcs hang together for a programme."""
    model, needs = hand.model, hand.needs
    draft = empty_draft(model)
    draft.complete[chosen[~model.has_slots[chosen]]] = True
    served = chosen[model.has_slots[chosen]]
    near = _near_arcs(model, arcs_of_needs(model, served), hand.prices)
    knotted = _largest_knot(model, served, near) > _CREW_ARCS
    if knotted:
        crew = _crew(hand, served)
        draft.complete |= crew.complete
        draft.chosen |= crew.chosen
    else:
        weight = np.maximum(model.worth.complete, NANO)
        result = staff(model, served, weight, arcs=near, time_s=hand.clock.left * 0.4, with_prices=False)
        draft.complete |= result.complete
        draft.chosen |= result.chosen
    hand.offer(_fill(model, deal_out(model, draft, needs), needs, hand.prices))
    return knotted


def _largest_knot(model: Model, served: IntArray, near: IntArray) -> int:
    parts = components(model, served, with_supply=False)
    count = np.bincount(model.arc_need[near], minlength=len(model))
    return max((int(count[part].sum()) for part in parts), default=0)


def _heat(model: Model, *, share: float, moves_a_need: int) -> Heat:
    """Moves that may cost ``share`` of what a need is worth by the median."""
    worth = model.worth.complete[model.possible & (model.worth.complete > 0)]
    typical = float(np.median(worth)) / NANO if len(worth) else 1.0
    return Heat(warm=max(1.0, typical * share), cold=max(0.1, typical * 5e-4), moves_a_need=moves_a_need)


def _crew(hand: _Hand, served: IntArray) -> Draft:
    """Teams of as many of the chosen needs as people allow."""
    crew = crew_model(hand.model, served)
    prices = replace(hand.prices, ceilings=hand.prices.ceilings[:0])
    heat = _heat(hand.model, share=0.5, moves_a_need=60)
    clock = hand.clock.share(0.25)
    draft = moved_in_blocks(crew, prices, empty_draft(crew), served, heat=heat, seed=1, clock=clock)
    for seed in range(2):
        draft = improved_in_blocks(crew, draft, served, most=_BLOCK, seed=seed, clock=hand.clock.share(0.2))
    return draft


def _all_at_once(hand: _Hand) -> None:
    model, needs = hand.model, hand.needs
    arcs = arcs_of_needs(model, needs)
    arcs = _worth_a_look(hand, arcs)
    every = len(arcs) + len(model.supply.money) + len(model.supply.goods) <= _WHOLE_COLUMNS
    hand.draft, hand.value, hand.bound = improved_whole(
        model,
        needs,
        arcs if every else _near_arcs(model, arcs, hand.prices),
        hand.draft,
        hand.value,
        bound=hand.bound,
        clock=hand.clock,
        gap=hand.gap,
        proves=every,
    )


def _worth_a_look(hand: _Hand, arcs: IntArray) -> IntArray:
    """
    Arcs that a better plan than the one in hand could use.

    At the prices of people, a plan with an arc is worth at most the bound less what the arc's place loses by
    it against its best arc; exact for needs with one team, all arcs of other needs are kept.
    """
    model = hand.model
    places, people = model.people.places, model.people
    paid = np.zeros(len(people.arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * hand.prices.people[model.rows.row])
    worth = people.arcs.points * NANO - paid
    best = np.full(len(places), NEVER, dtype=np.int64)
    np.maximum.at(best, people.arcs.place, worth)
    teams = np.bincount(places.group_need, minlength=len(model))
    place = people.arcs.place[arcs]
    lost = np.where(
        (teams[places.need[place]] == 1) & (places.tail[place] == NO_ARC), best[place] - worth[arcs], 0
    )
    return arcs[lost <= hand.by_teams - hand.value]


def _polish_knot(hand: _Hand) -> None:
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
        _, bound = _choose(hand, team_values(model, market.pay))
        hand.bound = min(hand.bound, bound + market.earned)
    can = needs[model.possible[needs]]
    most = _SMALL_BLOCK if small else _BLOCK
    idle = 0
    for number in range(_SMALL_ROUNDS if small else _ROUNDS):
        if hand.over or idle >= 2:
            break
        before = hand.value
        heat = _heat(model, share=0.2 / (number + 1), moves_a_need=60)
        clock = hand.clock.share(0.3)
        draft = moved_in_blocks(model, hand.prices, hand.draft, can, heat=heat, seed=10 + number, clock=clock)
        hand.offer(draft)
        if not hand.over:
            clock = hand.clock.share(0.4)
            hand.offer(improved_in_blocks(model, hand.draft, can, most=most, seed=number, clock=clock))
        hand.offer(deal_out(model, hand.draft, needs))
        idle = idle + 1 if hand.value - before < 0.002 * (hand.bound - hand.value) else 0
    if small and not hand.over:
        _all_at_once(hand)


def _near_arcs(model: Model, arcs: IntArray, prices: Prices) -> IntArray:
    """Best arcs of each place after prices."""
    paid = np.zeros(len(model.people.arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * prices.people[model.rows.row])
    worth = model.people.arcs.points[arcs] * NANO - paid[arcs]
    place = model.people.arcs.place[arcs]
    order = np.lexsort((arcs, -worth, place))
    rank = np.arange(len(order)) - np.searchsorted(place[order], place[order])
    return np.sort(arcs[order[rank < _ARCS_A_PLACE]])


def _fill(model: Model, draft: Draft, needs: IntArray, prices: Prices) -> Draft:
    """Add needs that what is left can still complete, most worth first, and deal out anew."""
    before = int(draft.complete.sum())
    shop = Workshop.of(model, prices, draft)
    shop.fill(shop.by_price())
    filled = shop.draft
    return deal_out(model, filled, needs) if int(filled.complete.sum()) > before else draft
