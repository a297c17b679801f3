"""
One part of a problem, solved: prices, needs chosen at those prices, teams, gifts, and a bound.

Where money and goods are ample the people side alone decides. Where they are scarce the relaxation prices
people, funds and stock; a programme without people, each need paying the price of its team, chooses needs;
teams and gifts follow exactly; and if a gap is left and the part is small enough, one programme with
everything in it closes it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, Draft, Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import NEVER, Prices, need_values, no_prices, rent, staffing
from matching.solvers.dealing import Leftovers, deal_out, scarce_anywhere
from matching.solvers.linear import Programme, Scope, programme_of, relaxed_prices, whole_answer
from matching.solvers.staffing import Staffing, accept, staff

_ARCS_A_PLACE = 10  # of the programmes that only look for a plan
_WHOLE_COLUMNS = 60_000  # one programme with everything up to this size
_NODES = 50_000
_NODE_COLUMNS = 20_000_000  # nodes times columns of the one programme with everything


@dataclass(slots=True, kw_only=True, eq=False)
class Outcome:
    """
    A draft for the part's needs and its bounds in nanopoints.

    ``own`` is our own arithmetic on ``prices``; ``bound`` the better of it and what programmes say.
    """

    draft: Draft
    own: int
    bound: int
    prices: Prices
    method: str


def _never() -> bool:
    return False


@dataclass(slots=True, kw_only=True, eq=False)
class Clock:
    """Seconds left of a limit, by the monotonic clock; none once somebody says stop."""

    until: float
    stopped: Callable[[], bool] = _never

    @classmethod
    def of(cls, seconds: float) -> "Clock":
        """Start now."""
        return cls(until=time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds, never below a tenth so that a solver can at least say no."""
        return 0.1 if self.stopped() else max(0.1, self.until - time.monotonic())


def own_bound(model: Model, needs: IntArray, prices: Prices) -> int:
    """Lagrangian bound of a part; prices of rows outside it must be zero."""
    team = staffing(model.people, model.rows, prices.people, len(model.possible), model.has_slots)
    values = need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)
    rents = (
        rent(prices.people, model.rows.cap)
        + rent(prices.money, model.supply.money.held)
        + rent(prices.goods, model.supply.goods.held)
        + rent(prices.ceilings, model.supply.ceilings.cap)
    )
    live = needs[model.in_play[needs]]
    return rents + sum(values.best[live].tolist())


def solve_part(model: Model, clock: Clock, gap: float) -> Outcome:
    """Best draft found for a model that is one part."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    if scarce_anywhere(model, needs):
        return _coupled(model, needs, clock, gap)
    return _people_only(model, needs, clock, gap)


def _team_values(model: Model, price: IntArray) -> IntArray:
    return staffing(model.people, model.rows, price, len(model.possible), model.has_slots)


def _people_only(model: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Money and goods are ample: each need's worth is known, and only people are shared."""
    prices = no_prices(model.rows, model.supply)
    team = _team_values(model, prices.people)
    values = need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)
    weight = values.complete - values.partial
    draft = empty_draft(model)
    can = needs[model.possible[needs]]
    alone = can[~model.has_slots[can]]
    draft.complete[alone[weight[alone] >= 0]] = True
    served = can[model.has_slots[can]]
    result = staff(model, served, weight, arcs=None, time_s=clock.left, with_prices=True)
    draft.complete |= result.complete
    draft.chosen |= result.chosen
    draft = deal_out(model, draft, needs)
    prices = Prices(people=result.price, money=prices.money, goods=prices.goods, ceilings=prices.ceilings)
    own = own_bound(model, needs, prices)
    bound, value = own, draft_value(model, draft)
    if bound - value > gap * bound and len(served):
        arcs = arcs_of_needs(model, served)
        draft, value, bound = _whole(
            model, needs, arcs, draft, value, bound=bound, clock=clock, gap=gap, proves=True
        )
    return Outcome(draft=draft, own=own, bound=min(own, bound), prices=prices, method=_method(result))


def _method(result: Staffing) -> str:
    return "flow" if not result.by_programme else "programme"


def _programme(
    model: Model, needs: IntArray, arcs: IntArray, *, with_supply: bool, complete: IntArray | None = None
) -> Programme:
    return programme_of(
        model.worth,
        model.people,
        model.rows,
        model.supply,
        model.item_need,
        scope=Scope(
            needs=needs,
            possible=model.possible,
            complete=model.worth.complete if complete is None else complete,
            arcs=arcs,
            escort_arcs=model.escort_arcs,
            adult_arcs=model.adult_arcs,
            with_supply=with_supply,
        ),
    )


def _nanopoints(points: float) -> int:
    """Upward, with room for the solver's rounding."""
    if not np.isfinite(points):
        return 2**62
    return int((points + 1e-9 * abs(points) + 1e-6) * NANO) + 1


