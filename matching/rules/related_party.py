"""
HC-13: no money from a fund whose managers one is kin to, employs or manages (Charity Law, art. 58).

A path from who gave to who would receive forbids nothing: the gift carries the path, and a person looks at it.
"""

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
    """Money between related parties, and gifts between donor and receiver that nobody is told to look at."""
    for entry in view.plan.money:
        path = view.related.get((entry.fund_id, entry.need_id))
        if path is not None:
            yield Violation(
                rule="HC-13", subject=entry.book_id, detail=f"{entry.need_id} is a related party by {path}"
            )
        tie = view.donor_ties.get((entry.fund_id, entry.need_id))
        if tie != entry.review_path:
            yield Violation(
                rule="HC-13", subject=entry.book_id, detail=f"{entry.need_id} is not told to be tied by {tie}"
            )


RULE = Rule(id="HC-13", funds=keep, audit=audit)
