"""Linking as use cases read and write it: rows without a person, persons, reviews, decisions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.linking import LinkOutcome, ReviewReason, ReviewState
from graph.columns import integer, text, text_or_none
from graph.frames import DTYPES
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import IN_SCOPE, listed, scope_paths

_ALIKE: LiteralString = (
    " RETURN n.id AS id, n.name AS name, n.id_number_hash AS id_number_hash, n.id_number_mask AS id_number_mask,"
    " n.id_number_near AS id_number_near, n.birth_date AS birth_date, n.sex AS sex, n.phone_hash AS phone_hash,"
    " n.region_id AS region_id, n.region_path AS region_path"
)
_PAGE: LiteralString = " ORDER BY id LIMIT $rows"
_ROWS_PER_PAGE = 50_000
"""A city's people at once are more than an engine's buffers hold."""

PERSONS = Statement(
    "MATCH (n:Resident) WHERE n.id > $after AND "
    + IN_SCOPE
    + _ALIKE
    + ", n.unregistered AS unregistered"
    + _PAGE,
    Access.READ,
)
ROWS = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.id > $after AND (n.resident_id IS NULL OR n.link_rule = 'NEW_PERSON') AND "
    + IN_SCOPE
    + _ALIKE
    + ", n.birth_stated AS birth_stated, n.resident_id AS resident_id, n.department AS department,"
    " n.source_id AS source_id, n.source_row AS source_row" + _PAGE,
    Access.READ,
)
APART = Statement(
    "MATCH (n:LinkDecisionRecord) WHERE n.outcome = 'APART' AND n.superseded = false AND "
    + IN_SCOPE
    + " RETURN n.row_id AS row, n.person_id AS person",
    Access.READ,
)
REVIEWS = Statement(
    "MATCH (n:LinkReview) WHERE " + IN_SCOPE + " RETURN n.id AS id, n.row_id AS row, n.state AS state",
    Access.READ,
)
LAST_ASKED = Statement(
    "MATCH (n:LinkRun) RETURN n.asked AS asked, n.at AS at, n.id AS id ORDER BY at DESC, id LIMIT 1",
    Access.READ,
)
RETIRE = Statement(
    "UNWIND $ids AS wanted MATCH (n:Resident {id: wanted}) WHERE n.unregistered = true DETACH DELETE n",
    Access.WRITE,
)
LAPSE = Statement(
    """
    MATCH (v:LinkReview) WHERE v.state IN $states AND v.reason <> 'SEPARATION'
    MATCH (r:DepartmentRecord {id: v.row_id}) WHERE r.resident_id IS NOT NULL AND r.link_rule <> 'NEW_PERSON'
    SET v.state = 'LAPSED', v.version = v.version + 1
    RETURN v.id AS id
    """,
    Access.WRITE,
)
MOVED = Statement(
    """
    MATCH (r:Resident)-[m:MEMBER_OF]->(n:Household)
    WHERE m.valid_to IS NULL AND r.household_id <> n.id AND
    """
    + IN_SCOPE
    + """
    RETURN r.id AS resident_id, n.id AS left_id, n.region_path AS left_path, r.household_id AS joined_id,
      r.region_path AS joined_path, r.source_id AS source_id
    """,
    Access.READ,
)
END_MEMBERSHIP = Statement(
    """
    UNWIND $ids AS wanted MATCH (r:Resident {id: wanted})-[m:MEMBER_OF]->(h:Household)
    WHERE m.valid_to IS NULL AND r.household_id <> h.id SET m.valid_to = $day
    """,
    Access.WRITE,
)
LOCK_REVIEW = Statement(
    "MATCH (n:LinkReview {id: $id}) WHERE n.kind = 'PERSON' AND "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.row_id AS row_id, n.person_id AS person_id, n.reason AS reason,"
    " n.state AS state, n.first_by AS first_by, n.region_path AS region_path, n.version AS version",
    Access.WRITE,
)
SECOND = Statement(
    "MATCH (n:LinkReview {id: $id}) SET n.state = 'SECONDED', n.first_by = $by, n.first_at = $at, n.note = $note",
    Access.WRITE,
)
DECIDE = Statement(
    "MATCH (n:LinkReview {id: $id}) SET n.state = $state, n.decided_by = $by, n.decided_at = $at, n.note = $note",
    Access.WRITE,
)
SUPERSEDE = Statement(
    "MATCH (n:LinkDecisionRecord) WHERE n.row_id = $row_id AND n.person_id = $person_id AND n.superseded = false"
    " SET n.superseded = true RETURN n.id AS id",
    Access.WRITE,
)
CREATE_DECISION = Statement(
    """
    CREATE (:LinkDecisionRecord {id: $id, row_id: $row_id, person_id: $person_id, outcome: $outcome,
      review_id: $review_id, first_by: $first_by, decided_by: $decided_by, reason: $reason,
      superseded: false, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
LINK_ROW = Statement(
    "MATCH (n:DepartmentRecord {id: $id}) SET n.resident_id = $person_id, n.link_rule = 'REVIEW'",
    Access.WRITE,
)
PART_ROW = Statement(
    "MATCH (n:DepartmentRecord {id: $id}) WHERE n.resident_id = $person_id SET n.resident_id = NULL,"
    " n.link_rule = NULL",
    Access.WRITE,
)
LAPSE_OF_ROW = Statement(
    "MATCH (v:LinkReview) WHERE v.row_id = $row_id AND v.id <> $id AND v.state IN $states AND v.reason <> 'SEPARATION'"
    " SET v.state = 'LAPSED', v.version = v.version + 1 RETURN v.id AS id",
    Access.WRITE,
)
LINKED_ROW = Statement(
    "MATCH (n:DepartmentRecord {id: $id}) WHERE "
    + IN_SCOPE
    + " OPTIONAL MATCH (p:Resident {id: n.resident_id}) RETURN n.resident_id AS person_id, n.link_rule AS rule,"
    " n.region_path AS region_path, p.region_path AS person_path",
    Access.READ,
)


async def read_in_pages(tx: ReadTransaction, actor: Actor, statement: Statement, label: str) -> pl.DataFrame:
    """Read pages to their end, in the types of the schema; what was read empty has all columns of the label."""
    schema = {p.name: DTYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
    pages: list[pl.DataFrame] = []
    after = ""
    while True:
        page = await tx.frame(statement, scope_paths=scope_paths(actor), after=after, rows=_ROWS_PER_PAGE)
        if page.is_empty():
            return pl.concat(pages) if pages else pl.DataFrame(schema=schema)
        pages.append(page.select(pl.col(name).cast(schema[name]) for name in page.columns))
        after = str(page["id"][-1])


async def persons(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give everybody known within a scope, as linking compares them, in order of ids."""
    return await read_in_pages(tx, actor, PERSONS, "Resident")


async def rows_to_link(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give rows that no rule has linked to a registered person, in order of ids."""
    return await read_in_pages(tx, actor, ROWS, "DepartmentRecord")


async def pairs_apart(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give ``row``, ``person`` of pairs that somebody parted."""
    frame = await tx.frame(APART, scope_paths=scope_paths(actor))
    schema = pl.Schema({"row": pl.String, "person": pl.String})
    # An engine cannot say the types of no rows.
    return frame.cast(schema) if frame.height else pl.DataFrame(schema=schema)


async def known_reviews(tx: ReadTransaction, actor: Actor) -> set[str]:
    """Give the ids of all reviews there are."""
    return {text(row, "id") for row in await tx.run(REVIEWS, scope_paths=scope_paths(actor))}


async def last_asked(tx: ReadTransaction) -> str | None:
    """Give what the model was asked in the last run."""
    found = await tx.run(LAST_ASKED)
    return text_or_none(found[0], "asked") if found else None


async def retire_persons(tx: WriteTransaction, ids: list[str]) -> None:
    """Take away persons that lists alone knew, now that a register names them."""
    await tx.run(RETIRE, ids=ids)


async def lapse_reviews(tx: WriteTransaction) -> int:
    """Close the open reviews of rows that have found their person."""
    return len(await tx.run(LAPSE, states=_open()))


def _open() -> list[str]:
    return listed([ReviewState.OPEN.value, ReviewState.SECONDED.value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A resident whom the register shows in another household than before."""

    resident_id: str
    left_id: str
    left_path: str
    joined_id: str
    joined_path: str
    source_id: str


async def moved_members(tx: ReadTransaction, actor: Actor) -> list[Move]:
    """Give residents whose standing membership is not that of their register."""
    rows = await tx.run(MOVED, scope_paths=scope_paths(actor))
    names = ("resident_id", "left_id", "left_path", "joined_id", "joined_path", "source_id")
    return [Move(**{name: text(row, name) for name in names}) for row in rows]


async def end_memberships(tx: WriteTransaction, residents: list[str], day: date) -> None:
    """Let the memberships end that the register no longer shows."""
    await tx.run(END_MEMBERSHIP, ids=residents, day=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedReview:
    """A review taken for deciding; ``version`` is that before."""

    id: str
    row_id: str
    person_id: str
    reason: ReviewReason
    state: ReviewState
    first_by: str | None
    region_path: str


async def take_review(
    tx: WriteTransaction, actor: Actor, review_id: str, *, expected_version: int
) -> LockedReview:
    """
    Lock a review for a decision.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Somebody decided it meanwhile.
    """
    found = await tx.run(LOCK_REVIEW, id=review_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such review", kind="link_review", id=review_id)
    row = found[0]
    if integer(row, "version") - 1 != expected_version:
        raise StaleVersionError(
            "the review has changed since it was read", id=review_id, expected=expected_version,
            actual=integer(row, "version") - 1,
        )  # fmt: skip
    return LockedReview(
        id=review_id,
        row_id=text(row, "row_id"),
        person_id=text(row, "person_id"),
        reason=ReviewReason(text(row, "reason")),
        state=ReviewState(text(row, "state")),
        first_by=text_or_none(row, "first_by"),
        region_path=text(row, "region_path"),
    )


async def second_review(tx: WriteTransaction, review_id: str, *, by: str, at: datetime, note: str) -> None:
    """Write down the first of two who say yes."""
    await tx.run(SECOND, id=review_id, by=by, at=at, note=note)


async def close_review(
    tx: WriteTransaction, review_id: str, *, state: ReviewState, by: str, at: datetime, note: str
) -> None:
    """Write down what was decided."""
    await tx.run(DECIDE, id=review_id, state=state.value, by=by, at=at, note=note)


async def lapse_others(tx: WriteTransaction, review: LockedReview) -> None:
    """Close the other open questions about a row that found its person."""
    await tx.run(LAPSE_OF_ROW, row_id=review.row_id, id=review.id, states=_open())


async def create_decision(
    tx: WriteTransaction,
    decision_id: str,
    review: LockedReview,
    *,
    outcome: LinkOutcome,
    decided_by: str,
    at: datetime,
    note: str,
) -> None:
    """Append a decision on a pair; what was decided of it before is superseded."""
    await tx.run(SUPERSEDE, row_id=review.row_id, person_id=review.person_id)
    await tx.run(
        CREATE_DECISION,
        id=decision_id,
        row_id=review.row_id,
        person_id=review.person_id,
        outcome=outcome.value,
        review_id=review.id,
        first_by=review.first_by or decided_by,
        decided_by=decided_by,
        reason=note,
        at=at,
        region_path=review.region_path,
    )


async def link_row(tx: WriteTransaction, row_id: str, person_id: str) -> None:
    """Link a row because a person said so."""
    await tx.run(LINK_ROW, id=row_id, person_id=person_id)


async def part_row(tx: WriteTransaction, row_id: str, person_id: str) -> None:
    """Take a row from a person."""
    await tx.run(PART_ROW, id=row_id, person_id=person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRow:
    """A row and whom it is linked to; ``region_path`` holds both."""

    person_id: str | None
    rule: str | None
    region_path: str


async def linked_row(tx: ReadTransaction, actor: Actor, row_id: str) -> LinkedRow:
    """
    Give whom a row is linked to.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    """
    found = await tx.run(LINKED_ROW, id=row_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such row of a department", kind="department_record", id=row_id)
    return LinkedRow(
        person_id=text_or_none(found[0], "person_id"),
        rule=text_or_none(found[0], "rule"),
        region_path=shared_path(text(found[0], "region_path"), text_or_none(found[0], "person_path")),
    )


def shared_path(one: str, other: str | None) -> str:
    """
    Give the smallest division that holds two: who reviews a pair sees both of its places.

    Examples
    --------
    >>> shared_path("/NBS/32/3205/", "/NBS/32/3201/")
    '/NBS/32/'
    """
    if other is None:
        return one
    parts: list[str] = []
    for a, b in zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if a != b:
            break
        parts.append(a)
    return "/" + "".join(f"{part}/" for part in parts)


CREATE_SEPARATION = Statement(
    """
    CREATE (:LinkReview {id: $id, kind: 'PERSON', row_id: $row_id, person_id: $person_id, reason: 'SEPARATION',
      state: 'SECONDED', evidence: '{}', opened_at: $at, due_on: $due_on, note: $note, first_by: $by,
      first_at: $at, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
OPEN_SEPARATION = Statement(
    "MATCH (v:LinkReview) WHERE v.row_id = $row_id AND v.reason = 'SEPARATION' AND v.state IN $states"
    " RETURN v.id AS id LIMIT 1",
    Access.READ,
)


async def create_separation(
    tx: WriteTransaction,
    review_id: str,
    *,
    row_id: str,
    person_id: str,
    by: str,
    at: datetime,
    due_on: date,
    note: str,
    region_path: str,
) -> None:
    """Write down that somebody holds a link for wrong; a second person decides."""
    await tx.run(
        CREATE_SEPARATION,
        id=review_id,
        row_id=row_id,
        person_id=person_id,
        by=by,
        at=at,
        due_on=due_on,
        note=note,
        region_path=region_path,
    )


async def open_separation(tx: ReadTransaction, row_id: str) -> bool:
    """Whether somebody has asked to take the link of a row back, and nobody has decided."""
    return bool(await tx.run(OPEN_SEPARATION, row_id=row_id, states=_open()))
