"""
Hours of service as a double-entry ledger in whole minutes.

A *record* is one service of one volunteer and stands on one account at a time. An *entry* moves a record's
minutes from one account to another and is never edited: a mistake is mended by the entry that follows. Every
volunteer has their own accounts, so each volunteer's books sum to zero, and hours pass from nobody to nobody.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError
from domain.time import MINUTES_PER_DAY

MOST_MINUTES = 31 * MINUTES_PER_DAY
"""Longest service that one record may hold; a sum of years that comes from elsewhere is not bound by it."""


class HoursKind(StrEnum):
    """
    How minutes were taken down.

    By checking in and out, by hand with evidence, before the ledger began, or in another region whose record of
    them is recognised.
    """

    AUTO = "AUTO"
    MANUAL = "MANUAL"
    IMPORTED = "IMPORTED"
    RECOGNISED = "RECOGNISED"


class Account(StrEnum):
    """A volunteer's accounts: where minutes come from, and where they stand."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"
    IMPORTED = "IMPORTED"
    RECOGNISED = "RECOGNISED"
    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    FROZEN = "FROZEN"


SOURCES = frozenset({Account.AUTO, Account.MANUAL, Account.IMPORTED, Account.RECOGNISED})
"""Accounts that minutes come from: they stand at or below zero, the others at or above it."""


_SUMS = frozenset({HoursKind.IMPORTED, HoursKind.RECOGNISED})  # may tell of years at once


class RecordState(StrEnum):
    """Where a record stands; a reversed one stands nowhere."""

    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    FROZEN = "FROZEN"
    REVERSED = "REVERSED"


