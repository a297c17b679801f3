"""
Posting to the ledger of hours: the only writer of accounts, entries, and a volunteer's verified minutes.

A unit that posts locks the volunteer first, so the books of one person are written one after another on every
engine. The key of an entry is its place in that person's books: a second entry at one place is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import LiteralString

from domain.actors import Actor
from domain.errors import InvariantError, NotFoundError, StaleVersionError
from domain.hours import (
    SOURCES,
    Account,
    HoursKind,
    HoursRecord,
    Posting,
    RecordState,
    credited,
    moved_in,
    moved_out,
)
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths, view_of
from graph.volunteers import lock_volunteer

RECORD_COLUMNS: LiteralString = """
RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.kind AS kind, n.state AS state, n.minutes AS minutes,
  n.work_order_id AS work_order_id, n.need_id AS need_id, n.title AS title, n.frozen_from AS frozen_from,
  n.served_start AS served_start, n.served_end AS served_end, n.evidence AS evidence,
  n.recorded_by AS recorded_by, n.countersigned_by AS countersigned_by, n.disputed_by AS disputed_by,
  n.dispute_reason AS dispute_reason, n.recorded_at AS recorded_at, n.region_path AS region_path,
  n.version AS version
"""
FIND = Statement("MATCH (n:HoursRecord {id: $id})" + RECORD_COLUMNS, Access.READ)
FIND_IN_SCOPE = Statement(
    "MATCH (n:HoursRecord {id: $id}) WHERE ($sees_all AND "
    + IN_SCOPE
    + ") OR n.volunteer_id = $volunteer_id"
    + RECORD_COLUMNS,
    Access.READ,
)
OF_VOLUNTEER = Statement(
    "MATCH (n:HoursRecord) WHERE n.volunteer_id = $volunteer_id" + RECORD_COLUMNS + "ORDER BY id", Access.READ
)
OVERLAPPING = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id = $volunteer_id AND n.state <> 'REVERSED'
      AND n.served_start < $served_end AND n.served_end > $served_start
    RETURN n.id AS id ORDER BY id LIMIT 1
    """,
    Access.READ,
)
COUNTED_WITHIN = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id = $volunteer_id AND n.id <> $but
      AND n.state IN ['PENDING', 'VERIFIED'] AND n.served_start < $until AND n.served_end > $since
    RETURN n.served_start AS served_start, n.served_end AS served_end, n.minutes AS minutes
    """,
    Access.READ,
)
WRITE_RECORD = Statement(
    """
    MERGE (n:HoursRecord {id: $id})
    SET n.volunteer_id = $volunteer_id, n.kind = $kind, n.state = $state, n.minutes = $minutes,
      n.work_order_id = $work_order_id, n.need_id = $need_id, n.title = $title, n.frozen_from = $frozen_from,
      n.served_start = $served_start, n.served_end = $served_end, n.evidence = $evidence,
      n.recorded_by = $recorded_by, n.countersigned_by = $countersigned_by, n.disputed_by = $disputed_by,
      n.dispute_reason = $dispute_reason, n.recorded_at = $recorded_at, n.region_path = $region_path,
      n.version = $version
    """,
    Access.WRITE,
)
WRITE_ENTRY = Statement(
    """
    CREATE (:HoursEntry {id: $id, volunteer_id: $volunteer_id, sequence: $sequence, record_id: $record_id,
      kind: $kind, debit: $debit, credit: $credit, minutes: $minutes, reason: $reason, actor_id: $actor_id,
      at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
ACCOUNTS = Statement(
    "MATCH (a:HoursAccount) WHERE a.volunteer_id = $volunteer_id"
    " RETURN a.account AS account, a.balance_min AS balance_min, a.entries AS entries",
    Access.READ,
)
WRITE_ACCOUNT = Statement(
    """
    MERGE (a:HoursAccount {id: $id})
    SET a.volunteer_id = $volunteer_id, a.account = $account, a.balance_min = $balance_min, a.entries = $entries
    """,
    Access.WRITE,
)
IMPORTED_MINUTES = Statement(
    "MATCH (v:Volunteer {id: $id}) RETURN v.verified_minutes AS minutes, v.region_path AS region_path,"
    " v.recorded_at AS recorded_at",
    Access.READ,
)
SET_VERIFIED = Statement("MATCH (v:Volunteer {id: $id}) SET v.verified_minutes = $minutes", Access.WRITE)

OPENING = "opening"
"""The account that writes down what was counted before the ledger began."""

_MINUTE = timedelta(minutes=1)
_SEQUENCE_DIGITS = 6  # ids sort as the books run


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A volunteer's balances in minutes, locked, and how many entries they have."""

    volunteer_id: str
    balances: dict[Account, int]
    entries: dict[Account, int]
    last: int


def account_id(volunteer_id: str, account: Account) -> str:
    """Give the key of an account."""
    return f"{volunteer_id}:{account.value}"


def entry_id(volunteer_id: str, sequence: int) -> str:
    """Give the key of an entry: its place in the volunteer's books, so that no place is taken twice."""
    return f"{volunteer_id}:{sequence:0{_SEQUENCE_DIGITS}d}"


def opening_id(volunteer_id: str) -> str:
    """Give the key of the record of what was counted before the ledger began."""
    return f"opening:{volunteer_id}"


def record_of(found: Record) -> HoursRecord:
    """Give the record of a row of ``RECORD_COLUMNS``."""
    frozen_from = text_or_none(found, "frozen_from")
    return HoursRecord(
        id=text(found, "id"),
        volunteer_id=text(found, "volunteer_id"),
        kind=HoursKind(text(found, "kind")),
        state=RecordState(text(found, "state")),
        minutes=integer(found, "minutes"),
        work_order_id=text_or_none(found, "work_order_id"),
        need_id=text_or_none(found, "need_id"),
        title=text_or_none(found, "title"),
        frozen_from=RecordState(frozen_from) if frozen_from else None,
        served_start=moment_or_none(found, "served_start"),
        served_end=moment_or_none(found, "served_end"),
        evidence=text_or_none(found, "evidence"),
        recorded_by=text(found, "recorded_by"),
        countersigned_by=text_or_none(found, "countersigned_by"),
        disputed_by=text_or_none(found, "disputed_by"),
        dispute_reason=text_or_none(found, "dispute_reason"),
        recorded_at=moment(found, "recorded_at"),
        region_path=text(found, "region_path"),
        version=integer(found, "version"),
    )


async def find_record(tx: ReadTransaction, record_id: str) -> HoursRecord | None:
    """Give a record, or None."""
    found = await tx.run(FIND, id=record_id)
    return record_of(found[0]) if found else None


async def lock_record(
    tx: WriteTransaction, actor: Actor, record_id: str, *, expected_version: int
) -> HoursRecord:
    """
    Take a record of the actor's and its volunteer's books for changing.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    view = view_of(actor)
    seen = {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "volunteer_id": view.volunteer_id,
    }
    found = await tx.run(FIND_IN_SCOPE, id=record_id, **seen)
    if not found:
        raise NotFoundError("no such record of hours", kind="hours", id=record_id)
    await lock_volunteer(tx, text(found[0], "volunteer_id"))
    record = record_of((await tx.run(FIND, id=record_id))[0])
    if record.version != expected_version:
        raise StaleVersionError(
            "the record has changed since it was read",
            id=record_id,
            expected=expected_version,
            found=record.version,
        )
    return record


async def overlapping(
    tx: ReadTransaction, volunteer_id: str, served_start: datetime, served_end: datetime
) -> str | None:
    """Give a record of the volunteer that counts some of the same time, or None."""
    found = await tx.run(
        OVERLAPPING, volunteer_id=volunteer_id, served_start=served_start, served_end=served_end
    )
    return text(found[0], "id") if found else None


async def uncounted_minutes(tx: ReadTransaction, record: HoursRecord) -> int | None:
    """
    Give how many minutes of a record's time other records leave to it; None where none touches it.

    Another record takes as many minutes of the common time as it counts.
    """
    since, until = record.served_start, record.served_end
    if since is None or until is None:
        return None
    others = await tx.run(
        COUNTED_WITHIN, volunteer_id=record.volunteer_id, but=record.id, since=since, until=until
    )
    if not others:
        return None
    left = (until - since) // _MINUTE
    for row in others:
        common = min(until, moment(row, "served_end")) - max(since, moment(row, "served_start"))
        left -= min(integer(row, "minutes"), -(-common // _MINUTE))
    return max(0, left)


async def credit(tx: WriteTransaction, record: HoursRecord, *, actor_id: str, at: datetime) -> HoursRecord:
    """Write a new record with its first entry; minutes come from the source of its kind."""
    return await post(tx, record, credited(record), actor_id=actor_id, at=at, reason=record.evidence)


async def post(
    tx: WriteTransaction,
    record: HoursRecord,
    posting: Posting,
    *,
    actor_id: str,
    at: datetime,
    reason: str | None = None,
) -> HoursRecord:
    """
    Write an entry and what follows from it, in the caller's transaction.

    Parameters
    ----------
    record
        As it stands after the entry; written as it is.
    posting
        What the entry moves, as ``domain.hours`` gives it.

    Raises
    ------
    InvariantError
        An account other than a source would fall below zero.
    """
    books = await _locked(tx, record.volunteer_id)
    await tx.run(WRITE_RECORD, **_columns(record))
    await _write(tx, books, record, posting, actor_id=actor_id, at=at, reason=reason)
    return record


async def move(
    tx: WriteTransaction, record: HoursRecord, volunteer_id: str, *, actor_id: str, at: datetime, reason: str
) -> HoursRecord:
    """Put a record into the books of another record of the same person: an entry out of the one, one into the other."""
    moved = replace(record, volunteer_id=volunteer_id, version=record.version + 1)
    if record.state is RecordState.REVERSED or not record.minutes:
        await tx.run(WRITE_RECORD, **_columns(moved))
        return moved
    await post(tx, record, moved_out(record), actor_id=actor_id, at=at, reason=reason)
    return await post(tx, moved, moved_in(moved), actor_id=actor_id, at=at, reason=reason)


async def records_of(tx: WriteTransaction, volunteer_id: str) -> list[HoursRecord]:
    """Give all records of a volunteer's books, which are opened if they were not."""
    await _locked(tx, volunteer_id)
    return [record_of(found) for found in await tx.run(OF_VOLUNTEER, volunteer_id=volunteer_id)]


async def _locked(tx: WriteTransaction, volunteer_id: str) -> Books:
    """Take a volunteer's books, opened with what was counted before there were any."""
    await lock_volunteer(tx, volunteer_id)
    books = await _books(tx, volunteer_id)
    if books.last:
        return books
    (found,) = await tx.run(IMPORTED_MINUTES, id=volunteer_id)
    minutes = integer(found, "minutes")
    if minutes <= 0:
        return books
    opening = opening_record(volunteer_id, minutes, text(found, "region_path"), moment(found, "recorded_at"))
    await tx.run(WRITE_RECORD, **_columns(opening))
    await _write(tx, books, opening, credited(opening), actor_id=OPENING, at=opening.recorded_at, reason=None)
    return await _books(tx, volunteer_id)


def opening_record(volunteer_id: str, minutes: int, region_path: str, at: datetime) -> HoursRecord:
    """Give the record of what was counted before the ledger began."""
    return HoursRecord(
        id=opening_id(volunteer_id),
        volunteer_id=volunteer_id,
        kind=HoursKind.IMPORTED,
        state=RecordState.VERIFIED,
        minutes=minutes,
        region_path=region_path,
        recorded_by=OPENING,
        recorded_at=at,
    )


async def _books(tx: ReadTransaction, volunteer_id: str) -> Books:
    found = await tx.run(ACCOUNTS, volunteer_id=volunteer_id)
    entries = {Account(text(row, "account")): integer(row, "entries") for row in found}
    return Books(
        volunteer_id=volunteer_id,
        balances={Account(text(row, "account")): integer(row, "balance_min") for row in found},
        entries=entries,
        last=sum(entries.values()) // 2,  # each entry stands on two accounts
    )


async def _write(
    tx: WriteTransaction,
    books: Books,
    record: HoursRecord,
    posting: Posting,
    *,
    actor_id: str,
    at: datetime,
    reason: str | None,
) -> None:
    sequence = books.last + 1
    await tx.run(
        WRITE_ENTRY,
        id=entry_id(record.volunteer_id, sequence),
        volunteer_id=record.volunteer_id,
        sequence=sequence,
        record_id=record.id,
        kind=posting.kind.value,
        debit=posting.debit.value,
        credit=posting.credit.value,
        minutes=posting.minutes,
        reason=reason,
        actor_id=actor_id,
        at=at,
        region_path=record.region_path,
    )
    for account, minutes in ((posting.debit, -posting.minutes), (posting.credit, posting.minutes)):
        balance = books.balances.get(account, 0) + minutes
        if (balance < 0) is not (account in SOURCES) and balance != 0:
            raise InvariantError(
                f"{account} of {record.volunteer_id} would stand at {balance} minutes", id=record.id
            )
        await tx.run(
            WRITE_ACCOUNT,
            id=account_id(record.volunteer_id, account),
            volunteer_id=record.volunteer_id,
            account=account.value,
            balance_min=balance,
            entries=books.entries.get(account, 0) + 1,
        )
        if account is Account.VERIFIED:
            await tx.run(SET_VERIFIED, id=record.volunteer_id, minutes=balance)


def _columns(record: HoursRecord) -> dict[str, str | int | datetime | None]:
    return {
        "id": record.id,
        "volunteer_id": record.volunteer_id,
        "kind": record.kind.value,
        "state": record.state.value,
        "minutes": record.minutes,
        "work_order_id": record.work_order_id,
        "need_id": record.need_id,
        "title": record.title,
        "frozen_from": record.frozen_from.value if record.frozen_from else None,
        "served_start": record.served_start,
        "served_end": record.served_end,
        "evidence": record.evidence,
        "recorded_by": record.recorded_by,
        "countersigned_by": record.countersigned_by,
        "disputed_by": record.disputed_by,
        "dispute_reason": record.dispute_reason,
        "recorded_at": record.recorded_at,
        "region_path": record.region_path,
        "version": record.version,
    }
