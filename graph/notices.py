"""Notices in people's inboxes, how each may be reached, and messages on their way out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.notices import DESK_INBOX, Channel, NewNotice, NoticeCode, OutboxState
from graph.columns import integer, integer_or_none, moment, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths, view_of

LIST_NAME = "notices"

CREATE = Statement(
    """
    CREATE (:Notice {id: $id, recipient_id: $recipient_id, code: $code, subject_id: $subject_id,
      parameters: $parameters, created_at: $created_at, region_path: $region_path})
    """,
    Access.WRITE,
)
_COLUMNS: LiteralString = """
RETURN n.id AS id, n.recipient_id AS recipient_id, n.code AS code, n.subject_id AS subject_id,
  n.parameters AS parameters, n.created_at AS created_at, n.read_at AS read_at, n.region_path AS region_path
"""
# One's own, one's organisations', and at the desk what is for the desks and stations of its regions.
_MINE: LiteralString = (
    "(n.recipient_id IN $own_ids OR ($desk AND "
    + IN_SCOPE
    + """ AND (n.recipient_id = $desk_inbox
      OR EXISTS { MATCH (s:Station) WHERE s.id = n.recipient_id })))"""
)
_PAGE = Statement(
    "MATCH (n:Notice) WHERE "
    + _MINE
    + " AND ($with_read OR n.read_at IS NULL)"
    + " AND (n.created_at < $before OR (n.created_at = $before AND n.id < $before_id))"
    + _COLUMNS
    + "ORDER BY created_at DESC, id DESC LIMIT $limit",
    Access.READ,
)
_UNREAD = Statement(
    "MATCH (n:Notice) WHERE " + _MINE + " AND n.read_at IS NULL RETURN count(*) AS notices", Access.READ
)
_MARK = Statement(
    "MATCH (n:Notice) WHERE n.id IN $ids AND n.read_at IS NULL AND "
    + _MINE
    + " SET n.read_at = $at RETURN n.id AS id ORDER BY id",
    Access.WRITE,
)
_PREFERENCE = Statement(
    "MATCH (p:ContactPreference {id: $id}) RETURN p.channels AS channels, p.mail_address AS mail_address,"
    " p.locale AS locale, p.quiet_start_min AS quiet_start_min, p.quiet_end_min AS quiet_end_min,"
    " p.weekly_offers AS weekly_offers, p.accepts_offers AS accepts_offers, p.version AS version",
    Access.READ,
)
_SET_PREFERENCE = Statement(
    "MERGE (p:ContactPreference {id: $id}) ON CREATE SET p.version = 1 ON MATCH SET p.version = p.version + 1"
    " SET p.channels = $channels, p.mail_address = $mail_address, p.locale = $locale,"
    " p.quiet_start_min = $quiet_start_min, p.quiet_end_min = $quiet_end_min,"
    " p.weekly_offers = $weekly_offers, p.accepts_offers = $accepts_offers",
    Access.WRITE,
)
_ENQUEUE = Statement(
    "CREATE (:OutboxMessage {id: $id, notice_id: $notice_id, channel: $channel, state: 'PENDING',"
    " attempts: 0, next_try_at: $next_try_at, created_at: $created_at})",
    Access.WRITE,
)
_LAST_TOLD = Statement(
    "MATCH (n:Notice) WHERE n.recipient_id = $recipient_id AND n.code = $code AND n.subject_id = $subject_id"
    " RETURN max(n.created_at) AS at",
    Access.READ,
)
_DUE = Statement(
    """
    MATCH (m:OutboxMessage) WHERE m.state = 'PENDING' AND m.next_try_at <= $now AND m.channel IN $channels
    MATCH (n:Notice {id: m.notice_id})
    OPTIONAL MATCH (p:ContactPreference {id: n.recipient_id})
    RETURN m.id AS message_id, m.channel AS channel, m.attempts AS attempts, m.next_try_at AS next_try_at,
      n.id AS id, n.recipient_id AS recipient_id, n.code AS code, n.subject_id AS subject_id,
      n.parameters AS parameters, n.created_at AS created_at, n.read_at AS read_at,
      n.region_path AS region_path, p.mail_address AS mail_address, p.locale AS locale
    ORDER BY next_try_at, message_id LIMIT $limit
    """,
    Access.READ,
)
_LEAVE = Statement(
    "MATCH (m:OutboxMessage {id: $id}) SET m.state = $state, m.attempts = $attempts,"
    " m.next_try_at = $next_try_at, m.last_error = $last_error",
    Access.WRITE,
)
_STATES = Statement(
    "MATCH (m:OutboxMessage) RETURN m.state AS state, count(*) AS messages ORDER BY state", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice in an inbox."""

    id: str
    recipient_id: str
    code: NoticeCode
    subject_id: str
    parameters: Mapping[str, str | int]
    created_at: datetime
    read_at: datetime | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPreference:
    """
    How somebody lets themselves be reached.

    Parameters
    ----------
    channels
        Ways besides the inbox, which is always written.
    quiet_start_min, quiet_end_min
        Civil minutes after midnight between which nothing is sent; None follows the policy.
    weekly_offers
        How often they may be asked unbidden in seven days; None follows the policy.
    accepts_offers
        Whether they may be asked unbidden at all.
    """

    channels: tuple[Channel, ...] = ()
    mail_address: str | None = None
    locale: str | None = None
    quiet_start_min: int | None = None
    quiet_end_min: int | None = None
    weekly_offers: int | None = None
    accepts_offers: bool = True
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that is due, with what it says and where it goes."""

    id: str
    channel: Channel
    attempts: int
    notice: NoticeRow
    mail_address: str | None
    locale: str | None


async def create_notice(tx: WriteTransaction, notice_id: str, notice: NewNotice, *, at: datetime) -> None:
    """Write a notice into its recipient's inbox."""
    await tx.run(
        CREATE,
        id=notice_id,
        recipient_id=notice.recipient_id,
        code=notice.code.value,
        subject_id=notice.subject_id,
        parameters=json.dumps(dict(notice.parameters), ensure_ascii=False, sort_keys=True),
        created_at=at,
        region_path=notice.region_path,
    )


