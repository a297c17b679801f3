"""Runs of comparisons, what they found, households that nothing covers, and statuses that ended; names masked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.comparing import Difference, EndGround, EndState, Lacking, TaskOutcome, TaskState
from domain.errors import NotFoundError
from graph.columns import day, integer, integer_or_none, moment, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, Value
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

RUNS, LINES, TASKS, ENDS = "comparisons", "comparison lines", "coverage tasks", "status ends"

_RUN_SEEN: LiteralString = (
    "$sees AND any(p IN $scope_paths WHERE p STARTS WITH n.region_path OR n.region_path STARTS WITH p)"
)
_RUN_COLUMNS: LiteralString = """
RETURN n.id AS id, n.rules AS rules, n.label AS label, n.title AS title, n.before_file AS before_file,
  n.after_file AS after_file, n.departments AS departments, n.events AS events, n.before_rows AS before_rows,
  n.after_rows AS after_rows, n.counts AS counts, n.compared_on AS compared_on, n.at AS at
"""
_RUN_PAGE = Statement(
    "MATCH (n:CompareRun) WHERE "
    + _RUN_SEEN
    + " AND (n.at < $before OR (n.at = $before AND n.id < $before_id))"
    + _RUN_COLUMNS
    + "ORDER BY at DESC, id DESC LIMIT $limit",
    Access.READ,
)
_RUN_COUNT = Statement("MATCH (n:CompareRun) WHERE " + _RUN_SEEN + " RETURN count(*) AS total", Access.READ)
_RUNS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:CompareRun {id: wanted}) WHERE " + _RUN_SEEN + _RUN_COLUMNS, Access.READ
)
_KINDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:CompareLine) WHERE n.run_id = wanted AND $sees AND "
    + IN_SCOPE
    + " RETURN n.run_id AS run_id, n.kind AS kind, count(*) AS found",
    Access.READ,
)

_LINE_SEEN: LiteralString = (
    "MATCH (n:CompareLine) WHERE n.run_id = $run_id AND $sees AND n.kind IN $kinds AND " + IN_SCOPE
)
_LINE_PAGE = Statement(
    _LINE_SEEN
    + """ AND n.id > $after_id WITH n ORDER BY n.id LIMIT $limit
OPTIONAL MATCH (p:Resident {id: n.person_id})
RETURN n.id AS id, n.kind AS kind, n.number AS number, n.number_before AS number_before,
  n.department AS department, n.event AS event, n.changes AS changes, n.household_id AS household_id,
  n.source_row AS source_row, n.source_row_before AS source_row_before, n.region_path AS region_path,
  p.name AS person_name, p.id_number_mask AS person_mask
