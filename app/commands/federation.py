"""What federations look at, as files for offices: an overview, a plan, and what went without."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.settings import Engine
from domain.errors import InvalidInputError
from locales import Locale

if TYPE_CHECKING:
    from domain.actors import Actor
    from workflows.federation.tables import Sheet
    from workflows.workspace import Workspace

_FORMS = (".xlsx", ".csv")
OutOption = Annotated[
    Path, typer.Option("--out", help="File to write: .xlsx with every sheet, .csv with one.", metavar="FILE")
]
SheetOption = Annotated[
    str, typer.Option("--sheet", help="Which sheet a CSV file holds; the first one if left out.")
]
RegionOption = Annotated[
    str, typer.Option("--region", help="Subtree to look at, as a region path.", metavar="PATH")
]
RoundArgument = Annotated[str, typer.Argument(help="Key of a round.", metavar="ROUND")]


def overview(
    organisation: Annotated[str, typer.Argument(help="Key of who holds the funds.", metavar="ORGANISATION")],
    out: OutOption,
    sheet: SheetOption = "",
    by_day: Annotated[bool, typer.Option("--by-day", help="A series by days instead of months.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--since", help="First civil day of the series.", formats=["%Y-%m-%d"]),
    ] = None,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an organisation's books: what stands there, their series, and how long they last."""
    from workflows.federation.exporting import overview_tables
    from workflows.federation.overview import OverviewRequest, SeriesStep

    first: date | None = None if since is None else since.date()
    request = OverviewRequest(
        organisation_id=organisation, step=SeriesStep.DAY if by_day else SeriesStep.MONTH, since=first
    )
    _write(
        lambda ws, actor, locale: overview_tables(ws, actor, request, locale),
        (out, sheet, region),
        (data_dir, engine),
        as_json=as_json,
    )


def plan(
    round_id: RoundArgument,
    out: OutOption,
    sheet: SheetOption = "",
    against: Annotated[
        str | None, typer.Option("--against", help="Key of the round to compare with.", metavar="ROUND")
    ] = None,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a round's money against what stands now and against the round before."""
    from workflows.federation.exporting import plan_tables

    _write(
        lambda ws, actor, locale: plan_tables(ws, actor, round_id, locale, against=against),
        (out, sheet, region),
        (data_dir, engine),
        as_json=as_json,
    )


def unmet(
    round_id: RoundArgument,
    out: OutOption,
    sheet: SheetOption = "",
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what a round left without: what bound, what would help, and how much is missing."""
    from workflows.federation.exporting import unmet_tables

    _write(
        lambda ws, actor, locale: unmet_tables(ws, actor, round_id, locale),
        (out, sheet, region),
        (data_dir, engine),
        as_json=as_json,
    )


def _write(
    gather: "Callable[[Workspace, Actor, Locale], Awaitable[list[Sheet]]]",
    what: tuple[Path, str, str],
    where: tuple[Path | None, Engine | None],
    *,
    as_json: bool,
) -> None:
    from workflows.federation.writing import sheet_named, write_csv, write_xlsx
    from workflows.people import administrator

    out, sheet, region = what
    if out.suffix not in _FORMS:
        raise InvalidInputError("a file ends in .xlsx or .csv", field="out", value=out.suffix)
    settings = settings_of(*where)
    sheets = with_workspace(settings, lambda ws: gather(ws, administrator(region), settings.lang))
    if out.suffix == ".csv":
        with out.open("wb") as file:
            write_csv(sheet_named(sheets, sheet), file)
    else:
        write_xlsx(sheets, out)
    screen = screen_of(as_json=as_json, settings=settings)
    rows = sum(len(each.rows) for each in sheets)
    screen.say("statistics", rows=rows, path=str(out))
    screen.finish({"sheets": {each.name: len(each.rows) for each in sheets}, "path": str(out)})
