"""
A first guess of prices for a network, and the cheapest flow from there.

Where people are short, the need that just misses out sets the price of everybody around it. Greedy search by
worth finds who misses out and who is around; the exact searches start from these prices and have little left
to do. The guess decides the time, never the result.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportMissingTypeStubs=false, reportArgumentType=false, reportAssignmentType=false, reportReturnType=false
# Numba's decorators are not typed; the functions they make are called with the arrays of a Net alone.

import numpy as np
from numba import njit

from matching.arrays import IntArray
from matching.solvers.network.net import Net

_FARTHEST = 1_000  # people a search for a free one looks at; nobody among so many is taken for nobody at all


@njit(cache=True)
def link(net: Net) -> None:
    """Chain up the children of every node, the arcs into it and the needs that skip to it."""
    for node in range(len(net.parent) - 1, 0, -1):
        above = net.parent[node]
        net.child_after[node] = net.child_head[above]
        net.child_head[above] = node
    for arc in range(len(net.leaf)):
        net.into_first[net.leaf[arc] + 1] += 1
    for node in range(len(net.parent)):
        net.into_first[node + 1] += net.into_first[node]
    filled = net.into_first.copy()
    for arc in range(len(net.leaf)):
        at = filled[net.leaf[arc]]
        filled[net.leaf[arc]] += 1
        net.into_need[at], net.into_cost[at], net.into_arc[at] = net.owner[arc], net.cost[arc], arc
    for need in range(len(net.skip) - 1, -1, -1):
        node = net.skip_node[need]
        net.skip_after[need] = net.skip_head[node]
        net.skip_head[node] = need


@njit(cache=True)
def roots_of(net: Net) -> IntArray:
    """Last node before the sink, by node; parents have higher numbers or are the sink."""
    root = np.zeros(len(net.parent), dtype=np.int64)
    for node in range(len(net.parent) - 1, 0, -1):
        root[node] = node if net.parent[node] == 0 else root[net.parent[node]]
    return root


@njit(cache=True)
def neighbours_first(net: Net) -> IntArray:
    """Needs in an order that keeps those around the same people together: memory is read near where it was."""
    n_needs = len(net.skip)
    order, count = np.empty(n_needs, dtype=np.int64), 0
    met, seen = np.zeros(n_needs, dtype=np.bool_), np.zeros(len(net.parent), dtype=np.bool_)
    seen[0] = True
    for origin in range(n_needs):
        if met[origin]:
            continue
        met[origin] = True
        order[count] = origin
        at = count
        count += 1
        while at < count:
            for arc in range(net.begin[order[at]], net.end[order[at]]):
                node = net.leaf[arc]
                if seen[node]:
                    continue
                seen[node] = True
                for entry in range(net.into_first[node], net.into_first[node + 1]):
                    need = net.into_need[entry]
                    if not met[need]:
                        met[need] = True
                        order[count] = need
                        count += 1
            at += 1
    return order


@njit(cache=True)
def guess(net: Net, order: IntArray, root: IntArray) -> tuple[IntArray, IntArray]:
    """
    Worth of the need that just misses out, by root (0 where nobody does), and needs left out, by node.

    ``order`` has the needs, most worth first. Each takes the cheapest free person, or moves others by
    a breadth-first search; where that fails, everybody searched is short at its worth, and is closed.
    """
    n_nodes, n_needs = len(net.parent), len(net.skip)
    level, used = np.zeros(n_nodes, dtype=np.int64), np.zeros(n_nodes, dtype=np.int64)
    left = net.low.copy()
    at, after = np.zeros(n_needs, dtype=np.int32), np.full(n_needs, -1, dtype=np.int32)
    head, via = np.full(n_nodes, -1, dtype=np.int32), np.full(n_nodes, -1, dtype=np.int32)
    seen, queue = np.full(n_nodes, -1, dtype=np.int32), np.empty(n_nodes, dtype=np.int32)
    for need in order:
        best, chosen = net.skip[need], -1
        for arc in range(net.begin[need], net.end[need]):
            node = root[net.leaf[arc]]
            if net.cost[arc] < best and (node == 0 or used[node] < net.cap[node]):
                best, chosen = net.cost[arc], node
        if chosen == 0:
            continue
        if chosen > 0:
            via[chosen] = need
        else:
            chosen = _seek(
                net, need, root, level, used, after=after, head=head, via=via, seen=seen, queue=queue
            )
            if chosen < 0:
                left[net.skip_node[need]] += 1
                continue
        used[chosen] += 1
        while True:  # back along the search: everybody on it moves one on
            mover = via[chosen]
            behind = at[mover]
            if mover != need:
                _drop(mover, behind, after, head)
            after[mover] = head[chosen]
            head[chosen] = mover
            at[mover] = chosen
            if mover == need:
                break
            chosen = behind
    return level, left


@njit(cache=True)
def _drop(need: int, node: int, after: IntArray, head: IntArray) -> None:
    if head[node] == need:
        head[node] = after[need]
        return
    other = head[node]
    while after[other] != need:
        other = after[other]
    after[other] = after[need]


@njit(cache=True)
def _seek(
    net: Net,
    need: int,
    root: IntArray,
    level: IntArray,
    used: IntArray,
    after: IntArray,
    head: IntArray,
    via: IntArray,
    seen: IntArray,
    queue: IntArray,
) -> int:
    """Find a free person whom the need, or those moved for it, can reach; -1, and the searched closed, if none."""
    size, at, mover = 0, 0, need
    while True:
        while mover >= 0:
            for arc in range(net.begin[mover], net.end[mover]):
                node = root[net.leaf[arc]]
                if node == 0 or seen[node] == need or level[node] > 0 or net.cost[arc] >= net.skip[mover]:
                    continue
                seen[node] = need
                via[node] = mover
                if used[node] < net.cap[node]:
                    return node
                queue[size] = node
                size += 1
                if size == _FARTHEST:
                    return _close(net.skip[need], level, queue, size)
            mover = after[mover] if mover != need else -1
        if at == size:
            break
        mover = head[queue[at]]
        at += 1
    return _close(net.skip[need], level, queue, size)


@njit(cache=True)
def _close(worth: int, level: IntArray, queue: IntArray, size: int) -> int:
    for index in range(size):
        level[queue[index]] = worth
    return -1
