"""
The model: all that a solver sees of a round, as arrays and nothing else.

It knows no rule, no place and no person by name. Anything that can be written as needs, places, arcs, rows
and gifts is solved by the same solvers: a city's round, or a public instance read from a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import BoolArray, IntArray, exact_dot, exact_sum, offsets, ranges

NANO = 10**9
"""Sums are kept in billionths of a point, so that a share of money or goods is an integer too."""

NO_ARC = -(2**60)
"""Value of a place's tail when no arc was left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Places sorted by (need, option, slot). ``group`` numbers the (need, option) pairs."""

    need: IntArray
    slot: IntArray
    option: IntArray
    start_min: IntArray
    end_min: IntArray
    group: IntArray
    group_need: IntArray
    tail: IntArray  # points (never positive) of the best arc left out, or NO_ARC

    def __len__(self) -> int:
        return len(self.need)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arcs:
    """One volunteer in one place, sorted by (place, points descending). ``points`` are never positive."""

    place: IntArray
    volunteer: IntArray
    distance_m: IntArray
    points: IntArray

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Places and arcs of one depth."""

    places: Places
    arcs: Arcs
    depth: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Sparse rows ``sum coefficient * arc <= cap``; entry ``e`` is (row[e], arc[e], coefficient[e])."""

    row: IntArray
    arc: IntArray
    coefficient: IntArray
    cap: IntArray
    volunteer: IntArray

    def __len__(self) -> int:
        return len(self.cap)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gifts:
    """
    Arcs from givers (funds or stock lines) to takers (needs or asked items), sorted by (taker, giver).

    Units are fen or pieces. ``cost`` is in nanopoints a unit; ``most`` what one giver may give one taker.
    """

    taker: IntArray
    giver: IntArray
    most: IntArray
    cost: IntArray
    asked: IntArray  # by taker
    held: IntArray  # by giver
    first: IntArray  # by taker

    def __len__(self) -> int:
        return len(self.taker)

    @property
    def reachable(self) -> IntArray:
        """Units that all givers of a taker could give it, by taker."""
        total = np.zeros(len(self.asked), dtype=np.int64)
        np.add.at(total, self.taker, self.most)
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ceilings:
    """
    Rows of households, and of charities' own costs: ``sum per_need * z + sum money of needs flagged per_fen <= cap``.

    Entry ``e`` is (row[e], need[e]); ``per_need[e]`` counts the need itself, ``per_fen[e]`` its money.
    """

    row: IntArray
    need: IntArray
    per_need: IntArray
    per_fen: IntArray
    cap: IntArray
    subject: IntArray
    what: list[str]

    def __len__(self) -> int:
        return len(self.cap)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Supply:
    """Money and goods with their ceilings, and which needs could be complete at all."""

    money: Gifts
    goods: Gifts
    ceilings: Ceilings
    parts: BoolArray  # needs that take parts
    supplied: BoolArray  # needs whose money and goods could be found if they were alone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worth:
    """
    Integer coefficients of the objective, in nanopoints.

    ``complete[i]`` is earned when need ``i`` is complete; ``money_credit[i]`` a fen and ``item_credit[l]``
    a unit are earned by needs that take parts (0 for all others).
    """

    complete: IntArray
    money_credit: IntArray
    item_credit: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """
    What ``Worth.complete`` is made of, in nanopoints by need, where a model has an order of levels.

    ``complete = fulfilment + fairness + pin``. Level 1 is fulfilment with all credits of parts; level 2 is
    fairness, a price for each need served of its community; level 3 the points of arcs; level 4 the cost of
    gifts. ``pin`` keeps pinned visits and belongs to no level.
    """

    fulfilment: IntArray
    fairness: IntArray
    pin: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fairness:
    """
    A convex cost of needs that stay incomplete, by community.

    The ``k``-th of community ``g`` costs ``step[g] * (2 * k - 1) // demand[g] * grain[g]`` nanopoints: the more of
    its share a community has lost, the dearer the next. ``base`` counts needs that are known to stay incomplete
    and are not in the model.
    """

    step: IntArray
    demand: IntArray
    grain: IntArray
    base: IntArray

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floors:
    """
    What charities still have to pay out in their year: each fen of it that a plan gives earns ``worth`` nanopoints.

    ``charity`` is by arc of money, ``missing`` (fen) and ``worth`` by charity; the last one is nobody, for whom
    nothing is missing.
    """

    charity: IntArray
    missing: IntArray
    worth: IntArray

    def __len__(self) -> int:
        return len(self.missing)

    def given(self, money: IntArray) -> IntArray:
        """Fen that count towards each floor, of fen by arc."""
        fen = np.zeros(len(self), dtype=np.int64)
        np.add.at(fen, self.charity, money)
        return fen

    def conjugate(self, price: IntArray) -> int:
        """What is to be added to a bound in which every fen earns the price of its charity's floor."""
        return exact_dot(self.worth - price, self.missing)

    def beyond(self, price: IntArray, money: IntArray) -> int:
        """Nanopoints that a draft earns towards floors, less what it earned at prices without end."""
        fen = self.given(money)
        return exact_dot(self.worth, np.minimum(fen, self.missing)) - exact_dot(price, fen)


