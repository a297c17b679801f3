"""HC-12: no fund gives more than its free money or its cap for one case; no stock line more than it has."""

from collections import defaultdict
from collections.abc import Iterator

from matching.rules.base import Rule
from matching.rules.view import PlanView, Violation


def audit(view: PlanView) -> Iterator[Violation]:
    """Overdrawn funds, capped cases and stock lines."""
    spent: dict[str, int] = defaultdict(int)
    case: dict[tuple[str, str], int] = defaultdict(int)
    for entry in view.plan.money:
        spent[entry.book_id] += entry.amount_fen
        case[entry.book_id, entry.need_id] += entry.amount_fen
    for fund_id, amount_fen in sorted(spent.items()):
        budget_fen = view.funds[fund_id]["budget_fen"]
        if amount_fen > budget_fen:
            yield Violation(rule="HC-12", subject=fund_id, detail=f"{amount_fen} of {budget_fen} fen")
    for (fund_id, need_id), amount_fen in sorted(case.items()):
        cap_fen = view.funds[fund_id]["case_cap_fen"]
        if cap_fen is not None and amount_fen > cap_fen:
            yield Violation(
                rule="HC-12", subject=fund_id, detail=f"{need_id}: {amount_fen} above the cap {cap_fen}"
            )
    given: dict[str, int] = defaultdict(int)
    for entry in view.plan.goods:
        given[entry.offer_id] += entry.quantity
    for offer_id, quantity in sorted(given.items()):
        held = view.stock[offer_id]["quantity"]
        if quantity > held:
            yield Violation(rule="HC-12", subject=offer_id, detail=f"{quantity} of {held} units")


RULE = Rule(id="HC-12", audit=audit)
