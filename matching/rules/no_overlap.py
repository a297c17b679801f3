"""
HC-28: visits of one volunteer do not overlap, and the way between them fits.

Minutes of the way are ``fixed + distance / speed`` rounded up, none at the same place, the fixed part alone
where a place is unknown. The way from home is not counted: free time is when the volunteer can be on the
spot.
"""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.formulation.geometry import distance_m
from matching.formulation.instance import Instance
from matching.policy import Travel
from matching.rules.base import Rule, Visits
from matching.rules.view import PlanView, Violation, metres


def travel_min(travel: Travel, metres_between: IntArray) -> IntArray:
    """Minutes of the way for distances; -1 marks an unknown place."""
    fixed, speed = travel.fixed_minutes.value, travel.metres_per_minute.value
    way = fixed + -(-metres_between // speed)
    return np.where(metres_between == 0, 0, np.where(metres_between < 0, fixed, way)).astype(np.int64)


def clash(
    start_a: IntArray, end_a: IntArray, start_b: IntArray, end_b: IntArray, way_min: IntArray
) -> BoolArray:
    """Whether two visits cannot both be kept, elementwise."""
    return (start_a < end_b + way_min) & (start_b < end_a + way_min)


def between(
    longitude_a_deg: FloatArray,
    latitude_a_deg: FloatArray,
    located_a: BoolArray,
    *,
    longitude_b_deg: FloatArray,
    latitude_b_deg: FloatArray,
    located_b: BoolArray,
) -> IntArray:
    """Metres, -1 where a place is unknown."""
    known = distance_m(longitude_a_deg, latitude_a_deg, longitude_b_deg, latitude_b_deg)
    return np.where(located_a & located_b, known, -1).astype(np.int64)


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """Visits that can be reached from and left for every promise."""
    promises, needs = instance.commitments, instance.needs
    volunteer, need = visits.pairs.volunteer, visits.pairs.need
    free = np.ones(len(need), dtype=np.bool_)
    left = np.arange(len(need), dtype=np.int64)
    for nth in range(promises.spans.most):
        row, there = promises.spans.nth(volunteer[left], nth)
        left, row = left[there], row[there]
        apart = between(
            needs.longitude_deg[need[left]],
            needs.latitude_deg[need[left]],
            needs.located[need[left]],
            longitude_b_deg=promises.longitude_deg[row],
            latitude_b_deg=promises.latitude_deg[row],
            located_b=promises.located[row],
        )
        way = travel_min(instance.policy.travel, apart)
        start, end = promises.spans.start[row], promises.spans.end[row]
        free[left] &= ~clash(visits.start_min[left], visits.end_min[left], start, end, way)
    return free


def audit(view: PlanView) -> Iterator[Violation]:
    """Pairs of visits of one volunteer that overlap or leave no time for the way."""
    travel = view.policy.travel
    for volunteer_id, engagements in view.engagements().items():
        for index, before in enumerate(engagements):
            for after in engagements[index + 1 :]:
                if not (before.planned or after.planned):
                    continue
                apart = metres(before.place, after.place)
                way = travel.fixed_minutes.value if apart is None else travel.minutes(apart)
                if after.start_min < before.end_min + way and before.start_min < after.end_min + way:
                    gap = after.start_min - before.end_min
                    yield Violation(
                        rule="HC-28", subject=volunteer_id, detail=f"{gap} min for a way of {way}"
                    )


RULE = Rule(id="HC-28", visits=keep, audit=audit)
