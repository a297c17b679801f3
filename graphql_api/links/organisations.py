"""Organisations that may be one under several names: what waits, what people decide, and what is taken back."""

from datetime import date, datetime
from functools import partial

import strawberry

from domain.linking import LinkVerdict, OrganisationReason, ReviewState
from graph.reads.organisation_reviews import (
    OrganisationReviewRow,
    OrganisationSide,
    page_of_organisation_reviews,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, Node, loaded, paged
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.links.types import LinkEvidence
from graphql_api.payloads import mutation
from graphql_api.regions import RegionNode, load_region
from workflows.linking.organisations import decide_organisations, reopen_organisations
from workflows.workspace import Outcome

ORGANISATION_REVIEW = "OrganisationReview"


@strawberry.type(name="OrganisationSide", description="One of two organisations that may be one.")
class OrganisationSideNode:
    """What is shown of one side."""

    organisation_id: strawberry.ID
    name: str
    credit_code: str | None
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where it is, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)


@strawberry.type(name=ORGANISATION_REVIEW, description="Two organisations that may be one.")
class OrganisationReviewNode(Node):
    """Waits for a person, whatever the names are, unless credit code and name are equal."""

    reason: OrganisationReason
    state: ReviewState
    evidence: list[LinkEvidence]
    kept: OrganisationSideNode = strawberry.field(description="The one that both go by if they are one.")
    other: OrganisationSideNode
    opened_at: datetime
    due_on: date
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")


def _side(side: OrganisationSide) -> OrganisationSideNode:
    return OrganisationSideNode(
        organisation_id=strawberry.ID(encode_id("Organisation", side.id)),
        name=side.name,
        credit_code=side.credit_code,
        region_key=side.region_id,
    )


def organisation_review(row: OrganisationReviewRow) -> OrganisationReviewNode:
    """Give a review as clients see it."""
    return OrganisationReviewNode(
        id=encode_id(ORGANISATION_REVIEW, row.id),
        reason=row.reason,
        state=row.state,
        evidence=[LinkEvidence(field=name, level=level) for name, level in row.evidence.items()],
        kept=_side(row.kept),
        other=_side(row.other),
        opened_at=row.opened_at,
        due_on=row.due_on,
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )


async def load_organisation_review(info: Info, key: str | None) -> OrganisationReviewNode | None:
    """Give the review of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.organisation_reviews, key, organisation_review)


@strawberry.type
class OrganisationReviewQueries:
    """Reviews of organisations."""

    @strawberry.field(
        description="Organisations that may be one, the earliest due first; for the desk and the office."
    )
    async def organisation_reviews(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[ReviewState] | None = None,
    ) -> Connection[OrganisationReviewNode]:
        """Give a page of reviews."""
        return await paged(
            info,
            first,
            after,
            partial(page_of_organisation_reviews, states=states or ()),
            organisation_review,
        )


@strawberry.input(description="Says whether the two of a review are one organisation.")
class DecideOrganisationInput:
    """Which review, as read, what is said and on what ground."""

    review_id: strawberry.ID
    expected_version: int
    verdict: LinkVerdict
    note: str
    idempotency_key: str


@strawberry.input(description="Takes back what was said of two organisations.")
class ReopenOrganisationInput:
    """Which review, as read, and why."""

    review_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.type
class OrganisationReviewMutations:
    """Deciding on pairs of organisations."""

    @mutation(
        organisation_review,
        description="Say whether two organisations are one; imports then take either name for the one kept.",
    )
    async def decide_organisation(
        self, info: Info, input: DecideOrganisationInput
    ) -> Outcome[OrganisationReviewRow]:
        """Decide a pair."""
        return await decide_organisations(
            info.context.workspace,
            info.context.actor,
            key_of(input.review_id, ORGANISATION_REVIEW, "reviewId"),
            expected_version=input.expected_version,
            verdict=input.verdict,
            note=input.note,
            idempotency_key=input.idempotency_key,
        )

    @mutation(organisation_review, description="Take back what was said of two: the question is open again.")
    async def reopen_organisation(
        self, info: Info, input: ReopenOrganisationInput
    ) -> Outcome[OrganisationReviewRow]:
        """Open a pair again."""
        return await reopen_organisations(
            info.context.workspace,
            info.context.actor,
            key_of(input.review_id, ORGANISATION_REVIEW, "reviewId"),
            expected_version=input.expected_version,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )
