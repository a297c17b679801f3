"""Saying who is who, and taking it back."""

import strawberry

from domain.linking import LinkVerdict
from graph.persons.proposals import PersonProposalRow
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.persons.types import PERSON_DECISION, PERSON_PROPOSAL, decided_pair, person_proposal
from graphql_api.volunteers.types import VOLUNTEER
from workflows.persons.deciding import Decided, ask_to_part, decide_pair
from workflows.persons.proposing import propose_pair
from workflows.workspace import Outcome


@strawberry.input(description="Says that two records may be one person's.")
class ProposePersonInput:
    """Which two, and why."""

    volunteer_id: strawberry.ID
    other_id: strawberry.ID
    reason: str
    idempotency_key: str


@strawberry.input(description="Says whether two records are one person's, or a merge was wrong.")
class DecidePersonInput:
    """Which pair, as read, what is said and on what ground."""

    proposal_id: strawberry.ID
    expected_version: int
    verdict: LinkVerdict
    note: str
    idempotency_key: str


@strawberry.input(description="Asks to take a merge back.")
class PartPersonInput:
    """Which merge, and why."""

    decision_id: strawberry.ID
    reason: str
    idempotency_key: str


@strawberry.type
class PersonMutations:
    """Pairs, decisions, and merges taken back."""

    @mutation(
        person_proposal,
        description="Say that two records of volunteers may be one person's; another person decides.",
    )
    async def propose_person(self, info: Info, input: ProposePersonInput) -> Outcome[PersonProposalRow]:
        """Name a pair."""
        return await propose_pair(
            info.context.workspace,
            info.context.actor,
            key_of(input.volunteer_id, VOLUNTEER, "volunteerId"),
            key_of(input.other_id, VOLUNTEER, "otherId"),
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        decided_pair,
        description=(
            "Say whether two records are one person's; against differing numbers, and to take a merge back, two"
            " persons say yes. What followed stands in the decision."
        ),
    )
    async def decide_person(self, info: Info, input: DecidePersonInput) -> Outcome[Decided]:
        """Decide a pair."""
        return await decide_pair(
            info.context.workspace,
            info.context.actor,
            key_of(input.proposal_id, PERSON_PROPOSAL, "proposalId"),
            expected_version=input.expected_version,
            verdict=input.verdict,
            note=input.note,
            idempotency_key=input.idempotency_key,
        )

    @mutation(person_proposal, description="Ask to take a merge back; a second person decides.")
    async def part_person(self, info: Info, input: PartPersonInput) -> Outcome[PersonProposalRow]:
        """Ask to part two records."""
        return await ask_to_part(
            info.context.workspace,
            info.context.actor,
            key_of(input.decision_id, PERSON_DECISION, "decisionId"),
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )
