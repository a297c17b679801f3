"""
How near people came to slots that nobody fills, for many slots at once.

Each slot is looked at with a short list of people: the nearest who have its skill, a few of any skill, and a
few whose place is unknown. A pair is judged at every start time by every condition; nearest is who fails the
fewest conditions, then by the smallest amount missed, then by distance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import numpy as np

from matching.arrays import BitArray, BoolArray, FloatArray, IntArray
from matching.formulation.candidates import visits_at
from matching.formulation.geometry import distance_m, plane
from matching.formulation.instance import Instance, civil_week
from matching.formulation.starts import Starts
from matching.numerics import Neighbours
from matching.rules import ALL_RULES
from matching.rules.base import Pairs, Visits
from matching.rules.view import related_paths
from matching.rules.voluntary import promised_minutes

_EVERYBODY = 96  # rounds with no more people than this are looked at whole
_SKILLED = 48
_ANY = 12
_UNPLACED = 12
_FAR_AWAY = 2**40


class Lack(StrEnum):
    """The parts of HC-05, told apart: what one may ask a volunteer differs."""

    UNWILLING = "UNWILLING"
    FAR = "FAR"
    BUSY = "BUSY"
    HOURS = "HOURS"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condition:
    """Which visits fail one thing, and by how much (-1 where no amount tells it)."""

    name: str
    rule: str
    broken: BoolArray
    amount: IntArray
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Misses:
    """
    Pairs sorted by slot with the condition that stood between them at their best start time.

    ``failed`` counts conditions; ``name`` indexes ``names``; bit ``t`` of ``fits`` says that all hold at the
    need's start time ``t``.
    """

    pairs: Pairs
    failed: IntArray
    name: IntArray
    amount: IntArray
    option: IntArray
    fits: BitArray
    names: tuple[tuple[str, str, str], ...]  # condition, rule, unit

    def nearest(self) -> dict[int, int]:
        """Row of the pair that came nearest, by slot."""
        return self.nearest_of(self.pairs.slot)

    def nearest_of(self, owner: IntArray) -> dict[int, int]:
        """Row of the pair that came nearest, by an owner of rows."""
        return self._first(np.arange(len(self.pairs), dtype=np.int64), owner)

    def single(self, name: str, busy: BoolArray) -> dict[int, int]:
        """Best row by slot among pairs that fail this one condition alone, people without visits first."""
        number = next((index for index, entry in enumerate(self.names) if entry[0] == name), -1)
        rows = np.flatnonzero((self.failed == 1) & (self.name == number)).astype(np.int64)
        return self._first(rows, self.pairs.slot[rows], busy)

    def _first(self, rows: IntArray, slot: IntArray, busy: BoolArray | None = None) -> dict[int, int]:
        pairs = self.pairs
        away = np.where(pairs.distance_m[rows] < 0, _FAR_AWAY, pairs.distance_m[rows])
        engaged = np.zeros(len(rows)) if busy is None else busy[pairs.volunteer[rows]]
        amount = np.where(self.amount[rows] < 0, _FAR_AWAY, self.amount[rows])
        order = np.lexsort((pairs.volunteer[rows], away, amount, engaged, self.failed[rows], slot))
        found: dict[int, int] = {}
        for index in order.tolist():
            found.setdefault(int(slot[index]), int(rows[index]))
        return found


def shortlist(instance: Instance, slots: IntArray) -> Pairs:
    """Pair each slot with the people who are worth a look, sorted by slot and volunteer."""
    volunteers, needs = instance.volunteers, instance.needs
    if len(volunteers) <= _EVERYBODY:
        slot = np.repeat(slots, len(volunteers))
        person = np.tile(np.arange(len(volunteers), dtype=np.int64), len(slots))
    else:
        empty = np.empty(0, dtype=np.int64)
        found = list(_near(instance, slots))
        slot = np.concatenate([empty, *(entry[0] for entry in found)])
        person = np.concatenate([empty, *(entry[1] for entry in found)])
        key = np.unique(slot * len(volunteers) + person)
        slot, person = key // len(volunteers), key % len(volunteers)
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


def _near(instance: Instance, slots: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Give (slot, volunteer) columns of the nearest people with the skill, of any, and without a place."""
    needs, volunteers = instance.needs, instance.volunteers
    reference = float(np.abs(needs.latitude_deg).max(initial=0.0))
    spots = plane(needs.longitude_deg, needs.latitude_deg, reference)
    homes = plane(volunteers.longitude_deg, volunteers.latitude_deg, reference)
    need, skill = instance.slots.need[slots], instance.slots.skill_index[slots]
    for asked in np.unique(skill).tolist():
        mine = slots[skill == asked]
        able = np.ones(len(volunteers), dtype=np.bool_) if asked < 0 else volunteers.able[:, asked]
        people = np.flatnonzero(able & volunteers.active & volunteers.located)
        yield _nearest(mine, spots[instance.slots.need[mine]], people, homes, _SKILLED)
        unplaced = np.flatnonzero(able & volunteers.active & ~volunteers.located)
        yield from _in_region(instance, mine, unplaced)
        nowhere = mine[~needs.located[instance.slots.need[mine]]]
        yield from _in_region(instance, nowhere, np.flatnonzero(able & volunteers.active))
    placed = needs.located[need]
    anybody = np.flatnonzero(volunteers.located)
    yield _nearest(slots, spots[need], anybody, homes, _ANY)
    yield from _in_region(instance, slots[~placed], np.flatnonzero(volunteers.active))


