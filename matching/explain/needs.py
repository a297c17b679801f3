"""
Why each need was matched or not: one reason a need, with the rule that decided and how near a help came.

An unmatched need is looked at in the order of what must come first: whether it may be in the round at all,
whether it has a time, people, money and goods if it were alone, and at last what others hold of them in
this plan.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from matching.arrays import IntArray
from matching.explain.contested import Rivals
from matching.explain.misses import Misses, judge, shortlist
from matching.formulation.build import Formulation
from matching.formulation.supply import MANAGEMENT
from matching.model import Draft, Gifts, Model
from matching.plan import RELATED_PATH, REVIEW_PATH, Plan, Reason
from matching.rules import ALL_RULES
from matching.solvers.giving.dealing import Leftovers
from matching.statements import Contest


class ReasonCode(StrEnum):
    """Every code a plan can give; ``locales/*/reasons.toml`` words them."""

    MATCHED = "MATCHED"
    PARTLY = "PARTLY"
    EXCLUDED = "EXCLUDED"
    NO_TIME = "NO_TIME"
    NO_CANDIDATE = "NO_CANDIDATE"
    TEAM_INCOMPLETE = "TEAM_INCOMPLETE"
    TEAM_NO_COMMON_TIME = "TEAM_NO_COMMON_TIME"
    MONEY_SHORT = "MONEY_SHORT"
    CEILING = "CEILING"
    OWN_COSTS = "OWN_COSTS"  # of a charity, whose year leaves no more room for them
    GOODS_SHORT = "GOODS_SHORT"
    CONTESTED = "CONTESTED"
    NOT_REACHED = "NOT_REACHED"


LACKS_PEOPLE = frozenset(
    {
        ReasonCode.NO_TIME,
        ReasonCode.NO_CANDIDATE,
        ReasonCode.TEAM_INCOMPLETE,
        ReasonCode.TEAM_NO_COMMON_TIME,
        ReasonCode.CONTESTED,
    }
)
"""Reasons that more, or other, people could mend."""

CONSENT = "HC-22"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """A reason for each need, with what was looked at on the way: open slots and how near people came."""

    reasons: dict[str, Reason]
    misses: Misses


def findings_of(made: Formulation, draft: Draft, plan: Plan) -> Findings:
    """Find one reason for each need of the problem."""
    left = Leftovers(made.model, draft.copy())
    received = _received(plan)
    rivals = Rivals(made.model, draft)
    unmatched = {
        need: _unmatched(made, left, rivals, need) for need in np.flatnonzero(~draft.complete).tolist()
    }
    misses = judge(made.instance, made.found.starts, shortlist(made.instance, _open_slots(made, unmatched)))
    nearest = misses.nearest()
    reasons: dict[str, Reason] = {}
    for need, need_id in enumerate(made.labels.needs):
        if draft.complete[need]:
            reasons[need_id] = Reason(code=ReasonCode.MATCHED, parameters=received[need_id])
            continue
        why = _with_miss(made, misses, nearest, unmatched[need], need)
        if need_id in received:
            share = _share_percent(made.model, draft, need)
            parameters = {**received[need_id], "percent": share, "because": why.code, **why.parameters}
            why = Reason(code=ReasonCode.PARTLY, rule=why.rule, parameters=parameters, contest=why.contest)
        reasons[need_id] = why
    return Findings(reasons=reasons, misses=misses)


def reasons_of(made: Formulation, draft: Draft, plan: Plan) -> dict[str, Reason]:
    """Give one reason for each need of the problem."""
    return findings_of(made, draft, plan).reasons


def _open_slots(made: Formulation, unmatched: dict[int, Reason]) -> IntArray:
    """Slots of the needs that lack people, and of those that lack consent alone."""
    first = made.instance.slots.first
    held = [
        np.arange(first[need], first[need + 1], dtype=np.int64)
        for need, why in unmatched.items()
        if why.code in LACKS_PEOPLE or why.rule == CONSENT
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *held])


def _with_miss(made: Formulation, misses: Misses, nearest: dict[int, int], why: Reason, need: int) -> Reason:
    """Add the rule and the amount by which the nearest person missed the first empty slot."""
    if why.code not in (ReasonCode.NO_CANDIDATE, ReasonCode.TEAM_INCOMPLETE):
        return why
    row = nearest.get(empty_slots(made, need)[0])
    if row is None or misses.name[row] < 0:
        missed: dict[str, str | int] = {"miss_amount": -1, "miss_unit": ""}
        return replace(why, rule="HC-01", parameters={**missed, **why.parameters})
    _, rule, unit = misses.names[int(misses.name[row])]
    amount = int(misses.amount[row])
    missed = {"miss_amount": amount, "miss_unit": unit if amount >= 0 else ""}
    return replace(why, rule=rule, parameters={**missed, **why.parameters})


def empty_slots(made: Formulation, need: int) -> list[int]:
    """Slots of a need that nobody could fill."""
    first, found = made.instance.slots.first, made.found.first
    return [slot for slot in range(int(first[need]), int(first[need + 1])) if found[slot] == found[slot + 1]]


def _received(plan: Plan) -> dict[str, dict[str, str | int]]:
    """Sum what a plan gives, by need; complete needs that ask for nothing from charity are there too."""
    sums: dict[str, dict[str, str | int]] = {}

    def entry(need_id: str) -> dict[str, str | int]:
        return sums.setdefault(need_id, {"people": 0, "distance_m": 0, "amount_fen": 0, "units": 0})

    def add(need_id: str, name: str, amount: int) -> None:
        held = entry(need_id)
        held[name] = int(held[name]) + amount

    for need_id in plan.fulfilled:
        entry(need_id)
    for visit in plan.assignments:
        add(visit.need_id, "people", 1)
        held = entry(visit.need_id)
        held["distance_m"] = max(int(held["distance_m"]), visit.distance_m)
    for gift in plan.money:
        add(gift.need_id, "amount_fen", gift.amount_fen)
        if gift.review_path is not None:
            entry(gift.need_id)[REVIEW_PATH] = gift.review_path
    for gift in plan.goods:
        add(gift.need_id, "units", gift.quantity)
    return sums


def _share_percent(model: Model, draft: Draft, need: int) -> int:
    """Covered share of asked items and money, each counting alike, in whole percent."""
    supply, items = model.supply, np.flatnonzero(model.item_need == need)
    shares: list[float] = []
    if supply.money.asked[need] > 0:
        shares.append(float(draft.money[supply.money.taker == need].sum()) / float(supply.money.asked[need]))
    shares.extend(
        float(draft.goods[supply.goods.taker == item].sum()) / float(max(1, supply.goods.asked[item]))
        for item in items.tolist()
    )
    return int(100 * sum(shares) / max(1, len(shares)))


def _unmatched(made: Formulation, left: Leftovers, rivals: Rivals, need: int) -> Reason:
    closed = made.found.closed_by.get(need)
    if closed is not None:
        return Reason(code=ReasonCode.EXCLUDED, rule=closed)
    return _no_people(made, need) or _no_supply(made, need) or _taken(made, left, rivals, need)


def _no_people(made: Formulation, need: int) -> Reason | None:
    """Why no team exists even if the need were alone, or None if one does."""
    count = int(made.model.slot_count[need])
    if not count:
        return None
    if not made.found.starts.count()[need]:
        return Reason(code=ReasonCode.NO_TIME)
    empty = len(empty_slots(made, need))
    if empty:
        code = ReasonCode.NO_CANDIDATE if count == 1 else ReasonCode.TEAM_INCOMPLETE
        return Reason(code=code, parameters={"slots": count, "empty": empty})
    if not (made.model.people.places.group_need == need).any():
        return Reason(code=ReasonCode.TEAM_NO_COMMON_TIME, parameters={"slots": count})
    return None


def _no_supply(made: Formulation, need: int) -> Reason | None:
    """Tell what could not be found even if the need were alone."""
    model, supply = made.model, made.model.supply
    asked = int(supply.money.asked[need])
    reachable = int(supply.money.most[supply.money.first[need] : supply.money.first[need + 1]].sum())
    ceiling = _ceiling(model, need, supply.ceilings.cap)
    if ceiling is not None:
        return ceiling[0]
    if reachable < asked:
        rule, path = _barred_by(made, need)
        parameters: dict[str, str | int] = {"asked_fen": asked, "missing_fen": asked - reachable}
        if path is not None:
            parameters[RELATED_PATH] = path
        elif reachable:
            rule = "HC-12"
        return Reason(code=ReasonCode.MONEY_SHORT, rule=rule, parameters=parameters)
    return _goods_missing(made, need, supply.goods.held)


def _barred_by(made: Formulation, need: int) -> tuple[str, str | None]:
    """Give the rule that the book which came nearest to paying failed, and the path to it if it is a relation."""
    instance, funds = made.instance, made.instance.funds
    books = np.arange(len(funds), dtype=np.int64)
    still = funds.budget_fen > 0
    rule_id, path = "HC-12" if len(funds) and not still.any() else "HC-11", None
    for rule in ALL_RULES:
        if rule.funds is None:
            continue
        open_to = rule.funds(instance, np.full_like(books, need), books)
        out = np.flatnonzero(still & ~open_to).tolist()
        if out:
            rule_id = rule.id
            paths = [instance.related[need, book] for book in out if (need, book) in instance.related]
            path = min(paths, key=_hops) if rule.id == "HC-13" else None
        still &= open_to
    return rule_id, path


def _hops(path: str) -> tuple[int, str]:
    return path.count(">"), path


def _goods_missing(
    made: Formulation, need: int, left: IntArray, given: IntArray | None = None
) -> Reason | None:
    for item, missing in missing_items(made.model, need, left, given):
        return Reason(
            code=ReasonCode.GOODS_SHORT,
            rule="HC-12",
            parameters={"item": made.instance.items.item[item], "missing": missing},
        )
    return None


def missing_items(
    model: Model, need: int, left: IntArray, given: IntArray | None = None
) -> list[tuple[int, int]]:
    """Items of a need with the units that cannot be found; ``given`` are units it already has, by arc."""
    goods = model.supply.goods
    items = np.flatnonzero(model.item_need == need).tolist()
    short = [(item, int(goods.asked[item]) - reach(goods, item, left, given)) for item in items]
    return [(item, missing) for item, missing in short if missing > 0]


def reach(gifts: Gifts, taker: int, left: IntArray, given: IntArray | None = None) -> int:
    """Units that a taker could have from what is left and what it is given already."""
    arcs = slice(int(gifts.first[taker]), int(gifts.first[taker + 1]))
    own = 0 if given is None else given[arcs]
    return int(np.minimum(gifts.most[arcs], np.maximum(left[gifts.giver[arcs]], 0) + own).sum())


def _ceiling(model: Model, need: int, left: IntArray) -> tuple[Reason, int] | None:
    """First ceiling of the household with less room than the need takes, and its row."""
    ceilings = model.supply.ceilings
    for entry in np.flatnonzero(ceilings.need == need).tolist():
        row = int(ceilings.row[entry])
        takes = int(ceilings.per_need[entry] + ceilings.per_fen[entry] * model.supply.money.asked[need])
        if takes > int(left[row]):
            over = takes - max(0, int(left[row]))
            parameters: dict[str, str | int] = {
                "ceiling": ceilings.what[row],
                "over": over,
                "cap": int(ceilings.cap[row]),
            }
            if ceilings.what[row] == MANAGEMENT:
                return Reason(code=ReasonCode.OWN_COSTS, rule="HC-17", parameters={"over": over}), row
            return Reason(code=ReasonCode.CEILING, rule="HC-19", parameters=parameters), row
    return None


def _taken(made: Formulation, left: Leftovers, rivals: Rivals, need: int) -> Reason:
    """Tell what others hold of what the need would take."""
    model, supply, draft = made.model, made.model.supply, left.draft
    ceiling = _ceiling(model, need, left.ceilings)
    if ceiling is not None:
        return replace(ceiling[0], contest=_household(made, left, need, ceiling[1]))
    asked = int(supply.money.asked[need])
    missing = asked - reach(supply.money, need, left.money, draft.money)
    if missing > 0:
        return Reason(
            code=ReasonCode.MONEY_SHORT, rule="HC-12", parameters={"asked_fen": asked, "missing_fen": missing}
        )
    goods = _goods_missing(made, need, left.goods, draft.goods)
    if goods is not None:
        return goods
    if model.has_slots[need] and left.team(need) is None:
        found = rivals.of(need)
        if not found.open_path:
            return Reason(
                code=ReasonCode.CONTESTED,
                rule="HC-28",
                parameters={"candidates": found.candidates},
                contest=found.contest(made.labels),
            )
    return Reason(code=ReasonCode.NOT_REACHED)


def _household(made: Formulation, left: Leftovers, need: int, row: int) -> Contest | None:
    """Needs of the same household that take the room under its ceiling, where that is all that is missing."""
    model, supply = made.model, made.model.supply
    ceilings, money = supply.ceilings, supply.money
    entries = np.flatnonzero(ceilings.row == row)
    takes = ceilings.per_need[entries] + ceilings.per_fen[entries] * money.asked[ceilings.need[entries]]
    mine = int(takes[ceilings.need[entries] == need].sum())
    others = entries[left.draft.complete[ceilings.need[entries]] & (takes >= mine - int(left.ceilings[row]))]
    rows = ceilings.row[ceilings.need == need]
    tight = sum(1 for other in rows.tolist() if other != row and _short_of(model, need, other, left.ceilings))
    alone = (
        not tight
        and reach(money, need, left.money, left.draft.money) >= int(money.asked[need])
        and not missing_items(model, need, left.goods, left.draft.goods)
        and (not model.has_slots[need] or left.team(need) is not None)
    )
    if not alone or not len(others):
        return None
    ids = tuple(made.labels.needs[int(other)] for other in ceilings.need[others].tolist())
    return Contest(needs=ids, volunteers=(), needs_total=len(ids), volunteers_total=0)


def _short_of(model: Model, need: int, row: int, left: IntArray) -> bool:
    ceilings = model.supply.ceilings
    mine = (ceilings.row == row) & (ceilings.need == need)
    takes = ceilings.per_need[mine] + ceilings.per_fen[mine] * model.supply.money.asked[need]
    return int(takes.sum()) > int(left[row])
