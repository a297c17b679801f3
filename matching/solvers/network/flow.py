"""Exact assignment of people to needs of one slot: a cheapest flow in integers, with the prices that prove it."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray
from matching.model import Fairness
from matching.solvers.network.forest import ranked
from matching.solvers.network.net import Net, net_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """
    Needs of one person each. Costs in nanopoints.

    Parameters
    ----------
    first, row, cost
        Arcs by need, ``first[i]`` to ``first[i + 1]``: the row each enters (-1: none) and what it costs.
    skip
        By need, what it costs to stay unserved.
    parent, units
        By row, the row that holds it (-1: none) and how many arcs it lets pass.
    community, fairness
        By need, and what else unserved needs of a community cost; None for nothing.
    """

    first: IntArray
    row: IntArray
    cost: IntArray
    skip: IntArray
    parent: IntArray
    units: IntArray
    community: IntArray
    fairness: Fairness | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assigned:
    """``chosen`` are positions in the arc list, ascending; prices in nanopoints, by row and by community."""

    chosen: IntArray
    row_price: IntArray
    community_price: IntArray


def best_assignment(given: Assignment) -> Assigned:
    """Serve the needs at the least cost, and price every row so that the bound equals the value."""
    net, node_of_row = network_of(given)
    settle(net)
    return assigned(net, node_of_row, 0 if given.fairness is None else len(given.fairness))


def network_of(given: Assignment) -> tuple[Net, IntArray]:
    """Lay the network out: the sink, the rows from small to large, the communities; nodes by row beside it."""
    order = ranked(given.parent)
    n_rows = len(order)
    node = np.empty(n_rows + 1, dtype=np.int64)
    node[order] = np.arange(1, n_rows + 1)
    node[-1] = 0  # no row: straight to the sink
    fairness, nothing = given.fairness, np.empty(0, dtype=np.int64)
    step, demand, grain, base = (
        (nothing,) * 4
        if fairness is None
        else (fairness.step, fairness.demand, fairness.grain, fairness.base)
    )
    zeros = np.zeros(n_rows + 1, dtype=np.int64)
    skip_node = np.zeros(len(given.skip), dtype=np.int64)
    if fairness is not None:
        skip_node = np.where(given.community >= 0, n_rows + 1 + given.community, 0)
    return net_of(
        given.first,
        node[given.row],
        given.cost,
        given.skip,
        skip_node,
        parent=np.concatenate([[0], node[given.parent[order]], np.zeros_like(step)]),
        cap=np.concatenate([[0], given.units[order], np.zeros_like(step)]),
        step=np.concatenate([zeros, step]),
        demand=np.concatenate([zeros, demand]),
        grain=np.concatenate([zeros, grain]),
        low=np.concatenate([zeros, base]),
    ), node[:-1]


def settle(net: Net) -> None:
    """Give every need its place in the cheapest flow."""
    from matching.solvers.network import levels, paths  # noqa: PLC0415 - numba takes half a second to import

    levels.link(net)
    root = levels.roots_of(net)
    along = levels.neighbours_first(net)
    rank = np.empty(len(along), dtype=np.int64)
    rank[along] = np.arange(len(along))
    worth_first = np.lexsort((rank, -net.skip))
    level, left = levels.guess(net, worth_first, root)
    paths.start(net, level, left, root)
    paths.solve(net, along)


def assigned(net: Net, node_of_row: IntArray, n_communities: int) -> Assigned:
    """Read chosen arcs and prices off a network that is settled."""
    served = net.mate >= 0
    price = np.maximum(net.pot - net.pot[net.parent], 0)
    return Assigned(
        chosen=np.sort(net.mate[served]).astype(np.int64),
        row_price=price[node_of_row],
        community_price=net.pot[len(price) - n_communities :].copy(),
    )
