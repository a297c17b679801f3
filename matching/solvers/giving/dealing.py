"""Money and goods dealt out exactly, once it is settled which needs are complete."""

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.model import Draft, Gifts, Model, Rows, binding
from matching.solvers.giving.dealing_flow import Nest, deal
from matching.solvers.network.forest import forest_of


def deal_out(model: Model, draft: Draft, needs: IntArray) -> Draft:
    """
    Give the complete needs all they ask and the others, where they take parts, what pays; in whole units.

    A need that cannot be supplied after all (a rounded programme may promise a fen too much) is dropped,
    cheapest first, with its team.
    """
    result = draft.copy()
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    item_need = model.item_need
    every = np.arange(len(inside), dtype=np.int64)
    while True:
        money = _amounts(
            model,
            result,
            inside,
            model.supply.money,
            every,
            credit=model.worth.money_credit,
            under_ceilings=True,
        )
        goods = _amounts(
            model,
            result,
            inside,
            model.supply.goods,
            item_need,
            credit=model.worth.item_credit,
            under_ceilings=False,
        )
        if money is not None and goods is not None:
            mine = inside[model.supply.money.taker]
            result.money[mine] = money[mine]
            mine = inside[item_need[model.supply.goods.taker]]
            result.goods[mine] = goods[mine]
            return result
        candidates = np.flatnonzero(result.complete & inside & _supplied(model))
        dropped = candidates[np.argmin(model.worth.complete[candidates])]
        drop(model, result, int(dropped))


def _supplied(model: Model) -> BoolArray:
    asks = model.supply.money.asked > 0
    asks[model.item_need] = True
    return asks


def drop(model: Model, draft: Draft, need: int) -> None:
    """Take completeness and team from a need."""
    draft.complete[need] = False
    draft.chosen[model.people.places.need[model.people.arcs.place] == need] = False


def _amounts(
    model: Model,
    draft: Draft,
    inside: BoolArray,
    gifts: Gifts,
    owner: IntArray,
    *,
    credit: IntArray,
    under_ceilings: bool,
) -> IntArray | None:
    result = np.zeros(len(gifts), dtype=np.int64)
    whole = (draft.complete & inside)[owner]
    partly = (model.supply.parts & model.in_play & inside & ~draft.complete)[owner]
    wanted = np.flatnonzero((whole | partly) & (gifts.asked > 0))
    if not len(wanted):
        return result
    at = np.full(len(gifts.asked), -1, dtype=np.int64)
    at[wanted] = np.arange(len(wanted))
    arcs = np.flatnonzero(at[gifts.taker] >= 0)
    givers, giver = np.unique(gifts.giver[arcs], return_inverse=True)
    fixed = np.where(whole[wanted], gifts.asked[wanted], 0)
    optional = np.where(whole[wanted], 0, gifts.asked[wanted])
    nest = _free(len(wanted))
    if under_ceilings:
        nest, optional = _ceilings(model, draft, wanted, optional)
    dealt = deal(
        at[gifts.taker[arcs]],
        giver.astype(np.int64),
        gifts.most[arcs],
        gifts.cost[arcs],
        gifts.held[givers],
        fixed=fixed,
        optional=optional,
        credit=credit[wanted],
        nest=nest,
    )
    if dealt is None:
        return None
    result[arcs] = dealt
    return result


def _free(n_takers: int) -> Nest:
    """No ceilings."""
    nothing = np.empty(0, dtype=np.int64)
    return Nest(leaf=np.full(n_takers, -1, dtype=np.int64), parent=nothing, left=nothing)


def _ceilings(model: Model, draft: Draft, wanted: IntArray, optional: IntArray) -> tuple[Nest, IntArray]:
    """
    Ceilings over needs that take parts, less what complete needs use of them.

    Those that nest and count every fen alike, as a kind's and a household's do, are for the flow to share out.
    Others are shared out beforehand, to what earns most a fen: the amounts come back that no need may exceed.
    """
    at = np.full(len(model), -1, dtype=np.int64)
    at[wanted[optional > 0]] = np.flatnonzero(optional > 0)
    rows, most = _left_for_parts(model, draft, at), optional.copy()
    loose: list[Rows] = []
    while True:
        forest = forest_of(rows, len(wanted), every=True)
        if forest.fits.all():
            break
        loose.append(_of(rows, ~forest.fits))
        rows = _of(rows, forest.fits)
    for others in loose:
        _share_out(others, most, model.worth.money_credit[wanted])
    return Nest(leaf=forest.leaf, parent=forest.parent, left=forest.units), most


