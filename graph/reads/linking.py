"""Links that wait for a person: both sides masked, the evidence field by field, the earliest due first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.linking import ReviewReason, ReviewState
from graph.columns import day, flag, integer, moment, moment_or_none, real_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page
from graph.reads.reviews import ReviewList, sees
from graph.scope import IN_SCOPE, listed

LIST_NAME = "link reviews"

_SEEN: LiteralString = (
    "MATCH (n:LinkReview) WHERE $sees_any AND n.kind = 'PERSON' AND " + IN_SCOPE + " AND n.state IN $states"
)
_SIDES: LiteralString = """
MATCH (r:DepartmentRecord {id: n.row_id}) OPTIONAL MATCH (p:Resident {id: n.person_id})
RETURN n.id AS id, n.row_id AS row_id, n.person_id AS person_id, n.reason AS reason, n.state AS state,
  n.probability AS probability, n.evidence AS evidence, n.opened_at AS opened_at, n.due_on AS due_on,
  n.note AS note, n.first_by AS first_by, n.decided_by AS decided_by, n.decided_at AS decided_at,
  n.version AS version, r.department AS department, r.event AS event, r.number AS number, r.name AS row_name,
  r.id_number_mask AS row_mask, coalesce(r.birth_date, r.birth_stated) AS row_birth, r.phone_mask AS row_phone,
  r.region_id AS row_region, p.name AS person_name, p.id_number_mask AS person_mask, p.birth_date AS person_birth,
  p.phone_mask AS person_phone, p.region_id AS person_region, p.unregistered AS unregistered
"""
_PAGE = Statement(
    _SEEN
    + " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    + " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
    + _SIDES
    + "ORDER BY due_on, id",
    Access.READ,
)
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
    id_number: str | None
    birth_year: int | None
    telephone: str | None
    region_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReviewRow:
    """A pair and why it waits; ``evidence`` says for each field how the two compare."""

    id: str
    row_id: str
    person_id: str
    reason: ReviewReason
    state: ReviewState
    probability: float | None
    evidence: dict[str, str]
    opened_at: datetime
    due_on: date
    note: str | None
    first_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int
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
        id_number=text_or_none(record, f"{side}_mask"),
        birth_year=born.year if isinstance(born, date) else None,
        telephone=text_or_none(record, f"{side}_phone"),
        region_id=text_or_none(record, f"{side}_region"),
    )


def _review(record: Record) -> LinkReviewRow:
    return LinkReviewRow(
        id=text(record, "id"),
        row_id=text(record, "row_id"),
        person_id=text(record, "person_id"),
        reason=ReviewReason(text(record, "reason")),
        state=ReviewState(text(record, "state")),
        probability=real_or_none(record, "probability"),
        evidence=cast("dict[str, str]", json.loads(text_or_none(record, "evidence") or "{}")),
        opened_at=moment(record, "opened_at"),
        due_on=day(record, "due_on"),
        note=text_or_none(record, "note"),
        first_by=text_or_none(record, "first_by"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        version=integer(record, "version"),
        department=text(record, "department"),
        event=text(record, "event"),
        number=text(record, "number"),
        row=_side(record, "row"),
        person=_side(record, "person"),
        unregistered=record["unregistered"] is not None and flag(record, "unregistered"),
    )


_LIST = ReviewList(name=LIST_NAME, rows=_PAGE, count=_COUNT, row=_review)


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
    records = await tx.run(_BY_IDS, ids=listed(list(ids)), **sees(actor))
    return {row.id: row for row in map(_review, records)}


async def link_review_by_id(tx: ReadTransaction, actor: Actor, review_id: str) -> LinkReviewRow:
    """
    Give one review.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await link_reviews_by_ids(tx, actor, [review_id])
    if review_id not in found:
        raise NotFoundError("no such review", kind="link_review", id=review_id)
    return found[review_id]
