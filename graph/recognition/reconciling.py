"""What a region counts and has issued in a month, and the questions that come of holding it against a partner's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.recognition import CredentialState, ReconciliationTask, TaskState
from graph.columns import day, flag, integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_paths

COUNTED = Statement(
    "MATCH (n:RecognisedClaim) WHERE n.issuer = $issuer AND n.agreement_id = $agreement_id AND n.kind = 'HOURS'"
    " AND n.recognised_at >= $since AND n.recognised_at < $until MATCH (c:RecognitionCase {id: n.case_id})"
    " RETURN c.credential_id AS credential_id, n.subject AS subject, n.source_min AS minutes,"
    " n.state = 'ACTIVE' AS holds ORDER BY credential_id, subject",
    Access.READ,
)
ISSUED = Statement(
    "MATCH (n:IssuedCredential) WHERE n.issued_at < $until AND n.expires_at >= $since RETURN n.id AS id,"
    " n.volunteer_id AS volunteer_id, n.minutes AS minutes, n.state AS state ORDER BY id",
    Access.READ,
)
BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:IssuedCredential {id: wanted}) RETURN n.id AS id,"
    " n.volunteer_id AS volunteer_id, n.minutes AS minutes, n.state AS state ORDER BY id",
    Access.READ,
)
SERVED = Statement(
    "MATCH (n:HoursRecord) WHERE n.volunteer_id IN $ids RETURN n.id AS id, n.volunteer_id AS volunteer_id,"
    " CASE WHEN n.state = 'VERIFIED' THEN n.minutes ELSE 0 END AS minutes ORDER BY id",
    Access.READ,
)
BEHIND = Statement(
    "MATCH (n:IssuedCredential {id: $id}) RETURN n.volunteer_id AS volunteer_id"
    " UNION MATCH (n:RecognitionCase) WHERE n.credential_id = $id RETURN n.volunteer_id AS volunteer_id",
    Access.READ,
)
FIND = Statement("MATCH (n:Reconciliation {id: $id}) RETURN n.differences AS differences", Access.READ)
CREATE = Statement(
    """
    CREATE (:Reconciliation {id: $id, agreement_id: $agreement_id, period: $period, direction: $direction,
      issuer: $issuer, theirs: $theirs, made_by: $made_by, items: $items, differences: $differences,
      made_at: $made_at, region_path: $region_path})
    """,
    Access.WRITE,
)
CREATE_TASK = Statement(
    """
    CREATE (:ReconciliationTask {id: $id, reconciliation_id: $reconciliation_id, state: 'OPEN', kind: $kind,
      credential_id: $credential_id, subject: $subject, ours_min: $ours_min, theirs_min: $theirs_min,
      due_on: $due_on, opened_at: $opened_at, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
TASK_COLUMNS: LiteralString = """
RETURN n.id AS id, n.reconciliation_id AS reconciliation_id, n.state AS state, n.kind AS kind,
  n.credential_id AS credential_id, n.subject AS subject, n.ours_min AS ours_min, n.theirs_min AS theirs_min,
  n.due_on AS due_on, n.opened_at AS opened_at, n.decided_by AS decided_by, n.note AS note,
  n.decided_at AS decided_at, n.region_path AS region_path, n.version AS version
"""
TASKS = Statement(
    "MATCH (n:ReconciliationTask) WHERE n.state IN $states AND "
    + IN_SCOPE
    + " AND ($reconciliation_id = '' OR n.reconciliation_id = $reconciliation_id)"
    + TASK_COLUMNS
    + "ORDER BY due_on, id LIMIT $limit",
    Access.READ,
)
LOCK_TASK = Statement(
    "MATCH (n:ReconciliationTask {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1"
    + TASK_COLUMNS,
    Access.WRITE,
)
CLOSE_TASK = Statement(
    "MATCH (n:ReconciliationTask {id: $id}) SET n.state = $state, n.decided_by = $by, n.note = $note,"
    " n.decided_at = $at",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """An entry of a credential that counts here, or did; minutes are those of the source."""

    credential_id: str
    subject: str
    minutes: int
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRow:
    """A credential of this region."""

    id: str
    volunteer_id: str
    minutes: int
    holds: bool


async def counted_in(
    tx: ReadTransaction, *, issuer: str, agreement_id: str, since: datetime, until: datetime
) -> list[CountedRow]:
    """Give what was recognised of an issuer in a span."""
    found = await tx.run(COUNTED, issuer=issuer, agreement_id=agreement_id, since=since, until=until)
    return [
        CountedRow(
            credential_id=text(row, "credential_id"),
            subject=text(row, "subject"),
            minutes=integer(row, "minutes"),
            holds=flag(row, "holds"),
        )
        for row in found
    ]


def _issued(row: Record) -> IssuedRow:
    return IssuedRow(
        id=text(row, "id"),
        volunteer_id=text(row, "volunteer_id"),
        minutes=integer(row, "minutes"),
        holds=text(row, "state") == CredentialState.VALID.value,
    )


async def issued_within(tx: ReadTransaction, *, since: datetime, until: datetime) -> list[IssuedRow]:
    """Give the credentials that were out in a span, with where they stand now."""
    return [_issued(row) for row in await tx.run(ISSUED, since=since, until=until)]


async def issued_by_ids(tx: ReadTransaction, ids: Sequence[str]) -> list[IssuedRow]:
    """Give credentials of this region by id."""
    return [_issued(row) for row in await tx.run(BY_IDS, ids=listed(list(set(ids))))]


async def minutes_of(tx: ReadTransaction, volunteer_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Give by volunteer what each of their records of hours counts now."""
    minutes: dict[str, dict[str, int]] = {}
    for row in await tx.run(SERVED, ids=listed(list(set(volunteer_ids)))):
        minutes.setdefault(text(row, "volunteer_id"), {})[text(row, "id")] = integer(row, "minutes")
    return minutes


async def volunteers_behind(tx: ReadTransaction, credential_id: str) -> list[str]:
    """Give whose record a credential is: who was given it here, and whose cases here rest on it."""
    return [text(row, "volunteer_id") for row in await tx.run(BEHIND, id=credential_id)]


async def found_before(tx: ReadTransaction, reconciliation_id: str) -> int | None:
    """Give in how many lines this very statement differed when it was held against ours, or None."""
    found = await tx.run(FIND, id=reconciliation_id)
    return integer(found[0], "differences") if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReconciliation:
    """A statement of a partner that was held against ours; ``theirs`` is its signed text, kept as it came."""

    id: str
    agreement_id: str
    period: str
    direction: str
    issuer: str
    theirs: str
    made_by: str
    items: int
    made_at: datetime
    region_path: str


async def create_reconciliation(
    tx: WriteTransaction, made: NewReconciliation, tasks: Sequence[ReconciliationTask]
) -> None:
    """Write down that two statements were compared, and what a person has to look at."""
    await tx.run(
        CREATE,
        id=made.id,
        agreement_id=made.agreement_id,
        period=made.period,
        direction=made.direction,
        issuer=made.issuer,
        theirs=made.theirs,
        made_by=made.made_by,
        items=made.items,
        differences=len(tasks),
        made_at=made.made_at,
        region_path=made.region_path,
    )
    for task in tasks:
        await tx.run(
            CREATE_TASK,
            id=task.id,
            reconciliation_id=made.id,
            kind=task.kind,
            credential_id=task.credential_id,
            subject=task.subject,
            ours_min=task.ours_min,
            theirs_min=task.theirs_min,
            due_on=task.due_on,
            opened_at=task.opened_at,
            region_path=task.region_path,
        )


def task_of(row: Record) -> ReconciliationTask:
    """Give a difference as it is stored."""
    return ReconciliationTask(
        id=text(row, "id"),
        reconciliation_id=text(row, "reconciliation_id"),
        state=TaskState(text(row, "state")),
        kind=text(row, "kind"),
        credential_id=text(row, "credential_id"),
        subject=text_or_none(row, "subject"),
        ours_min=integer(row, "ours_min"),
        theirs_min=integer(row, "theirs_min"),
        due_on=day(row, "due_on"),
        opened_at=moment(row, "opened_at"),
        decided_by=text_or_none(row, "decided_by"),
        note=text_or_none(row, "note"),
        decided_at=moment_or_none(row, "decided_at"),
        region_path=text(row, "region_path"),
        version=integer(row, "version"),
    )


async def reconciliation_tasks(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[TaskState] = (TaskState.OPEN,),
    reconciliation_id: str | None = None,
    limit: int = 200,
) -> list[ReconciliationTask]:
    """Give differences of the actor's regions, the earliest due first."""
    found = await tx.run(
        TASKS,
        states=listed([state.value for state in states]),
        scope_paths=scope_paths(actor),
        reconciliation_id=reconciliation_id or "",
        limit=limit,
    )
    return [task_of(row) for row in found]


async def lock_task(
    tx: WriteTransaction, actor: Actor, task_id: str, *, expected_version: int
) -> ReconciliationTask:
    """
    Take a difference for deciding.

    Raises
    ------
    NotFoundError
        Outside the scope.
    StaleVersionError
        Changed since it was read.
    """
    found = await tx.run(LOCK_TASK, id=task_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such difference", kind="reconciliation_task", id=task_id)
    task = task_of(found[0])
    if task.version - 1 != expected_version:
        raise StaleVersionError(
            "the difference has changed since it was read",
            id=task_id,
            expected=expected_version,
            found=task.version - 1,
        )
    return task


async def close_task(
    tx: WriteTransaction, task_id: str, state: TaskState, *, by: str, note: str, at: datetime
) -> None:
    """Write down what was made of a difference."""
    await tx.run(CLOSE_TASK, id=task_id, state=state.value, by=by, note=note, at=at)
