"""
Needs of one slot whose volunteers' rows are knapsacks: the generalised assignment problem.

Which parts of a model are such is seen from their structure alone. The bound is Lagrangian: every need's slot
gets a price, the rest is one exact knapsack a volunteer (:func:`knapsack_bound` re-checks it from the prices).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matching.arrays import BoolArray, FloatArray, IntArray, offsets
from matching.components import components
from matching.model import NANO, NO_ARC, Model, Rows, arcs_of_needs
from matching.solvers.programmes.highs import Matrix, upper_duals

_MOST_PARTS = 64  # of one model; smaller ones go together into a programme
_LARGEST_ROOM = 200_000
_LARGEST_TABLE = 100_000_000
_LEAST_SCALE = 4
_SCALE = 2**20
_ROOM_OF_SUMS = 2**60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assigned:
    """
    Arcs chosen, and what bounds them in nanopoints.

    ``bound`` is at least the sum of weights less ways of any choice; ``multiplier`` (by need of the model, 0
    elsewhere) are the prices that prove ``relaxed``; ``row_price`` are prices of the rows' units from the
    linear relaxation.
    """

    chosen: IntArray
    bound: int
    relaxed: int
    multiplier: IntArray
    row_price: IntArray


def row_of_arcs(rows: Rows, n_arcs: int) -> tuple[IntArray, IntArray, IntArray]:
    """Row (-1: none), coefficient, and number of rows by arc."""
    row, coefficient = np.full(n_arcs, -1, dtype=np.int64), np.zeros(n_arcs, dtype=np.int64)
    row[rows.arc], coefficient[rows.arc] = rows.row, rows.coefficient
    return row, coefficient, np.bincount(rows.arc, minlength=n_arcs)


def knapsack_parts(model: Model, needs: IntArray) -> list[IntArray]:
    """
    Parts of the needs (sorted indices) that :func:`assign` is for, largest first.

    One slot a need; every arc in one row at most; a row that can bind and whose coefficients differ; no arc
    left out of the model; tables of a size to keep; no community that a need outside belongs to as well.
    """
    served = needs[model.possible[needs] & model.has_slots[needs]]
    people, rows = model.people, model.rows
    _, _, count = row_of_arcs(rows, len(people.arcs))
    arc_need = model.arc_need
    fits = (model.slot_count == 1) & model.possible & model.has_slots
    fits[arc_need[count > 1]] = False
    fits[people.places.need[people.places.tail != NO_ARC]] = False
    demand = np.zeros(len(rows), dtype=np.int64)
    np.add.at(demand, rows.row, rows.coefficient)
    least, most = np.full(len(rows), 2**62, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    np.minimum.at(least, rows.row, rows.coefficient)
    np.maximum.at(most, rows.row, rows.coefficient)
    items = np.bincount(rows.row, minlength=len(rows))
    room = rows.cap // np.maximum(_common(rows), 1)
    bulky = (least < 0) | (rows.cap < 0) | (room > _LARGEST_ROOM) | (room * items > _LARGEST_TABLE)
    fits[arc_need[rows.arc[bulky[rows.row]]]] = False
    uneven = (demand > rows.cap) & (least != most)
    wanted = np.zeros(len(model), dtype=np.bool_)
    wanted[arc_need[rows.arc[uneven[rows.row]]]] = True
    if not (wanted & fits)[served].any():
        return []
    parts = components(model, needs, with_supply=False)
    return [part for part in parts if fits[part].all() and wanted[part].any()][:_MOST_PARTS]


def _common(rows: Rows) -> IntArray:
    """Greatest common divisor of a row's coefficients, by row."""
    common = np.zeros(len(rows), dtype=np.int64)
    np.gcd.at(common, rows.row, rows.coefficient)
    return common


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layout:
    """The needs as jobs, in whole units: arcs sorted by row, the last row takes every job unserved."""

    source: IntArray  # arc of the model, -1: unserved
    job: IntArray
    row: IntArray
    weight: IntArray
    cost: IntArray  # in units
    cap: IntArray
    rows: IntArray  # of the model
    common: IntArray  # what weights and caps were divided by
    unit: int  # nanopoints


