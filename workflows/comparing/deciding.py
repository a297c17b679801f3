"""What people decide of households that nothing covers, and how the end of a status is taken back."""

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.comparing import BY_PEOPLE, EndState, TaskOutcome, TaskState
from domain.conferences import ConferenceDecision
from domain.errors import ConflictError, InvalidInputError, TransitionError
from domain.needs import NeedState
from graph.comparing import close_task, lock_end, lock_task, own_task, undo_end
from graph.conferences import DECIDE, is_open
from graph.needs import lock_any_need, move_need
from graph.proposals import is_unanswered
from graph.reads.coverage import (
    CoverageTaskRow,
    StatusEndRow,
    coverage_task_by_id,
    status_end_by_id,
)
from graph.unit_of_work import AuditedTransaction
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.rounds.promises import move_by_promises
from workflows.workspace import Outcome, Workspace

DESK = (Role.STATION_WORKER, Role.STATION_LEAD)
_TASKS = TypeAdapter(CoverageTaskRow)
_ENDS = TypeAdapter(StatusEndRow)


async def decide_coverage_task(
    ws: Workspace,
    actor: Actor,
    task_id: str,
    *,
    expected_version: int,
    outcome: TaskOutcome,
    note: str,
    idempotency_key: str | None = None,
) -> Outcome[CoverageTaskRow]:
    """
    State what became of a household that nothing covered.

    Of a wrong link the row is taken from its person by ``separateLink``, which a second person confirms; the task
    does not open again.

    Raises
    ------
    InvalidInputError
        No note, or an outcome that only a run finds.
    NotPermittedError, NotFoundError, StaleVersionError
        No desk; outside its scope; changed since read.
    TransitionError
        The task is done.
    """
    actor.require(*DESK)
    said = require_words(note, "note")
    if outcome not in BY_PEOPLE:
        raise InvalidInputError("a run finds this, nobody states it", field="outcome", value=outcome.value)

    async def work(tx: AuditedTransaction) -> CoverageTaskRow:
        task = await lock_task(tx, actor, task_id, expected_version=expected_version)
        if task.state is not TaskState.OPEN:
            raise TransitionError("the task is done", id=task_id, before=task.state.value)
        await close_task(tx, task_id, outcome=outcome, note=said, by=actor.id, at=tx.at)
        tx.record("coverage_task.decide", task_id, detail={"outcome": outcome.value})
        return await coverage_task_by_id(tx, actor, task_id)

    return await once(
        ws,
        actor,
        key=idempotency_key,
        request=request_hash("decideCoverageTask", task_id, expected_version, outcome.value, said),
        answers=_TASKS,
        work=work,
    )


async def assign_coverage_task(
    ws: Workspace,
    actor: Actor,
    task_id: str,
    *,
    expected_version: int,
    owner_id: str,
    idempotency_key: str | None = None,
) -> Outcome[CoverageTaskRow]:
    """
    Say who looks after a household.

    Raises
    ------
    InvalidInputError
        Nobody is named.
    NotPermittedError, NotFoundError, StaleVersionError
        No desk; outside its scope; changed since read.
    TransitionError
        The task is done.
    """
    actor.require(*DESK)
    owner = require_words(owner_id, "owner_id")

    async def work(tx: AuditedTransaction) -> CoverageTaskRow:
        task = await lock_task(tx, actor, task_id, expected_version=expected_version)
        if task.state is not TaskState.OPEN:
            raise TransitionError("the task is done", id=task_id, before=task.state.value)
        await own_task(tx, task_id, owner)
        tx.record("coverage_task.assign", task_id, detail={"owner": owner})
        return await coverage_task_by_id(tx, actor, task_id)

    return await once(
        ws,
        actor,
        key=idempotency_key,
        request=request_hash("assignCoverageTask", task_id, expected_version, owner),
        answers=_TASKS,
        work=work,
    )


async def undo_status_end(
    ws: Workspace,
    actor: Actor,
    end_id: str,
    *,
    expected_version: int,
    note: str,
    idempotency_key: str | None = None,
) -> Outcome[StatusEndRow]:
    """
    Take the end of a status back: needs that are still in the conference it led to go back to where they stood.

    What a conference has decided meanwhile stands.

    Raises
    ------
    InvalidInputError
        No note.
    NotPermittedError, NotFoundError, StaleVersionError
        No desk; outside its scope; changed since read.
    ConflictError
        It was taken back already.
    """
    actor.require(*DESK)
    said = require_words(note, "note")

    async def work(tx: AuditedTransaction) -> StatusEndRow:
        end = await lock_end(tx, actor, end_id, expected_version=expected_version)
        if end.state is not EndState.STANDS:
            raise ConflictError("it was taken back already", id=end_id)
        for need_id, before, conference_id in end.steps:
            await _lead_back(tx, actor, need_id, NeedState(before), conference_id, said)
        await undo_end(tx, end_id, by=actor.id, at=tx.at, note=said)
        tx.record("status.undo_end", end_id, detail={"needs": len(end.steps)})
        return await status_end_by_id(tx, actor, end_id)

    return await once(
        ws,
        actor,
        key=idempotency_key,
        request=request_hash("undoStatusEnd", end_id, expected_version, said),
        answers=_ENDS,
        work=work,
    )


async def _lead_back(
    tx: AuditedTransaction, actor: Actor, need_id: str, before: NeedState, conference_id: str, reason: str
) -> None:
    need = await lock_any_need(tx, need_id)
    if need.state is not NeedState.ESCALATED or not await is_open(tx, conference_id):
        return
    decision = (
        ConferenceDecision.WAIT_FOR_ROUND
        if before is NeedState.MATCHING
        else ConferenceDecision.OPEN_FOR_CLAIMS
    )
    need = await move_need(tx, actor, need, decision.leads_to, at=tx.at, reason=reason)
    await tx.run(
        DECIDE, id=conference_id, decision=decision.value, minutes=reason, decided_by=actor.id, at=tx.at
    )
    tx.record("conference.decide", conference_id, detail={"decision": decision.value})
    if before in (NeedState.MATCHED, NeedState.OFFERED) and await is_unanswered(tx, need_id):
        need = await move_need(tx, actor, need, NeedState.MATCHED, at=tx.at, reason=reason)
        if before is NeedState.OFFERED:
            await move_need(tx, actor, need, NeedState.OFFERED, at=tx.at, reason=reason)
    elif before is not need.state:
        await move_by_promises(tx, actor, need, reason=reason, claimable=before is not NeedState.MATCHING)
