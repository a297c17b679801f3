"""Credentials that this region issued, whose they are, and which of them hold no more."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.hours import HoursKind
from domain.protection import SealedMask
from domain.recognition import CredentialState, IssuedCredential
from graph.columns import day_or_none, integer, moment, moment_or_none, text, text_or_none, texts
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, scope_paths, view_of

SEEN: LiteralString = "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id)"
COLUMNS: LiteralString = """
RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.state AS state, n.list AS list, n.place AS place,
  n.holder AS holder, n.minutes AS minutes, n.issued_by AS issued_by, n.issued_at AS issued_at,
  n.expires_at AS expires_at, n.reason AS reason, n.changed_at AS changed_at, n.region_path AS region_path,
  n.version AS version
"""
CREATE = Statement(
    """
    CREATE (:IssuedCredential {id: $id, volunteer_id: $volunteer_id, state: 'VALID', list: $list,
      place: $place, holder: $holder, minutes: $minutes, issued_by: $issued_by, issued_at: $issued_at,
      expires_at: $expires_at, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:IssuedCredential {id: $id}) WHERE " + SEEN + " SET n.version = n.version + 1" + COLUMNS,
    Access.WRITE,
)
SET_STATE = Statement(
    "MATCH (n:IssuedCredential {id: $id}) SET n.state = $state, n.reason = $reason, n.changed_at = $at",
    Access.WRITE,
)
LIST_BEGUN = Statement(
    "MATCH (n:IssuedCredential) WHERE n.list = $list RETURN n.id AS id LIMIT 1", Access.READ
)
ON_LIST = Statement(
    "MATCH (n:IssuedCredential) WHERE n.list = $list AND n.state <> 'VALID'"
    " RETURN n.place AS place, n.state AS state ORDER BY place",
    Access.READ,
)
SERVED = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id = $id AND n.state = 'VERIFIED' AND n.kind IN ['AUTO', 'MANUAL']
      AND n.served_start IS NOT NULL AND n.served_end IS NOT NULL AND n.minutes > 0
    RETURN n.id AS id, n.kind AS kind, n.served_start AS served_start, n.served_end AS served_end,
      n.minutes AS minutes
    ORDER BY served_start, id
    """,
    Access.READ,
)
PERSON = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE " + IN_SCOPE + " RETURN n.name AS name, n.birth_date AS birth_date,"
    " n.sex AS sex, n.id_number_mask AS id_mask, n.skills AS skills, n.star AS star,"
    " n.region_path AS region_path",
    Access.READ,
)
TRAININGS = Statement(
    "MATCH (q:Qualification) WHERE q.volunteer_id = $id RETURN q.id AS id, q.licence AS licence,"
    " q.valid_from AS valid_from, q.valid_to AS valid_to ORDER BY licence, id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedRow:
    """A verified service that this region itself recorded."""

    id: str
    clocked: bool
    start: datetime
    end: datetime
    minutes: int


def credential_of(record: Record) -> IssuedCredential:
    """Give the credential of a record of ``COLUMNS``."""
    return IssuedCredential(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        state=CredentialState(text(record, "state")),
        list=integer(record, "list"),
        place=integer(record, "place"),
        holder=text(record, "holder"),
        minutes=integer(record, "minutes"),
        issued_by=text(record, "issued_by"),
        issued_at=moment(record, "issued_at"),
        expires_at=moment(record, "expires_at"),
        reason=text_or_none(record, "reason"),
        changed_at=moment_or_none(record, "changed_at"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """What a credential says of its holder."""

    name: str
    birth_date: date | None
    sex: str | None
    id_mask: SealedMask | None
    skills: tuple[str, ...]
    star: str | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """A qualification; half-open days."""

    id: str
    licence: str
    valid_from: date | None
    valid_to: date | None


def visible(actor: Actor) -> dict[str, list[str] | str | bool]:
    """Give what ``SEEN`` reads."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "own_id": view.volunteer_id,
    }


async def person_of(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> PersonRow:
    """
    Give the volunteer of a credential with their name in full.

    Raises
    ------
    NotFoundError
        Outside the scope.
    """
    found = await tx.run(PERSON, id=volunteer_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    (row,) = found
    return PersonRow(
        name=text_or_none(row, "name") or "",
        birth_date=day_or_none(row, "birth_date"),
        sex=text_or_none(row, "sex"),
        id_mask=mask_or_none(row, "id_mask"),
        skills=texts(row, "skills"),
        star=text_or_none(row, "star"),
        region_path=text(row, "region_path"),
    )


async def served_here(tx: ReadTransaction, volunteer_id: str) -> list[ServedRow]:
    """Give verified services with their times that were recorded here, oldest first; none that was recognised."""
    return [
        ServedRow(
            id=text(row, "id"),
            clocked=text(row, "kind") == HoursKind.AUTO.value,
            start=moment(row, "served_start"),
            end=moment(row, "served_end"),
            minutes=integer(row, "minutes"),
        )
        for row in await tx.run(SERVED, id=volunteer_id)
    ]


async def trainings_of(tx: ReadTransaction, volunteer_id: str) -> list[TrainingRow]:
    """Give a volunteer's qualifications, recognised ones among them."""
    return [
        TrainingRow(
            id=text(row, "id"),
            licence=text(row, "licence"),
            valid_from=day_or_none(row, "valid_from"),
            valid_to=day_or_none(row, "valid_to"),
        )
        for row in await tx.run(TRAININGS, id=volunteer_id)
    ]


async def create_credential(tx: WriteTransaction, credential: IssuedCredential) -> None:
    """Write down that a credential was issued; what it says stays with its holder."""
    await tx.run(
        CREATE,
        id=credential.id,
        volunteer_id=credential.volunteer_id,
        list=credential.list,
        place=credential.place,
        holder=credential.holder,
        minutes=credential.minutes,
        issued_by=credential.issued_by,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        region_path=credential.region_path,
    )


async def lock_credential(
    tx: WriteTransaction, actor: Actor, credential_id: str, *, expected_version: int | None = None
) -> IssuedCredential:
    """
    Take a credential for changing.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=credential_id, **visible(actor))
    if not found:
        raise NotFoundError("no such credential", kind="credential", id=credential_id)
    credential = credential_of(found[0])
    if expected_version is not None and credential.version - 1 != expected_version:
        raise StaleVersionError(
            "the credential has changed since it was read",
            id=credential_id,
            expected=expected_version,
            found=credential.version - 1,
        )
    return credential


async def set_credential_state(
    tx: WriteTransaction, credential_id: str, state: CredentialState, *, reason: str, at: datetime
) -> None:
    """Write where a credential stands."""
    await tx.run(SET_STATE, id=credential_id, state=state.value, reason=reason, at=at)


async def marks_of_list(tx: ReadTransaction, number: int) -> list[tuple[int, CredentialState]]:
    """Give the places of a status list that hold no more."""
    found = await tx.run(ON_LIST, list=number)
    return [(integer(row, "place"), CredentialState(text(row, "state"))) for row in found]


async def list_begun(tx: ReadTransaction, number: int) -> bool:
    """Whether a credential has a place on a list."""
    return bool(await tx.run(LIST_BEGUN, list=number))
