"""
Visits that are not moved any more: published, and so near that people have arranged their day by them.

A need with a pinned visit keeps it: its pairs are cut down to the pinned ones, and completing it is worth
more than everything else together. Where a rule of today forbids the visit, the pin is lifted, the need is
matched as any other, and the plan says which rule it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.arrays import BitArray, BoolArray, IntArray
from matching.formulation.geometry import distance_m
from matching.formulation.instance import Instance
from matching.formulation.starts import Starts
from matching.rules import ALL_RULES
from matching.rules.base import Pairs, Visits

PIN_NANO = 9 * 10**15
"""Nanopoints for keeping a pinned visit: more than all that it could stand in the way of."""

TIMING = "TIMING"
"""A pin outside the need's windows or the horizon, or a team told different times."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pins:
    """``kept`` marks needs that are tied to their pinned visits; ``lifted`` names the rule for the others."""

    kept: BoolArray
    lifted: dict[int, str]


def pin(
    instance: Instance, starts: Starts, pairs: Pairs, bits: BitArray, *, closed_by: Mapping[int, str]
) -> tuple[Pins, BitArray]:
    """
    Leave pinned needs nothing but their pinned visits.

    Parameters
    ----------
    pairs, bits
        Eligible pairs with a bit for each start time, as of ``Candidates``.
    closed_by
        Needs that a rule keeps out of the round.

    Returns
    -------
    Pins and bits
        A pair with no bit left is to be dropped.
    """
    told, bits = instance.published, bits.copy()
    kept = np.zeros(len(instance.needs), dtype=np.bool_)
    lifted: dict[int, str] = {}
    slots = np.flatnonzero(told.pinned).astype(np.int64)
    for need in np.unique(instance.slots.need[slots]).tolist():
        mine = slots[instance.slots.need[slots] == need]
        rule = closed_by.get(need) or _broken(instance, starts, pairs, bits, need, mine)
        if rule:
            lifted[need] = rule
            continue
        kept[need] = True
        bit = np.uint64(1) << np.uint64(_option(starts, need, int(told.start_min[mine[0]])))
        bits[pairs.need == need] &= bit
        for slot in mine.tolist():
            bits[(pairs.slot == slot) & (pairs.volunteer != told.volunteer[slot])] = 0
    return Pins(kept=kept, lifted=lifted), bits


def _option(starts: Starts, need: int, minute: int) -> int:
    """Number of a start time among those of the need; -1 if it is none of them."""
    options = starts.minute[starts.first[need] : starts.first[need + 1]]
    found = np.flatnonzero(options == minute)
    return int(found[0]) if len(found) else -1


def _broken(
    instance: Instance, starts: Starts, pairs: Pairs, bits: BitArray, need: int, slots: IntArray
) -> str:
    """Rule that forbids one of the need's pinned visits; empty if none does."""
    told = instance.published
    if len(np.unique(told.start_min[slots])) > 1:
        return TIMING
    option = _option(starts, need, int(told.start_min[slots[0]]))
    for slot in slots.tolist():
        there = (pairs.slot == slot) & (pairs.volunteer == told.volunteer[slot])
        free = option >= 0 and bool((bits[there] >> np.uint64(max(option, 0)) & np.uint64(1)).any())
        if not free:
            return _rule_against(instance, need, slot) or TIMING
    return ""


def _rule_against(instance: Instance, need: int, slot: int) -> str:
    """First rule that strikes out the pinned visit itself."""
    needs, people, told = instance.needs, instance.volunteers, instance.published
    volunteer = int(told.volunteer[slot])
    away = distance_m(
        needs.longitude_deg[need : need + 1],
        needs.latitude_deg[need : need + 1],
        people.longitude_deg[volunteer : volunteer + 1],
        people.latitude_deg[volunteer : volunteer + 1],
    )
    known = needs.located[need] and people.located[volunteer]
    pair = Pairs(
        slot=np.array([slot], dtype=np.int64),
        need=np.array([need], dtype=np.int64),
        volunteer=np.array([volunteer], dtype=np.int64),
        distance_m=away if known else np.array([-1], dtype=np.int64),
    )
    start = told.start_min[slot : slot + 1]
    visit = Visits(pairs=pair, start_min=start, end_min=start + needs.duration_min[need])
    for rule in ALL_RULES:
        if rule.pairs is not None and not rule.pairs(instance, pair).all():
            return rule.id
        if rule.visits is not None and not rule.visits(instance, visit).all():
            return rule.id
    return ""
