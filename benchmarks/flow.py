"""
Pure components measured: optimum with certificate, changes, fairness, and what people's own rules reach.

``python -m benchmarks.flow`` prints one JSON object; seconds are of this process's CPU on one thread.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.arrays import IntArray
from matching.formats.jobs import best_first, capacity_rows, one_place_model
from matching.formulation.nearest import nearest_pairs
from matching.incremental import NewNeeds, Rolling
from matching.instances.pure import PairInstance, PureInstance, preference, pure, regions
from matching.model import NANO, Fairness, Model, draft_value
from matching.optimise import Solution, optimise
from matching.solvers.search import Clock, own_bound

NEAREST = 20
PER_URGENCY = 10_000


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Give a result and the CPU seconds it took."""
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def peak_mb() -> int:
    """Most memory this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def country(made: PureInstance) -> Model:
    """Candidates and model of an instance of one country."""
    need, volunteer, metres = nearest_pairs(
        made.need_xy, made.skill, made.volunteer_xy, made.skills, made.radius_m, most=NEAREST
    )
    cost = (metres // 100).astype(np.int64) + preference(need, volunteer, made.seed)
    pairs = PairInstance(
        need=need,
        volunteer=volunteer,
        cost=cost,
        urgency=made.urgency,
        community=made.community,
        capacity=made.capacity,
    )
    return apart(pairs)


def apart(made: PairInstance) -> Model:
    """Model of pairs."""
    order = best_first(made.need, made.cost)
    volunteer = made.volunteer[order]
    return one_place_model(
        need=made.need[order],
        volunteer=volunteer,
        points=-made.cost[order],
        complete=made.urgency * PER_URGENCY * NANO,
        community=made.community,
        rows=capacity_rows(volunteer, made.capacity),
    )


def urgency(model: Model) -> IntArray:
    """Urgency points by need."""
    return model.worth.complete // (PER_URGENCY * NANO)


def unmet(model: Model, found: Solution) -> int:
    """Urgency points of all that stay unserved."""
    return int(urgency(model)[~found.draft.complete].sum())


def travel(model: Model, found: Solution) -> int:
    """Points lost on the way."""
    return -int(model.people.arcs.points[found.draft.chosen].sum())


def exact(model: Model) -> Solution:
    """Optimum; the bound of our own arithmetic must equal it."""
    found = optimise(model, Clock.of(3600.0), 0.0)
    assert found.value == found.own == found.bound == draft_value(model, found.draft)
    return found


def one_flow(model: Model) -> tuple[int, float]:
    """The same model by OR-Tools' cost scaling: points lost by what is unserved and by the ways, and CPU seconds."""
    arcs, n_needs, n_rows = model.people.arcs, len(model), len(model.rows)
    need, sink = model.arc_need, n_needs + n_rows
    every, ones = np.arange(n_needs), np.ones(n_needs, dtype=np.int64)
    supply = np.zeros(sink + 1, dtype=np.int64)
    supply[:n_needs], supply[sink] = 1, -n_needs

    def work() -> int:
        flow = min_cost_flow.SimpleMinCostFlow()
        add = flow.add_arcs_with_capacity_and_unit_cost
        add(need[model.rows.arc], n_needs + model.rows.row, np.ones_like(need), -arcs.points[model.rows.arc])
        rows = np.arange(n_rows)
        add(n_needs + rows, np.full(n_rows, sink), model.rows.cap, np.zeros(n_rows, dtype=np.int64))
        add(every, np.full(n_needs, sink), ones, model.worth.complete // NANO)
        flow.set_nodes_supplies(np.arange(sink + 1), supply)
        assert flow.solve() == flow.OPTIMAL
        return flow.optimal_cost()

    return timed(work)


def claims(model: Model, seed: int, *, urgent_first: bool) -> int:
    """Unmet urgency when volunteers come one by one and claim open needs: nearest first, or most urgent first."""
    arcs, need, worth = model.people.arcs, model.arc_need, urgency(model)
    shuffled = np.random.default_rng(seed).permutation(len(model.rows))
    rank = np.empty_like(shuffled)
    rank[shuffled] = np.arange(len(shuffled))
    keys = (-arcs.points, -worth[need]) if urgent_first else (-arcs.points,)
    order = np.lexsort((*keys, rank[arcs.volunteer]))
    left, taken = model.rows.cap.tolist(), np.zeros(len(model), dtype=np.bool_).tolist()
    for person, wanted in zip(arcs.volunteer[order].tolist(), need[order].tolist(), strict=True):
        if left[person] and not taken[wanted]:
            left[person] -= 1
            taken[wanted] = True
    return int(worth[~np.array(taken)].sum())


def shares(model: Model, found: Solution) -> dict[str, float]:
    """How evenly communities are served."""
    members = np.bincount(model.community)
    some = members > 0
    share = (np.bincount(model.community[found.draft.complete], minlength=len(members)) / members.clip(1))[
        some
    ]
    return {
        "min": round(float(share.min()), 4),
        "p10": round(float(np.quantile(share, 0.1)), 4),
        "jain": round(float(share.sum() ** 2 / (len(share) * (share**2).sum())), 6),
        "unmet_urgency": unmet(model, found),
        "travel": travel(model, found),
    }


def fairness(model: Model, plain: Solution, step_points: int) -> dict[str, Any]:
    """The price of fairness: the same model with and without it."""
    demand = np.maximum(np.bincount(model.community), 1).astype(np.int64)
    none = np.zeros_like(demand)
    fair = replace(
        model, fairness=Fairness(step=none + step_points * NANO, demand=demand, grain=none + 1, base=none)
    )
    found, seconds = timed(lambda: exact(fair))
    without, with_it = shares(model, plain), shares(model, found)
    price = (with_it["unmet_urgency"] - without["unmet_urgency"]) / max(1, without["unmet_urgency"])
    return {
        "communities": int((np.bincount(model.community) > 0).sum()),
        "step_points": step_points,
        "without": without,
        "with": with_it,
        "price_urgency_share": round(price, 6),
        "seconds": round(seconds, 2),
    }


def changes(made: PureInstance, full_s: float, new: int, out: int) -> dict[str, Any]:
    """Hold back some needs, bring them in, then let people drop out, needs withdraw and capacity grow."""
    whole = country(made)
    need, held = whole.arc_need, len(whole) - new
    early = need < held
    arcs = whole.people.arcs
    rolling = Rolling(
        one_place_model(
            need=need[early],
            volunteer=arcs.volunteer[early],
            points=arcs.points[early],
            complete=whole.worth.complete[:held],
            community=whole.community[:held],
            rows=capacity_rows(arcs.volunteer[early], whole.rows.cap),
        )
    )
    rng = np.random.default_rng(1)
    first = np.searchsorted(need[~early], np.arange(held, len(whole) + 1)).astype(np.int64)
    late = NewNeeds(
        worth=whole.worth.complete[held:],
        first=first,
        row=arcs.volunteer[~early],
        cost=-arcs.points[~early],
        community=whole.community[held:],
    )
    rolling.add_needs(
        replace(
            late,
            worth=late.worth[:1],
            first=first[:2],
            row=late.row[: first[1]],
            cost=late.cost[: first[1]],
            community=late.community[:1],
        )
    )
    rest = replace(
        late,
        worth=late.worth[1:],
        first=first[1:] - first[1],
        row=late.row[first[1] :],
        cost=late.cost[first[1] :],
        community=late.community[1:],
    )
    people = rng.choice(len(whole.rows), out, replace=False)
    gone, few = rng.choice(held, new, replace=False), max(1, new // 10)
    steps = {
        f"{new - 1}_new_needs": lambda: rolling.add_needs(rest),
        f"{out}_volunteers_out": lambda: rolling.withdraw_volunteers(people),
        f"{few}_needs_withdrawn": lambda: rolling.withdraw_needs(gone[:few]),
        f"{new - few}_needs_withdrawn": lambda: rolling.withdraw_needs(gone[few:]),
        "one_more_visit_each_for_10_volunteers": lambda: [
            rolling.add_capacity(int(row), 1) for row in range(10)
        ][-1],
    }
    figures: dict[str, Any] = {}
    for name, step in steps.items():
        change, seconds = timed(step)
        now = rolling.model()
        value = draft_value(now, rolling.draft())
        bound, check_s = timed(lambda now=now: own_bound(now, np.arange(len(now)), rolling.prices()))
        figures[name] = {
            "ms": round(seconds * 1000, 2),
            "times_faster": round(full_s / seconds),
            "others_moved": len(change.moved),
            "gap": bound - value,
            "certificate_s": round(check_s, 2),
        }
    again, seconds = timed(lambda: exact(rolling.model()))
    figures["full_solve_of_the_end"] = {"seconds": round(seconds, 2), "same_value": again.value == value}
    return figures


def report_country(needs: int, seed: int, step_points: int) -> dict[str, Any]:
    """Figures of one country."""
    made = pure(needs, needs * 3 // 10, seed=seed)
    before = peak_mb()
    model, candidates_s = timed(lambda: country(made))
    with_model = peak_mb()
    found, solve_s = timed(lambda: exact(model))
    after = peak_mb()
    lost = sum(urgency(model)[~found.draft.complete].tolist()) * PER_URGENCY + travel(model, found)
    other, other_s = one_flow(model)
    assert lost == other
    ours = unmet(model, found)
    near, urgent = (claims(model, seed, urgent_first=by) for by in (False, True))
    return {
        "needs": needs,
        "arcs": len(model.people.arcs),
        "candidates_s": round(candidates_s, 2),
        "optimum_and_certificate_s": round(solve_s, 2),
        "gap": 0,
        "cost": lost,
        "mb_before": before,
        "mb_with_model": with_model,
        "mb_peak": after,
        "cost_scaling_s": round(other_s, 2),
        "unmet_urgency": {"ours": ours, "nearest_first": near, "urgent_first": urgent},
        "lower_than_nearest_first": round(1 - ours / near, 4),
        "lower_than_urgent_first": round(1 - ours / urgent, 4),
        "fairness": fairness(model, found, step_points),
        "changes": changes(made, solve_s, max(2, needs // 100), max(1, needs // 1000)),
    }


def report_regions(count: int, seed: int) -> dict[str, Any]:
    """Figures of regions that do not touch, and of the same as one flow."""
    model, build_s = timed(lambda: apart(regions(count, 1_000, 300, seed=seed)))
    with_model = peak_mb()
    begin = time.monotonic()
    found, solve_s = timed(lambda: exact(model))
    wall = time.monotonic() - begin
    figures = {
        "needs": len(model),
        "arcs": len(model.people.arcs),
        "build_s": round(build_s, 2),
        "optimum_and_certificate_s": round(solve_s, 2),
        "wall_s": round(wall, 2),
        "gap": found.bound - found.value,
        "mb_with_model": with_model,
        "mb_peak": peak_mb(),
    }
    other, other_s = one_flow(model)
    lost = sum(urgency(model)[~found.draft.complete].tolist()) * PER_URGENCY + travel(model, found)
    assert lost == other
    return {
        **figures,
        "one_flow_cost_scaling_s": round(other_s, 2),
        "times_faster": round(other_s / solve_s, 1),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--needs", type=int, default=100_000)
    parser.add_argument("--regions", type=int, default=0, help="of 1,000 needs each; 1000 is pure-1m-regions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=2_000, help="points of fairness")
    arguments = parser.parse_args()
    small = pure(500, 150, seed=0)  # compiled, or read from the cache, before anything is measured
    changes(small, 1.0, 5, 1)
    figures: dict[str, Any] = {}
    if arguments.needs:
        figures["country"] = report_country(arguments.needs, arguments.seed, arguments.step)
    if arguments.regions:
        figures["regions"] = report_regions(arguments.regions, arguments.seed)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
