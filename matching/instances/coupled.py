"""
Coupled instances for the optimiser: hours, overlapping visits, teams and scarce money at once.

Needs lie in towns of unequal size; each asks for one or two people with a skill at a fixed time, and half of
them ask for money that must come whole, from funds with a purpose, a region and a cap a case, under a cap a
household. Nothing real is in them; equal arguments give equal arrays.
"""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray, offsets, ranges
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
from matching.numerics import Neighbours

SIZES = {"coupled-500": 500, "coupled-2k": 2_000, "coupled-10k": 10_000, "coupled-100k": 100_000}
"""Needs by the name of the size; there are 30 volunteers for 100 needs."""

_SKILLS = 12
_DAYS = 6
_PURPOSES = 6
_REGION_NEEDS = 2_000
_FUNDS_A_REGION = 8
_NATIONAL_FUNDS = 3
_ASKED_AROUND = 64  # nearest people with the skill that are looked at
_CANDIDATES = 17
_UNMET_POINTS = 10_000  # times urgency
_MINUTES_A_DAY = 1_440
_FUNDED_SHARE = 0.3  # of all money asked
_NATIONAL_SHARE = 0.2  # of all money held


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Needs:
    spot: FloatArray  # (needs, 2) in metres
    region: IntArray
    town: IntArray
    urgency: IntArray
    start_min: IntArray
    end_min: IntArray
    slots: IntArray
    money_fen: IntArray
    purpose: IntArray
    household: IntArray