def _lay_out(model: Model, needs: IntArray, weight: IntArray) -> _Layout:
    arcs = arcs_of_needs(model, needs)
    row, coefficient, _ = row_of_arcs(model.rows, len(model.people.arcs))
    need = model.arc_need[arcs]
    cost = -model.people.arcs.points[arcs] * NANO
    use, which = coefficient[arcs], row[arcs]
    holds = np.where(which < 0, 0, model.rows.cap[which]) >= use if len(model.rows) else use == 0
    keep = (cost <= weight[need]) & holds
    arcs, need, cost, use, which = arcs[keep], need[keep], cost[keep], use[keep], which[keep]
    rows = np.unique(which[which >= 0])
    common = np.maximum(_common(model.rows)[rows], 1)
    at = np.where(which < 0, len(rows), np.searchsorted(rows, which))
    size = np.where(which < 0, 0, use // np.append(common, 1)[at])
    everyone = np.arange(len(needs), dtype=np.int64)
    job = np.concatenate([np.searchsorted(needs, need), everyone])
    at = np.concatenate([at, np.full(len(needs), len(rows))])
    cost = np.concatenate([cost, weight[needs]])
    unit = max(1, int(np.gcd.reduce(cost)))
    order = np.lexsort((job, at))
    return _Layout(
        source=np.concatenate([arcs, np.full(len(needs), -1)])[order],
        job=job[order],
        row=at[order],
        weight=np.concatenate([size, np.zeros(len(needs), dtype=np.int64)])[order],
        cost=cost[order] // unit,
        cap=np.append(model.rows.cap[rows] // common, 0),
        rows=rows,
        common=common,
        unit=unit,
    )


def assign(
    model: Model,
    needs: IntArray,
    weight: IntArray,
    *,
    ends: Callable[[], bool],
    time_s: float,
    enough: Callable[[int, int], bool],
) -> Assigned | None:
    """
    Choose one arc for each need of a part, or none, for the most weight less ways.

    Parameters
    ----------
    needs
        A part as :func:`knapsack_parts` gives it.
    weight
        Nanopoints by need (of all needs) for being served; never negative for ``needs``.
    ends
        Whether time is up.
    time_s
        Seconds for the linear relaxation, at most.
    enough
        Whether a value and a bound of the part, in nanopoints, are near enough to stop.

    Returns
    -------
    Assigned or None
        None where the numbers are too large for exact 64-bit sums.
    """
    # Numba takes half a second to load: only rounds that hold such parts pay it.
    from matching.solvers.generalised.assigning import solve_bins  # noqa: PLC0415
    from matching.solvers.generalised.lagrangian import Bins  # noqa: PLC0415

    layout = _lay_out(model, needs, weight)
    largest = int(layout.cost.max(initial=1)) + 1
    scale = min(_SCALE, _ROOM_OF_SUMS // (largest * (len(needs) + 1)))
    if scale < _LEAST_SCALE:
        return None
    total, by_job = int(weight[needs].sum()), np.argsort(layout.job, kind="stable")
    start, price = _relaxed(layout, len(needs), time_s)
    found = solve_bins(
        Bins(
            row_first=offsets(layout.row, len(layout.cap)),
            row=layout.row,
            job=layout.job,
            weight=layout.weight,
            cost=layout.cost * scale,
            cap=layout.cap,
            job_first=offsets(layout.job[by_job], len(needs)),
            job_arc=by_job,
        ),
        scale,
        np.rint(start * scale).astype(np.int64),
        np.rint(np.append(price, 0.0) * scale).astype(np.int64),
        np.flatnonzero(layout.source < 0)[-len(needs) :],
        ends=ends,
        enough=lambda cost, bound: enough(
            total - cost // scale * layout.unit, total - bound // scale * layout.unit
        ),
    )
    chosen = layout.source[found.choice]
    multiplier, row_price = np.zeros(len(model), dtype=np.int64), np.zeros(len(model.rows), dtype=np.int64)
    nano = np.array([value * layout.unit // scale for value in found.multiplier.tolist()], dtype=np.int64)
    multiplier[needs] = np.maximum(weight[needs] - nano, 0)
    row_price[layout.rows] = np.rint(price * layout.unit / layout.common).astype(np.int64)
    return Assigned(
        chosen=chosen[chosen >= 0],
        bound=total - found.bound // scale * layout.unit,
        relaxed=knapsack_bound(model, needs, weight, multiplier),
        multiplier=multiplier,
        row_price=row_price,
    )


def _relaxed(layout: _Layout, n_jobs: int, time_s: float) -> tuple[FloatArray, FloatArray]:
    """Prices of jobs and of rows' weight units from the linear relaxation, in units."""
    served = layout.source >= 0
    job, row, cost = layout.job[served], layout.row[served], layout.cost[served].astype(np.float64)
    n_rows = len(layout.cap) - 1
    # what an unserved job costs may be out of all proportion: a start need not know it
    worth = np.minimum(layout.cost[~served], 4 * (int(cost.max(initial=0)) + 1)).astype(np.float64)
    if not len(job):
        return worth, np.zeros(n_rows)
    column, held = np.arange(len(job)), row < n_rows
    answer = upper_duals(
        Matrix(
            row=np.concatenate([job, n_jobs + row[held]]),
            column=np.concatenate([column, column[held]]),
            value=np.concatenate([np.ones(len(job)), layout.weight[served][held].astype(np.float64)]),
            low=np.full(n_jobs + n_rows, -np.inf),
            high=np.concatenate([np.ones(n_jobs), layout.cap[:-1].astype(np.float64)]),
            objective=worth[job] - cost,
            upper=np.ones(len(job)),
            whole=np.zeros(len(job), dtype=np.int64),
        ),
        time_s,
    )
    if answer is None:
        return worth, np.zeros(n_rows)
    return worth - answer[:n_jobs], answer[n_jobs:]


def knapsack_bound(model: Model, needs: IntArray, weight: IntArray, multiplier: IntArray) -> int:
    """
    Bound on weights less ways of the needs, from prices of their slots alone.

    For any ``multiplier`` that is not negative: their sum, and for every row the most that its knapsack can
    hold of ``weight - way - multiplier``, all in whole nanopoints.
    """
    arcs = arcs_of_needs(model, needs)
    row, use, _ = row_of_arcs(model.rows, len(model.people.arcs))
    common = np.append(np.maximum(_common(model.rows), 1), 1)
    need = model.arc_need[arcs]
    gain = weight[need] + model.people.arcs.points[arcs] * NANO - multiplier[need]
    cap = np.append(model.rows.cap, 0) // common
    worthwhile = gain > 0
    arcs, gain = arcs[worthwhile], gain[worthwhile]
    use, row = use[arcs] // common[row[arcs]], row[arcs]
    order = np.argsort(row, kind="stable")
    bound = sum(multiplier[needs].tolist()) + sum(gain[row < 0].tolist())
    for members in np.split(order, np.flatnonzero(np.diff(row[order])) + 1):
        if len(members) and row[members[0]] >= 0:
            bound += _best_fill(use[members], gain[members], int(cap[row[members[0]]]))
    return bound


def _best_fill(use: IntArray, gain: IntArray, cap: int) -> int:
    best = np.zeros(cap + 1, dtype=np.int64)
    for size, value in zip(use.tolist(), gain.tolist(), strict=True):
        if size <= cap:
            best[size:] = np.maximum(best[size:], best[: cap + 1 - size] + value)
    return int(best[cap])


def serve(model: Model, chosen: IntArray) -> tuple[BoolArray, BoolArray]:
    """Flags by need and by arc of the arcs chosen."""
    complete, taken = np.zeros(len(model), dtype=np.bool_), np.zeros(len(model.people.arcs), dtype=np.bool_)
    taken[chosen] = True
    complete[model.arc_need[chosen]] = True
    return complete, taken
