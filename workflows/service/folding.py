"""
Bringing a visit to what its events say, and its hours and its need after it.

Everything is worked out anew from the whole set of events, so it does not matter in which order they came.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.actors import Actor
from domain.hours import HoursKind, HoursRecord, RecordState, covering
from domain.needs import NEED_TRANSITIONS, NeedState
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ClaimState
from domain.service import (
    Anomaly,
    CheckRules,
    OrderState,
    Presence,
    ReviewDecision,
    Timing,
    anomalies_of,
    state_of,
    timing_of,
)
from domain.time import Window
from graph.check_events import events_of
from graph.claims import active_claims
from graph.hours.ledger import find_record
from graph.needs import lock_need, move_need
from graph.reads.needs import NeedRow, need_by_id
from graph.reads.proposals import ClaimRow
from graph.reads.work_orders import order_by_id
from graph.unit_of_work import AuditedTransaction
from graph.volunteers import lock_volunteer
from graph.work_orders import (
    WorkOrderRow,
    checked_out_claims,
    claim_by_id,
    lock_any_order,
    lock_order,
    manual_near,
    orders_near,
    write_order,
)
from workflows.hours.posting import (
    REVIEW,
    correct_hours,
    credit_hours,
    freeze_hours,
    freeze_if_counted,
    record_of_claim,
    release_hours,
    reverse_hours,
    verify_hours,
)
from workflows.notices.telling import notify
from workflows.service.rules_in_force import check_rules
from workflows.workspace import Workspace

_OVER = frozenset({ClaimState.DONE, ClaimState.NO_SHOW})
_INSTANT = timedelta(minutes=1)


async def refold(ws: Workspace, tx: AuditedTransaction, order: WorkOrderRow) -> WorkOrderRow:
    """
    Bring a locked order, its hours and its need to what its events say.

    Visits of the same person near it are looked at again: of two that cannot both be so, both wait for a
    reviewer, whichever came in first.
    """
    if order.volunteer_id is not None:
        await lock_volunteer(tx, order.volunteer_id)
    folded = await _fold(ws, tx, order)
    begun = folded.checked_in_at
    if begun is not None:
        for neighbour in await orders_near(tx, folded, begun):
            if neighbour.state is not OrderState.IN_SERVICE:
                await _fold(ws, tx, await lock_any_order(tx, neighbour.id))
    await _lead_need(tx, folded)
    return folded


async def take_order(
    tx: AuditedTransaction, actor: Actor, order_id: str, *, expected_version: int | None = None
) -> WorkOrderRow:
    """
    Take an order of the actor's for changing; its need first, as everybody does who takes both.

    Raises
    ------
    NotFoundError, StaleVersionError
        Not the actor's to see; changed since it was read.
    """
    seen = await order_by_id(tx, actor, order_id)
    if seen.claim_id is not None:
        await lock_need(tx, actor, seen.need_id)
    return await lock_order(tx, actor, order_id, expected_version=expected_version)


async def _fold(ws: Workspace, tx: AuditedTransaction, order: WorkOrderRow) -> WorkOrderRow:
    rules = check_rules(order.window_start or tx.at, order.region_path)
    timing = timing_of(await events_of(tx, order.id), rules)
    flags = await _anomalies(tx, order, timing, rules)
    state = state_of(
        timing,
        flags,
        review=order.review,
        reviewed=frozenset(Anomaly(name) for name in order.reviewed_flags),
        cancelled=order.state is OrderState.CANCELLED,
    )
    folded = replace(
        order,
        state=state,
        checked_in_at=timing.checked_in_at,
        checked_out_at=timing.checked_out_at,
        minutes=_minutes(order, state, timing),
        flags=tuple(sorted(flags)),
        report=dict(timing.notes),
    )
    await write_order(tx, folded)
    if state is OrderState.TO_REVIEW and order.state is not OrderState.TO_REVIEW:
        await _ask_for_review(ws, tx, folded)
    if folded.volunteer_id is not None:
        await _post_hours(tx, folded)
    return folded


def _minutes(order: WorkOrderRow, state: OrderState, timing: Timing) -> int:
    """Give what a visit counts: what was measured, or what a reviewer put in its place."""
    if state is OrderState.REFUSED:
        return 0
    if state is OrderState.DONE and order.review is ReviewDecision.CORRECT:
        return order.reviewed_minutes or 0
    return timing.minutes


async def _anomalies(
    tx: AuditedTransaction, order: WorkOrderRow, timing: Timing, rules: CheckRules
) -> frozenset[Anomaly]:
    others: list[Presence] = []
    begun = timing.checked_in_at
    if begun is not None:
        others = await manual_near(tx, order, begun) if order.volunteer_id else []
        for near in await orders_near(tx, order, begun):
            others.append(await _presence(tx, near, tx.at, rules))
    return anomalies_of(
        _with_place(timing, order),
        planned=order.planned,
        planned_min=order.planned_min,
        others=others,
        now=tx.at,
        rules=rules,
    )


def _with_place(timing: Timing, order: WorkOrderRow) -> Timing:
    """Let a visit that was shown by a code or a QR text be where the station is."""
    if timing.places or order.place is None:
        return timing
    moments = (timing.checked_in_at, timing.checked_out_at)
    return replace(timing, places=tuple((moment, order.place) for moment in moments if moment is not None))


async def _presence(
    tx: AuditedTransaction, order: WorkOrderRow, now: datetime, rules: CheckRules
) -> Presence:
    """Give where another visit had its person; one that goes on lasts until now."""
    timing = _with_place(timing_of(await events_of(tx, order.id), rules), order)
    begun = timing.checked_in_at or now
    ended = timing.checked_out_at or now
    return Presence(
        id=order.id, window=Window(start=begun, end=max(ended, begun + _INSTANT)), places=timing.places
    )


async def _post_hours(tx: AuditedTransaction, order: WorkOrderRow) -> None:
    """Bring the ledger to what a voluntary visit counts."""
    if order.claim_id is None or order.volunteer_id is None:
        return
    record = await find_record(tx, record_of_claim(order.claim_id))
    if record is not None and (record.state is RecordState.REVERSED or _disputed(record)):
        return  # people have decided, or are about to
    if order.state is OrderState.DONE and order.minutes > 0:
        await _count(tx, order, record)
    elif record is None:
        return
    elif order.state is OrderState.TO_REVIEW and record.state is not RecordState.FROZEN:
        await freeze_hours(tx, record, ", ".join(order.flags), by=REVIEW)
    elif order.state is OrderState.REFUSED or (order.state is OrderState.DONE and order.minutes == 0):
        await reverse_hours(tx, record, order.review_reason or "")


def _disputed(record: HoursRecord) -> bool:
    return record.state is RecordState.FROZEN and record.disputed_by != REVIEW


async def _count(tx: AuditedTransaction, order: WorkOrderRow, record: HoursRecord | None) -> None:
    claim = await claim_by_id(tx, order.claim_id or "")
    if record is None:
        need = await need_by_id(tx, tx.actor, order.need_id)
        record = await credit_hours(tx, hours_of_order(order, claim, tx, title=need.title))
    else:
        timed = hours_of_order(order, claim, tx, title=record.title)
        record = replace(record, served_start=timed.served_start, served_end=timed.served_end)
    if record.minutes != order.minutes:
        record = await correct_hours(tx, record, order.minutes, order.review_reason or "check-in")
    if record.state is RecordState.FROZEN:
        record = await release_hours(tx, record, order.review_reason)
    record = await freeze_if_counted(tx, record)
    if record.state is RecordState.PENDING and claim.state in _OVER:
        await verify_hours(tx, record)  # nobody else will confirm it: its need was, or went on


def hours_of_order(
    order: WorkOrderRow, claim: ClaimRow, tx: AuditedTransaction, *, title: str | None
) -> HoursRecord:
    """Give the hours that a voluntary visit counts, as they are written when they are first counted."""
    record = HoursRecord(
        id=record_of_claim(claim.id),
        volunteer_id=claim.volunteer_id,
        kind=HoursKind.AUTO,
        state=RecordState.PENDING,
        minutes=order.minutes,
        region_path=order.region_path,
        work_order_id=order.id,
        need_id=order.need_id,
        title=title,
        served_start=order.checked_in_at,
        served_end=order.checked_out_at,
        recorded_by=tx.actor_id,
        recorded_at=tx.at,
    )
    return covering(record, order.minutes)


async def _lead_need(tx: AuditedTransaction, order: WorkOrderRow) -> None:
    """Lead the need on with its visits: under way with the first, done with the last."""
    if order.claim_id is None or order.checked_in_at is None:
        return
    need = await lock_need(tx, tx.actor, order.need_id)
    if need.state is NeedState.ACCEPTED:
        need = await _step(tx, need, NeedState.IN_PROGRESS, "check-in")
    if need.state is NeedState.IN_PROGRESS and order.checked_out_at is not None:
        serving = {claim.id for claim in await active_claims(tx, need.id)}
        if serving <= await checked_out_claims(tx, need.id):
            await _step(tx, need, NeedState.DONE, "check-out")


async def _step(tx: AuditedTransaction, need: NeedRow, after: NeedState, reason: str) -> NeedRow:
    if after not in NEED_TRANSITIONS[need.state]:
        return need
    tx.record(f"need.{after.value.lower()}", need.id)
    return await move_need(tx, tx.actor, need, after, at=tx.at, reason=reason)


async def _ask_for_review(ws: Workspace, tx: AuditedTransaction, order: WorkOrderRow) -> None:
    tx.record("order.to_review", order.id, detail={"flags": list(order.flags)})
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=order.region_id or order.person,
            code=NoticeCode.CHECK_IN_TO_REVIEW,
            subject_id=order.id,
            region_path=order.region_path,
            parameters={"anomalies": ",".join(order.flags)},
        ),
    )
