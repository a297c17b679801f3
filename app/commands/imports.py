"""Loading files, what was loaded, and taking it back."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    MappingOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.keys import secret_key
from app.output import Phases, Screen, peak_mb
from domain.money import yuan_text
from importers.mapping import AUTO
from importers.report import ImportReport
from locales import text

if TYPE_CHECKING:
    from graph.imports import ImportBatch
    from importers.undo import UndoReport
    from workflows.workspace import Workspace

LOAD = "files"
ISSUES_SHOWN = 12
SAMPLE_FIELDS_SHOWN = 6
ROWS = "rows"
_BATCHES = 30
_SHORT = 10
_KEPT_SHOWN = 10

BatchArgument = Annotated[str, typer.Argument(help="Id of a batch, as the list shows it.", metavar="BATCH")]


class FilesFirst(TyperGroup):
    """``import FILE...`` loads files; a word that is one of the other commands is that command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer brings a click of its own
        """Put the name of the loading command before what names no command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [LOAD, *args]
        return super().parse_args(ctx, args)


def load(
    files: Annotated[list[Path], typer.Argument(help="Workbooks, CSVs or JSON lists.", metavar="FILE...")],
    mapping: MappingOption = AUTO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change and change nothing.")
    ] = False,
    marked: Annotated[
        Path | None,
        typer.Option("--marked", help="Folder for the sheets with problem cells marked.", metavar="DIR"),
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load files into the graph, each row or its issue accounted for (the word files may be left out)."""
    from importers.load import import_files
    from importers.mapping import MappingCatalogue
    from workflows.household_files.filing import refresh_files
    from workflows.linking.running import LinkReport, link_city
    from workflows.people import administrator
    from workflows.stations.tree import settle_stations

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    linked: list[LinkReport] = []
    mappings = MappingCatalogue(settings.data_dir / "mappings")

    async def run(ws: "Workspace") -> ImportReport:
        with screen.progress() as steps, steps.step("import") as step:
            report = await import_files(
                ws.store,
                administrator(),
                files,
                mapping=mapping,
                mappings=mappings,
                dry_run=dry_run,
                clock=ws.clock,
                identity_key=secret_key(settings.data_dir, "identity"),
                progress=lambda what, done, of: step.tell(what, done / max(of, 1)),
            )
        if not dry_run:
            await settle_stations(ws, administrator())
            with screen.progress() as steps, steps.step("link") as step:
                linked.append(
                    await link_city(
                        ws,
                        administrator(),
                        progress=lambda what, done, of: step.tell(what, done / max(of, 1)),
                    )
                )
                await refresh_files(ws, administrator())
        return report

    report = with_workspace(settings, run)
    _show_import(screen, report)
    for one in linked:
        screen.table("titles.linked", one.figures())
    written = [] if marked is None else _write_marked(screen, report, files, marked, mapping, mappings)
    links = [one.to_json() for one in linked]
    ending = {"links": links, "marked": written, "seconds": phases.total_s, "peak_mb": peak_mb()}
    screen.finish({**report.to_json(), **ending})


def _write_marked(
    screen: Screen,
    report: ImportReport,
    files: list[Path],
    folder: Path,
    mapping: str,
    mappings: Any,  # noqa: ANN401 - a MappingCatalogue, imported late
) -> list[str]:
    from importers.marked import write_marked

    folder.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    for path in files:
        issues = [issue for issue in report.issues if issue.file == path.name]
        if not issues:
            continue
        out = folder / f"{path.name.partition('.')[0]}-{screen.word('imports.marked_name')}.xlsx"
        cells = write_marked(path, issues, out, locale=screen.locale, mapping=mapping, mappings=mappings)
        written.append(str(out))
        screen.say("imports.marked", file=path.name, cells=cells, out=out)
    return written


