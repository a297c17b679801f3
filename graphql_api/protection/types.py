"""Consent, readings and requests as clients see them."""

from datetime import datetime

import strawberry

from domain.people import VolunteerStatus
from domain.protection import (
    ConsentBasis,
    ConsentChannel,
    ConsentingParty,
    ConsentKind,
    DataRequestKind,
    DataRequestState,
    SealedMask,
    Standing,
    UnmaskPurpose,
)
from graph.protection.consents import ConsentRow
from graph.protection.readings import ReadingRow
from graph.protection.requests import DataRequestRow
from graphql_api.ids import encode_id
from graphql_api.masks import mask_field
from graphql_api.volunteers.types import VOLUNTEER
from workflows.protection.consents import ConsentText
from workflows.protection.numbers import Unmasked
from workflows.protection.registration import RegistrationAnswer, StandingRow
from workflows.protection.requests import PersonFile

CONSENT = "ConsentAct"
READING = "IdentityReading"
ENQUIRY = "RegistrationEnquiry"
DATA_REQUEST = "DataRequest"


@strawberry.type(name="ConsentText", description="The words of a consent in force.")
class ConsentTextNode:
    """What one agrees to; ``id`` is what a client sends back."""

    id: strawberry.ID
    kind: ConsentKind
    words: str
    digest: str = strawberry.field(description="SHA-256 of the words.")


@strawberry.type(name=CONSENT, description="An act of consent, or its withdrawal.")
class ConsentNode:
    """Who agreed to what, when and how."""

    id: strawberry.ID
    kind: ConsentKind
    text_id: strawberry.ID
    text_digest: str
    locale: str
    channel: ConsentChannel
    given_by: ConsentingParty
    giver_name: str | None
    relation: str | None
    at: datetime


@strawberry.type(name=READING, description="Somebody saw a full identity number.")
class ReadingNode:
    """For what, and when; who it was stands in the audit chain."""

    id: strawberry.ID
    purpose: UnmaskPurpose
    reason: str | None
    at: datetime


@strawberry.type(
    name="ConsentRecord", description="On what a volunteer's record rests, and who saw their number."
)
class ConsentRecordNode:
    """A volunteer's acts and the readings of their number."""

    basis: ConsentBasis | None
    source: str | None = strawberry.field(description="The import that vouches for them, if one does.")
    id_number_mask: str | None = mask_field()
    acts: list[ConsentNode]
    readings: list[ReadingNode]
    mask: strawberry.Private[SealedMask | None]


@strawberry.type(name="UnmaskedIdentity", description="A full identity number, shown once.")
class UnmaskedNode:
    """The number and the record of its reading."""

    id_number: str
    reading_id: strawberry.ID


@strawberry.type(name="RegistryStanding", description="As what somebody stands in the registry.")
class StandingNode:
    """One standing."""

    standing: Standing
    status: VolunteerStatus | None
    since: datetime
    volunteer_id: strawberry.ID | None
    id_number_mask: str | None = mask_field()
    source: str | None
    mask: strawberry.Private[SealedMask | None]


@strawberry.type(
    name="RegistrationAnswer", description="Whether and as what somebody stands in the registry."
)
class RegistrationNode:
    """Empty standings mean that the registry knows nobody of that name and number."""

    id: strawberry.ID
    code: str = strawberry.field(description="For the person's slip; told once.")
    expires_at: datetime
    standings: list[StandingNode]


@strawberry.type(name=DATA_REQUEST, description="What somebody asks of the data about them.")
class DataRequestNode:
    """Who it is about, and where it stands."""

    id: strawberry.ID
    volunteer_id: strawberry.ID
    kind: DataRequestKind
    state: DataRequestState
    channel: ConsentChannel
    asked_at: datetime
    decided_at: datetime | None
    reason: str | None
    done_at: datetime | None
    digest: str | None
    version: int


@strawberry.type(name="PersonFile", description="Everything that is kept of one person; given once.")
class PersonFileNode:
    """For programs and for people."""

    machine: str = strawberry.field(description="JSON, format zhulian-person-1.")
    readable: str
    digest: str = strawberry.field(description="SHA-256 of the JSON.")
    request: DataRequestNode


def consent_text_node(row: ConsentText) -> ConsentTextNode:
    """Give a text as clients see it."""
    return ConsentTextNode(id=strawberry.ID(row.id), kind=row.kind, words=row.words, digest=row.digest)


def consent(row: ConsentRow) -> ConsentNode:
    """Give an act as clients see it."""
    return ConsentNode(
        id=encode_id(CONSENT, row.id),
        kind=row.kind,
        text_id=strawberry.ID(row.text_id),
        text_digest=row.text_digest,
        locale=row.locale,
        channel=row.channel,
        given_by=row.given_by,
        giver_name=row.giver_name,
        relation=row.relation,
        at=row.at,
    )


def reading(row: ReadingRow) -> ReadingNode:
    """Give a reading as clients see it."""
    return ReadingNode(id=encode_id(READING, row.id), purpose=row.purpose, reason=row.reason, at=row.at)


def unmasked(row: Unmasked) -> UnmaskedNode:
    """Give a number to who asked for it."""
    return UnmaskedNode(id_number=row.id_number, reading_id=encode_id(READING, row.reading_id))


def _standing(row: StandingRow) -> StandingNode:
    return StandingNode(
        standing=row.standing,
        status=row.status,
        since=row.since,
        volunteer_id=None if row.volunteer_id is None else encode_id(VOLUNTEER, row.volunteer_id),
        mask=row.id_number_mask,
        source=row.source_id,
    )


def registration(row: RegistrationAnswer) -> RegistrationNode:
    """Give the answer to an enquiry."""
    return RegistrationNode(
        id=encode_id(ENQUIRY, row.enquiry_id),
        code=row.code,
        expires_at=row.expires_at,
        standings=[_standing(each) for each in row.standings],
    )


def data_request(row: DataRequestRow) -> DataRequestNode:
    """Give a request as clients see it."""
    return DataRequestNode(
        id=encode_id(DATA_REQUEST, row.id),
        volunteer_id=encode_id(VOLUNTEER, row.volunteer_id),
        kind=row.kind,
        state=row.state,
        channel=row.channel,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        reason=row.reason,
        done_at=row.done_at,
        digest=row.digest,
        version=row.version,
    )


def person_file(row: PersonFile) -> PersonFileNode:
    """Give the copy of everything about one person."""
    return PersonFileNode(
        machine=row.machine, readable=row.readable, digest=row.digest, request=data_request(row.request)
    )
