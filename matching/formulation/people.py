"""
The people side of the model: places to fill, and the arcs that may fill them.

A *place* is a slot at one of its need's start times; a *group* is all places of a need at one start time,
filled together or not at all. Only the best arcs of each place enter (its depth); the best arc left
out is kept as the place's ``tail``, and the bound counts it, so leaving arcs out never makes a bound too
low.
"""

import numpy as np

from matching.arrays import IntArray
from matching.formulation.candidates import Candidates, known_distance_m
from matching.formulation.instance import Instance
from matching.formulation.objective import moved_points, visit_points
from matching.model import NO_ARC, Arcs, People, Places


def full_places(instance: Instance, found: Candidates) -> Places:
    """Every place that somebody can fill, in groups that can be filled whole."""
    slots, starts = instance.slots, found.starts
    options = starts.count()
    slot_list: list[IntArray] = []
    option_list: list[IntArray] = []
    for option in range(int(options.max(initial=0))):
        rows = (found.bits >> np.uint64(option)) & np.uint64(1) != 0
        there = np.bincount(found.pairs.slot[rows], minlength=len(slots)) > 0
        filled = np.zeros(len(instance.needs), dtype=np.int64)
        np.add.at(filled, slots.need, there)
        whole = filled == np.diff(slots.first)
        slot = np.flatnonzero(there & whole[slots.need]).astype(np.int64)
        slot_list.append(slot)
        option_list.append(np.full(len(slot), option, dtype=np.int64))
    empty = np.empty(0, dtype=np.int64)
    slot, option = np.concatenate([empty, *slot_list]), np.concatenate([empty, *option_list])
    need = slots.need[slot]
    order = np.lexsort((slot, option, need))
    slot, option, need = slot[order], option[order], need[order]
    new = np.ones(len(need), dtype=np.bool_)
    new[1:] = (need[1:] != need[:-1]) | (option[1:] != option[:-1])
    start = starts.minute[starts.first[need] + option]
    return Places(
        need=need,
        slot=slot,
        option=option,
        start_min=start,
        end_min=start + instance.needs.duration_min[need],
        group=np.cumsum(new) - 1,
        group_need=need[new],
        tail=np.full(len(need), NO_ARC, dtype=np.int64),
    )


def first_depth(places: Places, arcs_a_slot: int) -> IntArray:
    """Depth that gives every slot about the same number of arcs over its start times."""
    groups = np.bincount(places.group_need, minlength=int(places.need.max(initial=-1)) + 1)
    return np.maximum(6, arcs_a_slot // np.maximum(groups[places.need], 1)).astype(np.int64)


def arc_count(found: Candidates) -> int:
    """Arcs at full depth: pairs counted once for each start time."""
    return int(np.bitwise_count(found.bits).sum())


def people_at(instance: Instance, found: Candidates, places: Places, depth: IntArray) -> People:
    """Best ``depth[place]`` arcs of each place, and the tail of the rest."""
    at = np.full((len(instance.slots), int(places.option.max(initial=0)) + 1), -1, dtype=np.int64)
    at[places.slot, places.option] = np.arange(len(places))
    away = known_distance_m(instance, found.pairs)
    points = visit_points(instance, found.pairs.slot, found.pairs.volunteer, away)
    tail = np.full(len(places), NO_ARC, dtype=np.int64)
    rows_list: list[IntArray] = []
    place_list: list[IntArray] = []
    for option in range(at.shape[1]):
        has = (found.bits >> np.uint64(option)) & np.uint64(1) != 0
        rows = np.flatnonzero(has)
        place = at[found.pairs.slot[rows], option]
        rows, place = rows[place >= 0], place[place >= 0]
        begin = np.ones(len(rows), dtype=np.bool_)
        begin[1:] = place[1:] != place[:-1]
        starts = np.flatnonzero(begin)
        rank = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
        inside = rank < depth[place]
        rows_list.append(rows[inside])
        place_list.append(place[inside])
        edge = rank == depth[place]
        tail[place[edge]] = points[rows[edge]]
    empty = np.empty(0, dtype=np.int64)
    row, place = np.concatenate([empty, *rows_list]), np.concatenate([empty, *place_list])
    slot, volunteer = found.pairs.slot[row], found.pairs.volunteer[row]
    worth = points[row] + moved_points(instance, slot, volunteer, places.start_min[place])
    order = np.lexsort((row, -worth, place))
    row, place = row[order], place[order]
    arcs = Arcs(place=place, volunteer=found.pairs.volunteer[row], distance_m=away[row], points=worth[order])
    fields = {name: getattr(places, name) for name in Places.__slots__ if name != "tail"}
    return People(places=Places(**fields, tail=tail), arcs=arcs, depth=depth)
