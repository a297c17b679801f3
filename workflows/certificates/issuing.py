"""Issuing, printing, revoking and looking up record certificates."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.certificates import (
    CertificateContent,
    CertificateState,
    ServiceCertificate,
    serial_number,
)
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.notices import NewNotice, NoticeCode
from domain.protection import SealedMask
from domain.time import CIVIL_ZONE, civil_date
from graph.certificates import (
    certificate_by_code,
    create_certificate,
    holder_by_id,
    issuer_by_id,
    lock_certificate,
    revoke_row,
    revoked_codes,
    served_lines,
    set_prints,
)
from graph.numbering import next_number
from graph.ports import ReadTransaction
from graph.reads.masking import masked_name
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from locales import Locale
from workflows.certificates.glyphs import require_glyphs
from workflows.certificates.printing import Sheet, print_pdf
from workflows.certificates.signing import Claims, Revocation, RevocationList, Signer, code_digest
from workflows.hours.records import DESK, said
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.protection.masks import sealed_mask, shown_mask, shown_masks_in
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

SECRET = "certificate"  # noqa: S105 - the name of a secret
_ANSWERS = TypeAdapter(ServiceCertificate)
_CONTENT = TypeAdapter(CertificateContent)
_CODE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """
    What is to be certified.

    Parameters
    ----------
    organisation_id
        Who recorded the services and certifies them.
    responsible
        Who answers for it there.
    since, until
        Civil days, both of them in it.
    """

    volunteer_id: str
    organisation_id: str
    responsible: str
    since: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A certificate and the file that was just made of it."""

    certificate: ServiceCertificate
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicView:
    """What anybody with the code may see: enough to hold a paper against."""

    serial: str
    state: CertificateState
    name: str
    id_mask: str | None
    issuer: str
    since: date
    until: date
    minutes: int
    issued_on: date
    revoked_on: date | None


def content_of(certificate: ServiceCertificate) -> CertificateContent:
    """Give what a certificate says but of the holder's number."""
    return replace(_CONTENT.validate_json(certificate.content), id_mask=None)


def whole_content_of(ws: Workspace, certificate: ServiceCertificate) -> CertificateContent:
    """Give what a certificate says."""
    content = _CONTENT.validate_json(certificate.content)
    mask = None if content.id_mask is None else SealedMask(content.id_mask)
    return replace(content, id_mask=shown_mask(ws, mask))


def signed_text_of(ws: Workspace, certificate: ServiceCertificate) -> str:
    """Give the text of a certificate that verifies by itself."""
    return shown_masks_in(ws, certificate.payload)


def _sealed(ws: Workspace, code: str, text: str) -> str:
    return sealed_mask(ws, text, record=code).stored


def signer_of(ws: Workspace) -> Signer:
    """Give the signing key of the installation."""
    return Signer(ws.secret(SECRET))


async def issue_certificate(
    ws: Workspace, actor: Actor, asked: CertificateRequest, *, idempotency_key: str | None = None
) -> Outcome[ServiceCertificate]:
    """
    Certify a volunteer's verified services of a period.

    Only what the actor's regions recorded by check-in, or by hand with a second signature, is certified: who
    records certifies (Order No. 67). What was imported as a sum is not.

    Raises
    ------
    InvalidInputError
        Nothing to certify, or more than a certificate holds; a name has a character that no font of
        certificates has.
    SeparationOfDutiesError
        The actor is the volunteer.
    NotFoundError
        Volunteer or organisation are outside the scope.
    """
    actor.require(*DESK)
    responsible = said(asked.responsible, "responsible")
    if asked.until < asked.since:
        raise InvalidInputError("a period ends after it begins", field="until")
    signer, new_id = signer_of(ws), ws.new_id()
    code = _code(ws, new_id)

    async def work(tx: AuditedTransaction) -> ServiceCertificate:
        await require_other_person(
            tx, actor, (asked.volunteer_id,), "nobody certifies their own service", about=asked.volunteer_id
        )
        holder = await holder_by_id(tx, actor, asked.volunteer_id)
        issuer = await issuer_by_id(tx, actor, asked.organisation_id)
        lines = await served_lines(
            tx,
            actor,
            asked.volunteer_id,
            since=_midnight(asked.since),
            until=_midnight(asked.until + timedelta(days=1)),
        )
        content = CertificateContent(
            name=holder.name,
            id_mask=shown_mask(ws, holder.id_mask),
            volunteer_number=holder.volunteer_number,
            issuer=issuer.name,
            credit_code=issuer.credit_code,
            responsible=responsible,
            handler=actor.name,
            contact=issuer.contact,
            since=asked.since,
            until=asked.until,
            lines=lines,
        )
        require_glyphs(
            {
                "volunteer_id": content.name,
                "organisation_id": f"{content.issuer}{content.contact or ''}",
                "responsible": content.responsible,
                "handler": content.handler,
            }
        )
        today = civil_date(tx.at)
        number = await next_number(tx, f"certificate:{holder.region_code}:{today.year}")
        serial = serial_number(holder.region_code, today.year, number)
        kept = replace(content, id_mask=content.id_mask and _sealed(ws, code, content.id_mask))
        claims = Claims(
            code=code,
            serial=serial,
            name=masked_name(holder.name),
            id_mask=(content.id_mask or "")[-4:],
            minutes=content.minutes,
            since=asked.since,
            until=asked.until,
            issuer=issuer.name,
            issued_on=today,
            digest=hashlib.sha256(_CONTENT.dump_json(content)).hexdigest()[:32],
        )
        certificate = ServiceCertificate(
            id=code,
            serial=serial,
            volunteer_id=asked.volunteer_id,
            state=CertificateState.ISSUED,
            organisation_id=asked.organisation_id,
            content=_CONTENT.dump_json(kept).decode(),
            payload=_sealed(ws, code, signer.sign_claims(claims)),
            key_id=signer.key_id,
            minutes=content.minutes,
            prints=0,
            issued_by=actor.id,
            issued_at=tx.at,
            region_path=holder.region_path,
        )
        await create_certificate(tx, certificate)
        tx.record("certificate.issue", serial, detail={"minutes": content.minutes, "key": signer.key_id})
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=asked.volunteer_id,
                code=NoticeCode.CERTIFICATE_ISSUED,
                subject_id=code,
                region_path=holder.region_path,
                parameters={"serial": serial},
            ),
        )
        return certificate

    request = request_hash("issue_certificate", asked)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


