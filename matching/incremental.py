"""
A pure model kept optimal while it changes: needs come and go, people drop out, capacity grows and shrinks.

Each change is followed by shortest paths from where it happened, with the prices kept: exact like a full solve,
and only needs that have to move do. The value, the bound and the prices can be had after every change.
"""

from dataclasses import dataclass, replace

import numpy as np

from domain.errors import InvalidInputError
from matching.arrays import BoolArray, IntArray, ranges
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Draft,
    Model,
    People,
    Places,
    Rows,
    Worth,
    divided,
    no_supply,
)
from matching.solvers.bound import Prices, no_prices
from matching.solvers.network.flow import Assignment, assigned, network_of, settle
from matching.solvers.network.forest import forest_of
from matching.solvers.network.net import CLOSED, OUT, with_room


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewNeeds:
    """
    Needs of one person each that join a model.

    Parameters
    ----------
    worth
        Nanopoints by need for being served.
    first, row, cost
        Arcs by need, ``first[i]`` to ``first[i + 1]``: the smallest row of the volunteer each binds, and points.
    community
        By need, -1 for none.
    """

    worth: IntArray
    first: IntArray
    row: IntArray
    cost: IntArray
    community: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """What a change did: ``needs`` it was about, and the other needs that were ``moved`` by it."""

    needs: IntArray
    moved: IntArray


