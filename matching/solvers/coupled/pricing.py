"""
Prices of places: a Lagrangian bound that keeps every person's hours and overlaps whole.

Each need pays a price for each place it fills, each person earns it; people then plan their own weeks and
needs decide for themselves. For any prices the two sums are a bound (Guignard and Kim, Math Program 39,
1987); it is at least as tight as the linear relaxation's, because a person's week is solved in whole visits.
Prices move against the disagreement by deflected subgradient steps (Camerini, Fratta, Maffioli 1975).
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray, offsets
from matching.model import NANO, NO_ARC, Model
from matching.solvers.bound import MOST_PRICE, NEVER, NeedValues, Prices, gift_values, need_values, rent
from matching.solvers.coupled.schedule_kernel import best_needs, best_schedules
from matching.solvers.layout import lists
from matching.solvers.outcome import Clock

_DEFLECTION = 0.7
_PATIENCE = 15
_MOST_PAY = 2**52


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """Nanopoints paid for each place, prices of everything but people, and the bound that follows."""

    pay: IntArray
    prices: Prices
    bound: int
    earned: int  # by all people together


def first_pay(model: Model, prices: Prices) -> IntArray:
    """What the best arc of each place costs at the prices of people's rows."""
    arcs, rows = model.people.arcs, model.rows
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, rows.arc, rows.coefficient * prices.people[rows.row])
    pay = np.full(len(model.people.places), _MOST_PAY, dtype=np.int64)
    np.minimum.at(pay, arcs.place, paid - arcs.points * NANO)
    return pay


def provable(model: Model) -> bool:
    """Whether all arcs are there: an arc left out could earn more than those taken in."""
    return bool((model.people.places.tail == NO_ARC).all())


def team_values(model: Model, pay: IntArray) -> IntArray:
    """Minus the pay of each need's cheapest team."""
    places = model.people.places
    groups = np.zeros(len(places.group_need), dtype=np.int64)
    np.subtract.at(groups, places.group, pay)
    best = np.where(model.has_slots, NEVER, 0).astype(np.int64)
    np.maximum.at(best, places.group_need, groups)
    return best


