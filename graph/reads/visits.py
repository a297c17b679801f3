"""Plans and visits as screens show them, within an actor's scope."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.visits import VisitChannel, VisitOutcome, VisitPlanState, VisitState
from graph.columns import (
    day,
    day_or_none,
    flag,
    integer,
    moment_or_none,
    real_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.scope import IN_SCOPE, View, scope_paths, view_of

_PLAN_COLUMNS: LiteralString = """
RETURN n.id AS id, n.state AS state, n.station_id AS station_id, n.day AS day, n.visits AS visits,
  n.travel_min AS travel_min, n.cost AS cost, n.bound AS bound, n.gap AS gap, n.moved AS moved,
  n.unvisited AS unvisited, n.lifted AS lifted, n.absent AS absent, n.plan_digest AS plan_digest,
  n.rules_id AS rules_id, n.region_path AS region_path, n.version AS version, n.seed AS seed
"""
PLANS_OF_DAY = Statement(
    "MATCH (n:VisitPlan) WHERE "
    + IN_SCOPE
    + " AND n.station_id = $station_id AND n.day = $day AND n.state <> 'REPLACED'"
    + _PLAN_COLUMNS
    + ", n.created_at AS created_at ORDER BY created_at DESC, id DESC",
    Access.READ,
)
PLAN = Statement("MATCH (n:VisitPlan {id: $id}) WHERE " + IN_SCOPE + _PLAN_COLUMNS, Access.READ)
_VISIT_COLUMNS: LiteralString = """
OPTIONAL MATCH (r:Resident {id: n.resident_id})
OPTIONAL MATCH (v:Volunteer {id: n.visitor_id})
OPTIONAL MATCH (w:SocialWorker {id: n.visitor_id})
RETURN n.id AS id, n.plan_id AS plan_id, n.resident_id AS resident_id, r.name AS resident_name,
  n.visitor_id AS visitor_id, coalesce(v.name, w.name) AS visitor_name, n.station_id AS station_id,
  n.channel AS channel, n.state AS state, n.day AS day, n.window_start AS window_start,
  n.window_end AS window_end, n.travel_min AS travel_min, n.pinned AS pinned, n.moved AS moved,
  n.outcome AS outcome, n.note AS note, n.logged_by AS logged_by, n.logged_at AS logged_at,
  n.next_due AS next_due, n.need_id AS need_id, n.region_path AS region_path, n.version AS version
"""
_SEEN: LiteralString = IN_SCOPE + " AND ($sees_all OR (n.visitor_id = $visitor_id AND n.state <> 'PROPOSED'))"
VISITS_OF_PLAN = Statement(
    "MATCH (n:Visit) WHERE "
    + _SEEN
    + " AND n.plan_id = $plan_id"
    + _VISIT_COLUMNS
    + "ORDER BY visitor_id, window_start, id",
    Access.READ,
)
VISITS_OF_DAY = Statement(
    "MATCH (n:Visit) WHERE "
    + _SEEN
    + " AND n.station_id = $station_id AND n.day = $day AND n.state IN ['PUBLISHED', 'DONE', 'MISSED']"
    + _VISIT_COLUMNS
    + "ORDER BY visitor_id, window_start, id",
    Access.READ,
)
VISIT = Statement("MATCH (n:Visit {id: $id}) WHERE " + _SEEN + _VISIT_COLUMNS, Access.READ)
PROMISED = Statement(
    "MATCH (n:Visit) WHERE n.station_id = $station_id AND n.day >= $first AND n.day < $before"
    " AND n.state = 'PUBLISHED' RETURN n.resident_id AS resident_id, n.day AS day",
    Access.READ,
)
LOGGED_SINCE = Statement(
    "MATCH (n:Visit) WHERE n.station_id = $station_id AND n.day = $day AND n.plan_id <> $plan_id"
    " AND n.state IN ['DONE', 'MISSED'] RETURN n.resident_id AS resident_id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlanRow:
    """A plan of one station and day."""

    id: str
    state: VisitPlanState
    station_id: str
    day: date
    visits: int
    travel_min: int
    cost: int
    bound: int
    gap: float
    moved: int
    unvisited: tuple[str, ...]
    lifted: tuple[str, ...]
    absent: tuple[str, ...]
    plan_digest: str
    rules_id: str
    seed: int
    region_path: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """
    A visit as the actor may see it.

    The elder's name is masked unless the actor works at the desk or makes the visit; the note is None for all
    but the desk and who wrote it.
    """

    id: str
    plan_id: str | None
    resident_id: str
    resident_name: str
    visitor_id: str | None
    visitor_name: str | None
    station_id: str | None
    channel: VisitChannel
    state: VisitState
    day: date
    window_start: datetime | None
    window_end: datetime | None
    travel_min: int
    pinned: bool
    moved: bool
    outcome: VisitOutcome | None
    note: str | None
    logged_at: datetime | None
    next_due: date | None
    need_id: str | None
    region_path: str
    version: int


def plan_of(record: Record) -> VisitPlanRow:
    """Read a plan."""
    return VisitPlanRow(
        id=text(record, "id"),
        state=VisitPlanState(text(record, "state")),
        station_id=text(record, "station_id"),
        day=day(record, "day"),
        visits=integer(record, "visits"),
        travel_min=integer(record, "travel_min"),
        cost=integer(record, "cost"),
        bound=integer(record, "bound"),
        gap=real_or_none(record, "gap") or 0.0,
        moved=integer(record, "moved"),
        unvisited=texts(record, "unvisited"),
        lifted=texts(record, "lifted"),
        absent=texts(record, "absent"),
        plan_digest=text_or_none(record, "plan_digest") or "",
        rules_id=text_or_none(record, "rules_id") or "",
        seed=integer(record, "seed"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def plans_of_day(tx: ReadTransaction, actor: Actor, station_id: str, on: date) -> list[VisitPlanRow]:
    """Give a day's plans that were not replaced, the newest first."""
    asked = {"scope_paths": scope_paths(actor), "station_id": station_id, "day": on}
    return [plan_of(record) for record in await tx.run(PLANS_OF_DAY, **asked)]


