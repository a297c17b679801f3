"""Why each volunteer was asked or not."""

from collections import Counter
from enum import StrEnum

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.explain.misses import Misses, judge
from matching.formulation.build import Formulation
from matching.formulation.geometry import distance_m, plane
from matching.formulation.instance import Instance
from matching.model import Draft
from matching.numerics import Neighbours
from matching.plan import Plan, Reason
from matching.rules.base import Pairs

_NEAR_SLOTS = 2
_LISTED = 5


class VolunteerCode(StrEnum):
    """Why a volunteer was asked or not; ``reasons.volunteer`` of the catalogue words them."""

    ASKED = "ASKED"
    INACTIVE = "INACTIVE"
    NO_FREE_TIME = "NO_FREE_TIME"
    NOT_NEEDED = "NOT_NEEDED"  # every need within reach is met by others
    NEEDS_LACK = "NEEDS_LACK"  # unmet needs within reach lack something else, or somebody else serves better
    NO_NEED = "NO_NEED"  # no need within reach: the rule that stood before the nearest
    NO_OPEN_NEED = "NO_OPEN_NEED"  # nobody is asked for anything


def volunteer_reasons(
    made: Formulation, draft: Draft, plan: Plan, reasons: dict[str, Reason]
) -> dict[str, Reason]:
    """Give one reason for each volunteer of the problem."""
    instance, ids = made.instance, made.labels.volunteers
    found: dict[str, Reason] = _asked(made, plan)
    pairs = made.found.pairs
    reachable, met, because = _within_reach(made, draft, reasons)
    free = _free_later(instance)
    active = instance.volunteers.active
    idle = np.ones(len(ids), dtype=np.bool_)
    idle[made.model.people.arcs.volunteer[draft.chosen]] = False
    linked = np.zeros(len(ids), dtype=np.bool_)
    linked[pairs.volunteer] = True
    lonely = np.flatnonzero(idle & ~linked & active & free).astype(np.int64)
    missed = _missed(made, lonely)
    for who in np.flatnonzero(idle).tolist():
        if not active[who]:
            why = Reason(code=VolunteerCode.INACTIVE, rule="HC-05")
        elif linked[who]:
            counts: dict[str, str | int] = {"reachable": int(reachable[who]), "met": int(met[who])}
            if reachable[who] == met[who]:
                why = Reason(code=VolunteerCode.NOT_NEEDED, parameters=counts)
            else:
                counts["because"] = because[who]
                why = Reason(code=VolunteerCode.NEEDS_LACK, parameters=counts)
        elif not free[who]:
            why = Reason(code=VolunteerCode.NO_FREE_TIME, rule="HC-05")
        else:
            why = missed.get(who, Reason(code=VolunteerCode.NO_OPEN_NEED))
        found[ids[who]] = why
    return found


def _asked(made: Formulation, plan: Plan) -> dict[str, Reason]:
    """What the plan asks of people: visits, minutes, the farthest way, and how many others could have come."""
    first, slots = made.found.first, {key: slot for slot, key in enumerate(made.instance.slots.ids)}
    visits: dict[str, list[tuple[str, int, int, int]]] = {}
    for visit in plan.assignments:
        slot = slots[visit.slot_id]
        others = int(first[slot + 1] - first[slot]) - 1
        minutes = visit.end_min - visit.start_min
        visits.setdefault(visit.volunteer_id, []).append((visit.need_id, minutes, visit.distance_m, others))
    return {
        who: Reason(
            code=VolunteerCode.ASKED,
            parameters={
                "visits": len(rows),
                "minutes": sum(row[1] for row in rows),
                "distance_m": max(row[2] for row in rows),
                "others": min(row[3] for row in rows),
                "needs": ",".join(row[0] for row in rows[:_LISTED]),
            },
        )
        for who, rows in visits.items()
    }