def _nearest(
    slots: IntArray, spots: FloatArray, people: IntArray, homes: FloatArray, count: int
) -> tuple[IntArray, IntArray]:
    found = Neighbours(homes[people]).closest(spots, count)
    return np.repeat(slots, found.shape[1]), people[found.reshape(-1)].astype(np.int64)


def _in_region(instance: Instance, slots: IntArray, people: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Give the first few people whose region holds the need's, or is held by it."""
    known: dict[str, IntArray] = {}
    paths = instance.volunteers.region_path
    for slot in slots.tolist():
        path = instance.needs.region_path[int(instance.slots.need[slot])]
        if path not in known:
            related = (person for person in people.tolist() if related_paths(path, paths[person]))
            known[path] = np.array(list(islice(related, _UNPLACED)), dtype=np.int64)
        yield np.full(len(known[path]), slot, dtype=np.int64), known[path]


def judge(instance: Instance, starts: Starts, pairs: Pairs) -> Misses:
    """Judge every pair at every start time of its need."""
    count = len(pairs)
    failed, amount = np.full(count, 99, dtype=np.int64), np.full(count, _FAR_AWAY, dtype=np.int64)
    name, option_of = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    fits = np.zeros(count, dtype=np.uint64)
    names: tuple[tuple[str, str, str], ...] = ()
    before = list(_of_pairs(instance, pairs))
    options = starts.count()[pairs.need]
    for option in range(int(options.max(initial=0))):
        rows = np.flatnonzero(options > option)
        visits = visits_at(instance, starts, pairs.where(rows), option)
        found = [_rows(condition, rows) for condition in before] + list(_of_visits(instance, visits))
        found.sort(key=lambda condition: _ORDER[condition.rule])
        names = tuple((condition.name, condition.rule, condition.unit) for condition in found)
        broken = np.array([condition.broken for condition in found])
        how_many = broken.sum(axis=0)
        first = np.where(how_many > 0, broken.argmax(axis=0), -1)
        missed = np.array([condition.amount for condition in found])[first, np.arange(len(rows))]
        missed = np.where((first < 0) | (missed < 0), _FAR_AWAY, missed)
        fits[rows[how_many == 0]] |= np.uint64(1) << np.uint64(option)
        better = (how_many < failed[rows]) | ((how_many == failed[rows]) & (missed < amount[rows]))
        at = rows[better]
        failed[at], amount[at], name[at] = how_many[better], missed[better], first[better]
        option_of[at] = option
    return Misses(
        pairs=pairs,
        failed=failed,
        name=name,
        amount=np.where(amount == _FAR_AWAY, -1, amount),
        option=option_of,
        fits=fits,
        names=names,
    )


def _rows(condition: Condition, rows: IntArray) -> Condition:
    return Condition(
        name=condition.name,
        rule=condition.rule,
        broken=condition.broken[rows],
        amount=condition.amount[rows],
        unit=condition.unit,
    )


def _of_pairs(instance: Instance, pairs: Pairs) -> Iterator[Condition]:
    """Conditions that no start time changes."""
    volunteers, needs = instance.volunteers, instance.needs
    nothing = np.full(len(pairs), -1, dtype=np.int64)
    beyond = pairs.distance_m - volunteers.radius_m[pairs.volunteer]
    far = (pairs.distance_m >= 0) & (beyond > 0)
    elsewhere = np.zeros(len(pairs), dtype=np.bool_)
    for row in np.flatnonzero(pairs.distance_m < 0).tolist():
        here, there = int(pairs.need[row]), int(pairs.volunteer[row])
        elsewhere[row] = not related_paths(needs.region_path[here], volunteers.region_path[there])
    declined = volunteers.declines[pairs.volunteer, needs.category_index[pairs.need]]
    unwilling = elsewhere | declined | ~volunteers.active[pairs.volunteer]
    yield Condition(name=Lack.UNWILLING, rule="HC-05", broken=unwilling, amount=nothing, unit="")
    yield Condition(name=Lack.FAR, rule="HC-05", broken=far, amount=np.where(far, beyond, -1), unit="metres")
    for rule in ALL_RULES:
        if rule.pairs is not None and rule.id != "HC-05":
            broken = ~rule.pairs(instance, pairs)
            yield Condition(name=rule.id, rule=rule.id, broken=broken, amount=nothing, unit="")


def _of_visits(instance: Instance, visits: Visits) -> Iterator[Condition]:
    """Conditions that the start time decides."""
    volunteer, minutes = visits.pairs.volunteer, visits.end_min - visits.start_min
    nothing = np.full(len(minutes), -1, dtype=np.int64)
    busy = ~instance.free.cover(volunteer, visits.start_min, visits.end_min)
    yield Condition(name=Lack.BUSY, rule="HC-05", broken=busy, amount=nothing, unit="")
    promised = promised_minutes(instance, volunteer, civil_week(visits.first_day))
    short = promised + minutes - instance.volunteers.weekly_minutes[volunteer]
    yield Condition(
        name=Lack.HOURS, rule="HC-05", broken=short > 0, amount=np.where(short > 0, short, -1), unit="minutes"
    )
    for rule in ALL_RULES:
        if rule.visits is None or rule.id == "HC-05":
            continue
        broken = ~rule.visits(instance, visits)
        missed = rule.miss(instance, visits) if rule.miss is not None and broken.any() else None
        yield Condition(
            name=rule.id,
            rule=rule.id,
            broken=broken,
            amount=nothing if missed is None else missed.amount,
            unit=_UNITS.get(rule.id, ""),
        )


_ORDER = {rule.id: number for number, rule in enumerate(ALL_RULES)}
_UNITS = {"HC-02": "days", "HC-09": "days"}
