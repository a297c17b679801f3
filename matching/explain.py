"""
Why each need was matched or not: one reason a need, with the rule that decided and how near a help came.

An unmatched need is looked at in the order of what must come first: whether it may be in the round at all,
whether it has a time, people, money and goods if it were alone, and at last what others hold of them in
this plan.
"""

from enum import StrEnum

import numpy as np

from matching.arrays import IntArray
from matching.formulation.build import Formulation
from matching.formulation.candidates import visits_at
from matching.formulation.geometry import distance_m
from matching.formulation.instance import Instance
from matching.formulation.starts import Starts
from matching.model import Draft, Gifts, Model
from matching.plan import Plan, Reason
from matching.rules import ALL_RULES
from matching.rules.base import Pairs
from matching.solvers.dealing import Leftovers

_NEAREST = 256  # people whose times are looked at for a miss


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
    GOODS_SHORT = "GOODS_SHORT"
    CONTESTED = "CONTESTED"
    NOT_REACHED = "NOT_REACHED"


def reasons_of(made: Formulation, draft: Draft, plan: Plan) -> dict[str, Reason]:
    """One reason for each need of the problem."""
    model = made.model
    left = Leftovers(model, draft.copy())
    reasons: dict[str, Reason] = {}
    received = _received(plan)
    for need, need_id in enumerate(made.labels.needs):
        if draft.complete[need]:
            reasons[need_id] = Reason(code=ReasonCode.MATCHED, parameters=received[need_id])
            continue
        why = _unmatched(made, left, need)
        if need_id in received:
            share = _share_percent(model, draft, need)
            parameters = {**received[need_id], "percent": share, "because": why.code, **why.parameters}
            why = Reason(code=ReasonCode.PARTLY, rule=why.rule, parameters=parameters)
        reasons[need_id] = why
    return reasons


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


def _unmatched(made: Formulation, left: Leftovers, need: int) -> Reason:
    closed = made.found.closed_by.get(need)
    if closed is not None:
        return Reason(code=ReasonCode.EXCLUDED, rule=closed)
    return _no_people(made, need) or _no_supply(made, need) or _taken(made, left, need)


def _no_people(made: Formulation, need: int) -> Reason | None:
    """Why no team exists even if the need were alone, or None if one does."""
    slots, found = made.instance.slots, made.found
    mine = range(int(slots.first[need]), int(slots.first[need + 1]))
    if mine.start == mine.stop:
        return None
    if not found.starts.count()[need]:
        return Reason(code=ReasonCode.NO_TIME)
    empty = [slot for slot in mine if found.first[slot] == found.first[slot + 1]]
    if empty:
        rule, parameters = nearest_miss(made.instance, found.starts, empty[0])
        code = ReasonCode.NO_CANDIDATE if len(mine) == 1 else ReasonCode.TEAM_INCOMPLETE
        parameters["slots"] = len(mine)
        parameters["empty"] = len(empty)
        return Reason(code=code, rule=rule, parameters=parameters)
    if not (made.model.people.places.group_need == need).any():
        return Reason(code=ReasonCode.TEAM_NO_COMMON_TIME, parameters={"slots": len(mine)})
    return None


def nearest_miss(instance: Instance, starts: Starts, slot: int) -> tuple[str, dict[str, str | int]]:
    """
    Rule that stands between a slot and the volunteer who comes nearest to filling it.

    Nearest is who fails the fewest rules, then by the smallest amount missed, then by distance.
    """
    needs, volunteers = instance.needs, instance.volunteers
    need = int(instance.slots.need[slot])
    count = len(volunteers)
    if not count:
        return "HC-01", {"miss_amount": -1, "miss_unit": ""}
    away = distance_m(
        needs.longitude_deg[need : need + 1],
        needs.latitude_deg[need : need + 1],
        volunteers.longitude_deg,
        volunteers.latitude_deg,
    )
    away = np.where(volunteers.located & needs.located[need], away, -1).astype(np.int64)
    pairs = Pairs(
        slot=np.full(count, slot, dtype=np.int64),
        need=np.full(count, need, dtype=np.int64),
        volunteer=np.arange(count, dtype=np.int64),
        distance_m=away,
    )
    failed = np.zeros(count, dtype=np.int64)
    for rule in ALL_RULES:
        if rule.pairs is not None:
            failed += ~rule.pairs(instance, pairs)
    far = np.where(away < 0, 2**40, np.maximum(away - volunteers.radius_m, 0))
    near = np.lexsort((pairs.volunteer, far, failed))[:_NEAREST]
    return _least_missed(instance, starts, pairs.where(near))


