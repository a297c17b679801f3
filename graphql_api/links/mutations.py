"""What people decide of pairs, and links taken back."""

import strawberry

from domain.linking import LinkVerdict
from graph.reads.linking import LinkReviewRow
from graphql_api.context import Info
from graphql_api.households.types import DEPARTMENT_RECORD
from graphql_api.ids import key_of
from graphql_api.links.types import LINK_REVIEW, link_review
from graphql_api.payloads import mutation
from workflows.linking.deciding import decide_link, separate_link
from workflows.workspace import Outcome


@strawberry.input(description="Says whether the two of a review are one person.")
class DecideLinkInput:
    """Which review, as read, what is said and on what ground."""

    review_id: strawberry.ID
    expected_version: int
    verdict: LinkVerdict
    note: str
    idempotency_key: str


@strawberry.input(description="Says that a row is linked to the wrong person.")
class SeparateLinkInput:
    """Which row, and why."""

    record_id: strawberry.ID
    reason: str
    idempotency_key: str


@strawberry.type
class LinkMutations:
    """Deciding pairs and taking links back."""

    @mutation(
        link_review,
        description="Say whether two are one person; against a veto, and to take a link back, two persons say yes.",
    )
    async def decide_link(self, info: Info, input: DecideLinkInput) -> Outcome[LinkReviewRow]:
        """Decide a pair."""
        return await decide_link(
            info.context.workspace,
            info.context.actor,
            key_of(input.review_id, LINK_REVIEW, "reviewId"),
            expected_version=input.expected_version,
            verdict=input.verdict,
            note=input.note,
            idempotency_key=input.idempotency_key,
        )

    @mutation(link_review, description="Ask to take a wrong link back; a second person decides.")
    async def separate_link(self, info: Info, input: SeparateLinkInput) -> Outcome[LinkReviewRow]:
        """Ask to part a row from its person."""
        return await separate_link(
            info.context.workspace,
            info.context.actor,
            key_of(input.record_id, DEPARTMENT_RECORD, "recordId"),
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )
