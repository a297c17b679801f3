"""Models of jobs and agents: needs of one slot, any rows over the pairs."""

import numpy as np

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


def no_gifts(takers: int) -> Gifts:
    none = np.zeros(0, dtype=np.int64)
    return Gifts(
        taker=none, giver=none, most=none, cost=none, asked=np.zeros(takers, dtype=np.int64), held=none,
        first=np.zeros(takers + 1, dtype=np.int64),
    )  # fmt: skip


def no_ceilings() -> Ceilings:
    none = np.zeros(0, dtype=np.int64)
    return Ceilings(row=none, need=none, per_need=none, per_fen=none, cap=none, subject=none, what=[])


def jobs_model(job, agent, cost, worth, uses, caps):
    """
    Pairs sorted by (job, cost); ``uses`` of shape (kinds, pairs), ``caps`` of shape (kinds, agents), ``worth`` points
    by job for being done.
    """
    job, agent, cost = (np.asarray(values, dtype=np.int64) for values in (job, agent, cost))
    worth = np.asarray(worth, dtype=np.int64)
    n_jobs, pairs = len(worth), np.arange(len(job), dtype=np.int64)
    kinds, agents = np.shape(caps)
    every, zeros = np.arange(n_jobs, dtype=np.int64), np.zeros(n_jobs, dtype=np.int64)
    use = np.asarray(uses, dtype=np.int64).reshape(kinds, len(job))
    row = np.concatenate([kind * agents + agent for kind in range(kinds)])
    arc = np.tile(pairs, kinds)
    order = np.lexsort((arc, row))
    staffed = np.zeros(n_jobs, dtype=np.bool_)
    staffed[job] = True
    return Model(
        worth=Worth(complete=worth * NANO, money_credit=zeros, item_credit=zeros[:0]),
        slot_count=zeros + 1,
        item_need=zeros[:0],
        community=zeros - 1,
        people=People(
            places=Places(
                need=every, slot=every, option=zeros, start_min=zeros, end_min=zeros, group=every, group_need=every,
                tail=zeros + NO_ARC,
            ),
            arcs=Arcs(place=job, volunteer=agent, distance_m=np.zeros_like(job), points=-cost),
            depth=np.bincount(job, minlength=n_jobs),
        ),
        rows=Rows(
            row=row[order], arc=arc[order], coefficient=use.ravel()[order],
            cap=np.asarray(caps, dtype=np.int64).ravel(), volunteer=np.tile(np.arange(agents), kinds),
        ),
        supply=Supply(
            money=no_gifts(n_jobs), goods=no_gifts(0), ceilings=no_ceilings(),
            parts=np.zeros(n_jobs, dtype=np.bool_), supplied=np.ones(n_jobs, dtype=np.bool_),
        ),
        possible=staffed,
        in_play=staffed,
        escort_arcs=np.zeros(len(job), dtype=np.bool_),
        adult_arcs=np.ones(len(job), dtype=np.bool_),
    )  # fmt: skip


def dense_model(cost, use, capacity, worth):
    """Costs and uses of shape (agents, jobs)."""
    agents, jobs = np.shape(cost)
    job, agent = np.divmod(np.arange(agents * jobs), agents)
    cost, use = np.asarray(cost), np.asarray(use)
    order = np.lexsort((agent, cost[agent, job], job))
    job, agent = job[order], agent[order]
    return jobs_model(
        job, agent, cost[agent, job], np.broadcast_to(worth, jobs), [use[agent, job]], [capacity]
    )


def budget_model(cost, worth, budget):
    """Projects that ask for money alone, all or nothing, out of one fund."""
    cost, worth = np.asarray(cost, dtype=np.int64), np.asarray(worth, dtype=np.int64)
    count = len(cost)
    none, zeros = np.zeros(0, dtype=np.int64), np.zeros(count, dtype=np.int64)
    affordable = cost <= budget
    taker = np.flatnonzero(affordable)
    flags = np.zeros(0, dtype=np.bool_)
    return Model(
        worth=Worth(complete=worth * NANO, money_credit=zeros, item_credit=none),
        slot_count=zeros,
        item_need=none,
        community=zeros - 1,
        people=People(
            places=Places(
                need=none, slot=none, option=none, start_min=none, end_min=none, group=none, group_need=none, tail=none
            ),
            arcs=Arcs(place=none, volunteer=none, distance_m=none, points=none),
            depth=none,
        ),
        rows=Rows(row=none, arc=none, coefficient=none, cap=none, volunteer=none),
        supply=Supply(
            money=Gifts(
                taker=taker, giver=np.zeros(len(taker), dtype=np.int64), most=cost[taker],
                cost=np.zeros(len(taker), dtype=np.int64), asked=cost, held=np.array([budget], dtype=np.int64),
                first=np.searchsorted(taker, np.arange(count + 1)),
            ),
            goods=no_gifts(0), ceilings=no_ceilings(), parts=np.zeros(count, dtype=np.bool_), supplied=affordable,
        ),
        possible=affordable,
        in_play=affordable,
        escort_arcs=flags,
        adult_arcs=flags,
    )  # fmt: skip
