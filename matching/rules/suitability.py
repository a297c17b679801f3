"""HC-01: a task suits the volunteer's skill and health (Volunteer Service Regulation, art. 15)."""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray
from matching.formulation.instance import Instance
from matching.rules.base import Pairs, Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, pairs: Pairs) -> BoolArray:
    """Keep pairs whose skill is among the volunteer's, and a demanding task finds no physical limit."""
    asked = instance.slots.skill_index[pairs.slot]
    fits = asked < 0
    rows = np.flatnonzero(~fits)
    fits[rows] = instance.volunteers.able[pairs.volunteer[rows], asked[rows]]
    return fits & ~(
        instance.needs.demanding[pairs.need] & instance.volunteers.physical_limit[pairs.volunteer]
    )


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments of people without the skill, or against their health."""
    for entry, need, slot, volunteer in view.visits():
        if slot["skill"] is not None and slot["skill"] not in (volunteer["skills"] or ()):
            yield Violation(
                rule="HC-01", subject=entry.volunteer_id, detail=f"{entry.slot_id} asks {slot['skill']}"
            )
        if need["demanding"] and volunteer["physical_limit"]:
            yield Violation(rule="HC-01", subject=entry.volunteer_id, detail=f"{entry.need_id} is demanding")


RULE = Rule(id="HC-01", pairs=keep, audit=audit)
