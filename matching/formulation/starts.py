"""
Start times to choose from, need by need.

A need with windows may start at the beginning and the end of each window and every ``step_minutes``
between. One without windows may start when free time of volunteers begins, or two and four hours later, at
the moments that suit most of them. Both lists are thinned to the policy's number. The time that people were
told already is on the list as well. The grid is part of the model: value and bound speak of plans on it.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance

_LATER_MIN = (0, 120, 240)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Starts:
    """``minute[first[i]:first[i + 1]]`` are the ascending start times of need ``i``."""

    first: IntArray
    minute: IntArray

    def count(self) -> IntArray:
        """Count options by need."""
        return np.diff(self.first)


def starts_of(instance: Instance, wanted: BoolArray) -> Starts:
    """Options of the wanted needs; others, and needs without slots, have none."""
    rows: list[IntArray] = []
    open_starts: dict[int, IntArray] = {}
    windows = instance.need_windows
    places = np.diff(instance.slots.first)
    for need in range(len(instance.needs)):
        duration = int(instance.needs.duration_min[need])
        if not wanted[need] or not places[need] or duration <= 0:
            rows.append(np.empty(0, dtype=np.int64))
            continue
        begin, end = int(windows.first[need]), int(windows.first[need + 1])
        told = _told(instance, need, windows.start[begin:end], windows.end[begin:end])
        if begin < end:
            found = _in_windows(instance, windows.start[begin:end], windows.end[begin:end], duration)
        else:
            if duration not in open_starts:
                open_starts[duration] = _in_free_time(instance, duration)
            found = open_starts[duration]
        rows.append(np.union1d(found, told))
    lengths = np.array([0, *(len(row) for row in rows)], dtype=np.int64)
    return Starts(first=np.cumsum(lengths), minute=np.concatenate([np.empty(0, dtype=np.int64), *rows]))


def _told(instance: Instance, need: int, starts: IntArray, ends: IntArray) -> IntArray:
    """Published start times that the need's windows and the horizon still allow."""
    slots, told = instance.slots, instance.published
    mine = slice(int(slots.first[need]), int(slots.first[need + 1]))
    minute = np.unique(told.start_min[mine][told.volunteer[mine] >= 0])
    end = minute + instance.needs.duration_min[need]
    inside = (minute >= instance.earliest_min) & (end <= instance.horizon_end_min)
    if len(starts):
        inside &= ((starts[None, :] <= minute[:, None]) & (end[:, None] <= ends[None, :])).any(axis=1)
    return minute[inside]


def _thinned(minutes: IntArray, most: int) -> IntArray:
    if len(minutes) <= most:
        return minutes
    return minutes[np.linspace(0, len(minutes) - 1, most).round().astype(np.int64)]


def _in_windows(instance: Instance, starts: IntArray, ends: IntArray, duration: int) -> IntArray:
    found: set[int] = set()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        first = max(start, instance.earliest_min)
        last = min(end, instance.horizon_end_min) - duration
        if first <= last:
            found.update(range(first, last + 1, instance.policy.starts.step_minutes))
            found.add(last)
    return _thinned(np.array(sorted(found), dtype=np.int64), instance.policy.starts.most_in_windows)


def _in_free_time(instance: Instance, duration: int) -> IntArray:
    free = instance.free
    moments: list[IntArray] = []
    for later in _LATER_MIN:
        begin = np.maximum(free.start, instance.earliest_min) + later
        fits = begin + duration <= np.minimum(free.end, instance.horizon_end_min)
        moments.append(begin[fits])
    minute, people = np.unique(np.concatenate(moments), return_counts=True)
    best = np.lexsort((minute, -people))[: instance.policy.starts.most_without_windows]
    return np.sort(minute[best])
