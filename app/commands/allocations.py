"""Money on its way to needs: lists, and the job that gives free what was kept too long."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    FirstOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Screen, shown
from domain.allocations import AllocationState
from domain.money import yuan_text
from domain.time import civil_date
from locales import text

if TYPE_CHECKING:
    from graph.reads.allocations import AllocationFilter, AllocationRow
    from workflows.allocations.ticking import TickReport
    from workflows.workspace import Workspace

_COLUMNS = ("allocation", "state", "need", "fund", "amount", "reserved_on", "due_on")
RegionOption = Annotated[
    str, typer.Option("--region", help="Subtree of the needs, as a region path.", metavar="PATH")
]


def list_(
    state: Annotated[
        list[AllocationState] | None, typer.Option("--state", help="Only in this state; again for more.")
    ] = None,
    fund: Annotated[str | None, typer.Option("--fund", help="Key of a fund.", metavar="ID")] = None,
    need: Annotated[str | None, typer.Option("--need", help="Key of a need.", metavar="ID")] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Key of who holds the fund.", metavar="ID")
    ] = None,
    region: RegionOption = "/",
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List allocations, newest first."""
    from graph.reads.allocations import AllocationFilter

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    narrowed = AllocationFilter(
        states=tuple(state or ()), fund_id=fund, need_id=need, organisation_id=organisation
    )

    async def work(ws: "Workspace") -> "tuple[AllocationRow, ...]":
        return await _rows(ws, region, narrowed, first)

    _show(screen, "allocations.title", with_workspace(settings, work))


def overdue(
    region: RegionOption = "/",
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was paid first and lacks its papers past their day; the status is 1 where there is any."""
    from graph.reads.allocations import AllocationFilter

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "tuple[AllocationRow, ...]":
        return await _rows(ws, region, AllocationFilter(papers_overdue_at=ws.clock()), first)

    rows = with_workspace(settings, work)
    _show(screen, "allocations.overdue_title", rows)
    if rows:
        raise typer.Exit(code=1)


def tick(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Give free what was set aside and neither approved nor paid in time."""
    from app.container import this_process
    from workflows.allocations.ticking import tick as release_expired
    from workflows.people import clock_actor

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "TickReport":
        return await release_expired(ws, clock_actor(), holder=this_process())

    figures: dict[str, object] = {
        f"allocations_{name}": count for name, count in with_workspace(settings, work).figures().items()
    }
    screen.table("titles.allocations_tick", shown(figures))
    screen.finish(figures)


async def _rows(
    ws: "Workspace", region: str, narrowed: "AllocationFilter", first: int
) -> "tuple[AllocationRow, ...]":
    from graph.reads.allocations import page_of_allocations
    from workflows.people import administrator

    actor = administrator(region)
    page = await ws.store.read(lambda tx: page_of_allocations(tx, actor, filter=narrowed, first=first))
    return page.rows


def _show(screen: Screen, title: str, rows: "tuple[AllocationRow, ...]") -> None:
    cells = (
        [
            row.id,
            text(f"workflows.allocation_state.{row.state.value}", screen.locale),
            row.need_id,
            row.fund_id,
            yuan_text(row.amount_fen),
            _day(row.reserved_at),
            _day(row.papers_due_at or row.expires_at),
        ]
        for row in rows
    )
    screen.rows(title, [f"allocations.{name}" for name in _COLUMNS], cells)
    screen.finish({"allocations": [_plain(row) for row in rows]})


def _day(moment: datetime | None) -> str:
    return "" if moment is None else civil_date(moment).isoformat()


def _plain(row: "AllocationRow") -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "need_id": row.need_id,
        "fund_id": row.fund_id,
        "earmark_id": row.earmark_id,
        "amount_fen": row.amount_fen,
        "approvals_wanted": row.approvals_wanted,
        "pay_first": row.pay_first,
        "reserved_at": row.reserved_at.isoformat(),
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
        "papers_due_at": None if row.papers_due_at is None else row.papers_due_at.isoformat(),
    }
