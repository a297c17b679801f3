"""What set-up compiles is what instances of every kind call."""

import sys

import numpy as np
from numba.core.dispatcher import Dispatcher

from app import warming
from app.pure_instances import pairs_model, pure_pairs
from matching.formats.gap import GapInstance, gap_model
from matching.instances.coupled import coupled
from matching.instances.generalised import generalised_assignment
from matching.instances.pure import pure
from matching.optimise import optimise
from matching.solvers.outcome import Clock


def compiled() -> dict[str, int]:
    """Signatures by compiled function of the matcher."""
    return {
        f"{name}.{member}": len(value.signatures)
        for name, module in list(sys.modules.items())
        if name.startswith("matching.")
        for member, value in vars(module).items()
        if isinstance(value, Dispatcher) and value.py_func.__module__ == name
    }


def test_larger_instances_call_nothing_that_was_not_compiled_before():
    for kind in (warming._pairs, warming._hours, warming._scarce):
        kind()
    before = compiled()
    assert sum(before.values()) > 20
    made = generalised_assignment("c", 8, 40, 3)
    gap = GapInstance(name="c", cost=made.cost, use=made.use, capacity=made.capacity)
    solved = [
        optimise(pairs_model(pure_pairs(pure(300, 90, seed=2)), "pairs").model, Clock.of(20), 0.0),
        optimise(gap_model(gap).model, Clock.of(5), 0.0),
        optimise(coupled(300, 2), Clock.of(3), 0.02),
    ]
    assert all(solution.bound >= solution.value > np.int64(0) for solution in solved)
    assert compiled() == before