async def last_told(
    tx: ReadTransaction, recipient_id: str, code: NoticeCode, subject_id: str
) -> datetime | None:
    """Give when somebody was last told of a matter, or None."""
    found = await tx.run(_LAST_TOLD, recipient_id=recipient_id, code=code.value, subject_id=subject_id)
    return moment_or_none(found[0], "at") if found else None


def _mine(actor: Actor) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    own = [actor.id, *([actor.participant_id] if actor.participant_id else [])]
    organisations = [] if not (view.organiser or view.federation) else scope_organisations(actor)
    return {
        "own_ids": listed([*own, *organisations]),
        "desk": view.desk,
        "desk_inbox": DESK_INBOX,
        "scope_paths": scope_paths(actor),
    }


def _notice(record: Record) -> NoticeRow:
    return NoticeRow(
        id=text(record, "id"),
        recipient_id=text(record, "recipient_id"),
        code=NoticeCode(text(record, "code")),
        subject_id=text_or_none(record, "subject_id") or "",
        parameters=cast("dict[str, str | int]", json.loads(text_or_none(record, "parameters") or "{}")),
        created_at=moment(record, "created_at"),
        read_at=moment_or_none(record, "read_at"),
        region_path=text(record, "region_path"),
    )


async def page_of_notices(
    tx: ReadTransaction,
    actor: Actor,
    *,
    unread_only: bool = False,
    first: int = 50,
    after: KeysetPosition | None = None,
) -> Page[NoticeRow]:
    """Give the actor's inbox, newest first."""
    before, before_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE,
        **_mine(actor),
        with_read=not unread_only,
        before=moment_of(before),
        before_id=before_id,
        limit=page_size(first) + 1,
    )
    return page(LIST_NAME, records, first, None, row=_notice, sort_column="created_at")


async def count_unread(tx: ReadTransaction, actor: Actor) -> int:
    """Give how many notices of the actor's inbox nobody has read."""
    return integer((await tx.run(_UNREAD, **_mine(actor)))[0], "notices")


async def mark_read(tx: WriteTransaction, actor: Actor, ids: list[str], *, at: datetime) -> list[str]:
    """Mark notices of the actor's inbox as read, and give those that were not before."""
    found = await tx.run(_MARK, **_mine(actor), ids=listed(ids), at=at)
    return [text(record, "id") for record in found]


async def preference_of(tx: ReadTransaction, recipient_id: str) -> ContactPreference | None:
    """Give how somebody lets themselves be reached; None if they never said."""
    found = await tx.run(_PREFERENCE, id=recipient_id)
    if not found:
        return None
    record = found[0]
    return ContactPreference(
        channels=tuple(Channel(code) for code in texts(record, "channels")),
        mail_address=text_or_none(record, "mail_address"),
        locale=text_or_none(record, "locale"),
        quiet_start_min=integer_or_none(record, "quiet_start_min"),
        quiet_end_min=integer_or_none(record, "quiet_end_min"),
        weekly_offers=integer_or_none(record, "weekly_offers"),
        accepts_offers=record["accepts_offers"] is not False,
        version=integer(record, "version"),
    )


async def set_preference(tx: WriteTransaction, recipient_id: str, wanted: ContactPreference) -> None:
    """Write down how somebody lets themselves be reached."""
    await tx.run(
        _SET_PREFERENCE,
        id=recipient_id,
        channels=[channel.value for channel in wanted.channels],
        mail_address=wanted.mail_address,
        locale=wanted.locale,
        quiet_start_min=wanted.quiet_start_min,
        quiet_end_min=wanted.quiet_end_min,
        weekly_offers=wanted.weekly_offers,
        accepts_offers=wanted.accepts_offers,
    )


async def enqueue(
    tx: WriteTransaction, message_id: str, notice_id: str, channel: Channel, *, at: datetime, due: datetime
) -> None:
    """Put a notice into the outbox for one channel."""
    await tx.run(
        _ENQUEUE,
        id=message_id,
        notice_id=notice_id,
        channel=channel.value,
        next_try_at=due,
        created_at=at,
    )


async def due_messages(
    tx: ReadTransaction, channels: list[Channel], *, now: datetime, limit: int
) -> list[Outgoing]:
    """Give messages that are to be sent now, the longest due first."""
    records = await tx.run(
        _DUE, now=now, channels=listed([channel.value for channel in channels]), limit=limit
    )
    return [
        Outgoing(
            id=text(record, "message_id"),
            channel=Channel(text(record, "channel")),
            attempts=integer(record, "attempts"),
            notice=_notice(record),
            mail_address=text_or_none(record, "mail_address"),
            locale=text_or_none(record, "locale"),
        )
        for record in records
    ]


async def leave(
    tx: WriteTransaction,
    message_id: str,
    state: OutboxState,
    *,
    attempts: int,
    next_try_at: datetime | None = None,
    last_error: str | None = None,
) -> None:
    """Note how a try to send a message went."""
    await tx.run(
        _LEAVE,
        id=message_id,
        state=state.value,
        attempts=attempts,
        next_try_at=next_try_at,
        last_error=last_error,
    )


async def count_messages(tx: ReadTransaction) -> dict[OutboxState, int]:
    """Give how many messages are in each state."""
    return {
        OutboxState(text(record, "state")): integer(record, "messages") for record in await tx.run(_STATES)
    }
