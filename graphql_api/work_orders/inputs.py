"""What clients send about work orders."""

from datetime import datetime

import strawberry

from domain.service import CheckKind, CheckMethod, ReviewDecision
from graph.work_orders import ORDER_OF_CLAIM
from graphql_api.claims.types import CLAIM
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import decode_id, key_of
from graphql_api.needs.types import NEED
from graphql_api.scalars import MoneyInput, PlaceInput, TimeWindowInput, fen_of
from graphql_api.work_orders.types import WORK_ORDER, WORKER
from workflows.service.checking import Report
from workflows.service.orders import NewPaidOrder


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
