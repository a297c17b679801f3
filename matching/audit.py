"""
An independent check of a finished plan. It never imports a solver and reads no array of the model.

Structure first (ids exist, a slot is filled once, a complete need is complete, an incomplete one got
nothing unless it takes parts, the service stands at a time its windows allow), then every rule's audit
side, then the arithmetic: the value is worked out again from the rows, and the bound may not be below it.
"""

from collections import Counter
from collections.abc import Iterator

from matching.audit_levels import money_asked, plan_levels, takes_parts
from matching.model import NANO
from matching.plan import PIN_LIFTED, Plan
from matching.policy import Policy
from matching.problem import Problem
from matching.rules import ALL_RULES
from matching.rules.view import PlanView, Violation, metres, place_of, view_of

STRUCTURE = "STRUCTURE"
WHOLENESS = "WHOLENESS"
TIMING = "TIMING"
ARITHMETIC = "ARITHMETIC"
PINS = "PINS"
UNEXPLAINED = "HC-26"
"""A machine's answer that nobody could be told the reason of (PIPL, art. 24)."""
UNREGISTERED = "HC-30"
"""A plan for somebody who is no volunteer by an act of their own."""


def audit(problem: Problem, policy: Policy, plan: Plan) -> tuple[Violation, ...]:
    """
    Every violation of a plan; empty when it may be shown to people.

    Broken structure is reported alone, since nothing else can be read from such a plan.
    """
    view = view_of(problem, policy, plan)
    broken = tuple(_structure(view))
    if broken:
        return broken
    found = [*_wholeness(view), *_timing(view), *_pins(view)]
    for rule in ALL_RULES:
        found.extend(rule.audit(view))
    found.extend(_arithmetic(view))
    return tuple(found)


def _structure(view: PlanView) -> Iterator[Violation]:
    plan = view.plan
    if plan.problem_digest != view.problem.digest:
        yield Violation(rule=STRUCTURE, subject="problem", detail="the plan is of another problem")
    if plan.policy_id != view.policy.id:
        yield Violation(rule=STRUCTURE, subject="policy", detail=f"the plan is of policy {plan.policy_id}")
    for need_id in sorted(plan.fulfilled - set(view.needs)):
        yield Violation(rule=STRUCTURE, subject=need_id, detail="no such need")
    yield from _known_visits(view)
    yield from _known_gifts(view)
    for need_id in sorted(set(plan.reasons) - set(view.needs)):
        yield Violation(rule=STRUCTURE, subject=need_id, detail="a reason for no need")
    for need_id in sorted(view.needs):
        reason = plan.reasons.get(need_id)
        if reason is None or not reason.code:
            yield Violation(rule=UNEXPLAINED, subject=need_id, detail="decided without a reason to tell")


def _known_visits(view: PlanView) -> Iterator[Violation]:
    plan = view.plan
    for entry in plan.assignments:
        slot = view.slots.get(entry.slot_id)
        if slot is None or slot["need_id"] != entry.need_id:
            yield Violation(rule=STRUCTURE, subject=entry.slot_id, detail="no such slot or need")
        if entry.volunteer_id not in view.volunteers:
            yield Violation(
                rule=UNREGISTERED, subject=entry.volunteer_id, detail="not registered by themselves"
            )
    for slot_id, count in Counter(entry.slot_id for entry in plan.assignments).items():
        if count > 1:
            yield Violation(rule=STRUCTURE, subject=slot_id, detail=f"filled {count} times")


def _known_gifts(view: PlanView) -> Iterator[Violation]:
    plan = view.plan
    for gift in plan.money:
        if gift.need_id not in view.needs or gift.book_id not in view.funds or gift.amount_fen <= 0:
            yield Violation(
                rule=STRUCTURE, subject=gift.book_id, detail="no such need or book, or nothing given"
            )
    for gift in plan.goods:
        item, line = view.items.get(gift.need_item_id), view.stock.get(gift.offer_id)
        if item is None or line is None or item["need_id"] != gift.need_id or gift.quantity <= 0:
            yield Violation(
                rule=STRUCTURE, subject=gift.offer_id, detail="no such item or stock, or nothing given"
            )
        elif (item["item"], item["unit"]) != (line["item"], line["unit"]):
            yield Violation(
                rule=STRUCTURE, subject=gift.offer_id, detail=f"{line['item']} for {item['item']}"
            )


