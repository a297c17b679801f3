"""
Start times to choose from, need by need.

A need with windows may start at the beginning and the end of each window and every ``step_minutes``
between. One without windows may start when free time of volunteers begins, or two and four hours later, at
the moments that suit most of them. Both lists are thinned to the policy's number. The time that people were
told already is on the list as well. The grid is part of the model: value and bound speak of plans on it.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray, offsets, ranges
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
    duration = instance.needs.duration_min
    asking = wanted & (np.diff(instance.slots.first) > 0) & (duration > 0)
    windowed = np.diff(instance.need_windows.first) > 0
    need, minute = _in_windows(instance, asking & windowed)
    needs, minutes = [need], [minute]
    for length in np.unique(duration[asking & ~windowed]).tolist():
        free = np.flatnonzero(asking & ~windowed & (duration == length))
        open_starts = popular_starts(instance, length)
        needs.append(np.repeat(free, len(open_starts)))
        minutes.append(np.tile(open_starts, len(free)))
    need, minute = _told(instance, asking)
    if len(need):
        both = np.column_stack([np.concatenate([*needs, need]), np.concatenate([*minutes, minute])])
        both = np.unique(both, axis=0)
        return Starts(first=offsets(both[:, 0], len(duration)), minute=both[:, 1])
    need = np.concatenate(needs)
    order = np.argsort(need, kind="stable")
    return Starts(first=offsets(need[order], len(duration)), minute=np.concatenate(minutes)[order])


def _told(instance: Instance, wanted: BoolArray) -> tuple[IntArray, IntArray]:
    """Need and published start time, where windows and horizon still allow it."""
    told, windows = instance.published, instance.need_windows
    slots = np.flatnonzero((told.volunteer >= 0) & wanted[instance.slots.need])
    need, minute = instance.slots.need[slots], told.start_min[slots]
    end = minute + instance.needs.duration_min[need]
    inside = (minute >= instance.earliest_min) & (end <= instance.horizon_end_min)
    open_ = np.diff(windows.first)[need] == 0
    keep = inside & (open_ | windows.cover(need, minute, end))
    return need[keep], minute[keep]


def _in_windows(instance: Instance, wanted: BoolArray) -> tuple[IntArray, IntArray]:
    """Need and start time, sorted: a grid from each window's beginning, and its last possible moment."""
    windows, grid = instance.need_windows, instance.policy.starts
    first = np.maximum(windows.start, instance.earliest_min)
    last = np.minimum(windows.end, instance.horizon_end_min) - instance.needs.duration_min[windows.owner]
    rows = np.flatnonzero(wanted[windows.owner] & (first <= last))
    steps = (last[rows] - first[rows]) // grid.step_minutes + 1
    on_grid = np.repeat(first[rows], steps) + ranges(steps) * grid.step_minutes
    need = np.concatenate([np.repeat(windows.owner[rows], steps), windows.owner[rows]])
    both = np.unique(np.column_stack([need, np.concatenate([on_grid, last[rows]])]), axis=0)
    return _thinned(both[:, 0], both[:, 1], grid.most_in_windows)


def _thinned(need: IntArray, minute: IntArray, most: int) -> tuple[IntArray, IntArray]:
    """At most so many times of each need, evenly spread over its times."""
    begins = np.flatnonzero(np.diff(need, prepend=-1))
    counts = np.diff(np.append(begins, len(need)))
    keep = np.repeat(counts <= most, counts)
    for count in np.unique(counts[counts > most]).tolist():
        evenly = np.linspace(0, count - 1, most).round().astype(np.int64)
        keep[(begins[counts == count][:, None] + evenly).ravel()] = True
    return need[keep], minute[keep]


def popular_starts(instance: Instance, duration: int) -> IntArray:
    """Give the moments at which most people could begin a service of that many minutes."""
    free = instance.free
    moments: list[IntArray] = []
    for later in _LATER_MIN:
        begin = np.maximum(free.start, instance.earliest_min) + later
        fits = begin + duration <= np.minimum(free.end, instance.horizon_end_min)
        moments.append(begin[fits])
    minute, people = np.unique(np.concatenate(moments), return_counts=True)
    best = np.lexsort((minute, -people))[: instance.policy.starts.most_without_windows]
    return np.sort(minute[best])
