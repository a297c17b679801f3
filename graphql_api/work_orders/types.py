"""Visits as they take place: work orders, and what was reported of them."""

from datetime import datetime

import strawberry

from domain.service import (
    Anomaly,
    CheckEvent,
    CheckKind,
    CheckMethod,
    EventState,
    OrderState,
    ReviewDecision,
)
from graph.work_orders import WorkOrderRow
from graphql_api.connections import (
    Node,
    loaded,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.scalars import (
    Money,
    TimeWindow,
    money_or_none,
    window_between,
)
from graphql_api.volunteers.types import VolunteerNode, load_volunteer

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
    return await loaded(info.context.load.orders, key, work_order)
