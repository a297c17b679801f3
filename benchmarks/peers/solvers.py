"""
Peers of the matcher, one function each, run in an environment of their own.

``python solvers.py PEER VIEW.npz OUT.npz SECONDS`` reads a plain view of an instance and writes the indices of
the arcs that the peer chose; the last line printed is JSON with the seconds of each step and, where the peer
proves one, a lower bound of the cost. Nothing here is trusted: the bench checks what comes back.

Arrays of a view: ``penalty`` and ``urgency`` by need, ``capacity`` by volunteer, and ``need``, ``volunteer``,
``cost`` by arc, arcs sorted by need and cost.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from running import Lap, run

View = dict[str, np.ndarray]
Answer = tuple[np.ndarray, float | None]


def _first_come(view: View, first_choice: np.ndarray) -> Answer:
    """
    First come, first served: volunteers look in one after another and take what they may, best first.

    ``first_choice`` by arc: lower is taken earlier; equal ones by distance.
    """
    order = np.lexsort((view["cost"], first_choice, view["volunteer"]))
    begin = np.searchsorted(view["volunteer"][order], np.arange(len(view["capacity"]) + 1))
    need = view["need"].tolist()
    open_ = [True] * len(view["penalty"])
    chosen: list[int] = []
    for volunteer in np.random.default_rng(1).permutation(len(view["capacity"])).tolist():
        left = int(view["capacity"][volunteer])
        for arc in order[begin[volunteer] : begin[volunteer + 1]].tolist():
            if not left:
                break
            if open_[need[arc]]:
                open_[need[arc]] = False
                left -= 1
                chosen.append(arc)
    return np.array(chosen, dtype=np.int64), None


def claim_nearest(view: View, _seconds: float, _lap: Lap) -> Answer:
    """Each volunteer claims what is nearest."""
    return _first_come(view, view["cost"])


def claim_urgent(view: View, _seconds: float, _lap: Lap) -> Answer:
    """Each volunteer claims what is most urgent among what is near."""
    return _first_come(view, -view["urgency"][view["need"]])


def claim_oldest(view: View, _seconds: float, _lap: Lap) -> Answer:
    """Each volunteer claims what was posted first."""
    return _first_come(view, view["need"])


def dispatcher(view: View, _seconds: float, _lap: Lap) -> Answer:
    """A dispatcher's list: most urgent need first, the cheapest free volunteer for each."""
    left = view["capacity"].tolist()
    first = np.searchsorted(view["need"], np.arange(len(view["penalty"]) + 1)).tolist()
    volunteer = view["volunteer"].tolist()
    chosen: list[int] = []
    for need in np.argsort(-view["urgency"], kind="stable").tolist():
        for arc in range(first[need], first[need + 1]):
            if left[volunteer[arc]] > 0:
                left[volunteer[arc]] -= 1
                chosen.append(arc)
                break
    return np.array(chosen, dtype=np.int64), None


def gale_shapley(view: View, _seconds: float, lap: Lap) -> Answer:
    """Stable matching of needs (cheapest first) and volunteers (most urgent first, then cheapest)."""
    from matching.games import HospitalResident

    first = np.searchsorted(view["need"], np.arange(len(view["penalty"]) + 1))
    volunteer = view["volunteer"].tolist()
    needs = {
        f"n{i}": [f"v{j}" for j in volunteer[first[i] : first[i + 1]]] for i in range(len(view["penalty"]))
    }
    needs = {key: wishes for key, wishes in needs.items() if wishes}
    order = np.lexsort((view["cost"], -view["urgency"][view["need"]], view["volunteer"]))
    wanted: dict[str, list[str]] = {}
    for arc in order.tolist():
        wanted.setdefault(f"v{volunteer[arc]}", []).append(f"n{view['need'][arc]}")
    capacities = {key: int(view["capacity"][int(key[1:])]) for key in wanted}
    game = HospitalResident.create_from_dictionaries(needs, wanted, capacities)
    lap.built()
    pairs = {
        (int(resident.name[1:]), int(hospital.name[1:]))
        for hospital, residents in game.solve().items()
        for resident in residents
    }
    arcs = zip(view["need"].tolist(), volunteer, strict=True)
    return np.flatnonzero([pair in pairs for pair in arcs]), None


