"""Plans of households as their desk sees them; goals of child protection for its own roles alone."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString, cast

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.household_files import LIVE_PLANS, PlanAction, PlanGoal, PlanState
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.household_files import sees_files
from graph.reads.pages import KeysetPosition, Page, day_of, page, page_size, start_of
from graph.scope import IN_SCOPE, View, listed, scope_paths, view_of

LIST_NAME = "service plans"

_SEEN: LiteralString = "MATCH (n:ServicePlan) WHERE $sees AND " + IN_SCOPE + " AND n.state IN $states"
_COLUMNS: LiteralString = """
RETURN n.id AS id, n.household_id AS household_id, n.state AS state, n.goals AS goals,
  n.responsible AS responsible, n.opened_by AS opened_by, n.opened_at AS opened_at, n.review_on AS review_on,
  n.outcome AS outcome, n.closed_at AS closed_at, n.version AS version
"""
_PAGE = Statement(
    _SEEN
    + " AND (n.review_on > $after_day OR (n.review_on = $after_day AND n.id > $after_id))"
    + _COLUMNS
    + "ORDER BY review_on, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(_SEEN + " RETURN count(*) AS total", Access.READ)
_OF_HOUSEHOLDS = Statement(
    "MATCH (n:ServicePlan) WHERE $sees AND n.household_id IN $ids AND "
    + IN_SCOPE
    + _COLUMNS
    + "ORDER BY opened_at, id",
    Access.READ,
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:ServicePlan {id: wanted}) WHERE $sees AND " + IN_SCOPE + _COLUMNS,
    Access.READ,
)
_HISTORY = Statement(
    "UNWIND $ids AS wanted MATCH (n:ServicePlanVersion) WHERE n.plan_id = wanted AND $sees AND "
    + IN_SCOPE
    + """
    RETURN n.plan_id AS plan_id, n.number AS number, n.state AS state, n.goals AS goals,
      n.responsible AS responsible, n.cause AS cause, n.made_by AS made_by, n.review_on AS review_on, n.at AS at
    ORDER BY plan_id, number
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlanRow:
    """A plan; goals of child protection are left out for everybody whose role they are not."""

    id: str
    household_id: str
    state: PlanState
    goals: tuple[PlanGoal, ...]
    responsible: str
    opened_by: str
    opened_at: datetime
    review_on: date
    outcome: str | None
    closed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlanVersionRow:
    """What a plan said after one change."""

    number: int
    state: PlanState
    goals: tuple[PlanGoal, ...]
    responsible: str
    cause: str
    made_by: str
    review_on: date
    at: datetime


def goals_text(goals: Iterable[PlanGoal]) -> str:
    """Write goals as they are stored."""
    plain = [
        {
            "goal": goal.goal,
            "child_protection": goal.child_protection,
            "actions": [
                {
                    "what": action.what,
                    "responsible": action.responsible,
                    "due_on": action.due_on.isoformat(),
                    "done_on": None if action.done_on is None else action.done_on.isoformat(),
                }
                for action in goal.actions
            ],
        }
        for goal in goals
    ]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def goals_of(stored: str) -> tuple[PlanGoal, ...]:
    """Read goals as they are stored."""
    return tuple(
        PlanGoal(
            goal=goal["goal"],
            child_protection=goal["child_protection"],
            actions=tuple(
                PlanAction(
                    what=action["what"],
                    responsible=action["responsible"],
                    due_on=date.fromisoformat(action["due_on"]),
                    done_on=date.fromisoformat(action["done_on"]) if action["done_on"] else None,
                )
                for action in goal["actions"]
            ),
        )
        for goal in cast("list[dict[str, Any]]", json.loads(stored))
    )


def _seen_goals(stored: str, view: View) -> tuple[PlanGoal, ...]:
    return tuple(goal for goal in goals_of(stored) if view.child or not goal.child_protection)


def _plan(record: Record, view: View) -> ServicePlanRow:
    return ServicePlanRow(
        id=text(record, "id"),
        household_id=text(record, "household_id"),
        state=PlanState(text(record, "state")),
        goals=_seen_goals(text(record, "goals"), view),
        responsible=text(record, "responsible"),
        opened_by=text(record, "opened_by"),
        opened_at=moment(record, "opened_at"),
        review_on=day(record, "review_on"),
        outcome=text_or_none(record, "outcome"),
        closed_at=moment_or_none(record, "closed_at"),
        version=integer(record, "version"),
    )


def _sees(actor: Actor) -> dict[str, bool | list[str]]:
    return {"sees": sees_files(view_of(actor)), "scope_paths": scope_paths(actor)}


async def page_of_service_plans(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[PlanState] = (),
) -> Page[ServicePlanRow]:
    """Give a page of plans, the earliest review first; without ``states`` those that are not over."""
    size, view = page_size(first), view_of(actor)
    after_day, after_id = start_of(LIST_NAME, after)
    seen = {**_sees(actor), "states": listed([state.value for state in states or sorted(LIVE_PLANS)])}
    records = await tx.run(_PAGE, after_day=day_of(after_day), after_id=after_id, limit=size + 1, **seen)
    total = integer((await tx.run(_COUNT, **seen))[0], "total") if with_total else None
    return page(LIST_NAME, records, size, total, row=lambda row: _plan(row, view), sort_column="review_on")


async def plans_of_households(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ServicePlanRow, ...]]:
    """Give the plans of households, the oldest first."""
    view = view_of(actor)
    found: dict[str, tuple[ServicePlanRow, ...]] = {}
    for record in await tx.run(_OF_HOUSEHOLDS, ids=listed(list(ids)), **_sees(actor)):
        row = _plan(record, view)
        found[row.household_id] = (*found.get(row.household_id, ()), row)
    return found


async def service_plans_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, ServicePlanRow]:
    """Give plans by id, those that the actor may see."""
    view = view_of(actor)
    records = await tx.run(_BY_IDS, ids=listed(list(ids)), **_sees(actor))
    return {row.id: row for row in (_plan(record, view) for record in records)}


async def service_plan_by_id(tx: ReadTransaction, actor: Actor, plan_id: str) -> ServicePlanRow:
    """
    Give one plan.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await service_plans_by_ids(tx, actor, [plan_id])
    if plan_id not in found:
        raise NotFoundError("no such plan", kind="service_plan", id=plan_id)
    return found[plan_id]


async def versions_of_plans(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ServicePlanVersionRow, ...]]:
    """Give the history of plans, the oldest version first."""
    view = view_of(actor)
    found: dict[str, tuple[ServicePlanVersionRow, ...]] = {}
    for record in await tx.run(_HISTORY, ids=listed(list(ids)), **_sees(actor)):
        row = ServicePlanVersionRow(
            number=integer(record, "number"),
            state=PlanState(text(record, "state")),
            goals=_seen_goals(text(record, "goals"), view),
            responsible=text(record, "responsible"),
            cause=text(record, "cause"),
            made_by=text(record, "made_by"),
            review_on=day(record, "review_on"),
            at=moment(record, "at"),
        )
        plan_id = text(record, "plan_id")
        found[plan_id] = (*found.get(plan_id, ()), row)
    return found
