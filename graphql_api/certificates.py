"""Record certificates, and the keys that they verify with."""

import base64
from datetime import date, datetime

import strawberry

from domain.certificates import CertificateState, ServiceCertificate
from graph.certificates import page_of_certificates
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import Payload, answer, once
from graphql_api.volunteers import VOLUNTEER, VolunteerNode, load_volunteer
from workflows.certificates.issuing import (
    CertificateRequest,
    Printed,
    content_of,
    issue_certificate,
    print_certificate,
    revocation_list,
    revoke_certificate,
    signer_of,
)
from workflows.certificates.signing import key_text
from workflows.workspace import Outcome

CERTIFICATE = "ServiceCertificate"


@strawberry.type(name=CERTIFICATE, description="A record certificate as it was signed.")
class CertificateNode(Node):
    """Who served how long, and who says so."""

    serial: str
    state: CertificateState
    since: date
    until: date
    minutes: int
    services: int = strawberry.field(description="How many services it lists.")
    signed_text: str = strawberry.field(description="Verifies with the public key alone.")
    verify_path: str = strawberry.field(description="Path of its public page on this service.")
    prints: int
    issued_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None
    version: int
    volunteer_key: strawberry.Private[str]
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="Whose, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="Who certifies, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the organisation."""
        return await load_organisation(info, self.organisation_key)


def certificate(row: ServiceCertificate) -> CertificateNode:
    """Give a certificate as clients see it."""
    content = content_of(row)
    return CertificateNode(
        id=encode_id(CERTIFICATE, row.id),
        serial=row.serial,
        state=row.state,
        since=content.since,
        until=content.until,
        minutes=row.minutes,
        services=len(content.lines),
        signed_text=row.payload,
        verify_path=f"/verify/{row.id}",
        prints=row.prints,
        issued_at=row.issued_at,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        version=row.version,
        volunteer_key=row.volunteer_id,
        organisation_key=row.organisation_id,
    )


async def load_certificate(info: Info, key: str | None) -> CertificateNode | None:
    """Give the certificate of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.certificates.load(key)
    return None if row is None else certificate(row)


@strawberry.type(description="A certificate and the file that was just made of it.")
class PrintedCertificate:
    """Every print after the first says which reprint it is."""

    certificate: CertificateNode
    pdf: str = strawberry.field(description="The file in base64; it verifies offline.")


def _printed(row: Printed) -> PrintedCertificate:
    return PrintedCertificate(
        certificate=certificate(row.certificate), pdf=base64.b64encode(row.pdf).decode()
    )


@strawberry.type
class CertificateQueries:
    """Certificates, the public key and the list of revocations."""

    @strawberry.field(
        description="Certificates, newest first: a volunteer's own, the desk's those of its regions."
    )
    async def certificates(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[CertificateState] | None = None,
        volunteer_id: strawberry.ID | None = None,
    ) -> Connection[CertificateNode]:
        """Give a page of certificates."""
        start = page_start(info, first, after)
        whose = key_of(volunteer_id, VOLUNTEER, "volunteerId") if volunteer_id else None
        page = await info.context.read(
            lambda tx: page_of_certificates(
                tx,
                info.context.actor,
                states=tuple(states or ()),
                volunteer_id=whose,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, certificate)

    @strawberry.field(description="One certificate.")
    async def certificate(self, info: Info, id: strawberry.ID) -> CertificateNode | None:
        """Give a certificate by its global id."""
        return await load_certificate(info, key_of(id, CERTIFICATE))

    @strawberry.field(description="Public key that certificates of this service verify with, in base64url.")
    def certificate_verifier(self, info: Info) -> str:
        """Give the public key."""
        return key_text(signer_of(info.context.workspace).public_key)

    @strawberry.field(description="Signed list of revoked certificates; it names codes by their digests.")
    async def certificate_revocations(self, info: Info) -> str:
        """Give the list of revocations."""
        return await revocation_list(info.context.workspace)


@strawberry.input(description="Certifies a volunteer's verified services of a period.")
class IssueCertificateInput:
    """Whose, of which days, who certifies and who answers for it."""

    idempotency_key: str
    volunteer_id: strawberry.ID
    organisation_id: strawberry.ID
    responsible: str = strawberry.field(description="Who answers for it at the organisation.")
    since: date
    until: date = strawberry.field(description="Last day, in the period.")

    def read(self) -> CertificateRequest:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return CertificateRequest(
            volunteer_id=key_of(self.volunteer_id, VOLUNTEER, "volunteerId"),
            organisation_id=key_of(self.organisation_id, ORGANISATION, "organisationId"),
            responsible=self.responsible,
            since=self.since,
            until=self.until,
        )


@strawberry.input(description="Makes the file of a certificate.")
class PrintCertificateInput:
    """Which certificate."""

    certificate_id: strawberry.ID


@strawberry.input(description="Revokes a certificate.")
class RevokeCertificateInput:
    """Which certificate, as read, and why."""

    certificate_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.type
class CertificateMutations:
    """Issuing, printing and revoking."""

    @strawberry.mutation(description="Certify a volunteer's verified services of a period.")
    async def issue_certificate(self, info: Info, input: IssueCertificateInput) -> Payload[CertificateNode]:
        """Issue a certificate."""

        async def act() -> Outcome[ServiceCertificate]:
            context = info.context
            return await issue_certificate(
                context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
            )

        return await answer(info, act, certificate)

    @strawberry.mutation(description="Make the file of a certificate; reprints are counted and say so.")
    async def print_certificate(
        self, info: Info, input: PrintCertificateInput
    ) -> Payload[PrintedCertificate]:
        """Print a certificate."""

        async def act() -> Outcome[Printed]:
            context = info.context
            key = key_of(input.certificate_id, CERTIFICATE, "certificateId")
            return await once(
                print_certificate(
                    context.workspace,
                    context.actor,
                    key,
                    address=context.public_url,
                    locale=context.locale,
                )
            )

        return await answer(info, act, _printed)

    @strawberry.mutation(description="Revoke a certificate, with a reason.")
    async def revoke_certificate(self, info: Info, input: RevokeCertificateInput) -> Payload[CertificateNode]:
        """Revoke a certificate."""

        async def act() -> Outcome[ServiceCertificate]:
            context = info.context
            key = key_of(input.certificate_id, CERTIFICATE, "certificateId")
            return await once(
                revoke_certificate(
                    context.workspace,
                    context.actor,
                    key,
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, certificate)
