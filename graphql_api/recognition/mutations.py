"""Asking for presentations, taking them, deciding on cases, and ending what was recognised."""

from datetime import datetime

import strawberry

from domain.recognition import RecognitionAppeal, RecognitionCase
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.recognition.types import (
    RECOGNITION_CASE,
    CaseNode,
    load_recognition_case,
    recognition,
    recognition_case,
)
from graphql_api.volunteers.types import VOLUNTEER
from identity.recognition.reasons import ClaimKind
from workflows.recognition.asking import AskedFor, PresentationRequest, open_request
from workflows.recognition.ending import withdraw_case
from workflows.recognition.recognising import Presented, Recognition, recognise
from workflows.recognition.reviewing import Choice, appeal, decide_appeal, review_case
from workflows.workspace import Outcome

strawberry.enum(AskedFor, name="PresentationPurpose", description="What a nonce is given out for.")


@strawberry.type(name="PresentationRequest", description="What a holder's proof has to name, byte by byte.")
class PresentationRequestNode:
    """Good once, until it ends."""

    nonce: str
    audience: str
    purpose: AskedFor
    expires_at: datetime


def _request(row: PresentationRequest) -> PresentationRequestNode:
    return PresentationRequestNode(
        nonce=row.nonce, audience=row.audience, purpose=row.purpose, expires_at=row.expires_at
    )


@strawberry.type(name="RaisedAppeal", description="An appeal that was raised, and its case.")
class RaisedAppealNode:
    """Somebody who had no part in the case decides."""

    raised_at: datetime
    case_key: strawberry.Private[str]

    @strawberry.field(description="The case.")
    async def case(self, info: Info) -> CaseNode | None:
        """Give the case."""
        return await load_recognition_case(info, self.case_key)


def _raised(row: RecognitionAppeal) -> RaisedAppealNode:
    return RaisedAppealNode(raised_at=row.raised_at, case_key=row.case_id)


@strawberry.input(description="Asks for a presentation, or for the proof of a key.")
class OpenPresentationRequestInput:
    """What for."""

    purpose: AskedFor
    idempotency_key: str


@strawberry.input(description="Brings what another region certified.")
class PresentCredentialInput:
    """The presentation, the nonce it answers, and whose record it is joined to."""

    presentation: str
    nonce: str
    volunteer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Null is the acting volunteer, or whoever the key is known to be."
    )
    idempotency_key: str


@strawberry.input(description="What a person decides of one claim.")
class RecognitionChoiceInput:
    """Kind, subject and grants name it, as its ruling does."""

    kind: ClaimKind
    subject: str
    grants: str | None = None
    accept: bool

    def read(self) -> Choice:
        """Give the workflow's choice."""
        return Choice(kind=self.kind.value, subject=self.subject, grants=self.grants, accept=self.accept)


@strawberry.input(description="Decides on claims that wait.")
class ReviewRecognitionInput:
    """Which case, as read, and what becomes of which claims; the others go on waiting."""

    case_id: strawberry.ID
    expected_version: int
    choices: list[RecognitionChoiceInput]
    reason: str
    idempotency_key: str


@strawberry.input(description="Asks for a person to look at a decision again.")
class AppealRecognitionInput:
    """Which case, and why."""

    case_id: strawberry.ID
    reason: str
    idempotency_key: str


@strawberry.input(description="Decides an open appeal.")
class DecideRecognitionAppealInput:
    """Refused claims that are accepted now uphold it; without any it is dismissed."""

    case_id: strawberry.ID
    expected_version: int
    choices: list[RecognitionChoiceInput]
    decision: str
    idempotency_key: str


@strawberry.input(description="Takes back all that a case led to.")
class EndRecognitionInput:
    """Which case, as read, and why."""

    case_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.type
class RecognitionMutations:
    """The life of a case."""

    @mutation(_request, description="Give a nonce for one presentation, or for one proof of a key.")
    async def open_presentation_request(
        self, info: Info, input: OpenPresentationRequestInput
    ) -> Outcome[PresentationRequest]:
        """Open a request."""
        context = info.context
        await context.trust.book()
        return await open_request(
            context.workspace,
            context.actor,
            context.trust.name,
            input.purpose,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        recognition,
        description="Bring what another region certified; accepted claims count at once, doubtful ones wait.",
    )
    async def present_credential(self, info: Info, input: PresentCredentialInput) -> Outcome[Recognition]:
        """Recognise a volunteer."""
        context = info.context
        whose = None if input.volunteer_id is None else key_of(input.volunteer_id, VOLUNTEER, "volunteerId")
        presented = Presented(presentation=input.presentation, nonce=input.nonce, volunteer_id=whose)
        return await recognise(
            context.workspace,
            context.actor,
            await context.trust.trusted(input.presentation),
            presented,
            idempotency_key=input.idempotency_key,
        )

    @mutation(recognition, description="Decide on claims that wait; whoever brought the case does not.")
    async def review_recognition(self, info: Info, input: ReviewRecognitionInput) -> Outcome[Recognition]:
        """Review a case."""
        return await review_case(
            info.context.workspace,
            info.context.actor,
            key_of(input.case_id, RECOGNITION_CASE, "caseId"),
            [choice.read() for choice in input.choices],
            reason=input.reason,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(_raised, description="Ask for a person to look again; the volunteer's own, once at a time.")
    async def appeal_recognition(
        self, info: Info, input: AppealRecognitionInput
    ) -> Outcome[RecognitionAppeal]:
        """Raise an appeal."""
        return await appeal(
            info.context.workspace,
            info.context.actor,
            key_of(input.case_id, RECOGNITION_CASE, "caseId"),
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(recognition, description="Decide an open appeal; whoever had a part in the case does not.")
    async def decide_recognition_appeal(
        self, info: Info, input: DecideRecognitionAppealInput
    ) -> Outcome[Recognition]:
        """Decide an appeal."""
        return await decide_appeal(
            info.context.workspace,
            info.context.actor,
            key_of(input.case_id, RECOGNITION_CASE, "caseId"),
            [choice.read() for choice in input.choices],
            decision=input.decision,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(recognition_case, description="Take back all that a case led to; minutes leave by entries.")
    async def end_recognition(self, info: Info, input: EndRecognitionInput) -> Outcome[RecognitionCase]:
        """End what was recognised."""
        return await withdraw_case(
            info.context.workspace,
            info.context.actor,
            key_of(input.case_id, RECOGNITION_CASE, "caseId"),
            reason=input.reason,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )
