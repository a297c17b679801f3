"""Rows that nest, as a flow can carry them: a slot inside a day inside a week, every arc counting alike in a row."""

from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.model import Rows

_NONE = 2**60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """
    Rows as nodes of a forest.

    Parameters
    ----------
    fits
        By row: all its arcs have one coefficient, and all of them lie in the same next larger row.
    leaf
        By arc, its smallest row; -1 where no row binds it.
    parent
        By row, the next larger row that holds it; -1 for none.
    units
        By row, how many of its arcs may be chosen.
    """

    fits: BoolArray
    leaf: IntArray
    parent: IntArray
    units: IntArray


def forest_of(rows: Rows, n_arcs: int, *, every: bool = False) -> Forest:
    """
    Nest the rows; O(entries log entries), or O(entries) where no arc is in two rows.

    A row that even all its arcs together cannot break is left out, unless ``every`` row is asked for.
    """
    n_rows = len(rows)
    least, most = np.full(n_rows, _NONE, dtype=np.int64), np.zeros(n_rows, dtype=np.int64)
    np.minimum.at(least, rows.row, rows.coefficient)
    np.maximum.at(most, rows.row, rows.coefficient)
    size = np.bincount(rows.row, minlength=n_rows)
    binds = most > rows.cap // np.maximum(size, 1)  # most * size > cap, but for products beyond 64 bits
    binds |= every & (size > 0)
    alike = (least == most) & (least > 0)
    units = np.where(alike, np.maximum(rows.cap, 0) // np.maximum(most, 1), 0)
    keep = binds[rows.row]
    row, arc = (rows.row, rows.arc) if keep.all() else (rows.row[keep], rows.arc[keep])
    leaf = np.full(n_arcs, -1, dtype=np.int64)
    parent = np.full(n_rows, -1, dtype=np.int64)
    nested = alike.copy()
    if np.bincount(arc, minlength=n_arcs).max(initial=0) <= 1:
        leaf[arc] = row
    else:
        order = np.lexsort((row, size[row], arc))
        row, arc = row[order], arc[order]
        new = np.append(True, arc[1:] != arc[:-1])
        leaf[arc[new]] = row[new]
        above = np.append(np.where(new[1:], -1, row[1:]), -1)
        low = np.full(n_rows, _NONE, dtype=np.int64)
        np.minimum.at(low, row, above)
        np.maximum.at(parent, row, above)
        nested &= (low == parent) | (low == _NONE)
    return Forest(fits=nested | ~binds, leaf=leaf, parent=parent, units=units)


def ranked(parent: IntArray) -> IntArray:
    """Order of the rows in which each comes before its parent."""
    depth, up = np.zeros(len(parent), dtype=np.int64), parent.copy()
    while (up >= 0).any():
        depth += up >= 0
        up = np.where(up >= 0, parent[up], -1)
    return np.argsort(-depth, kind="stable").astype(np.int64)
