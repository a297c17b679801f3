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
class Chain:
    """A ceiling over several takers that take parts: its members and what is left of it."""

    takers: IntArray
    left: int


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
    chains: tuple[tuple[Chain, ...], tuple[Chain, ...]] = ((), ()),
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
    chains
        Ceilings on optional amounts: inner ones (a kind), then outer ones (all kinds). Disjoint within a
        level.

    Returns
    -------
    IntArray or None
        None when the fixed amounts cannot all be given.
    """
    n_takers, n_givers = len(fixed), len(held)
    inner, outer = chains
    source, sink = n_takers + n_givers, n_takers + n_givers + 1
    n_nodes = sink + 1 + len(inner) + len(outer)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(taker, n_takers + giver, most, cost)
    givers = np.arange(n_givers)
    flow.add_arcs_with_capacity_and_unit_cost(
        n_takers + givers, np.full(n_givers, sink), held, np.zeros(n_givers, dtype=np.int64)
    )
    entry = np.full(n_takers, source, dtype=np.int64)
    for level, ceilings in enumerate((outer, inner)):
        base = sink + 1 + (0 if level == 0 else len(outer))
        for number, chain in enumerate(ceilings):
            above = int(entry[chain.takers[0]]) if len(chain.takers) else source
            entry[chain.takers] = base + number
            flow.add_arc_with_capacity_and_unit_cost(above, base + number, chain.left, 0)
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
