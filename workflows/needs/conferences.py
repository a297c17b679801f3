"""Taking a need that is stuck to a case conference, and what the conference decides."""

from datetime import datetime

from domain.actors import Actor
from domain.conferences import ConferenceDecision, ConferenceState
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.needs import NeedState
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ProposalState
from domain.time import aware_utc
from graph.claims import active_claims
from graph.conferences import DECIDE, create_conference, lock_conference
from graph.needs import move_need
from graph.proposals import in_state
from graph.reads.conferences import ConferenceRow, conference_by_id
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.needs.desk import lock_at_desk, require_words
from workflows.needs.lifecycle import drop_promises
from workflows.notices.telling import notify
from workflows.separation import require_other_person
from workflows.workspace import Workspace

_MOST_MEMBERS = 30


async def escalate_need(
    ws: Workspace,
    actor: Actor,
    need_id: str,
    *,
    expected_version: int,
    reason: str,
    owner_id: str,
    due_at: datetime,
    members: tuple[str, ...] = (),
) -> ConferenceRow:
    """
    Take a need to a case conference (ESCALATED): somebody owns it until a date.

    Parameters
    ----------
    owner_id
        Station, organisation or person who is to bring the decision about.
    members
        Who else sits on it.

    Raises
    ------
    InvalidInputError
        No reason or owner, too many members, or a date that is past.
    TransitionError, StaleVersionError, NotFoundError
        The state has no such step; changed since read; outside the scope.
    """
    said, owner = require_words(reason, "reason"), require_words(owner_id, "owner_id")
    if len(members) > _MOST_MEMBERS:
        raise InvalidInputError(f"at most {_MOST_MEMBERS}", field="members", value=len(members))
    due = aware_utc(due_at)
    conference_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ConferenceRow:
        if due <= tx.at:
            raise InvalidInputError("a conference is due in the future", field="due_at")
        need = await lock_at_desk(tx, actor, need_id, expected_version=expected_version)
        await open_conference(
            ws,
            tx,
            actor,
            need,
            conference_id=conference_id,
            reason=said,
            owner_id=owner,
            due_at=due,
            members=tuple(dict.fromkeys(members)),
        )
        return await conference_by_id(tx, actor, conference_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def open_conference(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    need: NeedRow,
    *,
    conference_id: str,
    reason: str,
    owner_id: str,
    due_at: datetime,
    members: tuple[str, ...] = (),
) -> None:
    """Lead a locked need to a conference, as a part of a larger unit of work, and tell its owner."""
    await move_need(tx, actor, need, NeedState.ESCALATED, at=tx.at, reason=reason, due_at=due_at)
    await create_conference(
        tx,
        conference_id,
        need_id=need.id,
        reason=reason,
        owner_id=owner_id,
        members=members,
        opened_by=actor.id,
        due_at=due_at,
        region_path=need.region_path,
        at=tx.at,
    )
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=owner_id,
            code=NoticeCode.NEED_ESCALATED,
            subject_id=need.id,
            region_path=need.region_path,
            parameters={"due_at": due_at.isoformat()},
        ),
    )
    tx.record("need.escalate", need.id, detail={"conference": conference_id})


async def decide_conference(
    ws: Workspace,
    actor: Actor,
    conference_id: str,
    *,
    expected_version: int,
    decision: ConferenceDecision,
    minutes: str,
) -> ConferenceRow:
    """
    Record what a conference decided, and lead its need there.

    Promises that were made before hold on when the need waits for the rest; they are released when it is
    cancelled. A need is closed so only when nothing is promised to it any more.

    Raises
    ------
    InvalidInputError
        No minutes.
    ConflictError
        It is decided already; it would be closed or opened for claims while something is promised; or
        cancelled though gifts arrived.
    SeparationOfDutiesError
        The actor posted the need (HC-29).
    StaleVersionError, NotFoundError
        Changed since read; outside the scope.
    """
    said = require_words(minutes, "minutes")

    async def work(tx: AuditedTransaction) -> ConferenceRow:
        conference = await lock_conference(tx, actor, conference_id, expected_version=expected_version)
        need = await lock_at_desk(tx, actor, conference.need_id, expected_version=None)
        if conference.state != ConferenceState.OPEN:
            raise ConflictError("the conference is decided", id=conference_id)
        if need.state is not NeedState.ESCALATED:
            raise TransitionError("the need left its conference", id=need.id, before=need.state.value)
        await require_other_person(
            tx, actor, (need.posted_by,), "who posted a need does not decide on it", about=need.id
        )
        if decision is ConferenceDecision.CANCEL:
            await drop_promises(tx, need.id)
        elif decision is not ConferenceDecision.WAIT_FOR_ROUND and await _is_promised(tx, need.id):
            raise ConflictError("something is promised to the need", id=need.id, rule="release_first")
        await move_need(tx, actor, need, decision.leads_to, at=tx.at, reason=said)
        await tx.run(
            DECIDE,
            id=conference_id,
            decision=decision.value,
            minutes=said,
            decided_by=actor.id,
            at=tx.at,
        )
        tx.record("conference.decide", conference_id, detail={"decision": decision.value})
        return await conference_by_id(tx, actor, conference_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _is_promised(tx: AuditedTransaction, need_id: str) -> bool:
    live = [await in_state(tx, need_id, state) for state in (ProposalState.OFFERED, ProposalState.ACCEPTED)]
    return any(live) or bool(await active_claims(tx, need_id))
