"""Reviews of links as clients see them."""

from datetime import date, datetime

import strawberry

from domain.linking import ReviewReason, ReviewState
from domain.protection import SealedMask
from graph.reads.linking import LinkReviewRow, LinkSide
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.masks import mask_field
from graphql_api.regions import RegionNode, load_region

LINK_REVIEW = "LinkReview"


@strawberry.type(name="LinkSide", description="One of two that may be one person; everything is masked.")
class LinkSideNode:
    """What is shown of one side."""

    name: str | None
    id_number: str | None = mask_field()
    birth_year: int | None
    telephone: str | None
    mask: strawberry.Private[SealedMask | None]
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where it places them, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)


@strawberry.type(description="How one field of the two compares.")
class LinkEvidence:
    """Levels, never values."""

    field: str
    level: str = strawberry.field(
        description="equal, writing, one_slip, alike, within, masked, differs or unknown."
    )


@strawberry.type(name=LINK_REVIEW, description="A row of a department and a person who may be meant.")
class LinkReviewNode(Node):
    """Waits for a person; a veto and a separation wait for two."""

    reason: ReviewReason
    state: ReviewState
    probability: float | None
    evidence: list[LinkEvidence]
    department: str
    event: str
    number: str = strawberry.field(description="The row's own number in its list.")
    row: LinkSideNode
    person: LinkSideNode
    unregistered: bool = strawberry.field(description="Whether lists alone know the person.")
    opened_at: datetime
    due_on: date
    note: str | None
    first_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")


def _side(side: LinkSide) -> LinkSideNode:
    return LinkSideNode(
        name=side.name,
        mask=side.id_number,
        birth_year=side.birth_year,
        telephone=side.telephone,
        region_key=side.region_id,
    )


def link_review(row: LinkReviewRow) -> LinkReviewNode:
    """Give a review as clients see it."""
    return LinkReviewNode(
        id=encode_id(LINK_REVIEW, row.id),
        reason=row.reason,
        state=row.state,
        probability=row.probability,
        evidence=[LinkEvidence(field=name, level=level) for name, level in row.evidence.items()],
        department=row.department,
        event=row.event,
        number=row.number,
        row=_side(row.row),
        person=_side(row.person),
        unregistered=row.unregistered,
        opened_at=row.opened_at,
        due_on=row.due_on,
        note=row.note,
        first_by=row.first_by,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )


async def load_link_review(info: Info, key: str | None) -> LinkReviewNode | None:
    """Give the review of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.link_reviews, key, link_review)
