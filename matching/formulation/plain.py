"""Assignments given as bare arrays, written as a model: one person a need, so many needs a volunteer."""

import numpy as np

from matching.arrays import IntArray
from matching.model import (
    NO_ARC,
    Arcs,
    Model,
    People,
    Places,
    Rows,
    Worth,
    no_supply,
)


def assignment_model(
    need: IntArray, volunteer: IntArray, cost: IntArray, complete: IntArray, rows: Rows, community: IntArray
) -> Model:
    """
    Each need takes one person or none.

    Parameters
    ----------
    need, volunteer, cost
        By pair, sorted by need; costs in points, not negative.
    complete
        Nanopoints by need for being served.
    rows
        What binds the volunteers, over the pairs as they will stand (:func:`by_cost`).
    community
        By need, -1 for none.
    """
    n_needs = len(complete)
    served = np.unique(need)
    nothing = np.empty(0, dtype=np.int64)
    place = np.searchsorted(served, need)
    zeros, flags = np.zeros(len(served), dtype=np.int64), np.zeros(len(need), dtype=np.bool_)
    possible = np.zeros(n_needs, dtype=np.bool_)
    possible[served] = True
    return Model(
        worth=Worth(complete=complete, money_credit=np.zeros(n_needs, dtype=np.int64), item_credit=nothing),
        slot_count=np.ones(n_needs, dtype=np.int64),
        item_need=nothing,
        community=community,
        people=People(
            places=Places(
                need=served,
                slot=served,
                option=zeros,
                start_min=zeros,
                end_min=zeros,
                group=np.arange(len(served), dtype=np.int64),
                group_need=served,
                tail=np.full(len(served), NO_ARC, dtype=np.int64),
            ),
            arcs=Arcs(place=place, volunteer=volunteer, distance_m=np.zeros_like(need), points=-cost),
            depth=np.bincount(place, minlength=len(served)).astype(np.int64),
        ),
        rows=rows,
        supply=no_supply(n_needs),
        possible=possible,
        in_play=possible,
        escort_arcs=flags,
        adult_arcs=~flags,
    )


def by_cost(need: IntArray, volunteer: IntArray, cost: IntArray) -> IntArray:
    """Order of pairs that a model keeps: by need, cheapest first."""
    return np.lexsort((volunteer, cost, need)).astype(np.int64)


def capacity_rows(volunteer: IntArray, capacity: IntArray) -> Rows:
    """One row a volunteer: at most ``capacity`` of its pairs."""
    return Rows(
        row=volunteer,
        arc=np.arange(len(volunteer), dtype=np.int64),
        coefficient=np.ones(len(volunteer), dtype=np.int64),
        cap=capacity,
        volunteer=np.arange(len(capacity), dtype=np.int64),
    )
