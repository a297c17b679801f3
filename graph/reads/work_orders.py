"""Work orders and their events, as screens, the review queue and exports show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.service import CheckEvent, OrderState
from graph.check_events import EVENT_COLUMNS, event_of
from graph.columns import integer, text
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed
from graph.work_orders import ORDER_COLUMNS, WorkOrderRow, order_of, visible_to

LIST_NAME = "work_orders"

_VISIBLE: LiteralString = (
    "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id OR n.worker_id = $own_id)"
)
_NARROWED: LiteralString = (
    " AND n.state IN $states AND ($need_id = '' OR n.need_id = $need_id)"
    " AND ($paid_only = false OR n.paid_by IS NOT NULL)"
)
_PAGE = Statement(
    "MATCH (n:WorkOrder) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND n.id > $after_id"
    + ORDER_COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:WorkOrder) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:WorkOrder {id: wanted}) WHERE " + _VISIBLE + ORDER_COLUMNS, Access.READ
)
_EVENTS = Statement(
    "MATCH (n:CheckEvent) WHERE n.work_order_id IN $ids" + EVENT_COLUMNS + "ORDER BY received_at, id",
    Access.READ,
)
_PAID = Statement(
    "MATCH (n:WorkOrder) WHERE n.paid_by IS NOT NULL AND n.window_start >= $since AND n.window_start < $until"
    " AND ($paid_by = '' OR n.paid_by = $paid_by) AND "
    + IN_SCOPE
    + ORDER_COLUMNS
    + "ORDER BY paid_by, window_start, id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What a list of work orders is narrowed to; empty axes narrow nothing."""

    states: tuple[OrderState, ...] = ()
    need_id: str | None = None
    paid_only: bool = False


async def page_of_orders(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: OrderFilter = OrderFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[WorkOrderRow]:
    """Give work orders by id: a person's own, the desk's those of its regions."""
    narrowed = {
        **visible_to(actor),
        "states": [state.value for state in filter.states or OrderState],
        "need_id": filter.need_id or "",
        "paid_only": filter.paid_only,
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=order_of, sort_column="id")


async def orders_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, WorkOrderRow]:
    """Give the orders among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **visible_to(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): order_of(record) for record in records}


async def order_by_id(tx: ReadTransaction, actor: Actor, order_id: str) -> WorkOrderRow:
    """
    Give one order.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await orders_by_ids(tx, actor, [order_id])
    if order_id not in found:
        raise NotFoundError("no such work order", kind="work_order", id=order_id)
    return found[order_id]


async def events_of_orders(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[CheckEvent, ...]]:
    """Give what was reported of orders that the actor may see, as it came in."""
    seen = await orders_by_ids(tx, actor, ids)
    grouped: dict[str, list[CheckEvent]] = {}
    for record in await tx.run(_EVENTS, ids=listed(list(seen))):
        grouped.setdefault(text(record, "work_order_id"), []).append(event_of(record))
    return {order_id: tuple(events) for order_id, events in grouped.items()}


async def paid_orders(
    tx: ReadTransaction, scope_paths: Sequence[str], *, since: datetime, until: datetime, paid_by: str | None
) -> list[WorkOrderRow]:
    """Give paid visits that were planned to begin within a span, by payer and time."""
    found = await tx.run(
        _PAID, scope_paths=listed(list(scope_paths)), since=since, until=until, paid_by=paid_by or ""
    )
    return [order_of(record) for record in found]
