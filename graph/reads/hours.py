"""Records of hours, their entries, and balances, as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.hours import Account, EntryKind, HoursRecord, RecordState
from graph.columns import integer, moment, text, text_or_none
from graph.hours.ledger import RECORD_COLUMNS, record_of
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "hours"

_VISIBLE: LiteralString = "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id)"
_NARROWED: LiteralString = (
    " AND n.state IN $states AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id)"
    " AND ($need_id = '' OR n.need_id = $need_id)"
)
_PAGE = Statement(
    "MATCH (n:HoursRecord) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND (n.recorded_at < $after_at OR (n.recorded_at = $after_at AND n.id > $after_id))"
    + RECORD_COLUMNS
    + "ORDER BY recorded_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:HoursRecord) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:HoursRecord {id: wanted}) WHERE " + _VISIBLE + RECORD_COLUMNS, Access.READ
)
_ENTRIES = Statement(
    "MATCH (n:HoursEntry) WHERE n.record_id IN $ids AND "
    + _VISIBLE
    + """
    RETURN n.id AS id, n.record_id AS record_id, n.kind AS kind, n.debit AS debit, n.credit AS credit,
      n.minutes AS minutes, n.reason AS reason, n.actor_id AS actor_id, n.at AS at
    ORDER BY id
    """,
    Access.READ,
)
_BALANCES = Statement(
    """
    MATCH (n:Volunteer) WHERE n.id IN $ids AND (($sees_all AND """
    + IN_SCOPE
    + """) OR n.id = $own_id)
    MATCH (a:HoursAccount) WHERE a.volunteer_id = n.id
    RETURN a.volunteer_id AS volunteer_id, a.account AS account, a.balance_min AS balance_min
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """A line of the ledger."""

    id: str
    record_id: str
    kind: EntryKind
    debit: Account
    credit: Account
    minutes: int
    reason: str | None
    actor_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFilter:
    """What a list of records is narrowed to; empty axes narrow nothing."""

    states: tuple[RecordState, ...] = ()
    volunteer_id: str | None = None
    need_id: str | None = None


def _visible_to(actor: Actor) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "own_id": view.volunteer_id,
    }


async def page_of_hours(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: HoursFilter = HoursFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[HoursRecord]:
    """Give records of hours, newest first: a volunteer's own, the desk's those of its regions."""
    narrowed = {
        **_visible_to(actor),
        "states": [state.value for state in filter.states or RecordState],
        "volunteer_id": filter.volunteer_id or "",
        "need_id": filter.need_id or "",
    }
    after_at, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=record_of, sort_column="recorded_at")


async def hours_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, HoursRecord]:
    """Give the records among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **_visible_to(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): record_of(record) for record in records}


async def entries_of_records(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[EntryRow, ...]]:
    """Give the entries of records that the actor may see, in the order they were written."""
    grouped: dict[str, list[EntryRow]] = {}
    for record in await tx.run(_ENTRIES, **_visible_to(actor), ids=listed(list(set(ids)))):
        row = EntryRow(
            id=text(record, "id"),
            record_id=text(record, "record_id"),
            kind=EntryKind(text(record, "kind")),
            debit=Account(text(record, "debit")),
            credit=Account(text(record, "credit")),
            minutes=integer(record, "minutes"),
            reason=text_or_none(record, "reason"),
            actor_id=text(record, "actor_id"),
            at=moment(record, "at"),
        )
        grouped.setdefault(row.record_id, []).append(row)
    return {record_id: tuple(rows) for record_id, rows in grouped.items()}


async def balances_of_volunteers(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, dict[Account, int]]:
    """Give the balances in minutes of volunteers whom the actor may see; sources stand below zero."""
    found: dict[str, dict[Account, int]] = {}
    for record in await tx.run(_BALANCES, **_visible_to(actor), ids=listed(list(set(ids)))):
        own = found.setdefault(text(record, "volunteer_id"), {})
        own[Account(text(record, "account"))] = integer(record, "balance_min")
    return found
