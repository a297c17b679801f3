"""
The loops of the matcher compiled and kept beside their modules, before anybody waits for them.

Loops are compiled when they are first called, some tens of seconds in all, and kept on disk for the next
process; a first round would pay for that out of its time limit. Small instances of every kind are solved here,
so that set-up pays instead. What is kept holds for this Python, this processor and these sources.
"""

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context

import numpy as np

from app.instances import city_problem
from app.pure_instances import pairs_model, pure_pairs
from domain.time import civil_date
from generator.sizes import CitySize
from matching.cores import cores
from matching.formats.gap import GapInstance, gap_model
from matching.incremental import NewNeeds, Rolling
from matching.instances.coupled import coupled
from matching.instances.generalised import generalised_assignment
from matching.instances.pure import pure
from matching.model import NANO, empty_draft
from matching.optimise import optimise
from matching.policy import policy_on
from matching.solve import Limits, solve
from matching.solvers.bound import no_prices
from matching.solvers.coupled.hand import heat_of
from matching.solvers.coupled.neighbourhoods import blocks
from matching.solvers.coupled.polishing import moved_in_blocks
from matching.solvers.coupled.pricing import ascend, first_pay
from matching.solvers.outcome import Clock

_AMPLE_S = 600.0  # compiling must not end a search before the next loop is reached
_SEED = 1


def warm() -> None:
    """Compile what is not kept yet, each kind in a process of its own; some seconds where all is kept."""
    spawned = get_context("spawn")  # a process that has threads cannot be forked
    with ProcessPoolExecutor(min(len(_KINDS), cores()), mp_context=spawned) as pool:
        for done in [pool.submit(kind) for kind in _KINDS]:
            done.result()


def _pairs() -> None:
    """Flows, and their repair after each kind of change."""
    model = pairs_model(pure_pairs(pure(60, 20, seed=_SEED)), "pairs").model
    optimise(model, Clock.of(_AMPLE_S), 0.0)
    rolling = Rolling(model)
    one = np.zeros(1, dtype=np.int64)
    joined = rolling.add_needs(
        NewNeeds(worth=one + NANO, first=np.array([0, 1]), row=one, cost=one, community=one - 1)
    )
    rolling.withdraw_needs(joined.needs)
    rolling.add_capacity(0, 1)
    rolling.withdraw_volunteers(one)


def _hours() -> None:
    """Knapsacks of hours: prices, exchange and branching."""
    made = generalised_assignment("d", 5, 20, _SEED)
    instance = GapInstance(name="hours", cost=made.cost, use=made.use, capacity=made.capacity)
    optimise(gap_model(instance).model, Clock.of(_AMPLE_S), 0.0)


def _scarce() -> None:
    """Teams and scarce money: whole weeks priced, and moves of a large plan."""
    model = coupled(60, _SEED)
    optimise(model, Clock.of(_AMPLE_S), 0.01)
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    prices = no_prices(model.rows, model.supply)
    ascend(model, prices, first_pay(model, prices), target=0, rounds=1)
    blocks(model, needs, most=20, seed=_SEED)
    heat = heat_of(model, share=0.2, moves_a_need=1)
    clock = Clock.of(_AMPLE_S)
    moved_in_blocks(model, prices, empty_draft(model), needs, heat=heat, seed=_SEED, clock=clock)


def _rounds() -> None:
    """Who may go where and when, of a small city."""
    problem = city_problem(CitySize.S, _SEED)
    policy = policy_on(civil_date(datetime.fromtimestamp(problem.as_of_min * 60, UTC)))
    solve(problem, policy, limits=Limits(time_s=_AMPLE_S, gap=0.001))


_KINDS = (_scarce, _pairs, _hours, _rounds)
"""Longest first."""
