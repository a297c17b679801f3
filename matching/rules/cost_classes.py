"""
HC-04: what a charity may pay besides help itself.

Volunteers' insurance and subsidies are costs of charitable activity, paid from money whose purpose names what the
volunteers do. What a charity spends on itself comes from its own free money. A wage is a cost of no class.
"""

from collections.abc import Iterator

import numpy as np

from domain.costs import CostClass
from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules import unpaid
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation

_AXES = 5  # of a purpose, all unbound: money for anything
_OF_ACTIVITY = frozenset(each.value for each in CostClass if each.is_charitable)


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Help itself from any book; a cost from the books that may bear it."""
    needs, funds, walls = instance.needs, instance.funds, instance.walls
    if not len(need) or not any(needs.cost_class):
        return np.ones(len(need), dtype=np.bool_)
    helps = np.array([cost is None for cost in needs.cost_class], dtype=np.bool_)
    of_activity = np.array([cost in _OF_ACTIVITY for cost in needs.cost_class], dtype=np.bool_)
    of_charity = np.array([cost == CostClass.MANAGEMENT for cost in needs.cost_class], dtype=np.bool_)
    named = np.array([bool(codes) for codes in funds.categories], dtype=np.bool_)
    subject_at = {key: index for index, key in enumerate(instance.subject_ids)}
    holder = np.array([subject_at.get(key or "", -2) for key in funds.organisation_id], dtype=np.int64)
    free = funds.open_axes == _AXES
    return (
        helps[need]
        | (of_activity[need] & named[fund] & walls.categories[needs.category_index[need], fund])
        | (of_charity[need] & free[fund] & (needs.subject_index[need] == holder[fund]))
    )


def audit(view: PlanView) -> Iterator[Violation]:
    """Costs that a book may not bear, and wages beside what is given."""
    yield from unpaid.audit(view)
    for entry in view.plan.money:
        need, fund = view.needs[entry.need_id], view.funds[entry.book_id]
        cost = need["cost_class"]
        if cost is None:
            continue
        axes = ("categories", "situations", "region_paths", "earmark_id")
        bound = any(fund[axis] for axis in axes) or fund["beneficiary_scope"] not in (None, "ANYONE")
        allowed = (cost in _OF_ACTIVITY and need["category"] in (fund["categories"] or ())) or (
            cost == CostClass.MANAGEMENT and not bound and need["subject_id"] == fund["organisation_id"]
        )
        if not allowed:
            yield Violation(rule="HC-04", subject=entry.book_id, detail=f"{entry.need_id} is {cost}")


RULE = Rule(id="HC-04", pairs=unpaid.keep, funds=keep, audit=audit)
