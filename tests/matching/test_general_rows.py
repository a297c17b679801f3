"""Instances that the general programme takes: several capacities an agent, and projects out of one budget."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.model import NANO
from matching.optimise import optimise
from matching.solvers.outcome import Clock
from tests.matching.jobs import budget_model, jobs_model


def placement(cases, affiliates, seed):
    """Cases take a place, seats, and children's seats; scores are millionths of a chance of work, summed."""
    rng = np.random.default_rng(seed)
    size = 1 + rng.poisson(1.5, cases)
    seats = np.stack([np.ones(cases, dtype=int), size, rng.binomial(size, 0.4)])
    score = rng.random((cases, affiliates)) * np.minimum(size, 3)[:, None] * rng.random((cases, 1))
    job, agent = np.nonzero(rng.random((cases, affiliates)) < 0.85)
    points = np.rint(score[job, agent] * 10**6).astype(np.int64)
    best = np.zeros(cases, dtype=np.int64)
    np.maximum.at(best, job, points)
    cost = best[job] - points
    order = np.lexsort((agent, cost, job))
    job, agent = job[order], agent[order]
    share = rng.dirichlet(np.full(affiliates, 5))
    caps = [np.maximum(1, each.sum() * share * 0.95).astype(np.int64) for each in seats]
    return jobs_model(job, agent, cost[order], best, seats[:, job], caps)


def test_several_capacities_an_agent_are_kept_and_the_optimum_is_proven():
    model = placement(120, 8, seed=4)
    solution = optimise(model, Clock.of(120), 0.0)
    assert solution.bound // NANO == solution.value // NANO
    load = np.zeros(len(model.rows), dtype=np.int64)
    np.add.at(load, model.rows.row, model.rows.coefficient * solution.draft.chosen[model.rows.arc])
    assert (load <= model.rows.cap).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(7, 100), st.integers(0, 10**6))
def test_projects_out_of_one_budget_are_the_best_knapsack(count, seed):
    rng = np.random.default_rng(seed)
    cost, votes = rng.integers(5, 400, count), rng.integers(1, 3000, count)
    budget = int(cost.sum()) * 2 // 5
    solution = optimise(budget_model(cost * 100_00, votes, budget * 100_00), Clock.of(60), 0.0)
    best = np.zeros(budget + 1, dtype=np.int64)
    for size, worth in zip(cost.tolist(), votes.tolist(), strict=True):
        if size <= budget:
            best[size:] = np.maximum(best[size:], best[: budget + 1 - size] + worth)
    assert solution.value == int(best[-1]) * NANO
    assert solution.bound // NANO == int(best[-1])
