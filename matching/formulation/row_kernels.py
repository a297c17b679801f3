"""
Compiled loops of :mod:`matching.formulation.people_rows`: one volunteer after another.

The rows of a volunteer come from pairs of their visits, so the work grows with the square of the visits of
each, and has no form that arrays alone would hold. Import it where it is called: compiling takes seconds
the first time and is kept on disk after that.
"""
# pyright: basic, reportUntypedFunctionDecorator=false, reportArgumentType=false, reportCallIssue=false, reportReturnType=false
# ruff: noqa: ANN001, ANN202 - types of compiled functions are found by the compiler

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.formulation.geometry import EARTH_RADIUS_M

_DAY = 1440
_CIVIL = 480  # minutes by which the civil clock of China is ahead
_WORD = 64


class Visiting(NamedTuple):
    """Arcs in the order (volunteer, start, slot): what a row may need to know of each."""

    arc: IntArray
    need: IntArray
    start: IntArray
    end: IntArray
    heavy: IntArray
    longitude_deg: FloatArray
    latitude_deg: FloatArray
    located: BoolArray


class Persons(NamedTuple):
    """By volunteer: where their arcs begin in :class:`Visiting`, their promises, and their limits."""

    first: IntArray
    promised_first: IntArray
    promised_start: IntArray
    promised_end: IntArray
    promised_heavy: IntArray
    offered: IntArray
    visits_left: IntArray
    day_cap: IntArray


class Limits(NamedTuple):
    """Numbers of the policy, in minutes, metres a minute, and visits."""

    fixed: int
    speed: int
    rest: int
    in_24_hours: int
    heavy: int


@njit(cache=True)
def _way_min(visits, limits, one, other):
    """Minutes between the places of two visits."""
    if visits.need[one] == visits.need[other]:
        return 0
    if not (visits.located[one] and visits.located[other]):
        return limits.fixed
    across = math.radians(visits.longitude_deg[one] - visits.longitude_deg[other]) * math.cos(
        math.radians((visits.latitude_deg[one] + visits.latitude_deg[other]) / 2)
    )
    along = math.radians(visits.latitude_deg[one] - visits.latitude_deg[other])
    metres = math.floor(EARTH_RADIUS_M * math.hypot(across, along) + 0.5)
    if metres == 0:
        return 0
    return limits.fixed + (metres + limits.speed - 1) // limits.speed


@njit(cache=True)
def _clash(visits, limits, one, other):
    """Whether two visits, the earlier first, exclude each other."""
    if visits.need[one] == visits.need[other]:
        return True
    pause = visits.start[other] - visits.end[one]
    if pause < 0:
        return True
    other_day = (visits.start[one] + _CIVIL) // _DAY != (visits.start[other] + _CIVIL) // _DAY
    if other_day and pause < limits.rest:
        return True
    # No way is longer than the sum of its two sides: most pairs need no root and no cosine.
    sides = abs(visits.longitude_deg[one] - visits.longitude_deg[other]) + abs(
        visits.latitude_deg[one] - visits.latitude_deg[other]
    )
    if pause >= limits.fixed + EARTH_RADIUS_M * math.radians(sides) / limits.speed + 2:
        return False
    return pause < _way_min(visits, limits, one, other)


