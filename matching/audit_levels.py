"""
The levels of a finished plan, worked out again from its rows by their definition.

Plain code over the tables of the problem; nothing of the formulation or of a solver enters. The definition is
that of ``docs/*/reference/objective``.
"""

from collections import Counter, defaultdict

import polars as pl

from matching.model import NANO
from matching.plan import Assignment
from matching.rules.view import PlanView

_MICRO = NANO // 1_000_000


def takes_parts(view: PlanView, need_id: str) -> bool:
    """Whether a need may be given in part; a household's wish may not."""
    need = view.needs[need_id]
    return bool(need["partial_allowed"]) and not (
        need["kind"] == "WISH" and need["subject_kind"] == "HOUSEHOLD"
    )


def money_asked(view: PlanView, need_id: str) -> int:
    """Fen that charity is asked for (HC-20)."""
    need = view.needs[need_id]
    return max(0, min(need["amount_fen"] or 0, need["gap_fen"] or 0))


def plan_levels(view: PlanView) -> tuple[int, int, int, int]:
    """Nanopoints of fulfilment, fairness, convenience and spending."""
    return _fulfilment(view), _fairness(view), _convenience(view) * NANO, _spending(view)


def _fulfilment(view: PlanView) -> int:
    weights = view.policy.weights
    money, units = view.received_fen(), view.received_units()
    nano = 0
    for need_id in view.touched():
        need = view.needs[need_id]
        items = view.items_of.get(need_id, [])
        asked_fen = money_asked(view, need_id)
        weeks = min(max(0, need["waiting_days"] or 0) // 7, weights.waiting_weeks_most.value)
        urgency = need["urgency_points"] * weights.fulfilment_per_urgency.value
        total = (urgency + weeks * weights.waiting_per_week.value) * NANO
        by_parts = 0
        if takes_parts(view, need_id):
            shares = max(1, len(items) + (asked_fen > 0))
            share = total // 100 * weights.partial_percent.value // shares
            a_fen = share // max(1, asked_fen)
            by_parts += a_fen * asked_fen
            nano += a_fen * money.get(need_id, 0)
            for item in items:
                a_unit = share // max(1, item["quantity"])
                by_parts += a_unit * item["quantity"]
                nano += a_unit * units.get(item["need_item_id"], 0)
        if need_id in view.plan.fulfilled:
            nano += total - by_parts
    return nano


def _fairness(view: PlanView) -> int:
    weights = view.policy.weights
    asked = Counter(need["community"] or "" for need in view.needs.values())
    served = Counter(view.needs[need_id]["community"] or "" for need_id in view.plan.fulfilled)
    steps = sum(
        weights.fairness_steps.value * (2 * k - 1) // asked[community]
        for community, count in served.items()
        for k in range(asked[community] - count + 1, asked[community] + 1)
    )
    return steps * weights.fairness_per_step.value * NANO


def _convenience(view: PlanView) -> int:
    weights = view.policy.weights
    people = set(view.problem.volunteers["volunteer_id"].to_list())
    knows: dict[str, set[str]] = defaultdict(set)
    for visit in view.problem.past_visits.iter_rows(named=True):
        if visit["visits"] > 0 and visit["volunteer_id"] in people:
            knows[visit["subject_id"]].add(visit["volunteer_id"])
    published = view.problem.published.filter(pl.col("volunteer_id").is_in(people))
    told = {line["slot_id"]: line for line in published.iter_rows(named=True)}
    points = 0
    for entry, need, _slot, volunteer in view.visits():
        away = entry.distance_m // 100 * weights.travel_per_100_m.value
        points -= min(away, weights.travel_most.value)
        liked = volunteer["preferred_categories"] or ()
        if liked and need["category"] not in liked:
            points -= weights.not_preferred.value
        known = knows.get(need["subject_id"] or "", set())
        if known and entry.volunteer_id not in known:
            points -= weights.new_face.value
        points -= _change(view, entry, told.get(entry.slot_id))
    return points


def _change(view: PlanView, entry: Assignment, line: dict[str, object] | None) -> int:
    """Points for telling somebody something else than was published."""
    weights = view.policy.weights
    if line is None:
        return 0
    if line["volunteer_id"] != entry.volunteer_id:
        return weights.changed_volunteer.value
    return weights.changed_time.value if line["start_min"] != entry.start_min else 0


def _spending(view: PlanView) -> int:
    weights = view.policy.weights
    nano = 0
    for gift in view.plan.money:
        fund = view.funds[gift.book_id]
        axes = ("categories", "situations", "region_paths", "earmark_id")
        open_axes = sum(1 for axis in axes if not fund[axis])
        open_axes += (fund["beneficiary_scope"] or "ANYONE") == "ANYONE"
        soon = fund["to_day"] is not None and fund["to_day"] - view.day <= weights.soon_days.value
        old, step = weights.money_old_days.value, weights.money_step.value * _MICRO
        age = old if fund["received_day"] is None else min(max(0, view.day - fund["received_day"]), old)
        cost = (4 * open_axes + 2 * (not soon)) * step + step * (old - age) // old
        nano -= cost // max(1, money_asked(view, gift.need_id)) * gift.amount_fen
    for gift in view.plan.goods:
        line, item = view.stock[gift.offer_id], view.items[gift.need_item_id]
        soon = line["expiry_day"] is not None and line["expiry_day"] - view.day <= weights.soon_days.value
        if line["restricted_to"] is None and not soon:
            share = item["quantity"] * len(view.items_of[gift.need_id])
            nano -= weights.goods_step.value * _MICRO // max(1, share) * gift.quantity
    return nano + _towards_floors(view)


def _towards_floors(view: PlanView) -> int:
    """Nanopoints of fen that bring charities up to what they must pay out in their year."""
    a_fen = view.policy.weights.payout_per_yuan.value * _MICRO // 100
    nano = 0
    for charity, year in view.charity_years.items():
        lacking = max(0, (year["payout_floor_fen"] or 0) - (year["paid_fen"] or 0))
        nano += a_fen * min(lacking, view.paid_out_fen(charity))
    return nano
