"""Checking in and out, confirming and reviewing visits; ordering paid ones and writing down what was paid."""

import strawberry

from domain.errors import PlatformError
from graph.work_orders import WorkOrderRow
from graphql_api.claims.types import CLAIM
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, user_error
from graphql_api.ids import key_of
from graphql_api.payloads import Payload, answer, once
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


@strawberry.type
class WorkOrderMutations:
    """Checking in and out, confirming, reviewing; ordering paid visits and writing down what was paid."""

    @strawberry.mutation(description="Report a check-in, a check-out or a note of a visit.")
    async def check(self, info: Info, input: CheckInput) -> Payload[WorkOrderNode]:
        """Take a report in."""

        async def act() -> Outcome[WorkOrderRow]:
            return await check(info.context.workspace, info.context.actor, input.read())

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Hand in what a device captured offline; each report for itself.")
    async def sync_checks(self, info: Info, input: SyncChecksInput) -> Payload[SyncedChecks]:
        """Take reports in."""

        async def act() -> Outcome[SyncedChecks]:
            context = info.context
            reports = [each.read() for each in input.reports]
            outcomes = await check_all(context.workspace, context.actor, reports)
            answers = [
                _answer_of(info, i, report, outcome)
                for i, (report, outcome) in enumerate(zip(reports, outcomes, strict=True))
            ]
            return Outcome(value=SyncedChecks(answers=answers), replayed=False)

        return await answer(info, act, lambda done: done)

    @strawberry.mutation(description="Open the work order of a claim, or give the one that is open.")
    async def open_work_order(self, info: Info, input: OpenWorkOrderInput) -> Payload[WorkOrderNode]:
        """Open a work order."""

        async def act() -> Outcome[WorkOrderRow]:
            key = key_of(input.claim_id, CLAIM, "claimId")
            return await once(open_claimed_order(info.context.workspace, info.context.actor, key))

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Order a visit of paid home care.")
    async def open_paid_order(self, info: Info, input: OpenPaidOrderInput) -> Payload[WorkOrderNode]:
        """Order a visit."""

        async def act() -> Outcome[WorkOrderRow]:
            context = info.context
            return await open_paid_order(
                context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
            )

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Cancel a paid visit that nobody has begun.")
    async def cancel_paid_order(self, info: Info, input: CancelPaidOrderInput) -> Payload[WorkOrderNode]:
        """Cancel a visit."""

        async def act() -> Outcome[WorkOrderRow]:
            context = info.context
            key = key_of(input.work_order_id, WORK_ORDER, "workOrderId")
            return await once(
                cancel_order(context.workspace, context.actor, key, expected_version=input.expected_version)
            )

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Confirm as the other party that somebody came or left.")
    async def confirm_check(self, info: Info, input: ConfirmCheckInput) -> Payload[WorkOrderNode]:
        """Confirm a report."""

        async def act() -> Outcome[WorkOrderRow]:
            context = info.context
            event = key_of(input.event_id, CHECK_EVENT, "eventId")
            key = key_of(input.work_order_id, WORK_ORDER, "workOrderId")
            return await once(confirm_check(context.workspace, context.actor, event, key))

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Let a visit that looks wrong count, correct it, or refuse it.")
    async def review_work_order(self, info: Info, input: ReviewWorkOrderInput) -> Payload[WorkOrderNode]:
        """Decide on a visit."""

        async def act() -> Outcome[WorkOrderRow]:
            context = info.context
            return await once(
                review_order(
                    context.workspace,
                    context.actor,
                    key_of(input.work_order_id, WORK_ORDER, "workOrderId"),
                    expected_version=input.expected_version,
                    decision=input.decision,
                    reason=input.reason,
                    minutes=input.minutes,
                )
            )

        return await answer(info, act, work_order)

    @strawberry.mutation(description="Write down what was paid for a visit.")
    async def record_payment(self, info: Info, input: RecordPaymentInput) -> Payload[WorkOrderNode]:
        """Write a payment down."""

        async def act() -> Outcome[WorkOrderRow]:
            context = info.context
            return await once(
                record_payment(
                    context.workspace,
                    context.actor,
                    key_of(input.work_order_id, WORK_ORDER, "workOrderId"),
                    expected_version=input.expected_version,
                    paid_fen=fen_of(input.amount, "amount"),
                    reference=input.reference,
                )
            )

        return await answer(info, act, work_order)


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
