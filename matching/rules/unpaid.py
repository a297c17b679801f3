"""
HC-04: charity pays what volunteering costs, never wages: who is paid for a service does not give it too.

The same hours would stand on a pay slip and among somebody's voluntary hours. A volunteer is compared by every
id known to be theirs (``person_ids``) with those who are paid to serve the need.
"""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Pairs
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, pairs: Pairs) -> BoolArray:
    """Pairs in which nobody pays the volunteer for the need."""
    paid, persons = instance.needs.paid_persons, instance.volunteers.person_ids
    unpaid = np.ones(len(pairs), dtype=np.bool_)
    if not paid:
        return unpaid
    for row in np.flatnonzero(np.isin(pairs.need, sorted(paid))).tolist():
        unpaid[row] = persons[int(pairs.volunteer[row])].isdisjoint(paid[int(pairs.need[row])])
    return unpaid


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments of people who are paid for the same need."""
    for entry, _need, _slot, volunteer in view.visits():
        if view.paid_persons.get(entry.need_id, frozenset()) & set(volunteer["person_ids"] or ()):
            yield Violation(rule="HC-04", subject=entry.volunteer_id, detail=f"paid for {entry.need_id}")
