"""Models of needs that each ask for one person, and of jobs that agents do at a cost."""

from collections.abc import Sequence

import numpy as np

from domain.errors import UnreadableFileError
from matching.arrays import IntArray
from matching.files.model import Measure, ModelFile
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Labels,
    Model,
    People,
    Places,
    Rows,
    Worth,
    no_supply,
)

_LEAST_PENALTY = 100_000


def jobs_model(
    *,
    name: str,
    job: IntArray,
    agent: IntArray,
    cost: IntArray,
    n_jobs: int,
    rows: Rows,
    labels: Labels,
) -> ModelFile:
    """
    Make the model of jobs that are each to be done once, at the least cost.

    A job is a need with one slot, an agent a volunteer, a pair an arc. A job left undone costs more than any
    choice of agents for one could save, up to where that would leave the range of exact sums; a plan that
    does all jobs is the best of those whatever the penalty.

    Parameters
    ----------
    job, agent, cost
        By pair, sorted by (job, cost, agent); equal lengths.
    rows
        Capacities, over those pairs.
    """
    least = min(0, int(cost.min(initial=0)))
    points = least - cost  # never positive
    dearest = np.zeros(n_jobs, dtype=np.int64)
    np.maximum.at(dearest, job, -points)
    penalty = min(int(dearest.sum()) + 1, max(_LEAST_PENALTY, 20 * int(dearest.max(initial=0))))
    if n_jobs * penalty >= 2**62 // NANO:
        raise UnreadableFileError(f"{name}: costs too large", file=name, reason="too_large")
    model = one_place_model(
        need=job,
        volunteer=agent,
        points=points,
        complete=np.full(n_jobs, penalty * NANO, dtype=np.int64),
        community=np.full(n_jobs, -1, dtype=np.int64),
        rows=rows,
    )
    measure = Measure(sense="min", offset=least * n_jobs)
    return ModelFile(model=model, labels=labels, measure=measure, name=name)


def one_place_model(
    *,
    need: IntArray,
    volunteer: IntArray,
    points: IntArray,
    complete: IntArray,
    community: IntArray,
    rows: Rows,
    distance_m: IntArray | None = None,
) -> Model:
    """
    Make a model whose needs each have one slot at one time, and ask for nothing else.

    Parameters
    ----------
    need, volunteer, points, distance_m
        By pair, sorted by (need, points descending).
    complete, community
        By need; nanopoints and number, -1 for none.
    rows
        Over the pairs.
    """
    count = len(complete)
    every, zeros = np.arange(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    staffed = np.zeros(count, dtype=np.bool_)
    staffed[need] = True
    return Model(
        worth=Worth(complete=complete, money_credit=zeros, item_credit=zeros[:0]),
        slot_count=zeros + 1,
        item_need=zeros[:0],
        community=community,
        people=People(
            places=Places(
                need=every,
                slot=every,
                option=zeros,
                start_min=zeros,
                end_min=zeros,
                group=every,
                group_need=every,
                tail=np.full(count, NO_ARC, dtype=np.int64),
            ),
            arcs=Arcs(
                place=need,
                volunteer=volunteer,
                distance_m=np.zeros_like(need) if distance_m is None else distance_m,
                points=points,
            ),
            depth=np.bincount(need, minlength=count).astype(np.int64),
        ),
        rows=rows,
        supply=no_supply(count),
        possible=staffed,
        in_play=staffed,
        escort_arcs=np.zeros(len(need), dtype=np.bool_),
        adult_arcs=np.ones(len(need), dtype=np.bool_),
    )


def capacity_rows(volunteer: IntArray, capacity: IntArray) -> Rows:
    """One row a volunteer: at most ``capacity`` of the pairs, given in their order by whom they ask."""
    return Rows(
        row=volunteer,
        arc=np.arange(len(volunteer), dtype=np.int64),
        coefficient=np.ones(len(volunteer), dtype=np.int64),
        cap=capacity,
        volunteer=np.arange(len(capacity), dtype=np.int64),
    )


def best_first(need: IntArray, cost: IntArray) -> IntArray:
    """
    Order pairs that are sorted by need by (need, cost, position) instead.

    Need, cost and position within the need go into one word where they fit: sorting words is several times
    faster than sorting indices, and there may be tens of millions of pairs.
    """
    if not len(need):
        return need
    first = np.searchsorted(need, np.arange(int(need[-1]) + 1))
    position = np.arange(len(need), dtype=np.int64) - first[need]
    low = int(cost.min())
    bits = [int(part.max()).bit_length() for part in (need, cost - low, position)]
    if sum(bits) > 62:
        return np.lexsort((cost, need)).astype(np.int64)
    words = ((need << bits[1] | (cost - low)) << bits[2]) | position
    words.sort()
    return first[words >> (bits[1] + bits[2])] + (words & ((1 << bits[2]) - 1))


def numbered(jobs: int, agents: int, *, job: str = "job", agent: str = "agent") -> Labels:
    """Number jobs and agents from 1."""
    names: Sequence[str] = [f"{job}-{number + 1}" for number in range(jobs)]
    return Labels(
        needs=names,
        slots=names,
        volunteers=[f"{agent}-{number + 1}" for number in range(agents)],
        funds=(),
        items=(),
        stock=(),
        communities=(),
    )
