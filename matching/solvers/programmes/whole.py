"""One programme with everything of a part in it: teams, money and goods at once."""

from dataclasses import replace

import numpy as np

from matching.arrays import IntArray
from matching.model import NANO, Draft, Model, draft_value, empty_draft
from matching.solvers.bound import NEVER
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock
from matching.solvers.programmes.highs import best_point
from matching.solvers.programmes.knapsacks import knapsacks
from matching.solvers.programmes.linear import Programme, Scope, programme_of, whole_answer
from matching.solvers.programmes.staffing import Staffing, accept

_NODE_COLUMNS = 20_000_000  # nodes times columns


def part_programme(
    model: Model, needs: IntArray, arcs: IntArray, *, with_supply: bool, complete: IntArray | None = None
) -> Programme:
    """Write a part, or its supply side alone (no arcs), as a matrix."""
    return programme_of(
        model.worth,
        model.people,
        model.rows,
        model.supply,
        model.item_need,
        scope=Scope(
            needs=needs,
            possible=model.possible,
            complete=model.worth.complete if complete is None else complete,
            arcs=arcs,
            escort_arcs=model.escort_arcs,
            adult_arcs=model.adult_arcs,
            with_supply=with_supply,
        ),
    )


def with_knapsacks(
    programme: Programme, model: Model, needs: IntArray, price: IntArray, time_s: float
) -> Programme:
    """Add the knapsacks of money that the relaxation fills; the relaxation stays, covers get better."""
    money = model.supply.money
    point = best_point(programme.matrix.relaxed(), gap=0.0, time_s=time_s, node_limit=1)
    if point.x is None:
        return programme
    asks = np.flatnonzero((money.asked[needs] > 0) & model.possible[needs])
    found = knapsacks(money, needs[asks], point.x[programme.z[asks]], price)
    row, taker = np.nonzero(found.size)
    scale = np.maximum(found.held, 1).astype(np.float64)
    matrix = programme.matrix.with_rows(
        row.astype(np.int64),
        programme.z[asks[taker]],
        found.size[row, taker] / scale[row],
        found.held / scale,
    )
    return replace(programme, matrix=matrix)


def nanopoints(points: float) -> int:
    """Upward, with room for the solver's rounding."""
    if not np.isfinite(points):
        return 2**62
    return int((points + 1e-9 * abs(points) + 1e-6) * NANO) + 1


def improved_whole(
    model: Model,
    needs: IntArray,
    arcs: IntArray,
    draft: Draft,
    value: int,
    *,
    bound: int,
    clock: Clock,
    gap: float,
    proves: bool,
    nodes: int | None = None,
    price: IntArray | None = None,
) -> tuple[Draft, int, int]:
    """
    One programme with everything in it; it proves a bound only if no arc was left out that a better plan has.

    ``price`` of money asks for knapsacks over whole needs beside it.
    """
    programme = part_programme(model, needs, arcs, with_supply=True)
    if price is not None:
        programme = with_knapsacks(programme, model, needs, price, clock.left * 0.1)
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    complete_depth = bool((model.people.places.tail[inside[model.people.places.need]] <= NEVER // 128).all())
    if nodes is None:
        nodes = max(100, _NODE_COLUMNS // max(1, len(programme.matrix.objective)))
    answer = whole_answer(programme, gap=gap / 2, time_s=clock.left, node_limit=nodes)
    if proves and complete_depth:  # what beats the plan in hand is in the programme; the plan may not be
        bound = min(bound, max(value, nanopoints(answer.bound_points)))
    if answer.z is None or answer.x is None:
        return draft, value, bound
    found = Staffing(
        complete=np.zeros_like(draft.complete),
        chosen=np.zeros_like(draft.chosen),
        price=np.zeros(0, dtype=np.int64),
    )
    accept(model, needs, arcs[answer.x], found)
    other = empty_draft(model)
    picked = needs[answer.z & model.possible[needs]]
    other.complete[picked] = ~model.has_slots[picked] | found.complete[picked]
    keep = other.complete[model.people.places.need[model.people.arcs.place]]
    other.chosen = found.chosen & keep
    other = deal_out(model, other, needs)
    better = draft_value(model, other)
    return (other, better, bound) if better > value else (draft, value, bound)
