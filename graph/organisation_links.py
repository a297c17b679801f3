"""Organisations that are one under several names, as use cases read and write it: pairs, questions, decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.linking import OPEN_REVIEWS, LinkOutcome, OrganisationReason, ReviewState
from graph.columns import integer, text
from graph.linking import read_in_pages
from graph.numbering import next_number
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

ORGANISATIONS = Statement(
    "MATCH (n:Organisation) WHERE n.id > $after AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.name AS name, n.credit_code AS credit_code, n.region_path AS region_path,"
    " n.recorded_at AS recorded_at ORDER BY id LIMIT $rows",
    Access.READ,
)
REVIEWS = Statement("MATCH (n:LinkReview) WHERE n.kind = 'ORGANISATION' RETURN n.id AS id", Access.READ)
DECISIONS = Statement(
    "MATCH (n:LinkDecisionRecord) WHERE n.superseded = false MATCH (a:Organisation {id: n.row_id})"
    " MATCH (b:Organisation {id: n.person_id}) RETURN n.row_id AS kept_id, n.person_id AS other_id,"
    " n.outcome AS outcome, a.name AS kept_name, n.at AS at, n.id AS id ORDER BY at, id",
    Access.READ,
)
TAKE = Statement(
    "MATCH (n:LinkReview {id: $id}) WHERE n.kind = 'ORGANISATION' AND "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.row_id AS kept_id, n.person_id AS other_id, n.reason AS reason,"
    " n.state AS state, n.region_path AS region_path, n.version AS version",
    Access.WRITE,
)
SET_STATE = Statement(
    "MATCH (n:LinkReview {id: $id}) SET n.state = $state, n.decided_by = $by, n.decided_at = $at, n.note = $note",
    Access.WRITE,
)
SUPERSEDE = Statement(
    "MATCH (n:LinkDecisionRecord) WHERE n.review_id = $review_id AND n.superseded = false SET n.superseded = true",
    Access.WRITE,
)
OPEN_PAIRS = Statement(
    "MATCH (n:LinkReview) WHERE n.kind = 'ORGANISATION' AND n.state IN $states"
    " AND (n.row_id IN $ids AND n.person_id IN $ids) RETURN n.id AS id",
    Access.READ,
)
LAPSE = Statement(
    "MATCH (n:LinkReview) WHERE n.id IN $ids SET n.state = 'LAPSED', n.version = n.version + 1", Access.WRITE
)
LAPSED = Statement(
    "MATCH (n:LinkReview) WHERE n.kind = 'ORGANISATION' AND n.state = 'LAPSED'"
    " RETURN n.id AS id, n.row_id AS kept_id, n.person_id AS other_id",
    Access.READ,
)
REOPEN = Statement(
    "MATCH (n:LinkReview) WHERE n.id IN $ids SET n.state = 'OPEN', n.version = n.version + 1", Access.WRITE
)
CREATE_DECISION = Statement(
    """
    CREATE (:LinkDecisionRecord {id: $id, row_id: $kept_id, person_id: $other_id, outcome: $outcome,
      review_id: $review_id, first_by: $by, decided_by: $by, reason: $note, superseded: false, at: $at,
      region_path: $region_path})
    """,
    Access.WRITE,
)


async def organisations_to_compare(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give ``id``, ``name``, ``credit_code``, ``region_path``, ``recorded_at`` within a scope, in order of ids."""
    return await read_in_pages(tx, actor, ORGANISATIONS, "Organisation")


async def known_organisation_reviews(tx: ReadTransaction) -> set[str]:
    """Give the ids of all reviews of organisations there are."""
    return {text(row, "id") for row in await tx.run(REVIEWS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDecision:
    """What stands of a pair: ``kept_name`` is the name that both go by where they are one."""

    kept_id: str
    other_id: str
    kept_name: str
    outcome: LinkOutcome


async def take_turn(tx: WriteTransaction) -> None:
    """
    Wait until nobody else decides: what stands of all pairs holds from here on.

    Each pair has a lock of its own, but whether a decision contradicts others depends on all that are tied to it.
    """
    await next_number(tx, "organisation-decisions")


async def organisation_decisions(tx: ReadTransaction) -> list[OrganisationDecision]:
    """
    Give what people decided and nobody took back, as it was decided.

    No scope: which organisations are one is the same for everybody who imports, or ids would depend on who does.
    """
    return [
        OrganisationDecision(
            kept_id=text(row, "kept_id"),
            other_id=text(row, "other_id"),
            kept_name=text(row, "kept_name"),
            outcome=LinkOutcome(text(row, "outcome")),
        )
        for row in await tx.run(DECISIONS)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPair:
    """A review of two organisations taken for deciding."""

    id: str
    kept_id: str
    other_id: str
    reason: OrganisationReason
    state: ReviewState
    region_path: str


async def take_pair(
    tx: WriteTransaction, actor: Actor, review_id: str, *, expected_version: int
) -> TakenPair:
    """
    Lock a review of two organisations for a decision.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Somebody decided it meanwhile.
    """
    found = await tx.run(TAKE, id=review_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such review", kind="link_review", id=review_id)
    row = found[0]
    actual = integer(row, "version") - 1
    if actual != expected_version:
        raise StaleVersionError(
            "the review has changed since it was read", id=review_id, expected=expected_version, actual=actual
        )
    return TakenPair(
        id=review_id,
        kept_id=text(row, "kept_id"),
        other_id=text(row, "other_id"),
        reason=OrganisationReason(text(row, "reason")),
        state=ReviewState(text(row, "state")),
        region_path=text(row, "region_path"),
    )


async def set_pair_state(
    tx: WriteTransaction, review_id: str, state: ReviewState, *, by: str, at: datetime, note: str
) -> None:
    """Write down where a review stands now, and who said so."""
    await tx.run(SET_STATE, id=review_id, state=state.value, by=by, at=at, note=note)


async def create_pair_decision(
    tx: WriteTransaction,
    decision_id: str,
    pair: TakenPair,
    *,
    outcome: LinkOutcome,
    by: str,
    at: datetime,
    note: str,
) -> None:
    """Append a decision."""
    await tx.run(
        CREATE_DECISION,
        id=decision_id,
        kept_id=pair.kept_id,
        other_id=pair.other_id,
        outcome=outcome.value,
        review_id=pair.id,
        by=by,
        note=note,
        at=at,
        region_path=pair.region_path,
    )


async def supersede_pair_decision(tx: WriteTransaction, review_id: str) -> None:
    """Let what was decided of a review stand no more."""
    await tx.run(SUPERSEDE, review_id=review_id)


async def lapse_pairs_within(tx: WriteTransaction, ids: Sequence[str]) -> None:
    """Close the open questions about two of which both are among the ids: decisions answer them by way of others."""
    states = listed([state.value for state in OPEN_REVIEWS])
    found = await tx.run(OPEN_PAIRS, ids=listed(list(ids)), states=states)
    if found:
        await tx.run(LAPSE, ids=listed([text(row, "id") for row in found]))


async def lapsed_pairs(tx: ReadTransaction) -> list[tuple[str, str, str]]:
    """Give review and both organisations of the questions that decisions on others answered."""
    rows = await tx.run(LAPSED)
    return [(text(row, "id"), text(row, "kept_id"), text(row, "other_id")) for row in rows]


async def reopen_pairs(tx: WriteTransaction, ids: Sequence[str]) -> None:
    """Ask again what nothing answers any more."""
    await tx.run(REOPEN, ids=listed(list(ids)))
