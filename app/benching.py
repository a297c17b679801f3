"""One instance, timed by phase, and its plan checked by a program that shares nothing with the solvers."""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.output import Phases, peak_mb
from domain.time import civil_date
from matching import checker
from matching.audit import audit
from matching.files.model import ModelFile, members_of, model_meta, write_model
from matching.files.plan import PlanFile, plan_members, plan_of, write_plan
from matching.model import NANO
from matching.optimise import optimise
from matching.policy import policy_on
from matching.problem import Problem
from matching.solve import Limits as RoundLimits
from matching.solve import solve
from matching.solvers.search import Clock

CITY_GAP = 0.001

Build = Callable[[], ModelFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for building and solving together, and the proven fraction to stop at (of what is told)."""

    time_s: float
    gap: float | None

    def gap_or(self, default: float) -> float:
        """Give the gap asked for, or else the default."""
        return default if self.gap is None else self.gap


Case = Callable[["Limits", Phases, Path | None], "Run"]
"""An instance in memory: solves it within limits, times phases, and writes the plan where one is asked for."""


@dataclass(slots=True, kw_only=True)
class Run:
    """Figures of one run; ``findings`` are the checker's."""

    figures: dict[str, object]
    findings: list[checker.Finding] = field(default_factory=list[checker.Finding])


def run_model(build: Build, limits: Limits, phases: Phases, out: Path | None) -> Run:
    """
    Build and solve a model, and have its plan checked.

    ``seconds`` counts building, solving and the prices that prove the bound; not writing and checking the plan.

    Parameters
    ----------
    build
        Makes the model from an input that is in memory already.
    out
        Where to write the plan; the model goes beside it. None writes nothing.
    """
    input_mb, started = resident_mb(), time.perf_counter()
    clock, gap = Clock.of(limits.time_s), limits.gap_or(0.0)
    with phases.phase("model"):
        file = build()
    with phases.phase("search"):
        solution = optimise(file.model, clock, _points_gap(file, gap))
    seconds, peak = time.perf_counter() - started, peak_mb()
    plan = plan_of(
        file,
        draft=solution.draft,
        prices=solution.prices,
        value=solution.value,
        bound=solution.bound,
        own_bound=solution.own,
        gap=gap,
        about={"solver": solution.figures},
    )
    with phases.phase("check"):
        verdict = check_plan(file, plan, out)
    return Run(
        figures={
            "name": file.name,
            "sense": file.measure.sense,
            "value": verdict.value,
            "bound": verdict.claimed,
            "gap": verdict.gap,
            "status": plan.status,
            "bound_proven": verdict.proven,
            "gap_proven": verdict.gap_proven,
            "needs": verdict.needs,
            "fulfilled": verdict.complete,
            "audit_violations": len(verdict.findings),
            "seconds": round(seconds, 3),
            "phases": phases.seconds,
            "peak_mb": peak,
            "input_mb": input_mb,
            "figures": solution.figures,
        },
        findings=verdict.findings,
    )


def run_problem(problem: Problem, name: str, limits: Limits, phases: Phases, out: Path | None) -> Run:
    """Run a round of a city: ``audit_violations`` counts the audit's and the checker's findings."""
    input_mb, started = resident_mb(), time.perf_counter()
    gap = limits.gap_or(CITY_GAP)
    policy = policy_on(civil_date(datetime.fromtimestamp(problem.as_of_min * 60, UTC)))
    with phases.phase("round"):
        plan = solve(problem, policy, limits=RoundLimits(time_s=limits.time_s, gap=gap))
    seconds, peak = time.perf_counter() - started, peak_mb()
    with phases.phase("check"):
        violations = audit(problem, policy, plan)
    return Run(
        figures={
            "name": name,
            "sense": "max",
            "value": plan.value,
            "bound": plan.bound,
            "gap": plan.gap,
            "status": plan.status.value,
            "bound_proven": plan.statistics.get("bound_own"),
            "gap_proven": None,
            "needs": len(problem.needs),
            "fulfilled": len(plan.fulfilled),
            "audit_violations": len(violations),
            "seconds": round(seconds, 3),
            "phases": phases.seconds,
            "peak_mb": peak,
            "input_mb": input_mb,
            "figures": plan.statistics,
        },
        findings=[checker.Finding(each.rule, each.subject, each.detail) for each in violations],
    )


def _points_gap(file: ModelFile, gap: float) -> float:
    """Give the fraction of all points that is, for certain, no more than the fraction asked for of what is told."""
    model, measure = file.model, file.measure
    if gap == 0 or measure.sense == "max":
        return gap
    places, arcs = model.people.places, model.people.arcs
    nearest = np.maximum(places.tail, -(2**40))
    np.maximum.at(nearest, arcs.place, arcs.points)
    cheapest = np.zeros(len(model), dtype=np.int64)
    served = model.possible & model.has_slots
    first = np.searchsorted(places.need, np.flatnonzero(served))
    cheapest[served] = -nearest[first] if len(first) else 0
    least = int(cheapest.sum()) * NANO + int(model.worth.complete[~model.possible].sum())
    least += measure.offset * measure.scale * NANO
    return max(0.0, gap * least / max(1, file.total_nano))


def check_plan(file: ModelFile, plan: PlanFile, out: Path | None) -> checker.Verdict:
    """Check a plan from its files if it is to be written, else from the same members in memory."""
    if out is not None:
        beside = out.with_suffix(".model.npz")
        write_model(beside, file)
        write_plan(out, file, plan, model_path=beside.name)
        return checker.check_files(str(out), str(beside))
    meta, arrays = plan_members(file, plan)
    return checker.check(model_meta(file), members_of(file.model, file.labels), meta, arrays)


def resident_mb() -> int:
    """Give the greatest resident memory so far of this process alone, in MiB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // 1024 if sys.platform != "darwin" else used // 1024**2