def _show_import(screen: Screen, report: ImportReport) -> None:
    screen.table(
        "titles.dry_run" if report.dry_run else "titles.imported",
        {
            "files": len(report.files),
            "rows_read": report.rows_read,
            "rows_loaded": report.rows_loaded,
            "rows_refused": report.rows_refused,
            "rows_flagged": report.rows_flagged,
        },
    )
    for file in report.files:
        if file.duplicate:
            screen.say("duplicate", file=file.file)
        elif file.batch_id:
            screen.say("imports.batch", file=file.file, batch=short(file.batch_id))
    if screen.as_json:
        return
    _show_counts(screen, report)
    if report.dry_run:
        _show_samples(screen, report)
    for total in report.totals:
        outcome = "unstated" if total.agrees is None else "agrees" if total.agrees else "differs"
        figures = {name: _figure(total.measure, getattr(total, name)) for name in ("stated", "computed")}
        screen.say(f"totals.{outcome}", **total.to_json() | figures)
    for issue in report.issues[:ISSUES_SHOWN]:
        cell = f"{issue.column or ''}{issue.row or ''}"
        words = text(f"importers.issue.{issue.code.value}", screen.locale)
        place = " ".join(part for part in (issue.file, issue.sheet, cell, issue.header or "") if part)
        offer = "" if issue.suggestion is None else f" → {issue.suggestion[:60]!r}"
        screen.console.print(f"{place}: {words} {issue.raw[:60]!r}{offer}", highlight=False, markup=False)
    if len(report.issues) > ISSUES_SHOWN:
        screen.say("more_issues", count=len(report.issues) - ISSUES_SHOWN)
        for code, count in Counter(issue.code for issue in report.issues).most_common():
            words = text(f"importers.issue.{code.value}", screen.locale)
            screen.console.print(f"  {count:>7,}  {words}", highlight=False, markup=False)


def _show_counts(screen: Screen, report: ImportReport) -> None:
    """Show created, changed, unchanged, refused of each kind of thing."""
    columns = ("created", "changed", "unchanged", "refused")
    screen.rows(
        "imports.titles.entities",
        ("imports.columns.entity", *(f"imports.columns.{name}" for name in columns)),
        (
            [name, *(f"{count.to_json()[column]:,}" for column in columns)]
            for name, count in (*sorted(report.nodes.items()), *sorted(report.relationships.items()))
        ),
    )


def _show_samples(screen: Screen, report: ImportReport) -> None:
    """Show some of what a dry run would make or change, value before and after."""
    rows: list[list[str]] = []
    for sample in report.samples:
        fields = sample.to_json()["fields"]
        for position, one in enumerate(fields[:SAMPLE_FIELDS_SHOWN]):
            what = screen.word("imports.sample_new" if sample.created else "imports.sample_changed")
            first = [sample.label, str(sample.row or ""), what] if position == 0 else ["", "", ""]
            before = "" if one["before"] is None else str(one["before"])
            rows.append([*first, str(one["name"]), before, "" if one["after"] is None else str(one["after"])])
    if rows:
        columns = ("entity", "row", "what", "field", "before", "after")
        screen.rows("imports.titles.samples", [f"imports.columns.{name}" for name in columns], rows)


def _figure(measure: str, figure: int | None) -> str:
    """Word a control total: rows as they are, everything else is money."""
    if figure is None:
        return ""
    return f"{figure:,}" if measure == ROWS else yuan_text(figure)


