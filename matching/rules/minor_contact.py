"""HC-09: whoever helps a child holds a valid check for work with minors (Minors Law 2020)."""

from collections.abc import Iterator

import numpy as np

from domain.people import Licence
from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Miss, Rule, Visits
from matching.rules.licence import days_since_end, holds
from matching.rules.view import PlanView, Violation

_CHECK = Licence.MINOR_CONTACT_CHECK.value


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """No child in the task, or a check that covers its days."""
    checked = ~instance.needs.with_child[visits.pairs.need]
    rows = np.flatnonzero(~checked)
    spans = instance.licences.get(_CHECK)
    if spans is not None and len(rows):
        checked[rows] = spans.cover(
            visits.pairs.volunteer[rows], visits.first_day[rows], visits.day_after[rows]
        )
    return checked


def miss(instance: Instance, visits: Visits) -> Miss:
    """Days for which the check has run out."""
    amount = days_since_end(instance, _CHECK, visits.pairs.volunteer, visits.day_after)
    return Miss(amount=np.where(instance.needs.with_child[visits.pairs.need], amount, -1), unit="days")


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments to a child's need without a valid check."""
    for entry, need, _slot, _volunteer in view.visits():
        if need["with_child"] and not holds(view, entry.volunteer_id, _CHECK, entry.start_min, entry.end_min):
            yield Violation(rule="HC-09", subject=entry.volunteer_id, detail=f"{entry.need_id} has a child")


RULE = Rule(id="HC-09", visits=keep, miss=miss, audit=audit)
