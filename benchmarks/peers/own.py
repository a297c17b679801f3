"""
Peers that need the project's own environment: our matcher, CP-SAT as one model, and people's rules on all of it.

``python -m benchmarks.peers.own PEER MODEL.npz OUT.npz SECONDS`` reads a model's file; the last line printed is
that of :mod:`benchmarks.peers.running`.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model

from app.pure_instances import pairs_model, pure_pairs
from benchmarks.peers.desk import by_age, by_distance, by_urgency, claimed, dispatched
from benchmarks.peers.running import Lap, run
from matching.files.model import ModelFile, read_model
from matching.files.plan import plan_of, write_plan
from matching.instances.coupled import coupled
from matching.instances.pure import pure
from matching.model import NANO, Draft, Model
from matching.optimise import optimise
from matching.solvers.outcome import Clock

Answer = tuple[dict[str, np.ndarray], float | None]


def zhulian(file: ModelFile, target: Path, seconds: float) -> None:
    """Our own matcher; its plan goes to a file with the prices that prove its bound."""
    solution = optimise(file.model, Clock.of(seconds), 0.0)
    plan = plan_of(
        file, draft=solution.draft, prices=solution.prices, value=solution.value, bound=solution.bound,
        own_bound=solution.own, gap=0.0, about={"solver": solution.figures},
    )  # fmt: skip
    write_plan(target, file, plan)


def cp_sat(model: Model, seconds: float, lap: Lap) -> Answer:
    """CP-SAT on the whole as one model, money in fen; needs are given whole or not at all."""
    cp = cp_model.CpModel()
    x = [cp.new_bool_var("") for _ in range(len(model.people.arcs))]
    rows: list[list[tuple[cp_model.IntVar, int]]] = [[] for _ in range(len(model.rows))]
    own = model.rows
    for row, arc, use in zip(own.row.tolist(), own.arc.tolist(), own.coefficient.tolist(), strict=True):
        rows[row].append((x[arc], use))
    for row, cap in zip(rows, own.cap.tolist(), strict=True):
        cp.add(cp_model.LinearExpr.weighted_sum([v for v, _ in row], [c for _, c in row]) <= cap)
    need_of, complete = model.arc_need, model.worth.complete // NANO
    pairs = not len(model.supply.money) and bool((model.slot_count == 1).all())
    z: list[cp_model.IntVar] = []
    if pairs:  # a need is met if one of its pairs is chosen
        by_need: dict[int, list[cp_model.IntVar]] = {}
        for arc, need in enumerate(need_of.tolist()):
            by_need.setdefault(need, []).append(x[arc])
        for row in by_need.values():
            cp.add_at_most_one(row)
        cp.maximize(
            cp_model.LinearExpr.weighted_sum(x, (complete[need_of] + model.people.arcs.points).tolist())
        )
    else:
        z = [cp.new_bool_var("") for _ in range(len(model))]
        p = [cp.new_bool_var("") for _ in range(len(model.people.places.group_need))]
        for need in np.flatnonzero(~model.possible).tolist():
            cp.add(z[need] == 0)
        _teams(cp, model, z, p, x)
        _money(cp, model, z)
        _ceilings(cp, model, z)
        # which purse pays is worth less than a point a fen and left out: the bound stays one
        worth = [*complete.tolist(), *model.people.arcs.points.tolist()]
        cp.maximize(cp_model.LinearExpr.weighted_sum([*z, *x], worth))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 8  # below that CP-SAT leaves out its workers for bounds
    lap.built()
    found = solver.solve(cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    chosen = np.array([a for a, v in enumerate(x) if found and solver.value(v)], dtype=np.int64)
    met = need_of[chosen] if pairs else [i for i, v in enumerate(z) if found and solver.value(v)]
    bound = float(int(complete.sum()) - solver.best_objective_bound) if found else None  # else it states none
    return {"complete": np.array(met, dtype=np.int64), "chosen": chosen}, bound


def _teams(
    cp: cp_model.CpModel,
    model: Model,
    z: list[cp_model.IntVar],
    p: list[cp_model.IntVar],
    x: list[cp_model.IntVar],
) -> None:
    places, arcs = model.people.places, model.people.arcs
    of_place: list[list[cp_model.IntVar]] = [[] for _ in range(len(places))]
    in_group: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for arc, place in enumerate(arcs.place.tolist()):
        of_place[place].append(x[arc])
        in_group.setdefault((int(places.group[place]), int(arcs.volunteer[arc])), []).append(x[arc])
    for place, row in enumerate(of_place):
        cp.add(sum(row) == p[int(places.group[place])])
    groups: dict[int, list[cp_model.IntVar]] = {}
    for group, need in enumerate(places.group_need.tolist()):
        groups.setdefault(need, []).append(p[group])
    for need in np.flatnonzero(model.has_slots).tolist():
        cp.add(sum(groups.get(need, [])) == z[need])
    for row in in_group.values():
        if len(row) > 1:
            cp.add_at_most_one(row)


def _money(cp: cp_model.CpModel, model: Model, z: list[cp_model.IntVar]) -> None:
    money = model.supply.money
    y = [cp.new_int_var(0, most, "") for most in money.most.tolist()]
    taken: dict[int, list[cp_model.IntVar]] = {}
    given: dict[int, list[cp_model.IntVar]] = {}
    for arc, (taker, giver) in enumerate(zip(money.taker.tolist(), money.giver.tolist(), strict=True)):
        taken.setdefault(taker, []).append(y[arc])
        given.setdefault(giver, []).append(y[arc])
    for need in np.flatnonzero(money.asked > 0).tolist():
        cp.add(sum(taken.get(need, [])) == int(money.asked[need]) * z[need])
    for giver, row in given.items():
        cp.add(sum(row) <= int(money.held[giver]))


def _ceilings(cp: cp_model.CpModel, model: Model, z: list[cp_model.IntVar]) -> None:
    ceilings = model.supply.ceilings
    weight = ceilings.per_need + ceilings.per_fen * model.supply.money.asked[ceilings.need]
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, need, each in zip(ceilings.row.tolist(), ceilings.need.tolist(), weight.tolist(), strict=True):
        rows.setdefault(row, []).append((need, each))
    for row, members in rows.items():
        cp.add(sum(each * z[need] for need, each in members) <= int(ceilings.cap[row]))


def _by_hand(deal: Callable[[Model], Draft], model: Model, _seconds: float, _lap: Lap) -> Answer:
    draft = deal(model)
    return {"complete": np.flatnonzero(draft.complete), "chosen": np.flatnonzero(draft.chosen)}, None


PEERS: dict[str, Callable[[Model, float, Lap], Answer]] = {
    "cp-sat": cp_sat,
    "dispatcher-joint": partial(_by_hand, dispatched),
    "claim-nearest-joint": partial(_by_hand, lambda model: claimed(model, by_distance(model))),
    "claim-urgent-joint": partial(_by_hand, lambda model: claimed(model, by_urgency(model))),
    "claim-oldest-joint": partial(_by_hand, lambda model: claimed(model, by_age(model))),
}


def main() -> None:
    """Run one peer on one model."""
    name, source, target, seconds = sys.argv[1:]

    def load() -> None:
        tiny = coupled(12, 1)
        if name == "zhulian":
            for model in (tiny, pairs_model(pure_pairs(pure(20, 8, seed=1)), "tiny").model):
                optimise(model, Clock.of(1.0), 0.0)
        else:
            PEERS[name](tiny, 1.0, Lap())

    def solve(file: ModelFile, lap: Lap) -> float | None:
        if name == "zhulian":
            zhulian(file, Path(target), float(seconds))
            return None  # the checker reads it from the plan
        answer, bound = PEERS[name](file.model, float(seconds), lap)
        np.savez(target, **answer)
        return bound

    run(load, lambda: read_model(Path(source)), solve)


if __name__ == "__main__":
    main()