ORDER BY id
""",
    Access.READ,
)
_LINE_COUNT = Statement(_LINE_SEEN + " RETURN count(*) AS total", Access.READ)

_TASK_SEEN: LiteralString = (
    "MATCH (n:CoverageTask) WHERE $sees AND n.state IN $states"
    " AND ($station_id = '' OR n.station_id = $station_id) AND " + IN_SCOPE
)
_TASK_SIDES: LiteralString = """
OPTIONAL MATCH (p:Resident {id: n.person_id}) OPTIONAL MATCH (h:Household {id: n.household_id})
RETURN n.id AS id, n.person_id AS person_id, n.household_id AS household_id, n.state AS state, n.lists AS lists,
  n.lacking AS lacking, n.station_id AS station_id, n.owner_id AS owner_id, n.first_run_id AS first_run_id,
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
_TOWN_LINES = Statement(
    "MATCH (n:CompareLine) WHERE n.run_id = $run_id AND $sees AND "
    + IN_SCOPE
    + """
    OPTIONAL MATCH (p:Resident {id: n.person_id}) OPTIONAL MATCH (h:Household {id: n.household_id})
    RETURN n.id AS id, n.kind AS kind, n.number AS number, n.number_before AS number_before,
      n.department AS department, n.event AS event, n.changes AS changes, n.household_id AS household_id,
      n.source_row AS source_row, n.source_row_before AS source_row_before, n.region_path AS region_path,
      p.name AS person_name, p.id_number_mask AS person_mask, h.file_number AS file_number
    ORDER BY id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """
    One run.

    ``found`` counts the lines within the reader's scope, by kind; ``counts`` are those of the whole run, for the
    office alone.
    """

    id: str
    rules: str
    label: str
    title: str
    before_file: str | None
    after_file: str
    departments: tuple[str, ...]
    events: tuple[str, ...]
    before_rows: int
    after_rows: int
    compared_on: date
    at: datetime
    found: dict[str, int]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a row, in both lists."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonLineRow:
    """What a run found of one row; names and numbers of people are masked."""

    id: str
    kind: Difference
    number: str | None
    number_before: str | None
    department: str | None
    event: str | None
    changes: tuple[FieldChange, ...]
    household_id: str | None
    source_row: int | None
    source_row_before: int | None
    region_path: str
    person_name: str | None
    person_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTaskRow:
    """A household that a list shows in difficulty and that nothing covered."""

    id: str
    household_id: str | None
    file_number: str | None
    person_name: str | None
    person_number: str | None
    telephone: str | None
    region_id: str | None
    state: TaskState
    lists: tuple[str, ...]
    lacking: tuple[Lacking, ...]
    station_id: str | None
    owner_id: str | None
    first_run_id: str
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
    person_number: str | None
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


def _office(actor: Actor) -> dict[str, Value]:
    """Desk and office see runs and what they found."""
    view = view_of(actor)
    return {"sees": view.desk or view.office, "scope_paths": scope_paths(actor)}


def _masked(record: Record) -> str | None:
    name = text_or_none(record, "person_name")
    return None if name is None else masked_name(name)


def _run(record: Record, found: dict[str, int], *, whole: bool) -> ComparisonRow:
    counts = cast("dict[str, int]", json.loads(text(record, "counts"))) if whole else {}
    return ComparisonRow(
        id=text(record, "id"),
        rules=text(record, "rules"),
        label=text(record, "label"),
        title=text(record, "title"),
        before_file=text_or_none(record, "before_file"),
        after_file=text(record, "after_file"),
        departments=texts(record, "departments"),
        events=texts(record, "events"),
        before_rows=integer(record, "before_rows"),
        after_rows=integer(record, "after_rows"),
        compared_on=day(record, "compared_on"),
        at=moment(record, "at"),
        found=found,
        counts=counts,
    )


def _line(record: Record) -> ComparisonLineRow:
    changes = cast("list[dict[str, str | None]]", json.loads(text_or_none(record, "changes") or "[]"))
    return ComparisonLineRow(
        id=text(record, "id"),
        kind=Difference(text(record, "kind")),
        number=text_or_none(record, "number"),
        number_before=text_or_none(record, "number_before"),
        department=text_or_none(record, "department"),
        event=text_or_none(record, "event"),
        changes=tuple(
            FieldChange(field=each["field"] or "", before=each["before"], after=each["after"])
            for each in changes
        ),
        household_id=text_or_none(record, "household_id"),
        source_row=integer_or_none(record, "source_row"),
        source_row_before=integer_or_none(record, "source_row_before"),
        region_path=text(record, "region_path"),
        person_name=_masked(record),
        person_number=text_or_none(record, "person_mask"),
    )


def _task(record: Record) -> CoverageTaskRow:
    outcome = text_or_none(record, "outcome")
    return CoverageTaskRow(
        id=text(record, "id"),
        household_id=text_or_none(record, "household_id"),
        file_number=text_or_none(record, "file_number"),
        person_name=_masked(record),
        person_number=text_or_none(record, "person_mask"),
        telephone=text_or_none(record, "person_phone"),
        region_id=text_or_none(record, "region_id"),
        state=TaskState(text(record, "state")),
        lists=texts(record, "lists"),
        lacking=tuple(Lacking(each) for each in texts(record, "lacking")),
        station_id=text_or_none(record, "station_id"),
        owner_id=text_or_none(record, "owner_id"),
        first_run_id=text(record, "first_run_id"),
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
        person_name=_masked(record),
        person_number=text_or_none(record, "person_mask"),
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


async def page_of_comparisons(
    tx: ReadTransaction,
    actor: Actor,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ComparisonRow]:
    """Give a page of runs, the newest first, each with what of it lies in the actor's scope."""
    size = page_size(first)
    before, before_id = start_of(RUNS, after)
    seen = _office(actor)
    records = await tx.run(
        _RUN_PAGE, before=moment_of(before), before_id=before_id, limit=size + 1, **seen
    )
    rows = await _with_found(tx, actor, records)
    total = integer((await tx.run(_RUN_COUNT, **seen))[0], "total") if with_total else None
    return page(RUNS, records, size, total, row=lambda record: rows[text(record, "id")], sort_column="at")


async def _with_found(
    tx: ReadTransaction, actor: Actor, records: Sequence[Record]
) -> dict[str, ComparisonRow]:
    ids = [text(record, "id") for record in records]
    found: dict[str, dict[str, int]] = {key: {} for key in ids}
    for record in await tx.run(_KINDS, ids=listed(ids), **_office(actor)):
        found[text(record, "run_id")][text(record, "kind")] = integer(record, "found")
    whole = "/" in actor.scope.region_paths
    return {
        key: _run(record, found[key], whole=whole) for key, record in zip(ids, records, strict=True)
    }


async def comparisons_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, ComparisonRow]:
    """Give runs by id, for who may see any."""
    records = await tx.run(_RUNS_BY_IDS, ids=listed(list(ids)), **_office(actor))
    return await _with_found(tx, actor, records)


