"""Decisions on pairs of records: appended, never edited, and all that says who is who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.persons import PersonDecisionKind
from graph.columns import flag, integer, moment, text, text_or_none
from graph.numbering import next_number
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

_COLUMNS: LiteralString = """
RETURN n.id AS id, n.number AS number, n.kind AS kind, n.left_id AS left_id, n.right_id AS right_id,
  n.left_since AS left_since, n.right_since AS right_since, n.proposal_id AS proposal_id, n.undoes AS undoes,
  n.first_by AS first_by, n.decided_by AS decided_by, n.reason AS reason, n.outcome AS outcome,
  n.overrode AS overrode, n.at AS at, n.region_path AS region_path
"""
_IN_ORDER: LiteralString = " ORDER BY number"
LIST_NAME = "person decisions"
_SEEN: LiteralString = (
    "MATCH (n:PersonDecision) WHERE $sees_any AND "
    + IN_SCOPE
    + " AND ($volunteer_id = '' OR n.left_id = $volunteer_id OR n.right_id = $volunteer_id)"
)
_PAGE = Statement(
    _SEEN
    + " AND (n.at < $after_at OR (n.at = $after_at AND n.id > $after_id))"
    + _COLUMNS
    + " ORDER BY at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(_SEEN + " RETURN count(*) AS total", Access.READ)
_OF_PROPOSALS = Statement(
    "MATCH (n:PersonDecision) WHERE $sees_any AND "
    + IN_SCOPE
    + " AND n.proposal_id IN $ids"
    + _COLUMNS
    + _IN_ORDER,
    Access.READ,
)
CREATE = Statement(
    """
    CREATE (:PersonDecision {id: $id, number: $number, kind: $kind, left_id: $left_id, right_id: $right_id,
      left_since: $left_since, right_since: $right_since, proposal_id: $proposal_id, undoes: $undoes,
      first_by: $first_by, decided_by: $decided_by, reason: $reason, overrode: $overrode, at: $at,
      region_path: $region_path})
    """,
    Access.WRITE,
)
SET_OUTCOME = Statement("MATCH (n:PersonDecision {id: $id}) SET n.outcome = $outcome", Access.WRITE)
ABOUT = Statement(
    "MATCH (n:PersonDecision) WHERE n.left_id IN $ids OR n.right_id IN $ids" + _COLUMNS + _IN_ORDER,
    Access.READ,
)
BY_ID = Statement("MATCH (n:PersonDecision {id: $id})" + _COLUMNS, Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDecisionRow:
    """
    One decision on two records.

    Parameters
    ----------
    number
        Place among all decisions, from 1: later ones stand over earlier ones of the same pair.
    left_since, right_since
        When each record was made, as it was known then: of several records of a person the oldest stands for all.
    undoes
        The merge that it takes back.
    first_by, decided_by
        The two who said yes where two had to; else one person, twice.
    overrode
        Whether it went against a veto.
    outcome
        What it brought with it, as JSON.
    """

    id: str
    number: int
    kind: PersonDecisionKind
    left_id: str
    right_id: str
    left_since: datetime
    right_since: datetime
    proposal_id: str | None
    undoes: str | None
    first_by: str
    decided_by: str
    reason: str
    overrode: bool
    at: datetime
    region_path: str
    outcome: str | None = None


def _decision(record: Record) -> PersonDecisionRow:
    return PersonDecisionRow(
        id=text(record, "id"),
        number=integer(record, "number"),
        kind=PersonDecisionKind(text(record, "kind")),
        left_id=text(record, "left_id"),
        right_id=text(record, "right_id"),
        left_since=moment(record, "left_since"),
        right_since=moment(record, "right_since"),
        proposal_id=text_or_none(record, "proposal_id"),
        undoes=text_or_none(record, "undoes"),
        first_by=text(record, "first_by"),
        decided_by=text(record, "decided_by"),
        reason=text(record, "reason"),
        overrode=flag(record, "overrode"),
        at=moment(record, "at"),
        region_path=text(record, "region_path"),
        outcome=text_or_none(record, "outcome"),
    )


async def next_decision(tx: WriteTransaction) -> int:
    """Give the number of the next decision; decisions are made one after another."""
    return await next_number(tx, "person-decisions")


async def append_person_decision(tx: WriteTransaction, decision: PersonDecisionRow) -> None:
    """Write a decision down."""
    await tx.run(
        CREATE,
        id=decision.id,
        number=decision.number,
        kind=decision.kind.value,
        left_id=decision.left_id,
        right_id=decision.right_id,
        left_since=decision.left_since,
        right_since=decision.right_since,
        proposal_id=decision.proposal_id,
        undoes=decision.undoes,
        first_by=decision.first_by,
        decided_by=decision.decided_by,
        reason=decision.reason,
        overrode=decision.overrode,
        at=decision.at,
        region_path=decision.region_path,
    )


async def set_outcome(tx: WriteTransaction, decision_id: str, outcome: str) -> None:
    """Write beside a new decision what it brought with it."""
    await tx.run(SET_OUTCOME, id=decision_id, outcome=outcome)


async def decision_by_id(tx: ReadTransaction, decision_id: str) -> PersonDecisionRow | None:
    """Give a decision, or None."""
    found = await tx.run(BY_ID, id=decision_id)
    return _decision(found[0]) if found else None


async def decisions_about(tx: ReadTransaction, ids: Sequence[str]) -> list[PersonDecisionRow]:
    """Give every decision that ties any of the records to others, directly or by way of others, as they were made."""
    known, found = set(ids), list[PersonDecisionRow]()
    while True:
        found = [_decision(record) for record in await tx.run(ABOUT, ids=listed(sorted(known)))]
        met = known.union(*({one.left_id, one.right_id} for one in found))
        if met == known:
            return found
        known = met


def _sees(actor: Actor) -> dict[str, bool | list[str]]:
    view = view_of(actor)
    return {"sees_any": view.desk or view.office, "scope_paths": scope_paths(actor)}


async def page_of_person_decisions(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    volunteer_id: str | None = None,
) -> Page[PersonDecisionRow]:
    """Give a page of decisions, newest first: of one volunteer's record, or of all. Desk and office see any."""
    size = page_size(first)
    after_at, after_id = start_of(LIST_NAME, after)
    seen = {**_sees(actor), "volunteer_id": volunteer_id or ""}
    records = await tx.run(_PAGE, after_at=moment_of(after_at), after_id=after_id, limit=size + 1, **seen)
    total = integer((await tx.run(_COUNT, **seen))[0], "total") if with_total else None
    return page(LIST_NAME, records, size, total, row=_decision, sort_column="at")


async def decisions_of_proposals(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, PersonDecisionRow]:
    """Give by pair what was decided of it, where the actor may see it."""
    records = await tx.run(_OF_PROPOSALS, ids=listed(list(set(ids))), **_sees(actor))
    return {text(record, "proposal_id"): _decision(record) for record in records}
