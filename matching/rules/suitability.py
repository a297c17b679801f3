"""HC-01: a task suits the volunteer's skill and health (Volunteer Service Regulation, art. 15)."""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray
from matching.instance import Instance
from matching.rules.base import Pairs, Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, pairs: Pairs) -> BoolArray:
    """The slot's skill is among the volunteer's, and a demanding task finds no physical limit."""
    fits = np.ones(len(pairs), dtype=np.bool_)
    asked = np.array([skill or "" for skill in instance.slots.skill], dtype=np.str_)[pairs.slot]
    for skill in np.unique(asked[asked != ""]).tolist():
        able = np.fromiter((skill in held for held in instance.volunteers.skills), dtype=np.bool_)
        rows = asked == skill
        fits[rows] = able[pairs.volunteer[rows]]
    return fits & ~(
        instance.needs.demanding[pairs.need] & instance.volunteers.physical_limit[pairs.volunteer]
    )


def audit(view: PlanView) -> Iterator[Violation]:
    """Assignments of people without the skill, or against their health."""
    for entry, need, slot, volunteer in view.visits():
        if slot["skill"] is not None and slot["skill"] not in (volunteer["skills"] or ()):
            yield Violation(
                rule="HC-01", subject=entry.volunteer_id, detail=f"{entry.slot_id} asks {slot['skill']}"
            )
        if need["demanding"] and volunteer["physical_limit"]:
            yield Violation(rule="HC-01", subject=entry.volunteer_id, detail=f"{entry.need_id} is demanding")


RULE = Rule(id="HC-01", pairs=keep, audit=audit)
