"""Visits as they take place: work orders, checking in and out, and the review queue."""

from datetime import datetime

import strawberry

from domain.errors import PlatformError
from domain.service import (
    Anomaly,
    CheckEvent,
    CheckKind,
    CheckMethod,
    EventState,
    OrderState,
    ReviewDecision,
)
from graph.reads.work_orders import OrderFilter, page_of_orders
from graph.work_orders import ORDER_OF_CLAIM, WorkOrderRow
from graphql_api.claims import CLAIM
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.errors import UserError, is_reported, user_error
from graphql_api.funds import ORGANISATION
from graphql_api.ids import decode_id, encode_id, key_of
from graphql_api.needs import NEED, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import (
    Money,
    MoneyInput,
    PlaceInput,
    TimeWindow,
    TimeWindowInput,
    fen_of,
    money_or_none,
    window_between,
)
from graphql_api.volunteers import VolunteerNode, load_volunteer
from workflows.service.checking import Report, check, check_all, confirm_check
from workflows.service.orders import (
    NewPaidOrder,
    ShownAtStation,
    cancel_order,
    open_claimed_order,
    open_paid_order,
    shown_at_station,
)
from workflows.service.paid import record_payment
from workflows.service.review import review_order
from workflows.workspace import Outcome

WORK_ORDER = "WorkOrder"
CHECK_EVENT = "CheckEvent"
WORKER = "SocialWorker"


@strawberry.type(name=CHECK_EVENT, description="Something a device or a person reported; never edited.")
class CheckEventNode(Node):
    """One report."""

    kind: CheckKind
    method: CheckMethod
    state: EventState
    at: datetime = strawberry.field(description="When it happened, by our clock.")
    reported_at: datetime = strawberry.field(description="When it happened, by the device's clock.")
    received_at: datetime
    skew_s: int = strawberry.field(description="How far the device's clock was behind ours, in seconds.")
    anomalies: list[Anomaly]


@strawberry.type(description="A note that was taken on a visit.")
class ReportedNote:
    """A field and what was last said in it."""

    field: str
    note: str


@strawberry.type(name=WORK_ORDER, description="One visit of one person, voluntary or paid.")
class WorkOrderNode(Node):
    """From its plan to its minutes."""

    state: OrderState
    planned: TimeWindow | None
    planned_min: int
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    minutes: int = strawberry.field(
        description="What it counts: measured, or put in its place by a reviewer."
    )
    anomalies: list[Anomaly] = strawberry.field(description="What looks wrong; empty for most.")
    notes: list[ReportedNote]
    review: ReviewDecision | None
    review_reason: str | None
    rate_per_hour: Money | None = strawberry.field(description="Of a paid visit.")
    amount_due: Money | None
    amount_paid: Money | None
    payment_reference: str | None
    version: int
    key: strawberry.Private[str]
    need_key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str | None]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="The volunteer of a voluntary visit, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="Everything that was reported, as it came in.")
    async def events(self, info: Info) -> list[CheckEventNode]:
        """Give what was reported."""
        return [_event(row) for row in await info.context.load.order_events.load(self.key) or ()]


def _event(row: CheckEvent) -> CheckEventNode:
    return CheckEventNode(
        id=encode_id(CHECK_EVENT, row.id),
        kind=row.kind,
        method=row.method,
        state=row.state,
        at=row.at,
        reported_at=row.reported_at,
        received_at=row.received_at,
        skew_s=row.skew_s,
        anomalies=sorted(row.flags),
    )


def work_order(row: WorkOrderRow) -> WorkOrderNode:
    """Give a work order as clients see it."""
    return WorkOrderNode(
        id=encode_id(WORK_ORDER, row.id),
        state=row.state,
        planned=window_between(row.window_start, row.window_end),
        planned_min=row.planned_min,
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        minutes=row.minutes,
        anomalies=[Anomaly(name) for name in row.flags],
        notes=[ReportedNote(field=name, note=note) for name, note in sorted(row.report.items())],
        review=row.review,
        review_reason=row.review_reason,
        rate_per_hour=money_or_none(row.rate_fen_per_hour),
        amount_due=money_or_none(row.amount_fen),
        amount_paid=money_or_none(row.paid_fen),
        payment_reference=row.payment_reference,
        version=row.version,
        key=row.id,
        need_key=row.need_id,
        volunteer_key=row.volunteer_id,
    )


async def load_work_order(info: Info, key: str | None) -> WorkOrderNode | None:
    """Give the work order of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.orders.load(key)
    return None if row is None else work_order(row)


@strawberry.type(description="What a station shows for a visit.")
class StationDisplay:
    """A code to type in and a text to scan."""

    code: str
    code_until: datetime
    qr: str = strawberry.field(description="Text of a QR code; used once for each visit and kind.")
    qr_until: datetime


@strawberry.input(name="WorkOrderFilter", description="What work orders are narrowed to.")
class WorkOrderFilterInput:
    """Empty axes narrow nothing; ``[TO_REVIEW]`` is the review queue."""

    states: list[OrderState] = strawberry.field(default_factory=list[OrderState])
    need_id: strawberry.ID | None = None
    paid_only: bool = False


@strawberry.type
class WorkOrderQueries:
    """Lists and look-ups of visits."""

    @strawberry.field(description="Visits by id: a person's own, the desk's those of its regions.")
    async def work_orders(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: WorkOrderFilterInput | None = None,
    ) -> Connection[WorkOrderNode]:
        """Give a page of visits."""
        asked = filter or WorkOrderFilterInput()
        start = page_start(info, first, after)
        narrowed = OrderFilter(
            states=tuple(asked.states),
            need_id=key_of(asked.need_id, NEED, "needId") if asked.need_id else None,
            paid_only=asked.paid_only,
        )
        page = await info.context.read(
            lambda tx: page_of_orders(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, work_order)

    @strawberry.field(description="One visit.")
    async def work_order(self, info: Info, id: strawberry.ID) -> WorkOrderNode | None:
        """Give a visit by its global id."""
        return await load_work_order(info, key_of(id, WORK_ORDER))

    @strawberry.field(description="What the station of a visit shows now, for the desk.")
    async def station_display(self, info: Info, work_order_id: strawberry.ID) -> StationDisplay:
        """Give code and QR text."""
        context = info.context
        shown: ShownAtStation = await shown_at_station(
            context.workspace, context.actor, key_of(work_order_id, WORK_ORDER, "workOrderId")
        )
        return StationDisplay(
            code=shown.code, code_until=shown.code_until, qr=shown.qr, qr_until=shown.qr_until
        )


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
