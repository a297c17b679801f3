"""What people decide of pairs that no rule may decide, and how a wrong link is taken back."""

from datetime import datetime

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError
from domain.linking import (
    LinkOutcome,
    LinkRule,
    LinkVerdict,
    ReviewReason,
    ReviewState,
    after_verdict,
    due_on,
)
from domain.time import civil_date
from graph.linking import (
    LinkedRow,
    LockedReview,
    close_review,
    create_decision,
    create_separation,
    lapse_others,
    link_row,
    linked_row,
    open_separation,
    part_row,
    second_review,
    take_review,
)
from graph.reads.linking import LinkReviewRow, link_review_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

REVIEWERS = (Role.STATION_WORKER, Role.STATION_LEAD, Role.IMPORTER, Role.PLATFORM_ADMIN)
_ANSWERS = TypeAdapter(LinkReviewRow)


async def decide_link(
    ws: Workspace,
    actor: Actor,
    review_id: str,
    *,
    expected_version: int,
    verdict: LinkVerdict,
    note: str,
    idempotency_key: str | None = None,
) -> Outcome[LinkReviewRow]:
    """
    Say whether the two of a review are one.

    Yes links the row, no keeps the two apart for good. A yes against a veto, and one to taking a link back, needs a
    second person; a no of either ends it.

    Raises
    ------
    InvalidInputError
        No note.
    NotPermittedError, NotFoundError
        Not a reviewer; outside the actor's scope.
    SeparationOfDutiesError
        The second yes is of the first person, or the pair is about the actor.
    TransitionError, StaleVersionError, ConflictError
        Decided already; changed since read; the row has found another person meanwhile.
    """
    actor.require(*REVIEWERS)
    said = require_words(note, "note")

    async def work(tx: AuditedTransaction) -> LinkReviewRow:
        review = await take_review(tx, actor, review_id, expected_version=expected_version)
        await require_other_person(
            tx, actor, (review.person_id,), "nobody decides on links of their own record", about=review_id
        )
        await _decide(ws, tx, actor, review, verdict, said)
        return await link_review_by_id(tx, actor, review_id)

    asked = request_hash("decide_link", review_id, expected_version, verdict.value, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _decide(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, review: LockedReview, verdict: LinkVerdict, note: str
) -> None:
    state = after_verdict(review.state, review.reason, verdict)
    if state is ReviewState.SECONDED:
        await second_review(tx, review.id, by=actor.id, at=tx.at, note=note)
    else:
        if review.state is ReviewState.SECONDED and state is ReviewState.ACCEPTED:
            await require_other_person(
                tx, actor, (review.first_by,), "the second yes is another person's", about=review.id
            )
        await close_review(tx, review.id, state=state, by=actor.id, at=tx.at, note=note)
        await _carry_out(ws, tx, actor, review, state, note)
    tx.record("linking.decide", review.id, detail={"verdict": verdict.value, "state": state.value})


async def _carry_out(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, review: LockedReview, state: ReviewState, note: str
) -> None:
    separates = review.reason is ReviewReason.SEPARATION
    accepted = state is ReviewState.ACCEPTED
    if separates and not accepted:
        return
    linked = accepted and not separates
    row = await linked_row(tx, actor, review.row_id)
    if linked:
        if row.person_id not in (None, review.person_id) and row.rule != LinkRule.NEW_PERSON:
            raise ConflictError("the row has found another person meanwhile", id=review.row_id)
        await link_row(tx, review.row_id, review.person_id)
        await lapse_others(tx, review)
    elif separates:
        await part_row(tx, review.row_id, review.person_id)
    await create_decision(
        tx,
        ws.new_id(),
        review,
        outcome=LinkOutcome.LINKED if linked else LinkOutcome.APART,
        decided_by=actor.id,
        at=tx.at,
        note=note,
    )


async def separate_link(
    ws: Workspace, actor: Actor, row_id: str, *, reason: str, idempotency_key: str | None = None
) -> Outcome[LinkReviewRow]:
    """
    Say that a row is linked to the wrong person; the link goes once a second person says so too.

    The row then keeps apart from that person, whatever the rules find, and the next pass looks for another.

    Raises
    ------
    InvalidInputError
        No reason.
    NotPermittedError, NotFoundError
        Not a reviewer; outside the actor's scope.
    ConflictError
        The row is linked to nobody, or its list itself names the person, or somebody has asked already.
    """
    actor.require(*REVIEWERS)
    said = require_words(reason, "reason")
    review_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> LinkReviewRow:
        row = await linked_row(tx, actor, row_id)
        if row.person_id is None or row.rule is None:
            raise ConflictError("nothing was linked here that could be taken back", id=row_id)
        await require_other_person(
            tx, actor, (row.person_id,), "nobody decides on links of their own record", about=row_id
        )
        if await open_separation(tx, row_id):
            raise ConflictError("somebody has asked for this already", id=row_id)
        await _open(tx, actor, review_id, row_id, row, said)
        return await link_review_by_id(tx, actor, review_id)

    asked = request_hash("separate_link", row_id, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_ANSWERS, work=work)


async def _open(
    tx: AuditedTransaction, actor: Actor, review_id: str, row_id: str, row: LinkedRow, reason: str
) -> None:
    at: datetime = tx.at
    await create_separation(
        tx,
        review_id,
        row_id=row_id,
        person_id=str(row.person_id),
        by=actor.id,
        at=at,
        due_on=due_on(civil_date(at)),
        note=reason,
        region_path=row.region_path,
    )
    tx.record("linking.separate", review_id, detail={"row": row_id})
