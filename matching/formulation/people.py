"""
The people side of the model: places to fill, and the arcs that may fill them.

A *place* is a slot at one of its need's start times; a *group* is all places of a need at one start time,
filled together or not at all. Only the best arcs of each place enter (its depth); the best arc left
out is kept as the place's ``tail``, and the bound counts it, so leaving arcs out never makes a bound too
low.
"""

import numpy as np

from matching.arrays import IntArray, set_bits
from matching.formulation.candidates import Candidates, known_distance_m
from matching.formulation.instance import Instance
from matching.formulation.objective import moved_points, visit_points
from matching.model import NO_ARC, Arcs, People, Places


def full_places(instance: Instance, found: Candidates) -> Places:
    """Every place that somebody can fill, in groups that can be filled whole."""
    slots, starts = instance.slots, found.starts
    at_slot = np.zeros(len(slots), dtype=np.uint64)  # times at which anybody could come
    taken = np.flatnonzero(np.diff(found.first))
    if len(taken):
        at_slot[taken] = np.bitwise_or.reduceat(found.bits, found.first[taken])
    at_need = np.zeros(len(instance.needs), dtype=np.uint64)  # times at which every slot has somebody
    asking = np.flatnonzero(np.diff(slots.first))
    if len(asking):
        at_need[asking] = np.bitwise_and.reduceat(at_slot, slots.first[asking])
    slot, option = set_bits(at_need[slots.need])
    order = np.lexsort((slot, option, slots.need[slot]))
    slot, option = slot[order], option[order]
    need = slots.need[slot]
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
    from matching.formulation.pair_kernels import nearest_arcs  # noqa: PLC0415 - compiled

    at = np.full((len(instance.slots), int(places.option.max(initial=0)) + 1), -1, dtype=np.int64)
    at[places.slot, places.option] = np.arange(len(places))
    first, row, edge = nearest_arcs(found.bits, found.pairs.slot, at, depth)
    place = np.repeat(np.arange(len(places), dtype=np.int64), np.diff(first))
    pairs = found.pairs.where(row)
    away = known_distance_m(instance, pairs)
    points = visit_points(instance, pairs.slot, pairs.volunteer, away)
    points += moved_points(instance, pairs.slot, pairs.volunteer, places.start_min[place])
    order = np.lexsort((np.arange(len(row)), -points, place))
    arcs = Arcs(place=place, volunteer=pairs.volunteer[order], distance_m=away[order], points=points[order])
    tail = np.full(len(places), NO_ARC, dtype=np.int64)
    cut = np.flatnonzero(edge >= 0)
    left = found.pairs.where(edge[cut])
    tail[cut] = visit_points(instance, left.slot, left.volunteer, known_distance_m(instance, left))
    fields = {name: getattr(places, name) for name in Places.__slots__ if name != "tail"}
    return People(places=Places(**fields, tail=tail), arcs=arcs, depth=depth)
