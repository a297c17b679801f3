"""
Compiled loops of :mod:`matching.formulation.candidates`: who is near, and who is free when.

A million pairs are looked at for each thousand that stay, so each must cost nanoseconds. Import it where it
is called: compiling takes seconds the first time and is kept on disk after that.
"""
# pyright: basic, reportUntypedFunctionDecorator=false, reportArgumentType=false, reportReturnType=false
# ruff: noqa: ANN001, ANN202 - types of compiled functions are found by the compiler

from typing import NamedTuple

import numpy as np
from numba import njit

from matching.arrays import BitArray, BoolArray, FloatArray, IntArray

_DAY = 1440
_CIVIL = 480  # minutes by which the civil clock of China is ahead


class Grid(NamedTuple):
    """
    People by skill and square of the plane, and those without a place by skill.

    ``first`` has shape (skills, squares + 1) and points into ``person``; squares are numbered row by row.
    ``loose`` are the people of a skill whose place is unknown, ``able`` all people of a skill.
    """

    west_m: float
    south_m: float
    side_m: float
    columns: int
    rows: int
    reach_m: float
    first: IntArray
    person: IntArray
    loose_first: IntArray
    loose: IntArray
    able_first: IntArray
    able: IntArray


class People(NamedTuple):
    """By volunteer: place on the plane, how far they go, and region."""

    points_m: FloatArray
    radius_m: IntArray
    region: IntArray


class Calls(NamedTuple):
    """By slot: place of its need on the plane, list of people by skill, region; closed slots get nobody."""

    points_m: FloatArray
    located: BoolArray
    skill: IntArray
    region: IntArray
    open: BoolArray


@njit(cache=True)
def _related(one, other, region_end):
    """Whether one region holds the other; regions are sorted, so what one holds follows it."""
    return one <= other < region_end[one] or other <= one < region_end[other]


@njit(cache=True)
def _wider(held, size):
    """The same array with room for ``size`` entries."""
    if size <= len(held):
        return held
    wider = np.empty(max(size, 2 * len(held)), dtype=held.dtype)
    wider[: len(held)] = held
    return wider


@njit(cache=True)
def near(
    slot: int, most: int, calls: Calls, people: People, grid: Grid, region_end: IntArray
) -> tuple[IntArray, IntArray, int]:
    """
    Slots and people who may be near each other, from one slot on until there are ``most`` pairs.

    Nobody within their radius is missed; some are a little beyond it. The last number is the next slot.
    """
    slots = np.empty(1 << 16, dtype=np.int64)
    persons = np.empty(1 << 16, dtype=np.int64)
    count = 0
    while slot < len(calls.skill) and count < most:
        if calls.open[slot]:
            skill = calls.skill[slot]
            if calls.located[slot]:
                x, y = calls.points_m[slot, 0], calls.points_m[slot, 1]
                left = max(0, int((x - grid.reach_m - grid.west_m) // grid.side_m))
                right = min(grid.columns - 1, int((x + grid.reach_m - grid.west_m) // grid.side_m))
                low = max(0, int((y - grid.reach_m - grid.south_m) // grid.side_m))
                high = min(grid.rows - 1, int((y + grid.reach_m - grid.south_m) // grid.side_m))
                for row in range(low, high + 1):
                    if left > right:
                        break
                    begin = grid.first[skill, row * grid.columns + left]
                    end = grid.first[skill, row * grid.columns + right + 1]
                    slots, persons = _wider(slots, count + end - begin), _wider(persons, count + end - begin)
                    for at in range(begin, end):
                        person = grid.person[at]
                        across = people.points_m[person, 0] - x
                        along = people.points_m[person, 1] - y
                        reach = people.radius_m[person] * 1.001 + 1
                        if across * across + along * along <= reach * reach:
                            slots[count], persons[count] = slot, person
                            count += 1
                others, begin, end = grid.loose, grid.loose_first[skill], grid.loose_first[skill + 1]
            else:
                others, begin, end = grid.able, grid.able_first[skill], grid.able_first[skill + 1]
            slots, persons = _wider(slots, count + end - begin), _wider(persons, count + end - begin)
            for at in range(begin, end):
                if _related(calls.region[slot], people.region[others[at]], region_end):
                    slots[count], persons[count] = slot, others[at]
                    count += 1
        slot += 1
    return slots[:count], persons[:count], slot


class Offer(NamedTuple):
    """By volunteer: free spans, promises, and minutes offered a week."""

    free_first: IntArray
    free_start: IntArray
    free_end: IntArray
    promised_first: IntArray
    promised_start: IntArray
    promised_end: IntArray
    weekly_minutes: IntArray


@njit(cache=True)
def _week(minute):
    return ((minute + _CIVIL) // _DAY + 3) // 7


@njit(cache=True)
def offered(
    need: IntArray,
    volunteer: IntArray,
    first: IntArray,
    minute: IntArray,
    duration_min: IntArray,
    offer: Offer,
) -> BitArray:
    """Bits of the start times of the need at which the volunteer is free and has minutes left, by pair."""
    bits = np.zeros(len(need), dtype=np.uint64)
    for pair in range(len(need)):
        person, length = volunteer[pair], duration_min[need[pair]]
        begin = first[need[pair]]
        for option in range(first[need[pair] + 1] - begin):
            start = minute[begin + option]
            for span in range(offer.free_first[person], offer.free_first[person + 1]):
                if offer.free_start[span] <= start and start + length <= offer.free_end[span]:
                    total = length
                    for k in range(offer.promised_first[person], offer.promised_first[person + 1]):
                        if _week(offer.promised_start[k]) == _week(start):
                            total += offer.promised_end[k] - offer.promised_start[k]
                    if total <= offer.weekly_minutes[person]:
                        bits[pair] |= np.uint64(1) << np.uint64(option)
                    break
    return bits


@njit(cache=True)
def nearest_arcs(
    bits: BitArray,
    slot: IntArray,
    place_at: IntArray,
    depth: IntArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """
    First pairs of each place, in the order of the pairs.

    Parameters
    ----------
    bits, slot
        Start times and slot by pair, sorted by slot and then from near to far.
    place_at
        Number of the place by slot and option, -1 where nobody is wanted.
    depth
        How many pairs each place takes.

    Returns
    -------
    tuple
        Where each place's arcs begin, the pair by arc, and by place the first pair left out or -1.
    """
    first = np.zeros(len(depth) + 1, dtype=np.int64)
    edge = np.full(len(depth), -1, dtype=np.int64)
    taken = np.zeros(len(depth), dtype=np.int64)
    for fill in range(2):
        pair_of = np.empty(first[-1], dtype=np.int64)
        taken[:] = 0
        for pair in range(len(bits)):
            for option in range(place_at.shape[1]):
                place = place_at[slot[pair], option]
                if place < 0 or not (bits[pair] >> np.uint64(option)) & np.uint64(1):
                    continue
                if taken[place] < depth[place]:
                    if fill:
                        pair_of[first[place] + taken[place]] = pair
                    taken[place] += 1
                elif edge[place] < 0:
                    edge[place] = pair
        if not fill:
            first[1:] = np.cumsum(taken)
    return first, pair_of, edge
