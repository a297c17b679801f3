"""Laws of generalised assignments: against brute force, and with certificates re-checked by hand."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.formats.gap import read_gap
from matching.instances.generalised import TYPES, generalised_assignment
from matching.model import NANO, draft_value
from matching.optimise import optimise
from matching.solvers.generalised.search import knapsack_bound, knapsack_parts
from matching.solvers.outcome import Clock
from matching.solvers.search import solve_part
from tests.matching.jobs import dense_model, jobs_model

LAWS = settings(max_examples=60, deadline=None)


@st.composite
def instances(draw, agents=3, jobs=6):
    """Costs and uses of shape (agents, jobs), capacities, worth by job: some jobs not worth their cost."""
    m, n = draw(st.integers(1, agents)), draw(st.integers(1, jobs))
    table = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    cost = [draw(table) for _ in range(m)]
    use = [draw(table) for _ in range(m)]
    capacity = [draw(st.integers(0, 20)) for _ in range(m)]
    worth = draw(st.one_of(st.just([1000] * n), st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    return np.array(cost), np.array(use), np.array(capacity), np.array(worth)


def best_of(cost, use, capacity, worth):
    agents, jobs = cost.shape
    best = 0
    for choice in product(range(-1, agents), repeat=jobs):
        load = np.zeros(agents, dtype=int)
        value = 0
        for job, agent in enumerate(choice):
            if agent >= 0:
                load[agent] += use[agent, job]
                value += worth[job] - cost[agent, job]
        if (load <= capacity).all():
            best = max(best, int(value))
    return best


def multipliers_prove(cost, use, capacity, worth, multiplier):
    """Re-check a bound from the prices of the jobs: a few lines, nothing of the solver's."""
    bound = int(multiplier.sum())
    for i in range(len(capacity)):
        best = np.zeros(capacity[i] + 1, dtype=np.int64)
        for j in range(len(worth)):
            gain = (worth[j] - cost[i, j]) * NANO - multiplier[j]
            size = use[i, j]
            if size <= capacity[i] and gain > 0:
                best[size:] = np.maximum(best[size:], best[: capacity[i] + 1 - size] + gain)
        bound += int(best[-1])
    return bound


@LAWS
@given(instances())
def test_the_best_of_a_small_instance_is_found_and_proven(instance):
    model = dense_model(*instance)
    solution = optimise(model, Clock.of(60), 0.0)
    assert solution.value == best_of(*instance) * NANO
    assert solution.bound // NANO == solution.value // NANO  # a programme's word has room for its rounding
    assert min(solution.own, solution.bound) >= solution.value
    load = np.zeros(len(model.rows), dtype=np.int64)
    np.add.at(load, model.rows.row, model.rows.coefficient * solution.draft.chosen[model.rows.arc])
    assert (load <= model.rows.cap).all()
    assert (np.bincount(model.people.arcs.place[solution.draft.chosen], minlength=len(model)) <= 1).all()


@LAWS
@given(instances(), st.randoms(use_true_random=False))
def test_a_bound_follows_from_any_prices(instance, random):
    model = dense_model(*instance)
    needs = np.flatnonzero(model.in_play)
    price = np.array([random.randrange(0, 15 * NANO) for _ in range(len(model))])
    bound = knapsack_bound(model, needs, model.worth.complete, price)
    assert bound == multipliers_prove(*instance, price)
    assert bound >= best_of(*instance) * NANO


@LAWS
@given(instances(agents=4, jobs=12), st.randoms(use_true_random=False))
def test_the_order_of_agents_and_jobs_does_not_matter(instance, random):
    cost, use, capacity, worth = instance
    agents, jobs = list(range(len(capacity))), list(range(len(worth)))
    random.shuffle(agents)
    random.shuffle(jobs)
    turned = (cost[np.ix_(agents, jobs)], use[np.ix_(agents, jobs)], capacity[agents], worth[jobs])
    one, other = (optimise(dense_model(*each), Clock.of(60), 0.0) for each in (instance, turned))
    assert (one.value, one.bound // NANO) == (other.value, other.bound // NANO)


def made(kind, agents, jobs, seed=3):
    instance = generalised_assignment(kind, agents, jobs, seed)
    worth = np.full(jobs, jobs * int(instance.cost.max()) + 1)
    return instance.cost, instance.use, instance.capacity, worth


def test_every_published_type_is_proven_and_its_certificate_holds():
    for kind in TYPES:
        instance = made(kind, 5, 40)
        model = dense_model(*instance)
        outcome = solve_part(model, Clock.of(60), 0.0)
        value = draft_value(model, outcome.draft)
        assert outcome.method == "knapsacks"
        assert outcome.bound == value
        assert outcome.draft.complete.all()
        assert outcome.multiplier is not None
        relaxed = multipliers_prove(*instance, outcome.multiplier)
        assert relaxed >= value
        assert relaxed - value <= 40 * NANO


def test_an_instance_is_read_back_as_it_was_laid_out(tmp_path):
    made_one = generalised_assignment("e", 3, 8, 1)
    path = tmp_path / "e.txt"
    path.write_text(made_one.text(), encoding="utf-8")
    read = read_gap(path)
    for name in ("cost", "use", "capacity"):
        assert np.array_equal(getattr(read, name), getattr(made_one, name))


def test_when_not_all_jobs_fit_the_most_are_served():
    cost, use, capacity, worth = made("c", 4, 30)
    model = dense_model(cost, use, capacity * 2 // 3, worth)
    solution = optimise(model, Clock.of(60), 0.0)
    assert solution.value == solution.bound
    assert 0 < solution.draft.complete.sum() < 30


def test_parts_are_seen_by_structure():
    cost, use, capacity, worth = made("c", 4, 20)
    one = np.ones_like(use)
    assert len(knapsack_parts(dense_model(cost, use, capacity, worth), np.arange(20))) == 1
    assert not knapsack_parts(dense_model(cost, one, capacity // 15, worth), np.arange(20))
    assert not knapsack_parts(dense_model(cost, use, capacity * 100, worth), np.arange(20))
    job, agent = np.divmod(np.arange(80), 4)
    twice = [use[agent, job], one[agent, job]]
    caps = [capacity, capacity // 10]
    assert not knapsack_parts(jobs_model(job, agent, cost[agent, job], worth, twice, caps), np.arange(20))


def test_separate_groups_are_solved_each_and_their_values_add_up():
    a, b = made("c", 3, 20, seed=1), made("e", 4, 24, seed=2)
    far = 10**7
    cost = np.full((7, 44), far)
    cost[:3, :20], cost[3:, 20:] = a[0], b[0]
    use = np.ones((7, 44), dtype=np.int64)
    use[:3, :20], use[3:, 20:] = a[1], b[1]
    agent, job = np.nonzero(cost < far)
    order = np.lexsort((cost[agent, job], job))
    agent, job = agent[order], job[order]
    model = jobs_model(
        job,
        agent,
        cost[agent, job],
        np.concatenate([a[3], b[3]]),
        [use[agent, job]],
        [np.concatenate([a[2], b[2]])],
    )
    solution = optimise(model, Clock.of(60), 0.0)
    alone = [optimise(dense_model(*each), Clock.of(60), 0.0) for each in (a, b)]
    assert solution.value == solution.bound == sum(each.value for each in alone)
