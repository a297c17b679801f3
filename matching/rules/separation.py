"""
HC-29: who posted or verified a need does not serve it.

A volunteer is compared by every id known to be theirs (``person_ids``). Who posts may also be a social worker
of a list without identity numbers; nothing tells that such a worker volunteers too, so that tie is not seen.
"""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Pairs, Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, pairs: Pairs) -> BoolArray:
    """Pairs in which the volunteer is neither poster nor verifier."""
    persons, needs = instance.volunteers.person_ids, instance.needs
    apart = ~instance.volunteers.posts_or_verifies[pairs.volunteer]
    for row in np.flatnonzero(~apart).tolist():
        need, ids = int(pairs.need[row]), persons[int(pairs.volunteer[row])]
        apart[row] = ids.isdisjoint((needs.posted_by[need], needs.verified_by[need]))
    return apart


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments of a need's poster or verifier to it."""
    for entry, need, _slot, volunteer in view.visits():
        if {need["posted_by"], need["verified_by"]} & set(volunteer["person_ids"] or ()):
            yield Violation(
                rule="HC-29", subject=entry.volunteer_id, detail=f"posted or verified {entry.need_id}"
            )


RULE = Rule(id="HC-29", pairs=keep, audit=audit)
