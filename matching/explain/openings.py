"""
Where one more volunteer would matter: visits by town, day and skill, with what each could earn at the prices.

A volunteer who joins at no price and no travel earns in a slot what its need is worth without that slot's
cost, less what the need is worth already. No plan gains more by the volunteer than the best day of such
visits, so the sum is an upper end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray
from matching.explain.visits import best_day
from matching.formulation.build import Formulation
from matching.formulation.instance import civil_day
from matching.model import NANO, NO_ARC, Draft, Model
from matching.rules.view import related_paths
from matching.solvers.bound import Prices

_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opening:
    """A volunteer who is not there: skill, town and day, with the needs they could serve (``touched``)."""

    skill: str | None
    licences: tuple[str, ...]
    region_path: str
    day: int
    highest: int
    touched: IntArray
    waiting: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seats:
    """Slots at start times that one more person could take."""

    need: IntArray
    slot: IntArray
    start: IntArray
    gain: IntArray


def openings(
    made: Formulation, draft: Draft, prices: Prices, complete: IntArray, best: IntArray
) -> list[Opening]:
    """
    Give the openings of most worth.

    Parameters
    ----------
    complete, best
        By need, at the prices: worth when complete but for its people, and the best it earns.
    """
    seats = _joined(made, complete, best, [*_taken(made.model, prices), *_empty(made)])
    found = list(_grouped(made, draft, seats))
    found.sort(key=lambda opening: (-opening.highest, opening.region_path, opening.day, opening.skill or ""))
    return found[:_MOST]


def _taken(model: Model, prices: Prices) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Give slot, option and worth of the other slots, where a team could be found already."""
    places, arcs, rows = model.people.places, model.people.arcs, model.rows
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, rows.arc, rows.coefficient * prices.people[rows.row])
    first = np.where(places.tail == NO_ARC, -(2**55), places.tail * NANO)
    np.maximum.at(first, arcs.place, np.maximum(arcs.points * NANO - paid, -(2**55)))
    together = np.zeros(len(places.group_need), dtype=np.int64)
    np.add.at(together, places.group, first)
    yield places.slot, places.option, together[places.group] - first


def _empty(made: Formulation) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Give slots that alone keep their need from a team at a start time."""
    found, slots = made.found, made.instance.slots
    options = found.starts.count()
    size = np.diff(slots.first)
    for option in range(int(options.max(initial=0))):
        rows = (found.bits >> np.uint64(option)) & np.uint64(1) != 0
        there = np.bincount(found.pairs.slot[rows], minlength=len(slots)) > 0
        filled = np.zeros(len(size), dtype=np.int64)
        np.add.at(filled, slots.need, there)
        lonely = ~there & (size[slots.need] - filled[slots.need] == 1) & (options[slots.need] > option)
        slot = np.flatnonzero(lonely).astype(np.int64)
        yield slot, np.full(len(slot), option, dtype=np.int64), np.zeros(len(slot), dtype=np.int64)


def _joined(
    made: Formulation,
    complete: IntArray,
    best: IntArray,
    parts: list[tuple[IntArray, IntArray, IntArray]],
) -> _Seats:
    slot, option, others = (np.concatenate(column) for column in zip(*parts, strict=True))
    need = made.instance.slots.need[slot]
    able = made.found.open_needs[need] & made.model.supply.supplied[need]
    slot, option, others, need = slot[able], option[able], others[able], need[able]
    starts = made.found.starts
    return _Seats(
        need=need,
        slot=slot,
        start=starts.minute[starts.first[need] + option],
        gain=complete[need] + np.minimum(others, 0) - best[need],
    )


def _grouped(made: Formulation, draft: Draft, seats: _Seats) -> Iterator[Opening]:
    instance = made.instance
    towns, town = np.unique(np.array(instance.needs.community, dtype=np.str_), return_inverse=True)
    of_seat, day = town[seats.need], civil_day(seats.start)
    skill = instance.slots.skill_index[seats.slot]
    useful = seats.gain > 0
    for path_index, path in enumerate(towns.tolist()):
        near = [index for index, other in enumerate(towns.tolist()) if related_paths(path, other)]
        here = np.isin(of_seat, near)
        for number in np.unique(day[useful & (of_seat == path_index)]).tolist():
            today = here & (day == number)
            asked = np.unique(skill[today & useful & (of_seat == path_index)]).tolist()
            for code in asked:
                rows = np.flatnonzero(today & ((skill == code) | (skill < 0)))
                opening = _opening(made, draft, seats, rows, path, number)
                if opening is not None:
                    yield opening


def _opening(
    made: Formulation, draft: Draft, seats: _Seats, rows: IntArray, path: str, day: int
) -> Opening | None:
    slots = made.instance.slots
    need, gain, start = seats.need[rows], seats.gain[rows], seats.start[rows]
    paying = gain > 0
    highest = best_day(
        need[paying], gain[paying], start[paying], made.instance.needs.duration_min[need[paying]]
    )
    waiting = need[paying & ~draft.complete[need]]
    if not len(waiting):
        return None
    most = np.zeros(len(made.model), dtype=np.int64)
    np.maximum.at(most, need, gain)
    waiting = np.unique(waiting)
    names = {slots.skill[slot] for slot in seats.slot[rows].tolist()} - {None}
    licences = {code for slot in seats.slot[rows].tolist() if (code := slots.licence[slot]) is not None}
    return Opening(
        skill=min((name for name in names if name is not None), default=None),
        licences=tuple(sorted(licences)),
        region_path=path,
        day=day,
        highest=highest,
        touched=np.unique(need),
        waiting=waiting[np.lexsort((waiting, -most[waiting]))],
    )
