"""HC-20: policy aid and insurance come first; charity pays at most the verified gap, and nothing twice."""

from collections.abc import Iterator

from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def audit(view: PlanView) -> Iterator[Violation]:
    """Needs that get more charity money than their gap, or more units than they ask for."""
    for need_id, amount_fen in sorted(view.received_fen().items()):
        need = view.needs[need_id]
        gap_fen = max(0, min(need["amount_fen"] or 0, need["gap_fen"] or 0))
        if amount_fen > gap_fen:
            yield Violation(rule="HC-20", subject=need_id, detail=f"{amount_fen} fen for a gap of {gap_fen}")
    for item_id, quantity in sorted(view.received_units().items()):
        asked = view.items[item_id]["quantity"]
        if quantity > asked:
            yield Violation(rule="HC-20", subject=item_id, detail=f"{quantity} units for {asked} asked")


RULE = Rule(id="HC-20", audit=audit)
