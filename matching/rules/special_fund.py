"""HC-15: a special fund is no legal person; the charity that holds it answers for what it pays."""

from collections.abc import Iterator

import numpy as np

from domain.giving import FundType
from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Funds that are no special funds, or name the charity that holds them."""
    funds = instance.funds
    answered = np.array(
        [
            kind != FundType.SPECIAL or holder is not None
            for kind, holder in zip(funds.type, funds.organisation_id, strict=True)
        ],
        dtype=np.bool_,
    )
    return answered[fund] if len(need) else np.ones(0, dtype=np.bool_)


def audit(view: PlanView) -> Iterator[Violation]:
    """Find money of special funds that no charity answers for."""
    for entry in view.plan.money:
        fund = view.funds[entry.book_id]
        if fund["type"] == FundType.SPECIAL and fund["organisation_id"] is None:
            yield Violation(rule="HC-15", subject=entry.book_id, detail="no charity holds it")


RULE = Rule(id="HC-15", funds=keep, audit=audit)
