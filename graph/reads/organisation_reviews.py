"""Organisations that may be one under several names, the earliest due first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.linking import OrganisationReason, ReviewState
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page
from graph.reads.reviews import ReviewList, sees
from graph.scope import IN_SCOPE, listed

LIST_NAME = "organisation reviews"

_SEEN: LiteralString = " WHERE $sees_any AND n.kind = 'ORGANISATION' AND " + IN_SCOPE
_IN_STATES: LiteralString = "MATCH (n:LinkReview)" + _SEEN + " AND n.state IN $states"
_SIDES: LiteralString = """
MATCH (a:Organisation {id: n.row_id}) MATCH (b:Organisation {id: n.person_id})
RETURN n.id AS id, n.reason AS reason, n.state AS state, n.evidence AS evidence, n.opened_at AS opened_at,
  n.due_on AS due_on, n.note AS note, n.decided_by AS decided_by, n.decided_at AS decided_at, n.version AS version,
  a.id AS kept_id, a.name AS kept_name, a.credit_code AS kept_code, a.region_id AS kept_region,
  b.id AS other_id, b.name AS other_name, b.credit_code AS other_code, b.region_id AS other_region
"""
_PAGE = Statement(
    _IN_STATES
    + " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    + " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
    + _SIDES
    + "ORDER BY due_on, id",
    Access.READ,
)
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
class OrganisationReviewRow:
    """Two organisations and why they may be one; ``kept`` is the one that both go by if they are."""

    id: str
    reason: OrganisationReason
    state: ReviewState
    evidence: dict[str, str]
    kept: OrganisationSide
    other: OrganisationSide
    opened_at: datetime
    due_on: date
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int


def _side(record: Record, side: str) -> OrganisationSide:
    return OrganisationSide(
        id=text(record, f"{side}_id"),
        name=text(record, f"{side}_name"),
        credit_code=text_or_none(record, f"{side}_code"),
        region_id=text_or_none(record, f"{side}_region"),
    )


def _review(record: Record) -> OrganisationReviewRow:
    return OrganisationReviewRow(
        id=text(record, "id"),
        reason=OrganisationReason(text(record, "reason")),
        state=ReviewState(text(record, "state")),
        evidence=cast("dict[str, str]", json.loads(text_or_none(record, "evidence") or "{}")),
        kept=_side(record, "kept"),
        other=_side(record, "other"),
        opened_at=moment(record, "opened_at"),
        due_on=day(record, "due_on"),
        note=text_or_none(record, "note"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        version=integer(record, "version"),
    )


_LIST = ReviewList(name=LIST_NAME, rows=_PAGE, count=_COUNT, row=_review)


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
    records = await tx.run(_BY_IDS, ids=listed(list(ids)), **sees(actor))
    return {row.id: row for row in map(_review, records)}


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
    found = await organisation_reviews_by_ids(tx, actor, [review_id])
    if review_id not in found:
        raise NotFoundError("no such review", kind="link_review", id=review_id)
    return found[review_id]
