"""A volunteer's number: taken when they give it, compared at the desk, and shown whole to who must have it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from domain.identifiers import ResidentNumber
from domain.protection import READINGS_PER_DAY, READINGS_PER_HOUR, UnmaskPurpose
from domain.time import civil_date
from graph.protection.persons import others_standing, person_in_scope, resident_of, tell_of_number
from graph.protection.readings import ReadingRow, add_reading, use_allowance
from graph.protection.sealed import sealed_of, volunteers_by_index
from graph.scope import DESK
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers.id_numbers import keyed
from workflows.protection.keys import keep_number, kept_number, registry_of
from workflows.protection.masks import HASHING, sealed_mask
from workflows.separation import require_other_person
from workflows.workspace import Workspace

_REASON = range(4, 201)
_LONGEST_DIGITS = 6
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """A full number, for the eyes of who asked; ``reading_id`` names the record of it."""

    reading_id: str
    id_number: str = field(repr=False)


async def take_number(
    ws: Workspace,
    tx: AuditedTransaction,
    volunteer_id: str,
    name: str,
    region_path: str,
    number: ResidentNumber,
) -> None:
    """
    Keep a number that a volunteer gave: whole under its registry's seal, as a sealed mask on their record.

    A resident of the registry with the same name and number is the same person, so that their roles can be kept apart.

    Raises
    ------
    InvalidIdentifierError
        Its holder would not be born yet.
    """
    number.check_born_by(civil_date(tx.at))
    await keep_number(ws, tx, volunteer_id, region_path, number.value)
    hashed = keyed(ws.secret(HASHING), number.value)
    resident = await resident_of(tx, registry_of(region_path), hashed=hashed, name=name)
    mask = sealed_mask(ws, number.masked, record=volunteer_id)
    await tell_of_number(tx, volunteer_id, mask=mask, sex=number.sex.value, resident_id=resident)
    tx.record("identity.seal", volunteer_id)


async def require_one_of_a_number(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, volunteer_id: str
) -> None:
    """
    Go on only if nobody else stands in the registry with a volunteer's number.

    Raises
    ------
    ConflictError
        Somebody does.
    """
    row = await sealed_of(tx, volunteer_id)
    number = await kept_number(ws, tx, volunteer_id)
    if row is None or number is None:
        return
    same = await volunteers_by_index(tx, [row.blind_index])
    person = await person_in_scope(tx, actor, volunteer_id)
    hashed = keyed(ws.secret(HASHING), number)
    if await others_standing(tx, volunteer_id, registry_of(person.region_path), ids=same, hashed=hashed):
        raise ConflictError("somebody else stands in the registry with this number", id=volunteer_id)


async def unmask(
    ws: Workspace,
    actor: Actor,
    volunteer_id: str,
    *,
    purpose: UnmaskPurpose,
    reason: str,
    order_number: str | None = None,
) -> Unmasked:
    """
    Show a volunteer's number whole, once, to who needs it for one of the purposes.

    Nothing of the answer is kept. Who asked, whose number, for what and in which words stands in the graph, and the
    audit chain names it, in the transaction that opens the seal.

    Raises
    ------
    NotPermittedError
        Not a role for it, or asked too often.
    SeparationOfDutiesError
        The account would open its own record.
    InvalidInputError
        No words, or words that hold a number; an order of an authority without its number.
    NotFoundError
        No such volunteer in the actor's regions, or no number is kept of them.
    """
    actor.require(*({Role.STATION_LEAD} if purpose is UnmaskPurpose.AUTHORITY_ORDER else DESK))
    words = _said(reason)
    order = None if order_number is None else order_number.strip()
    if purpose is UnmaskPurpose.AUTHORITY_ORDER and not order:
        raise InvalidInputError("an order of an authority has a number", field="order_number")

    async def work(tx: AuditedTransaction) -> Unmasked:
        person = await person_in_scope(tx, actor, volunteer_id)
        await require_other_person(
            tx, actor, (volunteer_id,), "nobody opens their own record at the desk", about=volunteer_id
        )
        await spend(tx, actor, "unmask", per_hour=READINGS_PER_HOUR, per_day=READINGS_PER_DAY)
        number = await kept_number(ws, tx, volunteer_id)
        if number is None:
            raise NotFoundError("no number is kept of them", kind="number", id=volunteer_id)
        row = ReadingRow(
            id=ws.new_id(),
            volunteer_id=volunteer_id,
            reader_id=actor.id,
            purpose=purpose,
            reason=words,
            order_number=order,
            at=tx.at,
            region_path=person.region_path,
        )
        await add_reading(tx, row)
        tx.record("identity.unmask", volunteer_id, detail={"reading": row.id, "purpose": purpose.value})
        return Unmasked(reading_id=row.id, id_number=number)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def spend(tx: AuditedTransaction, actor: Actor, what: str, *, per_hour: int, per_day: int) -> None:
    """
    Take one of an account's allowances; every process of the installation counts the same ones.

    Raises
    ------
    NotPermittedError
        There is none left in this hour, or on this day.
    """
    for length, most in ((_HOUR, per_hour), (_DAY, per_day)):
        ends_at = _next(tx.at, length)
        used = await use_allowance(tx, f"{what}:{actor.id}:{ends_at.isoformat()}:{length}", ends_at, tx.at)
        if used > most:
            raise NotPermittedError("asked too often", reason="asked_too_often")


def _next(moment: datetime, length: timedelta) -> datetime:
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return start + length * ((moment - start) // length + 1)


def _said(reason: str) -> str:
    words = reason.strip()
    if len(words) not in _REASON:
        raise InvalidInputError("say why in 4 to 200 characters", field="reason")
    digits = 0
    for character in words:
        digits = digits + 1 if character.isdigit() else 0
        if digits > _LONGEST_DIGITS:
            raise InvalidInputError("reasons hold no numbers of people", field="reason")
    return words
