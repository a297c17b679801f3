"""
Who could fill which slot, and when: sparse pairs by place and skill, with a bit for each start time.

A grid of the city finds the people of a skill near a need; the rules then strike out pairs and start times,
batch by batch, and every strike is counted. A pair keeps one 64-bit mask of its need's start times, so memory
is 40 bytes a pair that stays.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.arrays import BitArray, BoolArray, IntArray, offsets, set_bits
from matching.formulation.geometry import distance_m
from matching.formulation.instance import Instance
from matching.formulation.nearby import search_of
from matching.formulation.objective import visit_points
from matching.formulation.pins import Pins, pin
from matching.formulation.starts import Starts, starts_of
from matching.rules import ALL_RULES
from matching.rules.base import Pairs, Visits

_BATCH_PAIRS = 1_000_000
_BATCH_VISITS = 2_000_000


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
        kept.append(_best_first(instance, pairs.where(bits != 0), bits[bits != 0]))
    pairs, bits = _joined(kept)
    pins, bits = pin(instance, starts, pairs, bits, closed_by=closed_by)
    pairs, bits = pairs.where(bits != 0), bits[bits != 0]
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


def _best_first(instance: Instance, pairs: Pairs, bits: BitArray) -> tuple[Pairs, BitArray]:
    points = visit_points(instance, pairs.slot, pairs.volunteer, known_distance_m(instance, pairs))
    order = np.lexsort((pairs.volunteer, -points, pairs.slot))
    return pairs.where(order), bits[order]


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


def _near_pairs(instance: Instance, starts: Starts, struck: Counter[str]) -> Iterator[Pairs]:
    """Batches of pairs of a few slots each, slots ascending: skilled people who would go that far."""
    from matching.formulation.pair_kernels import near  # noqa: PLC0415 - compiled

    needs, slots, volunteers = instance.needs, instance.slots, instance.volunteers
    calls, people, grid = search_of(instance, starts)
    skilled = np.diff(grid.able_first)[calls.skill[calls.open]]
    struck["HC-01"] += int((len(volunteers) - skilled).sum())
    struck["HC-05"] += int(skilled.sum())
    slot = 0
    while slot < len(slots):
        slot_of, volunteer, slot = near(slot, _BATCH_PAIRS, calls, people, grid, instance.region_end)
        need = slots.need[slot_of]
        known = needs.located[need] & volunteers.located[volunteer]
        away = distance_m(
            needs.longitude_deg[need],
            needs.latitude_deg[need],
            volunteers.longitude_deg[volunteer],
            volunteers.latitude_deg[volunteer],
        )
        away[~known] = -1
        inside = away <= volunteers.radius_m[volunteer]
        inside[~known] = True
        struck["HC-05"] -= int(inside.sum())
        pairs = Pairs(slot=slot_of, need=need, volunteer=volunteer, distance_m=away)
        yield pairs.where(inside)


def visits_at(instance: Instance, starts: Starts, pairs: Pairs, option: int) -> Visits:
    """Pairs at the option of that number of their needs, which must exist."""
    start = starts.minute[starts.first[pairs.need] + option]
    return Visits(pairs=pairs, start_min=start, end_min=start + instance.needs.duration_min[pairs.need])


def _meeting_times(instance: Instance, starts: Starts, pairs: Pairs, struck: Counter[str]) -> BitArray:
    """Start times that every rule lets through, a bit each."""
    options = starts.count()[pairs.need].astype(np.uint64)
    bits = ~np.uint64(0) >> (np.uint64(64) - options)
    for rule in ALL_RULES:
        if rule.times is not None:
            passed = rule.times(instance, starts, pairs)
            struck[rule.id] += int(np.bitwise_count(bits & ~passed).sum())
            bits &= passed
    kept = np.zeros(len(pairs), dtype=np.uint64)
    for rows in _slices(np.bitwise_count(bits), _BATCH_VISITS):
        kept[rows] = _kept_visits(instance, starts, pairs.where(rows), bits[rows], struck)
    return kept


def _slices(counts: npt.NDArray[np.uint8], most: int) -> Iterator[IntArray]:
    """Indices of rows that count for something, in pieces of about ``most``."""
    rows = np.flatnonzero(counts)
    if len(rows):
        piece = np.cumsum(counts[rows], dtype=np.int64) // most
        yield from np.split(rows, np.flatnonzero(np.diff(piece)) + 1)


def _kept_visits(
    instance: Instance, starts: Starts, pairs: Pairs, bits: BitArray, struck: Counter[str]
) -> BitArray:
    """Bits that the rules of visits leave of those given."""
    row, option = set_bits(bits)
    start = starts.minute[starts.first[pairs.need[row]] + option]
    end = start + instance.needs.duration_min[pairs.need[row]]
    visits = Visits(pairs=pairs.where(row), start_min=start, end_min=end)
    for rule in ALL_RULES:
        if rule.visits is not None and rule.times is None and len(row):
            passed = rule.visits(instance, visits)
            failed = len(row) - int(np.count_nonzero(passed))
            struck[rule.id] += failed
            if failed:
                row, option, visits = row[passed], option[passed], visits.where(passed)
    kept = np.zeros(len(bits), dtype=np.uint64)
    np.bitwise_or.at(kept, row, np.uint64(1) << option.astype(np.uint64))
    return kept