class EntryKind(StrEnum):
    """What an entry does to its record."""

    OPEN = "OPEN"  # what was counted before the ledger began
    CREDIT = "CREDIT"
    VERIFY = "VERIFY"
    FREEZE = "FREEZE"
    RELEASE = "RELEASE"
    REVERSE = "REVERSE"
    CORRECT = "CORRECT"
    MOVE = "MOVE"  # out of the books of one record of a person, or into those of another


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRecord:
    """
    One service of one volunteer.

    Parameters
    ----------
    minutes
        What it counts now; 0 once it is reversed.
    frozen_from
        The account that a dispute took it from, while it is frozen.
    served_start, served_end
        When the service was; None where only a sum is known.
    evidence
        What shows it, for minutes that were taken down by hand.
    recorded_by, countersigned_by
        Accounts of the two people behind minutes taken down by hand.
    disputed_by
        Who asked for it to be looked at again, while it is frozen.
    """

    id: str
    volunteer_id: str
    kind: HoursKind
    state: RecordState
    minutes: int
    region_path: str
    work_order_id: str | None = None
    need_id: str | None = None
    title: str | None = None
    frozen_from: RecordState | None = None
    served_start: datetime | None = None
    served_end: datetime | None = None
    evidence: str | None = None
    recorded_by: str
    countersigned_by: str | None = None
    disputed_by: str | None = None
    dispute_reason: str | None = None
    recorded_at: datetime
    version: int = 1

    def __post_init__(self) -> None:
        if self.minutes < 0:
            raise InvalidInputError("minutes are counted from zero up", field="minutes", value=self.minutes)
        if self.kind not in _SUMS and self.minutes > MOST_MINUTES:
            raise InvalidInputError(
                f"one record holds at most {MOST_MINUTES} minutes", field="minutes", value=self.minutes
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What an entry moves: ``minutes`` leave ``debit`` and come to ``credit``."""

    kind: EntryKind
    debit: Account
    credit: Account
    minutes: int

    def __post_init__(self) -> None:
        if self.minutes <= 0 or self.debit is self.credit:
            raise InvalidInputError("an entry moves minutes to another account", value=self.minutes)


def credited(record: HoursRecord) -> Posting:
    """Give the first entry of a record that is about to be written."""
    kind = EntryKind.OPEN if record.kind is HoursKind.IMPORTED else EntryKind.CREDIT
    return Posting(
        kind=kind,
        debit=Account(record.kind.value),
        credit=Account(record.state.value),
        minutes=record.minutes,
    )


def _require(record: HoursRecord, kind: EntryKind, *states: RecordState) -> None:
    if record.state not in states:
        raise TransitionError(
            f"hours that are {record.state} cannot take {kind}",
            id=record.id,
            before=record.state.value,
            after=kind.value,
        )


def covering(record: HoursRecord, minutes: int) -> HoursRecord:
    """Give a record whose time is at least as long as the minutes that it is to count."""
    start, end = record.served_start, record.served_end
    span = timedelta(minutes=minutes)
    if start is None and end is None:
        return record
    if start is None and end is not None:
        start = end - span
    if start is not None:
        end = start + span if end is None else max(end, start + span)
    return replace(record, served_start=start, served_end=end)


def verified(record: HoursRecord) -> tuple[HoursRecord, Posting]:
    """Count a pending record for good."""
    _require(record, EntryKind.VERIFY, RecordState.PENDING)
    return _moved(record, EntryKind.VERIFY, RecordState.VERIFIED)


def frozen(record: HoursRecord, *, by: str, reason: str) -> tuple[HoursRecord, Posting]:
    """Take a record out of what counts until somebody has decided."""
    _require(record, EntryKind.FREEZE, RecordState.PENDING, RecordState.VERIFIED)
    moved, posting = _moved(record, EntryKind.FREEZE, RecordState.FROZEN)
    return replace(moved, frozen_from=record.state, disputed_by=by, dispute_reason=reason), posting


def released(record: HoursRecord) -> tuple[HoursRecord, Posting]:
    """Put a frozen record back where it was taken from."""
    _require(record, EntryKind.RELEASE, RecordState.FROZEN)
    return _moved(record, EntryKind.RELEASE, record.frozen_from or RecordState.PENDING)


def reversed_(record: HoursRecord) -> tuple[HoursRecord, Posting]:
    """Take all of a record back."""
    _require(record, EntryKind.REVERSE, RecordState.PENDING, RecordState.VERIFIED, RecordState.FROZEN)
    posting = Posting(
        kind=EntryKind.REVERSE,
        debit=Account(record.state.value),
        credit=Account(record.kind.value),
        minutes=record.minutes,
    )
    return replace(_settled(record), state=RecordState.REVERSED, minutes=0), posting


def corrected(record: HoursRecord, minutes: int) -> tuple[HoursRecord, Posting]:
    """
    Bring a record to another number of minutes by an entry of the difference.

    Raises
    ------
    InvalidInputError
        No minutes would be left (that is a reversal), or nothing would change.
    """
    _require(record, EntryKind.CORRECT, RecordState.PENDING, RecordState.VERIFIED, RecordState.FROZEN)
    if minutes <= 0 or minutes == record.minutes:
        raise InvalidInputError(
            "a correction leaves other minutes than before", field="minutes", value=minutes
        )
    source, standing = Account(record.kind.value), Account(record.state.value)
    gain = minutes - record.minutes
    posting = Posting(
        kind=EntryKind.CORRECT,
        debit=source if gain > 0 else standing,
        credit=standing if gain > 0 else source,
        minutes=abs(gain),
    )
    return replace(record, minutes=minutes), posting


def moved_out(record: HoursRecord) -> Posting:
    """Give the entry that takes a record out of its volunteer's books; one in another's follows it."""
    return Posting(
        kind=EntryKind.MOVE,
        debit=Account(record.state.value),
        credit=Account(record.kind.value),
        minutes=record.minutes,
    )


def moved_in(record: HoursRecord) -> Posting:
    """Give the entry that brings a record into its volunteer's books, as it stood in the other's."""
    out = moved_out(record)
    return replace(out, debit=out.credit, credit=out.debit)


def _moved(record: HoursRecord, kind: EntryKind, after: RecordState) -> tuple[HoursRecord, Posting]:
    posting = Posting(
        kind=kind,
        debit=Account(record.state.value),
        credit=Account(after.value),
        minutes=record.minutes,
    )
    return replace(_settled(record), state=after), posting


def _settled(record: HoursRecord) -> HoursRecord:
    """Give a record without its dispute, which its entries keep."""
    return replace(record, frozen_from=None, disputed_by=None, dispute_reason=None)