def networkx_simplex(view: View, _seconds: float, lap: Lap) -> Answer:
    """Minimum-cost flow by networkx' network simplex."""
    import networkx as nx

    graph = nx.DiGraph()
    count = len(view["penalty"])
    graph.add_node("t", demand=count)
    for need, penalty in enumerate(view["penalty"].tolist()):
        graph.add_node(("n", need), demand=-1)
        graph.add_edge(("n", need), "t", weight=penalty, capacity=1)
    for volunteer, capacity in enumerate(view["capacity"].tolist()):
        graph.add_edge(("v", volunteer), "t", weight=0, capacity=capacity)
    arcs = zip(view["need"].tolist(), view["volunteer"].tolist(), view["cost"].tolist(), strict=True)
    for need, volunteer, cost in arcs:
        graph.add_edge(("n", need), ("v", volunteer), weight=cost, capacity=1)
    lap.built()
    cost, flow = nx.network_simplex(graph)
    arcs = zip(view["need"].tolist(), view["volunteer"].tolist(), strict=True)
    chosen = [flow[("n", need)][("v", volunteer)] > 0 for need, volunteer in arcs]
    return np.flatnonzero(chosen), float(cost)


def scipy_matching(view: View, _seconds: float, lap: Lap) -> Answer:
    """SciPy's sparse bipartite matching over copies of volunteers, with a dummy for every need."""
    from scipy import sparse
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    capacity = view["capacity"]
    start = np.concatenate([[0], np.cumsum(capacity)])
    copies = capacity[view["volunteer"]]
    arc = np.repeat(np.arange(len(copies)), copies)
    nth = np.arange(len(arc)) - np.repeat(np.cumsum(copies) - copies, copies)
    column = start[view["volunteer"][arc]] + nth
    count = len(view["penalty"])
    row = np.concatenate([view["need"][arc], np.arange(count)])
    column = np.concatenate([column, start[-1] + np.arange(count)])
    weight = np.concatenate([view["cost"][arc], view["penalty"]]) + 1  # zero weights would be no edges
    graph = sparse.csr_array((weight, (row, column)), shape=(count, start[-1] + count))
    lap.built()
    rows, columns = min_weight_full_bipartite_matching(graph)
    served = columns < start[-1]
    volunteer = np.searchsorted(start, columns[served], side="right") - 1
    pairs = set(zip(rows[served].tolist(), volunteer.tolist(), strict=True))
    arcs = zip(view["need"].tolist(), view["volunteer"].tolist(), strict=True)
    return np.flatnonzero([pair in pairs for pair in arcs]), float(
        np.asarray(graph[rows, columns]).sum() - count
    )


