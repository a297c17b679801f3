"""A problem whose start times are written down, so that two rounds can be compared on the same grid."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from matching.arrays import IntArray
from matching.formulation.instance import Instance
from matching.formulation.starts import Starts, popular_starts
from matching.policy import Policy
from matching.problem import TABLES, Problem

_MOST_STARTS = 64


def pinned(
    problem: Problem, policy: Policy, instance: Instance, starts: Starts, *, also: Sequence[int] = ()
) -> tuple[Problem, Policy]:
    """
    Write the start times of a model into the needs' windows, so that no change of people moves them.

    Parameters
    ----------
    also
        Epoch minutes at which needs without windows may begin too.

    Notes
    -----
    Needs without start times that name no window, being kept out of the round, get the moments that suit most
    people.
    """
    needs, counts = instance.needs, starts.count()
    windowless = np.diff(instance.need_windows.first) == 0
    staffed = (np.diff(instance.slots.first) > 0) & (needs.duration_min > 0)
    owners, begins = [np.repeat(np.arange(len(needs)), counts)], [starts.minute]

    def add(need: int, minutes: IntArray) -> None:
        owners.append(np.full(len(minutes), need))
        begins.append(minutes)

    closed = np.flatnonzero((counts == 0) & windowless & staffed).tolist()
    moments = {
        minutes: popular_starts(instance, minutes)
        for minutes in {int(needs.duration_min[need]) for need in closed}
    }
    for need in closed:
        add(need, moments[int(needs.duration_min[need])])
    if also:
        for need in np.flatnonzero(windowless & staffed).tolist():
            last = instance.horizon_end_min - int(needs.duration_min[need])
            held = set(starts.minute[starts.first[need] : starts.first[need + 1]].tolist())
            fits = [m for m in also if instance.earliest_min <= m <= last and m not in held]
            add(need, np.array(fits[: _MOST_STARTS - len(held)], dtype=np.int64))
    owner, begin = np.concatenate(owners).astype(np.int64), np.concatenate(begins).astype(np.int64)
    frame = pl.DataFrame(
        {
            "need_id": [needs.ids[need] for need in owner.tolist()],
            "start_min": begin,
            "end_min": begin + needs.duration_min[owner],
        },
        schema=dict(TABLES["need_windows"]),
    )
    gridded = frame["need_id"].unique().to_list()
    kept = problem.need_windows.filter(~pl.col("need_id").is_in(gridded))
    grid = policy.starts.model_copy(update={"most_in_windows": _MOST_STARTS})
    return (
        replace(problem, need_windows=pl.concat([kept, frame])),
        policy.model_copy(update={"starts": grid}),
    )
