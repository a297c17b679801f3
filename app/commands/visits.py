"""Visits to elders: plans, overdue lists and coverage."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    RegionOption,
    SeedOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases
from domain.time import civil_date

if TYPE_CHECKING:
    from locales import Locale
    from workflows.visits.due import Coverage, DueRow
    from workflows.visits.export import Cell
    from workflows.workspace import Workspace

DayOption = Annotated[
    str | None, typer.Option("--day", help="Civil day, as 2026-03-02; today without it.", metavar="DATE")
]
NationalOption = Annotated[
    bool, typer.Option("--national-groups", help="Count only the six groups of the national guidance.")
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="File to write: NAME.xlsx or NAME.csv, as its ending says.", metavar="FILE"),
]


def plan(
    station: Annotated[str, typer.Argument(help="Id of the station.")],
    day: DayOption = None,
    days: Annotated[int, typer.Option("--days", help="Days to plan.", min=1, max=7)] = 1,
    absent: Annotated[list[str] | None, typer.Option("--absent", help="A visitor who is away.")] = None,
    urgent: Annotated[
        list[str] | None, typer.Option("--urgent", help="An elder who must be visited.")
    ] = None,
    seed: SeedOption = 0,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a plan of visits for a station, day by day; a desk publishes it."""
    from app.container import now
    from graph.reads.visits import VisitPlanRow, VisitRow, visits_of_plan
    from workflows.people import matcher_actor
    from workflows.visits.acting import with_desk_view
    from workflows.visits.export import plan_table
    from workflows.visits.planning import PlanRequest, plan_visits

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    request = PlanRequest(
        station_id=station,
        day=day_of(day, civil_date(now())),
        days=days,
        seed=seed,
        absent=tuple(absent or ()),
        urgent=tuple(urgent or ()),
    )

    async def work(ws: "Workspace") -> tuple[list[VisitPlanRow], list[VisitRow]]:
        plans = (await plan_visits(ws, matcher_actor(), request)).value
        visits: list[VisitRow] = []
        for each in plans:
            visits += await ws.store.read(
                lambda tx, key=each.id: visits_of_plan(tx, with_desk_view(matcher_actor()), key)
            )
        return plans, visits

    plans, visits = with_workspace(settings, work)
    _write(out, plan_table(visits, settings.lang), "plan", settings.lang)
    figures: dict[str, object] = {
        "visits": sum(each.visits for each in plans),
        "unvisited": len(plans[-1].unvisited),
        "moved": sum(each.moved for each in plans),
        "travel_min": sum(each.travel_min for each in plans),
        "gap": f"{max(each.gap for each in plans):.1%}",
    }
    screen.table("titles.visit_plan", figures)
    screen.finish({**figures, "plans": [each.id for each in plans], "seconds": phases.total_s})


def overdue(
    region: RegionOption = "/",
    day: DayOption = None,
    within_days: Annotated[
        int | None, typer.Option("--within-days", help="Also who is owed a visit within so many days.", min=0)
    ] = None,
    national: NationalOption = False,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the elders whose visit is late, the latest first; names are masked."""
    from app.container import now
    from workflows.people import administrator
    from workflows.visits.due import due_list, overdue_list
    from workflows.visits.export import due_table

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    on = day_of(day, civil_date(now()))

    async def work(ws: "Workspace") -> "list[DueRow]":
        if within_days is None:
            return await overdue_list(ws, administrator(), region, day=on, national=national)
        return await due_list(ws, administrator(), region, day=on, within_days=within_days, national=national)

    rows = with_workspace(settings, work)
    sheet = "overdue" if within_days is None else "due"
    _write(out, due_table(rows, settings.lang), sheet, settings.lang)
    figures: dict[str, object] = {"elders": len(rows), "overdue": sum(row.overdue_days > 0 for row in rows)}
    screen.table("titles.visits_owed", figures)
    screen.finish({**figures, "day": on.isoformat()})


def coverage(
    region: RegionOption = "/",
    day: DayOption = None,
    by_station: Annotated[bool, typer.Option("--by-station", help="A row a station, not a town.")] = False,
    national: NationalOption = False,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give what share of the listed elders was visited within their interval, and in the month."""
    from app.container import now
    from workflows.people import administrator
    from workflows.visits.due import coverage as covered
    from workflows.visits.export import coverage_table

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    on: date = day_of(day, civil_date(now()))

    async def work(ws: "Workspace") -> "list[Coverage]":
        return await covered(ws, administrator(), region, day=on, national=national, by_station=by_station)

    rows = with_workspace(settings, work)
    _write(out, coverage_table(rows, settings.lang), "coverage", settings.lang)
    whole = rows[-1]
    figures: dict[str, object] = {
        "listed": whole.listed,
        "covered": whole.covered,
        "overdue": whole.overdue,
        "covered_percent": whole.covered_percent,
        "month_percent": whole.month_percent,
        "target_percent": whole.target_percent,
    }
    screen.table("titles.visit_coverage", figures)
    screen.finish({**figures, "day": on.isoformat()})


def _write(out: Path | None, table: "list[list[Cell]]", sheet: str, lang: "Locale") -> None:
    from domain.errors import InvalidInputError
    from locales import text
    from workflows.visits.export import as_csv, as_xlsx

    if out is None:
        return
    if out.suffix not in {".xlsx", ".csv"}:
        raise InvalidInputError("a list is written as .xlsx or .csv", value=out.name)
    name = text(f"visits.sheet.{sheet}", lang)
    out.write_bytes(as_csv(table) if out.suffix == ".csv" else as_xlsx(table, name))
