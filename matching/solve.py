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

import numpy as np

from domain.errors import AuditFailedError, InvalidInputError
from matching.arrays import BoolArray, IntArray
from matching.audit import audit
from matching.candidates import candidates_of
from matching.explain import reasons_of
from matching.model import Draft, Model, binding, components, draft_value, empty_draft, model_of
from matching.objective import NANO, worth_of
from matching.people import NO_ARC, arc_count, first_depth, full_places
from matching.plan import Assignment, GoodsAllocation, MoneyAllocation, Plan, PlanStatus
from matching.policy import Policy
from matching.problem import Problem
from matching.search import Clock, Outcome, solve_part
from matching.supply import supply_of
from matching.tables import instance_of

_ARCS_A_SLOT = 24
_EVERY_ARC = 60_000  # up to this many arcs none is left out
_DEEPER = 4
_ROUNDS = 3
_SMALL_PART = 60
_BUNDLE_NEEDS = 400


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands: phase by name, share done in it, points so far."""

    phase: str
    done: float
    value: int = 0
    bound: int = 0


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
    progress: Callable[[Progress], None] | None = None,
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
    progress
        Called with each step; it must not raise.

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
    limits = limits or Limits()
    clock, watch = Clock.of(limits.time_s), _Watch(progress)
    instance = instance_of(problem, policy)
    worth = worth_of(instance)
    watch.end("arrays")
    found = candidates_of(instance)
    watch.end("candidates")
    supply = supply_of(instance, found.open_needs)
    places = full_places(instance, found)
    watch.end("supply")
    depth = first_depth(places, _ARCS_A_SLOT if arc_count(found) > _EVERY_ARC else _EVERY_ARC)
    best: tuple[Model, Draft, int, int, dict[str, int | float | str]] | None = None
    for round_ in range(_ROUNDS):
        model = model_of(instance, found, worth, supply, places, depth=depth)
        watch.end("model")
        outcomes = _solve_parts(model, clock, limits.gap, watch)
        draft, value, bound, figures = _together(model, outcomes)
        figures["rounds"] = round_ + 1
        if best is None or bound - value < best[3] - best[2]:
            best = (model, draft, value, bound if best is None else min(bound, best[3]), figures)
        watch.end("search")
        short = _too_shallow(model, outcomes)
        if bound - value <= limits.gap * bound or not short.any() or clock.left < 1:
            break
        depth = np.where(short, depth * _DEEPER, depth)
    assert best is not None  # noqa: S101 - the loop runs at least once
    model, draft, value, bound, figures = best
    plan = _plan_of(model, draft, value, bound, limits, seed=seed)
    watch.end("plan")
    plan = replace(plan, reasons=reasons_of(model, draft, plan))
    watch.end("reasons")
    violations = audit(problem, policy, plan)
    if violations:
        first = violations[0]
        raise AuditFailedError(
            f"{len(violations)} violations, first {first.rule} {first.subject}: {first.detail}",
            rule=first.rule,
            subject=first.subject,
            count=len(violations),
        )
    watch.end("audit")
    seconds = {f"seconds_{phase}": round(spent, 3) for phase, spent in watch.seconds.items()}
    return replace(plan, statistics={**_sizes(model), **figures, **found.struck, **supply.struck, **seconds})


def _parts(model: Model) -> list[IntArray]:
    """Scarce parts alone, small scarce ones bundled, and everything ample as one."""
    live = np.flatnonzero(model.in_play).astype(np.int64)
    large: list[IntArray] = []
    bundles: list[list[IntArray]] = [[]]
    ample: list[IntArray] = []
    tied = _tied(model, live)
    for part in components(model, live, with_supply=True):
        if not tied[part].any():
            ample.append(part)
        elif len(part) > _SMALL_PART:
            large.append(part)
        else:
            if sum(len(held) for held in bundles[-1]) >= _BUNDLE_NEEDS:
                bundles.append([])
            bundles[-1].append(part)
    joined = [np.sort(np.concatenate(bundle)) for bundle in [*bundles, ample] if bundle]
    return [*large, *joined]


def _tied(model: Model, live: IntArray) -> BoolArray:
    """Needs that touch a ceiling, or a giver who could be asked for too much."""
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[live] = True
    tied = np.zeros(len(model.possible), dtype=np.bool_)
    tied[model.supply.ceilings.need] = True
    every = np.arange(len(inside), dtype=np.int64)
    for gifts, owner in ((model.supply.money, every), (model.supply.goods, model.instance.items.need)):
        scarce = binding(gifts, inside, owner)
        tied[owner[gifts.taker[scarce[gifts.giver]]]] = True
    return tied


def _solve_parts(model: Model, clock: Clock, gap: float, watch: _Watch) -> list[Outcome]:
    parts = _parts(model)
    outcomes: list[Outcome] = []
    for number, part in enumerate(parts):
        outcomes.append(solve_part(model, part, clock, gap))
        value = sum(draft_value(model, outcome.draft) for outcome in outcomes) // NANO
        bound = sum(outcome.bound for outcome in outcomes) // NANO
        watch.tell("search", (number + 1) / len(parts), value, bound)
    return outcomes


def _together(model: Model, outcomes: list[Outcome]) -> tuple[Draft, int, int, dict[str, int | float | str]]:
    whole = empty_draft(model)
    own = bound = 0
    methods: dict[str, int] = {}
    for outcome in outcomes:
        whole.complete |= outcome.draft.complete
        whole.chosen |= outcome.draft.chosen
        whole.money += outcome.draft.money
        whole.goods += outcome.draft.goods
        own += outcome.own
        # a solver's bound below a plan in hand is refuted; our own arithmetic stands
        bound += outcome.bound if outcome.bound >= draft_value(model, outcome.draft) else outcome.own
        methods[f"parts_{outcome.method}"] = methods.get(f"parts_{outcome.method}", 0) + 1
    value = draft_value(model, whole)
    source = "own" if own // NANO <= bound // NANO else "solver"
    figures: dict[str, int | float | str] = {
        **methods,
        "parts": len(outcomes),
        "bound_own": own // NANO,
        "bound_source": source,
    }
    return whole, value // NANO, bound // NANO, figures


def _too_shallow(model: Model, outcomes: list[Outcome]) -> BoolArray:
    """Places where an arc that was left out would beat, at the prices found, all that were taken in."""
    price = np.zeros(len(model.rows), dtype=np.int64)
    for outcome in outcomes:
        price += outcome.prices.people
    places, arcs = model.people.places, model.people.arcs
    paid = np.zeros(len(arcs), dtype=np.int64)
    np.add.at(paid, model.rows.arc, model.rows.coefficient * price[model.rows.row])
    best = np.full(len(places), -(2**61), dtype=np.int64)
    np.maximum.at(best, arcs.place, arcs.points * NANO - paid)
    return (places.tail != NO_ARC) & (np.where(places.tail == NO_ARC, 0, places.tail) * NANO > best)


def _sizes(model: Model) -> dict[str, int | float | str]:
    return {
        "needs": len(model.possible),
        "needs_possible": int(model.possible.sum()),
        "volunteers": len(model.instance.volunteers),
        "pairs": len(model.found.pairs),
        "arcs": len(model.people.arcs),
        "people_rows": len(model.rows),
        "money_arcs": len(model.supply.money),
        "goods_arcs": len(model.supply.goods),
        "components": len(
            components(model, np.flatnonzero(model.in_play).astype(np.int64), with_supply=True)
        ),
    }


def _plan_of(model: Model, draft: Draft, value: int, bound: int, limits: Limits, *, seed: int) -> Plan:
    instance = model.instance
    places, arcs = model.people.places, model.people.arcs
    supply = model.supply
    assignments = [
        Assignment(
            need_id=instance.needs.ids[int(places.need[place])],
            slot_id=instance.slots.ids[int(places.slot[place])],
            volunteer_id=instance.volunteers.ids[int(arcs.volunteer[arc])],
            start_min=int(places.start_min[place]),
            end_min=int(places.end_min[place]),
            distance_m=int(arcs.distance_m[arc]),
        )
        for arc in np.flatnonzero(draft.chosen).tolist()
        for place in [int(arcs.place[arc])]
    ]
    money = [
        MoneyAllocation(
            need_id=instance.needs.ids[int(supply.money.taker[arc])],
            fund_id=instance.funds.ids[int(supply.money.giver[arc])],
            amount_fen=int(draft.money[arc]),
        )
        for arc in np.flatnonzero(draft.money).tolist()
    ]
    goods = [
        GoodsAllocation(
            need_id=instance.needs.ids[int(instance.items.need[supply.goods.taker[arc]])],
            need_item_id=instance.items.ids[int(supply.goods.taker[arc])],
            offer_id=instance.stock.ids[int(supply.goods.giver[arc])],
            quantity=int(draft.goods[arc]),
        )
        for arc in np.flatnonzero(draft.goods).tolist()
    ]
    missing = bound - value
    near = missing <= limits.gap * bound
    status = PlanStatus.OPTIMAL if not missing else PlanStatus.WITHIN_GAP if near else PlanStatus.STOPPED
    return Plan(
        problem_digest=instance.problem.digest,
        policy_id=instance.policy.id,
        seed=seed,
        status=status,
        assignments=tuple(sorted(assignments, key=lambda entry: (entry.need_id, entry.slot_id))),
        money=tuple(sorted(money, key=lambda entry: (entry.need_id, entry.fund_id))),
        goods=tuple(sorted(goods, key=lambda entry: (entry.need_item_id, entry.offer_id))),
        fulfilled=frozenset(instance.needs.ids[need] for need in np.flatnonzero(draft.complete).tolist()),
        value=value,
        bound=bound,
        reasons={},
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
        "money": [[e.need_id, e.fund_id, e.amount_fen] for e in plan.money],
        "goods": [[e.need_item_id, e.offer_id, e.quantity] for e in plan.goods],
        "fulfilled": sorted(plan.fulfilled),
        "value": plan.value,
        "bound": plan.bound,
        "reasons": {
            key: [r.code, r.rule, sorted(r.parameters.items())] for key, r in sorted(plan.reasons.items())
        },
    }
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
