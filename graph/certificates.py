"""Certificates as they were signed, what they are made of, and the numbers given out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.certificates import CertificateState, ServedLine, ServiceCertificate
from domain.errors import NotFoundError, StaleVersionError
from domain.hours import HoursKind
from domain.protection import SealedMask
from domain.time import civil_date
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "certificates"

COLUMNS: LiteralString = """
RETURN n.id AS id, n.serial AS serial, n.volunteer_id AS volunteer_id, n.state AS state,
  n.organisation_id AS organisation_id, n.content AS content, n.payload AS payload, n.key_id AS key_id,
  n.minutes AS minutes, n.prints AS prints, n.issued_by AS issued_by, n.issued_at AS issued_at,
  n.revoked_by AS revoked_by, n.revoked_reason AS revoked_reason, n.revoked_at AS revoked_at,
  n.region_path AS region_path, n.version AS version
"""
_VISIBLE: LiteralString = "(($sees_all AND " + IN_SCOPE + ") OR n.volunteer_id = $own_id)"
SERVED = Statement(
    """
    MATCH (n:HoursRecord) WHERE n.volunteer_id = $volunteer_id AND n.state = 'VERIFIED'
      AND n.kind IN ['AUTO', 'MANUAL'] AND n.served_start >= $since AND n.served_start < $until AND """
    + IN_SCOPE
    + """
    RETURN n.id AS id, n.served_start AS served_start, n.title AS title, n.kind AS kind, n.minutes AS minutes
    ORDER BY served_start, id
    """,
    Access.READ,
)
HOLDER = Statement(
    "MATCH (n:Volunteer {id: $id}) WHERE " + IN_SCOPE + " RETURN n.name AS name, n.id_number_mask AS id_mask,"
    " n.volunteer_number AS volunteer_number, n.region_id AS region_id, n.region_path AS region_path",
    Access.READ,
)
ISSUER = Statement(
    "MATCH (n:Organisation {id: $id}) WHERE " + IN_SCOPE + " RETURN n.name AS name,"
    " n.credit_code AS credit_code, n.contact AS contact",
    Access.READ,
)
CREATE = Statement(
    """
    CREATE (:ServiceCertificate {id: $id, serial: $serial, volunteer_id: $volunteer_id, state: 'ISSUED',
      organisation_id: $organisation_id, content: $content, payload: $payload, key_id: $key_id,
      minutes: $minutes, prints: 0, issued_by: $issued_by, issued_at: $issued_at, region_path: $region_path,
      version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:ServiceCertificate {id: $id}) WHERE " + _VISIBLE + " SET n.version = n.version + 1" + COLUMNS,
    Access.WRITE,
)
REVOKE = Statement(
    "MATCH (n:ServiceCertificate {id: $id}) SET n.state = 'REVOKED', n.revoked_by = $revoked_by,"
    " n.revoked_reason = $reason, n.revoked_at = $at",
    Access.WRITE,
)
SET_PRINTS = Statement("MATCH (n:ServiceCertificate {id: $id}) SET n.prints = $prints", Access.WRITE)
BY_CODE = Statement("MATCH (n:ServiceCertificate {id: $id})" + COLUMNS, Access.READ)
BY_SERIAL = Statement(
    "MATCH (n:ServiceCertificate) WHERE n.serial = $serial AND " + _VISIBLE + " RETURN n.id AS id",
    Access.READ,
)
REVOKED = Statement(
    "MATCH (n:ServiceCertificate) WHERE n.state = 'REVOKED' RETURN n.id AS id, n.revoked_at AS revoked_at"
    " ORDER BY revoked_at, id",
    Access.READ,
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:ServiceCertificate {id: wanted}) WHERE " + _VISIBLE + COLUMNS, Access.READ
)
_NARROWED: LiteralString = (
    " AND n.state IN $states AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id)"
)
_PAGE = Statement(
    "MATCH (n:ServiceCertificate) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND (n.issued_at < $after_at OR (n.issued_at = $after_at AND n.id > $after_id))"
    + COLUMNS
    + "ORDER BY issued_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:ServiceCertificate) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The volunteer of a certificate."""

    name: str
    id_mask: SealedMask | None
    volunteer_number: str | None
    region_code: str
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The organisation that certifies."""

    name: str
    credit_code: str | None
    contact: str | None


def certificate_of(record: Record) -> ServiceCertificate:
    """Give the certificate of a record of ``COLUMNS``."""
    return ServiceCertificate(
        id=text(record, "id"),
        serial=text(record, "serial"),
        volunteer_id=text(record, "volunteer_id"),
        state=CertificateState(text(record, "state")),
        organisation_id=text(record, "organisation_id"),
        content=text(record, "content"),
        payload=text(record, "payload"),
        key_id=text(record, "key_id"),
        minutes=integer(record, "minutes"),
        prints=integer(record, "prints"),
        issued_by=text(record, "issued_by"),
        issued_at=moment(record, "issued_at"),
        revoked_by=text_or_none(record, "revoked_by"),
        revoked_reason=text_or_none(record, "revoked_reason"),
        revoked_at=moment_or_none(record, "revoked_at"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _visible_to(actor: Actor) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "sees_all": view.desk or view.office,
        "own_id": view.volunteer_id,
    }


async def served_lines(
    tx: ReadTransaction, actor: Actor, volunteer_id: str, *, since: datetime, until: datetime
) -> tuple[ServedLine, ...]:
    """Give the verified services of a volunteer that the actor's regions recorded, by day."""
    found = await tx.run(
        SERVED, volunteer_id=volunteer_id, since=since, until=until, scope_paths=scope_paths(actor)
    )
    return tuple(
        ServedLine(
            served_on=civil_date(moment(row, "served_start")),
            title=text_or_none(row, "title") or "",
            kind=HoursKind(text(row, "kind")),
            minutes=integer(row, "minutes"),
        )
        for row in found
    )


async def holder_by_id(tx: ReadTransaction, actor: Actor, volunteer_id: str) -> Holder:
    """
    Give the volunteer of a certificate with their name in full.

    Raises
    ------
    NotFoundError
        Outside the scope.
    """
    found = await tx.run(HOLDER, id=volunteer_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such volunteer", kind="volunteer", id=volunteer_id)
    path = text(found[0], "region_path")
    codes = [part for part in path.split("/") if part.isdecimal()]
    return Holder(
        name=text_or_none(found[0], "name") or "",
        id_mask=mask_or_none(found[0], "id_mask"),
        volunteer_number=text_or_none(found[0], "volunteer_number"),
        region_code=next((code for code in reversed(codes) if len(code) <= 6), "0").ljust(6, "0"),
        region_path=path,
    )


async def issuer_by_id(tx: ReadTransaction, actor: Actor, organisation_id: str) -> Issuer:
    """
    Give the organisation that certifies.

    Raises
    ------
    NotFoundError
        Outside the scope.
    """
    found = await tx.run(ISSUER, id=organisation_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such organisation", kind="organisation", id=organisation_id)
    return Issuer(
        name=text(found[0], "name"),
        credit_code=text_or_none(found[0], "credit_code"),
        contact=text_or_none(found[0], "contact"),
    )


async def create_certificate(tx: WriteTransaction, certificate: ServiceCertificate) -> None:
    """Write a certificate as it was signed."""
    await tx.run(
        CREATE,
        id=certificate.id,
        serial=certificate.serial,
        volunteer_id=certificate.volunteer_id,
        organisation_id=certificate.organisation_id,
        content=certificate.content,
        payload=certificate.payload,
        key_id=certificate.key_id,
        minutes=certificate.minutes,
        issued_by=certificate.issued_by,
        issued_at=certificate.issued_at,
        region_path=certificate.region_path,
    )


async def lock_certificate(
    tx: WriteTransaction, actor: Actor, code: str, *, expected_version: int | None = None
) -> ServiceCertificate:
    """
    Take a certificate for changing.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=code, **_visible_to(actor))
    if not found:
        raise NotFoundError("no such certificate", kind="certificate", id=code)
    certificate = certificate_of(found[0])
    if expected_version is not None and certificate.version - 1 != expected_version:
        raise StaleVersionError(
            "the certificate has changed since it was read",
            id=code,
            expected=expected_version,
            found=certificate.version - 1,
        )
    return certificate


async def revoke_row(tx: WriteTransaction, code: str, *, by: str, reason: str, at: datetime) -> None:
    """Write a revocation down."""
    await tx.run(REVOKE, id=code, revoked_by=by, reason=reason, at=at)


async def set_prints(tx: WriteTransaction, code: str, prints: int) -> None:
    """Write down how often a certificate was printed."""
    await tx.run(SET_PRINTS, id=code, prints=prints)


async def certificate_by_code(tx: ReadTransaction, code: str) -> ServiceCertificate | None:
    """Give the certificate of a code, whoever asks: nobody guesses one."""
    found = await tx.run(BY_CODE, id=code)
    return certificate_of(found[0]) if found else None


async def code_of_serial(tx: ReadTransaction, actor: Actor, serial: str) -> str:
    """
    Give the code of a number within the actor's scope.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = await tx.run(BY_SERIAL, serial=serial, **_visible_to(actor))
    if not found:
        raise NotFoundError("no such certificate", kind="certificate", id=serial)
    return text(found[0], "id")


async def revoked_codes(tx: ReadTransaction) -> list[tuple[str, datetime]]:
    """Give every revoked certificate's code and moment, as they were revoked."""
    return [(text(row, "id"), moment(row, "revoked_at")) for row in await tx.run(REVOKED)]


async def certificates_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, ServiceCertificate]:
    """Give the certificates among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **_visible_to(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): certificate_of(record) for record in records}


async def page_of_certificates(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: tuple[CertificateState, ...] = (),
    volunteer_id: str | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ServiceCertificate]:
    """Give certificates, newest first: a volunteer's own, the desk's those of its regions."""
    narrowed = {
        **_visible_to(actor),
        "states": [state.value for state in states or CertificateState],
        "volunteer_id": volunteer_id or "",
    }
    after_at, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=certificate_of, sort_column="issued_at")
