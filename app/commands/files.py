"""Files in and out: generate, export, restore."""

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
from app.output import Phases, Screen, peak_mb
from generator.sizes import DEFAULT_AS_OF, DEFAULT_FAULT_RATE, CitySize

if TYPE_CHECKING:
    from graph.backup import Manifest
    from workflows.workspace import Workspace


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
