"""Record certificates as clients see them."""

from datetime import date, datetime

import strawberry

from domain.certificates import CertificateState, ServiceCertificate
from graphql_api.connections import (
    Node,
    loaded,
)
from graphql_api.context import Info
from graphql_api.funds.types import OrganisationNode, load_organisation
from graphql_api.ids import encode_id
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from workflows.certificates.issuing import content_of, signed_text_of

CERTIFICATE = "ServiceCertificate"


def _signed_text(root: "CertificateNode", info: Info) -> str:
    return signed_text_of(info.context.workspace, root.row)


@strawberry.type(name=CERTIFICATE, description="A record certificate as it was signed.")
class CertificateNode(Node):
    """Who served how long, and who says so."""

    serial: str
    state: CertificateState
    since: date
    until: date
    minutes: int
    services: int = strawberry.field(description="How many services it lists.")
    signed_text: str = strawberry.field(
        resolver=_signed_text, description="Verifies with the public key alone."
    )
    verify_path: str = strawberry.field(description="Path of its public page on this service.")
    prints: int
    issued_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None
    version: int
    row: strawberry.Private[ServiceCertificate]
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
        verify_path=f"/verify/{row.id}",
        prints=row.prints,
        issued_at=row.issued_at,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        version=row.version,
        row=row,
        volunteer_key=row.volunteer_id,
        organisation_key=row.organisation_id,
    )


async def load_certificate(info: Info, key: str | None) -> CertificateNode | None:
    """Give the certificate of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.certificates, key, certificate)
