"""Households that nothing covers, and statuses that ended, for the desk and the office; names of people are masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.comparing import EndGround, EndState, Lacking, TaskOutcome, TaskState
from domain.errors import NotFoundError
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none, texts
from graph.masks import StoredMask, mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.comparisons import person_name, seen_by
from graph.reads.pages import KeysetPosition, Page, day_of, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed

TASKS, ENDS = "coverage tasks", "status ends"

_TASK_SEEN: LiteralString = (
    "MATCH (n:CoverageTask) WHERE $sees AND n.state IN $states"
    " AND ($station_id = '' OR n.station_id = $station_id) AND " + IN_SCOPE
)
_TASK_SIDES: LiteralString = """
OPTIONAL MATCH (p:Resident {id: n.person_id}) OPTIONAL MATCH (h:Household {id: n.household_id})
RETURN n.id AS id, n.person_id AS person_id, n.household_id AS household_id, n.state AS state, n.lists AS lists,
  n.lacking AS lacking, n.station_id AS station_id, n.owner_id AS owner_id, n.opening_run_id AS opening_run_id,
  n.last_run_id AS last_run_id, n.outcome AS outcome, n.note AS note, n.decided_by AS decided_by,
  n.opened_at AS opened_at, n.due_on AS due_on, n.decided_at AS decided_at, n.version AS version,
  p.name AS person_name, p.id_number_mask AS person_mask, p.phone_mask AS person_phone, p.region_id AS region_id,
  h.file_number AS file_number
"""
_TASK_PAGE = Statement(
    _TASK_SEEN
    + " AND (n.due_on > $after_day OR (n.due_on = $after_day AND n.id > $after_id))"
    + " WITH n ORDER BY n.due_on, n.id LIMIT $limit "
    + _TASK_SIDES
    + "ORDER BY due_on, id",
    Access.READ,
)
_TASK_COUNT = Statement(_TASK_SEEN + " RETURN count(*) AS total", Access.READ)
_TASKS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:CoverageTask {id: wanted}) WHERE $sees AND " + IN_SCOPE + _TASK_SIDES,
    Access.READ,
)

_END_SEEN: LiteralString = "MATCH (n:StatusEnd) WHERE $sees AND n.state IN $states AND " + IN_SCOPE
_END_SIDES: LiteralString = """
OPTIONAL MATCH (p:Resident {id: n.person_id})
RETURN n.id AS id, n.run_id AS run_id, n.household_id AS household_id, n.ground AS ground,
  n.department AS department, n.event AS event, n.state AS state, n.need_ids AS need_ids, n.ended_on AS ended_on,
  n.at AS at, n.undone_by AS undone_by, n.undone_at AS undone_at, n.undone_note AS undone_note,
  n.version AS version, p.name AS person_name, p.id_number_mask AS person_mask
