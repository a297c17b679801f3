"""
HC-03: accident cover before tasks with danger (art. 17).

Its days and its place are asked here; the age that an insurer takes is HC-08's question, of the same cover.
"""

from collections.abc import Iterator

import numpy as np

from domain.needs import RiskLevel
from matching.arrays import BoolArray
from matching.formulation.instance import RISKS, Instance, age_y
from matching.rules.base import Rule, Visits
from matching.rules.view import PlanView, Row, Violation, day_of


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """No danger, or a cover that holds on the visit's days and at the need's place."""
    return ~endangered(instance, visits) | covered(instance, visits, at_their_age=False)


def endangered(instance: Instance, visits: Visits) -> BoolArray:
    """Whether the task is dangerous enough for a cover to be asked."""
    floor = RISKS.index(instance.policy.insurance.from_risk.value)
    return instance.needs.risk_level[visits.pairs.need] >= floor


def covered(instance: Instance, visits: Visits, *, at_their_age: bool) -> BoolArray:
    """Whether one cover holds on the days and at the place, and, if asked, takes the volunteer's age."""
    pairs, covers = visits.pairs, instance.covers
    held = np.zeros(len(pairs), dtype=np.bool_)
    rows = np.flatnonzero(endangered(instance, visits))
    if not len(rows):
        return held
    need, volunteer = pairs.need[rows], pairs.volunteer[rows]
    first_day, day_after = visits.first_day[rows], visits.day_after[rows]
    years = age_y(instance.volunteers.birth_day[volunteer], first_day)
    for nth in range(covers.spans.most):
        row, there = covers.spans.nth(volunteer, nth)
        fits = (
            there
            & (covers.spans.start[row] <= first_day)
            & (day_after <= covers.spans.end[row])
            & covers.holds[covers.scope[row], need]
        )
        if at_their_age:
            fits &= (covers.min_age_y[row] <= years) & (years <= covers.max_age_y[row])
        held[rows] |= fits
    return held


def dangerous(view: PlanView, need: Row) -> bool:
    """Whether a need's task asks for a cover; a risk nobody knows counts as the highest."""
    order = [level.value for level in RiskLevel]
    danger = order.index(need["risk"]) if need["risk"] in order else len(order) - 1
    return danger >= order.index(view.policy.insurance.from_risk.value)


def holding(view: PlanView, volunteer_id: str, need: Row, start_min: int, end_min: int) -> list[Row]:
    """Covers of a volunteer that hold on the days and at the place of a visit."""
    return [
        row
        for row in view.covers.get(volunteer_id, ())
        if (row["from_day"] is None or row["from_day"] <= day_of(start_min))
        and (row["to_day"] is None or day_of(end_min - 1) < row["to_day"])
        and (not row["region_paths"] or any(need["region_path"].startswith(p) for p in row["region_paths"]))
    ]


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments to dangerous tasks without a cover that holds on the days and at the place."""
    for entry, need, _slot, _volunteer in view.visits():
        if dangerous(view, need) and not holding(
            view, entry.volunteer_id, need, entry.start_min, entry.end_min
        ):
            yield Violation(
                rule="HC-03", subject=entry.volunteer_id, detail=f"{entry.need_id} risk {need['risk']}"
            )


RULE = Rule(id="HC-03", visits=keep, audit=audit)
