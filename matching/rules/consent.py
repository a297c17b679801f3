"""HC-22: without the subject's recorded consent a need stays with its station (PIPL, art. 28 to 31)."""

from collections.abc import Iterator

from domain.needs import SubjectKind
from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance) -> BoolArray:
    """Needs with consent; an institution has no personal data to consent for."""
    return instance.needs.consent_recorded | instance.needs.institution


def audit(view: PlanView) -> Iterator[Violation]:
    """Needs served without consent."""
    for need_id in sorted(view.touched()):
        need = view.needs[need_id]
        if not need["consent_recorded"] and need["subject_kind"] != SubjectKind.INSTITUTION:
            yield Violation(rule="HC-22", subject=need_id, detail="no consent on record")


RULE = Rule(id="HC-22", needs=keep, audit=audit)