def _wholeness(view: PlanView) -> Iterator[Violation]:
    money, units = view.received_fen(), view.received_units()
    for need_id in sorted(view.touched()):
        team = view.team_of.get(need_id, [])
        slots = view.slots_of.get(need_id, [])
        if need_id in view.plan.fulfilled:
            if len(team) != len(slots):
                yield Violation(
                    rule=WHOLENESS, subject=need_id, detail=f"{len(team)} of {len(slots)} slots filled"
                )
            if money.get(need_id, 0) != money_asked(view, need_id):
                yield Violation(rule=WHOLENESS, subject=need_id, detail=f"{money.get(need_id, 0)} fen given")
            for item in view.items_of.get(need_id, []):
                given = units.get(item["need_item_id"], 0)
                if given != item["quantity"]:
                    yield Violation(
                        rule=WHOLENESS, subject=need_id, detail=f"{given} of {item['quantity']} units"
                    )
        elif team or not takes_parts(view, need_id):
            yield Violation(
                rule=WHOLENESS, subject=need_id, detail="given in part, though it is all or nothing"
            )


def _timing(view: PlanView) -> Iterator[Violation]:
    earliest = max(view.problem.as_of_min, view.problem.horizon_start_min)
    for need_id, team in view.team_of.items():
        need = view.needs[need_id]
        if len({(entry.start_min, entry.end_min) for entry in team}) > 1:
            yield Violation(rule=TIMING, subject=need_id, detail="the team does not meet at one time")
        for entry in team:
            if entry.end_min - entry.start_min != need["duration_min"]:
                yield Violation(rule=TIMING, subject=need_id, detail="not the asked duration")
            if entry.start_min < earliest or entry.end_min > view.problem.horizon_end_min:
                yield Violation(rule=TIMING, subject=need_id, detail="outside the horizon")
            windows = view.need_windows.get(need_id, [])
            if windows and not any(
                w["start_min"] <= entry.start_min and entry.end_min <= w["end_min"] for w in windows
            ):
                yield Violation(rule=TIMING, subject=need_id, detail="outside the need's windows")


def _pins(view: PlanView) -> Iterator[Violation]:
    """A pinned visit is in the plan, or the need's reason says why it is not."""
    visits = {(entry.slot_id, entry.volunteer_id, entry.start_min) for entry in view.plan.assignments}
    people = set(view.problem.volunteers["volunteer_id"].to_list())
    for line in view.problem.published.filter("pinned").iter_rows(named=True):
        if line["slot_id"] not in view.slots or line["volunteer_id"] not in people:
            continue
        kept = (line["slot_id"], line["volunteer_id"], line["start_min"]) in visits
        if not kept and PIN_LIFTED not in view.plan.reasons[line["need_id"]].parameters:
            yield Violation(
                rule=PINS, subject=line["need_id"], detail="a pinned visit is gone without a word"
            )


def _arithmetic(view: PlanView) -> Iterator[Violation]:
    for entry, need, _slot, volunteer in view.visits():
        apart = metres(place_of(need), place_of(volunteer))
        expected = volunteer["radius_m"] if apart is None else apart
        if abs(expected - entry.distance_m) > 1:
            yield Violation(
                rule=ARITHMETIC, subject=entry.slot_id, detail=f"{entry.distance_m} m, not {expected}"
            )
    sums = plan_levels(view)
    value = sum(sums) // NANO
    if value != view.plan.value:
        yield Violation(rule=ARITHMETIC, subject="value", detail=f"{view.plan.value} points, not {value}")
    told = tuple(level.value for level in view.plan.levels)
    if told and told != sums:
        yield Violation(rule=ARITHMETIC, subject="levels", detail=f"{told} nanopoints, not {sums}")
    for level in view.plan.levels:
        if level.bound is not None and level.bound < level.value:
            yield Violation(rule=ARITHMETIC, subject=level.name, detail=f"{level.bound} is below the value")
    if view.plan.bound < view.plan.value:
        yield Violation(rule=ARITHMETIC, subject="bound", detail=f"{view.plan.bound} is below the value")
