"""Once a month two regions tell each other what they counted and what they issued; what differs goes to a person."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, TransitionError
from domain.linking import due_on
from domain.recognition import ReconciliationTask, TaskState
from domain.time import aware_utc, civil_date
from graph.ports import ReadTransaction
from graph.recognition.reconciling import (
    IssuedRow,
    NewReconciliation,
    close_task,
    counted_in,
    create_reconciliation,
    is_reconciled,
    issued_by_ids,
    issued_within,
    lock_task,
    minutes_of,
    reconciliation_tasks,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.jose.jwk import Signer
from identity.recognition.reconciling import (
    Difference,
    Issued,
    Item,
    Statement,
    StatementKind,
    differences,
    month,
    open_statement,
    sign_statement,
)
from identity.trust.bundle import TrustBundle
from workflows.hours.records import DESK, said
from workflows.idempotency import once, request_hash
from workflows.recognition.issuing import entry_number
from workflows.workspace import Outcome, Workspace

_CLERKS = (*DESK, Role.PLATFORM_ADMIN)
_TASKS = TypeAdapter(ReconciliationTask)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionKey:
    """The key with which this region signs."""

    region: str
    key_id: str
    key: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    What a statement is about.

    Parameters
    ----------
    partner
        The other region.
    issuer
        The registry whose credentials it is about: theirs in what was recognised, ours in what was issued.
    month
        A civil month, as ``2026-03``.
    """

    partner: str
    agreement: str
    issuer: str
    month: str


async def state_recognised(ws: Workspace, actor: Actor, period: Period, signing: RegionKey) -> str:
    """
    State what was recognised of a partner's credentials in a month, signed.

    Raises
    ------
    NotPermittedError
        The actor does not keep the desk or the installation.
    InvalidInputError
        Not a month.
    """
    actor.require(*_CLERKS)

    async def work(tx: AuditedTransaction) -> str:
        return _signed(tx, period, signing, StatementKind.RECOGNISED, await _counted(tx, period))

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def state_issued(ws: Workspace, actor: Actor, period: Period, signing: RegionKey) -> str:
    """State which credentials of ours were out in a month, what each tells of and whether it holds, signed."""
    actor.require(*_CLERKS)

    async def work(tx: AuditedTransaction) -> str:
        since, until = month(period.month)
        rows = await issued_within(tx, since=since, until=until)
        items = tuple(Item(credential=row.id, minutes=row.minutes, holds=row.holds) for row in rows)
        return _signed(tx, period, signing, StatementKind.ISSUED, items)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


def _signed(
    tx: AuditedTransaction,
    period: Period,
    signing: RegionKey,
    kind: StatementKind,
    items: tuple[Item, ...],
) -> str:
    statement = Statement(
        kind=kind,
        stated_by=signing.region,
        stated_to=period.partner,
        agreement=period.agreement,
        issuer=period.issuer,
        period=period.month,
        at=int(aware_utc(tx.at).timestamp()),
        items=items,
    )
    tx.record(
        f"recognition.state_{kind.value}",
        period.agreement,
        detail={"period": period.month, "items": len(items)},
    )
    return sign_statement(statement, signing.key, signing.key_id)


async def _counted(tx: ReadTransaction, period: Period) -> tuple[Item, ...]:
    since, until = month(period.month)
    rows = await counted_in(tx, issuer=period.issuer, agreement_id=period.agreement, since=since, until=until)
    return tuple(
        Item(credential=row.credential_id, subject=row.subject, minutes=row.minutes, holds=row.holds)
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """
    What came of holding a partner's statement against ours.

    Parameters
    ----------
    items
        Lines of theirs.
    tasks
        Differences, each a question for a person; those of before if the statement had come already.
    """

    id: str
    period: str
    kind: StatementKind
    items: int
    tasks: tuple[ReconciliationTask, ...]
    repeated: bool = False


async def reconcile(
    ws: Workspace, actor: Actor, bundle: TrustBundle, text: str, *, region_path: str
) -> Reconciled:
    """
    Hold a partner's signed statement against what this region has, and make differences questions for people.

    What they recognised is held against our credentials and the hours behind them; what they issued against what we
    count. Nothing is taken back here: a person decides. The same statement again changes nothing.

    Parameters
    ----------
    region_path
        Whose people look at the differences.

    Raises
    ------
    Refused
        The statement cannot be believed: see ``open_statement``.
    InvalidInputError
        It is under an agreement that the trust bundle does not have between the two.
    """
    actor.require(*_CLERKS)
    statement = open_statement(text, bundle, home=bundle.home)
    issues, counts = statement.stated_by, bundle.home
    if statement.kind is StatementKind.RECOGNISED:
        issues, counts = counts, issues
    if not any(each.id == statement.agreement and each.covers(issues, counts) for each in bundle.agreements):
        raise InvalidInputError(
            "no such agreement between the two", field="agreement", value=statement.agreement
        )
    identity = hashlib.sha256(text.strip().encode()).hexdigest()[:32]

    async def work(tx: AuditedTransaction) -> Reconciled:
        answer = Reconciled(
            id=identity,
            period=statement.period,
            kind=statement.kind,
            items=len(statement.items),
            tasks=(),
        )
        if await is_reconciled(tx, identity):
            tasks = await reconciliation_tasks(tx, actor, states=tuple(TaskState), reconciliation_id=identity)
            return replace(answer, tasks=tuple(tasks), repeated=True)
        tasks = [
            _task(tx, identity, index, found, statement.kind, region_path)
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
            region_path=region_path,
        )
        await create_reconciliation(tx, made, tasks)
        tx.record(
            "recognition.reconcile",
            identity,
            detail={"period": statement.period, "items": len(statement.items), "differences": len(tasks)},
        )
        return replace(answer, tasks=tuple(tasks))

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _compared(tx: ReadTransaction, statement: Statement) -> tuple[Difference, ...]:
    if statement.kind is StatementKind.RECOGNISED:
        rows = await issued_by_ids(tx, [item.credential for item in statement.items])
        return differences(statement.items, await _issued(tx, rows))
    period = Period(
        partner=statement.stated_by,
        agreement=statement.agreement,
        issuer=statement.issuer,
        month=statement.period,
    )
    stated = {item.credential: Issued(minutes=item.minutes, holds=item.holds) for item in statement.items}
    return differences(await _counted(tx, period), stated)


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
) -> Outcome[ReconciliationTask]:
    """
    Say what was made of a difference: one side has put it right, or it stands for a reason.

    Raises
    ------
    TransitionError
        It is decided already, or OPEN is no answer.
    StaleVersionError, NotFoundError
        Changed since it was read; outside the scope.
    """
    actor.require(*_CLERKS)
    told = said(note, "note")

    async def work(tx: AuditedTransaction) -> ReconciliationTask:
        task = await lock_task(tx, actor, task_id, expected_version=expected_version)
        if task.state is not TaskState.OPEN or state is TaskState.OPEN:
            raise TransitionError(
                "the difference is decided already", id=task_id, before=task.state.value, after=state.value
            )
        await close_task(tx, task_id, state, by=actor.id, note=told, at=tx.at)
        tx.record("recognition.settle_difference", task_id, detail={"state": state.value})
        return replace(task, state=state, decided_by=actor.id, note=told, decided_at=tx.at)

    request = request_hash("decide_difference", task_id, state.value, told, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_TASKS, work=work)
