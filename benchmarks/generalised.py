"""
Generalised assignment problems of the published types, with proof.

``python -m benchmarks.generalised c20x200 d20x100 --time 60`` makes each instance (type, agents x jobs) from its
published recipe and prints one JSON object a line: cost, certified lower bound, gap, seconds and CPU seconds.
"""

import argparse
import json
import os
import time

import numpy as np

from generator.instances_gap import generalised_assignment
from matching.model import NANO
from matching.optimise import optimise
from matching.solvers.outcome import Clock
from tests.matching.jobs import dense_model

SIZES = ("5x100", "10x100", "20x100", "5x200", "10x200", "20x200")


def run(spec: str, seed: int, time_s: float) -> dict[str, object]:
    """Make and solve one instance such as ``d20x100``."""
    kind, agents, jobs = spec[0], *(int(part) for part in spec[1:].split("x"))
    made = generalised_assignment(kind, agents, jobs, seed)
    worth = jobs * int(made.cost.max()) + 1
    model = dense_model(made.cost, made.use, made.capacity, worth)
    begin, cpu = time.monotonic(), time.process_time()
    solution = optimise(model, Clock.of(time_s), 0.0)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    total = jobs * worth
    cost, bound = total - solution.value // NANO, total - solution.bound // NANO
    chosen = solution.draft.chosen
    agent, job = model.people.arcs.volunteer[chosen], model.people.arcs.place[chosen]
    load = np.bincount(agent, weights=made.use[agent, job], minlength=agents)
    assert (load <= made.capacity).all()
    return {
        "instance": spec,
        "seed": seed,
        "served": int(solution.draft.complete.sum()),
        "cost": cost,
        "bound": bound,
        "gap": round((cost - bound) / max(1, cost), 6),
        "proven": cost == bound,
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu, 2),
        "load": round(os.getloadavg()[0], 1),
        "figures": solution.figures,
    }


def main() -> None:
    """Run the instances named, or all of the acceptance sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=[kind + size for kind in "abce" for size in SIZES])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0)
    arguments = parser.parse_args()
    for spec in arguments.instances:
        print(json.dumps(run(spec, arguments.seed, arguments.time)), flush=True)


if __name__ == "__main__":
    main()
