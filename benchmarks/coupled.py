"""
Speed and proof of the optimiser on coupled instances: teams, hours, overlaps and scarce money at once.

``python -m benchmarks.coupled 2000 --time 60`` prints one JSON object. ``value``, ``bound`` and ``gap`` are
of the minimised cost (worth of unserved needs, ways, gifts), the stricter of the two senses.
"""

import argparse
import json
import resource
import time

from matching.instances.coupled import coupled
from matching.model import NANO
from matching.optimise import optimise
from matching.solvers.outcome import Clock


def main() -> None:
    """Solve one instance and print what is known of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("needs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=0.0, help="of the points, not of the cost")
    arguments = parser.parse_args()
    begin = time.monotonic()
    model = coupled(arguments.needs, arguments.seed)
    made = time.monotonic() - begin
    begin, processor = time.monotonic(), time.process_time()
    solution = optimise(model, Clock.of(arguments.time), arguments.gap)
    seconds, used = time.monotonic() - begin, time.process_time() - processor
    total = int(model.worth.complete.sum())
    cost, bound = total - solution.value, total - solution.bound
    print(
        json.dumps(
            {
                "needs": len(model),
                "volunteers": len(model) * 3 // 10,
                "arcs": len(model.people.arcs),
                "money_arcs": len(model.supply.money),
                "seed": arguments.seed,
                "value": cost // NANO,
                "bound": -(-bound // NANO),
                "gap": round((cost - bound) / cost, 7) if cost else 0.0,
                "bound_own": (total - solution.own) // NANO,
                "gap_of_points": round((solution.bound - solution.value) / max(1, solution.bound), 7),
                "status": "optimal" if cost == bound else "stopped",
                "complete": int(solution.draft.complete.sum()),
                "seconds": round(seconds, 2),
                "processor_seconds": round(used, 2),
                "seconds_to_make": round(made, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "figures": solution.figures,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
