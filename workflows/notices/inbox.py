"""What people do with their inbox, and how they let themselves be reached."""

import re

from domain.actors import Actor
from domain.errors import InvalidInputError, NotPermittedError, StaleVersionError
from domain.notices import Channel
from domain.time import MINUTES_PER_DAY
from graph.notices import ContactPreference, mark_read, preference_of, set_preference
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from locales import Locale
from workflows.workspace import Workspace

_MOST_IDS = 200
_MOST_WEEKLY = 50
_MAIL = re.compile(r"[^@\s\r\n<>,;]+@[^@\s\r\n<>,;]+\.[^@\s\r\n<>,;]+")
_LONGEST_MAIL = 254


async def mark_notices_read(ws: Workspace, actor: Actor, ids: list[str]) -> int:
    """
    Mark notices of one's inbox as read, and give how many were not before; others' are left alone.

    Raises
    ------
    InvalidInputError
        More than 200 at once.
    """
    if len(ids) > _MOST_IDS:
        raise InvalidInputError(f"at most {_MOST_IDS} notices at once", field="notice_ids", value=len(ids))

    async def work(tx: AuditedTransaction) -> int:
        read = await mark_read(tx, actor, ids, at=tx.at)
        tx.record("notice.read", actor.id, detail={"notices": len(read)})
        return len(read)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def set_contact_preference(
    ws: Workspace, actor: Actor, wanted: ContactPreference, *, expected_version: int
) -> ContactPreference:
    """
    Say how one lets oneself be reached; ``expected_version`` 0 says it for the first time.

    Raises
    ------
    NotPermittedError
        The account stands for no person.
    InvalidInputError
        An address, a language or hours that cannot be; mail without an address.
    StaleVersionError
        Changed since read.
    """
    recipient_id = actor.participant_id
    if recipient_id is None:
        raise NotPermittedError("the account stands for no person", actor=actor.id)
    _check(wanted)

    async def work(tx: AuditedTransaction) -> ContactPreference:
        before = await preference_of(tx, recipient_id)
        found = 0 if before is None else before.version
        if found != expected_version:
            raise StaleVersionError(
                "the preference has changed since it was read",
                id=recipient_id,
                expected=expected_version,
                found=found,
            )
        await set_preference(tx, recipient_id, wanted)
        tx.record("contact.set", recipient_id)
        return await preference_of(tx, recipient_id) or wanted

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _check(wanted: ContactPreference) -> None:
    address = wanted.mail_address
    if address is not None and (len(address) > _LONGEST_MAIL or not _MAIL.fullmatch(address)):
        raise InvalidInputError("not a mail address", field="mail_address")
    if Channel.MAIL in wanted.channels and address is None:
        raise InvalidInputError("mail needs an address", field="mail_address")
    if wanted.locale is not None and wanted.locale not in {locale.value for locale in Locale}:
        raise InvalidInputError("not a language of ours", field="locale")
    hours = (wanted.quiet_start_min, wanted.quiet_end_min)
    if (hours[0] is None) != (hours[1] is None):
        raise InvalidInputError("quiet hours have a start and an end", field="quiet_end_min")
    if any(minute is not None and not 0 <= minute < MINUTES_PER_DAY for minute in hours):
        raise InvalidInputError("quiet hours are minutes of a day", field="quiet_start_min")
    if wanted.weekly_offers is not None and not 0 <= wanted.weekly_offers <= _MOST_WEEKLY:
        raise InvalidInputError(f"0 to {_MOST_WEEKLY} a week", field="weekly_offers")
