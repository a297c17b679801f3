"""The nearest willing and able people of every need, found for all needs at once."""

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray
from matching.numerics import Neighbours

_FIRST_ASK = 1.6  # neighbours asked for at first, as a multiple of those wanted
_CHUNK_CELLS = 2_000_000


def nearest_pairs(
    need_xy: FloatArray,
    skill: IntArray,
    volunteer_xy: FloatArray,
    skills: BoolArray,
    radius_m: FloatArray,
    *,
    most: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    """
    The ``most`` nearest volunteers of each need who have its skill and would go that far.

    Parameters
    ----------
    need_xy, volunteer_xy
        Metres on a plane, shapes (needs, 2) and (volunteers, 2).
    skill, skills
        Number of the skill by need; who has which, shape (volunteers, skills).
    radius_m
        How far each volunteer goes.

    Returns
    -------
    tuple of arrays
        Need, volunteer and metres of each pair, sorted by (need, metres, volunteer).
    """
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    for wanted in np.unique(skill).tolist():
        asking = np.flatnonzero(skill == wanted).astype(np.int64)
        able = np.flatnonzero(skills[:, wanted]).astype(np.int64)
        if len(able):
            found += _of_skill(need_xy, asking, volunteer_xy[able], radius_m[able], able, most=most)
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0)
    need = np.concatenate([pairs[0] for pairs in found])
    order = np.argsort(need, kind="stable")
    volunteer, metres = (np.concatenate([pairs[column] for pairs in found])[order] for column in (1, 2))
    return need[order], volunteer.astype(np.int64), metres.astype(np.float64)


def _of_skill(
    need_xy: FloatArray,
    asking: IntArray,
    able_xy: FloatArray,
    reach_m: FloatArray,
    able: IntArray,
    *,
    most: int,
) -> list[tuple[IntArray, IntArray, FloatArray]]:
    """Ask for a few more neighbours than wanted, and for more where too many of them would not go so far."""
    tree, farthest = Neighbours(able_xy), float(reach_m.max())
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    ask = min(len(able), int(most * _FIRST_ASK) + 1)
    while len(asking):
        again: list[IntArray] = []
        step = max(1, _CHUNK_CELLS // ask)
        for begin in range(0, len(asking), step):
            some = asking[begin : begin + step]
            metres, who = tree.nearest_within(need_xy[some], ask, farthest)
            near = who < len(able)
            goes = near & (metres <= reach_m[np.where(near, who, 0)])
            count = np.minimum(goes.sum(axis=1), most)
            settled = (count == most) | ~near[:, -1] | (ask == len(able))
            again.append(some[~settled])
            goes &= settled[:, None] & (np.cumsum(goes, axis=1) <= most)
            found.append((np.repeat(some, goes.sum(axis=1)), able[who[goes]], metres[goes]))
        asking = np.concatenate(again)
        ask = min(len(able), ask * 3)
    return found
