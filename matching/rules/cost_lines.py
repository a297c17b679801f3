"""
HC-04: what a charity may pay besides help itself.

Volunteers' insurance and subsidies are costs of charitable activity, paid from money whose purpose names what the
volunteers do. What a charity spends on itself comes from its own free money. Wages are nobody's gift.
"""

from collections.abc import Iterator

import numpy as np

from domain.giving import CostLine
from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation

_OF_VOLUNTEERS = (CostLine.VOLUNTEER_INSURANCE, CostLine.VOLUNTEER_SUBSIDY)


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Help itself from any book; a cost from the books that may bear it."""
    needs, funds, walls = instance.needs, instance.funds, instance.walls
    if not len(need) or not any(needs.cost_line):
        return np.ones(len(need), dtype=np.bool_)
    helps = np.array([line is None for line in needs.cost_line], dtype=np.bool_)
    of_volunteers = np.array([line in _OF_VOLUNTEERS for line in needs.cost_line], dtype=np.bool_)
    of_charity = np.array([line == CostLine.MANAGEMENT for line in needs.cost_line], dtype=np.bool_)
    named = np.array([bool(codes) for codes in funds.categories], dtype=np.bool_)
    subject_at = {key: index for index, key in enumerate(instance.subject_ids)}
    holder = np.array([subject_at.get(key or "", -2) for key in funds.organisation_id], dtype=np.int64)
    axes = zip(funds.categories, funds.situations, funds.region_paths, funds.earmark_id, strict=True)
    free = np.array([not any(bound) for bound in axes], dtype=np.bool_)
    return (
        helps[need]
        | (of_volunteers[need] & named[fund] & walls.categories[needs.category_index[need], fund])
        | (of_charity[need] & free[fund] & (needs.subject_index[need] == holder[fund]))
    )


def audit(view: PlanView) -> Iterator[Violation]:
    """Costs that a book may not bear."""
    for entry in view.plan.money:
        need, fund = view.needs[entry.need_id], view.funds[entry.book_id]
        line = need["cost_line"]
        if line is None:
            continue
        bound = any(fund[axis] for axis in ("categories", "situations", "region_paths", "earmark_id"))
        allowed = (line in _OF_VOLUNTEERS and need["category"] in (fund["categories"] or ())) or (
            line == CostLine.MANAGEMENT and not bound and need["subject_id"] == fund["organisation_id"]
        )
        if not allowed:
            yield Violation(rule="HC-04", subject=entry.book_id, detail=f"{entry.need_id} is {line}")


RULE = Rule(id="HC-04", funds=keep, audit=audit)
