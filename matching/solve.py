"""
A round, solved: a problem and a policy in, an audited plan out.

Equal input gives an equal plan whatever the order of rows. A run ends by gap or by the solvers' own work
limits; only when ``Limits.time_s`` runs out first does the clock decide, and then the plan says STOPPED.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np

from domain.errors import AuditFailedError, InvalidInputError
from matching.audit import audit
from matching.components import components
from matching.crews import Crew
from matching.draft_rows import assignments_of, fulfilled_of, goods_of, money_of
from matching.explain import Study, reasons_of, studied
from matching.fairness import fairness_of
from matching.floors import floors_of, ties_of, year_statements
from matching.formulation.build import Formulation, model_of
from matching.formulation.candidates import candidates_of
from matching.formulation.instance import Instance
from matching.formulation.objective import worth_of
from matching.formulation.people import arc_count, first_depth, full_places
from matching.formulation.supply import supply_of
from matching.formulation.tables import instance_of
from matching.model import NANO, Draft, Labels, Model
from matching.optimise import Solution, optimise, too_shallow
from matching.plan import Plan, PlanStatus
from matching.policy import Policy
from matching.problem import Problem
from matching.ranking import Ranked, Solve, rank
from matching.solvers.bound import Prices
from matching.solvers.search import Clock
from matching.stability import stability_of, with_pins

ARCS_A_SLOT = 24
_EVERY_ARC = 60_000  # up to this many arcs none is left out
_DEEPER = 4
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    When to stop: ``gap`` is the proven share of the bound that may be missing, ``time_s`` the last resort.

    Raises
    ------
    InvalidInputError
        A limit is negative, or there is no time at all.
    """

    time_s: float = 300.0
    gap: float = 0.001

    def __post_init__(self) -> None:
        if self.time_s <= 0 or not 0 <= self.gap < 1:
            raise InvalidInputError(
                "limits need some time and a gap in [0, 1)", time_s=self.time_s, gap=self.gap
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """
    What stands behind a plan, in arrays.

    Parameters
    ----------
    model, labels
        The plan's model with all levels of the objective in it.
    draft
        The plan.
    prices, bound
        Prices, and the nanopoints of the model that they prove no plan exceeds.
    """

    model: Model
    labels: Labels
    draft: Draft
    prices: Prices
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """The best solution of a round, the model it is of, and a bound of all models tried in whole points."""

    made: Formulation
    fair: Model
    ranked: Ranked
    bound: int
    struck: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands: phase by name, share done in it, points so far."""

    phase: str
    done: float
    value: int = 0
    bound: int = 0

    @property
    def gap(self) -> float:
        """Share of the bound that is still missing."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


class _Watch:
    """Seconds by phase, told to the caller as they pass."""

    def __init__(self, progress: Callable[[Progress], None] | None) -> None:
        self._progress = progress
        self._last = time.monotonic()
        self.seconds: dict[str, float] = {}

    def tell(self, phase: str, done: float, value: int = 0, bound: int = 0) -> None:
        if self._progress is not None:
            self._progress(Progress(phase=phase, done=done, value=value, bound=bound))

    def end(self, phase: str) -> None:
        now = time.monotonic()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._last
        self._last = now
        self.tell(phase, 1.0)


def solve(
    problem: Problem,
    policy: Policy,
    *,
    seed: int = 0,
    limits: Limits | None = None,
    study: Study | None = None,
    progress: Callable[[Progress], None] | None = None,
    keep: Callable[[Solved], None] | None = None,
    crew: Crew | None = None,
    cancel: Event | None = None,
) -> Plan:
    """
    Match people, money and goods to the needs of a round.

    Parameters
    ----------
    problem, policy
        What the round saw, and the rules of its day (:func:`matching.policy.policy_on`).
    seed
        Stored with the plan. This version breaks ties by id and draws no random number.
    limits
        Gap to stop at and time never to exceed; the default stops at 0.1 %.
    study
        Also say what would help, what became of each volunteer and fund, and what more would be worth.
    progress
        Called with each step; it must not raise.
    keep
        Handed the model and its solution once the plan has passed the audit, for files that others can check.
    crew
        Who solves the parts of the round; None is this process. The plan is the same wherever they are solved.
    cancel
        Set it from another thread to end the search: the plan then holds what was found by that time.

    Returns
    -------
    Plan
        Audited; with a reason for every need.

    Raises
    ------
    AuditFailedError
        The independent audit found a violation: a bug, and the plan is not handed out.
    InvalidInputError
        The problem's tables contradict each other.
    """
    limits, cancel = limits or Limits(), cancel or Event()
    clock, watch = Clock.of(limits.time_s, cancel.is_set), _Watch(progress)
    step = partial(watch.tell, "search")

    def run(model: Model) -> Solution:
        return optimise(model, clock, limits.gap, step, crew=crew, cancel=cancel)

    found = _searched(instance_of(problem, policy), limits, clock, watch, run)
    made, solution = found.made, found.ranked.solution
    plan = _plan_of(found, limits, seed=seed)
    watch.end("plan")
    if study is None:
        plan = replace(plan, reasons=reasons_of(made, solution.draft, plan))
    else:
        plan = studied(problem, policy, made, solution, plan, study)
    plan = replace(plan, reasons=with_pins(made, plan, plan.reasons))
    watch.end("reasons")
    _refuse_broken(problem, policy, plan)
    watch.end("audit")
    if keep is not None:
        keep(
            Solved(
                model=found.fair,
                labels=made.labels,
                draft=solution.draft,
                prices=found.ranked.proof,
                bound=found.ranked.proven,
            )
        )
    statistics = {
        **_sizes(made),
        **solution.figures,
        **found.ranked.figures,
        **stability_of(problem, plan),
        **found.struck,
        **{f"seconds_{phase}": round(spent, 3) for phase, spent in watch.seconds.items()},
    }
    return replace(plan, statistics=statistics)


def _searched(instance: Instance, limits: Limits, clock: Clock, watch: _Watch, run: Solve) -> _Found:
    """Solve models with more and more arcs, until none that was left out could matter."""
    worth = worth_of(instance)
    watch.end("arrays")
    candidates = candidates_of(instance)
    watch.end("candidates")
    supply, struck = supply_of(instance, candidates.open_needs)
    places = full_places(instance, candidates)
    watch.end("supply")
    depth = first_depth(places, ARCS_A_SLOT if arc_count(candidates) > _EVERY_ARC else _EVERY_ARC)
    best: _Found | None = None
    proven = 2**70
    for round_ in range(_ROUNDS):
        made = model_of(instance, candidates, worth, supply, places, depth=depth)
        fair = replace(
            made.model,
            fairness=fairness_of(made.model.community, instance.policy.weights),
            floors=floors_of(instance, made.model.supply.money),
        )
        watch.end("model")
        ranked = rank(fair, run, gap=limits.gap)
        watch.end("search")
        ranked.figures["rounds"] = round_ + 1
        solution = ranked.solution
        proven = min(proven, solution.bound)
        missing = solution.bound - solution.value
        if best is None or missing < best.ranked.solution.bound - best.ranked.solution.value:
            best = _Found(
                made=made, fair=fair, ranked=ranked, bound=0, struck={**candidates.struck, **struck}
            )
        short = too_shallow(made.model, solution.prices)
        if missing <= limits.gap * solution.bound or not short.any() or clock.left < 1:
            break
        depth = np.where(short, depth * _DEEPER, depth)
    assert best is not None  # noqa: S101 - the loop runs at least once
    return replace(best, bound=proven // NANO)


def _refuse_broken(problem: Problem, policy: Policy, plan: Plan) -> None:
    """Hand out no plan that the independent audit finds fault with."""
    violations = audit(problem, policy, plan)
    if violations:
        first = violations[0]
        raise AuditFailedError(
            f"{len(violations)} violations, first {first.rule} {first.subject}: {first.detail}",
            rule=first.rule,
            subject=first.subject,
            count=len(violations),
        )


def _sizes(made: Formulation) -> dict[str, int | float | str]:
    model = made.model
    return {
        "needs": len(model.possible),
        "needs_possible": int(model.possible.sum()),
        "volunteers": len(made.instance.volunteers),
        "pairs": len(made.found.pairs),
        "arcs": len(model.people.arcs),
        "people_rows": len(model.rows),
        "money_arcs": len(model.supply.money),
        "goods_arcs": len(model.supply.goods),
        "components": len(
            components(model, np.flatnonzero(model.in_play).astype(np.int64), with_supply=True)
        ),
    }


def _plan_of(found: _Found, limits: Limits, *, seed: int) -> Plan:
    made, ranked, solution, bound = found.made, found.ranked, found.ranked.solution, found.bound
    instance, model, labels, draft = made.instance, made.model, made.labels, solution.draft
    value = solution.value // NANO
    missing = bound - value
    near = missing <= limits.gap * bound
    best = not missing and all(level.proven for level in ranked.levels[:3])
    status = PlanStatus.OPTIMAL if best else PlanStatus.WITHIN_GAP if near else PlanStatus.STOPPED
    return Plan(
        problem_digest=instance.problem.digest,
        policy_id=instance.policy.id,
        seed=seed,
        status=status,
        assignments=assignments_of(model, labels, draft),
        money=money_of(model, labels, instance.funds, draft, ties_of(instance.problem)),
        goods=goods_of(model, labels, draft),
        fulfilled=fulfilled_of(labels, draft),
        value=value,
        bound=bound,
        reasons={},
        levels=ranked.levels,
        charity_years=year_statements(instance, model, draft, solution.prices),
    )


def plan_digest(plan: Plan) -> str:
    """SHA-256 over what a plan gives to whom, its value, bound and reasons; statistics stay out."""
    content = {
        "problem": plan.problem_digest,
        "policy": plan.policy_id,
        "seed": plan.seed,
        "status": plan.status.value,
        "assignments": [
            [e.need_id, e.slot_id, e.volunteer_id, e.start_min, e.end_min, e.distance_m]
            for e in plan.assignments
        ],
        "money": [[e.need_id, e.fund_id, e.earmark_id, e.amount_fen, e.review_path] for e in plan.money],
        "goods": [[e.need_item_id, e.offer_id, e.quantity] for e in plan.goods],
        "fulfilled": sorted(plan.fulfilled),
        "value": plan.value,
        "bound": plan.bound,
        "levels": [[level.name, level.value, level.bound, level.proven] for level in plan.levels],
        "reasons": {
            key: [r.code, r.rule, sorted(r.parameters.items())] for key, r in sorted(plan.reasons.items())
        },
    }
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
