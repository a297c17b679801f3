"""Connected components by union and find: one pass over the edges and no copy of them."""
# pyright: basic, reportUntypedFunctionDecorator=false
# ruff: noqa: ANN001, ANN202 - types of compiled functions are found by the compiler

from numba import njit

from matching.arrays import IntArray


@njit(cache=True)
def _root(parent, node):
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True)
def join(parent: IntArray, one_end: IntArray, other_end: IntArray, shift: int) -> None:
    """
    Join the ends of each edge; ``shift`` is added to the other end.

    ``parent`` begins as ``arange(n)``; a component's lowest node becomes its root.
    """
    for edge in range(len(one_end)):
        one, other = _root(parent, one_end[edge]), _root(parent, other_end[edge] + shift)
        if one < other:
            parent[other] = one
        else:
            parent[one] = other


@njit(cache=True)
def settle(parent: IntArray) -> None:
    """Let every node point at the root of its component."""
    for node in range(len(parent)):
        parent[node] = _root(parent, node)