class Rolling:
    """
    A pure model and its optimum, kept while it changes.

    Needs keep their numbers and new ones are numbered on. Arcs keep theirs until :meth:`model` is asked for.

    Raises
    ------
    InvalidInputError
        The model is not pure: a need asks for more than one person, or for money or goods, or rows do not nest.
    """

    def __init__(self, model: Model) -> None:
        rows, n_arcs = divided(model.rows), len(model.people.arcs)
        forest = forest_of(rows, n_arcs, every=True)
        if (
            (model.slot_count != 1).any()
            or len(model.supply.money)
            or len(model.item_need)
            or not forest.fits.all()
        ):
            raise InvalidInputError(
                "only needs of one person whose volunteers' rows nest can be kept up to date"
            )
        self._model = replace(model, rows=rows)
        self._leaf, self._parent = forest.leaf, forest.parent
        self._late_row = np.empty(0, dtype=np.int64)
        self._by_volunteer = np.argsort(model.people.arcs.volunteer, kind="stable").astype(np.int64)
        self._volunteer = model.people.arcs.volunteer[self._by_volunteer]
        self._community = model.community.copy()
        self._needs, self._arcs = len(model), n_arcs
        self._fair = 0 if model.fairness is None else len(model.fairness)
        first = np.searchsorted(model.arc_need, np.arange(len(model) + 1)).astype(np.int64)
        self._net, self._node = network_of(
            Assignment(
                first=first,
                row=forest.leaf,
                cost=-model.people.arcs.points * NANO,
                skip=model.worth.complete,
                parent=forest.parent,
                units=forest.units,
                community=model.community,
                fairness=model.fairness,
            )
        )
        settle(self._net)
        self._entry = np.empty(n_arcs, dtype=np.int64)
        self._entry[self._net.into_arc] = np.arange(n_arcs)

    @property
    def served(self) -> int:
        """How many needs are served."""
        return int((self._net.mate >= 0).sum())

    def add_needs(self, new: NewNeeds) -> Change:
        """Bring needs in."""
        from matching.solvers.network import paths  # noqa: PLC0415 - numba takes half a second to import

        needs, arcs = len(new.worth), len(new.row)
        if self._needs + needs > len(self._net.skip) or self._arcs + arcs > len(self._net.leaf):
            self._net = with_room(self._net, (self._needs + needs) * 9 // 8, (self._arcs + arcs) * 9 // 8)
        net, which = self._net, np.arange(self._needs, self._needs + needs, dtype=np.int64)
        count = np.diff(new.first)
        owner = np.repeat(which, count)
        order = np.lexsort((new.row, new.cost, owner))
        into = slice(self._arcs, self._arcs + arcs)
        net.leaf[into] = self._node[new.row[order]]
        net.cost[into] = new.cost[order] * NANO
        net.owner[into] = owner
        net.begin[which], net.end[which] = self._arcs + new.first[:-1], self._arcs + new.first[1:]
        net.skip[which] = new.worth
        if self._fair:
            fair = new.community >= 0
            net.skip_node[which[fair]] = len(net.parent) - self._fair + new.community[fair]
        self._late_row = np.concatenate([self._late_row, new.row[order]])
        self._community = np.concatenate([self._community, new.community])
        self._needs, self._arcs = self._needs + needs, self._arcs + arcs
        paths.forget_moves(net)
        paths.bring_in(net, which)
        return self._change(which)

    def withdraw_needs(self, needs: IntArray) -> Change:
        """Take needs out; whom they leave free serves others."""
        from matching.solvers.network import paths  # noqa: PLC0415 - as above

        paths.forget_moves(self._net)
        paths.withdraw(self._net, needs)
        self._community[needs] = -1
        return self._change(needs)

    def withdraw_volunteers(self, volunteers: IntArray) -> Change:
        """Take people out; the needs they would have served look for others."""
        from matching.solvers.network import paths  # noqa: PLC0415 - as above

        begin, end = (np.searchsorted(self._volunteer, volunteers, side=side) for side in ("left", "right"))
        known = self._by_volunteer[np.repeat(begin, end - begin) + ranges(end - begin)]
        late = np.flatnonzero(np.isin(self._model.rows.volunteer[self._late_row], volunteers))
        arcs = np.concatenate([known, late + len(self._leaf)]).astype(np.int64)
        entries = np.concatenate([self._entry[known], np.full(len(late), -1, dtype=np.int64)])
        paths.forget_moves(self._net)
        return self._change(paths.dismiss(self._net, arcs, entries))

    def add_capacity(self, row: int, units: int) -> Change:
        """Let so many more arcs of a row be chosen; fewer if negative."""
        from matching.solvers.network import paths  # noqa: PLC0415 - as above

        paths.forget_moves(self._net)
        node = int(self._node[row])
        if units >= 0:
            paths.widen(self._net, node, units)
        else:
            paths.narrow(self._net, node, min(-units, int(self._net.cap[node])))
        return self._change(np.empty(0, dtype=np.int64))

    def _change(self, needs: IntArray) -> Change:
        net = self._net
        touched = net.log[: int(net.tally[2])]
        moved = touched[net.was[touched] != net.mate[touched]].astype(np.int64)
        return Change(needs=needs, moved=np.setdiff1d(moved, needs))

    def model(self) -> Model:
        """Write the model as it is now; withdrawn needs stand in it as impossible, arcs of the withdrawn do not."""
        old, net = self._model, self._net
        open_arcs = self._open()
        late = np.arange(len(old), self._needs, dtype=np.int64)
        places, some = old.people.places, np.zeros(len(late), dtype=np.int64)
        place = (len(places) - len(old) + net.owner[len(old.people.arcs) : self._arcs]).astype(np.int64)
        live = self._live()
        row, arc = self._entries(open_arcs)

        def both(first: IntArray, second: IntArray) -> IntArray:
            return np.concatenate([first, second])

        return replace(
            old,
            worth=Worth(
                complete=np.where(live, net.skip[: self._needs], 0),
                money_credit=np.zeros(self._needs, dtype=np.int64),
                item_credit=old.worth.item_credit,
            ),
            slot_count=np.ones(self._needs, dtype=np.int64),
            community=self._community.copy(),
            people=People(
                places=Places(
                    need=both(places.need, late),
                    slot=both(places.slot, late),
                    option=both(places.option, some),
                    start_min=both(places.start_min, some),
                    end_min=both(places.end_min, some),
                    group=both(places.group, len(places.group_need) + late - len(old)),
                    group_need=both(places.group_need, late),
                    tail=both(places.tail, np.full(len(late), NO_ARC)),
                ),
                arcs=Arcs(
                    place=both(old.people.arcs.place, place)[open_arcs],
                    volunteer=both(old.people.arcs.volunteer, old.rows.volunteer[self._late_row])[open_arcs],
                    distance_m=both(old.people.arcs.distance_m, np.zeros(len(place), dtype=np.int64))[
                        open_arcs
                    ],
                    points=-net.cost[: self._arcs][open_arcs] // NANO,
                ),
                depth=both(old.people.depth, np.diff(np.append(net.begin[late], self._arcs))),
            ),
            rows=Rows(
                row=row,
                arc=arc,
                coefficient=np.ones(len(row), dtype=np.int64),
                cap=net.cap[self._node],
                volunteer=old.rows.volunteer,
            ),
            supply=no_supply(self._needs),
            possible=live,
            in_play=live,
            escort_arcs=np.zeros(int(open_arcs.sum()), dtype=np.bool_),
            adult_arcs=np.ones(int(open_arcs.sum()), dtype=np.bool_),
        )

    def draft(self) -> Draft:
        """The optimum, as a draft of :meth:`model`."""
        open_arcs, mate = self._open(), self._net.mate[: self._needs]
        number = np.cumsum(open_arcs) - 1
        chosen = np.zeros(int(open_arcs.sum()), dtype=np.bool_)
        chosen[number[mate[mate >= 0]]] = True
        nothing = np.empty(0, dtype=np.int64)
        return Draft(complete=mate >= 0, chosen=chosen, money=nothing, goods=nothing)

    def prices(self) -> Prices:
        """Prices that prove the optimum, of the rows of :meth:`model`."""
        found = assigned(self._net, self._node, self._fair)
        return replace(
            no_prices(self._model.rows, self._model.supply),
            people=found.row_price,
            communities=found.community_price,
        )

    def _open(self) -> BoolArray:
        return self._net.cost[: self._arcs] < CLOSED

    def _live(self) -> BoolArray:
        live = self._net.mate[: self._needs] != OUT
        live[: len(self._model)] &= self._model.possible
        return live

    def _entries(self, open_arcs: BoolArray) -> tuple[IntArray, IntArray]:
        """Row and arc of each entry of :meth:`model`, the arcs as it numbers them."""
        number, old = np.cumsum(open_arcs) - 1, self._model.rows
        rows, arcs = [old.row], [old.arc]
        row, arc = self._late_row, np.arange(len(self._leaf), self._arcs, dtype=np.int64)
        while len(row):
            rows.append(row)
            arcs.append(arc)
            inside = self._parent[row] >= 0
            row, arc = self._parent[row[inside]], arc[inside]
        row, arc = np.concatenate(rows), np.concatenate(arcs)
        return row[open_arcs[arc]], number[arc[open_arcs[arc]]].astype(np.int64)
