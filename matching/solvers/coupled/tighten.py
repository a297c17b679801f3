"""
What follows from whole numbers, said to the relaxation before it is solved.

Needs that can never be funded or staffed are closed, and ceilings over whole needs get the cover inequalities
of their knapsacks (Balas, Math Program 8, 1975): of needs that cannot all be complete, one stays out.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.model import NO_ARC, Ceilings, Model

_MOST_MEMBERS = 10  # of a ceiling whose covers are listed
_MOST_COVERS = 40  # a ceiling


def tightened(model: Model) -> Model:
    """Give the same plans with fewer open needs and more ceilings; the rows there were keep their numbers."""
    possible = model.possible & ~_never(model)
    supply = replace(model.supply, ceilings=_with_covers(model, possible))
    return replace(model, possible=possible, supply=supply)


def _never(model: Model) -> BoolArray:
    """Needs whose money, goods, ceilings or slots cannot be met even if they were alone."""
    supply = model.supply
    never = supply.money.reachable < supply.money.asked
    never[model.item_need[supply.goods.reachable < supply.goods.asked]] = True
    ceilings = supply.ceilings
    alone = ceilings.per_need + ceilings.per_fen * supply.money.asked[ceilings.need]
    never[ceilings.need[alone > ceilings.cap[ceilings.row]]] = True
    places = model.people.places
    filled = np.bincount(model.people.arcs.place, minlength=len(places)) > 0
    filled |= places.tail != NO_ARC
    open_group = np.ones(len(places.group_need), dtype=np.bool_)
    open_group[places.group[~filled]] = False
    staffed = ~model.has_slots
    staffed[places.group_need[open_group]] = True
    return never | ~staffed


def _with_covers(model: Model, possible: BoolArray) -> Ceilings:
    ceilings = model.supply.ceilings
    if not len(ceilings):
        return ceilings
    weight = ceilings.per_need + ceilings.per_fen * model.supply.money.asked[ceilings.need]
    order = np.lexsort((ceilings.need, -weight, ceilings.row))
    order = order[possible[ceilings.need[order]] & (weight[order] > 0)]
    cuts = np.flatnonzero(np.diff(ceilings.row[order])) + 1
    row: list[int] = []
    need: list[int] = []
    cap: list[int] = []
    of: list[int] = []
    for members in np.split(order, cuts):
        if not 2 <= len(members) <= _MOST_MEMBERS:
            continue
        mother = int(ceilings.row[members[0]])
        for inside, most in covers(weight[members].tolist(), int(ceilings.cap[mother])):
            row.extend([len(ceilings) + len(cap)] * len(inside))
            need.extend(ceilings.need[members[inside]].tolist())
            cap.append(most)
            of.append(mother)
    return _joined(ceilings, row, need, cap, of)


def covers(weights: list[int], cap: int) -> list[tuple[list[int], int]]:
    """
    Extended minimal covers of a knapsack: (members, how many of them at most).

    Parameters
    ----------
    weights
        Heaviest first.
    cap
        What may be carried.
    """
    found: list[tuple[list[int], int]] = []
    for size in range(2, len(weights) + 1):
        for cover in combinations(range(len(weights)), size):
            total = sum(weights[at] for at in cover)
            if total <= cap or total - weights[cover[-1]] > cap:
                continue  # not a cover, or not a minimal one
            extended = [*range(cover[0]), *cover]
            if any(most == size - 1 and set(extended) <= set(other) for other, most in found):
                continue
            found = [
                (other, most)
                for other, most in found
                if not (most == size - 1 and set(other) <= set(extended))
            ]
            found.append((extended, size - 1))
            if len(found) >= _MOST_COVERS:
                return found
    return found


def _joined(ceilings: Ceilings, row: list[int], need: list[int], cap: list[int], of: list[int]) -> Ceilings:
    def with_(old: IntArray, new: list[int]) -> IntArray:
        return np.concatenate([old, np.array(new, dtype=np.int64)])

    return Ceilings(
        row=with_(ceilings.row, row),
        need=with_(ceilings.need, need),
        per_need=with_(ceilings.per_need, [1] * len(need)),
        per_fen=with_(ceilings.per_fen, [0] * len(need)),
        cap=with_(ceilings.cap, cap),
        subject=with_(ceilings.subject, ceilings.subject[of].tolist() if of else []),
        what=[*ceilings.what, *(ceilings.what[mother] for mother in of)],
    )