def coupled(needs: int, seed: int) -> Model:
    """
    Make an instance with the given number of needs, as one large model.

    Parameters
    ----------
    needs
        How many; people, towns and funds follow in proportion.
    seed
        Equal seeds give equal arrays.
    """
    dice = np.random.default_rng([seed, needs])
    side_m = 300_000.0 * float(np.sqrt(needs / 100_000))
    n_towns = max(3, needs // 250)
    centres = dice.uniform(0, side_m, size=(n_towns, 2))
    size = dice.pareto(1.2, size=n_towns) + 1
    drawn = _draw_needs(dice, needs, centres, size / size.sum())
    places = _places_of(drawn)
    arcs, volunteer_cap = _draw_people(dice, needs * 3 // 10, places, drawn, centres, size / size.sum())
    supply = _draw_supply(dice, drawn)
    filled = np.bincount(arcs.place, minlength=len(places)) > 0
    staffed = np.ones(needs, dtype=np.bool_)
    staffed[places.need[~filled]] = False
    possible = supply.supplied & staffed
    return Model(
        worth=Worth(
            complete=drawn.urgency * _UNMET_POINTS * NANO,
            money_credit=np.zeros(needs, dtype=np.int64),
            item_credit=np.zeros(0, dtype=np.int64),
        ),
        slot_count=drawn.slots,
        item_need=np.zeros(0, dtype=np.int64),
        community=drawn.town,
        people=People(places=places, arcs=arcs, depth=np.bincount(arcs.place, minlength=len(places))),
        rows=_rows_of(arcs, places, volunteer_cap),
        supply=supply,
        possible=possible,
        in_play=possible,
        escort_arcs=np.zeros(len(arcs), dtype=np.bool_),
        adult_arcs=np.ones(len(arcs), dtype=np.bool_),
    )


def _draw_needs(dice: np.random.Generator, count: int, centres: FloatArray, share: FloatArray) -> _Needs:
    town = dice.choice(len(share), size=count, p=share).astype(np.int64)
    spot = centres[town] + dice.normal(0, 3_000, size=(count, 2))
    region_of_town = np.argsort(np.argsort(centres[:, 0])) * max(1, count // _REGION_NEEDS) // len(share)
    start = dice.integers(0, _DAYS, count) * _MINUTES_A_DAY + dice.integers(16, 36, count) * 30
    length = dice.choice([60, 90, 120, 180, 240], size=count, p=[0.25, 0.2, 0.3, 0.15, 0.1])
    asked_fen = np.rint(dice.lognormal(np.log(200_000), 0.8, count) / 100).astype(np.int64) * 100
    return _Needs(
        spot=spot,
        region=region_of_town[town].astype(np.int64),
        town=town,
        urgency=dice.choice([1, 2, 4, 8], size=count, p=[0.4, 0.3, 0.2, 0.1]).astype(np.int64),
        start_min=start.astype(np.int64),
        end_min=(start + length).astype(np.int64),
        slots=np.where(dice.random(count) < 0.15, 2, 1).astype(np.int64),
        money_fen=np.where(dice.random(count) < 0.5, np.clip(asked_fen, 20_000, 2_000_000), 0),
        purpose=dice.integers(0, _PURPOSES, count),
        household=dice.integers(0, max(1, count * 7 // 10), count),
    )


def _places_of(needs: _Needs) -> Places:
    need = np.repeat(np.arange(len(needs.slots), dtype=np.int64), needs.slots)
    return Places(
        need=need,
        slot=ranges(needs.slots),
        option=np.zeros(len(need), dtype=np.int64),
        start_min=needs.start_min[need],
        end_min=needs.end_min[need],
        group=need,
        group_need=np.arange(len(needs.slots), dtype=np.int64),
        tail=np.full(len(need), NO_ARC, dtype=np.int64),
    )


def _draw_people(
    dice: np.random.Generator,
    count: int,
    places: Places,
    needs: _Needs,
    centres: FloatArray,
    share: FloatArray,
) -> tuple[Arcs, IntArray]:
    """Arcs to the nearest able and willing people, and everybody's minutes."""
    spot = centres[dice.choice(len(share), size=count, p=share)] + dice.normal(0, 4_000, size=(count, 2))
    able = dice.random((count, _SKILLS)) < 0.25
    free = dice.random((count, _DAYS)) < 0.5
    radius_m = np.exp(dice.uniform(np.log(3_000), np.log(40_000), count))
    minutes = dice.integers(6, 21, count) * 30
    skill = dice.integers(0, _SKILLS, len(places))
    day = places.start_min // _MINUTES_A_DAY
    nothing = np.zeros(0, dtype=np.int64)
    at_place, who, metres = [nothing], [nothing], [np.zeros(0)]
    for number in range(_SKILLS):
        people = np.flatnonzero(able[:, number])
        mine = np.flatnonzero(skill == number)
        if not len(people) or not len(mine):
            continue
        far, near = Neighbours(spot[people]).nearest(needs.spot[places.need[mine]], _ASKED_AROUND)
        person = people[near]
        usable = np.isfinite(far) & (far <= radius_m[person]) & free[person, day[mine][:, None]]
        usable &= np.cumsum(usable, axis=1) <= _CANDIDATES
        row, column = np.nonzero(usable)
        at_place.append(mine[row])
        who.append(person[row, column])
        metres.append(far[row, column])
    place, volunteer = np.concatenate(at_place), np.concatenate(who)
    distance_m = np.rint(np.concatenate(metres)).astype(np.int64)
    points = -(distance_m // 100 + dice.integers(0, 50, len(place)))
    order = np.lexsort((volunteer, -points, place))
    arcs = Arcs(
        place=place[order],
        volunteer=volunteer[order].astype(np.int64),
        distance_m=distance_m[order],
        points=points[order],
    )
    return arcs, minutes.astype(np.int64)


def _rows_of(arcs: Arcs, places: Places, minutes: IntArray) -> Rows:
    """Hours of each volunteer, and a row for each maximal set of visits that overlap."""
    start, end = places.start_min[arcs.place], places.end_min[arcs.place]
    load = np.bincount(arcs.volunteer, weights=end - start, minlength=len(minutes))
    tight = np.flatnonzero(load > minutes)
    row_of = np.full(len(minutes), -1, dtype=np.int64)
    row_of[tight] = np.arange(len(tight))
    bound = np.flatnonzero(row_of[arcs.volunteer] >= 0)
    clique, member, owner = _cliques(arcs.volunteer, start, end)
    count = len(owner)
    return Rows(
        row=np.concatenate([row_of[arcs.volunteer[bound]], len(tight) + clique]),
        arc=np.concatenate([bound, member]),
        coefficient=np.concatenate([(end - start)[bound], np.ones(len(member), dtype=np.int64)]),
        cap=np.concatenate([minutes[tight], np.ones(count, dtype=np.int64)]),
        volunteer=np.concatenate([tight, owner]).astype(np.int64),
    )


def _cliques(volunteer: IntArray, start: IntArray, end: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Maximal sets of overlapping intervals a volunteer: (set, arc) entries and the volunteer of each set."""
    horizon = int(end.max(initial=0)) + 1
    moments, at = np.unique(volunteer * horizon + start, return_inverse=True)
    last = np.searchsorted(moments, volunteer * horizon + end)  # moments before the end
    count = (last - at).astype(np.int64)
    arc = np.repeat(np.arange(len(volunteer), dtype=np.int64), count)
    moment = np.repeat(at.astype(np.int64), count) + ranges(count)
    # A set is maximal if one of its visits ends before the volunteer's next one begins.
    ends_here = np.zeros(len(moments), dtype=np.bool_)
    ends_here[last - 1] = True
    size = np.bincount(moment, minlength=len(moments))
    kept = np.flatnonzero(ends_here & (size >= 2))
    to = np.full(len(moments), -1, dtype=np.int64)
    to[kept] = np.arange(len(kept))
    inside = to[moment] >= 0
    return to[moment[inside]], arc[inside], moments[kept] // horizon


def _draw_supply(dice: np.random.Generator, needs: _Needs) -> Supply:
    count = len(needs.slots)
    n_regions = int(needs.region.max(initial=0)) + 1
    region = np.concatenate([np.repeat(np.arange(n_regions), _FUNDS_A_REGION), np.full(_NATIONAL_FUNDS, -1)])
    n_funds = len(region)
    accepts = dice.random((n_funds, _PURPOSES)) < 0.15
    accepts[np.arange(n_funds), dice.integers(0, _PURPOSES, n_funds)] = True
    case_cap = dice.choice([100_000, 200_000, 400_000, 2_000_000], size=n_funds, p=[0.2, 0.3, 0.3, 0.2])
    flexible = accepts.sum(axis=1) > 1
    total = int(needs.money_fen.sum()) * _FUNDED_SHARE
    weight = dice.gamma(2.0, 1.0, n_funds)
    national = region < 0
    weight[national] *= _NATIONAL_SHARE / weight[national].sum()
    weight[~national] *= (1 - _NATIONAL_SHARE) / weight[~national].sum()
    held = np.rint(total * weight).astype(np.int64)
    asking = np.flatnonzero(needs.money_fen > 0)
    # regional funds first, then the national ones: few enough to try each against every need of its reach
    pairs = [
        (asking[open_], np.full(int(open_.sum()), fund))
        for fund in range(n_funds)
        for open_ in [
            accepts[fund, needs.purpose[asking]]
            & ((region[fund] < 0) | (needs.region[asking] == region[fund]))
        ]
    ]
    taker = np.concatenate([pair[0] for pair in pairs])
    giver = np.concatenate([pair[1] for pair in pairs])
    order = np.lexsort((giver, taker))
    taker, giver = taker[order], giver[order]
    asked = needs.money_fen
    most = np.minimum(np.minimum(asked[taker], case_cap[giver]), held[giver])
    gifts = Gifts(
        taker=taker,
        giver=giver,
        most=most,
        cost=np.where(flexible[giver], 20 * NANO // np.maximum(asked[taker], 1), 0),
        asked=asked,
        held=held,
        first=offsets(taker, count),
    )
    ceilings = _ceilings_of(needs)
    fits = np.ones(count, dtype=np.bool_)
    fits[ceilings.need[asked[ceilings.need] > ceilings.cap[ceilings.row]]] = False
    return Supply(
        money=gifts,
        goods=_no_goods(),
        ceilings=ceilings,
        parts=np.zeros(count, dtype=np.bool_),
        supplied=(gifts.reachable >= asked) & fits,
    )


def _no_goods() -> Gifts:
    nothing = np.zeros(0, dtype=np.int64)
    return Gifts(
        taker=nothing,
        giver=nothing,
        most=nothing,
        cost=nothing,
        asked=nothing,
        held=nothing,
        first=np.zeros(1, dtype=np.int64),
    )


def _ceilings_of(needs: _Needs) -> Ceilings:
    """All money of a household together; only where several of its needs could break the cap."""
    cap_fen = 800_000
    asked = np.bincount(needs.household, weights=needs.money_fen).astype(np.int64)
    over: BoolArray = asked > cap_fen
    number = np.cumsum(over) - 1
    members = np.flatnonzero(over[needs.household] & (needs.money_fen > 0))
    row = number[needs.household[members]].astype(np.int64)
    ones = np.ones(len(members), dtype=np.int64)
    count = int(over.sum())
    return Ceilings(
        row=row,
        need=members.astype(np.int64),
        per_need=ones * 0,
        per_fen=ones,
        cap=np.full(count, cap_fen, dtype=np.int64),
        subject=np.flatnonzero(over).astype(np.int64),
        what=["TOTAL"] * count,
    )