def _near_arcs(model: Model, arcs: IntArray, prices: Prices) -> IntArray:
    """Best arcs of each place after prices."""
    paid = np.zeros(len(model.people.arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * prices.people[model.rows.row])
    worth = model.people.arcs.points[arcs] * NANO - paid[arcs]
    place = model.people.arcs.place[arcs]
    order = np.lexsort((arcs, -worth, place))
    rank = np.arange(len(order)) - np.searchsorted(place[order], place[order])
    return np.sort(arcs[order[rank < _ARCS_A_PLACE]])


def _coupled(model: Model, needs: IntArray, clock: Clock, gap: float) -> Outcome:
    """Scarce money or goods."""
    arcs = arcs_of_needs(model, needs)
    relaxed = relaxed_prices(
        _programme(model, needs, arcs, with_supply=True), model.rows, model.supply, clock.left * 0.5
    )
    prices = relaxed if relaxed is not None else no_prices(model.rows, model.supply)
    own = own_bound(model, needs, prices)
    chosen, bound = _choose(model, needs, prices, clock, gap)
    bound = min(own, bound)
    draft = empty_draft(model)
    without = chosen[~model.has_slots[chosen]]
    draft.complete[without] = True
    served = chosen[model.has_slots[chosen]]
    near = _near_arcs(model, arcs_of_needs(model, served), prices)
    weight = np.maximum(model.worth.complete, NANO)
    result = staff(model, served, weight, arcs=near, time_s=clock.left, with_prices=False)
    draft.complete |= result.complete
    draft.chosen |= result.chosen
    draft = deal_out(model, draft, needs)
    draft = _fill(model, draft, needs, prices)
    value = draft_value(model, draft)
    if bound - value > gap * bound:
        every = len(arcs) + len(model.supply.money) + len(model.supply.goods) <= _WHOLE_COLUMNS
        inside = arcs if every else _near_arcs(model, arcs, prices)
        draft, value, bound = _whole(
            model, needs, inside, draft, value, bound=bound, clock=clock, gap=gap, proves=every
        )
    return Outcome(draft=draft, own=own, bound=bound, prices=prices, method="coupled")


def _choose(model: Model, needs: IntArray, prices: Prices, clock: Clock, gap: float) -> tuple[IntArray, int]:
    """Needs to complete when each pays the price of its team, and the bound this proves."""
    team = _team_values(model, prices.people)
    complete = model.worth.complete + np.where(model.has_slots, np.maximum(team, NEVER // 128), 0)
    programme = _programme(model, needs, np.empty(0, dtype=np.int64), with_supply=True, complete=complete)
    answer = whole_answer(programme, gap=gap / 4, time_s=clock.left * 0.5, node_limit=_NODES)
    bound = rent(prices.people, model.rows.cap) + _nanopoints(answer.bound_points)
    if answer.z is None:
        return np.empty(0, dtype=np.int64), bound
    return needs[answer.z & model.possible[needs]], bound


def _fill(model: Model, draft: Draft, needs: IntArray, prices: Prices) -> Draft:
    """Add needs that what is left can still complete, most worth first, and deal out anew."""
    left = needs[~draft.complete[needs] & model.possible[needs]]
    if not len(left):
        return draft
    team = _team_values(model, prices.people)
    values = need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)
    filled = Leftovers(model, draft.copy())
    order = np.lexsort((left, -values.complete[left]))
    added = [filled.try_add(int(need)) for need in left[order]]
    return deal_out(model, filled.draft, needs) if any(added) else draft


def _whole(
    model: Model,
    needs: IntArray,
    arcs: IntArray,
    draft: Draft,
    value: int,
    *,
    bound: int,
    clock: Clock,
    gap: float,
    proves: bool,
) -> tuple[Draft, int, int]:
    """One programme with everything in it; it proves a bound only if no arc was left out."""
    programme = _programme(model, needs, arcs, with_supply=True)
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    complete_depth = bool((model.people.places.tail[inside[model.people.places.need]] <= NEVER // 128).all())
    nodes = max(100, _NODE_COLUMNS // max(1, len(programme.matrix.objective)))
    answer = whole_answer(programme, gap=gap / 2, time_s=clock.left, node_limit=nodes)
    if proves and complete_depth:
        bound = min(bound, _nanopoints(answer.bound_points))
    if answer.z is None or answer.x is None:
        return draft, value, bound
    found = Staffing(
        complete=np.zeros_like(draft.complete),
        chosen=np.zeros_like(draft.chosen),
        price=np.zeros(0, dtype=np.int64),
    )
    accept(model, needs, arcs[answer.x], found)
    other = empty_draft(model)
    picked = needs[answer.z & model.possible[needs]]
    other.complete[picked] = ~model.has_slots[picked] | found.complete[picked]
    keep = other.complete[model.people.places.need[model.people.arcs.place]]
    other.chosen = found.chosen & keep
    other = deal_out(model, other, needs)
    better = draft_value(model, other)
    return (other, better, bound) if better > value else (draft, value, bound)
