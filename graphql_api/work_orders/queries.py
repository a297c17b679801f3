"""Lists and look-ups of work orders, and what a station shows."""

from datetime import datetime
from functools import partial

import strawberry

from domain.service import (
    OrderState,
)
from graph.reads.work_orders import OrderFilter, page_of_orders
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.work_orders.types import WORK_ORDER, WorkOrderNode, load_work_order, work_order
from workflows.service.orders import (
    ShownAtStation,
    shown_at_station,
)


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
        narrowed = OrderFilter(
            states=tuple(asked.states),
            need_id=key_of(asked.need_id, NEED, "needId") if asked.need_id else None,
            paid_only=asked.paid_only,
        )
        return await paged(info, first, after, partial(page_of_orders, filter=narrowed), work_order)

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
