"""
Whether a volunteer may take a task by an act of their own.

The rules are those of a round: the audit side of each is asked about a plan of one visit. What a person
offered in general (how far, how often, at what hours) does not bind what they choose themselves.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
from matching.rules.view import PlanView, Row, Violation, metres, place_of, view_of
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
_TEXTS = pl.List(pl.String)
_NEEDS = {
    **dict.fromkeys(("need_id", "kind", "category", "urgency", "region_path"), pl.String),
    **dict.fromkeys(("subject_id", "subject_kind", "risk", "posted_by", "verified_by"), pl.String),
    "situations": _TEXTS,
    **dict.fromkeys(("longitude_deg", "latitude_deg"), pl.Float64),
    **dict.fromkeys(("duration_min", "amount_fen", "policy_aid_fen", "insurance_fen"), pl.Int64),
    **dict.fromkeys(("partial_allowed", "with_child", "home_visit", "demanding"), pl.Boolean),
    "consent_recorded": pl.Boolean,
    "waiting_since": pl.Datetime("us", "UTC"),
}
_NO_CHILDREN = {"subject_id": pl.String, "birth_date": pl.Date}
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
    """Read what the rules ask about some visits, and ask them; see ``breaches_among``."""
    timed = {visit.volunteer_id for _, visit in asked if visit.window is not None}
    facts = await facts_about(tx, [*beside, *asked], timed=timed, at=at)
    return breaches_among(facts, asked, beside=beside, complete=complete, rules=rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules read about people and tasks, read once. Made by ``facts_about``."""

    at: datetime
    view: PlanView


async def facts_about(
    tx: ReadTransaction,
    visits: Sequence[tuple[NeedRow, Visit]],
    *,
    timed: Collection[str],
    at: datetime,
    until: datetime | None = None,
    people: pl.DataFrame | None = None,
) -> Facts:
    """
    Read what the rules ask about visits, whichever of them are asked about together later.

    Parameters
    ----------
    visits
        All that may be asked about; their needs are whole.
    timed
        Volunteers of whom it matters what else they have promised.
    at
        The moment at which the visits would be promised.
    until
        When the last visit ends, where their times are still open.
    people
        What ``VOLUNTEERS_OF`` gives of all of them, where it was read before.
    """
    problem = await _problem(tx, visits, timed, at, until or at, people)
    policy = policy_on(civil_date(at))
    plan = _plan(policy.id, [_assigned(need, visit, at, 0) for need, visit in visits])
    return Facts(at=at, view=view_of(problem, policy, plan))


