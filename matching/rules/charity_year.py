"""
HC-17: what a charity pays out in a year, and what it may spend on itself.

The payout floor is a row of the objective: fen towards it earn something, and what is missing breaks nothing in a
single round. The ceiling on management is hard; its row stands with the ceilings of households.
"""

from collections import Counter
from collections.abc import Iterator

from domain.costs import CostClass
from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def audit(view: PlanView) -> Iterator[Violation]:
    """Charities that would spend more on themselves than their year allows."""
    planned = Counter[str]()
    for entry in view.plan.money:
        if view.needs[entry.need_id]["cost_class"] == CostClass.MANAGEMENT:
            planned[view.funds[entry.book_id]["organisation_id"] or ""] += entry.amount_fen
    for charity, amount_fen in sorted(planned.items()):
        year = view.charity_years.get(charity)
        if year is None or year["management_ceiling_fen"] is None:
            continue
        spent_fen, most_fen = year["management_fen"] or 0, year["management_ceiling_fen"]
        if spent_fen + amount_fen > most_fen:
            yield Violation(
                rule="HC-17", subject=charity, detail=f"{spent_fen} + {amount_fen} of {most_fen} fen"
            )


RULE = Rule(id="HC-17", audit=audit)
