"""HC-03: accident cover before tasks with danger (art. 17); HC-08: its age limits are the insurer's."""

from collections.abc import Iterator

import numpy as np

from domain.needs import RiskLevel
from matching.arrays import BoolArray
from matching.formulation.instance import RISKS, Instance, age_y
from matching.rules.base import Rule, Visits
from matching.rules.view import PlanView, Violation, day_of


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """One cover holds on the visit's days, at the need's place and at the volunteer's age."""
    pairs, covers = visits.pairs, instance.covers
    asked = instance.needs.risk_level[pairs.need] >= RISKS.index(instance.policy.insurance.from_risk.value)
    fits = ~asked
    rows = np.flatnonzero(asked)
    if not len(rows):
        return fits
    need, volunteer = pairs.need[rows], pairs.volunteer[rows]
    first_day, day_after = visits.first_day[rows], visits.day_after[rows]
    years = age_y(instance.volunteers.birth_day[volunteer], first_day)
    held = np.zeros(len(rows), dtype=np.bool_)
    for nth in range(covers.spans.most):
        row, there = covers.spans.nth(volunteer, nth)
        held |= (
            there
            & (covers.spans.start[row] <= first_day)
            & (day_after <= covers.spans.end[row])
            & (covers.min_age_y[row] <= years)
            & (years <= covers.max_age_y[row])
            & covers.holds[covers.scope[row], need]
        )
    fits[rows] = held
    return fits


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments to dangerous tasks without a cover that fits days, place and age."""
    order = [level.value for level in RiskLevel]
    floor = order.index(view.policy.insurance.from_risk.value)
    for entry, need, _slot, _volunteer in view.visits():
        danger = order.index(need["risk"]) if need["risk"] in order else len(order) - 1
        if danger < floor:
            continue
        years = view.age(entry.volunteer_id, day_of(entry.start_min))
        fitting = [
            row
            for row in view.covers.get(entry.volunteer_id, ())
            if (row["from_day"] is None or row["from_day"] <= day_of(entry.start_min))
            and (row["to_day"] is None or day_of(entry.end_min - 1) < row["to_day"])
            and (row["min_age_y"] or 0) <= years <= (200 if row["max_age_y"] is None else row["max_age_y"])
            and (
                not row["region_paths"] or any(need["region_path"].startswith(p) for p in row["region_paths"])
            )
        ]
        if not fitting:
            yield Violation(
                rule="HC-03", subject=entry.volunteer_id, detail=f"{entry.need_id} risk {need['risk']}"
            )


RULE = Rule(id="HC-03", visits=keep, audit=audit)
