"""
Rows that bind one volunteer: which visits exclude each other, and how many minutes may add up.

Pairs of visits that clash (HC-28), or leave too short a night (HC-27), are covered by cliques, each an
at-most-one row. Sums (week and visits of HC-05, day and 24 hours of HC-27, a minor's day of HC-07, demanding visits)
become rows only where the volunteer's arcs could break them.
"""

from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, IntArray, offsets
from matching.formulation.instance import Instance, civil_day, civil_week
from matching.model import People, Rows
from matching.rules.age_bands import day_cap_min
from matching.rules.no_overlap import between, clash, travel_min
from matching.rules.voluntary import promised_minutes
from matching.rules.workload import overlap, too_short_rest

_CHUNK_CELLS = 2_000_000


class _Builder:
    def __init__(self) -> None:
        self.row: list[int] = []
        self.arc: list[int] = []
        self.coefficient: list[int] = []
        self.cap: list[int] = []
        self.volunteer: list[int] = []
        self.disjoint: list[bool] = []

    def add(self, arcs: IntArray, coefficients: IntArray, cap: int, volunteer: int) -> None:
        number = len(self.cap)
        self.row.extend([number] * len(arcs))
        self.arc.extend(arcs.tolist())
        self.coefficient.extend(coefficients.tolist())
        self.cap.append(cap)
        self.volunteer.append(volunteer)
        self.disjoint.append(True)

    def done(self) -> Rows:
        return Rows(
            row=np.array(self.row, dtype=np.int64),
            arc=np.array(self.arc, dtype=np.int64),
            coefficient=np.array(self.coefficient, dtype=np.int64),
            cap=np.array(self.cap, dtype=np.int64),
            volunteer=np.array(self.volunteer, dtype=np.int64),
            disjoint=np.array(self.disjoint, dtype=np.bool_),
        )


