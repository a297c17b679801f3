"""Files and plans of households as use cases write them."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.household_files import LIVE_PLANS, PlanState
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

LAST_VERSION = Statement(
    "MATCH (v:HouseholdFileVersion) WHERE v.household_id = $id RETURN v.number AS number, v.digest AS digest"
    " ORDER BY number DESC LIMIT 1",
    Access.READ,
)
CREATE_VERSION = Statement(
    """
    CREATE (:HouseholdFileVersion {id: $id, household_id: $household_id, number: $number, content: $content,
      digest: $digest, cause: $cause, made_by: $made_by, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
FILED = Statement(
    "MATCH (n:HouseholdFileVersion) WHERE " + IN_SCOPE + " RETURN DISTINCT n.household_id AS id ORDER BY id",
    Access.READ,
)
LIVE_PLAN = Statement(
    "MATCH (p:ServicePlan) WHERE p.household_id = $id AND p.state IN $states RETURN p.id AS id LIMIT 1",
    Access.READ,
)
CREATE_PLAN = Statement(
    """
    CREATE (:ServicePlan {id: $id, household_id: $household_id, state: 'DRAFT', goals: $goals,
      responsible: $responsible, opened_by: $by, review_on: $review_on, opened_at: $at, region_path: $region_path,
      version: 1})
    """,
    Access.WRITE,
)
LOCK_PLAN = Statement(
    "MATCH (n:ServicePlan {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.household_id AS household_id, n.state AS state, n.goals AS goals,"
    " n.responsible AS responsible, n.opened_by AS opened_by, n.review_on AS review_on,"
    " n.region_path AS region_path, n.version AS version",
    Access.WRITE,
)
REVISE_PLAN = Statement(
    "MATCH (n:ServicePlan {id: $id}) SET n.goals = $goals, n.responsible = $responsible, n.review_on = $review_on",
    Access.WRITE,
)
MOVE_PLAN = Statement(
    "MATCH (n:ServicePlan {id: $id}) SET n.state = $state, n.review_on = $review_on", Access.WRITE
)
END_PLAN = Statement(
    "MATCH (n:ServicePlan {id: $id}) SET n.state = $state, n.outcome = $outcome, n.closed_at = $at",
    Access.WRITE,
)
CREATE_PLAN_VERSION = Statement(
    """
    CREATE (:ServicePlanVersion {id: $id, plan_id: $plan_id, number: $number, state: $state, goals: $goals,
      responsible: $responsible, cause: $cause, made_by: $by, review_on: $review_on, at: $at,
      region_path: $region_path})
    """,
    Access.WRITE,
)


async def last_version(tx: ReadTransaction, household_id: str) -> tuple[int, str]:
    """Give number and digest of the newest stored version; 0 and nothing where there is none."""
    found = await tx.run(LAST_VERSION, id=household_id)
    return (integer(found[0], "number"), text(found[0], "digest")) if found else (0, "")


async def create_version(tx: WriteTransaction, version_id: str, **values: str | int | datetime) -> None:
    """Append a version of a file."""
    await tx.run(CREATE_VERSION, id=version_id, **values)


async def filed_households(tx: ReadTransaction, actor: Actor) -> list[str]:
    """Give the households whose files somebody works with."""
    return [text(row, "id") for row in await tx.run(FILED, scope_paths=scope_paths(actor))]


async def has_live_plan(tx: ReadTransaction, household_id: str) -> bool:
    """Whether a household has a plan that is not over."""
    states = listed([state.value for state in LIVE_PLANS])
    return bool(await tx.run(LIVE_PLAN, id=household_id, states=states))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPlan:
    """A plan taken for a change; ``version`` is that after it. ``goals`` is their JSON."""

    id: str
    household_id: str
    state: PlanState
    goals: str
    responsible: str
    opened_by: str
    review_on: date
    region_path: str
    version: int


async def take_plan(tx: WriteTransaction, actor: Actor, plan_id: str, *, expected_version: int) -> LockedPlan:
    """
    Lock a plan.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Changed since it was read.
    """
    found = await tx.run(LOCK_PLAN, id=plan_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such plan", kind="service_plan", id=plan_id)
    row = found[0]
    version = integer(row, "version")
    if version - 1 != expected_version:
        raise StaleVersionError(
            "the plan has changed since it was read",
            id=plan_id,
            expected=expected_version,
            actual=version - 1,
        )
    review_on = row["review_on"]
    return LockedPlan(
        id=plan_id,
        household_id=text(row, "household_id"),
        state=PlanState(text(row, "state")),
        goals=text(row, "goals"),
        responsible=text(row, "responsible"),
        opened_by=text_or_none(row, "opened_by") or "",
        review_on=review_on if isinstance(review_on, date) else date.max,
        region_path=text(row, "region_path"),
        version=version,
    )


async def create_plan(tx: WriteTransaction, plan_id: str, **values: str | date | datetime) -> None:
    """Write a new plan down."""
    await tx.run(CREATE_PLAN, id=plan_id, **values)


async def revise_plan(
    tx: WriteTransaction, plan_id: str, *, goals: str, responsible: str, review_on: date
) -> None:
    """Write down what a plan says now."""
    await tx.run(REVISE_PLAN, id=plan_id, goals=goals, responsible=responsible, review_on=review_on)


async def move_plan(tx: WriteTransaction, plan_id: str, *, state: PlanState, review_on: date) -> None:
    """Let a plan stand elsewhere, or be looked at again later."""
    await tx.run(MOVE_PLAN, id=plan_id, state=state.value, review_on=review_on)


async def end_plan(
    tx: WriteTransaction, plan_id: str, *, state: PlanState, outcome: str, at: datetime
) -> None:
    """Let a plan be over, with what came of it."""
    await tx.run(END_PLAN, id=plan_id, state=state.value, outcome=outcome, at=at)


async def create_plan_version(
    tx: WriteTransaction, version_id: str, **values: str | int | date | datetime
) -> None:
    """Append a version of a plan."""
    await tx.run(CREATE_PLAN_VERSION, id=version_id, **values)
