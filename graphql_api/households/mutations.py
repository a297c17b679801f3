"""Opening files, and what is done with plans."""

from datetime import date

import strawberry

from domain.household_files import PlanAction, PlanGoal, PlanStep
from graph.reads.service_plans import ServicePlanRow
from graphql_api.context import Info
from graphql_api.households.types import HOUSEHOLD, SERVICE_PLAN, household_file, service_plan
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from workflows.household_files.assembling import HouseholdFile
from workflows.household_files.filing import open_file
from workflows.household_files.plans import PlanText, change_plan, draft_plan, step_plan
from workflows.workspace import Outcome


@strawberry.input(description="Opens a household's file to work with it.")
class OpenHouseholdFileInput:
    """Which household."""

    household_id: strawberry.ID


@strawberry.input(description="One thing to be done.")
class PlanActionInput:
    """What, by whom, until when, and since when it is done."""

    what: str
    responsible: str
    due_on: date
    done_on: date | None = None


@strawberry.input(description="What is to be reached.")
class PlanGoalInput:
    """A goal and its actions."""

    goal: str
    actions: list[PlanActionInput]
    child_protection: bool = False


@strawberry.input(description="Drafts the plan of a household.")
class DraftServicePlanInput:
    """For which household, and what it says."""

    household_id: strawberry.ID
    goals: list[PlanGoalInput]
    responsible: str
    review_on: date
    idempotency_key: str


@strawberry.input(description="Writes a plan anew.")
class ReviseServicePlanInput:
    """Which plan, as read, and what it says now."""

    plan_id: strawberry.ID
    expected_version: int
    goals: list[PlanGoalInput]
    responsible: str
    review_on: date
    idempotency_key: str


@strawberry.input(description="Makes a plan valid, looks at it again, closes or withdraws it.")
class StepServicePlanInput:
    """Which plan, as read, what is done with it, and on what ground; ``reviewOn`` with a review."""

    plan_id: strawberry.ID
    expected_version: int
    step: PlanStep
    note: str
    review_on: date | None = None
    idempotency_key: str


def _goals(goals: list[PlanGoalInput]) -> tuple[PlanGoal, ...]:
    return tuple(
        PlanGoal(
            goal=goal.goal,
            child_protection=goal.child_protection,
            actions=tuple(
                PlanAction(
                    what=action.what,
                    responsible=action.responsible,
                    due_on=action.due_on,
                    done_on=action.done_on,
                )
                for action in goal.actions
            ),
        )
        for goal in goals
    )


@strawberry.type
class HouseholdMutations:
    """Files and plans."""

    @mutation(
        household_file, description="Open a file: the look is written down, what is new becomes a version."
    )
    async def open_household_file(self, info: Info, input: OpenHouseholdFileInput) -> HouseholdFile:
        """Open a file."""
        household_id = key_of(input.household_id, HOUSEHOLD, "householdId")
        return await open_file(info.context.workspace, info.context.actor, household_id)

    @mutation(service_plan, description="Draft the plan of a household; it has one that is not over.")
    async def draft_service_plan(self, info: Info, input: DraftServicePlanInput) -> Outcome[ServicePlanRow]:
        """Draft a plan."""
        return await draft_plan(
            info.context.workspace,
            info.context.actor,
            key_of(input.household_id, HOUSEHOLD, "householdId"),
            PlanText(goals=_goals(input.goals), responsible=input.responsible, review_on=input.review_on),
            idempotency_key=input.idempotency_key,
        )

    @mutation(service_plan, description="Write a plan anew; what it said before stays in its history.")
    async def revise_service_plan(self, info: Info, input: ReviseServicePlanInput) -> Outcome[ServicePlanRow]:
        """Revise a plan."""
        return await change_plan(
            info.context.workspace,
            info.context.actor,
            key_of(input.plan_id, SERVICE_PLAN, "planId"),
            PlanText(goals=_goals(input.goals), responsible=input.responsible, review_on=input.review_on),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(service_plan, description="Make a plan valid, look at it again, close or withdraw it.")
    async def step_service_plan(self, info: Info, input: StepServicePlanInput) -> Outcome[ServicePlanRow]:
        """Do something with a plan."""
        return await step_plan(
            info.context.workspace,
            info.context.actor,
            key_of(input.plan_id, SERVICE_PLAN, "planId"),
            input.step,
            expected_version=input.expected_version,
            note=input.note,
            review_on=input.review_on,
            idempotency_key=input.idempotency_key,
        )
