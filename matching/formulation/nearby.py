"""Where people and needs stand on a grid, as the search for neighbours reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.arrays import BoolArray, offsets
from matching.formulation.geometry import plane
from matching.formulation.instance import Instance
from matching.formulation.starts import Starts

if TYPE_CHECKING:
    from matching.formulation.pair_kernels import Calls, Grid, People

_MOST_SQUARES = 256  # a side
_SQUARES_A_REACH = 3  # finer squares hold fewer people who are too far, coarser ones are fewer to visit


def search_of(instance: Instance, starts: Starts) -> tuple[Calls, People, Grid]:
    """
    Lay volunteers and slots out for :func:`~matching.formulation.pair_kernels.near`.

    Skills are numbered as in ``Volunteers.able``; the last number stands for slots that ask for none.
    """
    from matching.formulation.pair_kernels import Calls, People  # noqa: PLC0415 - compiled

    needs, slots, volunteers = instance.needs, instance.slots, instance.volunteers
    latitudes = np.concatenate(
        [needs.latitude_deg[needs.located], volunteers.latitude_deg[volunteers.located]]
    )
    reference = float(np.abs(latitudes).max(initial=0.0))
    people = People(
        points_m=plane(volunteers.longitude_deg, volunteers.latitude_deg, reference),
        radius_m=volunteers.radius_m,
        region=volunteers.region,
    )
    anybody = len(instance.skill_codes)
    calls = Calls(
        points_m=plane(needs.longitude_deg, needs.latitude_deg, reference)[slots.need],
        located=needs.located[slots.need],
        skill=np.where(slots.skill_index < 0, anybody, slots.skill_index),
        region=needs.region[slots.need],
        open=starts.count()[slots.need] > 0,
    )
    everybody = np.ones((len(volunteers), 1), dtype=np.bool_)
    able = np.concatenate([volunteers.able, everybody], axis=1)
    return calls, people, _grid(people, able, volunteers.located)


def _grid(people: People, able: BoolArray, located: BoolArray) -> Grid:
    from matching.formulation.pair_kernels import Grid  # noqa: PLC0415 - compiled

    placed = people.points_m[located]
    reach = float(people.radius_m[located].max(initial=0)) * 1.001 + 1
    west, south = placed.min(axis=0) if len(placed) else (0.0, 0.0)
    east, north = placed.max(axis=0) if len(placed) else (0.0, 0.0)
    side = max(reach / _SQUARES_A_REACH, (east - west) / _MOST_SQUARES, (north - south) / _MOST_SQUARES)
    columns, rows = int((east - west) // side) + 1, int((north - south) // side) + 1
    column = ((people.points_m[:, 0] - west) // side).astype(np.int64)
    row = ((people.points_m[:, 1] - south) // side).astype(np.int64)
    skill, person = np.nonzero(able.T)
    placed_there = located[person]
    at = (row * columns + column)[person] + skill * (columns * rows)
    order = np.lexsort((person[placed_there], at[placed_there]))
    first = offsets(at[placed_there][order], able.shape[1] * columns * rows)
    ends = first.reshape(-1)[:-1].reshape(able.shape[1], columns * rows)
    return Grid(
        west_m=float(west),
        south_m=float(south),
        side_m=float(side),
        columns=columns,
        rows=rows,
        reach_m=reach,
        first=np.concatenate([ends, np.append(ends[1:, :1], [[first[-1]]], axis=0)], axis=1),
        person=person[placed_there][order].astype(np.int64),
        loose_first=offsets(skill[~placed_there], able.shape[1]),
        loose=person[~placed_there].astype(np.int64),
        able_first=offsets(skill, able.shape[1]),
        able=person.astype(np.int64),
    )
