"""How far a plan moves what people were told: pinned visits named where they are lost, changes counted."""

from collections import Counter
from dataclasses import replace

from matching.formulation.build import Formulation
from matching.plan import PIN_LIFTED, Plan, Reason
from matching.problem import Problem

CONFLICT = "CONFLICT"
"""Another pinned visit, or supplies that are gone, stand against a pin that no rule forbids by itself."""


def with_pins(made: Formulation, plan: Plan, reasons: dict[str, Reason]) -> dict[str, Reason]:
    """Name in a need's reason why its pinned visit is not in the plan."""
    told, slots, needs = made.instance.published, made.instance.slots, made.labels.needs
    visits = {(entry.slot_id, entry.volunteer_id, entry.start_min) for entry in plan.assignments}
    lost = dict(made.found.pins.lifted)
    for slot in told.pinned.nonzero()[0].tolist():
        volunteer = made.instance.volunteers.ids[int(told.volunteer[slot])]
        if (slots.ids[slot], volunteer, int(told.start_min[slot])) not in visits:
            lost.setdefault(int(slots.need[slot]), CONFLICT)
    named = dict(reasons)
    for need, rule in lost.items():
        reason = named[needs[need]]
        named[needs[need]] = replace(reason, parameters={**reason.parameters, PIN_LIFTED: rule})
    return named


def stability_of(problem: Problem, plan: Plan) -> dict[str, int | float | str]:
    """
    Count what became of the published visits.

    Returns
    -------
    dict
        ``published_visits``; of these ``published_kept`` (volunteer and time), ``published_moved`` (another
        time), ``published_reassigned`` (another volunteer) and ``published_dropped``; ``needs_moved`` and
        ``volunteers_changed`` count needs and people who hear something new; ``share_kept``.
    """
    told = list(problem.published.iter_rows(named=True))
    if not told:
        return {"published_visits": 0}
    now = {entry.slot_id: entry for entry in plan.assignments}
    became = Counter[str]()
    needs: set[str] = set()
    people: set[str] = set()
    for line in told:
        entry = now.get(line["slot_id"])
        what = "kept"
        if entry is None:
            what = "dropped"
        elif entry.volunteer_id != line["volunteer_id"]:
            what = "reassigned"
        elif entry.start_min != line["start_min"]:
            what = "moved"
        became[what] += 1
        if what != "kept":
            needs.add(line["need_id"])
            people.add(line["volunteer_id"])
    return {
        "published_visits": len(told),
        **{f"published_{what}": became[what] for what in ("kept", "moved", "reassigned", "dropped")},
        "needs_moved": len(needs),
        "volunteers_changed": len(people),
        "share_kept": round(became["kept"] / len(told), 6),
    }
