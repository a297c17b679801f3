"""Models of regions that do not touch, straight as arrays."""

import numpy as np

from matching.arrays import IntArray
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Ceilings,
    Gifts,
    Model,
    People,
    Places,
    Rows,
    Supply,
    Worth,
)

_NONE = np.zeros(0, dtype=np.int64)


def _no_gifts(takers: int) -> Gifts:
    return Gifts(
        taker=_NONE,
        giver=_NONE,
        most=_NONE,
        cost=_NONE,
        asked=np.zeros(takers, dtype=np.int64),
        held=_NONE,
        first=np.zeros(takers + 1, dtype=np.int64),
    )


def _one_each(volunteer: IntArray) -> Rows:
    order = np.argsort(volunteer, kind="stable")
    used, row = np.unique(volunteer[order], return_inverse=True)
    return Rows(
        row=row.astype(np.int64),
        arc=order.astype(np.int64),
        coefficient=np.ones(len(order), dtype=np.int64),
        cap=np.ones(len(used), dtype=np.int64),
        volunteer=used,
    )


def regions(count: int, *, needs: int, people: int, degree: int, seed: int) -> Model:
    """One-place needs, each with ``degree`` arcs to random people of its region, who take one at most."""
    dice = np.random.default_rng(seed)
    n_needs = count * needs
    need = np.arange(n_needs, dtype=np.int64)
    place = np.repeat(need, degree)
    volunteer = place // needs * people + dice.integers(0, people, len(place))
    points = -dice.integers(0, 500, len(place))
    order = np.lexsort((volunteer, -points, place))
    volunteer, points = volunteer[order], points[order]
    every = np.ones(n_needs, dtype=np.bool_)
    zeros = np.zeros(n_needs, dtype=np.int64)
    ceilings = Ceilings(
        row=_NONE, need=_NONE, per_need=_NONE, per_fen=_NONE, cap=_NONE, subject=_NONE, what=[]
    )
    return Model(
        worth=Worth(
            complete=dice.choice([1, 2, 4, 8], n_needs) * 10_000 * NANO, money_credit=zeros, item_credit=_NONE
        ),
        slot_count=np.ones(n_needs, dtype=np.int64),
        item_need=_NONE,
        community=zeros,
        people=People(
            places=Places(
                need=need,
                slot=need,
                option=zeros,
                start_min=zeros,
                end_min=zeros + 60,
                group=need,
                group_need=need,
                tail=np.full(n_needs, NO_ARC),
            ),
            arcs=Arcs(place=place, volunteer=volunteer, distance_m=-points * 100, points=points),
            depth=np.full(n_needs, degree),
        ),
        rows=_one_each(volunteer),
        supply=Supply(
            money=_no_gifts(n_needs), goods=_no_gifts(0), ceilings=ceilings, parts=~every, supplied=every
        ),
        possible=every,
        in_play=every,
        escort_arcs=np.zeros(len(place), dtype=np.bool_),
        adult_arcs=np.ones(len(place), dtype=np.bool_),
    )
