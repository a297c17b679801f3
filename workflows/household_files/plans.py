"""The plan of a household: drafted, made valid by the head of the station, looked at again, closed."""

from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError
from domain.household_files import LIVE_PLANS, PlanGoal, PlanState, PlanStep, after_step
from domain.time import civil_date
from graph.household_files import (
    LockedPlan,
    create_plan,
    create_plan_version,
    end_plan,
    has_live_plan,
    move_plan,
    revise_plan,
    take_plan,
)
from graph.households import lock_household
from graph.reads.household_files import household_facts
from graph.reads.service_plans import ServicePlanRow, goals_of, goals_text, service_plan_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.household_files.filing import FILE_DESK
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ServicePlanRow)
_CHILD_ROLES = frozenset({Role.CHILD_SUPERVISOR, Role.CHILD_OFFICER})
_MOST_GOALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanText:
    """What a plan says: goals with their actions, who answers for it, when it is looked at again."""

    goals: tuple[PlanGoal, ...]
    responsible: str
    review_on: date

    def check(self, actor: Actor, today: date) -> None:
        """
        Go on only with a plan that says enough and that the actor may write.

        Raises
        ------
        InvalidInputError
            No goal, too many, nobody responsible, a review in the past, or a goal of child protection by another
            role than its own.
        """
        require_words(self.responsible, "responsible")
        if not 1 <= len(self.goals) <= _MOST_GOALS:
            raise InvalidInputError(f"a plan has 1 to {_MOST_GOALS} goals", field="goals")
        if self.review_on <= today:
            raise InvalidInputError("a plan is looked at again in the future", field="review_on")
        if any(goal.child_protection for goal in self.goals) and not actor.roles & _CHILD_ROLES:
            raise InvalidInputError("goals of child protection are written by its own roles", field="goals")


async def draft_plan(
    ws: Workspace, actor: Actor, household_id: str, said: PlanText, *, idempotency_key: str | None = None
) -> Outcome[ServicePlanRow]:
    """
    Draft the plan of a household; it has one that is not over.

    Raises
    ------
    InvalidInputError
        See ``PlanText.check``.
    ConflictError
        The household has a plan already.
    NotPermittedError, NotFoundError
        No desk; outside the actor's scope.
    """
    actor.require(*FILE_DESK)
    plan_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ServicePlanRow:
        said.check(actor, civil_date(tx.at))
        home = await household_facts(tx, actor, household_id)
        await lock_household(tx, household_id)
        if await has_live_plan(tx, household_id):
            raise ConflictError("the household has a plan that is not over", id=household_id)
        await create_plan(
            tx,
            plan_id,
            household_id=household_id,
            goals=goals_text(said.goals),
            responsible=said.responsible,
            by=actor.id,
            review_on=said.review_on,
            at=tx.at,
            region_path=home.region_path,
        )
        plan = await take_plan(tx, actor, plan_id, expected_version=1)
        await _keep(tx, plan, PlanState.DRAFT, cause="DRAFTED")
        tx.record("service_plan.draft", plan_id, detail={"household": household_id, "goals": len(said.goals)})
        return await service_plan_by_id(tx, actor, plan_id)

    asked = request_hash("draft_plan", household_id, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def change_plan(
    ws: Workspace,
    actor: Actor,
    plan_id: str,
    said: PlanText,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[ServicePlanRow]:
    """
    Write a plan anew: its goals, actions, who answers for it, when it is looked at again.

    Goals of child protection stay as they are for everybody whose role they are not.

    Raises
    ------
    InvalidInputError
        See ``PlanText.check``.
    ConflictError, StaleVersionError
        The plan is over; changed since read.
    NotPermittedError, NotFoundError
        No desk; outside the actor's scope.
    """
    actor.require(*FILE_DESK)

    async def work(tx: AuditedTransaction) -> ServicePlanRow:
        said.check(actor, civil_date(tx.at))
        plan = await take_plan(tx, actor, plan_id, expected_version=expected_version)
        if plan.state not in LIVE_PLANS:
            raise ConflictError("the plan is over", id=plan_id)
        hidden = () if actor.roles & _CHILD_ROLES else _protected(plan)
        goals = goals_text((*said.goals, *hidden))
        await revise_plan(tx, plan_id, goals=goals, responsible=said.responsible, review_on=said.review_on)
        again = LockedPlan(
            id=plan_id, household_id=plan.household_id, state=plan.state, goals=goals, responsible=said.responsible,
            opened_by=plan.opened_by, review_on=said.review_on, region_path=plan.region_path, version=plan.version,
        )  # fmt: skip
        await _keep(tx, again, plan.state, cause="REVISED")
        tx.record("service_plan.revise", plan_id, detail={"version": plan.version})
        return await service_plan_by_id(tx, actor, plan_id)

    asked = request_hash("change_plan", plan_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


def _protected(plan: LockedPlan) -> tuple[PlanGoal, ...]:
    return tuple(goal for goal in goals_of(plan.goals) if goal.child_protection)


async def step_plan(
    ws: Workspace,
    actor: Actor,
    plan_id: str,
    step: PlanStep,
    *,
    expected_version: int,
    note: str,
    review_on: date | None = None,
    idempotency_key: str | None = None,
) -> Outcome[ServicePlanRow]:
    """
    Make a plan valid, look at it again, close or withdraw it.

    The head of a station makes it valid, and not who drafted it.

    Raises
    ------
    InvalidInputError
        No note, or a review without the day of the next.
    NotPermittedError, SeparationOfDutiesError, NotFoundError
        Not the head of a station; the same person drafted it; outside the actor's scope.
    TransitionError, StaleVersionError
        No such step from where it stands; changed since read.
    """
    actor.require(*((Role.STATION_LEAD, Role.CHILD_SUPERVISOR) if step is PlanStep.ACTIVATE else FILE_DESK))
    said = require_words(note, "note")

    async def work(tx: AuditedTransaction) -> ServicePlanRow:
        plan = await take_plan(tx, actor, plan_id, expected_version=expected_version)
        state = after_step(plan.state, step)
        if step is PlanStep.ACTIVATE:
            await require_other_person(
                tx, actor, (plan.opened_by,), "who drafted a plan does not make it valid", about=plan_id
            )
        if state in LIVE_PLANS:
            again = plan.review_on if review_on is None and step is not PlanStep.REVIEW else review_on
            if again is None or again <= civil_date(tx.at):
                raise InvalidInputError("a plan is looked at again in the future", field="review_on")
            await move_plan(tx, plan_id, state=state, review_on=again)
        else:
            await end_plan(tx, plan_id, state=state, outcome=said, at=tx.at)
        await _keep(tx, plan, state, cause=f"{step.value}: {said}")
        tx.record("service_plan.step", plan_id, detail={"step": step.value, "state": state.value})
        return await service_plan_by_id(tx, actor, plan_id)

    asked = request_hash("step_plan", plan_id, step.value, expected_version, said, review_on)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _keep(tx: AuditedTransaction, plan: LockedPlan, state: PlanState, *, cause: str) -> None:
    """Append what the plan says now to its history."""
    await create_plan_version(
        tx,
        f"{plan.id}:{plan.version}",
        plan_id=plan.id,
        number=plan.version,
        state=state.value,
        goals=plan.goals,
        responsible=plan.responsible,
        cause=cause,
        by=tx.actor_id,
        review_on=plan.review_on,
        at=tx.at,
        region_path=plan.region_path,
    )
