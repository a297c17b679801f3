"""
Generalised assignment problems of the published types, with proof.

``python -m benchmarks.generalised c20x200 d20100 --time 60`` makes each instance (type, agents x jobs) from its
published recipe, or reads it where the name is that of a file, and prints one JSON object a line: cost, certified
lower bound, gap, seconds and CPU seconds.
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from matching.formats.gap import GapInstance, gap_model, read_gap
from matching.instances.generalised import generalised_assignment
from matching.model import NANO
from matching.optimise import optimise
from matching.solvers.outcome import Clock

SIZES = ("5x100", "10x100", "20x100", "5x200", "10x200", "20x200")


class CpuClock(Clock):
    """Counts this process's own CPU seconds: for machines that are busy with other things."""

    @property
    def left(self) -> float:
        """CPU seconds left, never below a tenth."""
        return max(0.1, self.until - time.process_time())

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return time.process_time() >= self.until

    def share(self, part: float) -> Clock:
        """Clock of a part of what is left."""
        return CpuClock(until=time.process_time() + self.left * part)


def instance_of(spec: str, seed: int) -> GapInstance:
    """Read the file of this name, or make an instance such as ``d20x100``."""
    if Path(spec).is_file():
        return read_gap(Path(spec))
    kind, agents, jobs = spec[0], *(int(part) for part in spec[1:].split("x"))
    made = generalised_assignment(kind, agents, jobs, seed)
    return GapInstance(name=spec, cost=made.cost, use=made.use, capacity=made.capacity)


def run(spec: str, seed: int, time_s: float, *, by_cpu: bool) -> dict[str, object]:
    """Solve one instance; its jobs are counted again from the arrays of the instance."""
    made = instance_of(spec, seed)
    agents, jobs = made.cost.shape
    model = gap_model(made).model
    begin, cpu = time.monotonic(), time.process_time()
    clock = CpuClock(until=cpu + time_s) if by_cpu else Clock.of(time_s)
    solution = optimise(model, clock, 0.0)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    chosen = solution.draft.chosen
    agent, job = model.people.arcs.volunteer[chosen], model.people.arcs.place[chosen]
    load = np.bincount(agent, weights=made.use[agent, job], minlength=agents)
    assert (load <= made.capacity).all()
    served = int(solution.draft.complete.sum())
    cost = int(made.cost[agent, job].sum())
    bound = cost - (solution.bound - solution.value) // NANO  # costs are whole numbers
    return {
        "instance": made.name,
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
    parser.add_argument("--cpu", action="store_true", help="count CPU seconds, not the clock's")
    arguments = parser.parse_args()
    for spec in arguments.instances:
        figures = run(spec, arguments.seed, arguments.time, by_cpu=arguments.cpu)
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