def _code(ws: Workspace, new_id: str) -> str:
    """Give 128 bits that nobody guesses: an id under the installation's secret."""
    return hmac.digest(ws.secret(SECRET), f"code:{new_id}".encode(), "sha256")[:_CODE_BYTES].hex()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE)


async def print_certificate(
    ws: Workspace, actor: Actor, code: str, *, address: str, locale: Locale = Locale.ZH_CN
) -> Printed:
    """
    Make the file of a certificate; every print after the first says which reprint it is.

    Parameters
    ----------
    address
        Where this service is reached, as ``https://host``: the QR code leads there.

    Raises
    ------
    ConflictError
        It was signed with a key that this installation no longer has.
    TransitionError
        It was revoked.
    """
    actor.require(*DESK, Role.VOLUNTEER)
    signer = signer_of(ws)

    async def work(tx: AuditedTransaction) -> ServiceCertificate:
        certificate = await lock_certificate(tx, actor, code)
        if certificate.state is CertificateState.REVOKED:
            raise TransitionError("the certificate was revoked", id=code, before=certificate.state.value)
        if certificate.key_id != signer.key_id:
            raise ConflictError("the certificate was signed with another key", id=code)
        printed = replace(certificate, prints=certificate.prints + 1)
        await set_prints(tx, code, printed.prints)
        tx.record("certificate.print", certificate.serial, detail={"print": printed.prints})
        return printed

    certificate = await UnitOfWork(ws.store, ws.clock).run(actor, work)
    signed_text = signed_text_of(ws, certificate)
    sheet = Sheet(
        serial=certificate.serial,
        issued_on=civil_date(certificate.issued_at),
        qr_text=f"{address.rstrip('/')}/verify/{code}#{signed_text}",
        key_id=certificate.key_id,
        print_number=certificate.prints,
    )
    pdf = print_pdf(whole_content_of(ws, certificate), sheet, locale)
    return Printed(certificate=certificate, pdf=signer.seal(pdf, signed_text))


async def revoke_certificate(
    ws: Workspace, actor: Actor, code: str, *, expected_version: int | None = None, reason: str
) -> ServiceCertificate:
    """
    Revoke a certificate: from now on its check says so, and the next list of revocations.

    Raises
    ------
    TransitionError
        It was revoked before.
    """
    actor.require(*DESK, Role.PLATFORM_ADMIN)
    told = said(reason, "reason")

    async def work(tx: AuditedTransaction) -> ServiceCertificate:
        certificate = await lock_certificate(tx, actor, code, expected_version=expected_version)
        if certificate.state is CertificateState.REVOKED:
            raise TransitionError("the certificate was revoked", id=code, before=certificate.state.value)
        await revoke_row(tx, code, by=actor.id, reason=told, at=tx.at)
        tx.record("certificate.revoke", certificate.serial)
        return replace(
            certificate,
            state=CertificateState.REVOKED,
            revoked_by=actor.id,
            revoked_reason=told,
            revoked_at=tx.at,
        )

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def revocation_list(ws: Workspace) -> str:
    """Give the signed list of everything that was revoked until now; it names codes by their digests alone."""
    revoked = await ws.store.read(revoked_codes)
    return signer_of(ws).sign_list(
        RevocationList(
            number=len(revoked),
            issued_at=ws.clock(),
            revoked=tuple(Revocation(code_digest=code_digest(code), revoked_at=at) for code, at in revoked),
        )
    )


async def public_view(ws: Workspace, tx: ReadTransaction, code: str) -> PublicView | None:
    """Give what a certificate's page shows to whoever has its code, or None."""
    certificate = await certificate_by_code(tx, code)
    if certificate is None:
        return None
    content = whole_content_of(ws, certificate)
    return PublicView(
        serial=certificate.serial,
        state=certificate.state,
        name=masked_name(content.name),
        id_mask=content.id_mask,
        issuer=content.issuer,
        since=content.since,
        until=content.until,
        minutes=certificate.minutes,
        issued_on=civil_date(certificate.issued_at),
        revoked_on=None if certificate.revoked_at is None else civil_date(certificate.revoked_at),
    )