def _least_missed(instance: Instance, starts: Starts, pairs: Pairs) -> tuple[str, dict[str, str | int]]:
    best: tuple[int, int, int] | None = None
    rule_id, parameters = "HC-01", {}
    options = int(starts.count()[pairs.need[0]])
    for option in range(options):
        visits = visits_at(instance, starts, pairs, option)
        failed = np.zeros(len(pairs), dtype=np.int64)
        first = np.full(len(pairs), -1, dtype=np.int64)
        amount = np.full(len(pairs), 2**40, dtype=np.int64)
        for number, rule in enumerate(ALL_RULES):
            broken = np.zeros(len(pairs), dtype=np.bool_)
            if rule.pairs is not None:
                broken |= ~rule.pairs(instance, pairs)
            if rule.visits is not None:
                broken |= ~rule.visits(instance, visits)
            if rule.miss is not None and broken.any():
                missed = rule.miss(instance, visits).amount
                amount = np.where(broken & (missed >= 0), np.minimum(amount, missed), amount)
            first = np.where(broken & (first < 0), number, first)
            failed += broken
        pick = int(np.lexsort((pairs.volunteer, amount, failed))[0])
        key = (int(failed[pick]), int(amount[pick]), option)
        if first[pick] >= 0 and (best is None or key < best):
            best = key
            rule = ALL_RULES[int(first[pick])]
            known = rule.miss is not None and int(amount[pick]) < 2**40
            unit = rule.miss(instance, visits).unit if known and rule.miss is not None else ""
            rule_id = rule.id
            parameters = {"miss_amount": int(amount[pick]) if known else -1, "miss_unit": unit}
    return rule_id, {**{"miss_amount": -1, "miss_unit": ""}, **parameters}


def _no_supply(made: Formulation, need: int) -> Reason | None:
    """Tell what could not be found even if the need were alone."""
    model, supply = made.model, made.model.supply
    asked = int(supply.money.asked[need])
    reachable = int(supply.money.most[supply.money.first[need] : supply.money.first[need + 1]].sum())
    ceiling = _ceiling(model, need, supply.ceilings.cap)
    if ceiling is not None:
        return ceiling
    if reachable < asked:
        rule = "HC-11" if not reachable else "HC-12"
        return Reason(
            code=ReasonCode.MONEY_SHORT,
            rule=rule,
            parameters={"asked_fen": asked, "missing_fen": asked - reachable},
        )
    return _goods_missing(made, need, supply.goods.held)


def _goods_missing(made: Formulation, need: int, left: IntArray) -> Reason | None:
    model = made.model
    items = np.flatnonzero(model.item_need == need)
    for item in items.tolist():
        missing = int(model.supply.goods.asked[item]) - _reach(model.supply.goods, item, left)
        if missing > 0:
            return Reason(
                code=ReasonCode.GOODS_SHORT,
                rule="HC-12",
                parameters={"item": made.instance.items.item[item], "missing": missing},
            )
    return None


def _reach(gifts: Gifts, taker: int, left: IntArray) -> int:
    arcs = slice(int(gifts.first[taker]), int(gifts.first[taker + 1]))
    return int(np.minimum(gifts.most[arcs], np.maximum(left[gifts.giver[arcs]], 0)).sum())


def _ceiling(model: Model, need: int, left: IntArray) -> Reason | None:
    """First ceiling of the household with less room than the need takes."""
    ceilings = model.supply.ceilings
    for entry in np.flatnonzero(ceilings.need == need).tolist():
        row = int(ceilings.row[entry])
        takes = int(ceilings.per_need[entry] + ceilings.per_fen[entry] * model.supply.money.asked[need])
        if takes > int(left[row]):
            over = takes - max(0, int(left[row]))
            return Reason(
                code=ReasonCode.CEILING,
                rule="HC-19",
                parameters={"ceiling": ceilings.what[row], "over": over, "cap": int(ceilings.cap[row])},
            )
    return None


def _taken(made: Formulation, left: Leftovers, need: int) -> Reason:
    """Tell what others hold of what the need would take."""
    model, supply = made.model, made.model.supply
    ceiling = _ceiling(model, need, left.ceilings)
    if ceiling is not None:
        return ceiling
    asked = int(supply.money.asked[need])
    missing = asked - _reach(supply.money, need, left.money)
    if missing > 0:
        return Reason(
            code=ReasonCode.MONEY_SHORT, rule="HC-12", parameters={"asked_fen": asked, "missing_fen": missing}
        )
    goods = _goods_missing(made, need, left.goods)
    if goods is not None:
        return goods
    if model.has_slots[need] and left.team(need) is None:
        arcs = model.people.places.need[model.people.arcs.place] == need
        people = len(np.unique(model.people.arcs.volunteer[arcs]))
        return Reason(code=ReasonCode.CONTESTED, rule="HC-28", parameters={"candidates": people})
    return Reason(code=ReasonCode.NOT_REACHED)
