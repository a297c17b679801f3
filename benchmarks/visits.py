"""
A day's plan of visits against the nearest neighbour and OR-Tools' routing library, in one run.

``python -m benchmarks.visits [--elders 300] [--visitors 12] [--seeds 3] [--peer-seconds 5]``; each plan passes
the same audit. The gap is held against the bound that the plan of ours came with.
"""

import argparse
import time

from benchmarks.visits_peer import routing_library
from matching.instances.visits import town_day
from matching.solvers.routing.arrays import arrays_of
from matching.visits.audit import audit_day
from matching.visits.day import DayPlan, VisitDay
from matching.visits.greedy import nearest_neighbour
from matching.visits.planning import PlanLimits, by_hand, options_of, plan_day, plan_of, visits_of

HEADER = "| seed | method | points | travel min | visited | unvisited | gap % | seconds | CPU s |"


def peer(day: VisitDay, seconds: float) -> DayPlan:
    """Give the routing library's plan."""
    arrays = arrays_of(day)
    tours = routing_library(arrays, options_of(arrays, nearest_neighbour(day)), time_s=seconds)
    return plan_of(day, visits_of(arrays, tours), bound=0)


def main() -> None:
    """Print a table of plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elders", type=int, default=300)
    parser.add_argument("--visitors", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peer-seconds", type=float, default=5.0)
    given = parser.parse_args()
    plan_day(town_day(20, 2, seed=0), limits=PlanLimits(turns=50, bound_rounds=1))  # compiled once a machine
    print(HEADER)
    print("| --- " * HEADER.count(" | ") + "| --- |")
    for seed in range(1, given.seeds + 1):
        day = town_day(given.elders, given.visitors, seed=seed)
        plans: list[tuple[str, DayPlan, float, float]] = []
        for name, method in (
            ("plan_day", plan_day),
            ("nearest neighbour", by_hand),
            ("OR-Tools routing", lambda day: peer(day, given.peer_seconds)),
        ):
            began, cpu = time.perf_counter(), time.process_time()
            plan = method(day)
            plans.append((name, plan, time.perf_counter() - began, time.process_time() - cpu))
            assert audit_day(day, plan) == ()
        bound = plans[0][1].bound
        for name, plan, seconds, cpu in plans:
            gap = 100 * (plan.cost - bound) / plan.cost
            print(
                f"| {seed} | {name} | {plan.cost} | {plan.travel_min} | {len(plan.stops)} |"
                f" {len(plan.unvisited)} | {gap:.1f} | {seconds:.2f} | {cpu:.2f} |"
            )


if __name__ == "__main__":
    main()
