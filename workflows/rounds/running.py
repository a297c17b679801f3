"""Matching rounds: snapshot, solve, audit, propose, publish."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event

import polars as pl
from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import AuditFailedError, InvalidInputError, PolicyError, StaleVersionError, TransitionError
from domain.needs import OPEN_FOR_MATCHING
from domain.rounds import ProposalState, RoundState
from domain.time import civil_date
from graph.reads.rounds import RoundRow, round_by_id
from graph.rounds import (
    close_round,
    lock_needs,
    lock_round,
    offer_needs,
    proposed_in,
    set_proposals,
    store_round,
)
from graph.stock import reserve_goods
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from matching.audit import audit
from matching.crews import Crew
from matching.explain import Study
from matching.plan import Plan
from matching.policy import Policy, policy_on
from matching.problem import Problem
from matching.solve import Limits, Solved, plan_digest, solve
from matching.solve import Progress as Step
from workflows.allocations.fitness import Gift
from workflows.allocations.notices import tell_approvers
from workflows.allocations.reserving import Reservation, reserve
from workflows.idempotency import once, request_hash
from workflows.rounds.plan_rows import outcome_rows, proposal_rows, volunteer_rows
from workflows.rounds.recheck import problem_now, require_fresh, require_sound
from workflows.rounds.renewal import renew_published, replanned_in
from workflows.rounds.report import summarise
from workflows.rounds.snapshot import Snapshot, build_problem
from workflows.workspace import Outcome, Workspace

RUNNERS = (Role.MATCHER, Role.STATION_LEAD, Role.STATION_WORKER, Role.PLATFORM_ADMIN)
_PUBLISHERS = (Role.STATION_WORKER, Role.STATION_LEAD)
_TIME_TO_ASK_MIN = 60
_ANSWERS = TypeAdapter(RoundRow)

Progress = Callable[[str, float], None]
"""Called with the phase (``snapshot``, ``solve``, ``audit``, ``store``) and the fraction done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRequest:
    """
    What a round is a function of, besides the graph.

    Parameters
    ----------
    region_path
        Subtree whose open needs take part; inside the actor's scope.
    policy_id
        Policy the caller means to match by; None takes the one in force on the day of ``as_of``.
    seed
        For the solver's random choices.
    time_limit_s
        Wall-clock seconds for solving.
    gap
        Stop at this proven fraction from the best.
    as_of
        Moment the snapshot shows, from which on visits are planned; None is now, with an hour to ask people.
    horizon_days
        Visits are planned inside this many days from ``as_of``.
    replan
        Plan offered visits anew that nobody has answered, near what people were told; a nightly round does.
    """

    region_path: str
    policy_id: str | None = None
    seed: int = 0
    time_limit_s: float = 60.0
    gap: float = 0.005
    as_of: datetime | None = None
    horizon_days: int = 14
    replan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOutcome:
    """A stored round with what it was computed from, what stands behind it, and seconds by phase."""

    round: RoundRow
    plan: Plan
    problem: Problem
    solved: Solved
    phases_s: dict[str, float]


