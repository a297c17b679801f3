"""Comparisons as use cases write and read them: whole lists as columns, tasks, ends of statuses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import polars as pl

from domain.actors import Actor
from domain.comparing import EndState, TaskOutcome, TaskState
from domain.errors import NotFoundError, StaleVersionError
from domain.needs import OVER, NeedCategory
from graph.columns import integer, text, text_or_none, texts
from graph.frames import DTYPES, columns_of
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import IN_SCOPE, listed, scope_paths

RECORDS = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.department IN $departments AND n.event IN $events AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.department AS department, n.event AS event, n.number AS number,"
    " n.resident_id AS resident_id, n.occurred_on AS occurred_on",
    Access.READ,
)
PERSONS = Statement(
    "MATCH (n:Resident) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.household_id AS household_id, n.region_path AS region_path,"
    " n.id_number_hash AS id_number_hash, n.unregistered AS unregistered",
    Access.READ,
)
RELIEVED = Statement(
    "MATCH (n:DepartmentRecord) WHERE n.department IN $departments AND n.event IN $events"
    " AND n.resident_id IS NOT NULL AND n.occurred_on >= $since AND "
    + IN_SCOPE
    + " RETURN DISTINCT n.resident_id AS id",
    Access.READ,
)
IN_RELIEF = Statement(
    "MATCH (n:Household) WHERE n.situations IS NOT NULL AND any(s IN $situations WHERE s IN n.situations) AND "
    + IN_SCOPE
    + " RETURN n.id AS id",
    Access.READ,
)
PERSONS_IN_RELIEF = Statement(
    "MATCH (n:Resident) WHERE n.situations IS NOT NULL AND any(s IN $situations WHERE s IN n.situations) AND "
    + IN_SCOPE
    + " RETURN n.id AS id",
    Access.READ,
)
WITH_NEED = Statement(
    "MATCH (n:Need) WHERE n.subject_kind = 'HOUSEHOLD' AND n.subject_id IS NOT NULL"
    " AND (NOT n.state IN $over OR coalesce(n.fulfilled_at, n.state_since, n.recorded_at) >= $since)"
    " AND NOT n.state IN ['REJECTED', 'CANCELLED'] AND " + IN_SCOPE + " RETURN DISTINCT n.subject_id AS id",
    Access.READ,
)
WITH_PLAN = Statement(
    "MATCH (n:ServicePlan) WHERE n.closed_at IS NULL AND "
    + IN_SCOPE
    + " RETURN DISTINCT n.household_id AS id",
    Access.READ,
)
TASKS = Statement(
    "MATCH (n:CoverageTask) WHERE "
    + IN_SCOPE
    + " RETURN n.id AS id, n.subject_id AS subject_id, n.state AS state, n.outcome AS outcome,"
    " n.lists AS lists, n.version AS version",
    Access.READ,
)
RUN = Statement("MATCH (n:CompareRun {id: $id}) RETURN n.counts AS counts, n.lines AS lines", Access.READ)
OPEN_NEEDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need) WHERE n.subject_id = wanted AND n.subject_kind = 'HOUSEHOLD'"
    " AND NOT n.state IN $over AND n.category <> $child AND "
    + IN_SCOPE
    + " RETURN n.id AS id, n.subject_id AS household_id ORDER BY household_id, id",
    Access.READ,
)
DEATHS_TAKEN_BACK = Statement(
    "MATCH (n:StatusEnd) WHERE n.ground = 'DIED' AND n.state = 'UNDONE' RETURN DISTINCT n.person_id AS id",
    Access.READ,
)
KNOWN_ENDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:StatusEnd {id: wanted}) RETURN n.id AS id", Access.READ
)
LOCK_TASK = Statement(
    "MATCH (n:CoverageTask {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.state AS state, n.region_path AS region_path,"
    " n.person_id AS person_id, n.version AS version",
    Access.WRITE,
)
DECIDE_TASK = Statement(
    "MATCH (n:CoverageTask {id: $id}) SET n.state = 'DONE', n.outcome = $outcome, n.note = $note,"
    " n.decided_by = $by, n.decided_at = $at",
    Access.WRITE,
)
OWN_TASK = Statement("MATCH (n:CoverageTask {id: $id}) SET n.owner_id = $owner_id", Access.WRITE)
LOCK_END = Statement(
    "MATCH (n:StatusEnd {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.state AS state, n.steps AS steps, n.region_path AS region_path,"
    " n.version AS version, n.need_ids AS need_ids",
    Access.WRITE,
)
UNDO_END = Statement(
    "MATCH (n:StatusEnd {id: $id}) SET n.state = 'UNDONE', n.undone_by = $by, n.undone_at = $at,"
    " n.undone_note = $note",
    Access.WRITE,
)


async def records_of(
    tx: ReadTransaction, actor: Actor, departments: Sequence[str], events: Sequence[str]
) -> pl.DataFrame:
    """Give every row that the graph has of some lists, and whom each is linked to."""
    frame = await tx.frame(
        RECORDS,
        departments=listed(list(departments)),
        events=listed(list(events)),
        scope_paths=scope_paths(actor),
    )
    return columns_of(
        "DepartmentRecord", frame, ("id", "department", "event", "number", "resident_id", "occurred_on")
    )


async def persons_to_compare(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give everybody within a scope with their household and place."""
    frame = await tx.frame(PERSONS, scope_paths=scope_paths(actor))
    columns = ("id", "household_id", "region_path", "id_number_hash", "unregistered")
    return columns_of("Resident", frame, columns)