def highs_simplex(view: View, seconds: float, lap: Lap) -> Answer:
    """HiGHS on the linear programme, whose vertices are whole."""
    import highspy

    count, people, arcs = len(view["penalty"]), len(view["capacity"]), len(view["need"])
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", float(seconds))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = arcs, count + people
    model.col_cost_ = (view["cost"] - view["penalty"][view["need"]]).astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(arcs), np.ones(arcs)
    model.row_lower_ = np.full(count + people, -highspy.kHighsInf)
    model.row_upper_ = np.concatenate([np.ones(count), view["capacity"].astype(np.float64)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(0, 2 * arcs + 1, 2, dtype=np.int32)
    index = np.column_stack([view["need"], count + view["volunteer"]]).ravel()
    model.a_matrix_.index_ = index.astype(np.int32)
    model.a_matrix_.value_ = np.ones(2 * arcs)
    solver.passModel(model)
    lap.built()
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.empty(0, dtype=np.int64), None
    point = np.array(solver.getSolution().col_value)
    return np.flatnonzero(point > 0.5), float(solver.getObjectiveValue() + view["penalty"].sum())


def pulp_cbc(view: View, seconds: float, lap: Lap) -> Answer:
    """PuLP and the CBC that it brings."""
    import pulp

    count, people = len(view["penalty"]), len(view["capacity"])
    problem = pulp.LpProblem("assignment", pulp.LpMinimize)
    x = [pulp.LpVariable(f"x{arc}", cat="Binary") for arc in range(len(view["need"]))]
    gain = (view["cost"] - view["penalty"][view["need"]]).tolist()
    problem += pulp.LpAffineExpression(zip(x, gain, strict=True))
    for axis, size, cap in (("need", count, np.ones(count)), ("volunteer", people, view["capacity"])):
        rows: list[list[tuple[pulp.LpVariable, int]]] = [[] for _ in range(size)]
        for arc, member in enumerate(view[axis].tolist()):
            rows[member].append((x[arc], 1))
        for row, most in zip(rows, cap.tolist(), strict=True):
            if row:
                problem += pulp.LpAffineExpression(row) <= most
    lap.built()
    problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds, threads=1))
    chosen = np.flatnonzero([(variable.value() or 0) > 0.5 for variable in x])
    proven = problem.sol_status == pulp.LpSolutionOptimal
    value = float(view["penalty"].sum() + (pulp.value(problem.objective) or 0))
    return chosen, value if proven else None


def timefold(view: View, seconds: float, lap: Lap) -> Answer:
    """Timefold Solver (Java), its default configuration."""
    home = Path(__file__).parents[2] / ".cache" / "timefold"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.txt"), Path(folder, "out.txt")
        with source.open("w") as file:
            print(len(view["penalty"]), len(view["capacity"]), len(view["need"]), file=file)
            print(*view["capacity"].tolist(), file=file)
            print(*view["penalty"].tolist(), file=file)
            np.savetxt(file, np.column_stack([view["need"], view["volunteer"], view["cost"]]), fmt="%d")
        command = [
            "java",
            "-cp",
            f"{home}/classes:{home}/dependency/*",
            "zhulian.Main",
            str(source),
            str(target),
        ]
        lap.built()
        subprocess.run([*command, str(int(seconds))], check=True)
        pairs = {tuple(map(int, line.split())) for line in target.read_text().splitlines()}
    arcs = zip(view["need"].tolist(), view["volunteer"].tolist(), strict=True)
    return np.flatnonzero([pair in pairs for pair in arcs]), None


def highs_mip(view: View, seconds: float, lap: Lap) -> Answer:
    """HiGHS on the mixed-integer programme as our own solvers write it."""
    import highspy

    solver = highspy.Highs()
    for option, setting in (("output_flag", False), ("threads", 1), ("time_limit", float(seconds))):
        solver.setOptionValue(option, setting)
    model = highspy.HighsLp()
    columns, rows = len(view["objective"]), len(view["low"])
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_, model.sense_ = view["objective"], highspy.ObjSense.kMaximize
    model.col_lower_, model.col_upper_ = np.zeros(columns), view["upper"]
    model.row_lower_, model.row_upper_ = view["low"], view["high"]
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[whole] for whole in view["whole"].tolist()]
    order = np.lexsort((view["row"], view["column"]))
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    begins = np.searchsorted(view["column"][order], np.arange(columns + 1))
    model.a_matrix_.start_ = begins.astype(np.int32)
    model.a_matrix_.index_ = view["row"][order].astype(np.int32)
    model.a_matrix_.value_ = view["value"][order]
    solver.passModel(model)
    lap.built()
    solver.run()
    info = solver.getInfo()
    point = np.array(solver.getSolution().col_value)
    return (point if len(point) else np.zeros(columns)), float(view["total"] - info.mip_dual_bound)


