"""A partner's statement of a month is held against what this region has; what differs goes to a person."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field, TypeAdapter

from domain.actors import Actor
from domain.errors import InvalidInputError, NotPermittedError, TransitionError
from domain.linking import due_on
from domain.recognition import ReconciliationTask, TaskState
from domain.time import civil_date
from graph.ports import ReadTransaction
from graph.reads.reconciliation import DifferenceRow, reconciliation_differences_by_ids
from graph.recognition.months import answer_month
from graph.recognition.reconciling import (
    IssuedRow,
    NewReconciliation,
    close_task,
    create_reconciliation,
    found_before,
    issued_by_ids,
    lock_task,
    minutes_of,
    reconciliation_tasks,
    volunteers_behind,
)
from graph.unit_of_work import AuditedTransaction
from identity.recognition.reconciling import (
    Difference,
    Issued,
    Side,
    Statement,
    StatementKind,
    differences,
    open_statement,
)
from identity.trust.bundle import TrustBundle
from identity.verdicts import Refused
from workflows.hours.records import said
from workflows.idempotency import once, request_hash
from workflows.recognition.issuing import entry_number
from workflows.recognition.months import home_path
from workflows.recognition.stating import CLERKS, counted_lines
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_DIFFERENCES = TypeAdapter(DifferenceRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """
    What came of holding a partner's statement against ours.

    Parameters
    ----------
    items, differences
        How many lines of theirs, and how many of them differ.
    tasks
        Differences, each a question for a person; those of before if the statement had come already. An answer that
        is given again leaves them out.
    """

    id: str
    period: str
    kind: StatementKind
    items: int
    differences: int
    tasks: Annotated[tuple[ReconciliationTask, ...], Field(exclude=True)] = ()
    repeated: bool = False


_ANSWERS = TypeAdapter(Reconciled)


async def reconcile(
    ws: Workspace,
    actor: Actor,
    bundle: TrustBundle,
    text: str,
    *,
    region_path: str | None = None,
    idempotency_key: str | None = None,
) -> Outcome[Reconciled]:
    """
    Hold a partner's signed statement against what this region has, and make differences questions for people.

    What they recognised is held against our credentials and the hours behind them; what they issued against what we
    count. Nothing is taken back here: a person decides. The same statement again changes nothing.

    Parameters
    ----------
    region_path
        Whose people look at the differences; None is all of this region.

    Raises
    ------
    InvalidInputError
        The statement cannot be believed, or is under an agreement that the bundle does not have between the two.
    NotPermittedError
        The actor does not keep the desk or the installation there.
    """
    actor.require(*CLERKS)
    where = home_path(bundle.home) if region_path is None else region_path
    if not actor.scope.covers(where):
        raise NotPermittedError("the differences would be seen by others alone", id=where)
    statement = _believed(text, bundle)
    identity = hashlib.sha256(text.strip().encode()).hexdigest()[:32]

    async def work(tx: AuditedTransaction) -> Reconciled:
        answer = Reconciled(
            id=identity,
            period=statement.period,
            kind=statement.kind,
            items=len(statement.items),
            differences=0,
        )
        before = await found_before(tx, identity)
        if before is not None:
            tx.record(
                "recognition.reconcile", identity, detail={"period": statement.period, "repeated": True}
            )
            tasks = await reconciliation_tasks(tx, actor, states=tuple(TaskState), reconciliation_id=identity)
            return replace(answer, differences=before, tasks=tuple(tasks), repeated=True)
        tasks = [
            _task(tx, identity, index, found, statement.kind, where)
            for index, found in enumerate(await _compared(tx, statement))
        ]
        made = NewReconciliation(
            id=identity,
            agreement_id=statement.agreement,
            period=statement.period,
            direction=statement.kind.value,
            issuer=statement.issuer,
            theirs=text.strip(),
            made_by=actor.id,
            items=len(statement.items),
            made_at=tx.at,
            region_path=where,
        )
        await create_reconciliation(tx, made, tasks)
        await answer_month(tx, _answered(statement).id, identity)
        tx.record(
            "recognition.reconcile",
            identity,
            detail={"period": statement.period, "items": len(statement.items), "differences": len(tasks)},
        )
        return replace(answer, differences=len(tasks), tasks=tuple(tasks))

    request = request_hash("reconcile", identity, where)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


def _believed(text: str, bundle: TrustBundle) -> Statement:
    """Read a partner's statement, if it is one under an agreement between the two."""
    try:
        statement = open_statement(text, bundle, home=bundle.home)
    except Refused as refusal:
        raise InvalidInputError(
            "the statement cannot be believed", reason=refusal.code.value, detail=refusal.detail
        ) from None
    issues, counts = statement.stated_by, bundle.home
    if statement.kind is StatementKind.RECOGNISED:
        issues, counts = counts, issues
    if not any(each.id == statement.agreement and each.covers(issues, counts) for each in bundle.agreements):
        raise InvalidInputError(
            "no such agreement between the two", field="agreement", value=statement.agreement
        )
    return statement


