"""SciPy's neighbour search behind the types it lacks."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# SciPy ships no types; everything that leaves this module is annotated.

import numpy as np
from scipy.spatial import cKDTree

from matching.arrays import FloatArray, IntArray


class Neighbours:
    """Points of a plane, shape (n, 2), to be searched for neighbours."""

    def __init__(self, points: FloatArray) -> None:
        self._tree = cKDTree(points) if len(points) else None

    def nearest(self, points: FloatArray, count: int) -> tuple[FloatArray, IntArray]:
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

    def closest(self, points: FloatArray, count: int) -> IntArray:
        """Indices of the ``count`` nearest points of each, shape (len(points), at most count)."""
        held = 0 if self._tree is None else min(count, self._tree.n)
        if self._tree is None or not len(points):
            return np.empty((len(points), held), dtype=np.int64)
        _, found = self._tree.query(points, k=np.arange(1, held + 1))
        return np.asarray(found).astype(np.int64)
