"""Pairs that wait for a person, and what was decided of a volunteer's records."""

from functools import partial

import strawberry

from domain.linking import ReviewState
from graph.persons.decisions import page_of_person_decisions
from graph.persons.proposals import page_of_person_proposals
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.persons.types import (
    PersonDecisionNode,
    PersonProposalNode,
    person_decision,
    person_proposal,
)
from graphql_api.volunteers.types import VOLUNTEER


@strawberry.type
class PersonQueries:
    """Pairs and decisions."""

    @strawberry.field(
        description="Records of volunteers that may be one person's, the earliest due first; for desk and office."
    )
    async def person_proposals(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[ReviewState] | None = None,
    ) -> Connection[PersonProposalNode]:
        """Give a page of pairs."""
        return await paged(
            info, first, after, partial(page_of_person_proposals, states=states or ()), person_proposal
        )

    @strawberry.field(
        description="What was decided on who is who, newest first: of one volunteer or of all; for desk and office."
    )
    async def person_decisions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        volunteer_id: strawberry.ID | None = None,
    ) -> Connection[PersonDecisionNode]:
        """Give a page of decisions."""
        key = None if volunteer_id is None else key_of(volunteer_id, VOLUNTEER, "volunteerId")
        return await paged(
            info, first, after, partial(page_of_person_decisions, volunteer_id=key), person_decision
        )