def _within_reach(
    made: Formulation, draft: Draft, reasons: dict[str, Reason]
) -> tuple[IntArray, IntArray, dict[int, str]]:
    """Count needs that each volunteer could serve and those of them that are met, and say what the others lack."""
    pairs, n_needs = made.found.pairs, len(made.model)
    both = np.unique(pairs.volunteer * n_needs + pairs.need)
    who, need = both // n_needs, both % n_needs
    count = len(made.labels.volunteers)
    reachable = np.bincount(who, minlength=count)
    met = np.bincount(who[draft.complete[need]], minlength=count)
    lacking: dict[int, Counter[str]] = {}
    unmet = ~draft.complete[need]
    for person, key in zip(who[unmet].tolist(), need[unmet].tolist(), strict=True):
        why = reasons[made.labels.needs[int(key)]]
        lacking.setdefault(person, Counter())[str(why.parameters.get("because", why.code))] += 1
    because = {
        person: min(codes.items(), key=lambda entry: (-entry[1], entry[0]))[0]
        for person, codes in lacking.items()
    }
    return reachable.astype(np.int64), met.astype(np.int64), because


def _free_later(instance: Instance) -> BoolArray:
    """Volunteers with free time that is not over before the round begins nor starts after it ends."""
    spans = instance.free
    free = np.zeros(len(instance.volunteers), dtype=np.bool_)
    free[spans.owner[(spans.end > instance.earliest_min) & (spans.start < instance.horizon_end_min)]] = True
    return free


def _missed(made: Formulation, people: IntArray) -> dict[int, Reason]:
    """How near people without any need came to one."""
    instance, starts = made.instance, made.found.starts
    slots = np.flatnonzero(starts.count()[instance.slots.need] > 0).astype(np.int64)
    if not len(slots) or not len(people):
        return {}
    misses: Misses = judge(instance, starts, _near_slots(instance, people, slots))
    found: dict[int, Reason] = {}
    for who, row in misses.nearest_of(misses.pairs.volunteer).items():
        if misses.name[row] < 0:  # fits, but the need may not be filled by anybody at that time
            continue
        _, rule, unit = misses.names[int(misses.name[row])]
        amount = int(misses.amount[row])
        found[who] = Reason(
            code=VolunteerCode.NO_NEED,
            rule=rule,
            parameters={
                "miss_amount": amount,
                "miss_unit": unit if amount >= 0 else "",
                "failed": int(misses.failed[row]),
            },
        )
    return found


def _near_slots(instance: Instance, people: IntArray, slots: IntArray) -> Pairs:
    """Pair people with the nearest slots that ask for one of their skills, for none, and for any."""
    volunteers, needs = instance.volunteers, instance.needs
    reference = float(np.abs(needs.latitude_deg).max(initial=0.0))
    spots = plane(needs.longitude_deg, needs.latitude_deg, reference)[instance.slots.need]
    homes = plane(volunteers.longitude_deg, volunteers.latitude_deg, reference)
    asked = instance.slots.skill_index[slots]
    who_list, slot_list = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for skill in [-2, *np.unique(asked).tolist()]:
        mine = slots if skill == -2 else slots[asked == skill]
        able = people if skill < 0 else people[volunteers.able[people, skill]]
        near = Neighbours(spots[mine]).closest(homes[able], _NEAR_SLOTS)
        who_list.append(np.repeat(able, near.shape[1]))
        slot_list.append(mine[near.reshape(-1)])
    key = np.unique(np.concatenate(who_list) * len(instance.slots) + np.concatenate(slot_list))
    person, slot = key // len(instance.slots), key % len(instance.slots)
    need = instance.slots.need[slot]
    away = distance_m(
        needs.longitude_deg[need],
        needs.latitude_deg[need],
        volunteers.longitude_deg[person],
        volunteers.latitude_deg[person],
    )
    known = volunteers.located[person] & needs.located[need]
    return Pairs(
        slot=slot, need=need, volunteer=person, distance_m=np.where(known, away, -1).astype(np.int64)
    )
