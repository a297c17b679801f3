"""
Weeks of people against what needs pay for their places: prices that settle, and the plan they show on average.

The Lagrangian is that of :mod:`matching.solvers.coupled.pricing`; here its prices move by the volume algorithm
(Barahona, Anbil, Math Program 87, 2000), whose running mean of the answers tends to an optimal point of the
relaxation that keeps weeks whole. Arcs may be settled (taken, or out) and needs shut while prices go on moving:
that is what a dive does.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.model import NANO, Model
from matching.solvers.bound import MOST_PRICE, Prices, rent
from matching.solvers.coupled.pricing import Ascent, first_pay
from matching.solvers.coupled.schedule_kernel import best_schedules
from matching.solvers.outcome import Clock

FREE, TAKEN, OUT = 0, 1, -1

_SURE = 2**50  # nanopoints that make a settled arc or need part of every answer
_MOST_PAY = 1e6  # points
_MEAN = 0.1  # most weight of a new answer in the mean
_PATIENCE = 10
_SLOWEST = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """Halves of the Lagrangian, put side by side: arcs taken, places wanted, fund units given, needs complete."""

    arcs: FloatArray
    places: FloatArray
    funds: FloatArray
    needs: FloatArray

    def towards(self, other: "Answer", weight: float) -> "Answer":
        """Give the mean with another."""
        return Answer(
            arcs=self.arcs + weight * (other.arcs - self.arcs),
            places=self.places + weight * (other.places - self.places),
            funds=self.funds + weight * (other.funds - self.funds),
            needs=self.needs + weight * (other.needs - self.needs),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tags:
    """Prices in points: of places, of a fund's unit, of a ceiling's whole."""

    places: FloatArray
    funds: FloatArray
    ceilings: FloatArray


class Weeks:
    """A model with its tags, the mean answer, and what is settled."""

    def __init__(self, model: Model, prices: Prices) -> None:
        self.model, self.prices = model, prices
        self.half = Ascent(model)
        supply = model.supply
        self.scale = np.maximum(supply.ceilings.cap, 1).astype(np.float64)
        ceilings = supply.ceilings
        self.per_need = ceilings.per_need + ceilings.per_fen * supply.money.asked[ceilings.need]
        self.tags = Tags(
            places=np.clip(first_pay(model, prices) / NANO, -_MOST_PAY, _MOST_PAY),
            funds=prices.money / NANO * self.half.unit,
            ceilings=prices.ceilings / NANO * self.scale,
        )
        self.state = np.zeros(len(model.people.arcs), dtype=np.int8)
        self.state[~self.half.open_arc] = OUT
        self.settled: BoolArray = np.zeros(len(model.people.places), dtype=np.bool_)
        self.barred: BoolArray = np.zeros(len(model.people.places), dtype=np.bool_)
        self.shut: BoolArray = np.zeros(len(model), dtype=np.bool_)
        self.supplied = False
        self.pace = 1.0
        self.mean: Answer | None = None

    def copy(self) -> "Weeks":
        """Give an independent one with the same tags."""
        other = Weeks(self.model, self.prices)
        other.tags, other.pace, other.mean = self.tags, self.pace, self.mean
        other.state, other.settled = self.state.copy(), self.settled.copy()
        other.supplied = self.supplied
        other.barred, other.shut = self.barred.copy(), self.shut.copy()
        return other

    def shut_all_but(self, needs: IntArray) -> None:
        """Let these needs alone be complete; money, goods and ceilings are known to suffice for them, and free."""
        self.supplied = True
        self.tags = replace(
            self.tags, funds=np.zeros_like(self.tags.funds), ceilings=np.zeros_like(self.tags.ceilings)
        )
        self.shut[:] = True
        self.shut[needs] = False
        self.state[self.shut[self.model.arc_need] & (self.state == FREE)] = OUT
        self.mean = None

    def settle(self, arc: int) -> None:
        """Take an arc: its place is filled, and its need has chosen this group."""
        places = self.model.people.places
        place = int(self.model.people.arcs.place[arc])
        self.state[(self.model.people.arcs.place == place) & (self.state == FREE)] = OUT
        self.state[arc] = TAKEN
        self.settled[place] = True
        need = int(places.need[place])
        first, last = int(self.half.place_first[need]), int(self.half.place_first[need + 1])
        if last - first > 1:
            other = np.arange(first, last)[places.group[first:last] != places.group[place]]
            self.barred[other] = True
            at = self.barred[self.model.people.arcs.place] & (self.state == FREE)
            self.state[at] = OUT

    @property
    def pay(self) -> IntArray:
        """Nanopoints paid for each place."""
        return np.rint(np.clip(self.tags.places, -_MOST_PAY, _MOST_PAY) * NANO).astype(np.int64)

    def _answer(self, tags: Tags, must: IntArray) -> tuple[float, Answer]:
        model, half = self.model, self.half
        supply = model.supply
        pay = np.rint(np.clip(tags.places, -_MOST_PAY, _MOST_PAY) * NANO).astype(np.int64)
        pay[self.settled] = 0
        pay[self.barred] = _SURE
        place = model.people.arcs.place
        worth = np.where(
            self.state == FREE, half.points + pay[place], np.where(self.state == TAKEN, _SURE, 0)
        )
        total = best_schedules(
            worth, half.person_first, half.person_arc, half.entry_first, half.entry_row, half.entry_size,
            model.rows.cap, half.taken,
        )  # fmt: skip
        taken = self.state == TAKEN
        people = int(total) - _SURE * int(taken.sum()) + int(half.points[taken].sum())
        prices = replace(
            self.prices,
            money=_price(tags.funds / half.unit),
            ceilings=_price(tags.ceilings / self.scale),
        )
        complete = model.worth.complete.copy()
        complete[must] += _SURE
        half.open = model.possible & model.in_play & ~self.shut
        needs = half.needs(pay, prices, complete) - _SURE * len(must)
        rents = rent(prices.money, supply.money.held) + rent(prices.ceilings, supply.ceilings.cap)
        given = np.bincount(supply.money.giver, weights=half.shares, minlength=len(supply.money.held))
        served = np.zeros(len(model))
        served[supply.money.taker[half.shares > 0]] = 1
        served[model.people.places.need[half.wanted]] = 1
        answer = Answer(
            arcs=half.taken.astype(np.float64),
            places=half.wanted.astype(np.float64),
            funds=given / half.unit,
            needs=served,
        )
        return (people + needs + rents) / NANO, answer

    def _apart(self, answer: Answer, tags: Tags) -> tuple[FloatArray, FloatArray, FloatArray]:
        """How far the halves are from agreeing, where the tags can do something about it."""
        model = self.model
        ceilings, money = model.supply.ceilings, model.supply.money
        place = (
            np.bincount(model.people.arcs.place, weights=answer.arcs, minlength=len(model.people.places))
            - answer.places
        )
        place[self.settled | self.barred] = 0
        if self.supplied:
            return place, np.zeros_like(tags.funds), np.zeros_like(tags.ceilings)
        fund = money.held / self.half.unit - answer.funds
        fund[(tags.funds <= 0) & (fund > 0)] = 0
        use = np.bincount(
            ceilings.row, weights=self.per_need * answer.needs[ceilings.need], minlength=len(ceilings)
        )
        ceiling = 1 - use / self.scale
        ceiling[(tags.ceilings <= 0) & (ceiling > 0)] = 0
        return place, fund, ceiling

    def move(self, rounds: int, target: float, clock: Clock) -> float:
        """Move the tags for some rounds while there is time; the best value of the Lagrangian seen, in points."""
        must = np.unique(self.model.people.places.need[self.settled])
        centre = self.tags
        best, answer = self._answer(centre, must)
        mean = answer if self.mean is None else self.mean
        worse = 0
        for _ in range(rounds):
            place, fund, ceiling = self._apart(mean, centre)
            norm = float((place**2).sum() + (fund**2).sum() + (ceiling**2).sum())
            if norm < 1e-9 or clock.over:
                break
            step = self.pace * max(best - target, abs(best) * 1e-4) / norm
            tags = Tags(
                places=centre.places - step * place,
                funds=np.maximum(0.0, centre.funds - step * fund),
                ceilings=np.maximum(0.0, centre.ceilings - step * ceiling),
            )
            value, answer = self._answer(tags, must)
            now = self._apart(answer, tags)[0]
            change = now - place
            size = float(change @ change)
            weight = -float(place @ change) / size if size > 0 else _MEAN
            mean = mean.towards(answer, min(max(weight, _MEAN / 10), _MEAN))
            if value < best - 1e-9:
                if float(now @ place) > 0:
                    self.pace = min(2.0, self.pace * 1.1)
                best, centre, worse = value, tags, 0
            else:
                worse += 1
                if worse >= _PATIENCE:
                    self.pace, worse = max(self.pace * 0.66, _SLOWEST), 0
        self.tags, self.mean = centre, mean
        return best

    def earned(self, pay: IntArray) -> int:
        """Nanopoints of all people's best weeks, nothing settled."""
        return self.half.earned(pay)


