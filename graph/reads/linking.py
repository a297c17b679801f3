"""Links that wait for a person: both sides masked, the evidence field by field, the earliest due first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from domain.actors import Actor
from domain.linking import ReviewReason, ReviewState
from graph.columns import flag, real_or_none, text, text_or_none
from graph.masks import StoredMask, mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page
from graph.reads.reviews import COLUMNS, IN_ORDER, NEXT_PAGE, Review, ReviewList, shared_fields
from graph.scope import IN_SCOPE

LIST_NAME = "link reviews"

_SEEN: LiteralString = (
    "MATCH (n:LinkReview) WHERE $sees_any AND n.kind = 'PERSON' AND " + IN_SCOPE + " AND n.state IN $states"
)
_SIDES: LiteralString = (
    "MATCH (r:DepartmentRecord {id: n.row_id}) OPTIONAL MATCH (p:Resident {id: n.person_id})"
    + COLUMNS
    + """
  n.row_id AS row_id, n.person_id AS person_id, n.probability AS probability, n.first_by AS first_by,
  r.department AS department, r.event AS event, r.number AS number, r.name AS row_name,
  r.id_number_mask AS row_mask, coalesce(r.birth_date, r.birth_stated) AS row_birth, r.phone_mask AS row_phone,
  r.region_id AS row_region, p.name AS person_name, p.id_number_mask AS person_mask, p.birth_date AS person_birth,
  p.phone_mask AS person_phone, p.region_id AS person_region, p.unregistered AS unregistered
"""
)
_PAGE = Statement(_SEEN + NEXT_PAGE + _SIDES + IN_ORDER, Access.READ)
_COUNT = Statement(_SEEN + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:LinkReview {id: wanted}) WHERE $sees_any AND n.kind = 'PERSON' AND "
    + IN_SCOPE
    + _SIDES,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSide:
    """One of the two, masked: a name's ends, a number's ends, the year of birth alone."""

    name: str | None
    id_number: StoredMask | None
    birth_year: int | None
    telephone: str | None
    region_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReviewRow(Review):
    """A pair and why it waits; ``evidence`` says for each field how the two compare."""

    row_id: str
    person_id: str
    reason: ReviewReason
    probability: float | None
    first_by: str | None
    department: str
    event: str
    number: str
    row: LinkSide
    person: LinkSide
    unregistered: bool


def _side(record: Record, side: str) -> LinkSide:
    name, born = text_or_none(record, f"{side}_name"), record[f"{side}_birth"]
    return LinkSide(
        name=None if name is None else masked_name(name),
        id_number=mask_or_none(record, f"{side}_mask"),
        birth_year=born.year if isinstance(born, date) else None,
        telephone=text_or_none(record, f"{side}_phone"),
        region_id=text_or_none(record, f"{side}_region"),
    )


def _review(record: Record) -> LinkReviewRow:
    return LinkReviewRow(
        **shared_fields(record),
        row_id=text(record, "row_id"),
        person_id=text(record, "person_id"),
        reason=ReviewReason(text(record, "reason")),
        probability=real_or_none(record, "probability"),
        first_by=text_or_none(record, "first_by"),
        department=text(record, "department"),
        event=text(record, "event"),
        number=text(record, "number"),
        row=_side(record, "row"),
        person=_side(record, "person"),
        unregistered=record["unregistered"] is not None and flag(record, "unregistered"),
    )


_LIST = ReviewList(name=LIST_NAME, kind="link_review", rows=_PAGE, count=_COUNT, by_key=_BY_IDS, row=_review)


async def page_of_link_reviews(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[ReviewState] = (),
) -> Page[LinkReviewRow]:
    """Give a page of reviews, the earliest due first; without ``states`` those that wait. Desk and office see any."""
    return await _LIST.page(tx, actor, first=first, after=after, with_total=with_total, states=states)


async def link_reviews_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, LinkReviewRow]:
    """Give reviews by id, those that the actor may see."""
    return await _LIST.by_ids(tx, actor, ids)


async def link_review_by_id(tx: ReadTransaction, actor: Actor, review_id: str) -> LinkReviewRow:
    """
    Give one review.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    return await _LIST.by_id(tx, actor, review_id)
