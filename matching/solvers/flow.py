"""
Exact network flows in integers: assignments of people, and the dealing out of money and goods.

OR-Tools gives the flow; prices are worked out here and prove it (the solver does not hand them out).
"""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false, reportMissingTypeStubs=false
# OR-Tools' stubs swap numpy's shape and element types; what leaves this module is annotated.

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from domain.errors import SolverUnavailableError
from matching.arrays import IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matching:
    """``chosen`` are positions in the arc list; ``row_price`` is a price of each row in points."""

    chosen: IntArray
    row_price: IntArray


def best_matching(need: IntArray, row: IntArray, points: IntArray, n_needs: int, n_rows: int) -> Matching:
    """
    Give each need at most one arc and each row at most one need, for the most points.

    Parameters
    ----------
    need, row, points
        By arc; ``row`` is -1 for an arc that no row binds. Arcs with no positive points are never chosen.

    Raises
    ------
    SolverUnavailableError
        The solver refused the network (costs beyond its range).
    """
    free = np.flatnonzero(row < 0)
    sink_row = n_rows
    rows = np.where(row < 0, n_rows + 1 + np.cumsum(row < 0) - 1, row)
    n_nodes = n_needs + n_rows + 1 + len(free)
    source_sink = n_needs + sink_row
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(need, n_needs + rows, np.ones_like(need), -points)
    all_rows = np.concatenate([np.arange(n_rows), n_rows + 1 + np.arange(len(free))]) + n_needs
    ones = np.ones(len(all_rows), dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(all_rows, ones * source_sink, ones, ones * 0)
    skips = np.ones(n_needs, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(np.arange(n_needs), skips * source_sink, skips, skips * 0)
    supplies = np.zeros(n_nodes, dtype=np.int64)
    supplies[:n_needs] = 1
    supplies[source_sink] = -n_needs
    flow.set_nodes_supplies(np.arange(n_nodes), supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverUnavailableError(f"the flow solver answered {status}", status=str(status))
    chosen = np.flatnonzero(np.asarray(flow.flows(arcs)) > 0).astype(np.int64)
    chosen = chosen[points[chosen] > 0]
    return Matching(chosen=chosen, row_price=_prices(need, row, points, chosen, n_needs, n_rows=n_rows))


def _prices(
    need: IntArray, row: IntArray, points: IntArray, chosen: IntArray, n_needs: int, *, n_rows: int
) -> IntArray:
    """
    Lowest prices that support an optimal matching: raise each row to the best offer of a need that lost it.

    Monotone from zero; it ends because an optimal matching has no improving cycle. A cap on the sweeps
    keeps a wrong matching from looping: the bound then simply shows the gap.
    """
    price = np.zeros(n_rows, dtype=np.int64)
    held = np.zeros(len(need), dtype=np.bool_)
    held[chosen] = True
    rival = np.flatnonzero(~held & (row >= 0) & (points > 0))
    bound = chosen[row[chosen] >= 0]
    for _ in range(2 * (n_needs + n_rows) + 2):
        earned = np.zeros(n_needs, dtype=np.int64)
        earned[need[chosen]] = points[chosen]
        earned[need[bound]] = points[bound] - price[row[bound]]
        raised = price.copy()
        np.maximum.at(raised, row[rival], points[rival] - earned[need[rival]])
        if np.array_equal(raised, price):
            break
        price = raised
    return price


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
