"""
Whether a volunteer may take a task by an act of their own.

The rules are those of a round: the audit side of each is asked about a plan of one visit. What a person
offered in general (how far, how often, at what hours) does not bind what they choose themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from domain.errors import NotPermittedError
from domain.time import Window, civil_date, epoch_minute
from graph.ports import ReadTransaction, Statement, Value
from graph.reads import snapshot as columns
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.scope import listed
from graph.unit_of_work import AuditedTransaction
from matching.plan import Assignment, Plan, PlanStatus
from matching.policy import policy_on
from matching.problem import Problem, problem_of
from matching.rules import ALL_RULES
from matching.rules.view import Violation, metres, place_of, view_of
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
    broken = await first_breach(tx, need, visit, at=tx.at, team=team, completes_team=completes_team)
    if broken is not None:
        raise NotPermittedError(
            f"{broken.rule}: {broken.detail}", id=need.id, rule=broken.rule, detail=broken.detail
        )


async def first_breach(
    tx: ReadTransaction,
    need: NeedRow,
    visit: Visit,
    *,
    at: datetime,
    team: Sequence[Visit] = (),
    completes_team: bool = False,
    rules: Collection[str] | None = None,
) -> Violation | None:
    """
    Give the first hard rule that a visit would break, in the order of the rules, or None.

    Parameters
    ----------
    at
        The moment at which the visit would be promised.
    rules
        Only these are asked; None asks all.
    """
    mates = [(need, mate) for mate in team if mate.volunteer_id != visit.volunteer_id]
    complete = frozenset({need.id}) if completes_team else frozenset[str]()
    found = await breaches(tx, [(need, visit)], at=at, beside=mates, complete=complete, rules=rules)
    return found.get(visit.slot_id)


async def breaches(
    tx: ReadTransaction,
    asked: Sequence[tuple[NeedRow, Visit]],
    *,
    at: datetime,
    beside: Sequence[tuple[NeedRow, Visit]] = (),
    complete: Collection[str] = frozenset(),
    rules: Collection[str] | None = None,
) -> dict[str, Violation]:
    """
    Give the first hard rule that each of several visits would break, by slot; who breaks none is left out.

    Parameters
    ----------
    asked
        Visits to different needs by different volunteers, none of whom is in ``beside``.
    beside
        Who is promised to the same needs already.
    complete
        Needs whose teams are complete with what is asked.
    """
    visits = [*beside, *asked]
    problem = await _problem(tx, visits, [visit for _, visit in asked], at)
    policy = policy_on(civil_date(at))
    view = view_of(problem, policy, _plan(problem, policy.id, visits, at))
    slot_of = {key: visit.slot_id for need, visit in asked for key in (visit.volunteer_id, need.id)}
    slot_of |= {visit.slot_id: visit.slot_id for _, visit in asked}
    need_of = {visit.slot_id: need.id for need, visit in asked}
    found: dict[str, Violation] = {}
    for rule in ALL_RULES:
        if rules is not None and rule.id not in rules:
            continue
        for violation in rule.audit(view):
            slot = slot_of.get(violation.subject)
            if slot is None or (rule.id == _TEAM_RULE and need_of[slot] not in complete):
                continue
            found.setdefault(slot, violation)
    return found


async def _problem(
    tx: ReadTransaction, visits: Sequence[tuple[NeedRow, Visit]], asked: Sequence[Visit], at: datetime
) -> Problem:
    async def read(statement: Statement, **parameters: Value) -> pl.DataFrame:
        return typed(await tx.frame(statement, **parameters))

    people = sorted({visit.volunteer_id for _, visit in visits})
    rows = {need.id: need for need, _ in visits}
    subjects = listed([need.subject_id for need in rows.values() if need.subject_id is not None])
    timed = listed([visit.volunteer_id for visit in asked if visit.window is not None])
    busy_since = at - BUSY_BEFORE
    busy = [
        await read(statement, ids=timed, busy_since=busy_since)
        for statement in (columns.CLAIMS_OF, columns.OFFERS_OF)
    ]
    adult_since = years_before(civil_date(at), ADULT_Y)
    needs = shape_needs(
        await read(columns.NEEDS_OF, ids=sorted(rows)),
        subjects=await read(columns.HOUSEHOLDS_OF, ids=subjects),
        children=await read(columns.CHILDREN_OF, ids=subjects, adult_since=adult_since),
        promised=pl.DataFrame(schema=_NOTHING_PROMISED),
        as_of=at,
    )
    times = {visit.slot_id: _minutes(visit, need, at) for need, visit in visits}
    return problem_of(
        as_of_min=epoch_minute(at),
        horizon_start_min=epoch_minute(at),
        horizon_end_min=max(end for _, end in times.values()),
        tables={
            "needs": needs,
            "need_slots": await read(columns.SLOTS_OF, ids=sorted(times)),
            "paid_work": await read(columns.PAID_WORK_OF, ids=sorted(rows)),
            "volunteers": shape_volunteers(await read(columns.VOLUNTEERS_OF, ids=people)).with_columns(
                radius_m=pl.lit(_ANYWHERE_M), weekly_minutes=pl.lit(_ALL_WEEK_MIN)
            ),
            "volunteer_windows": pl.DataFrame(
                [(visit.volunteer_id, *times[visit.slot_id]) for _, visit in visits],
                schema={"volunteer_id": pl.String, "start_min": pl.Int64, "end_min": pl.Int64},
                orient="row",
            ),
            "volunteer_commitments": shape_commitments(busy),
            "qualifications": shape_days(await read(columns.QUALIFICATIONS_OF, ids=people)),
            "covers": shape_covers(await read(columns.COVERS_OF, ids=people)),
        },
    )


def _minutes(visit: Visit, need: NeedRow, now: datetime) -> tuple[int, int]:
    """Give a visit in epoch minutes; one without a time is asked about as if it began now."""
    window = visit.window or Window(start=now, end=now + timedelta(minutes=max(1, need.duration_min)))
    return epoch_minute(window.start), epoch_minute(window.end)


def _plan(problem: Problem, policy_id: str, visits: Sequence[tuple[NeedRow, Visit]], now: datetime) -> Plan:
    homes = {row["volunteer_id"]: place_of(row) for row in problem.volunteers.iter_rows(named=True)}
    places = {row["need_id"]: place_of(row) for row in problem.needs.iter_rows(named=True)}
    assignments: list[Assignment] = []
    for need, visit in visits:
        start_min, end_min = _minutes(visit, need, now)
        assignments.append(
            Assignment(
                need_id=need.id,
                slot_id=visit.slot_id,
                volunteer_id=visit.volunteer_id,
                start_min=start_min,
                end_min=end_min,
                distance_m=metres(places[need.id], homes[visit.volunteer_id]) or 0,
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
