"""Deciding on visits that look wrong, and finding those that nobody left."""

from dataclasses import replace
from datetime import timedelta

from domain.actors import Actor
from domain.errors import InvalidInputError, TransitionError
from domain.service import OrderState, ReviewDecision
from graph.check_events import events_of
from graph.reads.work_orders import order_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.work_orders import WorkOrderRow, claim_by_id, left_open, write_review
from workflows.hours.posting import require_uncounted
from workflows.hours.records import said
from workflows.separation import require_other_person
from workflows.service.folding import hours_of_order, refold, take_order
from workflows.service.orders import DESK
from workflows.workspace import Workspace

_SHORTEST_VISIT = timedelta(hours=1)


async def review_order(
    ws: Workspace,
    actor: Actor,
    order_id: str,
    *,
    expected_version: int,
    decision: ReviewDecision,
    reason: str,
    minutes: int | None = None,
) -> WorkOrderRow:
    """
    Decide on a visit that looks wrong: let it count as measured, as corrected, or not at all.

    What comes to light afterwards brings the visit back to the queue.

    Raises
    ------
    SeparationOfDutiesError
        The actor made the visit or confirmed a part of it (HC-29).
    TransitionError
        The visit does not wait for a review.
    ConflictError
        Some of that time is counted already: correct it to what is left, or refuse it.
    InvalidInputError
        No reason; a correction without minutes, or minutes that nobody can serve.
    """
    actor.require(*DESK)
    told = said(reason, "reason")
    if (minutes is not None) is not (decision is ReviewDecision.CORRECT):
        raise InvalidInputError("a correction, and nothing else, names minutes", field="minutes")
    if minutes is not None and not 0 < minutes <= 24 * 60:
        raise InvalidInputError("a visit has at most a day", field="minutes", value=minutes)

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        order = await take_order(tx, actor, order_id, expected_version=expected_version)
        if order.state is not OrderState.TO_REVIEW:
            raise TransitionError("the visit waits for no review", id=order_id, before=order.state.value)
        confirmed = [event.confirmed_by for event in await events_of(tx, order_id)]
        await require_other_person(
            tx,
            actor,
            (order.person, *confirmed),
            "who made or confirmed a visit does not review it",
            about=order_id,
        )
        if decision is ReviewDecision.ACCEPT and order.minutes <= 0:
            raise InvalidInputError("nothing was measured: correct or refuse it", field="decision")
        if decision is not ReviewDecision.REFUSE and order.claim_id is not None:
            counting = replace(order, minutes=order.minutes if minutes is None else minutes)
            claim = await claim_by_id(tx, order.claim_id)
            await require_uncounted(tx, hours_of_order(counting, claim, tx, title=None), counting.minutes)
        reviewed = replace(
            order,
            review=decision,
            review_reason=told,
            reviewed_by=actor.id,
            reviewed_flags=order.flags,
            reviewed_minutes=minutes,
        )
        await write_review(tx, reviewed)
        tx.record("order.review", order_id, detail={"decision": decision.value, "flags": list(order.flags)})
        return await refold(ws, tx, reviewed)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def find_unfinished(ws: Workspace, actor: Actor) -> list[str]:
    """
    Put visits that were never left into the review queue once they are long over, and give their ids.

    Each is a unit of its own: a job that is stopped goes on where it was.
    """
    found: list[str] = []
    before, after_id = ws.clock() - _SHORTEST_VISIT, ""
    while True:
        ids = await ws.store.read(lambda tx, after_id=after_id: left_open(tx, before, after_id))
        if not ids:
            return found
        for order_id in ids:
            if await _look_again(ws, actor, order_id):
                found.append(order_id)
        after_id = ids[-1]


async def _look_again(ws: Workspace, actor: Actor, order_id: str) -> bool:
    async def work(tx: AuditedTransaction) -> bool:
        await order_by_id(tx, actor, order_id)
        order = await take_order(tx, actor, order_id)
        folded = await refold(ws, tx, order)
        tx.record("order.look_again", order_id)
        return folded.state is OrderState.TO_REVIEW

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
