"""
Import: open, recognise, read, and load, one file one transaction.

All files are opened and recognised before anything is written, so a wrong file among many stops the import
before it starts. A dry run does everything in one transaction and rolls it back: what it reports is what
would happen.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table_
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import NoReturn

import polars as pl

from domain.actors import Actor, Role, Scope
from domain.errors import InvariantError, UnreadableFileError
from domain.time import civil_date
from graph.imports import BatchState, find_batch
from graph.ports import GraphStore, ReadTransaction, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers import entities
from importers.assistant.drift import recognise_drifted
from importers.batches import TYPES, Batch, node_id
from importers.headers import HeaderMatch, choose_mapping, is_empty, match_header, misfit
from importers.issues import Issue, IssueCode, Severity
from importers.journal import JournalledTransaction
from importers.layout import parted
from importers.mapping import AUTO, SHIPPED, Mapping, MappingCatalogue
from importers.provenance import column_map, source_id
from importers.readers import open_source
from importers.recipes import RECIPES
from importers.recipes.base import Making
from importers.repeats import kept_digests, last_digests, series_of, stored_report, without_repeats
from importers.report import (
    ControlTotal,
    EntityCount,
    FileReport,
    ImportReport,
    SheetReport,
    rows_with_issues,
)
from importers.resolve import resolve
from importers.scope import within
from importers.sheets import Sheet, SourceFile
from importers.store import LoadTransaction, Step, Written, transactions, write
from importers.tables import Table, read_table

Clock = Callable[[], datetime]
KnownRows = Table_[str, frozenset[bytes]]
"""Digests of rows that the graph holds, by series."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and of how many (0: not known)."""


class _RollBack(Exception):
    """Ends a dry run: the transaction is rolled back, and the report of that very attempt is handed out."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__("a dry run ends here")
        self.report = report


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file with the mapping of each sheet that has one."""

    file: SourceFile
    matches: tuple[tuple[Sheet, HeaderMatch], ...]
    unmapped: tuple[Sheet, ...]

    @property
    def in_order(self) -> list[tuple[Sheet, HeaderMatch]]:
        """Its sheets as they are loaded."""
        return sorted(self.matches, key=lambda pair: pair[1].mapping.order)

    @property
    def order(self) -> int:
        """Where the file stands among others."""
        return min(match.mapping.order for _, match in self.matches)