def _price(points: FloatArray) -> IntArray:
    return np.clip(np.rint(points * NANO), 0, MOST_PRICE).astype(np.int64)


def cost_of_taking(model: Model, half: Ascent, worth: IntArray, which: BoolArray) -> IntArray:
    """
    What the rest of a person's best week loses when an arc is taken, in nanopoints, by arc (0 if not in ``which``).

    At prices with a bound, a plan with the arc is worth at most the bound less this plus the arc's own worth.
    """
    worth, taken = worth.copy(), half.taken.copy()
    result = np.zeros(len(worth), dtype=np.int64)
    for person in range(len(half.person_first) - 1):
        mine = half.person_arc[half.person_first[person] : half.person_first[person + 1]]
        wanted = mine[which[mine]]
        if not len(wanted):
            continue
        span = np.array([0, len(mine)], dtype=np.int64)
        week = (span, mine, half.entry_first, half.entry_row, half.entry_size, model.rows.cap, taken)
        free = int(best_schedules(worth, *week))
        for arc in wanted.tolist():
            own, worth[arc] = worth[arc], _SURE
            result[arc] = free - (int(best_schedules(worth, *week)) - _SURE)
            worth[arc] = own
    return result


def asked_pay(model: Model, half: Ascent, pay: IntArray, places: BoolArray) -> IntArray:
    """
    Give ``pay`` with these places paid what makes no person gain by them: the least that their weeks lose.

    Prices at which only some needs were open say nothing of the others' places; these do, and what people earn
    stays.
    """
    place = model.people.arcs.place
    worth = np.where(half.open_arc & ~places[place], half.points + pay[place], 0)
    which = half.open_arc & places[place]
    cost = cost_of_taking(model, half, worth, which) - half.points
    result = pay.copy()
    result[places] = int(_MOST_PAY) * NANO
    np.minimum.at(result, place[which], cost[which])
    return result


def losses(model: Model, half: Ascent, pay: IntArray) -> IntArray:
    """How much less than at best people earn at this pay with an arc in the plan, by arc."""
    worth = np.where(half.open_arc, half.points + pay[model.people.arcs.place], 0)
    return cost_of_taking(model, half, worth, half.open_arc) - worth
