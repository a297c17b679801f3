"""
"Am I registered?": somebody shows their card at a desk, and learns whether and as what they stand in the registry.

The answer has the same form, and takes the same look-ups, whether anybody was found or not. A slip with a code lets
the person look again by themselves for some weeks, with the last four characters of their number.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.errors import InvalidInputError, NotPermittedError
from domain.identifiers import ResidentNumber
from domain.people import VolunteerStatus
from domain.protection import (
    ENQUIRIES_PER_DAY,
    ENQUIRIES_PER_HOUR,
    ENQUIRY_GOOD_FOR,
    ConsentBasis,
    ConsentKind,
    SealedMask,
    Standing,
)
from graph.ports import ReadTransaction
from graph.protection.consents import consents_of
from graph.protection.enquiries import EnquiryRow, add_enquiry, enquiry_by_code, resident_since
from graph.protection.persons import PersonRow, person_as_it_is, persons_known
from graph.protection.sealed import volunteers_by_index
from graph.scope import DESK, scope_paths
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.id_numbers import keyed
from workflows.needs.requests import receipt_of
from workflows.protection.keys import indexes_of
from workflows.protection.masks import HASHING
from workflows.protection.numbers import spend
from workflows.workspace import Workspace

_SECRET = "registration"  # noqa: S105 - the name of a secret
_NOBODY = "(nothing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """
    As what somebody stands in the registry, and since when.

    ``source_id`` names the import that lists them, for who did not join by an act that is here.
    """

    standing: Standing
    since: datetime
    status: VolunteerStatus | None = None
    volunteer_id: str | None = None
    id_number_mask: SealedMask | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAnswer:
    """What an enquiry found; ``code`` is for the person's slip, and is told once."""

    enquiry_id: str
    code: str
    expires_at: datetime
    standings: tuple[StandingRow, ...]


async def ask_registration(
    ws: Workspace, actor: Actor, *, name: str, id_number: str, document_seen: bool
) -> RegistrationAnswer:
    """
    Tell somebody who stands at the desk with their card how they stand in the registry.

    Raises
    ------
    NotPermittedError
        Not a desk, no document was seen, or asked too often.
    InvalidIdentifierError
        Not an identity number.
    """
    actor.require(*DESK)
    if not document_seen:
        raise NotPermittedError("people prove who they are by their document", reason="document_not_seen")
    if not name.strip():
        raise InvalidInputError("a name is not empty", field="name")
    number = ResidentNumber.parse(id_number)
    code, enquiry_id = receipt_of(secrets.token_hex(16)), ws.new_id()

    async def work(tx: AuditedTransaction) -> RegistrationAnswer:
        await spend(tx, actor, "enquiry", per_hour=ENQUIRIES_PER_HOUR, per_day=ENQUIRIES_PER_DAY)
        joined = await volunteers_by_index(tx, await indexes_of(ws, tx, actor, number.value) or [_NOBODY])
        hashed = keyed(ws.secret(HASHING), number.value)
        persons, resident_id = await persons_known(tx, actor, ids=joined, hashed=hashed, name=name.strip())
        row = EnquiryRow(
            id=enquiry_id,
            tail_digest=_tail_digest(ws, enquiry_id, number.value[-4:]),
            volunteer_id=persons[0].id if persons else None,
            resident_id=resident_id,
            asked_by=actor.id,
            asked_at=tx.at,
            expires_at=tx.at + ENQUIRY_GOOD_FOR,
            region_path=scope_paths(actor)[0],
        )
        await add_enquiry(tx, row, code_digest=_code_digest(ws, code))
        tx.record("registration.ask", enquiry_id, detail={"found": bool(persons or resident_id)})
        return RegistrationAnswer(
            enquiry_id=enquiry_id,
            code=code,
            expires_at=row.expires_at,
            standings=await _standings(tx, persons, resident_id),
        )

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def standing_by_code(ws: Workspace, code: str, tail: str) -> tuple[StandingRow, ...] | None:
    """
    Give how who holds a slip stands now; empty if the registry knows nothing of them, None for no such slip.

    Which of code and tail is wrong is not told.
    """
    now = ws.clock()

    async def read(tx: ReadTransaction) -> tuple[StandingRow, ...] | None:
        row = await enquiry_by_code(tx, _code_digest(ws, code.strip().upper()), now)
        digest = _tail_digest(ws, _NOBODY if row is None else row.id, tail.strip().upper())
        person = await person_as_it_is(tx, _NOBODY if row is None else row.volunteer_id or _NOBODY)
        found = await _standings(
            tx, [] if person is None else [person], None if row is None else row.resident_id
        )
        if row is None or not hmac.compare_digest(row.tail_digest, digest):
            return None
        return found

    return await ws.store.read(read)


async def _standings(
    tx: ReadTransaction, persons: list[PersonRow], resident_id: str | None
) -> tuple[StandingRow, ...]:
    found = [await _volunteer(tx, person) for person in persons]
    since = await resident_since(tx, resident_id or _NOBODY)
    if since is not None:
        found.append(StandingRow(standing=Standing.RESIDENT, since=since))
    return tuple(found)


async def _volunteer(tx: ReadTransaction, person: PersonRow) -> StandingRow:
    joins = [act for act in await consents_of(tx, person.id) if act.kind is ConsentKind.JOIN]
    own = person.consent_basis is ConsentBasis.OWN_ACT and joins
    return StandingRow(
        standing=Standing.VOLUNTEER_JOINED if own else Standing.VOLUNTEER_LISTED,
        since=joins[-1].at if own else person.recorded_at,
        status=person.status,
        volunteer_id=person.id,
        id_number_mask=person.id_number_mask,
        source_id=None if own else person.source_id,
    )


def _code_digest(ws: Workspace, code: str) -> str:
    return hmac.digest(ws.secret(_SECRET), f"code:{code}".encode(), "sha256").hex()


def _tail_digest(ws: Workspace, enquiry_id: str, tail: str) -> str:
    return hmac.digest(ws.secret(_SECRET), f"tail:{enquiry_id}:{tail}".encode(), "sha256").hex()
