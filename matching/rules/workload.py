"""
HC-27: nobody is worn out.

Minutes a civil day, minutes in any 24 hours, rest between the visits of two civil days, and demanding
visits in a row. A visit counts on the day it begins. A row of demanding visits ends with the night's rest,
so the limit is one on each civil day. Promised visits count; a promise that breaks a limit by itself is not
the plan's fault.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance, civil_day
from matching.rules.base import Rule, Visits
from matching.rules.view import Engagement, PlanView, Violation


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """Visits that fit beside the volunteer's promises alone."""
    limits, first = instance.policy.workload, instance.commitments.spans.first
    volunteer, minutes = visits.pairs.volunteer, visits.end_min - visits.start_min
    fits = minutes <= min(limits.minutes_per_day.value, limits.minutes_per_24_hours.value)
    fits &= ~instance.needs.demanding[visits.pairs.need] | (limits.demanding_in_a_row.value >= 1)
    promised = np.flatnonzero(first[volunteer] < first[volunteer + 1])
    fits[promised] = _beside_promises(instance, visits.where(promised))
    return fits


def _beside_promises(instance: Instance, visits: Visits) -> BoolArray:
    limits = instance.policy.workload
    spans = instance.commitments.spans
    volunteer, day = visits.pairs.volunteer, visits.first_day
    minutes = visits.end_min - visits.start_min
    on_day, demanding = minutes.copy(), instance.needs.demanding[visits.pairs.need].astype(np.int64)
    planned_demanding = demanding > 0
    fits = np.ones(len(minutes), dtype=np.bool_)
    for nth in range(spans.most):
        row, there = spans.nth(volunteer, nth)
        start, end = spans.start[row], spans.end[row]
        same = there & (civil_day(start) == day)
        on_day += np.where(same, end - start, 0)
        demanding += same & instance.commitments.demanding[row]
        fits &= ~(
            there & too_short_rest(start, end, visits.start_min, visits.end_min, limits.rest_minutes.value)
        )
    fits &= on_day <= limits.minutes_per_day.value
    fits &= ~planned_demanding | (demanding <= limits.demanding_in_a_row.value)
    return fits & (_most_in_24_hours(instance, visits) <= limits.minutes_per_24_hours.value)


def too_short_rest(
    start_a: IntArray, end_a: IntArray, start_b: IntArray, end_b: IntArray, rest_min: int
) -> BoolArray:
    """Visits on two civil days with less than the rest between them, elementwise, in either order."""
    other_day = civil_day(start_a) != civil_day(start_b)
    gap = np.where(start_a <= start_b, start_b - end_a, start_a - end_b)
    return other_day & (gap < rest_min)


def _most_in_24_hours(instance: Instance, visits: Visits) -> IntArray:
    """Largest total of promises and the visit in any 24 hours that touch the visit."""
    spans = instance.commitments.spans
    most = visits.end_min - visits.start_min
    anchors = [visits.start_min, visits.end_min - 1440]
    for nth in range(spans.most):
        row, there = spans.nth(visits.pairs.volunteer, nth)
        near = there & (spans.start[row] < visits.end_min + 1440) & (spans.end[row] > visits.start_min - 1440)
        anchors.append(np.where(near, spans.start[row], visits.start_min))
        anchors.append(np.where(near, spans.end[row] - 1440, visits.start_min))
    for anchor in anchors:
        total = overlap(visits.start_min, visits.end_min, anchor)
        touches = total > 0
        for nth in range(spans.most):
            row, there = spans.nth(visits.pairs.volunteer, nth)
            total = total + np.where(there, overlap(spans.start[row], spans.end[row], anchor), 0)
        most = np.where(touches, np.maximum(most, total), most)
    return most


def overlap(start: IntArray, end: IntArray, anchor: IntArray) -> IntArray:
    """Minutes of a visit inside the 24 hours from ``anchor``, elementwise."""
    return np.clip(np.minimum(end, anchor + 1440) - np.maximum(start, anchor), 0, None)


def _in_24_hours(engagements: list[Engagement]) -> int:
    most = 0
    for edge in engagements:
        for anchor in (edge.start_min, edge.end_min - 1440):
            inside = [max(0, min(v.end_min, anchor + 1440) - max(v.start_min, anchor)) for v in engagements]
            if any(part and visit.planned for part, visit in zip(inside, engagements, strict=True)):
                most = max(most, sum(inside))
    return most


def audit(view: PlanView) -> Iterator[Violation]:
    """Volunteers with too long a day, too short a night or too many demanding visits."""
    limits = view.policy.workload
    for volunteer_id, engagements in view.engagements().items():
        on_day: dict[int, list[Engagement]] = defaultdict(list)
        for visit in engagements:
            on_day[visit.day].append(visit)
        for day, held in sorted(on_day.items()):
            minutes = sum(visit.minutes for visit in held)
            if any(visit.planned for visit in held) and minutes > limits.minutes_per_day.value:
                yield Violation(rule="HC-27", subject=volunteer_id, detail=f"{minutes} min on day {day}")
            heavy = [visit for visit in held if visit.demanding]
            if any(visit.planned for visit in heavy) and len(heavy) > limits.demanding_in_a_row.value:
                yield Violation(
                    rule="HC-27", subject=volunteer_id, detail=f"{len(heavy)} demanding visits in a row"
                )
        for index, before in enumerate(engagements):
            for after in engagements[index + 1 :]:
                rest = after.start_min - before.end_min
                fresh = before.planned or after.planned
                if fresh and before.day != after.day and rest < limits.rest_minutes.value:
                    yield Violation(rule="HC-27", subject=volunteer_id, detail=f"{rest} min of rest")
        most = _in_24_hours(engagements)
        if most > limits.minutes_per_24_hours.value:
            yield Violation(rule="HC-27", subject=volunteer_id, detail=f"{most} min in 24 hours")


RULE = Rule(id="HC-27", visits=keep, audit=audit)