"""
_END_PAGE = Statement(
    _END_SEEN
    + " AND (n.at < $before OR (n.at = $before AND n.id < $before_id))"
    + " WITH n ORDER BY n.at DESC, n.id DESC LIMIT $limit "
    + _END_SIDES
    + "ORDER BY at DESC, id DESC",
    Access.READ,
)
_END_COUNT = Statement(_END_SEEN + " RETURN count(*) AS total", Access.READ)
_ENDS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:StatusEnd {id: wanted}) WHERE $sees AND " + IN_SCOPE + _END_SIDES,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTaskRow:
    """A household that a list shows in difficulty and that nothing covered."""

    id: str
    household_id: str | None
    file_number: str | None
    person_name: str | None
    person_number: StoredMask | None
    telephone: str | None
    region_id: str | None
    state: TaskState
    lists: tuple[str, ...]
    lacking: tuple[Lacking, ...]
    station_id: str | None
    owner_id: str | None
    opening_run_id: str
    last_run_id: str
    outcome: TaskOutcome | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    opened_at: datetime
    due_on: date
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEndRow:
    """A status that a list showed to have ended, and the needs that are looked at again."""

    id: str
    run_id: str
    household_id: str | None
    person_name: str | None
    person_number: StoredMask | None
    ground: EndGround
    department: str | None
    event: str | None
    state: EndState
    need_ids: tuple[str, ...]
    ended_on: date
    at: datetime
    undone_by: str | None
    undone_at: datetime | None
    undone_note: str | None
    version: int


def _task(record: Record) -> CoverageTaskRow:
    outcome = text_or_none(record, "outcome")
    return CoverageTaskRow(
        id=text(record, "id"),
        household_id=text_or_none(record, "household_id"),
        file_number=text_or_none(record, "file_number"),
        person_name=person_name(record),
        person_number=mask_or_none(record, "person_mask"),
        telephone=text_or_none(record, "person_phone"),
        region_id=text_or_none(record, "region_id"),
        state=TaskState(text(record, "state")),
        lists=texts(record, "lists"),
        lacking=tuple(Lacking(each) for each in texts(record, "lacking")),
        station_id=text_or_none(record, "station_id"),
        owner_id=text_or_none(record, "owner_id"),
        opening_run_id=text(record, "opening_run_id"),
        last_run_id=text(record, "last_run_id"),
        outcome=None if outcome is None else TaskOutcome(outcome),
        note=text_or_none(record, "note"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        opened_at=moment(record, "opened_at"),
        due_on=day(record, "due_on"),
        version=integer(record, "version"),
    )


def _end(record: Record) -> StatusEndRow:
    return StatusEndRow(
        id=text(record, "id"),
        run_id=text(record, "run_id"),
        household_id=text_or_none(record, "household_id"),
        person_name=person_name(record),
        person_number=mask_or_none(record, "person_mask"),
        ground=EndGround(text(record, "ground")),
        department=text_or_none(record, "department"),
        event=text_or_none(record, "event"),
        state=EndState(text(record, "state")),
        need_ids=texts(record, "need_ids"),
        ended_on=day(record, "ended_on"),
        at=moment(record, "at"),
        undone_by=text_or_none(record, "undone_by"),
        undone_at=moment_or_none(record, "undone_at"),
        undone_note=text_or_none(record, "undone_note"),
        version=integer(record, "version"),
    )


async def page_of_coverage_tasks(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[TaskState] = (),
    station_id: str = "",
) -> Page[CoverageTaskRow]:
    """Give a page of tasks, the earliest due first; without ``states`` those that are open."""
    size = page_size(first)
    after_day, after_id = start_of(TASKS, after)
    seen = {
        **seen_by(actor),
        "states": listed([each.value for each in states or (TaskState.OPEN,)]),
        "station_id": station_id,
    }
    records = await tx.run(
        _TASK_PAGE,
        after_day=day_of(after_day),
        after_id=after_id,
        limit=size + 1,
        **seen,
    )
    total = integer((await tx.run(_TASK_COUNT, **seen))[0], "total") if with_total else None
    return page(TASKS, records, size, total, row=_task, sort_column="due_on")


async def coverage_tasks_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, CoverageTaskRow]:
    """Give tasks by id, those that the actor may see."""
    records = await tx.run(_TASKS_BY_IDS, ids=listed(list(ids)), **seen_by(actor))
    return {row.id: row for row in map(_task, records)}


async def coverage_task_by_id(tx: ReadTransaction, actor: Actor, task_id: str) -> CoverageTaskRow:
    """
    Give one task.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await coverage_tasks_by_ids(tx, actor, [task_id])
    if task_id not in found:
        raise NotFoundError("no such task", kind="coverage_task", id=task_id)
    return found[task_id]


async def page_of_status_ends(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    states: Sequence[EndState] = (),
) -> Page[StatusEndRow]:
    """Give a page of ended statuses, the newest first; without ``states`` those that stand."""
    size = page_size(first)
    before, before_id = start_of(ENDS, after)
    seen = {**seen_by(actor), "states": listed([each.value for each in states or (EndState.STANDS,)])}
    records = await tx.run(_END_PAGE, before=moment_of(before), before_id=before_id, limit=size + 1, **seen)
    total = integer((await tx.run(_END_COUNT, **seen))[0], "total") if with_total else None
    return page(ENDS, records, size, total, row=_end, sort_column="at")


async def status_ends_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, StatusEndRow]:
    """Give ended statuses by id, those that the actor may see."""
    records = await tx.run(_ENDS_BY_IDS, ids=listed(list(ids)), **seen_by(actor))
    return {row.id: row for row in map(_end, records)}


async def status_end_by_id(tx: ReadTransaction, actor: Actor, end_id: str) -> StatusEndRow:
    """
    Give one ended status.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await status_ends_by_ids(tx, actor, [end_id])
    if end_id not in found:
        raise NotFoundError("no such end of a status", kind="status_end", id=end_id)
    return found[end_id]
