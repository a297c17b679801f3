"""Hours on the command line: proving the ledger, the jobs of stars and unfinished visits, paid hours."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases
from domain.time import CIVIL_ZONE, civil_date

if TYPE_CHECKING:
    from graph.hours.proof import LedgerProof
    from workflows.hours.stars import StarRun
    from workflows.service.paid import Line
    from workflows.workspace import Workspace


def prove(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Work every balance out of the entries again; the status is 1 where the books do not hold."""
    from graph.hours.proof import prove as prove_ledger

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def work(ws: "Workspace") -> "LedgerProof":
        return await prove_ledger(ws.store)

    proof = with_workspace(settings, work)
    figures: dict[str, object] = {
        "ledger_entries": proof.entries,
        "ledger_volunteers": proof.volunteers,
        "ledger_total_min": proof.total_min,
        "ledger_verified_min": proof.verified_min,
        "ledger_pending_min": proof.pending_min,
        "ledger_frozen_min": proof.frozen_min,
    }
    screen.table("titles.ledger", {name: f"{value:,}" for name, value in figures.items()})
    for finding in proof.findings:
        screen.say(f"hours.broken.{finding.broken.value}", id=finding.object_id)
    screen.say("hours.holds" if proof.holds else "hours.does_not_hold")
    found = [{"broken": each.broken.value, "id": each.object_id} for each in proof.findings]
    screen.finish({"holds": proof.holds, **figures, "findings": found, "seconds": phases.total_s})
    if not proof.holds:
        raise typer.Exit(code=1)


def stars(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Publish the stars that volunteers have reached, and grant those whose public notice is over."""
    from workflows.hours.stars import run_stars
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "StarRun":
        return await run_stars(ws, administrator())

    done = with_workspace(settings, work)
    figures: dict[str, object] = {
        "stars_published": done.published,
        "stars_granted": done.granted,
        "stars_withdrawn": done.withdrawn,
    }
    screen.table("titles.stars", figures)
    screen.finish(figures)


def unfinished(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Put visits that nobody left into the review queue once they are long over."""
    from workflows.people import desk_of
    from workflows.service.review import find_unfinished

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> list[str]:
        return await find_unfinished(ws, desk_of("system-unfinished", "/"))

    found = with_workspace(settings, work)
    screen.say("hours.unfinished", count=len(found))
    screen.finish({"unfinished": len(found)})


def reconcile(
    since: Annotated[str, typer.Option("--since", help="First day.", metavar="DATE")],
    until: Annotated[str, typer.Option("--until", help="Last day.", metavar="DATE")],
    out: Annotated[Path, typer.Option("--out", help="Workbook to write.", metavar="FILE")],
    payer: Annotated[
        str | None, typer.Option("--payer", help="Organisation that pays; all without it.", metavar="ID")
    ] = None,
    region: Annotated[
        str, typer.Option("--region", help="Subtree of the visits, as a region path.", metavar="PATH")
    ] = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write paid visits with their hours, what is due for them and what was paid, as a workbook."""
    from app.container import now
    from workflows.people import desk_of
    from workflows.service.paid import reconcile as lines_of
    from workflows.service.paid import write_reconciliation

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    today = civil_date(now())
    first, last = day_of(since, today), day_of(until, today)
    start = datetime(first.year, first.month, first.day, tzinfo=CIVIL_ZONE)
    end = datetime(last.year, last.month, last.day, tzinfo=CIVIL_ZONE) + timedelta(days=1)

    async def work(ws: "Workspace") -> "list[Line]":
        return await lines_of(ws, desk_of("reconcile", region), since=start, until=end, paid_by=payer)

    lines = with_workspace(settings, work)
    write_reconciliation(lines, out, settings.lang)
    figures: dict[str, object] = {
        "visits": len(lines),
        "minutes": sum(line.order.minutes for line in lines),
        "due_fen": sum(line.due_fen for line in lines),
        "paid_fen": sum(line.paid_fen for line in lines),
    }
    screen.say("hours.reconciled", file=out, count=len(lines))
    screen.finish({**figures, "file": str(out)})
