"""The dealing out of money and goods as an exact flow in integers, by OR-Tools."""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false, reportMissingTypeStubs=false
# OR-Tools' stubs swap numpy's shape and element types; what leaves this module is annotated.

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from domain.errors import SolverUnavailableError
from matching.arrays import IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nest:
    """
    Ceilings that nest, over takers that take parts.

    Parameters
    ----------
    leaf
        By taker, the smallest ceiling over it; -1 for none.
    parent, left
        By ceiling, the next larger one that holds it (-1 for none), and the units it still lets pass.
    """

    leaf: IntArray
    parent: IntArray
    left: IntArray


def deal(
    taker: IntArray,
    giver: IntArray,
    most: IntArray,
    cost: IntArray,
    held: IntArray,
    *,
    fixed: IntArray,
    optional: IntArray,
    credit: IntArray,
    nest: Nest,
) -> IntArray | None:
    """
    Units on each arc, exact: ``fixed`` amounts are given whole, ``optional`` ones as far as they pay.

    Parameters
    ----------
    taker, giver, most, cost
        By arc, in units and nanopoints a unit.
    held
        By giver.
    fixed, optional, credit
        By taker, units and nanopoints a unit; a taker has one of the two amounts.
    nest
        Ceilings on optional amounts.

    Returns
    -------
    IntArray or None
        None when the fixed amounts cannot all be given.
    """
    n_takers, n_givers = len(fixed), len(held)
    source, sink = n_takers + n_givers, n_takers + n_givers + 1
    base, n_nodes = sink + 1, sink + 1 + len(nest.parent)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(taker, n_takers + giver, most, cost)
    givers, ceilings = np.arange(n_givers), np.arange(len(nest.parent))
    flow.add_arcs_with_capacity_and_unit_cost(
        n_takers + givers, np.full(n_givers, sink), held, np.zeros(n_givers, dtype=np.int64)
    )
    above = np.where(nest.parent < 0, source, base + nest.parent)
    flow.add_arcs_with_capacity_and_unit_cost(above, base + ceilings, nest.left, np.zeros_like(nest.left))
    entry = np.where(nest.leaf < 0, source, base + nest.leaf)
    wants = np.flatnonzero(optional > 0)
    flow.add_arcs_with_capacity_and_unit_cost(entry[wants], wants, optional[wants], -credit[wants])
    total = int(optional.sum())
    flow.add_arc_with_capacity_and_unit_cost(source, sink, total, 0)
    supplies = np.zeros(n_nodes, dtype=np.int64)
    supplies[:n_takers] = fixed
    supplies[source] = total
    supplies[sink] = -(total + int(fixed.sum()))
    flow.set_nodes_supplies(np.arange(n_nodes), supplies)
    status = flow.solve()
    if status == flow.INFEASIBLE:
        return None
    if status != flow.OPTIMAL:
        raise SolverUnavailableError(f"the flow solver answered {status}", status=str(status))
    return np.asarray(flow.flows(arcs)).astype(np.int64)
