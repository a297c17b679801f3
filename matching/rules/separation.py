"""HC-29: who posted or verified a need does not serve it."""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray
from matching.instance import Instance
from matching.rules.base import Pairs, Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, pairs: Pairs) -> BoolArray:
    """Pairs in which the volunteer is neither poster nor verifier."""
    residents, needs = instance.volunteers.resident_id, instance.needs
    apart = ~instance.volunteers.posts_or_verifies[pairs.volunteer]
    for row in np.flatnonzero(~apart).tolist():
        need, person = int(pairs.need[row]), residents[int(pairs.volunteer[row])]
        apart[row] = person not in (needs.posted_by[need], needs.verified_by[need])
    return apart


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments of a need's poster or verifier to it."""
    for entry, need, _slot, volunteer in view.visits():
        person = volunteer["resident_id"]
        if person is not None and person in (need["posted_by"], need["verified_by"]):
            yield Violation(
                rule="HC-29", subject=entry.volunteer_id, detail=f"posted or verified {entry.need_id}"
            )


RULE = Rule(id="HC-29", pairs=keep, audit=audit)
