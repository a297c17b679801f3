"""Pairs of records that may be one person's, as use cases write them and lists show them: both sides masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.linking import OPEN_REVIEWS, ReviewState
from domain.persons import PersonReason
from graph.columns import integer, real_or_none, text, text_or_none
from graph.frames import columns_of
from graph.masks import StoredMask, mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page
from graph.reads.reviews import COLUMNS, IN_ORDER, NEXT_PAGE, Review, ReviewList, sees, shared_fields
from graph.scope import IN_SCOPE, listed, scope_paths

LIST_NAME = "person proposals"
_COMPARED = (
    "id",
    "name",
    "id_number_hash",
    "id_number_mask",
    "birth_date",
    "sex",
    "region_id",
    "region_path",
)

_SEEN: LiteralString = "MATCH (n:PersonProposal) WHERE $sees_any AND " + IN_SCOPE
_SIDES: LiteralString = (
    "MATCH (l:Volunteer {id: n.left_id}) MATCH (r:Volunteer {id: n.right_id})"
    + COLUMNS
    + """
  n.left_id AS left_id, n.right_id AS right_id, n.probability AS probability, n.opened_by AS opened_by,
  n.first_by AS first_by, n.undoes AS undoes, n.region_path AS region_path,
  l.name AS left_name, l.id_number_mask AS left_mask, l.birth_date AS left_birth, l.sex AS left_sex,
  l.region_id AS left_region, l.merged_into AS left_merged, l.verified_minutes AS left_minutes,
  r.name AS right_name, r.id_number_mask AS right_mask, r.birth_date AS right_birth, r.sex AS right_sex,
  r.region_id AS right_region, r.merged_into AS right_merged, r.verified_minutes AS right_minutes
