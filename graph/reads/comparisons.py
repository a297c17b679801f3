"""Runs of comparisons and what they found; names of people are masked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, cast

from domain.actors import Actor
from domain.comparing import Difference
from domain.errors import NotFoundError
from domain.protection import SealedMask
from graph.columns import day, integer, integer_or_none, moment, text, text_or_none, texts
from graph.masks import mask_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, Value
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

RUNS, LINES = "comparisons", "comparison lines"

_RUN_SEEN: LiteralString = (
    "$sees AND any(p IN $scope_paths WHERE p STARTS WITH n.region_path OR n.region_path STARTS WITH p)"
)
_RUN_COLUMNS: LiteralString = """
RETURN n.id AS id, n.rules AS rules, n.about AS about, n.title AS title, n.before_file AS before_file,
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
    about: str
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
    before: str | SealedMask | None
    after: str | SealedMask | None


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
    person_number: SealedMask | None


def seen_by(actor: Actor) -> dict[str, Value]:
    """Desk and office see runs and what they found."""
    view = view_of(actor)
    return {"sees": view.desk or view.office, "scope_paths": scope_paths(actor)}


def person_name(record: Record) -> str | None:
    """Give the name of who a row is about, masked."""
    name = text_or_none(record, "person_name")
    return None if name is None else masked_name(name)


def _run(record: Record, found: dict[str, int], *, whole: bool) -> ComparisonRow:
    counts = cast("dict[str, int]", json.loads(text(record, "counts"))) if whole else {}
    return ComparisonRow(
        id=text(record, "id"),
        rules=text(record, "rules"),
        about=text(record, "about"),
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


def _change(change: dict[str, str | None]) -> FieldChange:
    field, before, after = change["field"] or "", change["before"], change["after"]
    if field != "id_number":
        return FieldChange(field=field, before=before, after=after)
    return FieldChange(
        field=field,
        before=None if before is None else SealedMask(before),
        after=None if after is None else SealedMask(after),
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
        changes=tuple(map(_change, changes)),
        household_id=text_or_none(record, "household_id"),
        source_row=integer_or_none(record, "source_row"),
        source_row_before=integer_or_none(record, "source_row_before"),
        region_path=text(record, "region_path"),
        person_name=person_name(record),
        person_number=mask_or_none(record, "person_mask"),
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
    seen = seen_by(actor)
    records = await tx.run(_RUN_PAGE, before=moment_of(before), before_id=before_id, limit=size + 1, **seen)
    rows = await _with_found(tx, actor, records)
    total = integer((await tx.run(_RUN_COUNT, **seen))[0], "total") if with_total else None
    return page(RUNS, records, size, total, row=lambda record: rows[text(record, "id")], sort_column="at")


async def _with_found(
    tx: ReadTransaction, actor: Actor, records: Sequence[Record]
) -> dict[str, ComparisonRow]:
    ids = [text(record, "id") for record in records]
    found: dict[str, dict[str, int]] = {key: {} for key in ids}
    for record in await tx.run(_KINDS, ids=listed(ids), **seen_by(actor)):
        found[text(record, "run_id")][text(record, "kind")] = integer(record, "found")
    whole = "/" in actor.scope.region_paths
    return {key: _run(record, found[key], whole=whole) for key, record in zip(ids, records, strict=True)}


async def comparisons_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, ComparisonRow]:
    """Give runs by id, for who may see any."""
    records = await tx.run(_RUNS_BY_IDS, ids=listed(list(ids)), **seen_by(actor))
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
        **seen_by(actor),
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
    records = await tx.run(_TOWN_LINES, run_id=run_id, **seen_by(actor))
    return [(_line(record), text_or_none(record, "file_number")) for record in records]
