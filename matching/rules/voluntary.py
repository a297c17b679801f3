"""
HC-05: service is free and voluntary: nobody is asked beyond what they offered.

Offered are categories, a travel radius, free time inside the horizon, minutes a week (weeks begin on
Monday; a visit counts in the week it begins) and, if they say so, a number of visits within the horizon.
Where a place is unknown, the regions of both must be in one line of descent.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from matching.arrays import BitArray, BoolArray, IntArray
from matching.formulation.instance import Instance, civil_day, civil_week
from matching.formulation.starts import Starts
from matching.rules.base import Miss, Pairs, Rule, Visits
from matching.rules.view import PlanView, Violation, metres, place_of, related_paths


def keep_pairs(instance: Instance, pairs: Pairs) -> BoolArray:
    """Active people who do not decline the category and go that far; unknown places go by region."""
    needs, volunteers = instance.needs, instance.volunteers
    near = (pairs.distance_m >= 0) & (pairs.distance_m <= volunteers.radius_m[pairs.volunteer])
    nowhere = np.flatnonzero(pairs.distance_m < 0)
    near[nowhere] = instance.regions_related(
        needs.region[pairs.need[nowhere]], volunteers.region[pairs.volunteer[nowhere]]
    )
    declined = volunteers.declines[pairs.volunteer, needs.category_index[pairs.need]]
    return (
        near & volunteers.active[pairs.volunteer] & (volunteers.visits_left[pairs.volunteer] > 0) & ~declined
    )


def keep_visits(instance: Instance, visits: Visits) -> BoolArray:
    """Visits inside one span of free time and inside what is left of the week's offer."""
    volunteer = visits.pairs.volunteer
    free = instance.free.cover(volunteer, visits.start_min, visits.end_min)
    minutes = visits.end_min - visits.start_min
    promised = promised_minutes(instance, volunteer, civil_week(visits.first_day))
    return free & (promised + minutes <= instance.volunteers.weekly_minutes[volunteer])


def keep_times(instance: Instance, starts: Starts, pairs: Pairs) -> BitArray:
    """Start times of which :func:`keep_visits` keeps the visit."""
    from matching.formulation.pair_kernels import Offer, offered  # noqa: PLC0415 - compiled

    free, promised = instance.free, instance.commitments.spans
    offer = Offer(
        free_first=free.first,
        free_start=free.start,
        free_end=free.end,
        promised_first=promised.first,
        promised_start=promised.start,
        promised_end=promised.end,
        weekly_minutes=instance.volunteers.weekly_minutes,
    )
    return offered(
        pairs.need, pairs.volunteer, starts.first, starts.minute, instance.needs.duration_min, offer
    )


def promised_minutes(instance: Instance, volunteer: IntArray, week: IntArray) -> IntArray:
    """Minutes of commitments that begin in a week, elementwise."""
    spans = instance.commitments.spans
    total = np.zeros(len(volunteer), dtype=np.int64)
    for nth in range(spans.most):
        row, there = spans.nth(volunteer, nth)
        if len(spans.owner):
            same = there & (civil_week(civil_day(spans.start[row])) == week)
            total += np.where(same, spans.end[row] - spans.start[row], 0)
    return total


def miss(instance: Instance, visits: Visits) -> Miss:
    """Metres beyond the radius; -1 where the radius was not what failed."""
    beyond = visits.pairs.distance_m - instance.volunteers.radius_m[visits.pairs.volunteer]
    return Miss(amount=np.where(beyond > 0, beyond, -1), unit="metres")


def _merged(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(rows):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _within(view: PlanView, minute: int) -> bool:
    return view.problem.horizon_start_min <= minute < view.problem.horizon_end_min


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments beyond somebody's offer of category, way, time or weekly minutes."""
    for entry, need, _slot, volunteer in view.visits():
        if not volunteer["active"] or need["category"] in (volunteer["declined_categories"] or ()):
            yield Violation(
                rule="HC-05", subject=entry.volunteer_id, detail=f"not willing to do {need['category']}"
            )
        distance_m = metres(place_of(need), place_of(volunteer))
        if distance_m is None:
            if not related_paths(need["region_path"], volunteer["region_path"]):
                yield Violation(
                    rule="HC-05", subject=entry.volunteer_id, detail="place unknown, other region"
                )
        elif distance_m > volunteer["radius_m"] + 1:  # one metre for rounding
            detail = f"{distance_m} m is beyond {volunteer['radius_m']} m"
            yield Violation(rule="HC-05", subject=entry.volunteer_id, detail=detail)
        windows = _merged(
            [(row["start_min"], row["end_min"]) for row in view.free.get(entry.volunteer_id, ())]
        )
        if not any(start <= entry.start_min and entry.end_min <= end for start, end in windows):
            yield Violation(rule="HC-05", subject=entry.volunteer_id, detail=f"not free at {entry.start_min}")
    for volunteer_id, engagements in view.engagements().items():
        minutes: dict[int, int] = defaultdict(int)
        planned: set[int] = set()
        for visit in engagements:
            week = (visit.day + 3) // 7
            minutes[week] += visit.minutes
            if visit.planned:
                planned.add(week)
        most = view.volunteers[volunteer_id]["most_visits"]
        begun = [visit for visit in engagements if _within(view, visit.start_min)]
        if planned and most is not None and len(begun) > most:
            yield Violation(
                rule="HC-05", subject=volunteer_id, detail=f"{len(begun)} visits, {most} were offered"
            )
        offered = view.volunteers[volunteer_id]["weekly_minutes"]
        for week in sorted(planned):
            if minutes[week] > offered:
                yield Violation(
                    rule="HC-05", subject=volunteer_id, detail=f"{minutes[week]} of {offered} min a week"
                )


RULE = Rule(id="HC-05", pairs=keep_pairs, times=keep_times, visits=keep_visits, miss=miss, audit=audit)
