"""
What a plan is worth: one weighted sum in points, exact.

Sums are kept in billionths of a point, so that a share of money or goods is an integer too; the value of a
plan and the bound are that sum divided by :data:`~matching.model.NANO`, rounded down once at the very end.
A fulfilled need is worth ``urgency * fulfilment_per_urgency`` and a little for each day it waited;
travel, flexible money and fresh goods cost a little. A need that may be given in part earns
``partial_percent`` of its worth by covered shares, each asked item and the money alike, and the rest when
it is complete.
"""

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import OPEN_DAY, Instance
from matching.model import NANO, Worth


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
    waited = np.minimum(needs.waiting_days, weights.waiting_days_most)
    points = needs.urgency_points * weights.fulfilment_per_urgency + waited * weights.waiting_per_day
    total = points * NANO
    parts = takes_parts(instance)
    lines = np.bincount(items.need, minlength=len(needs)).astype(np.int64)
    shares = np.maximum(lines + (needs.money_fen > 0), 1)
    earned = total // 100 * weights.partial_percent // shares
    money_credit = np.where(parts, earned // np.maximum(needs.money_fen, 1), 0)
    item_credit = np.where(parts[items.need], earned[items.need] // np.maximum(items.quantity, 1), 0)
    by_parts = money_credit * needs.money_fen
    np.add.at(by_parts, items.need, item_credit * items.quantity)
    return Worth(complete=total - by_parts, money_credit=money_credit, item_credit=item_credit)


def travel_points(instance: Instance, distance_m: IntArray) -> IntArray:
    """Points that a way costs, elementwise."""
    weights = instance.policy.weights
    return np.minimum(distance_m // 100 * weights.travel_per_100_m, weights.travel_most)


def money_cost(instance: Instance, need: IntArray, fund: IntArray) -> IntArray:
    """Nanopoints a fen costs: nothing from restricted money that soon expires, most from flexible money."""
    weights, funds = instance.policy.weights, instance.funds
    walls = zip(funds.categories, funds.situations, funds.region_paths, strict=True)
    bound = np.array([bool(a or b or c) for a, b, c in walls], dtype=np.bool_)
    soon = (funds.to_day != OPEN_DAY) & (funds.to_day - instance.day <= weights.soon_days)
    step = (~bound).astype(np.int64) * 2 + (~soon).astype(np.int64)
    return step[fund] * weights.money_step * NANO // np.maximum(instance.needs.money_fen[need], 1)


def goods_cost(instance: Instance, item: IntArray, stock: IntArray) -> IntArray:
    """Nanopoints a unit costs: nothing for goods that soon expire or were given for this subject."""
    weights, lines = instance.policy.weights, instance.stock
    only = np.array([subject is not None for subject in lines.restricted_to], dtype=np.bool_)
    soon = lines.expiry_day - instance.day <= weights.soon_days
    step = (~(only | soon)).astype(np.int64)
    per_need = np.bincount(instance.items.need, minlength=len(instance.needs)).astype(np.int64)
    share = instance.items.quantity[item] * np.maximum(per_need[instance.items.need[item]], 1)
    return step[stock] * weights.goods_step * NANO // np.maximum(share, 1)
