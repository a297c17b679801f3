"""
HC-14: left-over money goes to the same or the nearest purpose, and that is told (Charity Law, art. 57).

A purpose whose last day is over pays nobody any more. Its money is first moved, by people, to a purpose listed as
its sibling; until then it stays where it is.
"""

from collections.abc import Iterator

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def keep(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Books whose purpose has not ended."""
    del need
    return instance.day < instance.funds.to_day[fund]


def audit(view: PlanView) -> Iterator[Violation]:
    """Money left over from a purpose that has ended."""
    for entry in view.plan.money:
        to_day = view.funds[entry.book_id]["to_day"]
        if to_day is not None and to_day <= view.day:
            yield Violation(rule="HC-14", subject=entry.book_id, detail=f"its purpose ended on day {to_day}")


RULE = Rule(id="HC-14", funds=keep, audit=audit)
