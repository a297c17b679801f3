"""
The job that empties the outbox: each message is delivered at least once, under one id that never changes.

A courier is a port: it delivers or raises. A message that cannot be delivered is tried again, later and later,
and after the policy's most tries it is dead and waits for a person. One sender works at a time, by a lease; if
it dies between a delivery and its note, the message is delivered again under the same id.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.notices import Channel, OutboxState
from domain.time import civil_date
from graph import lease
from graph.notices import Outgoing, due_messages, leave
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from locales import Locale
from workflows.claims.policy import Delivery, engagement_on, span
from workflows.claims.ticking import clockwork
from workflows.notices.wording import worded
from workflows.workspace import Workspace

_LEASE = "notices"
_LEASE_TIME = timedelta(minutes=10)
_BATCH = 100
_LONGEST_ERROR = 200
_log = logging.getLogger(__name__)


class UndeliverableError(Exception):
    """A courier could not deliver a message; ``for_good`` where trying again is of no use."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    What a courier carries.

    ``id`` stays the same however often it is tried, so that a receiver can tell a message it has seen.
    """

    id: str
    recipient_id: str
    mail_address: str | None
    locale: Locale
    code: str
    subject_id: str
    created_at: datetime
    title: str
    body: str


class Courier(Protocol):
    """One way out of the house."""

    @property
    def channel(self) -> Channel:
        """Which messages it takes."""
        ...

    async def deliver(self, message: Message) -> None:
        """
        Deliver a message, or raise.

        Raises
        ------
        UndeliverableError
            It was not taken.
        """
        ...


@dataclass(slots=True)
class SendReport:
    """How the tries went."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0

    def figures(self) -> dict[str, int]:
        """Give the counts by name."""
        return asdict(self)


async def send_due(
    ws: Workspace, couriers: Sequence[Courier], *, holder: str, locale: Locale = Locale.ZH_CN
) -> SendReport:
    """
    Send what is due by the channels there are couriers for.

    Parameters
    ----------
    holder
        Who sends, as ``host:pid``.
    locale
        Language of who chose none.

    Raises
    ------
    ConflictError
        Another sender is at work.
    """
    by_channel = {courier.channel: courier for courier in couriers}
    report = SendReport()
    async with lease.held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        while batch := await ws.store.read(
            lambda tx: due_messages(tx, list(by_channel), now=ws.clock(), limit=_BATCH)
        ):
            for entry in batch:
                await _send(ws, by_channel[entry.channel], entry, report, locale)
            await lease.take(ws.store, _LEASE, holder=holder, now=ws.clock(), duration=_LEASE_TIME)
    return report


async def _send(
    ws: Workspace, courier: Courier, entry: Outgoing, report: SendReport, default: Locale
) -> None:
    delivery = engagement_on(civil_date(ws.clock()), entry.notice.region_path).delivery
    attempts = entry.attempts + 1
    try:
        await courier.deliver(_message(entry, default))
    except UndeliverableError as error:
        _log.warning("message %s was not delivered: %s", entry.id, error)
        dead = error.for_good or attempts >= delivery.attempts_most.value
        await _note(
            ws,
            entry,
            OutboxState.DEAD if dead else OutboxState.PENDING,
            attempts=attempts,
            next_try_at=None if dead else ws.clock() + wait_after(attempts, delivery),
            last_error=str(error)[:_LONGEST_ERROR],
        )
        report.dead += dead
        report.postponed += not dead
        return
    await _note(ws, entry, OutboxState.SENT, attempts=attempts)
    report.sent += 1


def wait_after(attempts: int, policy: Delivery) -> timedelta:
    """Give how long to wait after a number of tries that failed: doubled each time, up to the longest."""
    longest = span(policy.longest_wait)
    doublings = min(attempts - 1, 40)
    return min(longest, span(policy.first_wait) * 2**doublings)


async def _note(
    ws: Workspace,
    entry: Outgoing,
    state: OutboxState,
    *,
    attempts: int,
    next_try_at: datetime | None = None,
    last_error: str | None = None,
) -> None:
    async def work(tx: AuditedTransaction) -> None:
        await leave(tx, entry.id, state, attempts=attempts, next_try_at=next_try_at, last_error=last_error)
        tx.record("message.try", entry.id, detail={"state": state.value, "attempts": attempts})

    await UnitOfWork(ws.store, ws.clock).run(clockwork(), work)


def _message(entry: Outgoing, default: Locale) -> Message:
    locale = default if entry.locale is None else Locale(entry.locale)
    title, body = worded(entry.notice, locale)
    return Message(
        id=entry.id,
        recipient_id=entry.notice.recipient_id,
        mail_address=entry.mail_address,
        locale=locale,
        code=entry.notice.code.value,
        subject_id=entry.notice.subject_id,
        created_at=entry.notice.created_at,
        title=title,
        body=body,
    )
