"""
Who could fill which slot, and when: sparse pairs by place and skill, with a bit for each start time.

A tree for each skill finds the people near a need; the rules then strike out pairs and start times, and every
strike is counted. A pair keeps one 64-bit mask of its need's start times, so memory is 32 bytes a pair.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.arrays import BitArray, BoolArray, FloatArray, IntArray, offsets
from matching.formulation.geometry import distance_m, plane
from matching.formulation.instance import Instance
from matching.formulation.objective import visit_points
from matching.formulation.pins import Pins, pin
from matching.formulation.starts import Starts, starts_of
from matching.numerics import Neighbours
from matching.rules import ALL_RULES
from matching.rules.base import Pairs, Visits
from matching.rules.view import related_paths

_BATCH_PAIRS = 400_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """
    Eligible pairs sorted by slot, best first: (slot, points descending, volunteer).

    Parameters
    ----------
    bits
        Bit ``t`` says that the pair may meet at the need's start time ``t``.
    open_needs
        Needs that no rule keeps out of the round as a whole; ``closed_by`` names the rule for the others.
    struck
        How many pairs and visits each rule removed, in the order of the rules.
    """

    starts: Starts
    pairs: Pairs
    bits: BitArray
    first: IntArray
    open_needs: BoolArray
    closed_by: dict[int, str]
    pins: Pins
    struck: dict[str, int]


def candidates_of(instance: Instance) -> Candidates:
    """Apply every rule that looks at one need, one pair or one visit."""
    open_needs = np.ones(len(instance.needs), dtype=np.bool_)
    closed_by: dict[int, str] = {}
    struck: Counter[str] = Counter()
    for rule in ALL_RULES:
        if rule.needs is not None:
            passed = rule.needs(instance)
            for need in np.flatnonzero(open_needs & ~passed).tolist():
                closed_by[need] = rule.id
            struck[rule.id] += int((open_needs & ~passed).sum())
            open_needs &= passed
    starts = starts_of(instance, open_needs)
    kept: list[tuple[Pairs, BitArray]] = []
    for batch in _near_pairs(instance, starts, struck):
        pairs = batch
        for rule in ALL_RULES:
            if rule.pairs is not None:
                passed = rule.pairs(instance, pairs)
                struck[rule.id] += int((~passed).sum())
                pairs = pairs.where(passed)
        bits = _meeting_times(instance, starts, pairs, struck)
        kept.append((pairs.where(bits != 0), bits[bits != 0]))
    pairs, bits = _joined(kept)
    pins, bits = pin(instance, starts, pairs, bits, closed_by=closed_by)
    pairs, bits = pairs.where(bits != 0), bits[bits != 0]
    points = visit_points(instance, pairs.slot, pairs.volunteer, known_distance_m(instance, pairs))
    order = np.lexsort((pairs.volunteer, -points, pairs.slot))
    pairs, bits = pairs.where(order), bits[order]
    return Candidates(
        starts=starts,
        pairs=pairs,
        bits=bits,
        first=offsets(pairs.slot, len(instance.slots)),
        open_needs=open_needs,
        closed_by=closed_by,
        pins=pins,
        struck={f"struck_{key}": value for key, value in sorted(struck.items())},
    )


def known_distance_m(instance: Instance, pairs: Pairs) -> IntArray:
    """Metres; where a place is unknown, as far as the volunteer would go."""
    return np.where(pairs.distance_m < 0, instance.volunteers.radius_m[pairs.volunteer], pairs.distance_m)


def _joined(kept: list[tuple[Pairs, BitArray]]) -> tuple[Pairs, BitArray]:
    empty = np.empty(0, dtype=np.int64)

    def column(values: list[IntArray]) -> IntArray:
        return np.concatenate([empty, *values])

    pairs = Pairs(
        slot=column([pairs.slot for pairs, _ in kept]),
        need=column([pairs.need for pairs, _ in kept]),
        volunteer=column([pairs.volunteer for pairs, _ in kept]),
        distance_m=column([pairs.distance_m for pairs, _ in kept]),
    )
    return pairs, np.concatenate([np.empty(0, dtype=np.uint64), *(bits for _, bits in kept)])


class _Finder:
    """Volunteers of one skill around a point."""

    def __init__(self, instance: Instance, skill: str | None, reference_deg: float) -> None:
        volunteers = instance.volunteers
        able = np.ones(len(volunteers), dtype=np.bool_)
        if skill is not None:
            able = volunteers.able[:, instance.skill_codes.index(skill)]
        self.people = np.flatnonzero(able).astype(np.int64)
        located = volunteers.located[self.people]
        self.placed, self.unplaced = self.people[located], self.people[~located]
        self.reach_m = float(volunteers.radius_m[self.placed].max(initial=0)) * 1.001 + 1
        points = plane(
            volunteers.longitude_deg[self.placed], volunteers.latitude_deg[self.placed], reference_deg
        )
        self._tree = Neighbours(points)

    def near(self, point: FloatArray) -> IntArray:
        """People within the longest radius of anybody with the skill, by index."""
        return self.placed[self._tree.within(point, self.reach_m)]


def _near_pairs(instance: Instance, starts: Starts, struck: Counter[str]) -> Iterator[Pairs]:
    needs, slots, volunteers = instance.needs, instance.slots, instance.volunteers
    latitudes = np.concatenate(
        [needs.latitude_deg[needs.located], volunteers.latitude_deg[volunteers.located]]
    )
    reference = float(np.abs(latitudes).max(initial=0.0))
    points = plane(needs.longitude_deg, needs.latitude_deg, reference)
    finders = {skill: _Finder(instance, skill, reference) for skill in sorted(set(slots.skill), key=str)}
    options = starts.count()
    by_path: dict[str, BoolArray] = {}
    held: list[Pairs] = []
    total = 0
    for slot in range(len(slots)):
        need = int(slots.need[slot])
        if not options[need]:
            continue
        finder = finders[slots.skill[slot]]
        unplaced = finder.unplaced if needs.located[need] else finder.people
        if len(unplaced):
            path = needs.region_path[need]
            if path not in by_path:
                by_path[path] = np.array([related_paths(path, other) for other in volunteers.region_path])
            unplaced = unplaced[by_path[path][unplaced]]
        placed = finder.near(points[need]) if needs.located[need] else np.empty(0, dtype=np.int64)
        away = distance_m(
            needs.longitude_deg[need : need + 1],
            needs.latitude_deg[need : need + 1],
            volunteers.longitude_deg[placed],
            volunteers.latitude_deg[placed],
        )
        inside = away <= volunteers.radius_m[placed]
        people = np.concatenate([placed[inside], unplaced])
        struck["HC-01"] += len(volunteers) - len(finder.people)
        struck["HC-05"] += len(finder.people) - len(people)
        held.append(
            Pairs(
                slot=np.full(len(people), slot, dtype=np.int64),
                need=np.full(len(people), need, dtype=np.int64),
                volunteer=people,
                distance_m=np.concatenate([away[inside], np.full(len(unplaced), -1, dtype=np.int64)]),
            )
        )
        total += len(people)
        if total >= _BATCH_PAIRS:
            yield _joined([(pairs, np.empty(0, dtype=np.uint64)) for pairs in held])[0]
            held, total = [], 0
    if held:
        yield _joined([(pairs, np.empty(0, dtype=np.uint64)) for pairs in held])[0]


def visits_at(instance: Instance, starts: Starts, pairs: Pairs, option: int) -> Visits:
    """Pairs at the option of that number of their needs, which must exist."""
    start = starts.minute[starts.first[pairs.need] + option]
    return Visits(pairs=pairs, start_min=start, end_min=start + instance.needs.duration_min[pairs.need])


def _meeting_times(instance: Instance, starts: Starts, pairs: Pairs, struck: Counter[str]) -> BitArray:
    bits = np.zeros(len(pairs), dtype=np.uint64)
    options = starts.count()[pairs.need]
    for option in range(int(options.max(initial=0))):
        rows = np.flatnonzero(options > option)
        visits = visits_at(instance, starts, pairs.where(rows), option)
        for rule in ALL_RULES:
            if rule.visits is not None and len(rows):
                passed = rule.visits(instance, visits)
                struck[rule.id] += int((~passed).sum())
                rows, visits = rows[passed], visits.where(passed)
        bits[rows] |= np.uint64(1) << np.uint64(option)
    return bits