def rows_of(instance: Instance, people: People) -> Rows:
    """Rows over the arcs of ``people``; people with a single arc need none."""
    arcs, places = people.arcs, people.places
    order = np.lexsort((places.slot[arcs.place], places.start_min[arcs.place], arcs.volunteer))
    volunteer = arcs.volunteer[order]
    first = offsets(volunteer, len(instance.volunteers))
    counts = np.diff(first)
    rows = _Builder()
    caps = np.minimum(
        instance.policy.workload.minutes_per_day.value,
        day_cap_min(instance, np.arange(len(instance.volunteers), dtype=np.int64)),
    )
    for size in np.unique(counts[counts >= 2]).tolist():
        people_of_size = np.flatnonzero(counts == size)
        step = max(1, _CHUNK_CELLS // (size * size))
        for begin in range(0, len(people_of_size), step):
            who = people_of_size[begin : begin + step]
            held = order[first[who][:, None] + np.arange(size)]
            conflicts = _conflicts(instance, people, held)
            ones = np.ones(size, dtype=np.int64)
            whole = conflicts.reshape(len(who), -1).sum(axis=1) == size * (size - 1)
            for index, person in enumerate(who.tolist()):
                if whole[index]:
                    rows.add(held[index], ones, 1, person)
                else:
                    _bind(
                        instance,
                        people,
                        rows,
                        held[index],
                        conflicts[index],
                        person=person,
                        day_cap=int(caps[person]),
                    )
    return rows.done()


def _conflicts(instance: Instance, people: People, held: IntArray) -> BoolArray:
    """Whether two arcs of a volunteer exclude each other; shape (volunteers, arcs, arcs)."""
    place = people.arcs.place[held]
    places, needs = people.places, instance.needs
    need, start, end = places.need[place], places.start_min[place], places.end_min[place]
    one, other = (slice(None), slice(None), None), (slice(None), None, slice(None))
    apart = between(
        needs.longitude_deg[need][one],
        needs.latitude_deg[need][one],
        needs.located[need][one],
        longitude_b_deg=needs.longitude_deg[need][other],
        latitude_b_deg=needs.latitude_deg[need][other],
        located_b=needs.located[need][other],
    )
    apart = np.where(need[one] == need[other], 0, apart)
    way = travel_min(instance.policy.travel, apart)
    rest = instance.policy.workload.rest_minutes.value
    found = clash(start[one], end[one], start[other], end[other], way)
    found |= too_short_rest(start[one], end[one], start[other], end[other], rest)
    found |= need[one] == need[other]
    found[:, np.arange(held.shape[1]), np.arange(held.shape[1])] = False
    return found


def cliques(conflicts: BoolArray) -> Iterator[IntArray]:
    """Cover every conflict of one volunteer by cliques, greedily in time order."""
    left = np.triu(conflicts)
    for node in range(len(conflicts)):
        while left[node].any():
            mate = int(np.argmax(left[node]))
            members = [node, mate]
            common = conflicts[node] & conflicts[mate]
            while common.any():
                fresh = common & (left[node] | left[:, node])
                pick = int(np.argmax(fresh)) if fresh.any() else int(np.argmax(common))
                members.append(pick)
                common = common & conflicts[pick]
            clique = np.array(sorted(members), dtype=np.int64)
            left[np.ix_(clique, clique)] = False
            yield clique


def _bind(
    instance: Instance,
    people: People,
    rows: _Builder,
    held: IntArray,
    conflicts: BoolArray,
    *,
    person: int,
    day_cap: int,
) -> None:
    before = len(rows.cap)
    used = np.zeros(len(held), dtype=np.int64)
    for clique in cliques(conflicts):
        rows.add(held[clique], np.ones(len(clique), dtype=np.int64), 1, person)
        used[clique] += 1
    plain = bool((used <= 1).all())
    sums_from = len(rows.cap)
    if not conflicts.all():
        _sums(instance, people, rows, held, person, day_cap=day_cap)
    if not plain or len(rows.cap) > sums_from:
        for row in range(before, len(rows.cap)):
            rows.disjoint[row] = False


def _sums(
    instance: Instance, people: People, rows: _Builder, held: IntArray, person: int, *, day_cap: int
) -> None:
    """Rows for minutes of weeks, days and 24 hours, and for demanding visits of a day."""
    places = people.places
    place = people.arcs.place[held]
    need, start, end = places.need[place], places.start_min[place], places.end_min[place]
    minutes = end - start
    limits, promised = instance.policy.workload, instance.commitments
    free_of_promises = promised.spans.first[person] == promised.spans.first[person + 1]
    offered = int(instance.volunteers.weekly_minutes[person])
    each = dict(zip(need.tolist(), minutes.tolist(), strict=True))
    lowest = min(offered, day_cap, limits.minutes_per_24_hours.value)
    visits_left = int(instance.volunteers.visits_left[person])
    if len(each) > visits_left:
        rows.add(held, np.ones(len(held), dtype=np.int64), visits_left, person)
    if free_of_promises and sum(each.values()) <= lowest and len(each) <= limits.demanding_in_a_row.value:
        return  # even all of them together break no sum
    day = civil_day(start)
    mine = slice(int(promised.spans.first[person]), int(promised.spans.first[person + 1]))
    promised_day = civil_day(promised.spans.start[mine])
    promised_min = promised.spans.end[mine] - promised.spans.start[mine]

    def add(members: BoolArray, weights: IntArray, cap: int) -> None:
        """Each need counts once, as its arcs exclude one another."""
        inside = members & (weights > 0)
        if not inside.any():
            return
        most = np.zeros(int(need.max()) + 1, dtype=np.int64)
        np.maximum.at(most, need[inside], weights[inside])
        if int(most.sum()) > cap:
            rows.add(held[inside], weights[inside], cap, person)

    week = civil_week(day)
    for number in np.unique(week).tolist():
        gone = 0
        if not free_of_promises:
            gone = int(promised_minutes(instance, np.array([person]), np.array([number]))[0])
        add(week == number, minutes, offered - gone)
    heavy = instance.needs.demanding[need].astype(np.int64)
    for number in np.unique(day).tolist():
        on_day = promised_day == number
        add(day == number, minutes, day_cap - int(promised_min[on_day].sum()))
        gone = int(promised.demanding[mine][on_day].sum())
        add(day == number, heavy, limits.demanding_in_a_row.value - gone)
    edges = {*start.tolist(), *(end - 1440).tolist()}
    edges |= {*promised.spans.start[mine].tolist(), *(promised.spans.end[mine] - 1440).tolist()}
    if int(minutes.sum()) + int(promised_min.sum()) <= limits.minutes_per_24_hours.value:
        return
    for anchor in sorted(edges):
        at = np.array(anchor)
        gone = int(overlap(promised.spans.start[mine], promised.spans.end[mine], at).sum())
        parts = overlap(start, end, at)
        add(parts > 0, parts, max(0, limits.minutes_per_24_hours.value - gone) if gone < 1440 else 0)
