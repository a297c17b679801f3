"""
Peers that need the project's own environment: OR-Tools' CP-SAT as one monolith, and a dispatcher's joint list.

Called as ``solvers.py`` is; the joint ones read a model's file instead of a plain view.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model

from matching.files.model import read_model
from matching.model import NANO, Model, empty_draft
from matching.solvers.giving.dealing import Leftovers


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 8  # below that CP-SAT leaves out its workers for bounds
    return solver


def _found(status: int) -> bool:
    return status in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def cp_sat(source: str, seconds: float) -> tuple[dict[str, np.ndarray], float | None]:
    """CP-SAT on the plain assignment."""
    with np.load(source) as file:
        view = {key: file[key] for key in file.files}
    model = cp_model.CpModel()
    x = [model.new_bool_var("") for _ in range(len(view["need"]))]
    by_need: dict[int, list[cp_model.IntVar]] = {}
    by_volunteer: dict[int, list[cp_model.IntVar]] = {}
    for arc, (need, volunteer) in enumerate(
        zip(view["need"].tolist(), view["volunteer"].tolist(), strict=True)
    ):
        by_need.setdefault(need, []).append(x[arc])
        by_volunteer.setdefault(volunteer, []).append(x[arc])
    for row in by_need.values():
        model.add_at_most_one(row)
    for volunteer, row in by_volunteer.items():
        model.add(sum(row) <= int(view["capacity"][volunteer]))
    gain = view["penalty"][view["need"]] - view["cost"]
    model.maximize(cp_model.LinearExpr.weighted_sum(x, gain.tolist()))
    solver = _solver(seconds)
    status = solver.solve(model)
    chosen = [arc for arc, variable in enumerate(x) if _found(status) and solver.value(variable)]
    return {"chosen": np.array(chosen, dtype=np.int64)}, float(solver.best_objective_bound)


def cp_sat_joint(source: str, seconds: float) -> tuple[dict[str, np.ndarray], float | None]:
    """CP-SAT on people and money as one model, money in fen; needs that take parts are given whole or not."""
    m = read_model(Path(source)).model
    model = cp_model.CpModel()
    z = [model.new_bool_var("") for _ in range(len(m))]
    x = [model.new_bool_var("") for _ in range(len(m.people.arcs))]
    p = [model.new_bool_var("") for _ in range(len(m.people.places.group_need))]
    for need in np.flatnonzero(~m.possible).tolist():
        model.add(z[need] == 0)
    _teams(model, m, z, p, x)
    _money(model, m, z)
    _ceilings(model, m, z)
    worth = [*(m.worth.complete // NANO).tolist(), *m.people.arcs.points.tolist()]
    model.maximize(cp_model.LinearExpr.weighted_sum([*z, *x], worth))
    solver = _solver(seconds)
    status = solver.solve(model)
    if not _found(status):
        empty = np.empty(0, dtype=np.int64)
        return {"complete": empty, "chosen": empty}, float(solver.best_objective_bound)
    return {
        "complete": np.array([i for i, v in enumerate(z) if solver.value(v)], dtype=np.int64),
        "chosen": np.array([a for a, v in enumerate(x) if solver.value(v)], dtype=np.int64),
    }, float(solver.best_objective_bound)


def _teams(
    model: cp_model.CpModel,
    m: Model,
    z: list[cp_model.IntVar],
    p: list[cp_model.IntVar],
    x: list[cp_model.IntVar],
) -> None:
    places, arcs = m.people.places, m.people.arcs
    of_place: list[list[cp_model.IntVar]] = [[] for _ in range(len(places))]
    in_group: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for arc, place in enumerate(arcs.place.tolist()):
        of_place[place].append(x[arc])
        in_group.setdefault((int(places.group[place]), int(arcs.volunteer[arc])), []).append(x[arc])
    for place, row in enumerate(of_place):
        model.add(sum(row) == p[int(places.group[place])])
    groups: dict[int, list[cp_model.IntVar]] = {}
    for group, need in enumerate(places.group_need.tolist()):
        groups.setdefault(need, []).append(p[group])
    for need in np.flatnonzero(m.has_slots).tolist():
        model.add(sum(groups.get(need, [])) == z[need])
    for row in in_group.values():
        if len(row) > 1:
            model.add_at_most_one(row)
    rows: list[list[tuple[cp_model.IntVar, int]]] = [[] for _ in range(len(m.rows))]
    entries = zip(m.rows.row.tolist(), m.rows.arc.tolist(), m.rows.coefficient.tolist(), strict=True)
    for row, arc, coefficient in entries:
        rows[row].append((x[arc], coefficient))
    for row, cap in zip(rows, m.rows.cap.tolist(), strict=True):
        model.add(cp_model.LinearExpr.weighted_sum([v for v, _ in row], [c for _, c in row]) <= cap)


def _money(model: cp_model.CpModel, m: Model, z: list[cp_model.IntVar]) -> None:
    money = m.supply.money
    y = [model.new_int_var(0, most, "") for most in money.most.tolist()]
    taken: dict[int, list[cp_model.IntVar]] = {}
    given: dict[int, list[cp_model.IntVar]] = {}
    for arc, (taker, giver) in enumerate(zip(money.taker.tolist(), money.giver.tolist(), strict=True)):
        taken.setdefault(taker, []).append(y[arc])
        given.setdefault(giver, []).append(y[arc])
    for need in np.flatnonzero(money.asked > 0).tolist():
        model.add(sum(taken.get(need, [])) == int(money.asked[need]) * z[need])
    for giver, row in given.items():
        model.add(sum(row) <= int(money.held[giver]))


def _ceilings(model: cp_model.CpModel, m: Model, z: list[cp_model.IntVar]) -> None:
    ceilings = m.supply.ceilings
    weight = ceilings.per_need + ceilings.per_fen * m.supply.money.asked[ceilings.need]
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, need, each in zip(ceilings.row.tolist(), ceilings.need.tolist(), weight.tolist(), strict=True):
        rows.setdefault(row, []).append((need, each))
    for row, members in rows.items():
        model.add(sum(each * z[need] for need, each in members) <= int(ceilings.cap[row]))


def dispatcher_joint(source: str, _seconds: float) -> tuple[dict[str, np.ndarray], float | None]:
    """A dispatcher's list over people, money and goods: worth first, whatever is left that fits."""
    model = read_model(Path(source)).model
    left = Leftovers(model, empty_draft(model))
    needs = np.flatnonzero(model.possible)
    for need in needs[np.argsort(-model.worth.complete[needs], kind="stable")].tolist():
        left.try_add(need)
    draft = left.draft
    return {"complete": np.flatnonzero(draft.complete), "chosen": np.flatnonzero(draft.chosen)}, None


PEERS = {"cp-sat": cp_sat, "cp-sat-joint": cp_sat_joint, "dispatcher-joint": dispatcher_joint}


def main() -> None:
    """Run one peer on one file."""
    name, source, target, seconds = sys.argv[1:]
    begin = time.perf_counter()
    answer, bound = PEERS[name](source, float(seconds))
    spent = time.perf_counter() - begin
    np.savez(target, **answer)
    print(json.dumps({"load_s": 0.0, "solve_s": spent, "bound": bound}))


if __name__ == "__main__":
    main()