"""
)
_STATES: LiteralString = " AND n.state IN $states"
_PAGE = Statement(_SEEN + _STATES + NEXT_PAGE + _SIDES + IN_ORDER, Access.READ)
_COUNT = Statement(_SEEN + _STATES + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:PersonProposal {id: wanted}) WHERE $sees_any AND " + IN_SCOPE + _SIDES,
    Access.READ,
)
CREATE = Statement(
    """
    CREATE (:PersonProposal {id: $id, left_id: $left_id, right_id: $right_id, reason: $reason, state: $state,
      probability: $probability, evidence: $evidence, opened_by: $opened_by, opened_at: $opened_at,
      due_on: $due_on, note: $note, first_by: $first_by, undoes: $undoes, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
EXISTS = Statement(
    "UNWIND $ids AS wanted MATCH (n:PersonProposal {id: wanted}) RETURN n.id AS id", Access.READ
)
OPEN_OF = Statement(
    "MATCH (n:PersonProposal) WHERE n.state IN $states AND n.left_id = $left_id AND n.right_id = $right_id"
    " RETURN n.id AS id",
    Access.READ,
)
LOCK = Statement(
    "MATCH (n:PersonProposal {id: $id}) WHERE $sees_any AND " + IN_SCOPE + " SET n.version = n.version + 1"
    " RETURN n.version AS version",
    Access.WRITE,
)
SECOND = Statement(
    "MATCH (n:PersonProposal {id: $id}) SET n.state = 'SECONDED', n.first_by = $by, n.note = $note",
    Access.WRITE,
)
CLOSE = Statement(
    "MATCH (n:PersonProposal {id: $id}) SET n.state = $state, n.decided_by = $by, n.decided_at = $at,"
    " n.note = $note",
    Access.WRITE,
)
VOLUNTEERS = Statement(
    "MATCH (n:Volunteer) WHERE n.merged_into IS NULL AND n.status <> 'WITHDRAWN' AND " + IN_SCOPE + " RETURN"
    " n.id AS id, n.name AS name, n.id_number_hash AS id_number_hash, n.id_number_mask AS id_number_mask,"
    " n.birth_date AS birth_date, n.sex AS sex, n.region_id AS region_id, n.region_path AS region_path ORDER BY id",
    Access.READ,
)
PLACES = Statement(
    "MATCH (n:Volunteer) WHERE n.id IN $ids AND " + IN_SCOPE + " RETURN n.id AS id, n.name AS name,"
    " n.id_number_hash AS id_number_hash, n.id_number_mask AS id_number_mask, n.birth_date AS birth_date,"
    " n.sex AS sex, n.region_id AS region_id, n.region_path AS region_path ORDER BY id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSide:
    """One record of a pair, masked: the ends of a name and a number, the year of birth alone."""

    volunteer_id: str
    name: str | None
    id_number: StoredMask | None
    birth_year: int | None
    sex: str | None
    region_id: str | None
    verified_minutes: int
    merged_into: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonProposalRow(Review):
    """A pair and why it waits; ``evidence`` says for each field how the two compare, never what they hold."""

    reason: PersonReason
    probability: float | None
    left: PersonSide
    right: PersonSide
    opened_by: str
    first_by: str | None
    undoes: str | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """A pair that is to wait for a person."""

    id: str
    left_id: str
    right_id: str
    reason: PersonReason
    opened_by: str
    opened_at: datetime
    due_on: date
    region_path: str
    state: ReviewState = ReviewState.OPEN
    probability: float | None = None
    evidence: str = "{}"
    note: str | None = None
    first_by: str | None = None
    undoes: str | None = None


def _side(record: Record, side: str) -> PersonSide:
    name, born = text_or_none(record, f"{side}_name"), record[f"{side}_birth"]
    return PersonSide(
        volunteer_id=text(record, f"{side}_id"),
        name=None if name is None else masked_name(name),
        id_number=mask_or_none(record, f"{side}_mask"),
        birth_year=born.year if isinstance(born, date) else None,
        sex=text_or_none(record, f"{side}_sex"),
        region_id=text_or_none(record, f"{side}_region"),
        verified_minutes=integer(record, f"{side}_minutes"),
        merged_into=text_or_none(record, f"{side}_merged"),
    )


def _proposal(record: Record) -> PersonProposalRow:
    return PersonProposalRow(
        **shared_fields(record),
        reason=PersonReason(text(record, "reason")),
        probability=real_or_none(record, "probability"),
        left=_side(record, "left"),
        right=_side(record, "right"),
        opened_by=text(record, "opened_by"),
        first_by=text_or_none(record, "first_by"),
        undoes=text_or_none(record, "undoes"),
        region_path=text(record, "region_path"),
    )


_LIST = ReviewList(
    name=LIST_NAME, kind="person_proposal", rows=_PAGE, count=_COUNT, by_key=_BY_IDS, row=_proposal
)


async def page_of_person_proposals(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[ReviewState] = (),
) -> Page[PersonProposalRow]:
    """Give a page of pairs, the earliest due first; without ``states`` those that wait. Desk and office see any."""
    return await _LIST.page(tx, actor, first=first, after=after, with_total=with_total, states=states)


async def person_proposals_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, PersonProposalRow]:
    """Give pairs by id, those that the actor may see."""
    return await _LIST.by_ids(tx, actor, ids)


async def person_proposal_by_id(tx: ReadTransaction, actor: Actor, proposal_id: str) -> PersonProposalRow:
    """
    Give one pair.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    return await _LIST.by_id(tx, actor, proposal_id)


async def take_proposal(
    tx: WriteTransaction, actor: Actor, proposal_id: str, *, expected_version: int
) -> PersonProposalRow:
    """
    Take a pair for deciding.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    StaleVersionError
        Somebody decided on it meanwhile.
    """
    found = await tx.run(LOCK, id=proposal_id, **sees(actor))
    if not found:
        raise NotFoundError("no such pair", kind="person_proposal", id=proposal_id)
    version = integer(found[0], "version") - 1
    if version != expected_version:
        raise StaleVersionError(
            "the pair has changed since it was read", id=proposal_id, expected=expected_version, found=version
        )
    return await person_proposal_by_id(tx, actor, proposal_id)


async def create_proposal(tx: WriteTransaction, proposal: NewProposal) -> None:
    """Write a pair that waits."""
    await tx.run(
        CREATE,
        id=proposal.id,
        left_id=proposal.left_id,
        right_id=proposal.right_id,
        reason=proposal.reason.value,
        state=proposal.state.value,
        probability=proposal.probability,
        evidence=proposal.evidence,
        opened_by=proposal.opened_by,
        opened_at=proposal.opened_at,
        due_on=proposal.due_on,
        note=proposal.note,
        first_by=proposal.first_by,
        undoes=proposal.undoes,
        region_path=proposal.region_path,
    )


async def proposals_there(tx: ReadTransaction, ids: Sequence[str]) -> set[str]:
    """Give which of the ids pairs have."""
    return {text(row, "id") for row in await tx.run(EXISTS, ids=listed(list(ids)))}


async def is_asked(tx: ReadTransaction, left_id: str, right_id: str) -> bool:
    """Whether the pair waits for a person, for whatever reason."""
    states = listed([state.value for state in OPEN_REVIEWS])
    return bool(await tx.run(OPEN_OF, left_id=left_id, right_id=right_id, states=states))


async def second_proposal(tx: WriteTransaction, proposal_id: str, *, by: str, note: str) -> None:
    """Write down the first of two who say yes."""
    await tx.run(SECOND, id=proposal_id, by=by, note=note)


async def close_proposal(
    tx: WriteTransaction, proposal_id: str, *, state: ReviewState, by: str, at: datetime, note: str
) -> None:
    """Write down what was decided."""
    await tx.run(CLOSE, id=proposal_id, state=state.value, by=by, at=at, note=note)


async def volunteers_to_compare(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give the volunteers of the actor's regions as linkage compares them; merged ones stand under another."""
    return columns_of("Volunteer", await tx.frame(VOLUNTEERS, scope_paths=scope_paths(actor)), _COMPARED)


async def pair_to_compare(tx: ReadTransaction, actor: Actor, left_id: str, right_id: str) -> pl.DataFrame:
    """
    Give two volunteers as linkage compares them.

    Raises
    ------
    NotFoundError
        One of them lies outside the actor's scope.
    """
    found = await tx.frame(PLACES, ids=listed([left_id, right_id]), scope_paths=scope_paths(actor))
    pair = columns_of("Volunteer", found, _COMPARED)
    missing = {left_id, right_id} - set(pair["id"].to_list())
    if missing:
        raise NotFoundError("no such volunteer", kind="volunteer", id=min(missing))
    return pair
