"""Checking in and out, confirming and reviewing visits; ordering paid ones and writing down what was paid."""

from datetime import datetime

import strawberry

from domain.errors import PlatformError
from domain.service import CheckKind, CheckMethod, ReviewDecision
from graph.work_orders import ORDER_OF_CLAIM, WorkOrderRow
from graphql_api.claims import CLAIM
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, user_error
from graphql_api.funds import ORGANISATION
from graphql_api.ids import decode_id, key_of
from graphql_api.needs import NEED
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import MoneyInput, PlaceInput, TimeWindowInput, fen_of
from graphql_api.work_orders import CHECK_EVENT, WORK_ORDER, WORKER, WorkOrderNode, work_order
from workflows.service.checking import Report, check, check_all, confirm_check
from workflows.service.orders import NewPaidOrder, cancel_order, open_claimed_order, open_paid_order
from workflows.service.paid import record_payment
from workflows.service.review import review_order
from workflows.workspace import Outcome


@strawberry.input(description="What a device says of a visit.")
class CheckInput:
    """(device, deviceVersion) names the report: sent again it is answered and not repeated."""

    visit_id: strawberry.ID = strawberry.field(description="A work order, or a claim, whose order is opened.")
    kind: CheckKind
    method: CheckMethod = CheckMethod.GEOFENCE
    reported_at: datetime = strawberry.field(description="When it happened, by the device's clock.")
    sent_at: datetime | None = strawberry.field(
        default=None, description="When it is sent, by the same clock; left out for what happens now."
    )
    device: str = strawberry.field(description="What the device calls itself, always the same.")
    device_version: int = strawberry.field(description="The device's own count of its reports, from 1.")
    place: PlaceInput | None = None
    accuracy_m: int | None = None
    mocked: bool = strawberry.field(
        default=False, description="Whether the device says the place is made up."
    )
    code: str | None = None
    qr: str | None = None
    field: str | None = strawberry.field(default=None, description="What a note is about.")
    note: str | None = None

    def read(self) -> Report:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        kind, key = decode_id(self.visit_id, "visitId")
        order_id = f"{ORDER_OF_CLAIM}{key}" if kind == CLAIM else key_of(self.visit_id, WORK_ORDER, "visitId")
        return Report(
            order_id=order_id,
            kind=self.kind,
            method=self.method,
            reported_at=self.reported_at,
            sent_at=self.sent_at,
            device_id=self.device,
            device_version=self.device_version,
            place=self.place.read() if self.place else None,
            accuracy_m=self.accuracy_m,
            mocked=self.mocked,
            code=self.code,
            qr=self.qr,
            field=self.field,
            note=self.note,
        )


@strawberry.input(description="What a device had held back, in any order.")
class SyncChecksInput:
    """Reports stand each for itself."""

    reports: list[CheckInput]


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


@strawberry.input(description="Opens the work order of a claim.")
class OpenWorkOrderInput:
    """Which claim."""

    claim_id: strawberry.ID


@strawberry.input(description="Orders a visit of paid home care.")
class OpenPaidOrderInput:
    """Who goes, when, for which need, and who pays what an hour."""

    idempotency_key: str
    need_id: strawberry.ID
    worker_id: strawberry.ID
    organisation_id: strawberry.ID = strawberry.field(description="Who pays.")
    window: TimeWindowInput
    rate_per_hour: MoneyInput

    def read(self) -> NewPaidOrder:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return NewPaidOrder(
            need_id=key_of(self.need_id, NEED, "needId"),
            worker_id=key_of(self.worker_id, WORKER, "workerId"),
            paid_by=key_of(self.organisation_id, ORGANISATION, "organisationId"),
            window=self.window.read(),
            rate_fen_per_hour=fen_of(self.rate_per_hour, "ratePerHour"),
        )


@strawberry.input(description="Cancels a paid visit that nobody has begun.")
class CancelPaidOrderInput:
    """Which visit, as read."""

    work_order_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Confirms as the other party that somebody came or left.")
class ConfirmCheckInput:
    """Which report of which visit."""

    work_order_id: strawberry.ID
    event_id: strawberry.ID


@strawberry.input(description="Decides on a visit that looks wrong.")
class ReviewWorkOrderInput:
    """Which visit, as read, what becomes of it, and why."""

    work_order_id: strawberry.ID
    expected_version: int
    decision: ReviewDecision
    reason: str
    minutes: int | None = strawberry.field(default=None, description="With CORRECT, and only then.")


@strawberry.input(description="Writes down what was paid for a visit.")
class RecordPaymentInput:
    """Which visit, as read, how much, and under which reference."""

    work_order_id: strawberry.ID
    expected_version: int
    amount: MoneyInput
    reference: str


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
