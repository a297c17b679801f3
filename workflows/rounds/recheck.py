"""Whether a stored plan still holds when it is about to be offered to people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import ConflictError
from domain.rounds import ProposalKind
from domain.time import civil_date, epoch_minute
from graph.reads.rounds import RoundRow
from graph.rounds import fulfilled_in, lock_people, reason_codes_in
from graph.unit_of_work import AuditedTransaction
from matching.audit import ARITHMETIC, audit
from matching.plan import Assignment, GoodsAllocation, MoneyAllocation, Plan, PlanStatus, Reason
from matching.policy import policy_on
from matching.problem import Problem
from workflows.rounds.snapshot import build_problem

OLDEST = timedelta(hours=24)
"""A round that shows the city of longer ago is not offered any more."""

_DAY_MIN = 24 * 60
_LATER = "LATER"
"""Stands for the reason of a need that came after the round, which owes it none (HC-26)."""

# Promises count wherever they were made: what the publisher may see does not narrow what a rule asks.
_EVERYTHING = Actor(
    id="system-matcher",
    name="matcher",
    roles=frozenset({Role.MATCHER}),
    scope=Scope(region_paths=("/",), purpose=Purpose.MATCHING),
)


def require_fresh(row: RoundRow, proposals: pl.DataFrame, now: datetime) -> None:
    """
    Go on only with a round of the last 24 hours none of whose visits has begun.

    Raises
    ------
    ConflictError
        It is older, or a visit has begun: a new round is to be run.
    """
    if now - row.as_of > OLDEST:
        raise ConflictError(
            "the round is more than 24 hours old; run a new round", id=row.id, as_of=row.as_of.isoformat()
        )
    begun = proposals.filter(pl.col("window_start").cast(pl.Datetime("us", "UTC")) < now.astimezone(UTC))
    if not begun.is_empty():
        raise ConflictError(
            "a proposed visit has begun already; run a new round", id=row.id, visits=begun.height
        )


async def problem_now(tx: AuditedTransaction, row: RoundRow, proposals: pl.DataFrame) -> Problem:
    """
    Read a round's problem again, on the day of publishing, before the plan reserves anything.

    Parameters
    ----------
    tx
        Holds the needs of the plan, still open. The people of the plan are taken here, so that no other unit
        promises them anything until this one ends.
    proposals
        The plan as it is stored.
    """
    await lock_people(tx, _distinct(proposals["volunteer_id"]), _distinct(proposals["need_id"]))
    moment = max(tx.at, row.as_of)
    latest = max((line.end_min for line in _assignments(proposals)), default=0)
    days = max(0, latest - epoch_minute(moment)) // _DAY_MIN + 1
    snapshot = await build_problem(
        tx, _EVERYTHING, region_path=row.region_path, as_of=moment, horizon_days=days
    )
    return snapshot.problem


async def require_sound(
    tx: AuditedTransaction, row: RoundRow, problem: Problem, proposals: pl.DataFrame
) -> None:
    """
    Go on only if the stored plan breaks no hard rule of the problem that ``problem_now`` read.

    What another round promised since (a volunteer's day, a household's ceiling), a fund or a licence that has
    ended, all count.

    Raises
    ------
    ConflictError
        A rule is broken; ``context`` names it, whom it concerns and the figures.
    """
    policy = policy_on(civil_date(max(tx.at, row.as_of)))
    if policy.id != row.policy_id:
        raise ConflictError(
            "another policy is in force; run a new round", id=row.id, policy=row.policy_id, in_force=policy.id
        )
    needs, told = problem.needs["need_id"].to_list(), await reason_codes_in(tx, row.id)
    plan = Plan(
        problem_digest=problem.digest,
        policy_id=policy.id,
        seed=row.seed,
        status=PlanStatus.STOPPED,
        assignments=_assignments(proposals),
        money=_money(proposals),
        goods=_goods(proposals),
        fulfilled=await fulfilled_in(tx, row.id) & set(needs),
        value=0,
        bound=0,
        reasons={need_id: Reason(code=told.get(need_id, _LATER)) for need_id in needs},
    )
    broken = [
        found for found in audit(problem, policy, plan) if found.rule != ARITHMETIC
    ]  # points of that day
    if broken:
        first = broken[0]
        raise ConflictError(
            f"the plan no longer holds: {first.rule}, {first.detail}; run a new round",
            id=row.id,
            rule=first.rule,
            subject=first.subject,
            detail=first.detail,
            violations=len(broken),
        )


def _distinct(column: pl.Series) -> Sequence[str]:
    return sorted(column.drop_nulls().unique().to_list())


def _visits(proposals: pl.DataFrame) -> pl.DataFrame:
    return proposals.filter(pl.col("kind") == ProposalKind.VOLUNTEER.value)


def _assignments(proposals: pl.DataFrame) -> tuple[Assignment, ...]:
    return tuple(
        Assignment(
            need_id=row["need_id"],
            slot_id=row["slot_id"],
            volunteer_id=row["volunteer_id"],
            start_min=epoch_minute(row["window_start"]),
            end_min=epoch_minute(row["window_end"]),
            distance_m=row["distance_m"],
        )
        for row in _visits(proposals).iter_rows(named=True)
    )


def _money(proposals: pl.DataFrame) -> tuple[MoneyAllocation, ...]:
    gifts = proposals.filter(pl.col("kind") == ProposalKind.MONEY.value)
    return tuple(
        MoneyAllocation(
            need_id=row["need_id"],
            fund_id=row["fund_id"],
            earmark_id=row["earmark_id"],
            amount_fen=row["amount_fen"],
            review_path=row["review_path"],
        )
        for row in gifts.iter_rows(named=True)
    )


def _goods(proposals: pl.DataFrame) -> tuple[GoodsAllocation, ...]:
    gifts = proposals.filter(pl.col("kind") == ProposalKind.GOODS.value)
    return tuple(
        GoodsAllocation(
            need_id=row["need_id"],
            need_item_id=row["need_item_id"],
            offer_id=row["offer_id"],
            quantity=row["quantity"],
        )
        for row in gifts.iter_rows(named=True)
    )
