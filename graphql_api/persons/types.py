"""Pairs of volunteers' records, and decisions on them, as clients see them."""

from collections.abc import Mapping
from datetime import date, datetime

import strawberry

from domain.linking import ReviewState
from domain.persons import Followed, PersonDecisionKind, PersonReason
from domain.protection import SealedMask
from graph.persons.decisions import PersonDecisionRow
from graph.persons.proposals import PersonProposalRow, PersonSide
from graphql_api.certificates.types import CERTIFICATE
from graphql_api.claims.types import CLAIM
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.hours.types import HOURS
from graphql_api.ids import encode_id
from graphql_api.links.types import LinkEvidence
from graphql_api.masks import mask_field
from graphql_api.regions import RegionNode, load_region
from graphql_api.volunteers.types import VOLUNTEER, VolunteerNode, load_volunteer
from workflows.persons.deciding import Decided, history_entry

PERSON_PROPOSAL = "PersonProposal"
PERSON_DECISION = "PersonDecision"


@strawberry.type(name="PersonSide", description="One of two records that may be one person's; masked.")
class PersonSideNode:
    """What is shown of one record."""

    volunteer_id: strawberry.ID
    name: str | None
    id_number: str | None = mask_field()
    birth_year: int | None
    sex: str | None
    verified_minutes: int
    merged_into_id: strawberry.ID | None = strawberry.field(
        description="The record that stands for this one, if one does."
    )
    mask: strawberry.Private[SealedMask | None]
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where they belong, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)


@strawberry.type(description="How many rows of one kind went from one record to another.")
class RowsMoved:
    """A kind of row, and how many."""

    kind: str
    rows: int


@strawberry.type(
    description="What no longer stands beside something else of the same person, or is held back for it."
)
class Doubled:
    """The later of two, and the one that stands."""

    id: strawberry.ID
    because_of_id: strawberry.ID


@strawberry.type(name="Followed", description="What a decision brought with it, by rule.")
class FollowedNode:
    """All that a reviewer has to know of what followed."""

    moved: list[RowsMoved]
    hours_held_back: list[Doubled] = strawberry.field(
        description="Records of hours that are frozen: another half's record tells of that time."
    )
    hours_given_back: list[strawberry.ID]
    promises_doubled: list[Doubled] = strawberry.field(
        description="Claims that are at risk: the person keeps the earlier one. The desk looks for somebody else."
    )
    promises_restored: list[strawberry.ID]
    credentials_suspended: list[str] = strawberry.field(
        description="Issued while the two stood as one, and suspended on the status list."
    )
    certificates_to_check: list[strawberry.ID] = strawberry.field(
        description="Issued while the two stood as one: on paper, so a person looks."
    )


@strawberry.type(
    name=PERSON_DECISION, description="That two records are one person's, or are not; never edited."
)
class PersonDecisionNode(Node):
    """One decision, and what it brought with it."""

    number: int = strawberry.field(
        description="Place among all decisions: later ones stand over earlier ones."
    )
    kind: PersonDecisionKind
    reason: str
    first_by: str
    decided_by: str
    overrode: bool = strawberry.field(description="Whether it went against differing identity numbers.")
    at: datetime
    undoes_id: strawberry.ID | None = strawberry.field(description="The merge that it takes back.")
    followed: FollowedNode | None
    left_key: strawberry.Private[str]
    right_key: strawberry.Private[str]

    @strawberry.field(description="One of the two, if the reader may see them.")
    async def left(self, info: Info) -> VolunteerNode | None:
        """Give the one."""
        return await load_volunteer(info, self.left_key)

    @strawberry.field(description="The other, if the reader may see them.")
    async def right(self, info: Info) -> VolunteerNode | None:
        """Give the other."""
        return await load_volunteer(info, self.right_key)


@strawberry.type(name=PERSON_PROPOSAL, description="Two records of volunteers that may be one person's.")
class PersonProposalNode(Node):
    """Waits for a person; differing numbers and a separation wait for two."""

    reason: PersonReason
    state: ReviewState
    probability: float | None
    evidence: list[LinkEvidence]
    left: PersonSideNode
    right: PersonSideNode
    opened_by: str
    opened_at: datetime
    due_on: date
    note: str | None
    first_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    key: strawberry.Private[str]

    @strawberry.field(description="What was decided, once it was.")
    async def decision(self, info: Info) -> PersonDecisionNode | None:
        """Give the decision."""
        return await loaded(info.context.load.person_decisions, self.key, person_decision)


def _side(side: PersonSide) -> PersonSideNode:
    return PersonSideNode(
        volunteer_id=encode_id(VOLUNTEER, side.volunteer_id),
        name=side.name,
        mask=side.id_number,
        birth_year=side.birth_year,
        sex=side.sex,
        verified_minutes=side.verified_minutes,
        merged_into_id=None if side.merged_into is None else encode_id(VOLUNTEER, side.merged_into),
        region_key=side.region_id,
    )


def person_proposal(row: PersonProposalRow) -> PersonProposalNode:
    """Give a pair as clients see it."""
    return PersonProposalNode(
        id=encode_id(PERSON_PROPOSAL, row.id),
        reason=row.reason,
        state=row.state,
        probability=row.probability,
        evidence=[LinkEvidence(field=name, level=level) for name, level in row.evidence.items()],
        left=_side(row.left),
        right=_side(row.right),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        due_on=row.due_on,
        note=row.note,
        first_by=row.first_by,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
        key=row.id,
    )


def decided_pair(decided: Decided) -> PersonProposalNode:
    """Give a pair after somebody spoke."""
    return person_proposal(decided.proposal)


def _doubled(kind: str, pairs: Mapping[str, str]) -> list[Doubled]:
    return [
        Doubled(id=encode_id(kind, later), because_of_id=encode_id(kind, kept))
        for later, kept in sorted(pairs.items())
    ]


def _followed(followed: Followed) -> FollowedNode:
    return FollowedNode(
        moved=[RowsMoved(kind=kind, rows=rows) for kind, rows in followed.moved.items()],
        hours_held_back=_doubled(HOURS, followed.hours_held_back),
        hours_given_back=[encode_id(HOURS, each) for each in followed.hours_given_back],
        promises_doubled=_doubled(CLAIM, followed.promises_doubled),
        promises_restored=[encode_id(CLAIM, each) for each in followed.promises_restored],
        credentials_suspended=list(followed.credentials_suspended),
        certificates_to_check=[encode_id(CERTIFICATE, each) for each in followed.certificates_to_check],
    )


def person_decision(row: PersonDecisionRow) -> PersonDecisionNode:
    """Give a decision as clients see it."""
    decision, followed = history_entry(row)
    return PersonDecisionNode(
        id=encode_id(PERSON_DECISION, decision.id),
        number=decision.number,
        kind=decision.kind,
        reason=decision.reason,
        first_by=decision.first_by,
        decided_by=decision.decided_by,
        overrode=decision.overrode,
        at=decision.at,
        undoes_id=None if decision.undoes is None else encode_id(PERSON_DECISION, decision.undoes),
        followed=None if followed is None else _followed(followed),
        left_key=decision.left_id,
        right_key=decision.right_id,
    )


async def load_person_proposal(info: Info, key: str | None) -> PersonProposalNode | None:
    """Give the pair of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.person_proposals, key, person_proposal)
