"""
Work orders and the events that time them, as use cases write them.

An order is locked before it is read: events of one visit that come in together are folded one after another.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.regions import GeoPoint
from domain.service import (
    OrderState,
    Presence,
    ReviewDecision,
)
from domain.time import Window
from graph.columns import (
    flag,
    integer,
    integer_or_none,
    moment,
    moment_or_none,
    real_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement, Value, WriteTransaction
from graph.reads.proposals import CLAIM_COLUMNS, ClaimRow, claim_of
from graph.scope import IN_SCOPE, NOTHING, scope_paths, view_of

ORDER_COLUMNS: LiteralString = """
RETURN n.id AS id, n.need_id AS need_id, n.claim_id AS claim_id, n.volunteer_id AS volunteer_id,
  n.worker_id AS worker_id, n.paid_by AS paid_by, n.state AS state, n.window_start AS window_start,
  n.window_end AS window_end, n.planned_min AS planned_min, n.checked_in_at AS checked_in_at,
  n.checked_out_at AS checked_out_at, n.minutes AS minutes, n.flags AS flags, n.review AS review,
  n.review_reason AS review_reason, n.reviewed_by AS reviewed_by, n.reviewed_flags AS reviewed_flags,
  n.reviewed_minutes AS reviewed_minutes, n.rate_fen_per_hour AS rate_fen_per_hour, n.paid_fen AS paid_fen,
  n.payment_reference AS payment_reference, n.report AS report, n.opened_at AS opened_at,
  n.region_id AS region_id, n.region_path AS region_path, n.longitude_deg AS longitude_deg,
  n.latitude_deg AS latitude_deg, n.place_made_up AS place_made_up, n.version AS version
"""
_OWN: LiteralString = (
    "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id OR n.worker_id = $own_id)"
)
LOCK = Statement(
    "MATCH (n:WorkOrder {id: $id}) WHERE " + _OWN + " SET n.version = n.version + 1" + ORDER_COLUMNS,
    Access.WRITE,
)
LOCK_ANY = Statement(
    "MATCH (n:WorkOrder {id: $id}) SET n.version = n.version + 1" + ORDER_COLUMNS, Access.WRITE
)
EXISTS = Statement("MATCH (n:WorkOrder {id: $id}) RETURN n.id AS id", Access.READ)
OF_CLAIM = Statement("MATCH (n:WorkOrder) WHERE n.claim_id = $claim_id RETURN n.id AS id", Access.READ)
CREATE = Statement(
    """
    CREATE (:WorkOrder {id: $id, need_id: $need_id, claim_id: $claim_id, volunteer_id: $volunteer_id,
      worker_id: $worker_id, paid_by: $paid_by, state: 'OPEN', window_start: $window_start,
      window_end: $window_end, planned_min: $planned_min, minutes: 0, rate_fen_per_hour: $rate_fen_per_hour,
      opened_at: $opened_at, region_id: $region_id, region_path: $region_path, longitude_deg: $longitude_deg,
      latitude_deg: $latitude_deg, place_made_up: $place_made_up, version: 1})
    """,
    Access.WRITE,
)
WRITE_STATE = Statement(
    """
    MATCH (n:WorkOrder {id: $id})
    SET n.state = $state, n.checked_in_at = $checked_in_at, n.checked_out_at = $checked_out_at,
      n.minutes = $minutes, n.flags = $flags, n.report = $report
    """,
    Access.WRITE,
)
WRITE_REVIEW = Statement(
    """
    MATCH (n:WorkOrder {id: $id})
    SET n.review = $review, n.review_reason = $reason, n.reviewed_by = $reviewed_by,
      n.reviewed_flags = $reviewed_flags, n.reviewed_minutes = $minutes
    """,
    Access.WRITE,
)
WRITE_PAYMENT = Statement(
    "MATCH (n:WorkOrder {id: $id}) SET n.paid_fen = $paid_fen, n.payment_reference = $reference", Access.WRITE
)
NEAR = Statement(
    """
    MATCH (n:WorkOrder) WHERE n.id <> $id AND (n.volunteer_id = $person OR n.worker_id = $person)
      AND n.checked_in_at IS NOT NULL AND n.checked_in_at >= $since AND n.checked_in_at < $until
      AND n.state IN ['TO_REVIEW', 'DONE', 'IN_SERVICE']
    """
    + ORDER_COLUMNS
    + "ORDER BY id",
    Access.READ,
)
MANUAL_NEAR = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id = $person AND n.kind = 'MANUAL' AND n.state <> 'REVERSED'
      AND n.served_end > $since AND n.served_start < $until
    RETURN n.id AS id, n.served_start AS served_start, n.served_end AS served_end ORDER BY id
    """,
    Access.READ,
)
OF_NEED = Statement(
    "MATCH (n:WorkOrder) WHERE n.need_id = $need_id AND n.claim_id IS NOT NULL"
    " RETURN n.claim_id AS claim_id, n.checked_out_at AS checked_out_at",
    Access.READ,
)
LEFT_OPEN = Statement(
    "MATCH (n:WorkOrder) WHERE n.state = 'IN_SERVICE' AND n.checked_in_at < $before AND n.id > $after_id"
    " RETURN n.id AS id ORDER BY id LIMIT 500",
    Access.READ,
)
CLAIM = Statement("MATCH (n:Claim {id: $id})" + CLAIM_COLUMNS, Access.READ)
WORKER = Statement("MATCH (n:SocialWorker {id: $id}) WHERE " + IN_SCOPE + " RETURN n.id AS id", Access.READ)

