"""What became of each fund's money: given, or idle and why, in amounts that add up to the budget."""

from collections import Counter
from enum import StrEnum

import numpy as np

from matching.explain.needs import LACKS_PEOPLE, ReasonCode
from matching.formulation.build import Formulation
from matching.model import Draft
from matching.plan import Reason
from matching.statements import FundStatement, IdleMoney


class IdleCode(StrEnum):
    """Why money of a fund stays; ``reasons.idle`` of the catalogue words them."""

    NO_NEED_ASKS = "NO_NEED_ASKS"  # no open need asks charity for money
    CLOSED = "CLOSED"  # outside the fund's own dates
    WALL = "WALL"  # no need lies inside its purpose, region and situations, or all are related parties
    NEEDS_LACK_PEOPLE = "NEEDS_LACK_PEOPLE"
    NEEDS_LACK_GOODS = "NEEDS_LACK_GOODS"
    NEEDS_LACK_MONEY = "NEEDS_LACK_MONEY"  # the whole sum of these needs cannot be found
    CASE_CAP = "CASE_CAP"  # the fund may not give one case as much as it lacks
    CEILING = "CEILING"
    NOT_REACHED = "NOT_REACHED"
    ALL_PAID = "ALL_PAID"  # nothing more is asked by needs that it may serve


def fund_statements(made: Formulation, draft: Draft, reasons: dict[str, Reason]) -> dict[str, FundStatement]:
    """Account for each fund's budget."""
    model, funds = made.model, made.instance.funds
    money = model.supply.money
    received = np.zeros(len(model), dtype=np.int64)
    np.add.at(received, money.taker, draft.money)
    unpaid = money.asked - received
    by_fund = np.argsort(money.giver, kind="stable")
    first = np.searchsorted(money.giver[by_fund], np.arange(len(funds) + 1))
    asked = bool((money.asked[made.found.open_needs] > 0).any())
    found: dict[str, FundStatement] = {}
    for fund, key in enumerate(funds.ids):
        arcs = by_fund[first[fund] : first[fund + 1]]
        given = int(draft.money[arcs].sum())
        idle = int(funds.budget_fen[fund]) - given
        if not len(arcs):
            parts = [_without_needs(made, fund, idle, asked=asked)]
        else:
            waiting = arcs[unpaid[money.taker[arcs]] > 0]
            order = np.lexsort((money.taker[waiting], -model.worth.complete[money.taker[waiting]]))
            why = [
                (
                    _idle_code(
                        reasons[made.labels.needs[need]], cap_binds=_capped(made, draft, arc, unpaid[need])
                    ),
                    int(unpaid[need]),
                )
                for arc in waiting[order].tolist()
                for need in [int(money.taker[arc])]
            ]
            parts = _attributed(idle, why)
        found[key] = FundStatement(
            budget_fen=int(funds.budget_fen[fund]),
            given_fen=given,
            needs=int((draft.money[arcs] > 0).sum()),
            eligible=len(arcs),
            idle=tuple(part for part in parts if part.amount_fen > 0),
        )
    return found


def _without_needs(made: Formulation, fund: int, idle: int, *, asked: bool) -> IdleMoney:
    funds, day = made.instance.funds, made.instance.day
    if not asked:
        return IdleMoney(code=IdleCode.NO_NEED_ASKS, amount_fen=idle)
    if not int(funds.from_day[fund]) <= day < int(funds.to_day[fund]):
        rule = "HC-11" if day < int(funds.from_day[fund]) else "HC-14"
        return IdleMoney(code=IdleCode.CLOSED, amount_fen=idle, rule=rule)
    return IdleMoney(code=IdleCode.WALL, amount_fen=idle, rule="HC-11")


def _capped(made: Formulation, draft: Draft, arc: int, unpaid: int) -> bool:
    """Whether the fund's cap for one case keeps it from giving all that a need lacks."""
    money, funds = made.model.supply.money, made.instance.funds
    fund = int(money.giver[arc])
    return int(funds.case_cap_fen[fund]) - int(draft.money[arc]) < unpaid


def _idle_code(why: Reason, *, cap_binds: bool) -> tuple[IdleCode, str | None]:
    code = str(why.parameters.get("because", why.code))
    if code in LACKS_PEOPLE:
        return IdleCode.NEEDS_LACK_PEOPLE, None
    if code == ReasonCode.GOODS_SHORT:
        return IdleCode.NEEDS_LACK_GOODS, None
    if code == ReasonCode.CEILING:
        return IdleCode.CEILING, "HC-19"
    if code == ReasonCode.MONEY_SHORT:
        return (IdleCode.CASE_CAP, "HC-12") if cap_binds else (IdleCode.NEEDS_LACK_MONEY, None)
    return IdleCode.NOT_REACHED, None


def _attributed(idle: int, why: list[tuple[tuple[IdleCode, str | None], int]]) -> list[IdleMoney]:
    """Set idle money against what waiting needs lack, most worth first; the rest was asked by nobody."""
    amounts, counts = Counter[tuple[IdleCode, str | None]](), Counter[tuple[IdleCode, str | None]]()
    for key, lacking in why:
        amount = min(idle, lacking)
        if amount <= 0:
            break
        amounts[key] += amount
        counts[key] += 1
        idle -= amount
    parts = [
        IdleMoney(code=code, amount_fen=amount, needs=counts[code, rule], rule=rule)
        for (code, rule), amount in amounts.items()
    ]
    parts.sort(key=lambda part: (-part.amount_fen, part.code))
    return [*parts, IdleMoney(code=IdleCode.ALL_PAID, amount_fen=idle)]
