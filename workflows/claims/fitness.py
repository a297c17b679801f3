"""
Whether a volunteer may take a task by an act of their own.

The rules are those of a round: the audit side of each is asked about a plan of one visit. What a person
offered in general (how far, how often, at what hours) does not bind what they choose themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from domain.errors import NotPermittedError
from domain.time import Window, civil_date, epoch_minute
from graph.ports import Statement, Value
from graph.reads import snapshot as columns
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from matching.plan import Assignment, Plan, PlanStatus
from matching.policy import policy_on
from matching.problem import Problem, problem_of
from matching.rules import ALL_RULES
from matching.rules.view import metres, place_of, view_of
from workflows.rounds.snapshot import (
    ADULT_Y,
    BUSY_BEFORE,
    shape_commitments,
    shape_covers,
    shape_days,
    shape_needs,
    shape_volunteers,
    typed,
    years_before,
)

_TEAM_RULE = "HC-10"  # counts the adults of a whole team: asked when the last place is taken
_ANYWHERE_M = 40_000_000
_ALL_WEEK_MIN = 7 * 24 * 60
_NOTHING_PROMISED = {"need_id": pl.String, "need_item_id": pl.String, "amount_fen": pl.Int64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A volunteer in a slot; ``window`` None stands for a time still to be agreed."""

    slot_id: str
    volunteer_id: str
    window: Window | None


def visit_of(claim: ClaimRow) -> Visit:
    """Give the visit that a claim promises."""
    start, end = claim.window_start, claim.window_end
    window = None if start is None or end is None else Window(start=start, end=end)
    return Visit(slot_id=claim.slot_id, volunteer_id=claim.volunteer_id, window=window)


async def require_fit(
    tx: AuditedTransaction, need: NeedRow, visit: Visit, *, team: Sequence[Visit], completes_team: bool
) -> None:
    """
    Go on only if every hard rule lets the volunteer take the slot.

    Parameters
    ----------
    need
        The need, whole.
    visit
        What the volunteer would take.
    team
        Who is promised to the need already.
    completes_team
        Whether no slot stays free after this one.

    Raises
    ------
    NotPermittedError
        A rule forbids it; ``context['rule']`` names the rule and ``context['detail']`` the figures.
    """
    visits = [*team, visit]
    problem = await _problem(tx, need, visit, visits)
    policy = policy_on(civil_date(tx.at))
    plan = _plan(problem, policy.id, need, visits, tx.at)
    view = view_of(problem, policy, plan)
    concerned = {visit.volunteer_id, visit.slot_id, need.id}
    for rule in ALL_RULES:
        if rule.id == _TEAM_RULE and not completes_team:
            continue
        for violation in rule.audit(view):
            if violation.subject in concerned:
                raise NotPermittedError(
                    f"{rule.id}: {violation.detail}", id=need.id, rule=rule.id, detail=violation.detail
                )


async def _problem(tx: AuditedTransaction, need: NeedRow, visit: Visit, visits: Sequence[Visit]) -> Problem:
    async def read(statement: Statement, **parameters: Value) -> pl.DataFrame:
        return typed(await tx.frame(statement, **parameters))

    own = {"volunteer_id": visit.volunteer_id}
    ids = [each.volunteer_id for each in visits]
    people = pl.concat([await read(columns.VOLUNTEER, volunteer_id=i) for i in ids], how="vertical_relaxed")
    licences = [await read(columns.QUALIFICATIONS_OF, volunteer_id=i) for i in ids]
    covers = [await read(columns.COVERS_OF, volunteer_id=i) for i in ids]
    busy_since = tx.at - BUSY_BEFORE
    busy = [await read(columns.CLAIMS_OF, **own, busy_since=busy_since)]
    busy.append(await read(columns.OFFERS_OF, **own, busy_since=busy_since))
    adult_since = years_before(civil_date(tx.at), ADULT_Y)
    needs = shape_needs(
        await read(columns.NEED, need_id=need.id),
        subjects=await read(columns.HOUSEHOLD_OF, subject_id=need.subject_id or ""),
        children=await read(columns.CHILDREN_OF, subject_id=need.subject_id or "", adult_since=adult_since),
        promised=pl.DataFrame(schema=_NOTHING_PROMISED),
        as_of=tx.at,
    )
    times = [_minutes(each, need, tx.at) for each in visits]
    return problem_of(
        as_of_min=epoch_minute(tx.at),
        horizon_start_min=epoch_minute(tx.at),
        horizon_end_min=max(end for _, end in times),
        tables={
            "needs": needs,
            "need_slots": pl.concat([await read(columns.SLOT, slot_id=each.slot_id) for each in visits]),
            "volunteers": shape_volunteers(people).with_columns(
                radius_m=pl.lit(_ANYWHERE_M), weekly_minutes=pl.lit(_ALL_WEEK_MIN)
            ),
            "volunteer_windows": pl.DataFrame(
                [(each.volunteer_id, *time) for each, time in zip(visits, times, strict=True)],
                schema={"volunteer_id": pl.String, "start_min": pl.Int64, "end_min": pl.Int64},
                orient="row",
            ),
            "volunteer_commitments": shape_commitments(busy if visit.window else [busy[0].clear()]),
            "qualifications": shape_days(pl.concat(licences, how="vertical_relaxed")),
            "covers": shape_covers(pl.concat(covers, how="vertical_relaxed")),
        },
    )


def _minutes(visit: Visit, need: NeedRow, now: datetime) -> tuple[int, int]:
    """Give a visit in epoch minutes; one without a time is asked about as if it began now."""
    window = visit.window or Window(start=now, end=now + timedelta(minutes=max(1, need.duration_min)))
    return epoch_minute(window.start), epoch_minute(window.end)


def _plan(problem: Problem, policy_id: str, need: NeedRow, visits: Sequence[Visit], now: datetime) -> Plan:
    places = {row["volunteer_id"]: place_of(row) for row in problem.volunteers.iter_rows(named=True)}
    there = place_of(problem.needs.row(0, named=True))
    assignments: list[Assignment] = []
    for visit in visits:
        start_min, end_min = _minutes(visit, need, now)
        assignments.append(
            Assignment(
                need_id=need.id,
                slot_id=visit.slot_id,
                volunteer_id=visit.volunteer_id,
                start_min=start_min,
                end_min=end_min,
                distance_m=metres(there, places[visit.volunteer_id]) or 0,
            )
        )
    return Plan(
        problem_digest="",
        policy_id=policy_id,
        seed=0,
        status=PlanStatus.STOPPED,
        assignments=tuple(assignments),
        money=(),
        goods=(),
        fulfilled=frozenset(),
        value=0,
        bound=0,
        reasons={},
    )