ORDER_OF_CLAIM = "claim:"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderRow:
    """One visit of one person, voluntary (``volunteer_id``) or paid (``worker_id``, ``paid_by``)."""

    id: str
    need_id: str
    claim_id: str | None
    volunteer_id: str | None
    worker_id: str | None
    paid_by: str | None
    state: OrderState
    window_start: datetime | None
    window_end: datetime | None
    planned_min: int
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    minutes: int
    flags: tuple[str, ...]
    review: ReviewDecision | None
    review_reason: str | None
    reviewed_by: str | None
    reviewed_flags: tuple[str, ...]
    reviewed_minutes: int | None
    rate_fen_per_hour: int | None
    paid_fen: int | None
    payment_reference: str | None
    report: dict[str, str]
    region_id: str | None
    region_path: str
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool
    version: int

    @property
    def person(self) -> str:
        """Whose visit it is."""
        return self.volunteer_id or self.worker_id or NOTHING

    @property
    def planned(self) -> Window | None:
        """When it was to be; None where no time was agreed on."""
        if self.window_start is None or self.window_end is None:
            return None
        return Window(start=self.window_start, end=self.window_end)

    @property
    def place(self) -> GeoPoint | None:
        """Where it is to be."""
        if self.longitude_deg is None or self.latitude_deg is None:
            return None
        return GeoPoint(
            longitude_deg=self.longitude_deg, latitude_deg=self.latitude_deg, made_up=self.place_made_up
        )

    @property
    def amount_fen(self) -> int | None:
        """What its minutes cost, rounded to the nearest fen; None for a voluntary visit."""
        if self.rate_fen_per_hour is None:
            return None
        return (self.minutes * self.rate_fen_per_hour + 30) // 60


def order_of_claim_id(claim_id: str) -> str:
    """Give the key of the order of a claim: one claim has one."""
    return f"{ORDER_OF_CLAIM}{claim_id}"


def order_of(record: Record) -> WorkOrderRow:
    """Give the row of a record of ``ORDER_COLUMNS``."""
    review = text_or_none(record, "review")
    return WorkOrderRow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        claim_id=text_or_none(record, "claim_id"),
        volunteer_id=text_or_none(record, "volunteer_id"),
        worker_id=text_or_none(record, "worker_id"),
        paid_by=text_or_none(record, "paid_by"),
        state=OrderState(text(record, "state")),
        window_start=moment_or_none(record, "window_start"),
        window_end=moment_or_none(record, "window_end"),
        planned_min=integer(record, "planned_min"),
        checked_in_at=moment_or_none(record, "checked_in_at"),
        checked_out_at=moment_or_none(record, "checked_out_at"),
        minutes=integer(record, "minutes"),
        flags=texts(record, "flags"),
        review=ReviewDecision(review) if review else None,
        review_reason=text_or_none(record, "review_reason"),
        reviewed_by=text_or_none(record, "reviewed_by"),
        reviewed_flags=texts(record, "reviewed_flags"),
        reviewed_minutes=integer_or_none(record, "reviewed_minutes"),
        rate_fen_per_hour=integer_or_none(record, "rate_fen_per_hour"),
        paid_fen=integer_or_none(record, "paid_fen"),
        payment_reference=text_or_none(record, "payment_reference"),
        report=json.loads(text_or_none(record, "report") or "{}"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        longitude_deg=real_or_none(record, "longitude_deg"),
        latitude_deg=real_or_none(record, "latitude_deg"),
        place_made_up=flag(record, "place_made_up"),
        version=integer(record, "version"),
    )


