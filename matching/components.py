"""A model split into parts that do not touch, each a model of its own that can be solved anywhere."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray, offsets
from matching.model import (
    Arcs,
    Ceilings,
    Draft,
    Fairness,
    Gifts,
    Levels,
    Model,
    People,
    Places,
    Rows,
    Supply,
    Worth,
    binding,
)


def components(model: Model, needs: IntArray, *, with_supply: bool) -> list[IntArray]:
    """
    Split needs into parts that share no binding row, largest first, needs ascending inside.

    Without supply only the people's rows tie needs together, and communities where fairness counts.
    """
    from matching.union import join, settle  # noqa: PLC0415 - compiled

    n_needs = len(model)
    inside = np.zeros(n_needs, dtype=np.bool_)
    inside[needs] = True
    arc_need = model.arc_need
    ends: list[tuple[IntArray, IntArray]] = [(arc_need[model.rows.arc], model.rows.row)]
    if with_supply:
        item_need = model.item_need
        every = np.arange(n_needs, dtype=np.int64)
        for gifts, owner in ((model.supply.money, every), (model.supply.goods, item_need)):
            scarce = binding(gifts, inside, owner)
            tied = scarce[gifts.giver]
            ends.append((owner[gifts.taker[tied]], gifts.giver[tied]))
        ends.append((model.supply.ceilings.need, model.supply.ceilings.row))
    if model.fairness is not None:
        of_one = np.flatnonzero(model.community >= 0).astype(np.int64)
        ends.append((of_one, model.community[of_one]))
    total = n_needs + sum(int(row.max(initial=-1)) + 1 for _, row in ends)
    root, shift = np.arange(total, dtype=np.int64), n_needs
    for need, row in ends:
        keep = inside[need]
        join(root, need[keep], row[keep], shift)
        shift += int(row.max(initial=-1)) + 1
    settle(root)
    return _largest_first(needs, root[needs])


def _largest_first(needs: IntArray, label: IntArray) -> list[IntArray]:
    """Needs of each label, ascending; equally large parts by their first need."""
    order = np.lexsort((needs, label))
    begins = np.flatnonzero(np.diff(label[order], prepend=-1))
    sizes = np.diff(np.append(begins, len(needs)))
    ranked = np.lexsort((needs[order[begins]], -sizes)).tolist()
    held, first, last = needs[order], begins.tolist(), (begins + sizes).tolist()
    return [held[first[part] : last[part]] for part in ranked]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """
    A model of some needs, and where its indices stand in the whole.

    ``needs``, ``arcs``, ``rows``, ``money``, ``goods`` (gift arcs), ``funds``, ``stock``, ``ceilings`` and
    ``communities`` are indices of the whole by index of the part. Volunteers keep their numbers, and so do
    communities where fairness does not count.
    """

    model: Model
    needs: IntArray
    arcs: IntArray
    rows: IntArray
    money: IntArray
    goods: IntArray
    funds: IntArray
    stock: IntArray
    ceilings: IntArray
    communities: IntArray

    def put(self, whole: Draft, draft: Draft) -> None:
        """Write a draft of the part into one of the whole."""
        whole.complete[self.needs] = draft.complete
        whole.chosen[self.arcs] = draft.chosen
        whole.money[self.money] = draft.money
        whole.goods[self.goods] = draft.goods

    def take(self, whole: Draft) -> Draft:
        """Cut a draft of the whole down to the part."""
        return Draft(
            complete=whole.complete[self.needs],
            chosen=whole.chosen[self.arcs],
            money=whole.money[self.money],
            goods=whole.goods[self.goods],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Piles:
    """Indices sorted into one pile a part, ascending inside; what belongs to no part (-1) is left out."""

    order: IntArray
    first: IntArray

    @classmethod
    def of(cls, part: IntArray, n_parts: int) -> "_Piles":
        order = np.argsort(part, kind="stable").astype(np.int64)
        return cls(order, offsets(part[order], n_parts))

    def __getitem__(self, number: int) -> IntArray:
        return self.order[self.first[number] : self.first[number + 1]]


def split(model: Model, parts: list[IntArray]) -> list[Part]:
    """
    Cut the needs of each part out as a model of its own; O(size of the model) for all parts together.

    A fund or stock line that several parts touch is given whole to each: right where it cannot bind, and
    else the caller's to share out.

    Parameters
    ----------
    parts
        Disjoint sorted need indices; needs in none of them are left out. No people row may join two parts, and
        where fairness counts no community.
    """
    of_need = np.full(len(model), -1, dtype=np.int64)
    for number, needs in enumerate(parts):
        of_need[needs] = number
    places, supply, count = model.people.places, model.supply, len(parts)
    of_arc = of_need[model.arc_need]
    of_entry = of_arc[model.rows.arc]
    piles = {
        "place": _Piles.of(of_need[places.need], count),
        "group": _Piles.of(of_need[places.group_need], count),
        "arc": _Piles.of(of_arc, count),
        "entry": _Piles.of(of_entry, count),
        "item": _Piles.of(of_need[model.item_need], count),
        "money": _Piles.of(of_need[supply.money.taker], count),
        "goods": _Piles.of(of_need[model.item_need[supply.goods.taker]], count),
        "ceiling": _Piles.of(of_need[supply.ceilings.need], count),
    }
    renumber = _Renumber(model)
    return [
        _part(model, needs, {name: pile[number] for name, pile in piles.items()}, renumber)
        for number, needs in enumerate(parts)
    ]


class _Renumber:
    """Scratch arrays from old to new numbers; entries outside the part at hand are stale and never read."""

    def __init__(self, model: Model) -> None:
        def scratch(size: int) -> IntArray:
            return np.zeros(size, dtype=np.int64)

        self.need = scratch(len(model))
        self.place = scratch(len(model.people.places))
        self.group = scratch(len(model.people.places.group_need))
        self.arc = scratch(len(model.people.arcs))
        self.row = scratch(len(model.rows))
        self.item = scratch(len(model.item_need))
        self.fund = scratch(len(model.supply.money.held))
        self.stock = scratch(len(model.supply.goods.held))
        self.ceiling = scratch(len(model.supply.ceilings))
        known = model.community[model.community >= 0]
        self.members = np.bincount(known, minlength=_communities_in(model)).astype(np.int64)
        self.community = scratch(len(self.members))


def _number(scratch: IntArray, members: IntArray) -> None:
    scratch[members] = np.arange(len(members))


def _part(model: Model, needs: IntArray, piles: dict[str, IntArray], to: _Renumber) -> Part:
    places, arcs, rows, supply = model.people.places, model.people.arcs, model.rows, model.supply
    place, group, arc, entry, item = (piles[name] for name in ("place", "group", "arc", "entry", "item"))
    row = np.unique(rows.row[entry])
    for scratch, members in (
        (to.need, needs),
        (to.place, place),
        (to.group, group),
        (to.arc, arc),
        (to.row, row),
        (to.item, item),
    ):
        _number(scratch, members)
    money, funds = _gifts(supply.money, piles["money"], needs, to.need, to.fund)
    goods, stock = _gifts(supply.goods, piles["goods"], item, to.item, to.stock)
    ceilings, ceiling_rows = _ceilings(supply.ceilings, piles["ceiling"], to)
    community, communities, fairness = _communities(model, needs, to)
    part = Model(
        worth=Worth(
            complete=model.worth.complete[needs],
            money_credit=model.worth.money_credit[needs],
            item_credit=model.worth.item_credit[item],
        ),
        slot_count=model.slot_count[needs],
        item_need=to.need[model.item_need[item]],
        community=community,
        people=People(
            places=Places(
                need=to.need[places.need[place]],
                slot=places.slot[place],
                option=places.option[place],
                start_min=places.start_min[place],
                end_min=places.end_min[place],
                group=to.group[places.group[place]],
                group_need=to.need[places.group_need[group]],
                tail=places.tail[place],
            ),
            arcs=Arcs(
                place=to.place[arcs.place[arc]],
                volunteer=arcs.volunteer[arc],
                distance_m=arcs.distance_m[arc],
                points=arcs.points[arc],
            ),
            depth=model.people.depth[place],
        ),
        rows=Rows(
            row=to.row[rows.row[entry]],
            arc=to.arc[rows.arc[entry]],
            coefficient=rows.coefficient[entry],
            cap=rows.cap[row],
            volunteer=rows.volunteer[row],
        ),
        supply=Supply(
            money=money,
            goods=goods,
            ceilings=ceilings,
            parts=supply.parts[needs],
            supplied=supply.supplied[needs],
        ),
        possible=model.possible[needs],
        in_play=model.in_play[needs],
        escort_arcs=model.escort_arcs[arc],
        adult_arcs=model.adult_arcs[arc],
        levels=_levels(model.levels, needs),
        fairness=fairness,
    )
    return Part(
        model=part,
        needs=needs,
        arcs=arc,
        rows=row,
        money=piles["money"],
        goods=piles["goods"],
        funds=funds,
        stock=stock,
        ceilings=ceiling_rows,
        communities=communities,
    )


def _levels(levels: Levels | None, needs: IntArray) -> Levels | None:
    if levels is None:
        return None
    return Levels(fulfilment=levels.fulfilment[needs], fairness=levels.fairness[needs], pin=levels.pin[needs])


def _gifts(
    gifts: Gifts, arcs: IntArray, takers: IntArray, to_taker: IntArray, to_giver: IntArray
) -> tuple[Gifts, IntArray]:
    givers = np.unique(gifts.giver[arcs])
    _number(to_giver, givers)
    taker = to_taker[gifts.taker[arcs]]
    cut = Gifts(
        taker=taker,
        giver=to_giver[gifts.giver[arcs]],
        most=gifts.most[arcs],
        cost=gifts.cost[arcs],
        asked=gifts.asked[takers],
        held=gifts.held[givers],
        first=offsets(taker, len(takers)),
    )
    return cut, givers


def _ceilings(ceilings: Ceilings, entries: IntArray, to: _Renumber) -> tuple[Ceilings, IntArray]:
    rows = np.unique(ceilings.row[entries])
    _number(to.ceiling, rows)
    cut = Ceilings(
        row=to.ceiling[ceilings.row[entries]],
        need=to.need[ceilings.need[entries]],
        per_need=ceilings.per_need[entries],
        per_fen=ceilings.per_fen[entries],
        cap=ceilings.cap[rows],
        subject=ceilings.subject[rows],
        what=[ceilings.what[row] for row in rows.tolist()],
    )
    return cut, rows


def _communities_in(model: Model) -> int:
    """Room for the numbers of communities that fairness counts."""
    return 1 if model.fairness is None else max(1, len(model.fairness))


def _communities(model: Model, needs: IntArray, to: _Renumber) -> tuple[IntArray, IntArray, Fairness | None]:
    """Cut fairness down; a community's needs that no part holds stay incomplete and count as its base."""
    community, whole = model.community[needs], model.fairness
    if whole is None:
        return community, np.empty(0, dtype=np.int64), None
    inside = community >= 0
    communities, held = np.unique(community[inside], return_counts=True)
    _number(to.community, communities)
    fairness = Fairness(
        step=whole.step[communities],
        demand=whole.demand[communities],
        grain=whole.grain[communities],
        base=whole.base[communities] + to.members[communities] - held,
    )
    return np.where(inside, to.community[community], -1), communities, fairness