async def import_files(
    store: GraphStore,
    actor: Actor,
    files: Sequence[Path],
    *,
    mapping: str = AUTO,
    mappings: MappingCatalogue = SHIPPED,
    dry_run: bool = False,
    clock: Clock,
    identity_key: bytes | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Load files into the graph, or say what loading them would do.

    Parameters
    ----------
    store, actor, clock
        Where, who, and when.
    files
        Paths; they are loaded by the order of their mappings, whatever order they are given in.
    mapping
        Name of a saved mapping, or ``auto``: each sheet takes the one that fits.
    mappings
        Where mappings are looked up.
    dry_run
        Roll everything back at the end.
    identity_key
        Key under which identity numbers are hashed; needed where a mapping reads them.
    progress
        Told what is being done.

    Returns
    -------
    ImportReport
        ``rows_read = rows_loaded + rows_refused``; every refused row has an issue. A file that is in the
        graph already is reported as a duplicate and changes nothing.

    Raises
    ------
    UnreadableFileError, MappingError
        A file cannot be read, or no mapping fits; nothing of any file is written then.
    NotPermittedError
        The actor may not import.
    """
    actor.require(Role.IMPORTER, Role.PLATFORM_ADMIN)
    tell = progress or _silent
    recognised: list[Recognised] = []
    started = perf_counter()
    for done, path in enumerate(files):
        tell(path.name, done, 2 * len(files))
        recognised.append(await asyncio.to_thread(recognise, path, mapping, mappings))
    recognised.sort(key=lambda one: one.order)
    if dry_run:
        return await _dry(store, actor, recognised, clock=clock, identity_key=identity_key, tell=tell)
    report = ImportReport(dry_run=False)
    report.seconds["recognise"] = perf_counter() - started
    work = UnitOfWork(store, clock)
    for done, one in enumerate(recognised):
        tell(one.file.path.name, len(files) + done, 2 * len(files))
        before = await store.read(lambda tx, one=one: _loaded_before(tx, one))
        if before is not None:
            report.add(before)
            continue
        started = perf_counter()
        known = await store.read(lambda tx, one=one: _known_rows(tx, one))
        batches = await asyncio.to_thread(prepare, one, identity_key, actor.scope, civil_date(clock()), known)
        read = perf_counter()
        loaded = await _load(store, work, actor, one, batches)
        loaded.seconds |= {"read": read - started, "load": perf_counter() - read}
        report.add(loaded)
    return report


def rehearse(
    path: Path,
    *,
    mapping: str = AUTO,
    mappings: MappingCatalogue = SHIPPED,
    identity_key: bytes | None = None,
    scope: Scope,
    day: date | None = None,
) -> ImportReport:
    """
    Read one file and say what its rows are, without a graph: nothing is compared with what is known.

    Raises
    ------
    UnreadableFileError, MappingError
        The file cannot be read, or no mapping fits.
    """
    one = recognise(path, mapping, mappings)
    batches = prepare(one, identity_key, scope, day)
    report = _report(one, batches, Written(), batch_id=None, duplicate=False)
    report.dry_run = True
    for batch in batches:
        for nodes in batch.nodes:
            report.nodes.setdefault(nodes.label, EntityCount()).created += nodes.frame.height
    return report


async def _loaded_before(tx: ReadTransaction, one: Recognised) -> ImportReport | None:
    """Give the report of a file that is in the graph already, without reading it again."""
    sources = [source_id(sheet, match.mapping) for sheet, match in one.in_order]
    stored = await stored_report(tx, node_id("ImportBatch", "", sources))
    if stored is None or [file["file"] for file in stored["files"]] != [one.file.path.name]:
        return None
    return ImportReport.of_duplicate(stored)


async def _known_rows(tx: ReadTransaction, one: Recognised) -> dict[str, frozenset[bytes]]:
    """Give what the last table of each sheet's series held."""
    series = {series_of(sheet, match) for sheet, match in one.matches} - {None}
    return {name: await last_digests(tx, name) for name in series if name is not None}


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


async def _dry(
    store: GraphStore,
    actor: Actor,
    recognised: Sequence[Recognised],
    *,
    clock: Clock,
    identity_key: bytes | None,
    tell: Progress,
) -> ImportReport:
    """Load everything and take it back; a store may attempt a transaction again, each time with a new report."""

    async def attempt(tx: WriteTransaction) -> NoReturn:
        report = ImportReport(dry_run=True)
        for done, one in enumerate(recognised):
            tell(one.file.path.name, len(recognised) + done, 2 * len(recognised))
            known = await _known_rows(tx, one)
            batches = await asyncio.to_thread(
                prepare, one, identity_key, actor.scope, civil_date(clock()), known
            )
            batch_id = node_id("ImportBatch", "", _sources(batches))
            duplicate = await _stands(tx, batch_id)
            written = _untouched(batches) if duplicate else Written()
            journal = JournalledTransaction(tx, batch_id, clock())
            for steps in () if duplicate else transactions(batches, _sources(batches)):
                written.add(await write(journal, steps, present=written.present, recorded_at=clock()))
            report.add(_report(one, batches, written, batch_id=None, duplicate=duplicate))
            report.samples += journal.samples
        raise _RollBack(report)

    try:
        await store.write(attempt)
    except _RollBack as end:
        return end.report
    raise InvariantError("a dry run was committed")


def recognise(path: Path, mapping: str = AUTO, mappings: MappingCatalogue = SHIPPED) -> Recognised:
    """
    Open a file and find the mapping of each of its sheets.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or holds nothing.
    MappingError
        No mapping fits any sheet, or several fit one equally well.
    """
    file = open_source(path)
    candidates: tuple[Mapping, ...] = (
        tuple(mappings.all().values()) if mapping == AUTO else (mappings.get(mapping),)
    )
    matches: list[tuple[Sheet, HeaderMatch]] = []
    unmapped: list[Sheet] = []
    for sheet in file.sheets:
        match = _match(sheet, candidates)
        if match is not None:
            matches += parted(sheet, match, candidates, _match)
        elif not is_empty(sheet):
            unmapped.append(sheet)
    if not matches and not unmapped:
        raise UnreadableFileError(f"{path.name} holds no cell", file=path.name, reason="empty")
    if not matches:
        matches, unmapped = _drifted(unmapped, candidates)
    if not matches:
        raise misfit(unmapped[0], candidates)
    return Recognised(file=file, matches=tuple(matches), unmapped=tuple(unmapped))


def _drifted(
    sheets: Sequence[Sheet], candidates: Sequence[Mapping]
) -> tuple[list[tuple[Sheet, HeaderMatch]], list[Sheet]]:
    """Recognise sheets whose headers have changed since their mapping was confirmed."""
    found = [(sheet, recognise_drifted(sheet, candidates)) for sheet in sheets]
    matches = [(sheet, match) for sheet, match in found if match is not None]
    return matches, [sheet for sheet, match in found if match is None]


def _match(sheet: Sheet, candidates: Sequence[Mapping]) -> HeaderMatch | None:
    if len(candidates) == 1:
        match = match_header(sheet, candidates[0])
        return match if match is not None and match.fits else None
    return choose_mapping(sheet, candidates)


def prepare(
    one: Recognised,
    identity_key: bytes | None,
    scope: Scope,
    day: date | None = None,
    known: KnownRows = MappingProxyType({}),
) -> tuple[Batch, ...]:
    """
    Read every recognised sheet of a file into the nodes and relationships it becomes, within a scope.

    Rows that ``known`` holds of the sheet's series are passed over.
    """
    batches: list[Batch] = []
    for sheet, match in one.in_order:
        table, series = read_table(sheet, match), series_of(sheet, match)
        repeats = (
            None
            if series is None
            else without_repeats(table, known.get(series, frozenset()), identity_key or b"")
        )
        values = resolve(table if repeats is None else repeats.table, identity_key=identity_key, day=day)
        if repeats is not None:
            batch = within(entities.build(values), scope)
            batches.append(
                replace(batch, unchanged=repeats.unchanged, series=series, digests=repeats.digests)
            )
        elif match.mapping.recipe is None:
            batches.append(within(entities.build(values), scope))
        else:
            making = Making(values)
            RECIPES[match.mapping.recipe].make(making)
            batches.append(within(making.batch(), scope))
    return tuple(batches)


async def _load(
    store: GraphStore, work: UnitOfWork, actor: Actor, one: Recognised, batches: tuple[Batch, ...]
) -> ImportReport:
    """Load one file: one transaction, or several where it is larger than an engine holds uncommitted."""
    sources = _sources(batches)
    batch_id = node_id("ImportBatch", "", sources)
    if await store.read(lambda tx: _stands(tx, batch_id)):
        return _report(one, batches, _untouched(batches), batch_id=batch_id, duplicate=True)
    total = Written()
    groups = transactions(batches, sources)
    for number, steps in enumerate(groups, start=1):
        last = number == len(groups)

        async def unit(
            tx: AuditedTransaction, steps: list[Step] = steps, number: int = number, last: bool = last
        ) -> Written:
            journal = JournalledTransaction(tx, batch_id, tx.at)
            written = await write(journal, steps, present=total.present, recorded_at=tx.at)
            detail: dict[str, str | int] = {
                "file": one.file.path.name,
                "digest": one.file.digest,
                "part": number,
            }
            if last:
                whole = Written()
                whole.add(total)
                whole.add(written)
                report = _report(one, batches, whole, batch_id=batch_id, duplicate=False)
                await _keep_books(tx, batches, sources, report, actor=actor, now=tx.at)
                detail |= {"rows_read": report.rows_read, "rows_refused": report.rows_refused}
            tx.record("import.load" if last else "import.part", batch_id, detail=detail)
            return written

        total.add(await work.run(actor, unit))
    return _report(one, batches, total, batch_id=batch_id, duplicate=False)


async def _stands(tx: ReadTransaction, batch_id: str) -> bool:
    """Whether a batch was loaded and not taken back since."""
    batch = await find_batch(tx, batch_id)
    return batch is not None and batch.state is BatchState.LOADED


def _sources(batches: Sequence[Batch]) -> list[str]:
    return [source_id(batch.table.sheet, batch.table.mapping) for batch in batches]


def _untouched(batches: Sequence[Batch]) -> Written:
    """Count what a duplicate holds: all of it is there already."""
    written = Written()
    for batch in batches:
        for nodes in batch.nodes:
            written.nodes.setdefault(nodes.label, EntityCount()).unchanged += nodes.frame.height
        for edges in batch.edges:
            written.relationships.setdefault(edges.type, EntityCount()).unchanged += edges.frame.height
    return written


async def _keep_books(
    tx: LoadTransaction,
    batches: Sequence[Batch],
    sources: Sequence[str],
    report: ImportReport,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Store which tables were read, how, by whom, and what came of it."""
    file = report.files[0]
    tables = [
        {
            "id": source,
            "batch_id": file.batch_id,
            "file_name": file.file,
            "file_digest": file.digest,
            "sheet": batch.table.sheet.name,
            "mapping": batch.table.mapping.name,
            "columns": column_map(batch.table.match),
            "header_row": batch.table.match.first_row,
            "recorded_at": now,
            "series": batch.series,
            "row_digests": _kept_digests(batch, report),
        }
        for batch, source in zip(batches, sources, strict=True)
    ]
    summary = {
        "id": file.batch_id,
        "mapping": ", ".join(sorted({batch.table.mapping.name for batch in batches})),
        "actor_id": actor.id,
        "state": BatchState.LOADED.value,
        "report": json.dumps(report.to_json(), ensure_ascii=False),
        "started_at": now,
        "finished_at": now,
        "undone_by": None,
        "undone_at": None,
    }
    for label, rows in (("SourceTable", tables), ("ImportBatch", [summary])):
        node = NODE_TYPE_BY_LABEL[label]
        schema = {p.name: TYPES[p.type] for p in node.properties if p.name in rows[0]}
        await tx.load_nodes(node, pl.DataFrame(rows, schema=schema))


def _kept_digests(batch: Batch, report: ImportReport) -> str | None:
    if batch.digests is None:
        return None
    sheet = batch.table.sheet.name
    rows = {issue.row for issue in report.issues if issue.sheet == sheet and issue.row is not None}
    return kept_digests(batch.digests, rows | batch.refused)


def _report(
    one: Recognised, batches: Sequence[Batch], written: Written, *, batch_id: str | None, duplicate: bool
) -> ImportReport:
    report = ImportReport(dry_run=False, nodes=written.nodes, relationships=written.relationships)
    sheets: list[SheetReport] = []
    for batch in batches:
        table = batch.table
        issues = [*table.issues, *batch.issues]
        issues += [issue for issue in written.issues if issue.sheet == table.sheet.name]
        flagged = {row for _, _, row in rows_with_issues(issues)} - batch.refused
        sheets.append(_sheet_report(batch, len(flagged)))
        totals = _totals(batch)
        report.totals += totals
        report.issues += [*issues, *_mismatches(table, totals)]
        primary = next((nodes.label for nodes in batch.nodes), "rows")
        report.nodes.setdefault(primary, EntityCount()).add(
            unchanged=batch.unchanged, refused=len(batch.refused)
        )
    report.issues += [_left_alone(one.file.path.name, sheet) for sheet in one.unmapped]
    report.files.append(
        FileReport(
            file=one.file.path.name,
            digest=one.file.digest,
            encoding=one.file.encoding,
            duplicate=duplicate,
            batch_id=batch_id,
            sheets=tuple(sheets),
        )
    )
    return report


def _sheet_report(batch: Batch, flagged: int) -> SheetReport:
    table = batch.table
    return SheetReport(
        sheet=table.sheet.name,
        mapping=table.mapping.name,
        rows_read=table.frame.height + batch.unchanged,
        rows_refused=len(batch.refused),
        rows_flagged=flagged,
        title_rows=table.title_rows,
        header_rows=table.header_rows,
        blank_rows=table.blank_rows,
        footer_rows=table.footer_rows,
        footers=table.footers,
        unmapped=table.match.unmapped,
    )


def _totals(batch: Batch) -> list[ControlTotal]:
    """Set what footers state beside our own sums; columns that could be stated and are not, too."""
    table = batch.table
    stated = {one.measure: one.value for one in table.stated}
    measures = ["rows", *table.mapping.totals]
    loaded = batch.loaded
    passed = {"rows": batch.unchanged}
    return [
        ControlTotal(
            file=table.sheet.file_name,
            sheet=table.sheet.name,
            measure=measure,
            stated=stated.get(measure),
            computed=batch.totals[measure] + passed.get(measure, 0),
            loaded=loaded[measure] + passed.get(measure, 0),
        )
        for measure in measures
        if measure in stated or measure in table.mapping.totals
    ]


def _mismatches(table: Table, totals: Sequence[ControlTotal]) -> list[Issue]:
    return [
        table.issue(
            IssueCode.CONTROL_TOTAL_MISMATCH,
            Severity.FLAGGED,
            row=None,
            column=None if total.measure == "rows" else total.measure,
            raw=f"{total.measure}: {total.stated} / {total.computed}",
        )
        for total in totals
        if total.agrees is False
    ]


def _left_alone(file: str, sheet: Sheet) -> Issue:
    return Issue(
        file=file,
        sheet=sheet.name,
        row=None,
        column=None,
        header=None,
        code=IssueCode.SHEET_NOT_MAPPED,
        severity=Severity.FLAGGED,
        raw=sheet.name,
    )