@njit(cache=True)
def _conflicts(visits, limits, begin, size, words):
    """Bits of the visits that each visit of one volunteer excludes; shape (visits, words)."""
    bits = np.zeros((size, words), dtype=np.uint64)
    total = 0
    one = np.uint64(1)
    for i in range(size):
        for j in range(i + 1, size):
            if _clash(visits, limits, begin + i, begin + j):
                bits[i, j // _WORD] |= one << np.uint64(j % _WORD)
                bits[j, i // _WORD] |= one << np.uint64(i % _WORD)
                total += 2
    return bits, total


@njit(cache=True)
def _first_bit(row):
    """Lowest set bit, -1 where there is none."""
    for word in range(len(row)):
        value = row[word]
        if value:
            bit = 0
            while not (value >> np.uint64(bit)) & np.uint64(1):
                bit += 1
            return word * _WORD + bit
    return -1


@njit(cache=True)
def _grown(held, size):
    """The same array with room for ``size`` entries."""
    if size <= len(held):
        return held
    wider = np.empty(max(size, 2 * len(held)), dtype=held.dtype)
    wider[: len(held)] = held
    return wider


@njit(cache=True)
def _cliques(conflicts, size, words):
    """Cover every conflict by cliques, greedily in time order; members one clique after another."""
    left = conflicts.copy()
    one = np.uint64(1)
    for i in range(size):  # each pair once, by its earlier end
        for word in range(i // _WORD):
            left[i, word] = 0
        left[i, i // _WORD] &= ~((one << np.uint64(i % _WORD)) - one)
    members = np.empty(4 * size, dtype=np.int64)
    length = np.empty(size, dtype=np.int64)
    n_cliques = used = 0
    common = np.empty(words, dtype=np.uint64)
    clique = np.empty(words, dtype=np.uint64)
    for node in range(size):
        while _first_bit(left[node]) >= 0:
            clique[:] = 0
            clique[node // _WORD] |= one << np.uint64(node % _WORD)
            common[:] = conflicts[node]
            pick = _first_bit(left[node])
            while pick >= 0:
                clique[pick // _WORD] |= one << np.uint64(pick % _WORD)
                common &= conflicts[pick]
                pick = _first_bit(common & left[node])
                if pick < 0:
                    pick = _first_bit(common)
            begin = used
            for member in range(size):
                if clique[member // _WORD] >> np.uint64(member % _WORD) & one:
                    members = _grown(members, used + 1)
                    members[used] = member
                    used += 1
                    left[member] &= ~clique
            length = _grown(length, n_cliques + 1)
            length[n_cliques] = used - begin
            n_cliques += 1
    return members[:used], length[:n_cliques]


@njit(cache=True)
def _overlap(start, end, anchor):
    """Minutes of a visit inside the 24 hours from ``anchor``."""
    return max(0, min(end, anchor + _DAY) - max(start, anchor))


@njit(cache=True)
def _add(rows, count, scratch, visits, begin, weights, cap, person):
    """
    Write a row of the visits with a positive weight, unless all needs together keep it.

    Each need counts once, by its largest weight, as its visits exclude one another. ``count`` holds how many
    rows, entries and calls there have been; ``scratch`` the last call and the largest weight by need.
    """
    called, largest = scratch
    count[2] += 1
    most = inside = 0
    for i in range(len(weights)):
        if weights[i] <= 0:
            continue
        inside += 1
        need = visits.need[begin + i]
        if called[need] != count[2]:
            called[need] = count[2]
            largest[need] = 0
        most += max(0, weights[i] - largest[need])
        largest[need] = max(largest[need], weights[i])
    if not inside or most <= cap:
        return rows
    length, caps, owners, arc, coefficient = rows
    length, caps = _grown(length, count[0] + 1), _grown(caps, count[0] + 1)
    owners = _grown(owners, count[0] + 1)
    arc, coefficient = _grown(arc, count[1] + inside), _grown(coefficient, count[1] + inside)
    length[count[0]], caps[count[0]], owners[count[0]] = inside, max(0, cap), person
    for i in range(len(weights)):
        if weights[i] > 0:
            arc[count[1]] = visits.arc[begin + i]
            coefficient[count[1]] = weights[i]
            count[1] += 1
    count[0] += 1
    return length, caps, owners, arc, coefficient


@njit(cache=True)
def _clique(rows, count, visits, begin, members, person):
    """Write an at-most-one row."""
    length, caps, owners, arc, coefficient = rows
    size = len(members)
    length, caps = _grown(length, count[0] + 1), _grown(caps, count[0] + 1)
    owners = _grown(owners, count[0] + 1)
    arc, coefficient = _grown(arc, count[1] + size), _grown(coefficient, count[1] + size)
    length[count[0]], caps[count[0]], owners[count[0]] = size, 1, person
    for member in members:
        arc[count[1]] = visits.arc[begin + member]
        coefficient[count[1]] = 1
        count[1] += 1
    count[0] += 1
    return length, caps, owners, arc, coefficient


@njit(cache=True)
def _busy(visits, begin, weights, anchor):
    """Minutes from ``anchor`` on that the visits with a weight cover together; visits are sorted by start."""
    reach, total = anchor, 0
    for i in range(len(weights)):
        if weights[i] > 0:
            start, end = visits.start[begin + i], visits.end[begin + i]
            total += max(0, end - max(start, reach))
            reach = max(reach, end)
    return total


@njit(cache=True)
def _period(visits, at, days):
    """Civil day (``days`` 1) or week (``days`` 7, from Monday) in which a visit begins."""
    return ((visits.start[at] + _CIVIL) // _DAY + (3 if days == 7 else 0)) // days


@njit(cache=True)
def _promised_in(persons, person, period, days):
    """Minutes and demanding visits promised by a volunteer in a day or week."""
    minutes = heavy = 0
    for k in range(persons.promised_first[person], persons.promised_first[person + 1]):
        day = (persons.promised_start[k] + _CIVIL) // _DAY
        if (day + (3 if days == 7 else 0)) // days == period:
            minutes += persons.promised_end[k] - persons.promised_start[k]
            heavy += persons.promised_heavy[k]
    return minutes, heavy


@njit(cache=True)
def _calendar_sums(rows, count, scratch, visits, persons, limits, begin, size, person, days):
    """Minutes of each week, or minutes and demanding visits of each day."""
    weights = np.zeros(size, dtype=np.int64)
    at = 0
    while at < size:
        period = _period(visits, begin + at, days)
        until = at
        weights[:] = 0
        while until < size and _period(visits, begin + until, days) == period:
            weights[until] = visits.end[begin + until] - visits.start[begin + until]
            until += 1
        minutes, heavy = _promised_in(persons, person, period, days)
        cap = (persons.offered[person] if days == 7 else persons.day_cap[person]) - minutes
        if _busy(visits, begin, weights, visits.start[begin]) > cap:
            rows = _add(rows, count, scratch, visits, begin, weights, cap, person)
        if days == 1:
            weights[at:until] = visits.heavy[begin + at : begin + until]
            rows = _add(rows, count, scratch, visits, begin, weights, limits.heavy - heavy, person)
        at = until
    return rows


@njit(cache=True)
def _rolling_sums(rows, count, scratch, visits, persons, limits, begin, size, person):
    """
    Minutes of 24 hours from each moment at which a visit or a promise begins.

    Of all spans of 24 hours the one with most minutes may be moved until it begins where a visit begins, so
    no other needs a row.
    """
    lo, hi = persons.promised_first[person], persons.promised_first[person + 1]
    moments = np.unique(np.concatenate((visits.start[begin : begin + size], persons.promised_start[lo:hi])))
    weights = np.empty(size, dtype=np.int64)
    for anchor in moments:
        gone = 0
        for k in range(lo, hi):
            gone += _overlap(persons.promised_start[k], persons.promised_end[k], anchor)
        for i in range(size):
            weights[i] = _overlap(visits.start[begin + i], visits.end[begin + i], anchor)
        cap = limits.in_24_hours - gone
        if _busy(visits, begin, weights, anchor) > cap:
            rows = _add(rows, count, scratch, visits, begin, weights, cap, person)
    return rows


@njit(cache=True)
def _all_together(visits, persons, limits, begin, size, person, scratch, count):
    """Whether all needs of a volunteer without promises together break no sum."""
    if persons.promised_first[person] != persons.promised_first[person + 1]:
        return False
    called = scratch[0]
    count[2] += 1
    minutes = needs = 0
    for at in range(begin, begin + size):
        if called[visits.need[at]] != count[2]:
            called[visits.need[at]] = count[2]
            minutes += visits.end[at] - visits.start[at]
            needs += 1
    lowest = min(persons.offered[person], persons.day_cap[person], limits.in_24_hours)
    return minutes <= lowest and needs <= limits.heavy


@njit(cache=True)
def bind(
    visits: Visiting, persons: Persons, limits: Limits, order: IntArray, n_needs: int
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """
    Rows of each volunteer of ``order``, who has two visits to choose from or more.

    Returns
    -------
    tuple
        Entries by row, cap, volunteer, and the entries' arcs and coefficients.
    """
    count = np.zeros(3, dtype=np.int64)
    scratch = (np.zeros(n_needs, dtype=np.int64), np.zeros(n_needs, dtype=np.int64))
    start = np.empty(1024, dtype=np.int64)
    rows = (start, start.copy(), start.copy(), start.copy(), start.copy())
    for person in order:
        begin = persons.first[person]
        size = persons.first[person + 1] - begin
        words = (size + _WORD - 1) // _WORD
        conflicts, total = _conflicts(visits, limits, begin, size, words)
        if total == size * (size - 1):
            rows = _clique(rows, count, visits, begin, np.arange(size), person)
            continue
        members, length = _cliques(conflicts, size, words)
        at = 0
        for k in range(len(length)):
            inside = members[at : at + length[k]]
            rows = _clique(rows, count, visits, begin, inside, person)
            at += length[k]
        each = np.ones(size, dtype=np.int64)
        rows = _add(rows, count, scratch, visits, begin, each, persons.visits_left[person], person)
        if not _all_together(visits, persons, limits, begin, size, person, scratch, count):
            for days in (7, 1):
                rows = _calendar_sums(
                    rows, count, scratch, visits, persons, limits, begin, size, person, days
                )
            rows = _rolling_sums(rows, count, scratch, visits, persons, limits, begin, size, person)
    length, caps, owners, arc, coefficient = rows
    return length[: count[0]], caps[: count[0]], owners[: count[0]], arc[: count[1]], coefficient[: count[1]]
