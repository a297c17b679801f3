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
from matching.formats.gap import GapInstance, gap_model
from matching.model import NANO
from matching.optimise import optimise
from matching.solvers.outcome import Clock

SIZES = ("5x100", "10x100", "20x100", "5x200", "10x200", "20x200")


def run(spec: str, seed: int, time_s: float) -> dict[str, object]:
    """Make and solve one instance such as ``d20x100``."""
    kind, agents, jobs = spec[0], *(int(part) for part in spec[1:].split("x"))
    made = generalised_assignment(kind, agents, jobs, seed)
    instance = GapInstance(name=spec, cost=made.cost, use=made.use, capacity=made.capacity)
    model = gap_model(instance).model
    begin, cpu = time.monotonic(), time.process_time()
    solution = optimise(model, Clock.of(time_s), 0.0)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    chosen = solution.draft.chosen
    agent, job = model.people.arcs.volunteer[chosen], model.people.arcs.place[chosen]
    load = np.bincount(agent, weights=made.use[agent, job], minlength=agents)
    assert (load <= made.capacity).all()
    served = int(solution.draft.complete.sum())
    cost = int(made.cost[agent, job].sum())
    bound = cost - (solution.bound - solution.value) // NANO  # costs are whole numbers
    return {
        "instance": spec,
        "seed": seed,
        "served": served,
        "cost": cost,
        "bound": bound,
        "gap": round((cost - bound) / max(1, cost), 6),
        "proven": served == jobs and cost == bound,
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
