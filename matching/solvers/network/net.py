"""
A network of people as arrays that the path searches share: needs, arcs into a forest of rows, a sink.

Node 0 is the sink. Every other node is a row of volunteers, with room for ``cap`` units on its way to its
parent, or a community, whose ``k``-th unit costs ``step * (2 * k - 1) // demand * grain``. Each need sends one unit
to a node, or skips: a need that stays unserved goes to the sink, or to its community, at a price. ``pot`` is
what entering a node costs beyond the arc; it falls along the way to the sink, where it is 0.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.arrays import IntArray

Index = npt.NDArray[np.int32]

OUT = -1
"""Mate of a need that takes no part."""
SKIPPED = -2
"""Mate of a need that stays unserved."""
UNTOUCHED = -3
NEVER = 2**61
CLOSED = 2**59
"""Cost of an arc that nobody may take any more; sums with it stay below NEVER."""


class Net(NamedTuple):
    """
    Arrays of one network; see the module. Costs, potentials and steps in nanopoints.

    ``begin``, ``end`` give a need's arcs; ``leaf``, ``cost``, ``owner`` are by arc. ``mate`` is the arc a need
    takes, ``at`` the node it is at and ``pays`` what that costs with the node's potential. ``head``, ``after``,
    ``ahead`` link the needs at a node, ``child_head``, ``child_after`` a node's children, ``skip_head``,
    ``skip_after`` the needs that skip to it. The arcs into a node stand from ``into_first[node]`` in
    ``into_need``, ``into_cost``, ``into_arc``; those added later are linked by ``late_head``, ``late_after``.
    ``ghost`` counts units of a node's flow that nobody sends yet, ``low`` the units of a community that are not in
    this network. The rest is scratch of a search; ``was`` and ``log`` remember what needs held before a batch of
    searches.
    """

    begin: IntArray
    end: IntArray
    leaf: Index
    cost: IntArray
    owner: Index
    skip: IntArray
    skip_node: Index
    parent: Index
    cap: IntArray
    step: IntArray
    demand: IntArray
    grain: IntArray
    low: IntArray
    child_head: Index
    child_after: Index
    into_first: IntArray
    into_need: Index
    into_cost: IntArray
    into_arc: Index
    late_head: Index
    late_after: Index
    skip_head: Index
    skip_after: Index
    flow: IntArray
    ghost: IntArray
    pot: IntArray
    mate: Index
    at: Index
    pays: IntArray
    head: Index
    after: Index
    ahead: Index
    dist: IntArray
    by_need: Index
    by_arc: Index
    touched: Index
    heap: Index
    heap_at: Index
    was: Index
    log: Index
    tally: IntArray  # touched, heap, log, nodes settled


def net_of(
    first: IntArray,
    leaf: IntArray,
    cost: IntArray,
    skip: IntArray,
    skip_node: IntArray,
    *,
    parent: IntArray,
    cap: IntArray,
    step: IntArray,
    demand: IntArray,
    grain: IntArray,
    low: IntArray,
) -> Net:
    """
    Lay out a network in which no need has a place yet.

    Parameters
    ----------
    first, leaf, cost
        Arcs by need: ``first[i]`` to ``first[i + 1]``; the node each enters and what it costs.
    skip, skip_node
        By need: what staying unserved costs, and the node it leads to.
    parent, cap, step, demand, grain, low
        By node, the sink first. A node with no ``demand`` is a row, else a community.
    """
    n_needs, n_nodes = len(skip), len(parent)

    def none(size: int) -> Index:
        return np.full(size, -1, dtype=np.int32)

    def zeros(size: int) -> IntArray:
        return np.zeros(size, dtype=np.int64)

    return Net(
        begin=first[:-1].astype(np.int64),
        end=first[1:].astype(np.int64),
        leaf=leaf.astype(np.int32),
        cost=cost.astype(np.int64),
        owner=np.repeat(np.arange(n_needs, dtype=np.int32), np.diff(first)),
        skip=skip.astype(np.int64),
        skip_node=skip_node.astype(np.int32),
        parent=parent.astype(np.int32),
        cap=cap.astype(np.int64),
        step=step.astype(np.int64),
        demand=demand.astype(np.int64),
        grain=grain.astype(np.int64),
        low=low.astype(np.int64),
        child_head=none(n_nodes),
        child_after=none(n_nodes),
        into_first=zeros(n_nodes + 1),
        into_need=none(len(leaf)),
        into_cost=zeros(len(leaf)),
        into_arc=none(len(leaf)),
        late_head=none(n_nodes),
        late_after=none(len(leaf)),
        skip_head=none(n_nodes),
        skip_after=none(n_needs),
        flow=low.astype(np.int64),
        ghost=zeros(n_nodes),
        pot=zeros(n_nodes),
        mate=np.full(n_needs, OUT, dtype=np.int32),
        at=np.zeros(n_needs, dtype=np.int32),
        pays=np.full(n_needs, -NEVER, dtype=np.int64),
        head=none(n_nodes),
        after=none(n_needs),
        ahead=none(n_needs),
        dist=np.full(n_nodes, NEVER, dtype=np.int64),
        by_need=none(n_nodes),
        by_arc=none(n_nodes),
        touched=none(n_nodes),
        heap=none(n_nodes),
        heap_at=none(n_nodes),
        was=np.full(n_needs, UNTOUCHED, dtype=np.int32),
        log=none(n_needs),
        tally=zeros(4),
    )


def with_room(net: Net, needs: int, arcs: int) -> Net:
    """
    Lengthen the arrays so that so many needs and arcs fit; the network stays the same.

    New needs are OUT and skip to the sink at no cost until they are written in.
    """
    fill = {
        "begin": 0,
        "end": 0,
        "skip": 0,
        "skip_node": 0,
        "mate": OUT,
        "at": 0,
        "pays": -NEVER,
        "was": UNTOUCHED,
    }
    by_need = (*fill, "skip_after", "after", "ahead", "log")
    by_arc = ("leaf", "cost", "owner", "late_after")
    longer: dict[str, npt.NDArray[np.int64] | Index] = {}
    for names, size in ((by_need, needs), (by_arc, arcs)):
        for name in names:
            held = getattr(net, name)
            longer[name] = np.full(max(size, len(held)), fill.get(name, -1), dtype=held.dtype)
            longer[name][: len(held)] = held
    return net._replace(**longer)
