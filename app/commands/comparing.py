"""A department's list beside the list before it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    MappingOption,
    RegionOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.keys import secret_key
from app.output import peak_mb
from importers.mapping import AUTO
from locales import Locale, text

if TYPE_CHECKING:
    from app.output import Screen
    from graph.reads.comparisons import ComparisonRow
    from workflows.comparing.running import CompareReport
    from workflows.comparing.workbook import Line
    from workflows.workspace import Workspace

_COUNTED = (
    "before_rows", "after_rows", "added", "removed", "changed", "renumbered", "unreadable", "persons_added",
    "persons_removed", "persons_changed", "households_added", "households_removed", "households_changed", "unlinked",
    "tasks_opened", "tasks_reopened", "tasks_closed", "statuses_ended", "needs_to_review",
)  # fmt: skip
_SHOWN = 30

RunArgument = Annotated[str, typer.Argument(help="Key of a comparison, as the list shows it.", metavar="RUN")]


def run(
    newest: Annotated[Path, typer.Argument(help="The newest list, imported already.", metavar="FILE")],
    before: Annotated[
        Path | None,
        typer.Option("--before", help="The list before it; without it all is new.", metavar="FILE"),
    ] = None,
    mapping: MappingOption = AUTO,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a list with the one before it and with the graph, and send people where nobody is covered."""
    from importers.mapping import MappingCatalogue
    from workflows.comparing.running import compare_files
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    mappings = MappingCatalogue(settings.data_dir / "mappings")

    async def work(ws: "Workspace") -> "CompareReport":
        with screen.progress() as steps, steps.step("compare") as step:
            return await compare_files(
                ws,
                administrator(),
                newest,
                before=before,
                mapping=mapping,
                mappings=mappings,
                identity_key=secret_key(settings.data_dir, "identity"),
                progress=lambda what, done, of: step.tell(what, done / max(of, 1)),
            )

    report = with_workspace(settings, work)
    counts = {name: report.counts[name] for name in _COUNTED if name in report.counts}
    screen.table("titles.compared", counts)
    screen.say("compare.replayed" if report.replayed else "compare.done", run=report.run_id)
    screen.finish({**report.to_json(), "peak_mb": peak_mb()})


def list_(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List comparisons, the newest first."""
    from graph.reads.comparisons import page_of_comparisons
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> "tuple[ComparisonRow, ...]":
        page = await ws.store.read(lambda tx: page_of_comparisons(tx, actor, first=_SHOWN))
        return page.rows

    rows = with_workspace(settings, work)
    screen.rows(
        "compare.title",
        [f"compare.list.{name}" for name in ("run", "on", "after", "before", "found")],
        (
            [
                row.id,
                row.compared_on.isoformat(),
                row.after_file,
                row.before_file or "",
                _found(row, screen.locale),
            ]
            for row in rows
        ),
    )
    screen.finish({"comparisons": [_plain(row) for row in rows]})


def _found(row: "ComparisonRow", locale: Locale) -> str:
    return ", ".join(
        f"{text(f'workflows.compare_difference.{kind}', locale)} {count:,}"
        for kind, count in sorted(row.found.items())
    )


def _plain(row: "ComparisonRow") -> dict[str, object]:
    return {
        "id": row.id,
        "title": row.title,
        "compared_on": row.compared_on.isoformat(),
        "after_file": row.after_file,
        "before_file": row.before_file,
        "before_rows": row.before_rows,
        "after_rows": row.after_rows,
        "found": dict(sorted(row.found.items())),
        "counts": row.counts,
    }


def show(
    run_id: RunArgument,
    region: RegionOption = "/",
    out: Annotated[
        Path | None, typer.Option("--out", help="Workbook with a sheet for each town.", metavar="FILE.xlsx")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a comparison found, or write it into a workbook with a sheet for each town."""
    from graph.reads.comparisons import comparison_by_id, lines_of_comparison
    from graph.reads.public import names_of_places
    from workflows.comparing.covering import town_of
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)
    key = run_id if ":" in run_id else f"CompareRun:{run_id}"

    async def work(ws: "Workspace") -> None:
        row = await ws.store.read(lambda tx: comparison_by_id(tx, actor, key))
        lines = await ws.store.read(lambda tx: lines_of_comparison(tx, actor, key))
        paths = sorted({town_of(line.region_path) for line, _ in lines})
        towns = dict(await ws.store.read(lambda tx: names_of_places(tx, paths)))
        _show(screen, ws, row, lines, towns, out)

    with_workspace(settings, work)


def _show(
    screen: "Screen",
    ws: "Workspace",
    row: "ComparisonRow",
    lines: "list[Line]",
    towns: dict[str, str],
    out: Path | None,
) -> None:
    from workflows.comparing.workbook import COLUMNS, cells, write_differences
    from workflows.protection.masks import shown

    sheets = 0
    if out is not None:
        sheets = write_differences(ws, row, lines, out, locale=screen.locale, towns=towns)
        screen.say("compare.written", path=out, sheets=sheets, lines=len(lines))
    else:
        screen.rows(
            "compare.title",
            [f"compare.columns.{name}" for name in COLUMNS],
            (cells(ws, line, file_number, screen.locale) for line, file_number in lines[:_SHOWN]),
        )
        if len(lines) > _SHOWN:
            screen.say("compare.more", count=len(lines) - _SHOWN)
    screen.finish(
        {
            **_plain(row),
            "path": None if out is None else str(out),
            "sheets": sheets,
            "lines": [
                {
                    "kind": line.kind.value,
                    "number": line.number,
                    "number_before": line.number_before,
                    "person": line.person_name,
                    "household": file_number,
                    "changes": [
                        {
                            "field": each.field,
                            "before": shown(ws, each.before),
                            "after": shown(ws, each.after),
                        }
                        for each in line.changes
                    ],
                    "region_path": line.region_path,
                }
                for line, file_number in (lines if out is None else ())
            ],
        }
    )
