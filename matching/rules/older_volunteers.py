"""
HC-08: age alone keeps nobody away; the limit is the one their insurer wrote into the cover.

No national upper limit was found and some policies have none, so the ages come from the cover that HC-03 asks
for, and health from what the volunteer declared (HC-01).
"""

from collections.abc import Iterator

from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule, Visits
from matching.rules.insurance import covered, dangerous, endangered, holding
from matching.rules.view import PlanView, Violation, day_of


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """No danger, no cover at all (which HC-03 refuses), or a cover that takes the volunteer's age."""
    uncovered = ~covered(instance, visits, at_their_age=False)
    return ~endangered(instance, visits) | uncovered | covered(instance, visits, at_their_age=True)


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments to dangerous tasks whose covers all exclude the volunteer's age."""
    for entry, need, _slot, _volunteer in view.visits():
        if not dangerous(view, need):
            continue
        years = view.age(entry.volunteer_id, day_of(entry.start_min))
        held = holding(view, entry.volunteer_id, need, entry.start_min, entry.end_min)
        if held and not any(
            (row["min_age_y"] or 0) <= years <= (200 if row["max_age_y"] is None else row["max_age_y"])
            for row in held
        ):
            yield Violation(
                rule="HC-08", subject=entry.volunteer_id, detail=f"no cover takes the age of {years}"
            )


RULE = Rule(id="HC-08", visits=keep, audit=audit)
