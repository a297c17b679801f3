"""Opening work orders, and what a station shows for checking in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotFoundError, TransitionError
from domain.needs import OVER
from domain.rounds import ClaimState
from domain.service import OrderState
from domain.time import Window
from graph.needs import need_as_it_is
from graph.ports import ReadTransaction
from graph.reads.needs import NeedRow, need_by_id
from graph.reads.work_orders import order_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.work_orders import (
    WorkOrderRow,
    claim_by_id,
    create_order,
    lock_order,
    order_exists,
    order_of_claim_id,
    require_worker,
    write_order,
)
from workflows.idempotency import once, request_hash
from workflows.service.presence import code_at, qr_text
from workflows.service.rules_in_force import check_rules
from workflows.workspace import Outcome, Workspace

DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
CHECK_IN_SECRET = "check-in"  # noqa: S105 - the name of a secret
_ANSWERS = TypeAdapter(WorkOrderRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaidOrder:
    """
    A visit of home care that somebody is paid for.

    Parameters
    ----------
    worker_id
        The social worker or carer who goes.
    paid_by
        The organisation that pays.
    rate_fen_per_hour
        What an hour costs.
    """

    need_id: str
    worker_id: str
    paid_by: str
    window: Window
    rate_fen_per_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAtStation:
    """What a station shows for a visit: a code to type in, a text to scan, and until when each is good."""

    order_id: str
    code: str
    code_until: datetime
    qr: str
    qr_until: datetime


async def open_order(tx: AuditedTransaction, actor: Actor, claim_id: str) -> str:
    """
    Open the order of a claim unless it is open, and give its key.

    Raises
    ------
    NotFoundError
        No such claim of the actor's or of their desk's regions.
    TransitionError
        The claim is over.
    """
    order_id = order_of_claim_id(claim_id)
    if await order_exists(tx, order_id):
        return order_id
    claim = await claim_by_id(tx, claim_id)
    if actor.participant_id != claim.volunteer_id and not (
        actor.roles & set(DESK) and actor.scope.covers(claim.region_path)
    ):
        raise NotFoundError("no such claim", kind="claim", id=claim_id)
    if claim.state is not ClaimState.ACTIVE:
        raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
    need = await need_as_it_is(tx, claim.need_id)  # the place is the order's, whoever opens it
    planned = (
        need.duration_min or Window(start=claim.window_start, end=claim.window_end).duration_min
        if claim.window_start and claim.window_end
        else need.duration_min
    )
    await _create(
        tx,
        order_id,
        need,
        claim_id=claim_id,
        volunteer_id=claim.volunteer_id,
        worker_id=None,
        paid_by=None,
        rate_fen_per_hour=None,
        window_start=claim.window_start,
        window_end=claim.window_end,
        planned_min=planned,
    )
    return order_id


async def _create(
    tx: AuditedTransaction,
    order_id: str,
    need: NeedRow,
    *,
    claim_id: str | None,
    volunteer_id: str | None,
    worker_id: str | None,
    paid_by: str | None,
    rate_fen_per_hour: int | None,
    window_start: datetime | None,
    window_end: datetime | None,
    planned_min: int,
) -> None:
    await create_order(
        tx,
        id=order_id,
        need_id=need.id,
        claim_id=claim_id,
        volunteer_id=volunteer_id,
        worker_id=worker_id,
        paid_by=paid_by,
        rate_fen_per_hour=rate_fen_per_hour,
        window_start=window_start,
        window_end=window_end,
        planned_min=planned_min,
        opened_at=tx.at,
        region_id=need.region_id,
        region_path=need.region_path,
        longitude_deg=need.longitude_deg,
        latitude_deg=need.latitude_deg,
        place_made_up=need.place_made_up,
    )
    tx.record("order.open", order_id, detail={"need": need.id})


async def open_paid_order(
    ws: Workspace, actor: Actor, asked: NewPaidOrder, *, idempotency_key: str | None = None
) -> Outcome[WorkOrderRow]:
    """
    Order a paid visit for a need.

    Raises
    ------
    InvalidInputError
        A rate below nothing.
    TransitionError
        The need is over.
    """
    actor.require(*DESK)
    if asked.rate_fen_per_hour < 0:
        raise InvalidInputError("a rate is not negative", field="rate", value=asked.rate_fen_per_hour)
    order_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        await need_by_id(tx, actor, asked.need_id)  # within the scope
        need = await need_as_it_is(tx, asked.need_id)
        if need.state in OVER:
            raise TransitionError("the need is over", id=need.id, before=need.state.value)
        await require_worker(tx, actor, asked.worker_id)
        await _create(
            tx,
            order_id,
            need,
            claim_id=None,
            volunteer_id=None,
            worker_id=asked.worker_id,
            paid_by=asked.paid_by,
            rate_fen_per_hour=asked.rate_fen_per_hour,
            window_start=asked.window.start,
            window_end=asked.window.end,
            planned_min=asked.window.duration_min,
        )
        return await order_by_id(tx, actor, order_id)

    request = request_hash("open_paid_order", asked)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def open_claimed_order(ws: Workspace, actor: Actor, claim_id: str) -> WorkOrderRow:
    """Open the order of a claim, or give the one that is open."""
    actor.require(*DESK, Role.VOLUNTEER)

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        return await order_by_id(tx, actor, await open_order(tx, actor, claim_id))

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def shown_at_station(ws: Workspace, actor: Actor, order_id: str) -> ShownAtStation:
    """
    Give what the station of a visit shows now; the person who is to come may not ask for it.

    Raises
    ------
    NotPermittedError
        The actor does not work at a desk.
    NotFoundError
        No such order within the scope.
    """
    actor.require(*DESK)

    async def work(tx: ReadTransaction) -> WorkOrderRow:
        return await order_by_id(tx, actor, order_id)

    order = await ws.store.read(work)
    if actor.participant_id is not None and actor.participant_id == order.person:
        raise NotFoundError("no such work order", kind="work_order", id=order_id)
    now, secret = ws.clock(), ws.secret(CHECK_IN_SECRET)
    rules = check_rules(now, order.region_path)
    step = timedelta(seconds=rules.code_step_s)
    begun = datetime.fromtimestamp(int(now.timestamp()) // rules.code_step_s * rules.code_step_s, now.tzinfo)
    return ShownAtStation(
        order_id=order_id,
        code=code_at(secret, order_id, now, rules.code_step_s),
        code_until=begun + 2 * step,
        qr=qr_text(secret, order.need_id, now, rules.qr_life_s),
        qr_until=now + timedelta(seconds=rules.qr_life_s),
    )


async def cancel_order(ws: Workspace, actor: Actor, order_id: str, *, expected_version: int) -> WorkOrderRow:
    """
    Cancel a paid visit that nobody has begun.

    Raises
    ------
    TransitionError
        It has begun, or belongs to a claim, which is given back instead.
    """
    actor.require(*DESK)

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        order = await lock_order(tx, actor, order_id, expected_version=expected_version)
        if order.state is not OrderState.OPEN or order.claim_id is not None:
            raise TransitionError(
                "the visit has begun or is a claim's", id=order_id, before=order.state.value
            )
        cancelled = replace(order, state=OrderState.CANCELLED)
        await write_order(tx, cancelled)
        tx.record("order.cancel", order_id)
        return cancelled

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