async def plan_by_id(tx: ReadTransaction, actor: Actor, plan_id: str) -> VisitPlanRow:
    """
    Give one plan.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(PLAN, id=plan_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such plan", kind="visit plan", id=plan_id)
    return plan_of(found[0])


def _seen_by(actor: Actor, view: View) -> dict[str, list[str] | str | bool]:
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk,
        "visitor_id": actor.participant_id or "(nobody)",
    }


def visit_of(record: Record, actor: Actor) -> VisitRow:
    """Read a visit as the actor may see it."""
    desk = view_of(actor).desk
    visitor_id, name = text_or_none(record, "visitor_id"), text_or_none(record, "resident_name") or ""
    near = desk or (visitor_id is not None and visitor_id == actor.participant_id)
    outcome = text_or_none(record, "outcome")
    wrote = text_or_none(record, "logged_by") == actor.id
    return VisitRow(
        id=text(record, "id"),
        plan_id=text_or_none(record, "plan_id"),
        resident_id=text(record, "resident_id"),
        resident_name=name if near else masked_name(name),
        visitor_id=visitor_id,
        visitor_name=text_or_none(record, "visitor_name"),
        station_id=text_or_none(record, "station_id"),
        channel=VisitChannel(text(record, "channel")),
        state=VisitState(text(record, "state")),
        day=day(record, "day"),
        window_start=moment_or_none(record, "window_start"),
        window_end=moment_or_none(record, "window_end"),
        travel_min=integer(record, "travel_min"),
        pinned=flag(record, "pinned"),
        moved=flag(record, "moved"),
        outcome=None if outcome is None else VisitOutcome(outcome),
        note=text_or_none(record, "note") if desk or wrote else None,
        logged_at=moment_or_none(record, "logged_at"),
        next_due=day_or_none(record, "next_due"),
        need_id=text_or_none(record, "need_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def visits_of_plan(tx: ReadTransaction, actor: Actor, plan_id: str) -> list[VisitRow]:
    """Give a plan's visits by visitor and time; a visitor sees their own, once published."""
    records = await tx.run(VISITS_OF_PLAN, **_seen_by(actor, view_of(actor)), plan_id=plan_id)
    return [visit_of(record, actor) for record in records]


async def visits_of_day(tx: ReadTransaction, actor: Actor, station_id: str, on: date) -> list[VisitRow]:
    """Give a day's published and logged visits by visitor and time."""
    asked = {**_seen_by(actor, view_of(actor)), "station_id": station_id, "day": on}
    return [visit_of(record, actor) for record in await tx.run(VISITS_OF_DAY, **asked)]


async def visit_by_id(tx: ReadTransaction, actor: Actor, visit_id: str) -> VisitRow:
    """
    Give one visit.

    Raises
    ------
    NotFoundError
        Not the actor's to see.
    """
    found = await tx.run(VISIT, **_seen_by(actor, view_of(actor)), id=visit_id)
    if not found:
        raise NotFoundError("no such visit", kind="visit", id=visit_id)
    return visit_of(found[0], actor)


async def promised_between(tx: ReadTransaction, station_id: str, first: date, end: date) -> dict[str, date]:
    """Give who has a published visit ahead in ``[first, end)``, and its day."""
    records = await tx.run(PROMISED, station_id=station_id, first=first, before=end)
    return {text(record, "resident_id"): day(record, "day") for record in records}


async def logged_since(tx: ReadTransaction, plan: VisitPlanRow) -> list[str]:
    """Give who has a visit logged on a plan's day that the plan did not propose."""
    asked = {"station_id": plan.station_id, "day": plan.day, "plan_id": plan.id}
    return [text(record, "resident_id") for record in await tx.run(LOGGED_SINCE, **asked)]