def breaches_among(
    facts: Facts,
    asked: Sequence[tuple[NeedRow, Visit]],
    *,
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
    view = _with_visits(facts, [*beside, *asked], asked)
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


def _with_visits(
    facts: Facts, visits: Sequence[tuple[NeedRow, Visit]], asked: Sequence[tuple[NeedRow, Visit]]
) -> PlanView:
    """Lay visits over the facts. What else somebody promised counts only beside a time of their own."""
    view = facts.view
    assignments: list[Assignment] = []
    for need, visit in visits:
        home = place_of(view.volunteers[visit.volunteer_id])
        way = metres(place_of(view.needs[need.id]), home) or 0
        assignments.append(_assigned(need, visit, facts.at, way))
    team_of: dict[str, list[Assignment]] = defaultdict(list)
    free: dict[str, list[Row]] = defaultdict(list)
    for entry in assignments:
        team_of[entry.need_id].append(entry)
        free[entry.volunteer_id].append({"start_min": entry.start_min, "end_min": entry.end_min})
    timed = {visit.volunteer_id for _, visit in asked if visit.window is not None}
    return replace(
        view,
        plan=_plan(view.policy.id, assignments),
        team_of=dict(team_of),
        free=dict(free),
        commitments={who: rows for who, rows in view.commitments.items() if who in timed},
    )


async def _problem(
    tx: ReadTransaction,
    visits: Sequence[tuple[NeedRow, Visit]],
    timed: Collection[str],
    at: datetime,
    until: datetime,
    people: pl.DataFrame | None,
) -> Problem:
    async def read(statement: Statement, **parameters: Value) -> pl.DataFrame:
        return typed(await tx.frame(statement, **parameters))

    ids = sorted({visit.volunteer_id for _, visit in visits})
    rows = {need.id: need for need, _ in visits}
    subjects = [need.subject_id for need in rows.values() if need.subject_id is not None]
    minding = [n.subject_id for n in rows.values() if n.with_child and n.subject_id is not None]
    adult_since = years_before(civil_date(at), ADULT_Y)
    children = pl.DataFrame(schema=_NO_CHILDREN)
    if minding:
        children = await read(columns.CHILDREN_OF, ids=minding, adult_since=adult_since)
    needs = shape_needs(
        _needs_frame(list(rows.values())),
        subjects=await read(columns.HOUSEHOLDS_OF, ids=listed(subjects)),
        children=children,
        promised=pl.DataFrame(schema=_NOTHING_PROMISED),
        as_of=at,
    )
    volunteers = typed(people) if people is not None else await read(columns.VOLUNTEERS_OF, ids=ids)
    tables = {
        "needs": needs,
        "need_slots": await read(columns.SLOTS_OF, ids=sorted({visit.slot_id for _, visit in visits})),
        "volunteers": shape_volunteers(volunteers).with_columns(
            radius_m=pl.lit(_ANYWHERE_M), weekly_minutes=pl.lit(_ALL_WEEK_MIN)
        ),
        "qualifications": shape_days(await read(columns.QUALIFICATIONS_OF, ids=ids)),
        "covers": shape_covers(await read(columns.COVERS_OF, ids=ids)),
    }
    if timed:
        of = {"ids": sorted(timed), "busy_since": at - BUSY_BEFORE}
        busy = [await read(statement, **of) for statement in (columns.CLAIMS_OF, columns.OFFERS_OF)]
        tables["volunteer_commitments"] = shape_commitments(busy)
    return problem_of(
        as_of_min=epoch_minute(at),
        horizon_start_min=epoch_minute(at),
        horizon_end_min=max(epoch_minute(until), *(_minutes(v, need, at)[1] for need, v in visits)),
        tables=tables,
    )


def _needs_frame(needs: Sequence[NeedRow]) -> pl.DataFrame:
    """Give needs as the snapshot of a round does."""
    return pl.DataFrame(
        [
            {
                "need_id": need.id,
                "kind": need.kind.value,
                "category": need.category.value,
                "urgency": need.urgency.value,
                "region_path": need.region_path,
                "subject_id": need.subject_id,
                "subject_kind": need.subject_kind.value,
                "situations": list(need.situations),
                "longitude_deg": need.longitude_deg,
                "latitude_deg": need.latitude_deg,
                "duration_min": need.duration_min,
                "amount_fen": need.amount_fen,
                "policy_aid_fen": need.policy_aid_fen,
                "insurance_fen": need.insurance_fen,
                "partial_allowed": need.partial_allowed,
                "risk": need.risk.value,
                "with_child": need.with_child,
                "home_visit": need.home_visit,
                "demanding": need.demanding,
                "consent_recorded": need.consent_recorded,
                "posted_by": need.posted_by,
                "verified_by": need.verified_by,
                "waiting_since": need.posted_at or need.recorded_at,
            }
            for need in needs
        ],
        schema=_NEEDS,
    )


def _minutes(visit: Visit, need: NeedRow, now: datetime) -> tuple[int, int]:
    """Give a visit in epoch minutes; one without a time is asked about as if it began now."""
    window = visit.window or Window(start=now, end=now + timedelta(minutes=max(1, need.duration_min)))
    return epoch_minute(window.start), epoch_minute(window.end)


def _assigned(need: NeedRow, visit: Visit, now: datetime, distance_m: int) -> Assignment:
    start_min, end_min = _minutes(visit, need, now)
    return Assignment(
        need_id=need.id,
        slot_id=visit.slot_id,
        volunteer_id=visit.volunteer_id,
        start_min=start_min,
        end_min=end_min,
        distance_m=distance_m,
    )


def _plan(policy_id: str, assignments: Sequence[Assignment]) -> Plan:
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