class Ascent:
    """A model laid out for the halves of its Lagrangian."""

    def __init__(self, model: Model) -> None:
        arcs, rows, places, supply = model.people.arcs, model.rows, model.people.places, model.supply
        self.model = model
        self.person_first, self.person_arc = lists(arcs.volunteer, int(arcs.volunteer.max(initial=-1)) + 1)
        self.entry_first, entry = lists(rows.arc, len(arcs))
        self.entry_row, self.entry_size = rows.row[entry], rows.coefficient[entry]
        self.points = arcs.points * NANO
        self.place_first = offsets(places.need, len(model))
        self.open = model.possible & model.in_play
        self.taken = np.zeros(len(arcs), dtype=np.bool_)
        self.wanted = np.zeros(len(places), dtype=np.bool_)
        self.shares = np.zeros(len(supply.money), dtype=np.int64)
        self.team = np.zeros(len(model), dtype=np.int64)
        # people serve open needs alone
        self.open_arc: BoolArray = self.open[model.arc_need]
        asked = supply.money.asked[self.open & (supply.money.asked > 0)]
        self.unit = float(asked.mean()) if len(asked) else 1.0
        ceilings = supply.ceilings
        self.per_z = ceilings.per_need + ceilings.per_fen * supply.money.asked[ceilings.need]
        self.scale = np.maximum(ceilings.cap, 1).astype(np.float64)

    def earned(self, pay: IntArray) -> int:
        """Nanopoints of all people's best weeks at this pay, together."""
        worth = np.where(self.open_arc, self.points + pay[self.model.people.arcs.place], 0)
        return int(
            best_schedules(
                worth,
                self.person_first,
                self.person_arc,
                self.entry_first,
                self.entry_row,
                self.entry_size,
                self.model.rows.cap,
                self.taken,
            )
        )

    def needs(self, pay: IntArray, prices: Prices, complete: IntArray) -> int:
        """Worth of the needs as the compiled loop sees it (parts left out)."""
        model, supply = self.model, self.model.supply
        ceilings, money = supply.ceilings, supply.money
        levy_fen = np.zeros(len(model), dtype=np.int64)
        levy_need = np.zeros(len(model), dtype=np.int64)
        np.add.at(levy_fen, ceilings.need, ceilings.per_fen * prices.ceilings[ceilings.row])
        np.add.at(levy_need, ceilings.need, ceilings.per_need * prices.ceilings[ceilings.row])
        return int(
            best_needs(
                pay,
                complete,
                self.open,
                self.place_first,
                model.people.places.group,
                money.first,
                money.giver,
                money.most,
                money.cost - model.worth.money_credit[money.taker],
                money.asked,
                prices.money,
                levy_fen,
                levy_need,
                self.wanted,
                self.shares,
                self.team,
            )
        )

    def disagreement(self, prices: Prices) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Places, money and ceilings left over by what people and needs decided last, less what no price can lower."""
        model, places = self.model, self.model.people.places
        ceilings, money = model.supply.ceilings, model.supply.money
        filled = np.bincount(model.people.arcs.place[self.taken], minlength=len(places)).astype(np.float64)
        given = np.bincount(money.giver, weights=self.shares, minlength=len(money.held))
        for_fund = (money.held - given) / self.unit
        complete = np.zeros(len(model), dtype=np.bool_)
        complete[money.taker[self.shares > 0]] = True
        complete[places.need[self.wanted]] = True
        use = np.bincount(ceilings.row, weights=self.per_z * complete[ceilings.need], minlength=len(ceilings))
        for_ceiling = (ceilings.cap - use) / self.scale
        for_fund[(prices.money == 0) & (for_fund > 0)] = 0
        for_ceiling[(prices.ceilings == 0) & (for_ceiling > 0)] = 0
        return filled - self.wanted, for_fund, for_ceiling


def values_at(model: Model, pay: IntArray, prices: Prices) -> NeedValues:
    """What each need is worth when it pays for its places."""
    team = team_values(model, pay)
    return need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)


def _rents(model: Model, prices: Prices) -> int:
    supply = model.supply
    return (
        rent(prices.money, supply.money.held)
        + rent(prices.goods, supply.goods.held)
        + rent(prices.ceilings, supply.ceilings.cap)
    )


def market_bound(model: Model, pay: IntArray, prices: Prices, earned: int) -> int:
    """Exact bound at these prices, all needs and rows counted."""
    best = values_at(model, pay, prices).best[model.in_play]
    return earned + _rents(model, prices) + sum(best.tolist())


def ascend(
    model: Model, prices: Prices, pay: IntArray, *, target: int, rounds: int, clock: Clock | None = None
) -> Market:
    """
    Move prices for at most ``rounds`` steps towards a tighter bound; the best bound seen stands.

    Parameters
    ----------
    prices, pay
        Where to start.
    target
        Nanopoints of a plan in hand: no bound falls below it.
    clock
        Ends the steps early.
    """
    ascent = Ascent(model)
    supply = model.supply
    complete = model.worth.complete.copy()
    no_levy = np.zeros(len(model.item_need), dtype=np.int64)
    goods = gift_values(supply.goods, prices.goods, model.worth.item_credit, no_levy)
    np.add.at(complete, model.item_need, goods.full)
    here, here_pay = prices, pay
    best = Market(pay=pay, prices=prices, bound=2**62, earned=0)
    steps: tuple[FloatArray, FloatArray, FloatArray] | None = None
    pace, stale = 1.0, 0
    for _ in range(rounds):
        if clock is not None and clock.over and best.bound < 2**62:
            break
        earned = ascent.earned(here_pay)
        bound = earned + ascent.needs(here_pay, here, complete) + _rents(model, here)
        if bound < best.bound:
            stale = 0 if best.bound - bound > 1e-5 * abs(best.bound - target) else stale + 1
            best = Market(pay=here_pay, prices=here, bound=bound, earned=earned)
        else:
            stale += 1
        if stale > _PATIENCE:
            pace, stale = pace / 2, 0
            here, here_pay, steps = best.prices, best.pay, None
            if pace < 1e-3:
                break
            continue
        now = ascent.disagreement(here)
        if steps is not None:
            now = (
                now[0] + _DEFLECTION * steps[0],
                now[1] + _DEFLECTION * steps[1],
                now[2] + _DEFLECTION * steps[2],
            )
        steps = now
        norm = sum(float((step**2).sum()) for step in steps)
        if norm <= 0:
            break
        length = pace * max(bound - target, 1) / norm
        here_pay = here_pay - np.rint(length * steps[0]).astype(np.int64)
        here_pay = np.clip(here_pay, -_MOST_PAY, _MOST_PAY)
        here = replace(
            here,
            money=_moved(here.money, length * steps[1] / ascent.unit),
            ceilings=_moved(here.ceilings, length * steps[2] / ascent.scale),
        )
    earned = ascent.earned(best.pay)
    return replace(best, bound=market_bound(model, best.pay, best.prices, earned), earned=earned)


def _moved(price: IntArray, step: FloatArray) -> IntArray:
    return np.clip(price - np.rint(step).astype(np.int64), 0, MOST_PRICE)
