"""The model of one round at one depth of arcs."""

from dataclasses import dataclass, replace

import numpy as np

from matching.arrays import IntArray
from matching.formulation.candidates import Candidates
from matching.formulation.instance import Instance
from matching.formulation.people import people_at
from matching.formulation.people_rows import rows_of
from matching.formulation.pins import PIN_NANO
from matching.model import Labels, Levels, Model, Places, Supply, Worth
from matching.rules.age_bands import is_adult, needs_escort
from matching.rules.base import Pairs, Visits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Formulation:
    """A model with what it was made of: explanations go back to the people and rules behind the numbers."""

    instance: Instance
    found: Candidates
    labels: Labels
    model: Model


def model_of(
    instance: Instance, found: Candidates, worth: Worth, supply: Supply, places: Places, *, depth: IntArray
) -> Formulation:
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
    slot_count = np.diff(instance.slots.first)
    staffed = slot_count == 0
    staffed[places.group_need] = True
    possible = supply.supplied & staffed & found.open_needs
    given = np.zeros(len(slot_count), dtype=np.bool_)
    given[supply.money.taker] = True
    given[instance.items.need[supply.goods.taker]] = True
    communities, community = np.unique(np.array(instance.needs.community, dtype=np.str_), return_inverse=True)
    pin = np.where(found.pins.kept & possible, PIN_NANO, 0)
    nothing = np.zeros(len(slot_count), dtype=np.int64)
    model = Model(
        worth=replace(worth, complete=worth.complete + pin),
        slot_count=slot_count,
        item_need=instance.items.need,
        community=community.astype(np.int64),
        people=people,
        rows=rows_of(instance, people),
        supply=supply,
        possible=possible,
        in_play=possible | (supply.parts & given & found.open_needs),
        escort_arcs=needs_escort(instance, visits),
        adult_arcs=is_adult(instance, visits),
        levels=Levels(fulfilment=worth.complete, fairness=nothing, pin=pin),
    )
    labels = Labels(
        needs=instance.needs.ids,
        slots=instance.slots.ids,
        volunteers=instance.volunteers.ids,
        funds=instance.funds.ids,
        items=instance.items.ids,
        stock=instance.stock.ids,
        communities=communities.tolist(),
    )
    return Formulation(instance=instance, found=found, labels=labels, model=model)