def list_(
    most: Annotated[int, typer.Option("--most", help="How many batches.", min=1, max=1_000)] = _BATCHES,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was loaded, newest first."""
    from importers.undo import own_batches
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def find(ws: "Workspace") -> "list[ImportBatch]":
        return await own_batches(ws.store, administrator(), most)

    found = with_workspace(settings, find)
    columns = ("batch", "state", "loaded_at", "mapping", "file", "rows_read", "rows_refused")
    screen.rows(
        "imports.titles.batches",
        [f"imports.columns.{name}" for name in columns],
        (
            [
                short(batch.id), _state(screen, batch), f"{batch.finished_at:%Y-%m-%d %H:%M}", batch.mapping,
                ", ".join(file["file"] for file in batch.report["files"]),
                f"{batch.report['rows_read']:,}", f"{batch.report['rows_refused']:,}",
            ]
            for batch in found
        ),
    )  # fmt: skip
    screen.finish({"batches": [_batch_json(batch) for batch in found]})


def short(batch_id: str) -> str:
    """Give the beginning of a batch's id, which every command takes as long as it is the only one."""
    return batch_id.partition(":")[2][:_SHORT]


def _state(screen: Screen, batch: "ImportBatch") -> str:
    return text(f"importers.batch_state.{batch.state.value}", screen.locale)


def _batch_json(batch: "ImportBatch") -> dict[str, Any]:
    report = {
        name: batch.report[name] for name in ("rows_read", "rows_loaded", "rows_refused", "rows_flagged")
    }
    return {
        "id": batch.id,
        "state": batch.state.value,
        "mapping": batch.mapping,
        "actor_id": batch.actor_id,
        "finished_at": batch.finished_at,
        "undone_by": batch.undone_by,
        "undone_at": batch.undone_at,
        "files": [file["file"] for file in batch.report["files"]],
        **report,
    }


def show(
    batch: BatchArgument,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what one batch did, as its report said then."""
    from importers.undo import own_batch
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def find(ws: "Workspace") -> "ImportBatch":
        return await own_batch(ws.store, administrator(), batch)

    found = with_workspace(settings, find)
    figures = _batch_json(found)
    shown = {
        "import_state": _state(screen, found),
        "import_mapping": found.mapping,
        "files": ", ".join(figures["files"]),
    }
    rows = {name: figures[name] for name in ("rows_read", "rows_loaded", "rows_refused", "rows_flagged")}
    screen.table("imports.titles.batch", {**shown, **rows})
    screen.rows(
        "imports.titles.entities",
        [f"imports.columns.{name}" for name in ("entity", "created", "changed", "unchanged", "refused")],
        (
            [name, *(f"{count[column]:,}" for column in ("created", "changed", "unchanged", "refused"))]
            for part in ("nodes", "relationships")
            for name, count in found.report[part].items()
        ),
    )
    for code, count in found.report["issues_by_code"].items() if not as_json else ():
        screen.console.print(
            f"  {count:>7,}  {text(f'importers.issue.{code}', screen.locale)}", highlight=False
        )
    screen.finish({**figures, "report": found.report})


def undo(
    batch: BatchArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go and what would stay, and change nothing.")
    ] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a whole batch back: what it made goes, what it changed returns, what is used since stays and is said."""
    from importers.undo import undo_batch
    from workflows.household_files.filing import refresh_files
    from workflows.linking.running import link_city
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def run(ws: "Workspace") -> "UndoReport":
        report = await undo_batch(ws.store, administrator(), batch, clock=ws.clock, dry_run=dry_run)
        if not dry_run and not report.changes_nothing:
            await link_city(ws, administrator())
            await refresh_files(ws, administrator())
        return report

    report = with_workspace(settings, run)
    names = sorted({*report.removed, *report.restored})
    screen.rows(
        "imports.titles.undo_dry_run" if dry_run else "imports.titles.undone",
        [f"imports.columns.{name}" for name in ("entity", "removed", "restored")],
        ([name, f"{report.removed[name]:,}", f"{report.restored[name]:,}"] for name in names),
    )
    if report.changes_nothing:
        screen.say("imports.undo_nothing")
    for kept in report.kept[:_KEPT_SHOWN]:
        reason = text(f"importers.kept.{kept.reason.value}", screen.locale, by=kept.by)
        screen.console.print(f"{kept.id}: {reason}", highlight=False, markup=False)
    if len(report.kept) > _KEPT_SHOWN:
        screen.say("imports.undo_kept_more", count=len(report.kept) - _KEPT_SHOWN)
    screen.finish(report.to_json())
