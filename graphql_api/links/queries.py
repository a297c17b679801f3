"""Pairs that wait for a person."""

from functools import partial

import strawberry

from domain.linking import ReviewState
from graph.reads.linking import page_of_link_reviews
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.links.types import LinkReviewNode, link_review


@strawberry.type
class LinkQueries:
    """Reviews of links."""

    @strawberry.field(
        description="Pairs that wait for a person, the earliest due first; for the desk and the office."
    )
    async def link_reviews(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[ReviewState] | None = None,
    ) -> Connection[LinkReviewNode]:
        """Give a page of reviews."""
        return await paged(
            info, first, after, partial(page_of_link_reviews, states=states or ()), link_review
        )
