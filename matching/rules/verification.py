"""HC-06: a need is served once an organisation has verified it and its risk is stated (art. 13)."""

from collections.abc import Iterator

import numpy as np

from domain.needs import RiskLevel, SubjectKind
from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance) -> BoolArray:
    """Needs that somebody verified; an institution answers for its own requests."""
    verified = np.array([person is not None for person in instance.needs.verified_by], dtype=np.bool_)
    return verified | instance.needs.institution


def audit(view: PlanView) -> Iterator[Violation]:
    """Needs served though nobody verified them, or with a risk nobody stated."""
    for need_id in sorted(view.touched()):
        need = view.needs[need_id]
        if need["verified_by"] is None and need["subject_kind"] != SubjectKind.INSTITUTION:
            yield Violation(rule="HC-06", subject=need_id, detail="nobody verified it")
        if need["risk"] not in {level.value for level in RiskLevel}:
            yield Violation(rule="HC-06", subject=need_id, detail=f"risk {need['risk']}")


RULE = Rule(id="HC-06", needs=keep, audit=audit)
