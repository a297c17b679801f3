"""Certificates, the key that they verify with, and the list of revocations."""

from functools import partial

import strawberry

from domain.certificates import CertificateState
from graph.certificates import page_of_certificates
from graphql_api.certificates.types import CERTIFICATE, CertificateNode, certificate, load_certificate
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.volunteers.types import VOLUNTEER
from workflows.certificates.issuing import (
    revocation_list,
    signer_of,
)
from workflows.certificates.signing import key_text


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
        whose = key_of(volunteer_id, VOLUNTEER, "volunteerId") if volunteer_id else None
        return await paged(
            info,
            first,
            after,
            partial(page_of_certificates, states=tuple(states or ()), volunteer_id=whose),
            certificate,
        )

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
