"""What a load says of itself: its report, and the books that the graph keeps of it."""

import json
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from domain.actors import Actor
from graph.imports import BatchState
from graph.schema import NODE_TYPE_BY_LABEL
from importers.batches import TYPES, Batch
from importers.issues import Issue, IssueCode, Severity
from importers.provenance import column_map, source_id
from importers.recognising import Recognised
from importers.repeats import kept_digests
from importers.report import (
    ControlTotal,
    EntityCount,
    FileReport,
    ImportReport,
    SheetReport,
    rows_with_issues,
)
from importers.sheets import Sheet
from importers.store import LoadTransaction, Written
from importers.tables import Table


def sources_of(batches: Sequence[Batch]) -> list[str]:
    """Give the id of each table."""
    return [source_id(batch.table.sheet, batch.table.mapping) for batch in batches]


def untouched(batches: Sequence[Batch]) -> Written:
    """Count what a duplicate holds: all of it is there already."""
    written = Written()
    for batch in batches:
        for nodes in batch.nodes:
            written.nodes.setdefault(nodes.label, EntityCount()).unchanged += nodes.frame.height
        for edges in batch.edges:
            written.relationships.setdefault(edges.type, EntityCount()).unchanged += edges.frame.height
    return written


async def keep_books(
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
            "rows_repeated": batch.unchanged,
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


def report_of(
    one: Recognised, batches: Sequence[Batch], written: Written, *, batch_id: str | None, duplicate: bool
) -> ImportReport:
    """Set what was read beside what was written."""
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
