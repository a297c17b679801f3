"""
Import: open, recognise, read, and load, one file one transaction.

All files are opened and recognised before anything is written, so a wrong file among many stops the import
before it starts. A dry run does everything in one transaction and rolls it back: what it reports is what
would happen.
"""

import asyncio
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table_
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import NoReturn

import polars as pl

from domain.actors import Actor, Role, Scope
from domain.errors import InvariantError
from domain.time import civil_date
from graph.imports import BatchState, find_batch
from graph.organisation_links import organisation_decisions
from graph.ports import GraphStore, ReadTransaction, WriteTransaction
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from importers import entities
from importers.accounting import keep_books, report_of, sources_of, untouched
from importers.batches import Batch, node_id
from importers.institutions import NO_HOUSES, Houses
from importers.journal import JournalledTransaction
from importers.mapping import AUTO, SHIPPED, MappingCatalogue
from importers.provenance import source_id
from importers.recipes import RECIPES
from importers.recipes.base import Making
from importers.recognising import Recognised, recognise
from importers.repeats import last_digests, series_of, stored_report, without_repeats
from importers.report import (
    EntityCount,
    ImportReport,
)
from importers.resolve import resolve
from importers.scope import within
from importers.store import Step, Written, transactions, write
from importers.tables import read_table

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
        houses = Houses.of(await store.read(organisation_decisions))
        batches = await asyncio.to_thread(
            prepare, one, identity_key, actor.scope, civil_date(clock()), known, houses
        )
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
    report = report_of(one, batches, Written(), batch_id=None, duplicate=False)
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
            houses = Houses.of(await organisation_decisions(tx))
            batches = await asyncio.to_thread(
                prepare, one, identity_key, actor.scope, civil_date(clock()), known, houses
            )
            batch_id = node_id("ImportBatch", "", sources_of(batches))
            duplicate = await _stands(tx, batch_id)
            written = untouched(batches) if duplicate else Written()
            journal = JournalledTransaction(tx, batch_id, clock())
            for steps in () if duplicate else transactions(batches, sources_of(batches)):
                written.add(await write(journal, steps, present=written.present, recorded_at=clock()))
            report.add(report_of(one, batches, written, batch_id=None, duplicate=duplicate))
            report.samples += journal.samples
        raise _RollBack(report)

    try:
        await store.write(attempt)
    except _RollBack as end:
        return end.report
    raise InvariantError("a dry run was committed")


def prepare(
    one: Recognised,
    identity_key: bytes | None,
    scope: Scope,
    day: date | None = None,
    known: KnownRows = MappingProxyType({}),
    houses: Houses = NO_HOUSES,
) -> tuple[Batch, ...]:
    """
    Read every recognised sheet of a file into the nodes and relationships it becomes, within a scope.

    Rows that ``known`` holds of the sheet's series are passed over; ``houses`` says which organisations are one.
    """
    batches: list[Batch] = []
    for sheet, match in one.in_order:
        table, series = read_table(sheet, match), series_of(sheet, match)
        repeats = (
            None
            if series is None
            else without_repeats(table, known.get(series, frozenset()), identity_key or b"")
        )
        left = table if repeats is None else repeats.table
        values = resolve(left, identity_key=identity_key, day=day, houses=houses)
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
    sources = sources_of(batches)
    batch_id = node_id("ImportBatch", "", sources)
    if await store.read(lambda tx: _stands(tx, batch_id)):
        return report_of(one, batches, untouched(batches), batch_id=batch_id, duplicate=True)
    total = Written()
    made: dict[str, list[pl.Series]] = {}
    groups = transactions(batches, sources)
    for number, steps in enumerate(groups, start=1):
        last = number == len(groups)

        async def unit(
            tx: AuditedTransaction, steps: list[Step] = steps, number: int = number, last: bool = last
        ) -> tuple[Written, dict[str, list[pl.Series]]]:
            mine = {label: list(parts) for label, parts in made.items()}  # an attempt may fail and run again
            journal = JournalledTransaction(tx, batch_id, tx.at, made=mine)
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
                report = report_of(one, batches, whole, batch_id=batch_id, duplicate=False)
                await keep_books(tx, batches, sources, report, actor=actor, now=tx.at)
                detail |= {"rows_read": report.rows_read, "rows_refused": report.rows_refused}
            tx.record("import.load" if last else "import.part", batch_id, detail=detail)
            return written, journal.made

        written, mine = await work.run(actor, unit)
        total.add(written)
        made.update(mine)
    return report_of(one, batches, total, batch_id=batch_id, duplicate=False)


async def _stands(tx: ReadTransaction, batch_id: str) -> bool:
    """Whether a batch was loaded and not taken back since."""
    batch = await find_batch(tx, batch_id)
    return batch is not None and batch.state is BatchState.LOADED
