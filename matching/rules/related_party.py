"""HC-13: no money from a fund whose managers one is kin to, employs or manages (Charity Law, art. 58)."""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Pairs that no path joins."""
    count = max(1, len(instance.funds))
    joined = np.array([one * count + other for one, other in instance.related], dtype=np.int64)
    return ~np.isin(need * count + fund, joined)


def audit(view: PlanView) -> Iterator[Violation]:
    """Money between related parties."""
    for entry in view.plan.money:
        if (entry.fund_id, entry.need_id) in view.related:
            yield Violation(rule="HC-13", subject=entry.fund_id, detail=f"{entry.need_id} is a related party")


RULE = Rule(id="HC-13", funds=keep, audit=audit)
