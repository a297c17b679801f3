"""
HC-10: child tasks have adults only, clearly older than the child, and in a home at least two of them.

A visit outside a home counts as a public place. A home visit to a child that asks for fewer people than the
policy wants is open to nobody until the station asks for one more.
"""

from collections.abc import Iterator

from matching.arrays import BoolArray
from matching.formulation.instance import Instance, age_y
from matching.rules.age_bands import ADULT_Y
from matching.rules.base import Rule, Visits
from matching.rules.view import PlanView, Violation, day_of


def keep_needs(instance: Instance) -> BoolArray:
    """Needs with enough places for two adults, where two are asked."""
    needs, slots = instance.needs, instance.slots
    places = slots.first[1:] - slots.first[:-1]
    private = needs.with_child & needs.home_visit & (places > 0)
    return ~private | (places >= instance.policy.child_tasks.adults_in_private.value)


def keep_visits(instance: Instance, visits: Visits) -> BoolArray:
    """Adults, older than the child by the policy's years where its age is known."""
    need = visits.pairs.need
    years = age_y(instance.volunteers.birth_day[visits.pairs.volunteer], visits.first_day)
    child = instance.needs.child_age_y[need]
    older = (child < 0) | (years - child >= instance.policy.child_tasks.age_gap_y.value)
    return ~instance.needs.with_child[need] | ((years >= ADULT_Y) & older)


def audit(view: PlanView) -> Iterator[Violation]:
    """Children's needs with too few adults, minors, or helpers of nearly the child's age."""
    rules = view.policy.child_tasks
    for need_id, team in view.team_of.items():
        need = view.needs[need_id]
        if not need["with_child"]:
            continue
        ages = [view.age(entry.volunteer_id, day_of(entry.start_min)) for entry in team]
        if any(years < ADULT_Y for years in ages):
            yield Violation(rule="HC-10", subject=need_id, detail="a minor in a child's task")
        child = need["child_age_y"]
        if child is not None and child >= 0 and any(years - child < rules.age_gap_y.value for years in ages):
            yield Violation(
                rule="HC-10", subject=need_id, detail=f"helper not {rules.age_gap_y.value} years older"
            )
        if need["home_visit"] and len({entry.volunteer_id for entry in team}) < rules.adults_in_private.value:
            yield Violation(rule="HC-10", subject=need_id, detail=f"{len(team)} adult in a home")


RULE = Rule(id="HC-10", needs=keep_needs, visits=keep_visits, audit=audit)
