"""Funds on the command line: the day's job of purposes, lists, who qualifies, and how far a charity's year is."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    RegionOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from domain.money import yuan_text
from domain.purposes import QualifyingChange
from domain.time import civil_date
from locales import text

if TYPE_CHECKING:
    from graph.reads.funds import FundRow
    from graph.reads.qualifying import TownCount
    from graph.stock import StockRow
    from workflows.funds.charity_years import YearProgress
    from workflows.funds.purposes import PurposeTick
    from workflows.workspace import Workspace

_AT_ONCE = 200


def tick(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring approved purposes into force whose day has come, and write expired goods off; a job for each day."""
    from workflows.funds.purposes import bring_purposes_into_force
    from workflows.funds.stock import strike_expired
    from workflows.people import clock_actor

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "tuple[PurposeTick, int]":
        moved = await bring_purposes_into_force(ws, clock_actor(region))
        return moved, await strike_expired(ws, clock_actor(region))

    done, expired = with_workspace(settings, work)
    screen.say("funds.in_force", count=len(done.in_force))
    for key in done.stuck:
        screen.say("funds.stuck", id=key)
    screen.say("funds.written_off", units=expired)
    screen.finish({"in_force": list(done.in_force), "stuck": list(done.stuck), "expired_units": expired})


def list_(
    organisation: Annotated[
        str, typer.Option("--organisation", help="Only what it holds.", metavar="ID")
    ] = "",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List funds with where they stand and what is free in them."""
    from graph.reads.funds import FundFilter, page_of_funds
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    narrowed = FundFilter(organisation_id=organisation or None)

    async def work(ws: "Workspace") -> "list[FundRow]":
        rows: list[FundRow] = []
        after = None
        while True:
            page = await ws.store.read(
                lambda tx, after=after: page_of_funds(
                    tx, administrator(), filter=narrowed, first=_AT_ONCE, after=after
                )
            )
            rows += page.rows
            if not page.has_next:
                return rows
            after = page.positions[-1]

    rows = with_workspace(settings, work)
    screen.rows(
        "funds.funds",
        ["funds.name", "funds.kind", "funds.state", "funds.available"],
        [
            (
                row.name,
                text(f"funds.fund_type.{row.type.value}", settings.lang),
                text(f"funds.fund_state.{row.state.value}", settings.lang),
                yuan_text(row.available_fen),
            )
            for row in rows
        ],
    )
    screen.finish(
        {
            "funds": [
                {
                    "id": row.id,
                    "name": row.name,
                    "type": row.type.value,
                    "state": row.state.value,
                    "available_fen": row.available_fen,
                }
                for row in rows
            ]
        }
    )


def templates(as_json: JsonOption = False) -> None:
    """List the templates of charity programmes with who says so."""
    from workflows.funds.programmes import programme_templates

    settings = settings_of(None)
    screen = screen_of(as_json=as_json, settings=settings)
    found = list(programme_templates().values())
    screen.rows(
        "funds.templates",
        ["funds.name", "funds.cap", "funds.season", "funds.source"],
        [
            (
                f"{text(f'funds.programme_template.{each.id}', settings.lang)} ({each.id})",
                "" if each.case_cap_fen is None else yuan_text(each.case_cap_fen),
                "" if each.season is None else f"{each.season.from_day:04d}-{each.season.to_day:04d}",
                each.source,
            )
            for each in found
        ],
    )
    screen.finish({"templates": [each.model_dump(mode="json") for each in found]})


def qualifies(
    version: Annotated[str, typer.Argument(help="Key of a version of a purpose, as FUND:0002.")],
    change: Annotated[
        QualifyingChange, typer.Option("--change", help="Who comes in, or who falls out.")
    ] = QualifyingChange.NEWLY,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count by town the open needs that a change of purpose takes in, or leaves out."""
    from graph.reads.qualifying import towns_of_changed_needs
    from workflows.funds.qualifying import wall_change_of
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator()

    async def work(ws: "Workspace") -> "list[TownCount]":
        today = civil_date(ws.clock())
        walls = await ws.store.read(lambda tx: wall_change_of(tx, actor, version, today=today))
        return await ws.store.read(lambda tx: towns_of_changed_needs(tx, actor, walls, change))

    towns = with_workspace(settings, work)
    needs = sum(town.needs for town in towns)
    word = text(f"funds.qualifying_change.{change.value}", settings.lang)
    screen.say("funds.qualifying", change=word, needs=needs, towns=len(towns))
    screen.rows(
        "funds.town",
        ["funds.town", "funds.needs", "funds.amount"],
        [(town.region_path, str(town.needs), yuan_text(town.amount_fen)) for town in towns],
    )
    screen.finish(
        {
            "change": change.value,
            "needs": needs,
            "towns": [
                {"region_path": town.region_path, "needs": town.needs, "amount_fen": town.amount_fen}
                for town in towns
            ],
        }
    )


def year(
    organisation: Annotated[str, typer.Argument(help="The charity.", metavar="ID")],
    of_year: Annotated[int, typer.Argument(help="Civil year.", metavar="YEAR")],
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how far a charity's year is from its floor of spending and its ceiling of management."""
    from workflows.funds.charity_years import year_progress
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "YearProgress":
        return await ws.store.read(
            lambda tx: year_progress(tx, administrator(), organisation, of_year, now=ws.clock())
        )

    found = with_workspace(settings, work)
    figures = {
        "floor": found.year.payout_floor_fen,
        "charitable": found.moved.charitable_fen,
        "to_spend": found.to_spend_fen,
        "management": found.moved.management_fen,
        "management_left": found.management_left_fen,
    }
    screen.say("funds.year", organisation=organisation, year=of_year)
    screen.rows(
        "funds.source",
        ["funds.name", "funds.amount"],
        [
            *((screen.word(f"funds.{name}"), yuan_text(fen)) for name, fen in figures.items()),
            (screen.word("funds.days"), f"{found.days_gone}/{found.days}"),
            (screen.word("funds.source"), found.figures.source),
        ],
    )
    screen.finish(
        {
            **{f"{name}_fen": fen for name, fen in figures.items()},
            "exempt": found.exempt,
            "days_gone": found.days_gone,
            "days": found.days,
            "source": found.figures.source,
        }
    )


def expiring(
    by: Annotated[
        str | None, typer.Option("--by", help="Civil day; today without it.", metavar="DATE")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List goods in stock that may no longer be given out on a day."""
    from app.container import now
    from graph.reads.stock import StockFilter, page_of_stock
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    day = day_of(by, civil_date(now()))

    async def work(ws: "Workspace") -> "list[StockRow]":
        rows: list[StockRow] = []
        after = None
        while True:
            page = await ws.store.read(
                lambda tx, after=after: page_of_stock(
                    tx, administrator(), filter=StockFilter(expiring_by=day), first=_AT_ONCE, after=after
                )
            )
            rows += page.rows
            if not page.has_next:
                return rows
            after = page.positions[-1]

    rows = with_workspace(settings, work)
    screen.say("funds.expiring" if rows else "funds.none", day=day)
    screen.rows(
        "funds.item",
        ["funds.item", "funds.quantity", "funds.free", "funds.expires", "funds.pickup"],
        [
            (
                row.item_text or row.item,
                str(row.quantity),
                str(row.free_quantity),
                str(row.expires),
                row.pickup or "",
            )
            for row in rows
        ],
    )
    screen.finish(
        {
            "day": day.isoformat(),
            "stock": [
                {
                    "id": row.id,
                    "item": row.item,
                    "quantity": row.quantity,
                    "free": row.free_quantity,
                    "expires": str(row.expires),
                }
                for row in rows
            ],
        }
    )