async def run_round(
    ws: Workspace,
    actor: Actor,
    request: RoundRequest,
    *,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> RoundOutcome:
    """
    Compute a plan for the open needs of a region and store it as proposals. Nothing is promised yet.

    ``crew`` solves the parts of the round; the plan is the same without one.

    Raises
    ------
    NotPermittedError
        The actor neither runs rounds nor works at a station.
    NotFoundError
        The region lies outside the actor's scope.
    PolicyError
        Another policy than the one asked for is in force.
    AuditFailedError
        The independent audit found a violation; nothing is stored.
    SolverUnavailableError
        No solver answered within the limit.
    """
    actor.require(*RUNNERS)
    as_of = (request.as_of or ws.clock()).astimezone(UTC)
    policy = policy_for(request, as_of)
    phases = _Phases(progress)

    phases.enter("snapshot", 0.0)
    freeze = timedelta(hours=policy.stability.freeze_hours.value)
    snapshot = await ws.store.read(
        lambda tx: build_problem(
            tx,
            actor,
            region_path=request.region_path,
            as_of=as_of,
            horizon_days=request.horizon_days,
            replan=freeze if request.replan else None,
        )
    )
    if request.as_of is None:
        snapshot = _with_time_to_ask(snapshot)
    phases.enter("solve", 0.1)
    kept: list[Solved] = []
    cancel = Event()
    try:
        plan = await asyncio.to_thread(
            solve,
            snapshot.problem,
            policy,
            seed=request.seed,
            limits=Limits(time_s=request.time_limit_s, gap=request.gap),
            study=Study(),
            progress=phases.search,
            keep=kept.append,
            crew=crew,
            cancel=cancel,
        )
    finally:
        cancel.set()  # nobody waits any longer: a search that still runs ends soon
    phases.enter("audit", 0.8)
    violations = await asyncio.to_thread(audit, snapshot.problem, policy, plan)
    if violations:
        raise AuditFailedError(
            f"the plan breaks {len(violations)} rules, first {violations[0]}", violations=len(violations)
        )
    phases.enter("store", 0.9)
    row = await _store(ws, actor, request, as_of=as_of, snapshot=snapshot, plan=plan)
    phases.enter("done", 1.0)
    return RoundOutcome(
        round=row, plan=plan, problem=snapshot.problem, solved=kept[0], phases_s=phases.seconds
    )


def _with_time_to_ask(snapshot: Snapshot) -> Snapshot:
    """Plan no visit within the next hour: a round of now is yet to be read and offered before one begins."""
    problem = snapshot.problem
    first_min = max(problem.horizon_start_min, problem.as_of_min + _TIME_TO_ASK_MIN)
    return replace(snapshot, problem=replace(problem, horizon_start_min=first_min))


class _Phases:
    """Tells the caller where a round stands and keeps how long each phase took."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._running: tuple[str, float] | None = None
        self._searched = 0.0
        self.seconds: dict[str, float] = {}

    def enter(self, phase: str, done: float) -> None:
        now = time.perf_counter()
        if self._running is not None:
            self.seconds[self._running[0]] = now - self._running[1]
        self._running = (phase, now)
        if self._progress is not None:
            self._progress(phase, done)

    def search(self, step: Step) -> None:
        """Between a tenth and eight tenths, by the parts that are solved; a search begun anew shows no step back."""
        if self._progress is not None and step.phase == "search" and step.done > self._searched:
            self._searched = step.done
            self._progress("solve", 0.1 + 0.7 * step.done)


def policy_for(request: RoundRequest, as_of: datetime) -> Policy:
    """
    Give the policy in force, which must be the one that is meant.

    Raises
    ------
    PolicyError
        Another policy is meant.
    InvalidInputError
        The horizon has no day.
    """
    policy = policy_on(civil_date(as_of))
    if request.policy_id is not None and request.policy_id != policy.id:
        raise PolicyError(
            f"policy {policy.id} is in force, not {request.policy_id}",
            asked=request.policy_id,
            in_force=policy.id,
        )
    if request.horizon_days < 1:
        raise InvalidInputError("a horizon has at least a day", field="horizon_days")
    return policy


async def _store(
    ws: Workspace, actor: Actor, request: RoundRequest, *, as_of: datetime, snapshot: Snapshot, plan: Plan
) -> RoundRow:
    round_id = ws.new_id()
    problem = snapshot.problem
    summary = summarise(problem, plan)
    proposals = proposal_rows(round_id, problem, plan)
    outcomes = outcome_rows(round_id, snapshot, plan)
    people = volunteer_rows(round_id, problem, plan)

    async def work(tx: AuditedTransaction) -> RoundRow:
        row = RoundRow(
            id=round_id,
            state=RoundState.SOLVED,
            region_id=_region_id(request.region_path),
            region_path=request.region_path,
            as_of=as_of,
            policy_id=plan.policy_id,
            snapshot_digest=problem.digest,
            plan_digest=plan_digest(plan),
            status=plan.status.value,
            seed=plan.seed,
            needs=problem.needs.height,
            fulfilled=len(plan.fulfilled),
            amount_allocated_fen=sum(line.amount_fen for line in plan.money),
            value=plan.value,
            bound=plan.bound,
            gap=plan.gap,
            summary=summary,
            created_by=actor.id,
            published_by=None,
            created_at=tx.at,
            published_at=None,
            version=1,
        )
        await store_round(
            tx,
            row,
            summary_json=json.dumps(summary, ensure_ascii=False, sort_keys=True),
            proposals=proposals,
            outcomes=outcomes,
            people=people,
        )
        tx.record("round.run", round_id, object_hash=row.plan_digest, detail={"region": request.region_path})
        return row

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _region_id(region_path: str) -> str | None:
    parts = region_path.strip("/").split("/")
    return f"{parts[0]}:{parts[-1].ljust(12, '0')}" if len(parts) > 1 else None


async def publish_round(
    ws: Workspace, actor: Actor, round_id: str, *, expected_version: int, idempotency_key: str | None = None
) -> Outcome[RoundRow]:
    """
    Offer a round's proposals to people and reserve its money and goods, whole or not at all.

    Raises
    ------
    NotPermittedError
        The actor does not work at a station: a person approves, never the machine (HC-26).
    StaleVersionError
        The round, or a need in it, changed since the snapshot.
    TransitionError
        The round is published or discarded already.
    InsufficientFundsError
        A fund has less free money than the plan reserves.
    ConflictError
        A stock line has less than the plan takes; the round is more than 24 hours old or one of its visits
        has begun; or the plan breaks a rule by what was promised since. A new round is to be run.
    """
    actor.require(*_PUBLISHERS)

    async def work(tx: AuditedTransaction) -> RoundRow:
        row = await lock_round(tx, actor, round_id, expected_version=expected_version)
        _require_solved(row)
        proposals = await proposed_in(tx, round_id)
        require_fresh(row, proposals, tx.at)
        needs = await _locked_needs(tx, round_id, proposals)
        if needs is not None:
            proposals, needs = await renew_published(tx, actor, needs, proposals)
        if needs is not None and not needs.is_empty():
            problem = await problem_now(tx, row, proposals)
            await _reserve(tx, actor, round_id, proposals)
            await require_sound(tx, row, problem, proposals)
            await offer_needs(tx, actor, round_id, needs, tx.at)
            money = proposals.drop_nulls("fund_id")["id"].to_list()
            await tell_approvers(ws, tx, money, about=round_id)
        if not proposals.is_empty():
            await set_proposals(tx, proposals, ProposalState.OFFERED)
        await close_round(tx, actor, round_id, RoundState.PUBLISHED, tx.at)
        tx.record(
            "round.publish", round_id, object_hash=row.plan_digest, detail={"proposals": proposals.height}
        )
        return await round_by_id(tx, actor, round_id)

    request = request_hash("publish_round", round_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


def _require_solved(row: RoundRow) -> None:
    if row.state is not RoundState.SOLVED:
        raise TransitionError("the round is closed already", id=row.id, before=row.state.value)


async def _locked_needs(
    tx: AuditedTransaction, round_id: str, proposals: pl.DataFrame
) -> pl.DataFrame | None:
    """
    Take the needs that are given something or planned anew; None without any.

    Raises
    ------
    StaleVersionError
        One is no longer as the snapshot showed it.
    """
    again = await replanned_in(tx, round_id)
    ids = sorted({*proposals["need_id"].to_list(), *again})
    if not ids:
        return None
    needs = await lock_needs(tx, round_id, ids)
    open_states = [state.value for state in OPEN_FOR_MATCHING]
    stale = needs.filter(
        (pl.col("version") - 1 != pl.col("need_version"))
        | ~(pl.col("state").is_in(open_states) | pl.col("id").is_in(again))
    )
    if not stale.is_empty() or needs.height < len(ids):
        raise StaleVersionError(
            "needs have changed since the round was computed",
            id=round_id,
            needs=stale.height,
            first=str(stale["id"][0]) if stale.height else None,
        )
    return needs


async def _reserve(tx: AuditedTransaction, actor: Actor, round_id: str, proposals: pl.DataFrame) -> None:
    """Set money and goods aside, givers in id order: two rounds never wait for each other in a ring."""
    money = proposals.drop_nulls("fund_id").sort("fund_id", "id")
    await reserve(
        tx,
        actor,
        [
            Reservation(
                id=row["id"],
                gift=Gift(
                    need_id=row["need_id"],
                    fund_id=row["fund_id"],
                    earmark_id=row["earmark_id"],
                    amount_fen=row["amount_fen"],
                ),
                round_id=round_id,
            )
            for row in money.iter_rows(named=True)
        ],
    )
    goods = proposals.drop_nulls("offer_id").group_by("offer_id").agg(pl.col("quantity").sum())
    for offer_id, quantity in goods.sort("offer_id").iter_rows():
        await reserve_goods(tx, offer_id, quantity)


async def discard_round(ws: Workspace, actor: Actor, round_id: str, *, expected_version: int) -> RoundRow:
    """
    Drop a round that was not published: its proposals are withdrawn.

    Raises
    ------
    TransitionError
        The round is published or discarded already.
    """
    actor.require(*_PUBLISHERS)

    async def work(tx: AuditedTransaction) -> RoundRow:
        _require_solved(await lock_round(tx, actor, round_id, expected_version=expected_version))
        proposals = await proposed_in(tx, round_id)
        if not proposals.is_empty():
            await set_proposals(tx, proposals, ProposalState.WITHDRAWN)
        await close_round(tx, actor, round_id, RoundState.DISCARDED, tx.at)
        tx.record("round.discard", round_id)
        return await round_by_id(tx, actor, round_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
