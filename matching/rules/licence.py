"""HC-02: where the law asks a licence, it is valid on every day of the service (art. 16)."""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Miss, Rule, Visits
from matching.rules.view import PlanView, Violation, day_of


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """One qualification of the asked licence covers the visit's days whole."""
    asked = instance.slots.licence_index[visits.pairs.slot]
    held = asked < 0
    codes: list[int] = np.unique(asked[~held]).tolist()
    for index in codes:
        rows = np.flatnonzero(asked == index)
        spans = instance.licences.get(instance.licence_codes[index])
        if spans is not None:
            held[rows] = spans.cover(
                visits.pairs.volunteer[rows], visits.first_day[rows], visits.day_after[rows]
            )
    return held


def days_since_end(instance: Instance, licence: str, volunteer: IntArray, day_after: IntArray) -> IntArray:
    """Days from the latest end of a licence to the end of the visit; -1 for who never held it."""
    spans = instance.licences.get(licence)
    missed = np.full(len(volunteer), -1, dtype=np.int64)
    if spans is None:
        return missed
    latest = np.full(len(volunteer), -(10**9), dtype=np.int64)
    for nth in range(spans.most):
        row, there = spans.nth(volunteer, nth)
        latest = np.where(there, np.maximum(latest, spans.end[row]), latest)
    late = day_after - latest
    return np.where((latest > -(10**9)) & (late > 0), late, missed)


def miss(instance: Instance, visits: Visits) -> Miss:
    """Days for which the licence has run out."""
    asked = instance.slots.licence_index[visits.pairs.slot]
    amount = np.full(len(asked), -1, dtype=np.int64)
    codes: list[int] = np.unique(asked[asked >= 0]).tolist()
    for index in codes:
        rows = np.flatnonzero(asked == index)
        amount[rows] = days_since_end(
            instance, instance.licence_codes[index], visits.pairs.volunteer[rows], visits.day_after[rows]
        )
    return Miss(amount=amount, unit="days")


def holds(view: PlanView, volunteer_id: str, licence: str, start_min: int, end_min: int) -> bool:
    """Whether one qualification row covers the days of a visit."""
    return any(
        row["licence"] == licence
        and (row["from_day"] is None or row["from_day"] <= day_of(start_min))
        and (row["to_day"] is None or day_of(end_min - 1) < row["to_day"])
        for row in view.qualifications.get(volunteer_id, ())
    )


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments to slots whose licence the volunteer lacks on a day of the visit."""
    for entry, _need, slot, _volunteer in view.visits():
        licence = slot["licence"]
        if licence is not None and not holds(
            view, entry.volunteer_id, licence, entry.start_min, entry.end_min
        ):
            yield Violation(
                rule="HC-02", subject=entry.volunteer_id, detail=f"{entry.slot_id} asks {licence}"
            )


RULE = Rule(id="HC-02", visits=keep, miss=miss, audit=audit)