def _answered(statement: Statement) -> Side:
    """Give the side of ours that a partner's statement answers."""
    return Side(
        month=statement.period,
        agreement=statement.agreement,
        partner=statement.stated_by,
        issuer=statement.issuer,
        kind=statement.kind.answer,
    )


async def _compared(tx: ReadTransaction, statement: Statement) -> tuple[Difference, ...]:
    if statement.kind is StatementKind.RECOGNISED:
        rows = await issued_by_ids(tx, [item.credential for item in statement.items])
        return differences(statement.items, await _issued(tx, rows))
    stated = {item.credential: Issued(minutes=item.minutes, holds=item.holds) for item in statement.items}
    return differences(await counted_lines(tx, _answered(statement)), stated)


async def _issued(tx: ReadTransaction, rows: Sequence[IssuedRow]) -> dict[str, Issued]:
    by_volunteer = await minutes_of(tx, [row.volunteer_id for row in rows])
    return {
        row.id: Issued(
            minutes=row.minutes,
            holds=row.holds,
            entries={
                entry_number(record): minutes
                for record, minutes in by_volunteer.get(row.volunteer_id, {}).items()
            },
        )
        for row in rows
    }


def _task(
    tx: AuditedTransaction, made: str, index: int, found: Difference, kind: StatementKind, region_path: str
) -> ReconciliationTask:
    theirs_counted = kind is StatementKind.RECOGNISED
    return ReconciliationTask(
        id=f"{made}:{index:04d}",
        reconciliation_id=made,
        state=TaskState.OPEN,
        kind=found.kind.value,
        credential_id=found.credential,
        subject=found.subject,
        ours_min=found.recorded_min if theirs_counted else found.counted_min,
        theirs_min=found.counted_min if theirs_counted else found.recorded_min,
        due_on=due_on(civil_date(tx.at)),
        opened_at=tx.at,
        region_path=region_path,
    )


async def decide_difference(
    ws: Workspace,
    actor: Actor,
    task_id: str,
    *,
    state: TaskState,
    note: str,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[DifferenceRow]:
    """
    Say what was made of a difference: one side has put it right, or it stands for a reason.

    Raises
    ------
    SeparationOfDutiesError
        It is about a record of the actor's own.
    TransitionError
        It is decided already, or OPEN is no answer.
    StaleVersionError, NotFoundError
        Changed since it was read; outside the scope.
    """
    actor.require(*CLERKS)
    told = said(note, "note")

    async def work(tx: AuditedTransaction) -> DifferenceRow:
        task = await lock_task(tx, actor, task_id, expected_version=expected_version)
        whose = await volunteers_behind(tx, task.credential_id)
        await require_other_person(
            tx, actor, whose, "nobody settles what their own record counts", about=task_id
        )
        if task.state is not TaskState.OPEN or state is TaskState.OPEN:
            raise TransitionError(
                "the difference is decided already", id=task_id, before=task.state.value, after=state.value
            )
        await close_task(tx, task_id, state, by=actor.id, note=told, at=tx.at)
        tx.record("recognition.settle_difference", task_id, detail={"state": state.value})
        return (await reconciliation_differences_by_ids(tx, actor, [task_id]))[task_id]

    request = request_hash("decide_difference", task_id, state.value, told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_DIFFERENCES, work=work)
