"""
What more would be worth: one more volunteer of a skill in a town on a day, more money in a fund, one more item.

The prices of a solution prove an upper end for each gain: a new row costs what its best use would earn at
those prices, and the slack of the parts it touches is added. The lower end is a plan in hand: the needs that
wait are solved again beside everything else. Where the parts are small they are solved again whole, and the
gain is then exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import IntArray
from matching.components import components, split
from matching.explain.changes import change_to
from matching.explain.help import Trials
from matching.explain.openings import Opening, openings
from matching.explain.resolve import Beside, solved
from matching.model import NANO, Model
from matching.optimise import Solution
from matching.solvers.bound import NeedValues, Prices, need_values, staffing
from matching.statements import Parameters, PriceKind, ShadowPrice

MONEY_STEP_FEN = 100_000
_TRIAL_S = 3.0
_WHOLE_NEEDS = 120
_WAITING = 12
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Offer:
    """Something more, its upper worth in nanopoints, the needs it could touch and those that wait for it."""

    kind: PriceKind
    parameters: Parameters
    highest: int
    touched: IntArray
    waiting: IntArray


class Pricer:
    """Prices one plan's scarce things."""

    def __init__(self, beside: Beside, solution: Solution, trials: Trials) -> None:
        self._beside, self._made, self._trials = beside, beside.made, trials
        self._model, self._draft, self._prices = self._made.model, solution.draft, solution.prices
        self._now = self._values(self._model)
        self._best_now = np.where(self._model.in_play, self._now.best, 0)
        self._part, self._slack = self._parts()
        self._unmet = ~self._draft.complete
        self._timeless = self._without_times()
        self._timeless_worth = sum(self._model.worth.complete[self._timeless].tolist())

    def prices(self, confirmed: int) -> tuple[ShadowPrice, ...]:
        """Give the gains of most worth; the first ``confirmed`` of them are solved again where that is cheap."""
        offers = [*self._people(), *self._money(), *self._goods()]
        offers.sort(key=lambda offer: (-offer.highest, offer.kind, sorted(offer.parameters.items(), key=str)))
        chosen = _first_of_each_kind(offers, confirmed)
        listed = [number for number in range(len(offers)) if number < _SHOWN or number in chosen]
        found = [self._priced(offers[number], number in chosen) for number in listed]
        found.sort(
            key=lambda price: (-(price.gain or 0), -price.lowest, -price.highest, str(price.parameters))
        )
        return tuple(price for price in found if price.highest > 0)

    def _priced(self, offer: _Offer, again: bool) -> ShadowPrice:
        lowest, gain, exact = 0, None, False
        if again:
            lowest, exact = self._again(offer)
        parts = np.unique(self._part[offer.touched])
        indicative = bool((self._slack[parts[parts >= 0]] > 0).any())
        highest = max(offer.highest // NANO, lowest)
        if exact:
            gain = highest = lowest
        return ShadowPrice(
            kind=offer.kind,
            parameters=offer.parameters,
            lowest=lowest,
            highest=highest,
            gain=gain,
            urgency=self._made.instance.policy.weights.fulfilment_per_urgency.value,
            indicative=indicative and not exact,
        )

    def _again(self, offer: _Offer) -> tuple[int, bool]:
        """Points gained by solving again, and whether that is the exact gain."""
        labels = self._made.labels
        whole = self._around(offer.touched)
        exact = len(whole) <= _WHOLE_NEEDS
        inside = whole if exact else offer.waiting[:_WAITING]
        if not len(inside) or not self._trials.take():
            return 0, False
        group = [labels.needs[int(need)] for need in inside.tolist()]
        people = self._beside.people_of(inside)
        before = solved(self._beside.problem_of(group, people), self._beside.policy, _TRIAL_S)
        problem, policy = self._beside.with_change(group, people, change_to(offer.kind, offer.parameters))
        after = solved(problem, policy, _TRIAL_S)
        gain = after.value // NANO - before.value // NANO
        if exact and before.proven and after.proven:
            return gain, True
        return max(0, after.value // NANO - before.bound // NANO), False

    def _around(self, touched: IntArray) -> IntArray:
        """All needs that anything tied to these needs could touch."""
        pairs, arcs = self._made.found.pairs, self._model.people.arcs
        inside = np.zeros(len(self._model), dtype=np.bool_)
        inside[touched] = True
        able = np.zeros(len(self._made.labels.volunteers), dtype=np.bool_)
        able[pairs.volunteer[inside[pairs.need]]] = True
        inside[self._model.arc_need[able[arcs.volunteer]]] = True
        parts = np.unique(self._part[inside])
        around = np.isin(self._part, parts[parts >= 0])
        around[touched] = True  # also those that nobody could serve so far, which are in no part
        return np.flatnonzero(around).astype(np.int64)

    def _people(self) -> Iterator[_Offer]:
        for opening in openings(self._made, self._draft, self._prices, self._now.complete, self._now.best):
            yield self._person(opening)

    def _person(self, opening: Opening) -> _Offer:
        return _Offer(
            kind=PriceKind.VOLUNTEER,
            parameters={
                "people": 1,
                "skills": opening.skill or "",
                "licences": ",".join(opening.licences),
                "region_path": opening.region_path,
                "day": opening.day,
            },
            highest=opening.highest + self._slack_of(opening.touched) + self._timeless_worth,
            touched=np.union1d(opening.touched, self._timeless),
            waiting=opening.waiting,
        )

    def _without_times(self) -> IntArray:
        """Needs without a start time because nobody is free at all: one more person gives them times."""
        made, model = self._made, self._model
        blank = model.has_slots & (made.found.starts.count() == 0)
        return np.flatnonzero(blank & made.found.open_needs & model.supply.supplied).astype(np.int64)

    def _values(self, model: Model) -> NeedValues:
        prices = self._prices
        team = staffing(model.people, model.rows, prices.people, len(model), model.has_slots)
        return need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)

    def _money(self) -> Iterator[_Offer]:
        money, funds = self._model.supply.money, self._made.instance.funds
        order = np.argsort(money.giver, kind="stable")
        first = np.searchsorted(money.giver[order], np.arange(len(funds) + 1))
        for fund in range(len(funds)):
            arcs = order[first[fund] : first[fund + 1]]
            needs = money.taker[arcs]
            waiting = needs[self._unmet[needs]]
            price = int(self._prices.money[fund])
            wider = arcs[money.most[arcs] < self._most_after(fund, arcs)]
            if not len(waiting) or (not price and not len(wider)):
                continue
            more = self._gained(fund, wider) + price * MONEY_STEP_FEN
            yield _Offer(
                kind=PriceKind.MONEY,
                parameters={**funds.named(fund), "amount_fen": MONEY_STEP_FEN},
                highest=more + self._slack_of(needs),
                touched=needs,
                waiting=self._by_worth(waiting),
            )

    def _most_after(self, fund: int, arcs: IntArray) -> IntArray:
        """Fen that the fund could give each of its needs if it had more."""
        money, cap = self._model.supply.money, int(self._made.instance.funds.case_cap_fen[fund])
        budget = int(money.held[fund]) + MONEY_STEP_FEN
        return np.minimum(np.minimum(money.asked[money.taker[arcs]], cap), budget)

    def _gained(self, fund: int, arcs: IntArray) -> int:
        """Nanopoints that needs gain at the prices when a fund may give them more than its old budget."""
        model, money = self._model, self._model.supply.money
        if not len(arcs):
            return 0
        most = money.most.copy()
        most[arcs] = self._most_after(fund, arcs)
        richer = replace(money, most=most)
        needs = np.unique(money.taker[arcs])
        part = split(replace(model, supply=replace(model.supply, money=richer)), [needs])[0]
        prices = Prices(
            people=self._prices.people[part.rows],
            money=self._prices.money[part.funds],
            goods=self._prices.goods[part.stock],
            ceilings=self._prices.ceilings[part.ceilings],
        )
        richer_model = part.model
        supply = richer_model.supply
        short = money.reachable[needs] < money.asked[needs]
        possible = np.where(short, supply.money.reachable >= supply.money.asked, richer_model.possible)
        cut = replace(richer_model, possible=possible, in_play=richer_model.in_play | possible)
        team = staffing(cut.people, cut.rows, prices.people, len(cut), cut.has_slots)
        values = need_values(cut.worth, supply, prices, team, cut.item_need, possible=possible)
        after = np.where(cut.in_play, values.best, 0)
        return int(np.maximum(after - self._best_now[needs], 0).sum())

    def _goods(self) -> Iterator[_Offer]:
        items, model = self._made.instance.items, self._model
        goods, worth = model.supply.goods, model.worth
        received = np.zeros(len(items), dtype=np.int64)
        np.add.at(received, goods.taker, self._draft.goods)
        total = worth.complete + worth.money_credit * model.supply.money.asked
        np.add.at(total, items.need, worth.item_credit * items.quantity)
        keys: dict[tuple[str, str], list[int]] = {}
        for item, key in enumerate(zip(items.item, items.unit, strict=True)):
            keys.setdefault(key, []).append(item)
        for (code, unit), members in sorted(keys.items()):
            needs = items.need[members]
            short = self._unmet[needs] & (
                goods.reachable[members] + received[members] < 2 * items.quantity[members]
            )
            waiting = np.unique(needs[short & self._made.found.open_needs[needs]])
            if not len(waiting):
                continue
            yield _Offer(
                kind=PriceKind.GOODS,
                parameters={"item": code, "unit": unit, "quantity": 1},
                highest=int(total[needs].max()) + self._slack_of(needs),
                touched=np.unique(needs),
                waiting=self._by_worth(waiting),
            )

    def _by_worth(self, needs: IntArray) -> IntArray:
        needs = np.unique(needs)
        return needs[np.lexsort((needs, -self._model.worth.complete[needs]))]

    def _slack_of(self, touched: IntArray) -> int:
        parts = np.unique(self._part[touched])
        return sum(int(self._slack[part]) for part in parts[parts >= 0].tolist())

    def _parts(self) -> tuple[IntArray, IntArray]:
        """Part by need (-1: in none), and by part what its prices leave unproven, in nanopoints."""
        model, prices = self._model, self._prices
        live = np.flatnonzero(self._made.found.open_needs).astype(np.int64)
        parts = components(model, live, with_supply=True)
        part = np.full(len(model), -1, dtype=np.int64)
        for number, needs in enumerate(parts):
            part[needs] = number
        slack = np.zeros(len(parts), dtype=np.int64)
        np.add.at(slack, part[live], self._best_now[live])
        supply = model.supply
        rented = (
            (prices.people, model.rows.cap, model.arc_need[model.rows.arc], model.rows.row),
            (prices.money, supply.money.held, supply.money.taker, supply.money.giver),
            (prices.goods, supply.goods.held, model.item_need[supply.goods.taker], supply.goods.giver),
            (prices.ceilings, supply.ceilings.cap, supply.ceilings.need, supply.ceilings.row),
        )
        for price, cap, need, row in rented:
            of_row = np.full(len(price), -1, dtype=np.int64)
            np.maximum.at(of_row, row, part[need])
            paid = np.flatnonzero((price > 0) & (of_row >= 0))
            np.add.at(slack, of_row[paid], price[paid] * cap[paid])
        np.add.at(slack, part[live], -self._earned()[live])
        return part, np.maximum(slack, 0)

    def _earned(self) -> IntArray:
        """Nanopoints of the plan by need."""
        model, draft = self._model, self._draft
        worth, supply = model.worth, model.supply
        earned = np.where(draft.complete, worth.complete, 0)
        np.add.at(earned, model.arc_need[draft.chosen], model.people.arcs.points[draft.chosen] * NANO)
        money, goods = supply.money, supply.goods
        np.add.at(earned, money.taker, (worth.money_credit[money.taker] - money.cost) * draft.money)
        np.add.at(
            earned, model.item_need[goods.taker], (worth.item_credit[goods.taker] - goods.cost) * draft.goods
        )
        return earned


def _first_of_each_kind(offers: list[_Offer], count: int) -> set[int]:
    """Give the positions of the best offers, among them the best few of each kind."""
    chosen: set[int] = set()
    for kind in PriceKind:
        chosen.update([number for number, offer in enumerate(offers) if offer.kind == kind][: count // 5])
    for number in range(len(offers)):
        if len(chosen) >= count:
            break
        chosen.add(number)
    return chosen
