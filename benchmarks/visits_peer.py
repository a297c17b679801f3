"""
Tours by OR-Tools' routing library: insertion, then guided local search for a number of solutions.

The number of solutions, not the clock, ends the search: equal days and seeds give equal tours unless the time
limit, a last resort, binds.
"""
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false
# OR-Tools' routing ships no types; what leaves this module is annotated.

from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from matching.arrays import IntArray
from matching.solvers.routing.arrays import FORBIDDEN, DayArrays

Tours = list[list[tuple[int, int]]]
"""By visitor, (option, start of service) in the order of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimits:
    """``solutions`` ends the search; ``time_s`` only guards against a slow machine."""

    solutions: int
    time_s: float


def search_tours(day: DayArrays, start: Tours, limits: SearchLimits, seed: int) -> tuple[Tours, bool]:
    """
    Improve tours, and say whether the number of solutions, not the clock, ended it.

    Parameters
    ----------
    start
        Feasible tours to begin with; the search gives none that are worse.
    """
    n, visitors = len(day.visit), len(day.base)
    if n == 0 or visitors == 0:
        return start, True
    order = np.random.default_rng(seed).permutation(n) if seed else np.arange(n)
    model = _Model(day, order)
    found = model.solve(start, limits)
    return found


class _Model:
    """The routing model: nodes are options in ``order``, then one base a visitor."""

    def __init__(self, day: DayArrays, order: IntArray) -> None:
        self.day, self.order = day, order
        self.n, self.visitors = len(order), len(day.base)
        bases = [self.n + v for v in range(self.visitors)]
        self.manager: Any = pywrapcp.RoutingIndexManager(self.n + self.visitors, self.visitors, bases, bases)
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self.index: list[int] = [self.manager.NodeToIndex(node) for node in range(self.n)]
        self._costs()
        self._time()
        self._limits()
        self._choices()

    def _places(self) -> IntArray:
        return np.concatenate([self.day.place[self.day.visit[self.order]], self.day.base])

    def _costs(self) -> None:
        place = self._places()
        travel = self.day.travel_min[np.ix_(place, place)]
        known: dict[bytes, int] = {}
        for visitor in range(self.visitors):
            extra = np.maximum(self.day.extra[self.order, visitor], 0)
            key = extra.tobytes()
            if key not in known:
                points = travel * self.day.travel_points
                points[:, : self.n] += extra
                known[key] = self.routing.RegisterTransitMatrix(points.tolist())
            self.routing.SetArcCostEvaluatorOfVehicle(known[key], visitor)

    def _time(self) -> None:
        day, place = self.day, self._places()
        service = np.concatenate(
            [day.service[day.visit[self.order]], np.zeros(self.visitors, dtype=np.int64)]
        )
        length = day.travel_min[np.ix_(place, place)] + service[:, None]
        horizon = int(day.until_min.max())
        evaluator = self.routing.RegisterTransitMatrix(length.tolist())
        self.routing.AddDimension(evaluator, horizon, horizon, False, "time")
        self.time: Any = self.routing.GetDimensionOrDie("time")
        for node, option in enumerate(self.order.tolist()):
            first, last = int(day.first_min[option]), min(int(day.last_min[option]), horizon)
            self.time.CumulVar(self.index[node]).SetRange(first, last)
        for visitor in range(self.visitors):
            early, late = int(day.from_min[visitor]), int(day.until_min[visitor])
            self.time.CumulVar(self.routing.Start(visitor)).SetRange(early, late)
            self.time.CumulVar(self.routing.End(visitor)).SetRange(early, late)

    def _limits(self) -> None:
        day = self.day
        ones = [1] * self.n + [0] * self.visitors
        count = self.routing.RegisterUnaryTransitVector(ones)
        self.routing.AddDimensionWithVehicleCapacity(count, 0, day.most_visits.tolist(), True, "visits")
        minutes = day.service[day.visit[self.order]].tolist() + [0] * self.visitors
        served = self.routing.RegisterUnaryTransitVector(minutes)
        self.routing.AddDimensionWithVehicleCapacity(served, 0, day.most_minutes.tolist(), True, "minutes")

    def _choices(self) -> None:
        day = self.day
        options: dict[int, list[int]] = {}
        for node, option in enumerate(self.order.tolist()):
            options.setdefault(int(day.visit[option]), []).append(self.index[node])
            allowed = np.flatnonzero(day.extra[option] != FORBIDDEN).tolist()
            if len(allowed) < self.visitors:
                self.routing.VehicleVar(self.index[node]).SetValues([-1, *allowed])
        for visit, nodes in sorted(options.items()):
            self.routing.AddDisjunction(nodes, int(day.penalty[visit]), 1)

    def solve(self, start: Tours, limits: SearchLimits) -> tuple[Tours, bool]:
        """Search from the given tours."""
        parameters: Any = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.first_solution_strategy = (
            routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        )
        parameters.solution_limit = limits.solutions
        parameters.time_limit.FromMilliseconds(int(limits.time_s * 1_000))
        self.routing.CloseModelWithParameters(parameters)
        node_of = {int(option): node for node, option in enumerate(self.order.tolist())}
        routes = [[self.index[node_of[option]] for option, _ in tour] for tour in start]
        first = self.routing.ReadAssignmentFromRoutes(routes, True)
        if first is None:
            return start, False
        found = self.routing.SolveFromAssignmentWithParameters(first, parameters)
        if found is None:
            return start, False
        ended_by_clock = self.routing.status() in {3, 4}
        return self._tours(found), not ended_by_clock

    def _tours(self, found: Any) -> Tours:
        tours: Tours = []
        for visitor in range(self.visitors):
            at, tour = found.Value(self.routing.NextVar(self.routing.Start(visitor))), []
            while not self.routing.IsEnd(at):
                option = int(self.order[self.manager.IndexToNode(at)])
                tour.append((option, int(found.Min(self.time.CumulVar(at)))))
                at = found.Value(self.routing.NextVar(at))
            tours.append(tour)
        return tours