def pulp_cbc_mip(view: View, seconds: float, lap: Lap) -> Answer:
    """PuLP and CBC on the same mixed-integer programme."""
    import pulp

    problem = pulp.LpProblem("round", pulp.LpMaximize)
    x = [
        pulp.LpVariable(f"x{column}", 0, upper, "Integer" if whole else "Continuous")
        for column, (upper, whole) in enumerate(
            zip(view["upper"].tolist(), view["whole"].tolist(), strict=True)
        )
    ]
    problem += pulp.LpAffineExpression(zip(x, view["objective"].tolist(), strict=True))
    members: list[list[tuple[pulp.LpVariable, float]]] = [[] for _ in view["low"]]
    for row, column, value in zip(
        view["row"].tolist(), view["column"].tolist(), view["value"].tolist(), strict=True
    ):
        members[row].append((x[column], value))
    for row, low, high in zip(members, view["low"].tolist(), view["high"].tolist(), strict=True):
        if low == high:
            problem += pulp.LpAffineExpression(row) == low
            continue
        if np.isfinite(high):
            problem += pulp.LpAffineExpression(row) <= high
        if np.isfinite(low):
            problem += pulp.LpAffineExpression(row) >= low
    lap.built()
    lap.built()
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds, threads=1, logPath=log.name))
        # CBC minimises minus the points; where it closes the gap it prints no bound of its own
        stated = re.findall(
            r"^(?:Lower bound|Upper bound|Objective value):\s+(-?[\d.]+)", log.read(), re.MULTILINE
        )
    found = abs(float(stated[-1])) if stated else None
    return np.array([variable.value() or 0.0 for variable in x]), None if found is None else float(
        view["total"] - found
    )


PEERS: dict[str, Callable[[View, float, Lap], Answer]] = {
    "claim-nearest": claim_nearest,
    "claim-urgent": claim_urgent,
    "claim-oldest": claim_oldest,
    "dispatcher": dispatcher,
    "gale-shapley": gale_shapley,
    "networkx": networkx_simplex,
    "scipy": scipy_matching,
    "highs": highs_simplex,
    "pulp-cbc": pulp_cbc,
    "timefold": timefold,
    "highs-mip": highs_mip,
    "pulp-cbc-mip": pulp_cbc_mip,
}


TINY: View = {
    "penalty": np.array([90, 80]),
    "urgency": np.array([2, 1]),
    "capacity": np.array([1, 1]),
    "need": np.array([0, 0, 1]),
    "volunteer": np.array([0, 1, 0]),
    "cost": np.array([1, 2, 1]),
}
TINY_PROGRAMME: View = {
    "row": np.array([0]),
    "column": np.array([0]),
    "value": np.array([1.0]),
    "low": np.array([-np.inf]),
    "high": np.array([1.0]),
    "objective": np.array([1.0]),
    "upper": np.array([1.0]),
    "whole": np.array([True]),
    "total": np.array(1.0),
}
"""What a peer is given first, so that what it loads at its first use is not counted."""


def main() -> None:
    """Run one peer on one view."""
    name, source, target, seconds = sys.argv[1:]

    def load() -> None:
        if name != "timefold":  # a program of its own, which loads anew each time
            PEERS[name](TINY_PROGRAMME if name.endswith("-mip") else TINY, 1.0, Lap())

    def read() -> View:
        with np.load(source) as file:
            return {key: file[key] for key in file.files}

    def solve(view: View, lap: Lap) -> float | None:
        answer, bound = PEERS[name](view, float(seconds), lap)
        if name.endswith("-mip"):
            np.savez(target, point=answer)
        else:
            np.savez(target, chosen=np.asarray(answer, dtype=np.int64))
        return bound

    run(load, read, solve)


if __name__ == "__main__":
    main()
