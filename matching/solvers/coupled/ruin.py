"""
Plans by ruin and recreate: from a draft to a better one, guided by prices.

The work is compiled (:mod:`matching.solvers.coupled.ruin_kernel`); here the arrays are laid out for it and read back.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray, offsets
from matching.model import NANO, Draft, Gifts, Model
from matching.solvers.bound import NEVER, Prices, need_values, staffing
from matching.solvers.coupled.ruin_kernel import anneal, fill
from matching.solvers.coupled.ruin_state import Net, State
from matching.solvers.layout import lists

_MOST_LISTED = 64
_SCALE = 0.2  # of what a need is worth by the median


@dataclass(slots=True, eq=False)
class Workshop:
    """One model laid out for the compiled moves, and the plan that is worked on."""

    model: Model
    net: Net
    state: State

    @classmethod
    def of(cls, model: Model, prices: Prices, draft: Draft) -> "Workshop":
        """Lay out a model and a feasible draft of it."""
        net = _net_of(model, prices)
        return cls(model, net, _state_of(model, net, draft))

    def fill(self, needs: IntArray) -> None:
        """Insert needs in this order where they fit."""
        fill(self.net, self.state, needs)

    def by_price(self) -> IntArray:
        """Movable needs, those that earn most at the prices first."""
        needs = np.flatnonzero(self.net.movable).astype(np.int64)
        return needs[np.lexsort((needs, -self.net.rank_price[needs]))]

    def anneal(self, *, seed: int, moves: int, warm: float, cold: float) -> None:
        """Make moves, cooling from ``warm`` to ``cold`` points."""
        anneal(self.net, self.state, seed, moves, warm * NANO, cold * NANO)

    @property
    def value(self) -> int:
        """Nanopoints of the complete needs."""
        return int(self.state.value[0])

    @property
    def draft(self) -> Draft:
        """The plan as it stands."""
        chosen = np.zeros(len(self.model.people.arcs), dtype=np.bool_)
        chosen[self.state.arc_at[self.state.arc_at >= 0]] = True
        return Draft(
            complete=self.state.complete.copy(),
            chosen=chosen,
            money=self.state.money.copy(),
            goods=self.state.goods.copy(),
        )


def _gift_order(gifts: Gifts, price: IntArray) -> IntArray:
    """Gift arcs by taker, cheapest at the prices first."""
    return np.lexsort((gifts.giver, gifts.cost + price[gifts.giver], gifts.taker)).astype(np.int64)


def _net_of(model: Model, prices: Prices) -> Net:
    places, arcs, rows, supply = model.people.places, model.people.arcs, model.rows, model.supply
    money, goods, ceilings = supply.money, supply.goods, supply.ceilings
    n_needs = len(model)
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, rows.arc, rows.coefficient * prices.people[rows.row])
    team = staffing(model.people, rows, prices.people, n_needs, model.has_slots)
    values = need_values(model.worth, supply, prices, team, model.item_need, possible=model.possible)
    by_price = values.complete + np.maximum(team, NEVER // 128)
    entry_first, entry = lists(rows.arc, len(arcs))
    member_first, member = lists(rows.row, len(rows))
    person_first, person_arc = lists(arcs.volunteer, int(arcs.volunteer.max(initial=-1)) + 1)
    fund_first, fund_at = lists(money.giver, len(money.held))
    stock_first, stock_at = lists(goods.giver, len(goods.held))
    item_first, item_at = lists(model.item_need, n_needs)
    ceiling_first, under = lists(ceilings.need, n_needs)
    inside_first, inside = lists(ceilings.row, len(ceilings))
    use = ceilings.per_need + ceilings.per_fen * money.asked[ceilings.need]
    return Net(
        complete=model.worth.complete,
        movable=model.possible & model.in_play & ~supply.parts,
        rank_worth=model.worth.complete.astype(np.float64),
        rank_price=(np.maximum(by_price, 1) + model.worth.complete / 1e3).astype(np.float64),
        gain=by_price.astype(np.float64),
        scale=_SCALE * _typical(model),
        place_first=offsets(places.need, n_needs),
        group=places.group,
        arc_first=offsets(arcs.place, len(places)),
        arc_place=arcs.place,
        arc_need=model.arc_need,
        arc_points=arcs.points * NANO,
        arc_paid=paid.astype(np.float64),
        volunteer=arcs.volunteer,
        escort=model.escort_arcs,
        adult=model.adult_arcs,
        entry_first=entry_first,
        entry_row=rows.row[entry],
        entry_size=rows.coefficient[entry],
        member_first=member_first,
        member=rows.arc[member],
        person_first=person_first,
        person_arc=person_arc,
        money_first=money.first,
        money_at=_gift_order(money, prices.money),
        money_need=money.taker,
        money_giver=money.giver,
        money_most=money.most,
        money_cost=money.cost,
        money_asked=money.asked,
        fund_first=fund_first,
        fund_at=fund_at,
        item_first=item_first,
        item_at=item_at,
        goods_first=goods.first,
        goods_at=_gift_order(goods, prices.goods),
        goods_giver=goods.giver,
        goods_most=goods.most,
        goods_cost=goods.cost,
        goods_asked=goods.asked,
        stock_first=stock_first,
        stock_at=stock_at,
        goods_need=model.item_need[goods.taker],
        ceiling_first=ceiling_first,
        ceiling_row=ceilings.row[under],
        ceiling_use=use[under],
        inside_first=inside_first,
        inside_need=ceilings.need[inside],
    )


def _typical(model: Model) -> float:
    worth = model.worth.complete[model.possible & (model.worth.complete > 0)]
    return float(np.median(worth)) if len(worth) else float(NANO)


def _left(row: IntArray, used: IntArray, held: IntArray) -> IntArray:
    left = held.astype(np.int64, copy=True)
    np.subtract.at(left, row, used)
    return left


def _state_of(model: Model, net: Net, draft: Draft) -> State:
    rows, supply = model.rows, model.supply
    n_needs, n_places = len(model), len(model.people.places)
    arc_at = np.full(n_places, -1, dtype=np.int64)
    taken = np.flatnonzero(draft.chosen)
    arc_at[net.arc_place[taken]] = taken
    movable = np.flatnonzero(net.movable).astype(np.int64)
    complete_first = movable[np.argsort(~draft.complete[movable], kind="stable")]
    position = np.full(n_needs, -1, dtype=np.int64)
    position[complete_first] = np.arange(len(complete_first))
    used = np.where(draft.complete, 1, 0)
    owner = np.repeat(np.arange(n_needs), np.diff(net.ceiling_first))
    gifts = int((supply.money.cost * draft.money).sum()) + int((supply.goods.cost * draft.goods).sum())
    value = int(net.complete[draft.complete].sum()) + int(net.arc_points[taken].sum()) - gifts

    def zeros(size: int) -> IntArray:
        return np.zeros(size, dtype=np.int64)

    widest = int(np.diff(net.place_first).max(initial=0))
    return State(
        complete=draft.complete.astype(np.bool_, copy=True),
        arc_at=arc_at,
        money=draft.money.astype(np.int64, copy=True),
        goods=draft.goods.astype(np.int64, copy=True),
        row_left=_left(rows.row, rows.coefficient * draft.chosen[rows.arc], rows.cap),
        fund_left=_left(supply.money.giver, draft.money, supply.money.held),
        stock_left=_left(supply.goods.giver, draft.goods, supply.goods.held),
        ceiling_left=_left(net.ceiling_row, net.ceiling_use * used[owner], supply.ceilings.cap),
        order=complete_first,
        position=position,
        counts=np.array([int(draft.complete[movable].sum()), 0, 0, 0], dtype=np.int64),
        value=np.array([value], dtype=np.int64),
        touched=zeros(n_needs),
        stamp=zeros(n_needs),
        listed=zeros(n_needs),
        old_complete=np.zeros(n_needs, dtype=np.bool_),
        old_arc=np.full(n_places, -1, dtype=np.int64),
        old_money=zeros(len(supply.money)),
        old_goods=zeros(len(supply.goods)),
        wish=zeros(_MOST_LISTED),
        key=np.zeros(_MOST_LISTED, dtype=np.float64),
        pick=zeros(widest),
        scratch=zeros(widest),
    )
