"""Everything that solvers of one problem share, and its split into parts that do not touch."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.candidates import Candidates
from matching.instance import Instance
from matching.numerics import connected_labels
from matching.objective import NANO, Worth
from matching.people import People, Places, people_at
from matching.people_rows import PeopleRows, rows_of
from matching.rules.age_bands import is_adult, needs_escort
from matching.rules.base import Pairs, Visits
from matching.supply import Gifts, Supply


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """
    Arrays of one problem at one depth of arcs.

    ``possible[i]``: need ``i`` could be complete if it were alone. ``in_play``: it could get anything at all.
    ``escort_arcs`` are visits of minors that ask for an adult in the team; ``adult_arcs`` those of adults.
    """

    instance: Instance
    found: Candidates
    worth: Worth
    people: People
    rows: PeopleRows
    supply: Supply
    has_slots: BoolArray
    possible: BoolArray
    in_play: BoolArray
    escort_arcs: BoolArray
    adult_arcs: BoolArray


def model_of(
    instance: Instance, found: Candidates, worth: Worth, supply: Supply, places: Places, *, depth: IntArray
) -> Model:
    """Take the nearest arcs of each place and everything that binds them."""
    people = people_at(instance, found, places, depth)
    arcs = people.arcs
    need = people.places.need[arcs.place]
    visits = Visits(
        pairs=Pairs(
            slot=people.places.slot[arcs.place],
            need=need,
            volunteer=arcs.volunteer,
            distance_m=arcs.distance_m,
        ),
        start_min=people.places.start_min[arcs.place],
        end_min=people.places.end_min[arcs.place],
    )
    has_slots = np.diff(instance.slots.first) > 0
    staffed = ~has_slots
    staffed[places.group_need] = True
    possible = supply.supplied & staffed & found.open_needs
    given = np.zeros(len(has_slots), dtype=np.bool_)
    given[supply.money.taker] = True
    given[instance.items.need[supply.goods.taker]] = True
    return Model(
        instance=instance,
        found=found,
        worth=worth,
        people=people,
        rows=rows_of(instance, people),
        supply=supply,
        has_slots=has_slots,
        possible=possible,
        in_play=possible | (supply.parts & given & found.open_needs),
        escort_arcs=needs_escort(instance, visits),
        adult_arcs=is_adult(instance, visits),
    )


def binding(gifts: Gifts, in_play: BoolArray, taker_need: IntArray) -> BoolArray:
    """Givers that could be asked for more than they have."""
    asked = np.zeros(len(gifts.held), dtype=np.int64)
    live = in_play[taker_need[gifts.taker]]
    np.add.at(asked, gifts.giver[live], gifts.most[live])
    return asked > gifts.held


def components(model: Model, needs: IntArray, *, with_supply: bool) -> list[IntArray]:
    """
    Split needs into parts that share no binding row, largest first, needs ascending inside.

    Without supply only the people's rows tie needs together.
    """
    n_needs = len(model.possible)
    inside = np.zeros(n_needs, dtype=np.bool_)
    inside[needs] = True
    arc_need = model.people.places.need[model.people.arcs.place]
    ends: list[tuple[IntArray, IntArray]] = [(arc_need[model.rows.arc], model.rows.row)]
    if with_supply:
        item_need = model.instance.items.need
        every = np.arange(n_needs, dtype=np.int64)
        for gifts, owner in ((model.supply.money, every), (model.supply.goods, item_need)):
            scarce = binding(gifts, inside, owner)
            tied = scarce[gifts.giver]
            ends.append((owner[gifts.taker[tied]], gifts.giver[tied]))
        ends.append((model.supply.ceilings.need, model.supply.ceilings.row))
    total = n_needs
    left: list[IntArray] = []
    right: list[IntArray] = []
    for need, row in ends:
        keep = inside[need]
        left.append(need[keep])
        right.append(total + row[keep])
        total += int(row.max(initial=-1)) + 1
    labels = connected_labels(np.concatenate(left), np.concatenate(right), total)[needs]
    order = np.lexsort((needs, labels))
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    parts = [np.sort(part) for part in np.split(needs[order], cuts)] if len(needs) else []
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))


def arcs_of_needs(model: Model, needs: IntArray) -> IntArray:
    """Arc indices of the needs that may be complete."""
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    inside &= model.possible
    return np.flatnonzero(inside[model.people.places.need[model.people.arcs.place]]).astype(np.int64)


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
        complete=np.zeros(len(model.possible), dtype=np.bool_),
        chosen=np.zeros(len(model.people.arcs), dtype=np.bool_),
        money=np.zeros(len(model.supply.money), dtype=np.int64),
        goods=np.zeros(len(model.supply.goods), dtype=np.int64),
    )


def draft_value(model: Model, draft: Draft) -> int:
    """Nanopoints, exact."""
    worth, supply = model.worth, model.supply
    money, goods = supply.money, supply.goods
    return (
        int(worth.complete[draft.complete].sum())
        + int(model.people.arcs.points[draft.chosen].sum()) * NANO
        + int(((worth.money_credit[money.taker] - money.cost) * draft.money).sum())
        + int(((worth.item_credit[goods.taker] - goods.cost) * draft.goods).sum())
    )
