"""Organisations that may be one under several names, the earliest due first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor
from domain.linking import OrganisationReason, ReviewState
from graph.columns import text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page
from graph.reads.reviews import COLUMNS, IN_ORDER, NEXT_PAGE, Review, ReviewList, shared_fields
from graph.scope import IN_SCOPE

LIST_NAME = "organisation reviews"

_SEEN: LiteralString = " WHERE $sees_any AND n.kind = 'ORGANISATION' AND " + IN_SCOPE
_IN_STATES: LiteralString = "MATCH (n:LinkReview)" + _SEEN + " AND n.state IN $states"
_SIDES: LiteralString = (
    "MATCH (a:Organisation {id: n.row_id}) MATCH (b:Organisation {id: n.person_id})"
    + COLUMNS
    + """
  a.id AS kept_id, a.name AS kept_name, a.credit_code AS kept_code, a.region_id AS kept_region,
  b.id AS other_id, b.name AS other_name, b.credit_code AS other_code, b.region_id AS other_region
"""
)
_PAGE = Statement(_IN_STATES + NEXT_PAGE + _SIDES + IN_ORDER, Access.READ)
_COUNT = Statement(_IN_STATES + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement("UNWIND $ids AS wanted MATCH (n:LinkReview {id: wanted})" + _SEEN + _SIDES, Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSide:
    """One of the two."""

    id: str
    name: str
    credit_code: str | None
    region_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationReviewRow(Review):
    """Two organisations and why they may be one; ``kept`` is the one that both go by if they are."""

    reason: OrganisationReason
    kept: OrganisationSide
    other: OrganisationSide


def _side(record: Record, side: str) -> OrganisationSide:
    return OrganisationSide(
        id=text(record, f"{side}_id"),
        name=text(record, f"{side}_name"),
        credit_code=text_or_none(record, f"{side}_code"),
        region_id=text_or_none(record, f"{side}_region"),
    )


def _review(record: Record) -> OrganisationReviewRow:
    return OrganisationReviewRow(
        **shared_fields(record),
        reason=OrganisationReason(text(record, "reason")),
        kept=_side(record, "kept"),
        other=_side(record, "other"),
    )


_LIST = ReviewList(name=LIST_NAME, kind="link_review", rows=_PAGE, count=_COUNT, by_key=_BY_IDS, row=_review)


async def page_of_organisation_reviews(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[ReviewState] = (),
) -> Page[OrganisationReviewRow]:
    """Give a page of reviews, the earliest due first; without ``states`` those that wait. Desk and office see any."""
    return await _LIST.page(tx, actor, first=first, after=after, with_total=with_total, states=states)


async def organisation_reviews_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, OrganisationReviewRow]:
    """Give reviews by id, those that the actor may see."""
    return await _LIST.by_ids(tx, actor, ids)


async def organisation_review_by_id(
    tx: ReadTransaction, actor: Actor, review_id: str
) -> OrganisationReviewRow:
    """
    Give one review.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    return await _LIST.by_id(tx, actor, review_id)
