"""Acts of consent, unmasking, enquiries, copies and deletion."""

import strawberry

from domain.protection import ConsentChannel, ConsentKind, DataRequestKind, UnmaskPurpose
from graph.protection.consents import ConsentRow
from graph.protection.requests import DataRequestRow
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.protection.types import (
    DATA_REQUEST,
    consent,
    data_request,
    person_file,
    registration,
    unmasked,
)
from graphql_api.volunteers.types import VOLUNTEER
from workflows.protection.consents import ConsentGiven, record_consent, withdraw_consent
from workflows.protection.numbers import Unmasked, unmask
from workflows.protection.registration import RegistrationAnswer, ask_registration
from workflows.protection.requests import PersonFile, ask_for_data, decide_data_request, export_person
from workflows.workspace import Outcome


@strawberry.input(description="Takes down that a volunteer or a guardian agrees.")
class RecordConsentInput:
    """Whose act, to which text, and how."""

    volunteer_id: strawberry.ID
    kind: ConsentKind
    consent_text_id: strawberry.ID
    channel: ConsentChannel = ConsentChannel.ACCOUNT
    giver_name: str | None = None
    relation: str | None = None


@strawberry.input(description="Takes consent back.")
class WithdrawConsentInput:
    """Whose, by which text, and how."""

    volunteer_id: strawberry.ID
    consent_text_id: strawberry.ID
    channel: ConsentChannel = ConsentChannel.ACCOUNT
    by_guardian: bool = False


@strawberry.input(description="Asks for a full identity number.")
class UnmaskIdentityInput:
    """Whose, for what, and in which words why."""

    volunteer_id: strawberry.ID
    purpose: UnmaskPurpose
    reason: str
    order_number: str | None = None


@strawberry.input(description="Asks how somebody who showed their document stands in the registry.")
class AskRegistrationInput:
    """Name and number as on the document."""

    name: str
    id_number: str
    document_seen: bool


@strawberry.input(description="Asks for a copy of what is kept of a volunteer, or for its deletion.")
class AskForDataInput:
    """About whom, and what."""

    volunteer_id: strawberry.ID
    kind: DataRequestKind
    channel: ConsentChannel = ConsentChannel.ACCOUNT
    idempotency_key: str


@strawberry.input(description="Decides on a request about data.")
class DecideDataRequestInput:
    """Which, as read, and what was decided."""

    request_id: strawberry.ID
    expected_version: int
    allow: bool
    reason: str | None = None


@strawberry.input(description="Gives the copy that was allowed.")
class ExportPersonInput:
    """By which request."""

    request_id: strawberry.ID


@strawberry.type
class ProtectionMutations:
    """Acts of consent, unmasking, enquiries, copies and deletion."""

    @mutation(consent, description="Take down that a volunteer of a list, or a guardian, agrees.")
    async def record_consent(self, info: Info, input: RecordConsentInput) -> ConsentRow:
        """Record a consent."""
        given = ConsentGiven(
            text_id=input.consent_text_id,
            locale=info.context.locale,
            channel=input.channel,
            giver_name=input.giver_name,
            relation=input.relation,
        )
        volunteer_id = key_of(input.volunteer_id, VOLUNTEER, "volunteerId")
        context = info.context
        return await record_consent(
            context.workspace, context.actor, volunteer_id, kind=input.kind, given=given
        )

    @mutation(consent, description="Take consent back: nothing is offered any more.")
    async def withdraw_consent(self, info: Info, input: WithdrawConsentInput) -> ConsentRow:
        """Withdraw a consent."""
        context = info.context
        given = ConsentGiven(text_id=input.consent_text_id, locale=context.locale, channel=input.channel)
        return await withdraw_consent(
            context.workspace,
            context.actor,
            key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
            given=given,
            by_guardian=input.by_guardian,
        )

    @mutation(
        unmasked, description="See a full identity number once; the audit chain says who, whose, for what."
    )
    async def unmask_identity(self, info: Info, input: UnmaskIdentityInput) -> Unmasked:
        """Unmask a number."""
        context = info.context
        return await unmask(
            context.workspace,
            context.actor,
            key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
            purpose=input.purpose,
            reason=input.reason,
            order_number=input.order_number,
        )

    @mutation(
        registration, description="Learn at the desk whether and as what somebody stands in the registry."
    )
    async def ask_registration(self, info: Info, input: AskRegistrationInput) -> RegistrationAnswer:
        """Ask how somebody stands."""
        context = info.context
        return await ask_registration(
            context.workspace,
            context.actor,
            name=input.name,
            id_number=input.id_number,
            document_seen=input.document_seen,
        )

    @mutation(data_request, description="Ask for a copy of what is kept of a volunteer, or for its deletion.")
    async def ask_for_data(self, info: Info, input: AskForDataInput) -> Outcome[DataRequestRow]:
        """Ask for data."""
        context = info.context
        return await ask_for_data(
            context.workspace,
            context.actor,
            key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
            kind=input.kind,
            channel=input.channel,
            idempotency_key=input.idempotency_key,
        )

    @mutation(data_request, description="Allow or refuse a request about data; deletion is done with it.")
    async def decide_data_request(self, info: Info, input: DecideDataRequestInput) -> DataRequestRow:
        """Decide on a request."""
        context = info.context
        return await decide_data_request(
            context.workspace,
            context.actor,
            key_of(input.request_id, DATA_REQUEST, "requestId"),
            allow=input.allow,
            reason=input.reason,
            expected_version=input.expected_version,
        )

    @mutation(person_file, description="Get the copy of everything about one person, once.")
    async def export_person(self, info: Info, input: ExportPersonInput) -> PersonFile:
        """Give the copy."""
        context = info.context
        return await export_person(
            context.workspace,
            context.actor,
            key_of(input.request_id, DATA_REQUEST, "requestId"),
            locale=context.locale,
        )
