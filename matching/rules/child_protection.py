"""HC-25: child-protection cases never enter an open round; only named, screened workers handle them."""

from collections.abc import Iterator

import numpy as np

from domain.needs import NeedCategory
from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance) -> BoolArray:
    """Needs of every other category."""
    return np.array([code != NeedCategory.CHILD_PROTECT for code in instance.needs.category], dtype=np.bool_)


def audit(view: PlanView) -> Iterator[Violation]:
    """Child-protection cases that a plan touches."""
    for need_id in sorted(view.touched()):
        if view.needs[need_id]["category"] == NeedCategory.CHILD_PROTECT:
            yield Violation(rule="HC-25", subject=need_id, detail="a child-protection case in an open round")


RULE = Rule(id="HC-25", needs=keep, audit=audit)
