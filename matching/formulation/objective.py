"""
What a plan is worth: four levels, each dominating the next by its weight, in one exact sum.

1. Fulfilment: ``urgency * fulfilment_per_urgency`` and something for each week of waiting. A need that may be
   given in part earns ``partial_percent`` of it by covered shares, each asked item and the money alike, and
   the rest when it is complete.
2. Fairness: the kth unserved need of a community costs ``fairness_steps * (2k - 1) // needs`` steps; counted
   are the steps spared against serving nobody.
3. Convenience of visits: the way, categories that were not preferred, new faces, changes of what was told.
4. Spending: the most restricted money goes first, of equally restricted that which expires soon, of that the
   oldest, and goods that soon expire; money earns something as long as its charity lacks to its year's floor.

Sums are kept in billionths of a point, so that a share of money or goods is an integer too; the value of a
plan and the bound are that sum divided by :data:`~matching.model.NANO`, rounded down once at the very end.
"""

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import OPEN_DAY, Instance
from matching.model import NANO, Worth

_MICRO = NANO // 10**6


def takes_parts(instance: Instance) -> BoolArray:
    """Needs that may be given in part. A wish of a household is given whole or not at all."""
    wishes = np.array(
        [
            kind == "WISH" and subject == "HOUSEHOLD"
            for kind, subject in zip(instance.needs.kind, instance.needs.subject_kind, strict=True)
        ],
        dtype=np.bool_,
    )
    return instance.needs.partial_allowed & ~wishes


def worth_of(instance: Instance) -> Worth:
    """Coefficients of needs, their money and their items."""
    weights, needs, items = instance.policy.weights, instance.needs, instance.items
    weeks = np.clip(needs.waiting_days // 7, 0, weights.waiting_weeks_most.value)
    points = needs.urgency_points * weights.fulfilment_per_urgency.value
    points = points + weeks * weights.waiting_per_week.value
    total = points * NANO
    parts = takes_parts(instance)
    lines = np.bincount(items.need, minlength=len(needs)).astype(np.int64)
    shares = np.maximum(lines + (needs.money_fen > 0), 1)
    earned = total // 100 * weights.partial_percent.value // shares
    money_credit = np.where(parts, earned // np.maximum(needs.money_fen, 1), 0)
    item_credit = np.where(parts[items.need], earned[items.need] // np.maximum(items.quantity, 1), 0)
    by_parts = money_credit * needs.money_fen
    np.add.at(by_parts, items.need, item_credit * items.quantity)
    return Worth(complete=total - by_parts, money_credit=money_credit, item_credit=item_credit)


def visit_points(instance: Instance, slot: IntArray, volunteer: IntArray, distance_m: IntArray) -> IntArray:
    """Points (never positive) of a volunteer in a slot at the published time, elementwise."""
    weights, told = instance.policy.weights, instance.published.volunteer[slot]
    need = instance.slots.need[slot]
    cost = np.minimum(distance_m // 100 * weights.travel_per_100_m.value, weights.travel_most.value)
    liked = instance.volunteers.prefers[volunteer, instance.needs.category_index[need]]
    cost += np.where(liked, 0, weights.not_preferred.value)
    cost += np.where(instance.is_new_face(need, volunteer), weights.new_face.value, 0)
    cost += np.where((told >= 0) & (told != volunteer), weights.changed_volunteer.value, 0)
    return -cost


def moved_points(instance: Instance, slot: IntArray, volunteer: IntArray, start_min: IntArray) -> IntArray:
    """Points (never positive) of coming at another time than the same volunteer was told, elementwise."""
    told = instance.published
    moved = (told.volunteer[slot] == volunteer) & (told.start_min[slot] != start_min)
    return np.where(moved, -instance.policy.weights.changed_time.value, 0)


def money_cost(instance: Instance, need: IntArray, fund: IntArray) -> IntArray:
    """Nanopoints a fen costs: nothing from old, earmarked, wholly bound money that soon expires, most from free."""
    weights, funds = instance.policy.weights, instance.funds
    soon = (funds.to_day != OPEN_DAY) & (funds.to_day - instance.day <= weights.soon_days.value)
    old = weights.money_old_days.value
    fresh = old - np.clip(instance.day - funds.received_day, 0, old)
    step = weights.money_step.value * _MICRO
    total = (4 * funds.open_axes + 2 * (~soon).astype(np.int64)) * step + step * fresh // old
    return total[fund] // np.maximum(instance.needs.money_fen[need], 1)


def goods_cost(instance: Instance, item: IntArray, stock: IntArray) -> IntArray:
    """Nanopoints a unit costs: nothing for goods that soon expire or were given for this subject."""
    weights, lines = instance.policy.weights, instance.stock
    only = np.array([subject is not None for subject in lines.restricted_to], dtype=np.bool_)
    soon = lines.expiry_day - instance.day <= weights.soon_days.value
    step = (~(only | soon)).astype(np.int64)
    per_need = np.bincount(instance.items.need, minlength=len(instance.needs)).astype(np.int64)
    share = instance.items.quantity[item] * np.maximum(per_need[instance.items.need[item]], 1)
    return step[stock] * weights.goods_step.value * _MICRO // np.maximum(share, 1)
