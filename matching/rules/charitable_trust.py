"""
HC-16: a charitable trust chooses beneficiaries by scope, never by name (Yinjianfa [2017] 37).

Its settlor's relatives are related parties and stay out by HC-13: the snapshot counts settlors among the
persons behind a trust.
"""

from collections.abc import Iterator

import numpy as np

from domain.giving import FundType
from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Trusts whose deed states a scope of categories or situations, and every other fund."""
    funds = instance.funds
    scoped = np.array(
        [
            kind != FundType.TRUST or bool(categories or situations)
            for kind, categories, situations in zip(
                funds.type, funds.categories, funds.situations, strict=True
            )
        ],
        dtype=np.bool_,
    )
    return scoped[fund] if len(need) else np.ones(0, dtype=np.bool_)


def audit(view: PlanView) -> Iterator[Violation]:
    """Find money of trusts without a stated scope of beneficiaries."""
    for entry in view.plan.money:
        fund = view.funds[entry.book_id]
        if fund["type"] == FundType.TRUST and not (fund["categories"] or fund["situations"]):
            yield Violation(rule="HC-16", subject=entry.book_id, detail="the trust states no scope")


RULE = Rule(id="HC-16", funds=keep, audit=audit)
