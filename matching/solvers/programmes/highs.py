"""
HiGHS as SciPy ships it: sparse arrays in without a copy a variable, dual values out.

OR-Tools carries a HiGHS too, but its modelling layer in Python takes longer to build these programmes than
HiGHS takes to solve them; the ``highspy`` distribution cannot be loaded beside OR-Tools at all.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportArgumentType=false
# SciPy ships no types; everything that leaves this module is annotated.

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matching.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matrix:
    """``low <= A @ x <= high`` with A by entries; shapes (rows,) and (columns,)."""

    row: IntArray
    column: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    objective: FloatArray
    upper: FloatArray
    whole: IntArray

    def relaxed(self) -> "Matrix":
        """Give the same with no column whole."""
        return replace(self, whole=np.zeros_like(self.whole))

    def with_rows(self, row: IntArray, column: IntArray, value: FloatArray, high: FloatArray) -> "Matrix":
        """Give the same with further rows ``value @ x <= high``, entries numbered from the first new row."""
        return replace(
            self,
            row=np.concatenate([self.row, len(self.low) + row]),
            column=np.concatenate([self.column, column]),
            value=np.concatenate([self.value, value]),
            low=np.concatenate([self.low, np.full(len(high), -np.inf)]),
            high=np.concatenate([self.high, high]),
        )

    def sparse(self) -> sparse.csr_array:
        """Compressed rows."""
        return sparse.csr_array(
            (self.value, (self.row, self.column)), shape=(len(self.low), len(self.objective))
        )


def upper_duals(matrix: Matrix, time_s: float) -> FloatArray | None:
    """
    Values of the rows' upper sides in the linear relaxation of a maximisation, never negative, by row.

    Equality rows get 0: nothing is priced there. None if the relaxation was not solved in time.
    """
    if not len(matrix.objective):
        return None
    equal = matrix.low == matrix.high
    upper, lower = np.isfinite(matrix.high) & ~equal, np.isfinite(matrix.low) & ~equal
    rows = matrix.sparse()
    answer = linprog(
        -matrix.objective,
        A_ub=sparse.vstack([rows[np.flatnonzero(upper)], -rows[np.flatnonzero(lower)]], format="csr"),
        b_ub=np.concatenate([matrix.high[upper], -matrix.low[lower]]),
        A_eq=rows[np.flatnonzero(equal)],
        b_eq=matrix.high[equal],
        bounds=np.column_stack([np.zeros(len(matrix.upper)), matrix.upper]),
        method="highs",
        options={"time_limit": time_s},
    )
    if answer.status != 0:
        return None
    duals = np.zeros(len(matrix.high))
    duals[np.flatnonzero(upper)] = -np.asarray(answer.ineqlin.marginals)[: int(upper.sum())]
    return np.maximum(duals, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A feasible point within HiGHS' tolerances, or None, and its word on the best possible."""

    x: FloatArray | None
    bound: float
    nodes: int


def best_point(matrix: Matrix, *, gap: float, time_s: float, node_limit: int) -> Point:
    """Maximise with the columns flagged ``whole`` integer. Stops by gap or nodes; time is the last resort."""
    answer = milp(
        -matrix.objective,
        integrality=matrix.whole,
        bounds=Bounds(np.zeros(len(matrix.upper)), matrix.upper),
        constraints=LinearConstraint(matrix.sparse(), matrix.low, matrix.high),
        options={"mip_rel_gap": gap, "time_limit": max(time_s, 0.1), "node_limit": node_limit},
    )
    word = answer.mip_dual_bound
    return Point(
        x=None if answer.x is None else np.asarray(answer.x, dtype=np.float64),
        bound=np.inf if word is None else -float(word),
        nodes=int(answer.mip_node_count or 0),
    )