def visible_to(actor: Actor) -> dict[str, list[str] | str | bool]:
    """Give what a predicate on orders reads: the desk's regions, or the person's own visits."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "own_id": actor.participant_id or NOTHING,
    }


async def order_exists(tx: ReadTransaction, order_id: str) -> bool:
    """Whether there is such an order."""
    return bool(await tx.run(EXISTS, id=order_id))


async def lock_order(
    tx: WriteTransaction, actor: Actor, order_id: str, *, expected_version: int | None = None
) -> WorkOrderRow:
    """
    Take an order of the actor's for changing; its row carries the new version.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=order_id, **visible_to(actor))
    if not found:
        raise NotFoundError("no such work order", kind="work_order", id=order_id)
    order = order_of(found[0])
    if expected_version is not None and order.version - 1 != expected_version:
        raise StaleVersionError(
            "the work order has changed since it was read",
            id=order_id,
            expected=expected_version,
            found=order.version - 1,
        )
    return order


async def lock_any_order(tx: WriteTransaction, order_id: str) -> WorkOrderRow:
    """Take an order that the caller has come by within the scope of somebody who may."""
    return order_of((await tx.run(LOCK_ANY, id=order_id))[0])


async def lock_order_of_claim(tx: WriteTransaction, claim_id: str) -> WorkOrderRow | None:
    """Take the order of a claim, if one was opened."""
    found = await tx.run(OF_CLAIM, claim_id=claim_id)
    return await lock_any_order(tx, text(found[0], "id")) if found else None


async def claim_by_id(tx: ReadTransaction, claim_id: str) -> ClaimRow:
    """
    Give a claim; whether the actor may see it is the caller's to say.

    Raises
    ------
    NotFoundError
        No such claim.
    """
    found = await tx.run(CLAIM, id=claim_id)
    if not found:
        raise NotFoundError("no such claim", kind="claim", id=claim_id)
    return claim_of(found[0])


async def require_worker(tx: ReadTransaction, actor: Actor, worker_id: str) -> None:
    """
    Go on only if the social worker lies within the actor's scope.

    Raises
    ------
    NotFoundError
        They do not.
    """
    if not await tx.run(WORKER, id=worker_id, scope_paths=scope_paths(actor)):
        raise NotFoundError("no such worker", kind="worker", id=worker_id)


async def create_order(tx: WriteTransaction, **columns: Value) -> None:
    """Write a new order."""
    await tx.run(CREATE, **columns)


async def write_order(tx: WriteTransaction, order: WorkOrderRow) -> None:
    """Write what the events of an order come to."""
    await tx.run(
        WRITE_STATE,
        id=order.id,
        state=order.state.value,
        checked_in_at=order.checked_in_at,
        checked_out_at=order.checked_out_at,
        minutes=order.minutes,
        flags=list(order.flags),
        report=json.dumps(order.report, ensure_ascii=False, sort_keys=True),
    )


async def write_review(tx: WriteTransaction, order: WorkOrderRow) -> None:
    """Write what a reviewer made of an order."""
    await tx.run(
        WRITE_REVIEW,
        id=order.id,
        review=order.review.value if order.review else None,
        reason=order.review_reason,
        reviewed_by=order.reviewed_by,
        reviewed_flags=list(order.reviewed_flags),
        minutes=order.reviewed_minutes,
    )


async def write_payment(tx: WriteTransaction, order_id: str, *, paid_fen: int, reference: str) -> None:
    """Write down what was paid for an order."""
    await tx.run(WRITE_PAYMENT, id=order_id, paid_fen=paid_fen, reference=reference)


async def orders_near(tx: ReadTransaction, order: WorkOrderRow, at: datetime) -> list[WorkOrderRow]:
    """Give the same person's other visits that began within a day of a moment."""
    found = await tx.run(NEAR, id=order.id, person=order.person, since=at - _DAY, until=at + _DAY)
    return [order_of(record) for record in found]


async def manual_near(tx: ReadTransaction, order: WorkOrderRow, at: datetime) -> list[Presence]:
    """Give the hours that were written down by hand for the same person within a day of a moment."""
    found = await tx.run(MANUAL_NEAR, person=order.person, since=at - _DAY, until=at + _DAY)
    return [
        Presence(
            id=text(row, "id"),
            window=Window(start=moment(row, "served_start"), end=moment(row, "served_end")),
        )
        for row in found
    ]


async def checked_out_claims(tx: ReadTransaction, need_id: str) -> set[str]:
    """Give the claims of a need whose visits are over."""
    found = await tx.run(OF_NEED, need_id=need_id)
    return {text(row, "claim_id") for row in found if row["checked_out_at"] is not None}


async def left_open(tx: ReadTransaction, before: datetime, after_id: str = "") -> list[str]:
    """Give visits that began before a moment and were never left, by id."""
    return [text(row, "id") for row in await tx.run(LEFT_OPEN, before=before, after_id=after_id)]
