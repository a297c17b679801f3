"""Checking in and out, confirming and reviewing visits; ordering paid ones and writing down what was paid."""

import strawberry

from domain.errors import PlatformError
from graph.work_orders import WorkOrderRow
from graphql_api.claims.types import CLAIM
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, user_error
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import fen_of
from graphql_api.work_orders.inputs import (
    CancelPaidOrderInput,
    CheckInput,
    ConfirmCheckInput,
    OpenPaidOrderInput,
    OpenWorkOrderInput,
    RecordPaymentInput,
    ReviewWorkOrderInput,
    SyncChecksInput,
)
from graphql_api.work_orders.types import CHECK_EVENT, WORK_ORDER, WorkOrderNode, work_order
from workflows.service.checking import Report, check, check_all, confirm_check
from workflows.service.orders import cancel_order, open_claimed_order, open_paid_order
from workflows.service.paid import record_payment
from workflows.service.review import review_order
from workflows.workspace import Outcome


@strawberry.type(description="What became of one report.")
class CheckAnswer:
    """Either the visit as it stands, or why the report was refused."""

    device: str
    device_version: int
    work_order: WorkOrderNode | None
    user_errors: list[UserError]
    replayed: bool


@strawberry.type(description="What became of everything that was handed in.")
class SyncedChecks:
    """One answer a report, in the order they were handed in."""

    answers: list[CheckAnswer]


def _synced(answers: list[CheckAnswer]) -> SyncedChecks:
    return SyncedChecks(answers=answers)


@strawberry.type
class WorkOrderMutations:
    """Checking in and out, confirming, reviewing; ordering paid visits and writing down what was paid."""

    @mutation(work_order, description="Report a check-in, a check-out or a note of a visit.")
    async def check(self, info: Info, input: CheckInput) -> Outcome[WorkOrderRow]:
        """Take a report in."""
        return await check(info.context.workspace, info.context.actor, input.read())

    @mutation(_synced, description="Hand in what a device captured offline; each report for itself.")
    async def sync_checks(self, info: Info, input: SyncChecksInput) -> list[CheckAnswer]:
        """Take reports in."""
        context = info.context
        reports = [each.read() for each in input.reports]
        outcomes = await check_all(context.workspace, context.actor, reports)
        return [
            _answer_of(info, i, report, outcome)
            for i, (report, outcome) in enumerate(zip(reports, outcomes, strict=True))
        ]

    @mutation(work_order, description="Open the work order of a claim, or give the one that is open.")
    async def open_work_order(self, info: Info, input: OpenWorkOrderInput) -> WorkOrderRow:
        """Open a work order."""
        key = key_of(input.claim_id, CLAIM, "claimId")
        return await open_claimed_order(info.context.workspace, info.context.actor, key)

    @mutation(work_order, description="Order a visit of paid home care.")
    async def open_paid_order(self, info: Info, input: OpenPaidOrderInput) -> Outcome[WorkOrderRow]:
        """Order a visit."""
        context = info.context
        return await open_paid_order(
            context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
        )

    @mutation(work_order, description="Cancel a paid visit that nobody has begun.")
    async def cancel_paid_order(self, info: Info, input: CancelPaidOrderInput) -> WorkOrderRow:
        """Cancel a visit."""
        context = info.context
        key = key_of(input.work_order_id, WORK_ORDER, "workOrderId")
        return await cancel_order(
            context.workspace, context.actor, key, expected_version=input.expected_version
        )

    @mutation(work_order, description="Confirm as the other party that somebody came or left.")
    async def confirm_check(self, info: Info, input: ConfirmCheckInput) -> WorkOrderRow:
        """Confirm a report."""
        context = info.context
        event = key_of(input.event_id, CHECK_EVENT, "eventId")
        key = key_of(input.work_order_id, WORK_ORDER, "workOrderId")
        return await confirm_check(context.workspace, context.actor, event, key)

    @mutation(work_order, description="Let a visit that looks wrong count, correct it, or refuse it.")
    async def review_work_order(self, info: Info, input: ReviewWorkOrderInput) -> WorkOrderRow:
        """Decide on a visit."""
        context = info.context
        return await review_order(
            context.workspace,
            context.actor,
            key_of(input.work_order_id, WORK_ORDER, "workOrderId"),
            expected_version=input.expected_version,
            decision=input.decision,
            reason=input.reason,
            minutes=input.minutes,
        )

    @mutation(work_order, description="Write down what was paid for a visit.")
    async def record_payment(self, info: Info, input: RecordPaymentInput) -> WorkOrderRow:
        """Write a payment down."""
        context = info.context
        return await record_payment(
            context.workspace,
            context.actor,
            key_of(input.work_order_id, WORK_ORDER, "workOrderId"),
            expected_version=input.expected_version,
            paid_fen=fen_of(input.amount, "amount"),
            reference=input.reference,
        )


def _answer_of(
    info: Info, i: int, report: Report, outcome: Outcome[WorkOrderRow] | PlatformError
) -> CheckAnswer:
    if isinstance(outcome, PlatformError):
        if not is_reported(outcome):
            raise outcome
        error = user_error(outcome, info.context.locale, ["input", "reports", str(i)])
        return CheckAnswer(
            device=report.device_id,
            device_version=report.device_version,
            work_order=None,
            user_errors=[error],
            replayed=False,
        )
    return CheckAnswer(
        device=report.device_id,
        device_version=report.device_version,
        work_order=work_order(outcome.value),
        user_errors=[],
        replayed=outcome.replayed,
    )
