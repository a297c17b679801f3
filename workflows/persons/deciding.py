"""What people decide of pairs of records, how a merge is taken back, and what each decision brought with it."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import ConflictError, NotFoundError
from domain.linking import LinkVerdict, ReviewState, due_on
from domain.notices import NewNotice, NoticeCode
from domain.persons import (
    Followed,
    PersonDecisionKind,
    PersonReason,
    after_person_verdict,
)
from domain.time import civil_date
from graph.linking import shared_path
from graph.persons.decisions import (
    PersonDecisionRow,
    append_person_decision,
    decision_by_id,
    decisions_about,
    next_decision,
    set_outcome,
)
from graph.persons.following import PartRow, parts_of
from graph.persons.proposals import (
    NewProposal,
    PersonProposalRow,
    close_proposal,
    create_proposal,
    is_asked,
    pair_to_compare,
    person_proposal_by_id,
    second_proposal,
    take_proposal,
)
from graph.unit_of_work import AuditedTransaction
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.notices.telling import notify
from workflows.persons.proposing import ANSWERS, REVIEWERS
from workflows.persons.regrouping import persons_by, regroup
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

OUTCOMES = TypeAdapter(Followed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """
    A pair after somebody spoke.

    Parameters
    ----------
    decision_id
        The decision, once there is one: where two must say yes, the first yes is none.
    person
        The record that stands for the two, or None where they stand apart.
    followed
        What the decision brought with it, by rule.
    """

    proposal: PersonProposalRow
    decision_id: str | None = None
    person: str | None = None
    followed: Followed | None = None


_DECIDED = TypeAdapter(Decided)


async def decide_pair(
    ws: Workspace,
    actor: Actor,
    proposal_id: str,
    *,
    expected_version: int,
    verdict: LinkVerdict,
    note: str,
    idempotency_key: str | None = None,
) -> Outcome[Decided]:
    """
    Say whether two records are one person's, or whether a merge was wrong.

    A yes to a merge lets the older record stand for both, with all that either has; a no keeps them apart for good. A
    yes against differing numbers, and one to taking a merge back, needs a second person.

    Raises
    ------
    InvalidInputError
        No note.
    NotPermittedError, NotFoundError
        Not a reviewer; outside the actor's scope.
    SeparationOfDutiesError
        The pair is about the actor, the actor proposed it, or spoke as the first of two.
    TransitionError, StaleVersionError
        Decided already; changed since read.
    ConflictError
        Somebody keeps apart two records that the merge would join by way of others.
    """
    actor.require(*REVIEWERS)
    said = require_words(note, "note")
    decision_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> Decided:
        seen = await take_proposal(tx, actor, proposal_id, expected_version=expected_version)
        sides = (seen.left.volunteer_id, seen.right.volunteer_id)
        await require_other_person(
            tx, actor, sides, "nobody decides who is who of their own record", about=proposal_id
        )
        state = after_person_verdict(seen.state, seen.reason, verdict)
        tx.record("person.decide", proposal_id, detail={"verdict": verdict.value, "state": state.value})
        if verdict is LinkVerdict.ACCEPT:
            before = (seen.opened_by if seen.reason is PersonReason.BY_HAND else None, seen.first_by)
            await require_other_person(
                tx, actor, before, "two persons have a part in this: another one says yes", about=proposal_id
            )
        if state is ReviewState.SECONDED:
            await second_proposal(tx, proposal_id, by=actor.id, note=said)
            return Decided(proposal=await person_proposal_by_id(tx, actor, proposal_id))
        await close_proposal(tx, proposal_id, state=state, by=actor.id, at=tx.at, note=said)
        kind = _kind(seen.reason, state)
        if kind is None:
            return Decided(proposal=await person_proposal_by_id(tx, actor, proposal_id))
        return await _carry_out(ws, tx, actor, seen, kind, decision_id, said)

    asked = request_hash("decide_pair", proposal_id, expected_version, verdict.value, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=_DECIDED, work=work)


def _kind(reason: PersonReason, state: ReviewState) -> PersonDecisionKind | None:
    """Give the decision that an answer comes to; a merge that stays is none."""
    accepted = state is ReviewState.ACCEPTED
    if reason is PersonReason.SEPARATION:
        return PersonDecisionKind.PART if accepted else None
    return PersonDecisionKind.MERGE if accepted else PersonDecisionKind.PART


async def _carry_out(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    seen: PersonProposalRow,
    kind: PersonDecisionKind,
    decision_id: str,
    note: str,
) -> Decided:
    left, right = seen.left.volunteer_id, seen.right.volunteer_id
    parts = await parts_of(tx, [left, right])
    number = await next_decision(tx)  # from here on decisions are made one after another
    earlier = await decisions_about(tx, [left, right])
    decision = PersonDecisionRow(
        id=decision_id,
        number=number,
        kind=kind,
        left_id=left,
        right_id=right,
        left_since=parts[left].recorded_at,
        right_since=parts[right].recorded_at,
        proposal_id=seen.id,
        undoes=seen.undoes,
        first_by=seen.first_by or actor.id,
        decided_by=actor.id,
        reason=note,
        overrode=seen.reason is PersonReason.OTHER_ID_NUMBER and kind is PersonDecisionKind.MERGE,
        at=tx.at,
        region_path=seen.region_path,
    )
    return await apply_decision(ws, tx, actor, earlier, decision, parts)


async def apply_decision(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    earlier: list[PersonDecisionRow],
    decision: PersonDecisionRow,
    parts: dict[str, PartRow],
) -> Decided:
    """Append a decision, bring the records to where all decisions say, and tell both whom it is about."""
    left, right = decision.left_id, decision.right_id
    persons = persons_by([*earlier, decision]).person_of()
    merges = decision.kind is PersonDecisionKind.MERGE
    if merges and persons[left] != persons[right]:
        raise ConflictError(
            "somebody keeps apart two records that this would join by way of others", left=left, right=right
        )
    if not merges and persons[left] == persons[right]:
        raise ConflictError(
            "other merges still join the two: take those back as well", left=left, right=right
        )
    await append_person_decision(tx, decision)
    if merges:  # while each still has an inbox of its own: the notice goes to both contacts
        await _tell(ws, tx, decision, parts, NoticeCode.PERSON_MERGED)
    followed = await regroup(tx, [*earlier, decision], decision)
    await set_outcome(tx, decision.id, OUTCOMES.dump_json(followed).decode())
    tx.record(
        f"person.{decision.kind.value.lower()}",
        decision.id,
        detail={"left": left, "right": right, "moved": sum(followed.moved.values())},
    )
    if decision.undoes is not None:
        await _tell(ws, tx, decision, parts, NoticeCode.PERSON_PARTED)
    proposal = await person_proposal_by_id(tx, actor, decision.proposal_id or "")
    return Decided(
        proposal=proposal,
        decision_id=decision.id,
        person=persons[left] if merges else None,
        followed=followed,
    )


async def _tell(
    ws: Workspace,
    tx: AuditedTransaction,
    decision: PersonDecisionRow,
    parts: dict[str, PartRow],
    code: NoticeCode,
) -> None:
    for volunteer_id in (decision.left_id, decision.right_id):
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=volunteer_id,
                code=code,
                subject_id=decision.id,
                region_path=parts[volunteer_id].region_path,
                parameters={},
            ),
        )


async def ask_to_part(
    ws: Workspace, actor: Actor, decision_id: str, *, reason: str, idempotency_key: str | None = None
) -> Outcome[PersonProposalRow]:
    """
    Say that a merge was wrong; it is taken back once a second person says so too.

    Each record then has again what it had, and what came since goes with the record, key or order it came from.

    Raises
    ------
    InvalidInputError
        No reason.
    NotPermittedError, NotFoundError
        Not a reviewer; no such merge within the actor's scope.
    SeparationOfDutiesError
        One of the records is the actor's own.
    ConflictError
        The merge does not stand any more, or somebody has asked already.
    """
    actor.require(*REVIEWERS)
    said = require_words(reason, "reason")
    new_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> PersonProposalRow:
        merge = await decision_by_id(tx, decision_id)
        if (
            merge is None
            or merge.kind is not PersonDecisionKind.MERGE
            or not actor.scope.covers(merge.region_path)
        ):
            raise NotFoundError("no such merge", kind="person_decision", id=decision_id)
        left, right = merge.left_id, merge.right_id
        pair = await pair_to_compare(tx, actor, left, right)
        await require_other_person(
            tx, actor, (left, right), "nobody decides who is who of their own record", about=decision_id
        )
        if not stands(await decisions_about(tx, [left, right]), merge):
            raise ConflictError("the merge does not stand any more", id=decision_id)
        if await is_asked(tx, left, right):
            raise ConflictError("somebody has asked for this already", id=decision_id)
        paths = dict(zip(pair["id"], pair["region_path"], strict=True))
        await create_proposal(
            tx,
            NewProposal(
                id=new_id,
                left_id=left,
                right_id=right,
                reason=PersonReason.SEPARATION,
                state=ReviewState.SECONDED,
                opened_by=actor.id,
                opened_at=tx.at,
                due_on=due_on(civil_date(tx.at)),
                region_path=shared_path(paths[left], paths[right]),
                note=said,
                first_by=actor.id,
                undoes=decision_id,
            ),
        )
        tx.record("person.ask_to_part", new_id, detail={"merge": decision_id})
        return await person_proposal_by_id(tx, actor, new_id)

    asked = request_hash("ask_to_part", decision_id, said)
    return await once(ws, actor, key=idempotency_key, request=asked, answers=ANSWERS, work=work)


def stands(decisions: list[PersonDecisionRow], merge: PersonDecisionRow) -> bool:
    """Whether a merge is the last word on its pair."""
    pair = {merge.left_id, merge.right_id}
    last = max((one for one in decisions if {one.left_id, one.right_id} == pair), key=lambda one: one.number)
    return last.id == merge.id


def history_entry(decision: PersonDecisionRow) -> tuple[PersonDecisionRow, Followed | None]:
    """Give a decision with what it brought along."""
    outcome = None if decision.outcome is None else OUTCOMES.validate_json(decision.outcome)
    return replace(decision, outcome=None), outcome
