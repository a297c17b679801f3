"""Records that a region's volunteers take along: issued, suspended, revoked."""

from datetime import datetime
from functools import partial

import strawberry

from domain.errors import InvalidInputError
from domain.recognition import CredentialState, IssuedCredential
from graph.reads.recognition import page_of_credentials
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, Node, loaded, paged
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.volunteers.types import VOLUNTEER, VolunteerNode, load_volunteer
from identity.jose.encoding import JsonObject, parse_object
from identity.verdicts import Refused
from workflows.recognition.issuing import CredentialRequest, Issued, change_credential, issue_credential
from workflows.workspace import Outcome

ISSUED_CREDENTIAL = "IssuedCredential"

strawberry.enum(
    CredentialState, name="CredentialState", description="Whether a credential that was issued here holds."
)


@strawberry.type(name=ISSUED_CREDENTIAL, description="A record that was given to a volunteer to carry.")
class CredentialNode(Node):
    """What it says stays with its holder."""

    state: CredentialState
    status_list: int = strawberry.field(description="Number of its public status list.")
    status_place: int
    holder: str = strawberry.field(description="Thumbprint of the key that it is bound to.")
    minutes: int = strawberry.field(description="What it tells of.")
    issued_at: datetime
    expires_at: datetime
    reason: str | None
    changed_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="Whose, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)


def issued_credential(row: IssuedCredential) -> CredentialNode:
    """Give a credential as clients see it."""
    return CredentialNode(
        id=encode_id(ISSUED_CREDENTIAL, row.id),
        state=row.state,
        status_list=row.list,
        status_place=row.place,
        holder=row.holder,
        minutes=row.minutes,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        reason=row.reason,
        changed_at=row.changed_at,
        version=row.version,
        volunteer_key=row.volunteer_id,
    )


async def load_issued_credential(info: Info, key: str | None) -> CredentialNode | None:
    """Give the credential of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.issued_credentials, key, issued_credential)


@strawberry.type(description="A credential and its text, for its holder.")
class IssuedRecord:
    """The text is not to be had again: it says who the holder is, and is kept nowhere here."""

    credential: CredentialNode
    text: str | None = strawberry.field(
        description="In dc+sd-jwt, given once: null where the call is sent again, for it is not kept."
    )


def _issued(row: Issued) -> IssuedRecord:
    return IssuedRecord(credential=issued_credential(row.credential), text=row.text)


@strawberry.input(description="Gives a volunteer's record of this region as a credential.")
class IssueCredentialInput:
    """Whose, and the holder's key with the proof that they have it."""

    idempotency_key: str
    volunteer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Null is the acting volunteer."
    )
    holder: str = strawberry.field(description="Public JWK of the holder's key, as JSON.")
    proof: str = strawberry.field(
        description="openid4vci-proof+jwt of that key over aud, nonce and iat of a request of purpose ISSUE."
    )
    nonce: str

    def read(self) -> CredentialRequest:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        whose = None if self.volunteer_id is None else key_of(self.volunteer_id, VOLUNTEER, "volunteerId")
        return CredentialRequest(
            volunteer_id=whose, holder=_jwk(self.holder), proof=self.proof, nonce=self.nonce
        )


def _jwk(written: str) -> JsonObject:
    try:
        return parse_object(written.encode())
    except Refused as refusal:
        raise InvalidInputError("not a public key", field="holder", reason=refusal.code.value) from None


@strawberry.input(description="Revokes a credential for good.")
class RevokeCredentialInput:
    """Which credential, as read, and why."""

    credential_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.input(description="Suspends a credential.")
class SuspendCredentialInput:
    """Which credential, as read, and why."""

    credential_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.input(description="Lets a suspended credential hold again.")
class ResumeCredentialInput:
    """Which credential, as read, and why."""

    credential_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


async def _change(
    info: Info,
    input: RevokeCredentialInput | SuspendCredentialInput | ResumeCredentialInput,
    state: CredentialState,
) -> Outcome[IssuedCredential]:
    return await change_credential(
        info.context.workspace,
        info.context.actor,
        key_of(input.credential_id, ISSUED_CREDENTIAL, "credentialId"),
        state,
        reason=input.reason,
        expected_version=input.expected_version,
        idempotency_key=input.idempotency_key,
    )


@strawberry.type
class CredentialQueries:
    """Issued credentials."""

    @strawberry.field(
        description="Issued credentials, newest first: a volunteer's own, the desk's those of its regions."
    )
    async def issued_credentials(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        volunteer_id: strawberry.ID | None = None,
    ) -> Connection[CredentialNode]:
        """Give a page of credentials."""
        whose = key_of(volunteer_id, VOLUNTEER, "volunteerId") if volunteer_id else None
        return await paged(
            info, first, after, partial(page_of_credentials, volunteer_id=whose), issued_credential
        )

    @strawberry.field(description="One issued credential.")
    async def issued_credential(self, info: Info, id: strawberry.ID) -> CredentialNode | None:
        """Give a credential by its global id."""
        return await load_issued_credential(info, key_of(id, ISSUED_CREDENTIAL))


@strawberry.type
class CredentialMutations:
    """Issuing, and what becomes of a credential."""

    @mutation(
        _issued,
        description="Give a volunteer's record as a credential bound to their key; a worker's own, another does.",
    )
    async def issue_credential(self, info: Info, input: IssueCredentialInput) -> Outcome[Issued]:
        """Issue a credential."""
        context = info.context
        return await issue_credential(
            context.workspace,
            context.actor,
            await context.trust.registry(),
            input.read(),
            idempotency_key=input.idempotency_key,
        )

    @mutation(issued_credential, description="Revoke a credential; the next status list says so, for good.")
    async def revoke_credential(self, info: Info, input: RevokeCredentialInput) -> Outcome[IssuedCredential]:
        """Revoke a credential."""
        return await _change(info, input, CredentialState.REVOKED)

    @mutation(issued_credential, description="Suspend a credential; the next status list says so.")
    async def suspend_credential(
        self, info: Info, input: SuspendCredentialInput
    ) -> Outcome[IssuedCredential]:
        """Suspend a credential."""
        return await _change(info, input, CredentialState.SUSPENDED)

    @mutation(issued_credential, description="Let a suspended credential hold again.")
    async def resume_credential(self, info: Info, input: ResumeCredentialInput) -> Outcome[IssuedCredential]:
        """Resume a credential."""
        return await _change(info, input, CredentialState.VALID)