def _left_for_parts(model: Model, draft: Draft, at: IntArray) -> Rows:
    """Ceilings as rows over the takers that ``at`` numbers; -1 for needs that it leaves out."""
    ceilings, asked = model.supply.ceilings, model.supply.money.asked
    use = ceilings.per_need + ceilings.per_fen * asked[ceilings.need]
    left = ceilings.cap.copy()
    np.subtract.at(left, ceilings.row, np.where(draft.complete[ceilings.need], use, 0))
    inside = (at[ceilings.need] >= 0) & (ceilings.per_fen > 0)
    return _of(
        Rows(
            row=ceilings.row[inside],
            arc=at[ceilings.need[inside]],
            coefficient=ceilings.per_fen[inside],
            cap=np.maximum(left, 0),
            volunteer=np.full(len(left), -1, dtype=np.int64),
        ),
        np.ones(len(left), dtype=np.bool_),
    )


def _of(rows: Rows, keep: BoolArray) -> Rows:
    """Rows that are kept and bind anything, numbered anew."""
    inside = keep[rows.row]
    used, row = np.unique(rows.row[inside], return_inverse=True)
    return Rows(
        row=row.astype(np.int64),
        arc=rows.arc[inside],
        coefficient=rows.coefficient[inside],
        cap=rows.cap[used],
        volunteer=rows.volunteer[used],
    )


def _share_out(rows: Rows, most: IntArray, credit: IntArray) -> None:
    """Lower the amounts until no row could be broken by them, those that earn least a unit first."""
    left = rows.cap.copy()
    order = np.lexsort((rows.row, rows.arc, -credit[rows.arc]))
    for arc in dict.fromkeys(rows.arc[order].tolist()):
        mine = order[rows.arc[order] == arc]
        most[arc] = min(most[arc], int((left[rows.row[mine]] // rows.coefficient[mine]).min()))
        left[rows.row[mine]] -= rows.coefficient[mine] * most[arc]


class Leftovers:
    """What is free beside a draft: who could still join it."""

    def __init__(self, model: Model, draft: Draft) -> None:
        self.model, self.draft = model, draft
        supply, rows = model.supply, model.rows
        self.money = supply.money.held - np.bincount(
            supply.money.giver, weights=draft.money, minlength=len(supply.money.held)
        ).astype(np.int64)
        self.goods = supply.goods.held - np.bincount(
            supply.goods.giver, weights=draft.goods, minlength=len(supply.goods.held)
        ).astype(np.int64)
        load = rows.coefficient * draft.chosen[rows.arc]
        self.people = rows.cap - np.bincount(rows.row, weights=load, minlength=len(rows)).astype(np.int64)
        ceilings = supply.ceilings
        got = np.zeros(len(model), dtype=np.int64)
        np.add.at(got, supply.money.taker, draft.money)
        used = ceilings.per_need * draft.complete[ceilings.need] + ceilings.per_fen * got[ceilings.need]
        self.ceilings = ceilings.cap.copy()
        np.subtract.at(self.ceilings, ceilings.row, used)
        order = np.argsort(rows.arc, kind="stable")
        self._entry = order
        self._entry_first = np.searchsorted(rows.arc[order], np.arange(len(model.people.arcs) + 1))
        self._arc_first = np.searchsorted(model.people.arcs.place, np.arange(len(model.people.places) + 1))
        self._group_first = np.searchsorted(
            model.people.places.group, np.arange(len(model.people.places.group_need) + 1)
        )

    def _entries(self, arc: int) -> IntArray:
        return self._entry[self._entry_first[arc] : self._entry_first[arc + 1]]

    def team(self, need: int) -> list[int] | None:
        """First group whose slots find free people in order of distance."""
        places = self.model.people.places
        rows, arcs = self.model.rows, self.model.people.arcs
        for group in np.flatnonzero(places.group_need == need).tolist():
            team: list[int] = []
            taken: dict[int, int] = {}
            for place in range(self._group_first[group], self._group_first[group + 1]):
                found = -1
                for arc in range(self._arc_first[place], self._arc_first[place + 1]):
                    entries = self._entries(arc)
                    left = self.people[rows.row[entries]] - [
                        taken.get(int(row), 0) for row in rows.row[entries]
                    ]
                    if bool((rows.coefficient[entries] <= left).all()):
                        found = arc
                        break
                if found < 0:
                    break
                for entry in self._entries(found).tolist():
                    row = int(rows.row[entry])
                    taken[row] = taken.get(row, 0) + int(rows.coefficient[entry])
                team.append(found)
            else:
                minors = self.model.escort_arcs[team].any() if team else False
                if len({int(arcs.volunteer[arc]) for arc in team}) == len(team) and (
                    not minors or self.model.adult_arcs[team].any()
                ):
                    return team
        return None


def scarce_anywhere(model: Model, needs: IntArray) -> bool:
    """Whether any supply row ties the needs together or bounds one of them."""
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    every = np.arange(len(inside), dtype=np.int64)
    return bool(
        inside[model.supply.ceilings.need].any()
        or binding(model.supply.money, inside, every).any()
        or binding(model.supply.goods, inside, model.item_need).any()
    )
