"""A cheapest flow from visits to places in a week, by OR-Tools."""
# pyright: reportArgumentType=false
# The arrays that OR-Tools takes are mistyped in its stubs.

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.arrays import IntArray


def cheapest_spread(
    visit: IntArray, place: IntArray, cost: IntArray, room: IntArray, skip: IntArray
) -> tuple[IntArray, int]:
    """
    Choose arcs so that each visit has one or is skipped, and no place takes more than its room.

    Parameters
    ----------
    visit, place, cost
        By arc.
    room, skip
        By place, and points of each visit that is left out.

    Returns
    -------
    tuple
        Positions of the chosen arcs, ascending, and the points in all.
    """
    n_visits, n_places = len(skip), len(room)
    if n_visits == 0:
        return np.empty(0, dtype=np.int64), 0
    sink = n_visits + n_places
    flow = min_cost_flow.SimpleMinCostFlow()
    ones = np.ones(len(visit), dtype=np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(visit, n_visits + place, ones, cost)
    every = np.arange(n_visits, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(
        every, np.full(n_visits, sink), np.ones(n_visits, dtype=np.int64), skip
    )
    places = np.arange(n_places, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(
        n_visits + places, np.full(n_places, sink), room, np.zeros(n_places, dtype=np.int64)
    )
    flow.set_nodes_supplies(np.append(every, sink), np.append(np.ones(n_visits, dtype=np.int64), -n_visits))
    flow.solve()
    chosen = np.flatnonzero(np.asarray(flow.flows(arcs)) > 0).astype(np.int64)
    return chosen, int(flow.optimal_cost())
