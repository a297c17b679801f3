"""SciPy's neighbour search and connected components behind the types they lack."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# SciPy ships no types; everything that leaves this module is annotated.

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from matching.arrays import FloatArray, IntArray


class Neighbours:
    """Points of a plane, shape (n, 2), to be searched by radius."""

    def __init__(self, points: FloatArray) -> None:
        self._tree = cKDTree(points) if len(points) else None

    def within(self, point: FloatArray, radius: float) -> IntArray:
        """Ascending indices of the points at most ``radius`` away."""
        if self._tree is None:
            return np.empty(0, dtype=np.int64)
        return np.sort(np.array(self._tree.query_ball_point(point, radius), dtype=np.int64))

    def nearest_far(self, points: FloatArray, count: int) -> tuple[FloatArray, IntArray]:
        """
        Distances and indices of the nearest points, near ones first, shapes (len(points), count).

        Where there are fewer, the distance is infinite and the index 0.
        """
        if self._tree is None:
            return np.full((len(points), count), np.inf), np.zeros((len(points), count), dtype=np.int64)
        distance, index = self._tree.query(points, k=count)
        missing = ~np.isfinite(distance)
        return np.asarray(distance, dtype=np.float64), np.where(missing, 0, index).astype(np.int64)

    def nearest_within(self, points: FloatArray, count: int, radius: float) -> tuple[FloatArray, IntArray]:
        """
        Distances and indices of the ``count`` nearest to each of ``points``, shapes (n, count), nearest first.

        Where there are fewer within ``radius`` the rows end with infinity and the number of points.
        """
        if self._tree is None:
            empty = np.zeros((len(points), count))
            return empty + np.inf, empty.astype(np.int64)
        away, who = self._tree.query(points, k=np.arange(1, count + 1), distance_upper_bound=radius)
        return np.asarray(away, dtype=np.float64), np.asarray(who, dtype=np.int64)

    def nearest(self, points: FloatArray, count: int) -> IntArray:
        """Indices of the ``count`` nearest points of each, shape (len(points), at most count)."""
        held = 0 if self._tree is None else min(count, self._tree.n)
        if self._tree is None or not len(points):
            return np.empty((len(points), held), dtype=np.int64)
        _, found = self._tree.query(points, k=np.arange(1, held + 1))
        return np.asarray(found).astype(np.int64)


def connected_labels(one_end: IntArray, other_end: IntArray, n_nodes: int) -> IntArray:
    """Component number of each node of an undirected graph given by its edges."""
    ones = np.ones(len(one_end), dtype=np.int8)
    graph = sparse.coo_array((ones, (one_end, other_end)), shape=(n_nodes, n_nodes))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label).astype(np.int64)
