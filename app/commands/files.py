"""Files in and out: generate, import, export, restore."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    AsOfOption,
    DataDirOption,
    EngineOption,
    JsonOption,
    SeedOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.keys import secret_key
from app.output import Phases, Screen, peak_mb
from domain.money import yuan_text
from generator.sizes import DEFAULT_AS_OF, DEFAULT_FAULT_RATE, CitySize
from importers.mapping import AUTO
from importers.report import ImportReport
from locales import text

if TYPE_CHECKING:
    from graph.backup import Manifest
    from workflows.workspace import Workspace

ISSUES_SHOWN = 12
ROWS = "rows"


def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the files into.", metavar="DIR")],
    size: Annotated[CitySize, typer.Option("--size", help="S, M, L or XL.")] = CitySize.S,
    seed: SeedOption = 1,
    as_of: AsOfOption = None,
    fault_rate: Annotated[
        float, typer.Option("--fault-rate", min=0.0, max=0.5, help="Share of rows with a data fault.")
    ] = DEFAULT_FAULT_RATE,
    month: Annotated[
        int, typer.Option("--month", min=0, max=24, help="The same files as sent so many months later.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write the department workbooks and CSVs of a made-up city."""
    from generator.city import generate_city

    screen = screen_of(as_json=as_json, settings=settings_of(None))
    phases = Phases()
    with screen.progress() as steps, steps.step("generate") as step:
        summary = generate_city(
            size,
            seed,
            out,
            lambda what, done, of: step.tell(what, done / max(of, 1)),
            as_of=day_of(as_of, DEFAULT_AS_OF),
            fault_rate=fault_rate,
            month=month,
        )
    screen.table(
        "titles.generated",
        {
            "files": len(summary.files),
            "records": summary.department_records,
            "needs": summary.counts.get("needs", 0),
            "volunteers": summary.counts.get("volunteers", 0),
            "funds": summary.counts.get("funds", 0),
            "faults": len(summary.faults),
            "seconds": phases.total_s,
        },
    )
    screen.finish(
        {
            "out": str(out),
            "size": size.value,
            "seed": seed,
            "as_of": summary.as_of.isoformat(),
            "counts": dict(summary.counts),
            "department_records": summary.department_records,
            "files": list(summary.files),
            "faults": summary.faults_by_kind,
            "seconds": phases.total_s,
            "peak_mb": peak_mb(),
        }
    )


def import_(
    files: Annotated[list[Path], typer.Argument(help="Workbooks, CSVs or JSON lists.", metavar="FILE...")],
    mapping: Annotated[str, typer.Option("--mapping", help="Name of a saved mapping; auto finds it.")] = AUTO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change and change nothing.")
    ] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load files into the graph, each row or its issue accounted for."""
    from importers.load import import_files
    from workflows.household_files.filing import refresh_files
    from workflows.linking.running import LinkReport, link_city
    from workflows.people import administrator
    from workflows.stations.tree import settle_stations

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    linked: list[LinkReport] = []

    async def load(ws: "Workspace") -> ImportReport:
        with screen.progress() as steps, steps.step("import") as step:
            report = await import_files(
                ws.store,
                administrator(),
                files,
                mapping=mapping,
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

    report = with_workspace(settings, load)
    _show_import(screen, report)
    for one in linked:
        screen.table("titles.linked", one.figures())
    links = [one.to_json() for one in linked]
    screen.finish({**report.to_json(), "links": links, "seconds": phases.total_s, "peak_mb": peak_mb()})


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
    if screen.as_json:
        return
    for total in report.totals:
        outcome = "unstated" if total.agrees is None else "agrees" if total.agrees else "differs"
        figures = {name: _figure(total.measure, getattr(total, name)) for name in ("stated", "computed")}
        screen.say(f"totals.{outcome}", **total.to_json() | figures)
    for issue in report.issues[:ISSUES_SHOWN]:
        cell = f"{issue.column or ''}{issue.row or ''}"
        words = text(f"importers.issue.{issue.code.value}", screen.locale)
        place = " ".join(part for part in (issue.file, issue.sheet, cell, issue.header or "") if part)
        screen.console.print(f"{place}: {words} {issue.raw[:60]!r}", highlight=False, markup=False)
    if len(report.issues) > ISSUES_SHOWN:
        screen.say("more_issues", count=len(report.issues) - ISSUES_SHOWN)


def _figure(measure: str, figure: int | None) -> str:
    """Word a control total: rows as they are, everything else is money."""
    if figure is None:
        return ""
    return f"{figure:,}" if measure == ROWS else yuan_text(figure)


def export(
    directory: Annotated[Path, typer.Argument(help="New directory for the archive.", metavar="DIR")],
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the whole graph as checked JSONL that either engine can restore."""
    from graph.backup import export_graph

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def save(ws: "Workspace") -> "Manifest":
        with screen.progress() as steps, steps.step("export") as step:
            return await export_graph(ws.store, directory, lambda table, rows: step.tell(f"{table} {rows:,}"))

    _show_archive(screen, "titles.exported", directory, with_workspace(settings, save), phases)


def restore(
    directory: Annotated[Path, typer.Argument(help="Directory of an archive.", metavar="DIR")],
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the graph holds first.")] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring an archive into an empty graph."""
    from graph.backup import restore_graph

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def bring(ws: "Workspace") -> "Manifest":
        with screen.progress() as steps, steps.step("restore") as step:
            return await restore_graph(
                ws.store,
                directory,
                replace=replace,
                progress=lambda table, rows: step.tell(f"{table} {rows:,}"),
            )

    _show_archive(screen, "titles.restored", directory, with_workspace(settings, bring), phases)


def _show_archive(screen: Screen, title: str, directory: Path, manifest: "Manifest", phases: Phases) -> None:
    figures = {
        "directory": str(directory),
        "rows": manifest.rows,
        "tables": len(manifest.tables),
        "digest": manifest.digest,
        "seconds": phases.total_s,
    }
    screen.table(title, figures)
    screen.finish({**figures, "peak_mb": peak_mb()})
