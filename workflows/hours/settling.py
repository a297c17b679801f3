"""What a confirmed service counts for those who gave it."""

from dataclasses import replace

from domain.hours import HoursKind, HoursRecord, RecordState
from graph.claims import finish_claim
from graph.hours.ledger import find_record
from graph.needs import last_report
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from graph.work_orders import lock_order_of_claim
from workflows.hours.posting import (
    LEDGER,
    credit_hours,
    freeze_hours,
    freeze_if_counted,
    record_of_claim,
    verify_hours,
)
from workflows.separation import same_person


async def settle_claim(tx: AuditedTransaction, need: NeedRow, claim: ClaimRow) -> None:
    """
    Finish a claim of a need that is being confirmed, and count its hours as far as they are known.

    Checked-in minutes count at once, or as soon as a review lets them. A claim that nobody checked in for is
    taken down by hand: what was reported of the need is the evidence, and whoever confirms it countersigns if
    they are somebody else than who reported; else the minutes stay pending for a second person. Where some of
    the time is counted already the minutes are frozen, for a third person to decide.
    """
    await finish_claim(tx, claim)
    order = await lock_order_of_claim(tx, claim.id)
    record = await find_record(tx, record_of_claim(claim.id))
    if record is None and (order is None or order.checked_in_at is None) and need.duration_min > 0:
        record = await freeze_if_counted(tx, await _by_hand(tx, need, claim))
    if record is not None and record.state is RecordState.PENDING:
        if record.kind is HoursKind.AUTO:
            record = await verify_hours(tx, record)
        elif not await same_person(tx, tx.actor, (record.recorded_by, record.volunteer_id)):
            record = await verify_hours(tx, replace(record, countersigned_by=tx.actor_id))
    minutes = record.minutes if record is not None else 0
    tx.record("claim.finish", claim.id, detail={"minutes": minutes})


async def hold_hours(tx: AuditedTransaction, claim: ClaimRow, reason: str) -> None:
    """
    Freeze what a claim counts whose need goes without it: a person decides what became of the service.

    A visit that was made is neither counted nor lost because its need was cancelled or found wanting.
    """
    record = await find_record(tx, record_of_claim(claim.id))
    if record is not None and record.state in (RecordState.PENDING, RecordState.VERIFIED):
        await freeze_hours(tx, record, reason, by=LEDGER)


async def _by_hand(tx: AuditedTransaction, need: NeedRow, claim: ClaimRow) -> HoursRecord:
    reported_by, report = await last_report(tx, need.id)
    return await credit_hours(
        tx,
        HoursRecord(
            id=record_of_claim(claim.id),
            volunteer_id=claim.volunteer_id,
            kind=HoursKind.MANUAL,
            state=RecordState.PENDING,
            minutes=need.duration_min,
            region_path=need.region_path,
            need_id=need.id,
            title=need.title,
            served_start=claim.window_start,
            served_end=claim.window_end,
            evidence=report,
            recorded_by=reported_by or tx.actor_id,
            recorded_at=tx.at,
        ),
    )