async def comparison_by_id(tx: ReadTransaction, actor: Actor, run_id: str) -> ComparisonRow:
    """
    Give one run.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await comparisons_by_ids(tx, actor, [run_id])
    if run_id not in found:
        raise NotFoundError("no such comparison", kind="comparison", id=run_id)
    return found[run_id]


async def page_of_comparison_lines(
    tx: ReadTransaction,
    actor: Actor,
    run_id: str,
    *,
    first: int,
    after: KeysetPosition | None = None,
    with_total: bool = False,
    kinds: Sequence[Difference] = (),
) -> Page[ComparisonLineRow]:
    """Give a page of what a run found in the actor's scope, as the lists have it."""
    size = page_size(first)
    _, after_id = start_of(LINES, after)
    seen = {
        **_office(actor),
        "run_id": run_id,
        "kinds": listed([each.value for each in kinds or tuple(Difference)]),
    }
    records = await tx.run(_LINE_PAGE, after_id=after_id, limit=size + 1, **seen)
    total = integer((await tx.run(_LINE_COUNT, **seen))[0], "total") if with_total else None
    return page(LINES, records, size, total, row=_line, sort_column="id")


async def lines_of_comparison(
    tx: ReadTransaction, actor: Actor, run_id: str
) -> list[tuple[ComparisonLineRow, str | None]]:
    """Give all that a run found in the actor's scope, with the file number of each household."""
    records = await tx.run(_TOWN_LINES, run_id=run_id, **_office(actor))
    return [(_line(record), text_or_none(record, "file_number")) for record in records]


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
        **_office(actor),
        "states": listed([each.value for each in states or (TaskState.OPEN,)]),
        "station_id": station_id,
    }
    records = await tx.run(
        _TASK_PAGE,
        after_day=date.fromisoformat(after_day) if after_day else date.min,
        after_id=after_id,
        limit=size + 1,
        **seen,
    )
    total = integer((await tx.run(_TASK_COUNT, **seen))[0], "total") if with_total else None
    return page(TASKS, records, size, total, row=_task, sort_column="due_on")


async def coverage_task_by_id(tx: ReadTransaction, actor: Actor, task_id: str) -> CoverageTaskRow:
    """
    Give one task.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await tx.run(_TASKS_BY_IDS, ids=[task_id], **_office(actor))
    if not found:
        raise NotFoundError("no such task", kind="coverage_task", id=task_id)
    return _task(found[0])


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
    seen = {**_office(actor), "states": listed([each.value for each in states or (EndState.STANDS,)])}
    records = await tx.run(
        _END_PAGE, before=moment_of(before), before_id=before_id, limit=size + 1, **seen
    )
    total = integer((await tx.run(_END_COUNT, **seen))[0], "total") if with_total else None
    return page(ENDS, records, size, total, row=_end, sort_column="at")


async def status_end_by_id(tx: ReadTransaction, actor: Actor, end_id: str) -> StatusEndRow:
    """
    Give one ended status.

    Raises
    ------
    NotFoundError
        None that the actor may see.
    """
    found = await tx.run(_ENDS_BY_IDS, ids=[end_id], **_office(actor))
    if not found:
        raise NotFoundError("no such end of a status", kind="status_end", id=end_id)
    return _end(found[0])
