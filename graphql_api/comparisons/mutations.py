"""What a station does with its tasks, and ended statuses taken back."""

import strawberry

from domain.comparing import TaskOutcome
from graph.reads.coverage import CoverageTaskRow, StatusEndRow
from graphql_api.comparisons.types import COVERAGE_TASK, STATUS_END, coverage_task, status_end
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from workflows.comparing.deciding import assign_coverage_task, decide_coverage_task, undo_status_end
from workflows.workspace import Outcome


@strawberry.input(description="States what became of a household.")
class DecideCoverageTaskInput:
    """Which task, as read, what became of it, and in words."""

    task_id: strawberry.ID
    expected_version: int
    outcome: TaskOutcome = strawberry.field(
        description="VISITED_AND_COVERED, REFUSED, MOVED or WRONG_LINK; the others are found by a comparison."
    )
    note: str
    idempotency_key: str


@strawberry.input(description="Says who looks after a household.")
class AssignCoverageTaskInput:
    """Which task, as read, and whose it is."""

    task_id: strawberry.ID
    expected_version: int
    owner: str
    idempotency_key: str


@strawberry.input(description="Takes the end of a status back.")
class UndoStatusEndInput:
    """Which end, as read, and why."""

    status_end_id: strawberry.ID
    expected_version: int
    note: str
    idempotency_key: str


@strawberry.type
class ComparisonMutations:
    """Deciding tasks and taking ended statuses back."""

    @mutation(coverage_task, description="State what became of a household that nothing covered.")
    async def decide_coverage_task(
        self, info: Info, input: DecideCoverageTaskInput
    ) -> Outcome[CoverageTaskRow]:
        """Decide a task."""
        return await decide_coverage_task(
            info.context.workspace,
            info.context.actor,
            key_of(input.task_id, COVERAGE_TASK, "taskId"),
            expected_version=input.expected_version,
            outcome=input.outcome,
            note=input.note,
            idempotency_key=input.idempotency_key,
        )

    @mutation(coverage_task, description="Say who looks after a household.")
    async def assign_coverage_task(
        self, info: Info, input: AssignCoverageTaskInput
    ) -> Outcome[CoverageTaskRow]:
        """Give a task to somebody."""
        return await assign_coverage_task(
            info.context.workspace,
            info.context.actor,
            key_of(input.task_id, COVERAGE_TASK, "taskId"),
            expected_version=input.expected_version,
            owner_id=input.owner,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        status_end,
        description="Take the end of a status back; needs still under review go back to where they stood.",
    )
    async def undo_status_end(self, info: Info, input: UndoStatusEndInput) -> Outcome[StatusEndRow]:
        """Undo an end."""
        return await undo_status_end(
            info.context.workspace,
            info.context.actor,
            key_of(input.status_end_id, STATUS_END, "statusEndId"),
            expected_version=input.expected_version,
            note=input.note,
            idempotency_key=input.idempotency_key,
        )
