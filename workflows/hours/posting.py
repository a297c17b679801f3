"""What other use cases post to the ledger in the course of their own work."""

from dataclasses import replace

from domain.errors import ConflictError
from domain.hours import (
    HoursRecord,
    Posting,
    corrected,
    covering,
    frozen,
    released,
    reversed_,
    verified,
)
from graph.hours.ledger import credit, post, uncounted_minutes
from graph.unit_of_work import AuditedTransaction

REVIEW = "review"
"""Stands for whoever disputes, where hours are frozen because their visit waits for a reviewer."""

LEDGER = "ledger"
"""Stands for whoever disputes, where no person did: some of the time is counted, or the claim fell away."""

CLAIM_RECORD = "claim:"
"""Beginning of the key of a record that a claim led to, which is counted once whatever comes in twice."""


def record_of_claim(claim_id: str) -> str:
    """Give the key of the hours of a claim."""
    return f"{CLAIM_RECORD}{claim_id}"


async def credit_hours(tx: AuditedTransaction, record: HoursRecord) -> HoursRecord:
    """Write a new record down; it is pending until somebody else has said that it is so."""
    written = await credit(tx, record, actor_id=tx.actor_id, at=tx.at)
    tx.record("hours.credit", record.id, detail={"minutes": record.minutes, "kind": record.kind.value})
    return written


async def require_uncounted(tx: AuditedTransaction, record: HoursRecord, minutes: int) -> None:
    """
    Go on only if the minutes that a record is to count are not counted already, by another one.

    Raises
    ------
    ConflictError
        They are; ``context['minutes_left']`` are not.
    """
    left = await uncounted_minutes(tx, covering(record, minutes))
    if left is not None and left < minutes:
        raise ConflictError("some of that time is counted already", id=record.id, minutes_left=left)


async def freeze_if_counted(tx: AuditedTransaction, record: HoursRecord) -> HoursRecord:
    """Freeze a standing record whose time is counted already: a person decides which of the two is so."""
    left = await uncounted_minutes(tx, record)
    if left is None or left >= record.minutes:
        return record
    return await freeze_hours(
        tx, record, f"{left} of {record.minutes} min are not counted already", by=LEDGER
    )


async def verify_hours(tx: AuditedTransaction, record: HoursRecord) -> HoursRecord:
    """Count a pending record."""
    return await _post(tx, verified(record), "hours.verify")


async def freeze_hours(
    tx: AuditedTransaction, record: HoursRecord, reason: str, *, by: str | None = None
) -> HoursRecord:
    """Take a record out of what counts until it has been decided on."""
    return await _post(tx, frozen(record, by=by or tx.actor_id, reason=reason), "hours.freeze", reason)


async def release_hours(
    tx: AuditedTransaction, record: HoursRecord, reason: str | None = None
) -> HoursRecord:
    """Put a frozen record back."""
    return await _post(tx, released(record), "hours.release", reason)


async def reverse_hours(tx: AuditedTransaction, record: HoursRecord, reason: str) -> HoursRecord:
    """Take a record back whole."""
    return await _post(tx, reversed_(record), "hours.reverse", reason)


async def correct_hours(
    tx: AuditedTransaction, record: HoursRecord, minutes: int, reason: str
) -> HoursRecord:
    """Bring a record to other minutes by an entry of the difference."""
    return await _post(tx, corrected(record, minutes), "hours.correct", reason)


async def _post(
    tx: AuditedTransaction, moved: tuple[HoursRecord, Posting], operation: str, reason: str | None = None
) -> HoursRecord:
    record, posting = moved
    later = replace(record, version=record.version + 1)
    await post(tx, later, posting, actor_id=tx.actor_id, at=tx.at, reason=reason)
    tx.record(operation, record.id, detail={"minutes": posting.minutes, "state": record.state.value})
    return later