async def deaths_listed(
    tx: ReadTransaction, actor: Actor, departments: Sequence[str], events: Sequence[str]
) -> pl.DataFrame:
    """Give the rows of lists of deaths that are about somebody, those that people took back left out."""
    wrong = _ids(await tx.frame(DEATHS_TAKEN_BACK))
    rows = await records_of(tx, actor, departments, events)
    return rows.filter(pl.col("resident_id").is_not_null() & ~pl.col("resident_id").is_in(wrong.implode()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Ids of what is known: persons and households in relief, households with a need, with a plan."""

    persons_in_relief: pl.Series
    households_in_relief: pl.Series
    with_need: pl.Series
    with_plan: pl.Series


async def covered(
    tx: ReadTransaction,
    actor: Actor,
    *,
    departments: Sequence[str],
    events: Sequence[str],
    situations: Sequence[str],
    since: datetime,
) -> Covered:
    """Give who is covered by relief, a need or a plan."""
    paths = scope_paths(actor)
    paid = await tx.frame(
        RELIEVED,
        departments=listed(list(departments)),
        events=listed(list(events)),
        since=since.date(),
        scope_paths=paths,
    )
    wanted = listed(list(situations))
    shown = await tx.frame(PERSONS_IN_RELIEF, situations=wanted, scope_paths=paths)
    homes = await tx.frame(IN_RELIEF, situations=wanted, scope_paths=paths)
    over = listed([state.value for state in OVER])
    needs = await tx.frame(WITH_NEED, over=over, since=since, scope_paths=paths)
    plans = await tx.frame(WITH_PLAN, scope_paths=paths)
    return Covered(
        persons_in_relief=pl.concat([_ids(paid), _ids(shown)]).unique(),
        households_in_relief=_ids(homes),
        with_need=_ids(needs),
        with_plan=_ids(plans),
    )


def _ids(frame: pl.DataFrame) -> pl.Series:
    return frame["id"].cast(pl.String) if frame.width else pl.Series("id", [], dtype=pl.String)


async def tasks_of(tx: ReadTransaction, actor: Actor) -> pl.DataFrame:
    """Give every task of coverage in a scope: whose it is, how it stands, by which lists."""
    frame = await tx.frame(TASKS, scope_paths=scope_paths(actor))
    return columns_of("CoverageTask", frame, ("id", "subject_id", "state", "outcome", "lists", "version"))


async def stored_counts(tx: ReadTransaction, run_id: str) -> dict[str, int] | None:
    """Give the counts of a run there was, None where there was none."""
    found = await tx.run(RUN, id=run_id)
    return cast("dict[str, int]", json.loads(text(found[0], "counts"))) if found else None


async def write_run(
    tx: WriteTransaction, run: Mapping[str, object], lines: pl.DataFrame, *, at: datetime
) -> None:
    """Write a run and its lines."""
    node = NODE_TYPE_BY_LABEL["CompareRun"]
    kinds = {p.name: DTYPES[p.type] for p in node.properties}
    row = {name: [value] for name, value in {**run, "at": at}.items()}
    await tx.create_nodes(node, pl.DataFrame(row, schema={name: kinds[name] for name in row}))
    if lines.height:
        await tx.create_nodes(NODE_TYPE_BY_LABEL["CompareLine"], lines)


async def write_tasks(tx: WriteTransaction, new: pl.DataFrame, changed: pl.DataFrame) -> None:
    """Write tasks that are new, and what has changed of those there are."""
    node = NODE_TYPE_BY_LABEL["CoverageTask"]
    if new.height:
        await tx.create_nodes(node, new)
    if changed.height:
        await tx.load_nodes(node, changed)


async def open_needs_of(tx: ReadTransaction, actor: Actor, households: Sequence[str]) -> dict[str, list[str]]:
    """Give the needs of households that are not over, those of child protection left to their own desk."""
    rows = await tx.run(
        OPEN_NEEDS,
        ids=listed(list(households)),
        over=listed([state.value for state in OVER]),
        child=NeedCategory.CHILD_PROTECT.value,
        scope_paths=scope_paths(actor),
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(text(row, "household_id"), []).append(text(row, "id"))
    return found


async def known_ends(tx: ReadTransaction, ids: Sequence[str]) -> set[str]:
    """Give which of some ends of statuses are written down already."""
    return {text(row, "id") for row in await tx.run(KNOWN_ENDS, ids=listed(list(ids)))}


async def write_end(tx: WriteTransaction, end: Mapping[str, object]) -> None:
    """Write down that a status ended."""
    node = NODE_TYPE_BY_LABEL["StatusEnd"]
    kinds = {p.name: DTYPES[p.type] for p in node.properties}
    frame = pl.DataFrame(
        {name: [value] for name, value in end.items()}, schema={name: kinds[name] for name in end}
    )
    await tx.create_nodes(node, frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTask:
    """A task taken for deciding."""

    id: str
    state: TaskState
    person_id: str | None
    region_path: str


async def lock_task(tx: WriteTransaction, actor: Actor, task_id: str, *, expected_version: int) -> LockedTask:
    """
    Take a task for changing.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK_TASK, id=task_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such task", kind="coverage_task", id=task_id)
    _require_version(task_id, integer(found[0], "version") - 1, expected_version)
    return LockedTask(
        id=task_id,
        state=TaskState(text(found[0], "state")),
        person_id=text_or_none(found[0], "person_id"),
        region_path=text(found[0], "region_path"),
    )


def _require_version(key: str, found: int, expected: int) -> None:
    if found != expected:
        raise StaleVersionError("it has changed since it was read", id=key, expected=expected, found=found)


async def close_task(
    tx: WriteTransaction, task_id: str, *, outcome: TaskOutcome, note: str, by: str, at: datetime
) -> None:
    """Write down what became of a household."""
    await tx.run(DECIDE_TASK, id=task_id, outcome=outcome.value, note=note, by=by, at=at)


async def own_task(tx: WriteTransaction, task_id: str, owner_id: str) -> None:
    """Write down who looks after a household."""
    await tx.run(OWN_TASK, id=task_id, owner_id=owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedEnd:
    """An end of a status taken for undoing; ``steps`` are need, its state before, and the conference."""

    id: str
    state: EndState
    steps: tuple[tuple[str, str, str], ...]
    need_ids: tuple[str, ...]
    region_path: str


async def lock_end(tx: WriteTransaction, actor: Actor, end_id: str, *, expected_version: int) -> LockedEnd:
    """
    Take the end of a status for undoing.

    Raises
    ------
    NotFoundError
        Not within the actor's scope.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK_END, id=end_id, scope_paths=scope_paths(actor))
    if not found:
        raise NotFoundError("no such end of a status", kind="status_end", id=end_id)
    _require_version(end_id, integer(found[0], "version") - 1, expected_version)
    steps = cast("list[list[str]]", json.loads(text(found[0], "steps")))
    return LockedEnd(
        id=end_id,
        state=EndState(text(found[0], "state")),
        steps=tuple((need, before, conference) for need, before, conference in steps),
        need_ids=texts(found[0], "need_ids"),
        region_path=text(found[0], "region_path"),
    )


async def undo_end(tx: WriteTransaction, end_id: str, *, by: str, at: datetime, note: str) -> None:
    """Write down that the end of a status was taken back."""
    await tx.run(UNDO_END, id=end_id, by=by, at=at, note=note)
