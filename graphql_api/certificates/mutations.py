"""Issuing, printing and revoking certificates."""

import base64
from datetime import date

import strawberry

from domain.certificates import ServiceCertificate
from graphql_api.certificates.types import CERTIFICATE, CertificateNode, certificate
from graphql_api.context import Info
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.volunteers.types import VOLUNTEER
from workflows.certificates.issuing import (
    CertificateRequest,
    Printed,
    issue_certificate,
    print_certificate,
    revoke_certificate,
)
from workflows.workspace import Outcome


@strawberry.type(description="A certificate and the file that was just made of it.")
class PrintedCertificate:
    """Every print after the first says which reprint it is."""

    certificate: CertificateNode
    pdf: str = strawberry.field(description="The file in base64; it verifies offline.")


def _printed(row: Printed) -> PrintedCertificate:
    return PrintedCertificate(
        certificate=certificate(row.certificate), pdf=base64.b64encode(row.pdf).decode()
    )


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

    @mutation(certificate, description="Certify a volunteer's verified services of a period.")
    async def issue_certificate(
        self, info: Info, input: IssueCertificateInput
    ) -> Outcome[ServiceCertificate]:
        """Issue a certificate."""
        context = info.context
        return await issue_certificate(
            context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
        )

    @mutation(_printed, description="Make the file of a certificate; reprints are counted and say so.")
    async def print_certificate(self, info: Info, input: PrintCertificateInput) -> Printed:
        """Print a certificate."""
        context = info.context
        key = key_of(input.certificate_id, CERTIFICATE, "certificateId")
        return await print_certificate(
            context.workspace,
            context.actor,
            key,
            address=context.public_url,
            locale=context.locale,
        )

    @mutation(certificate, description="Revoke a certificate, with a reason.")
    async def revoke_certificate(self, info: Info, input: RevokeCertificateInput) -> ServiceCertificate:
        """Revoke a certificate."""
        context = info.context
        key = key_of(input.certificate_id, CERTIFICATE, "certificateId")
        return await revoke_certificate(
            context.workspace,
            context.actor,
            key,
            expected_version=input.expected_version,
            reason=input.reason,
        )
