"""OR-Tools' routing library on a day of visits: the same arrays, the same start, the same audit."""

from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from matching.solvers.routing.arrays import FORBIDDEN, DayArrays
from matching.solvers.routing.tours import Tours


def routing_library(day: DayArrays, start: Tours, *, time_s: float) -> Tours:
    """Improve tours by guided local search for some seconds; gives ``start`` where nothing better is found."""
    n, visitors = len(day.visit), len(day.base)
    bases = [n + v for v in range(visitors)]
    manager: Any = pywrapcp.RoutingIndexManager(n + visitors, visitors, bases, bases)
    model: Any = pywrapcp.RoutingModel(manager)
    index = [manager.NodeToIndex(node) for node in range(n)]
    place = np.concatenate([day.place[day.visit], day.base])
    travel = day.travel_min[np.ix_(place, place)]
    known: dict[bytes, int] = {}
    for visitor in range(visitors):
        extra = np.maximum(day.extra[:, visitor], 0)
        if extra.tobytes() not in known:
            points = travel * day.travel_points
            points[:, :n] += extra
            known[extra.tobytes()] = model.RegisterTransitMatrix(points.tolist())
        model.SetArcCostEvaluatorOfVehicle(known[extra.tobytes()], visitor)
    service = np.concatenate([day.service[day.visit], np.zeros(visitors, dtype=np.int64)])
    horizon = int(day.until_min.max())
    length = model.RegisterTransitMatrix((travel + service[:, None]).tolist())
    model.AddDimension(length, horizon, horizon, False, "time")
    time = model.GetDimensionOrDie("time")
    for option in range(n):
        last = min(int(day.last_min[option]), horizon)
        time.CumulVar(index[option]).SetRange(int(day.first_min[option]), last)
        allowed = np.flatnonzero(day.extra[option] != FORBIDDEN).tolist()
        model.VehicleVar(index[option]).SetValues([-1, *allowed])
    for visitor in range(visitors):
        hours = int(day.from_min[visitor]), int(day.until_min[visitor])
        time.CumulVar(model.Start(visitor)).SetRange(*hours)
        time.CumulVar(model.End(visitor)).SetRange(*hours)
    ones = model.RegisterUnaryTransitVector([1] * n + [0] * visitors)
    model.AddDimensionWithVehicleCapacity(ones, 0, day.most_visits.tolist(), True, "visits")
    served = model.RegisterUnaryTransitVector(service.tolist())
    model.AddDimensionWithVehicleCapacity(served, 0, day.most_minutes.tolist(), True, "minutes")
    for visit in np.unique(day.visit).tolist():
        nodes = [index[option] for option in np.flatnonzero(day.visit == visit).tolist()]
        model.AddDisjunction(nodes, int(day.penalty[visit]), 1)
    parameters: Any = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(time_s * 1_000))
    model.CloseModelWithParameters(parameters)
    first = model.ReadAssignmentFromRoutes([[index[option] for option, _ in tour] for tour in start], True)
    found = model.SolveFromAssignmentWithParameters(first, parameters)
    if found is None:
        return start
    tours: Tours = []
    for visitor in range(visitors):
        at, tour = found.Value(model.NextVar(model.Start(visitor))), []
        while not model.IsEnd(at):
            tour.append((manager.IndexToNode(at), int(found.Min(time.CumulVar(at)))))
            at = found.Value(model.NextVar(at))
        tours.append(tour)
    return tours