def no_floors(arcs: int) -> Floors:
    """Nobody's floor, for so many arcs of money."""
    nothing = np.zeros(1, dtype=np.int64)
    return Floors(charity=np.zeros(arcs, dtype=np.int64), missing=nothing, worth=nothing)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Ids by index, for plans and files; solvers never look at them."""

    needs: Sequence[str]
    slots: Sequence[str]
    volunteers: Sequence[str]
    funds: Sequence[str]
    items: Sequence[str]
    stock: Sequence[str]
    communities: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """
    Arrays of one problem at one depth of arcs.

    Parameters
    ----------
    slot_count
        Slots by need; a need without slots asks for money or goods alone.
    item_need
        Need by asked item, ascending.
    community
        Index of the community by need, for fairness; -1 where it has none.
    possible
        Needs that could be complete if they were alone.
    in_play
        Needs that could get anything at all.
    levels
        How worth is split into levels; None where one sum is all there is.
    escort_arcs, adult_arcs
        Visits of minors that ask for an adult in the team, and visits of adults.
    fairness
        What incomplete needs cost by community; None to leave fairness out of the objective.
    floors
        What money earns until charities' years have it all; None where no floor counts.
    """

    worth: Worth
    slot_count: IntArray
    item_need: IntArray
    community: IntArray
    people: People
    rows: Rows
    supply: Supply
    possible: BoolArray
    in_play: BoolArray
    escort_arcs: BoolArray
    adult_arcs: BoolArray
    levels: Levels | None = None
    fairness: Fairness | None = None
    floors: Floors | None = None

    def __len__(self) -> int:
        """Count needs."""
        return len(self.slot_count)

    @property
    def has_slots(self) -> BoolArray:
        """Needs that ask for people."""
        return self.slot_count > 0

    @property
    def arc_need(self) -> IntArray:
        """Need by arc."""
        return self.people.places.need[self.people.arcs.place]


def divided(rows: Rows) -> Rows:
    """
    Divide each row by what divides all its coefficients, and its cap rounded down.

    No whole choice of arcs is lost, and bounds get closer: of three visits of an hour, two fit in 150 minutes.
    """
    divisor = np.zeros(len(rows), dtype=np.int64)
    np.gcd.at(divisor, rows.row, rows.coefficient)
    divisor = np.maximum(divisor, 1)
    if (divisor == 1).all():
        return rows
    coefficient = rows.coefficient // divisor[rows.row]
    return replace(rows, coefficient=coefficient, cap=rows.cap // divisor)


def arcs_of(gifts: Gifts, takers: IntArray) -> IntArray:
    """Arc indices of the takers, in their order."""
    counts = gifts.first[takers + 1] - gifts.first[takers]
    return np.repeat(gifts.first[takers], counts) + ranges(counts)


def no_supply(n_needs: int) -> Supply:
    """No money, no goods, no ceilings."""
    none = np.zeros(0, dtype=np.int64)

    def gifts(n_takers: int) -> Gifts:
        return Gifts(
            taker=none,
            giver=none,
            most=none,
            cost=none,
            asked=np.zeros(n_takers, dtype=np.int64),
            held=none,
            first=offsets(none, n_takers),
        )

    return Supply(
        money=gifts(n_needs),
        goods=gifts(0),
        ceilings=Ceilings(row=none, need=none, per_need=none, per_fen=none, cap=none, subject=none, what=[]),
        parts=np.zeros(n_needs, dtype=np.bool_),
        supplied=np.ones(n_needs, dtype=np.bool_),
    )


def binding(gifts: Gifts, in_play: BoolArray, taker_need: IntArray) -> BoolArray:
    """Givers that could be asked for more than they have."""
    asked = np.zeros(len(gifts.held), dtype=np.int64)
    live = in_play[taker_need[gifts.taker]]
    np.add.at(asked, gifts.giver[live], gifts.most[live])
    return asked > gifts.held


def arcs_of_needs(model: Model, needs: IntArray) -> IntArray:
    """Arc indices of the needs that may be complete."""
    inside = np.zeros(len(model), dtype=np.bool_)
    inside[needs] = True
    inside &= model.possible
    return np.flatnonzero(inside[model.arc_need]).astype(np.int64)


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """A plan in arrays: complete needs, chosen arcs, fen and pieces on each gift arc."""

    complete: BoolArray
    chosen: BoolArray
    money: IntArray
    goods: IntArray

    def copy(self) -> "Draft":
        """Give an independent copy."""
        return Draft(
            complete=self.complete.copy(),
            chosen=self.chosen.copy(),
            money=self.money.copy(),
            goods=self.goods.copy(),
        )


def empty_draft(model: Model) -> Draft:
    """Nothing for anybody."""
    return Draft(
        complete=np.zeros(len(model), dtype=np.bool_),
        chosen=np.zeros(len(model.people.arcs), dtype=np.bool_),
        money=np.zeros(len(model.supply.money), dtype=np.int64),
        goods=np.zeros(len(model.supply.goods), dtype=np.int64),
    )


def draft_value(model: Model, draft: Draft) -> int:
    """Nanopoints, exact."""
    worth, supply = model.worth, model.supply
    money, goods = supply.money, supply.goods
    return (
        exact_sum(worth.complete[draft.complete])
        + exact_sum(model.people.arcs.points[draft.chosen]) * NANO
        + exact_dot(worth.money_credit[money.taker] - money.cost, draft.money)
        + exact_dot(worth.item_credit[goods.taker] - goods.cost, draft.goods)
        - unfairness(model, draft.complete)
        + towards_floors(model, draft.money)
    )


def towards_floors(model: Model, money: IntArray) -> int:
    """Nanopoints that fen by arc earn towards the floors of charities; 0 if the model has none."""
    if model.floors is None:
        return 0
    return model.floors.beyond(np.zeros(len(model.floors), dtype=np.int64), money)


def at_floor_prices(model: Model, price: IntArray) -> Model:
    """Give the model without floors, in which every fen towards one earns its price."""
    if model.floors is None:
        return model
    money = model.supply.money
    money = replace(money, cost=money.cost - price[model.floors.charity])
    return replace(model, supply=replace(model.supply, money=money), floors=None)


def unfairness(model: Model, complete: BoolArray) -> int:
    """What the needs that stay incomplete cost for fairness, in nanopoints; 0 if the model has none."""
    if model.fairness is None:
        return 0
    left = np.bincount(model.community[~complete & (model.community >= 0)], minlength=len(model.fairness))
    none = np.zeros(len(left), dtype=np.int64)
    return exact_sum(step_costs(model.fairness, none, model.fairness.base + left)[1])


def step_costs(fairness: Fairness, above: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Community and cost of each of its needs number ``above + 1`` to ``above + count`` that stay incomplete."""
    which = np.repeat(np.arange(len(count), dtype=np.int64), count)
    odd = 2 * (above[which] + ranges(count)) + 1
    step, demand = fairness.step[which], fairness.demand[which]
    steps = step // demand * odd + step % demand * odd // demand  # no product leaves 64 bits
    return which, steps * fairness.grain[which]
