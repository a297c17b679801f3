"""Gifts on the command line: lists held against them, second records flagged, receipts, shops against the ledger."""

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    FirstOption,
    HandlerOption,
    JsonOption,
    OrganisationOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from domain.money import yuan_text
from domain.time import civil_date
from locales import text

if TYPE_CHECKING:
    from domain.donations import CharityShop, Donation
    from graph.reads.donations import DonationFilter
    from graph.shops import ShopTakings
    from workflows.donations.pledges import PledgeReport
    from workflows.donations.receipts import Receipt
    from workflows.donations.reconciling import Reconciliation
    from workflows.workspace import Workspace

FundOption = Annotated[
    str | None, typer.Option("--fund", help="Only gifts to this fund, by its key.", metavar="ID")
]
SinceOption = Annotated[str | None, typer.Option("--since", help="First day of the gifts.", metavar="DATE")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Last day of the gifts.", metavar="DATE")]


def _narrowed(fund: str | None, since: str | None, until: str | None) -> "DonationFilter":
    from graph.reads.donations import DonationFilter

    last = None if until is None else day_of(until, date.max) + timedelta(days=1)
    return DonationFilter(fund_id=fund, since=None if since is None else day_of(since, date.min), until=last)


def reconcile(
    files: Annotated[list[Path], typer.Argument(help="Lists of gifts: workbooks or CSV files.")],
    organisation: OrganisationOption,
    handler: HandlerOption = "reconcile",
    fund: FundOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    mapping: Annotated[
        str, typer.Option("--mapping", help="Saved mapping to read the lists by.", metavar="NAME")
    ] = "auto",
    out: Annotated[Path | None, typer.Option("--out", help="Workbook to write.", metavar="FILE.xlsx")] = None,
    receive: Annotated[
        bool, typer.Option("--receive", help="Take the pledges down as received that the lists show.")
    ] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold lists against the gifts that are kept; the status is 1 where a sum does not hold or anything is left."""
    from app.keys import secret_key
    from workflows.donations.pledges import receive_pledges
    from workflows.donations.reconciliation_book import figures_of, plain, write_reconciliation
    from workflows.donations.reconciling import reconcile_files
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    narrowed = _narrowed(fund, since, until)

    async def work(ws: "Workspace") -> "Reconciliation":
        return await reconcile_files(
            ws,
            officer_of(handler, organisation),
            files,
            narrowed=narrowed,
            mapping=mapping,
            identity_key=secret_key(settings.data_dir, "identity"),
        )

    found = with_workspace(settings, work)
    screen.rows(
        "donations.reconciliation",
        ("donations.figure", "donations.count", "donations.yuan"),
        (
            [
                text(f"donations.reconcile.{name}", settings.lang),
                f"{count:,}",
                "" if fen is None else yuan_text(fen),
            ]
            for name, (count, fen) in figures_of(found).items()
        ),
    )
    for name, (one, other) in found.proofs.items():
        if one != other:
            screen.say("donations.differs", name=name, one=yuan_text(one), other=yuan_text(other))
    screen.say("donations.holds" if found.holds else "donations.does_not_hold")
    if out is not None:
        write_reconciliation(found, out, settings.lang)
        screen.say("donations.written", file=out)
    pledges = None
    if receive:

        async def take_down(ws: "Workspace") -> "PledgeReport":
            return await receive_pledges(ws, officer_of(handler, organisation), found)

        pledges = with_workspace(settings, take_down)
        for name, keys in asdict(pledges).items():
            screen.say(f"donations.pledges_{name}", count=len(keys))
    screen.finish(plain(found) | ({} if pledges is None else {"pledges": asdict(pledges)}))
    if not (found.holds and found.is_complete):
        raise typer.Exit(code=1)


def flag(
    organisation: OrganisationOption,
    handler: HandlerOption = "flag-duplicates",
    fund: FundOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flag gifts that may be second records of one, as two files that list it make them; none is put together."""
    from workflows.donations.duplicates import flag_duplicates
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    narrowed = _narrowed(fund, since, until)

    async def work(ws: "Workspace") -> dict[str, str]:
        return await flag_duplicates(ws, officer_of(handler, organisation), narrowed)

    flagged = with_workspace(settings, work)
    screen.say("donations.flagged", count=len(flagged))
    screen.finish({"flagged": [{"gift": gift, "like": like} for gift, like in flagged.items()]})


def list_(
    organisation: OrganisationOption,
    handler: HandlerOption = "list",
    fund: FundOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List gifts, those recorded last first."""
    from graph.reads.donations import page_of_donations
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    narrowed = _narrowed(fund, since, until)
    actor = officer_of(handler, organisation)

    async def work(ws: "Workspace") -> "tuple[Donation, ...]":
        page = await ws.store.read(lambda tx: page_of_donations(tx, actor, filter=narrowed, first=first))
        return page.rows

    rows = with_workspace(settings, work)
    columns = ("gift", "state", "donor", "yuan", "day", "receipt")
    screen.rows(
        "donations.gifts",
        [f"donations.{name}" for name in columns],
        (
            [
                row.id,
                text(f"donations.state.{row.state.value}", settings.lang),
                row.donor_name or "",
                yuan_text(row.amount_fen),
                "" if row.given_on is None else row.given_on.isoformat(),
                row.receipt_number or "",
            ]
            for row in rows
        ),
    )
    screen.finish(
        {
            "gifts": [
                {
                    "id": row.id,
                    "state": row.state.value,
                    "amount_fen": row.amount_fen,
                    "refunded_fen": row.refunded_fen,
                    "given_on": None if row.given_on is None else row.given_on.isoformat(),
                    "receipt": row.receipt_number,
                    "duplicate_of": row.duplicate_of,
                }
                for row in rows
            ]
        }
    )


def receipt(
    gift: Annotated[str, typer.Argument(help="Key of the gift.")],
    organisation: OrganisationOption,
    handler: HandlerOption = "receipt",
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; NUMBER.pdf without it.", metavar="FILE")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the receipt of a gift as PDF; its QR code leads to the donor's page."""
    from workflows.donations.receipts import print_receipt
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "Receipt":
        return await print_receipt(
            ws, officer_of(handler, organisation), gift, address=settings.address, locale=settings.lang
        )

    printed = with_workspace(settings, work)
    path = out or Path(f"{printed.donation.receipt_number}.pdf")
    path.write_bytes(printed.pdf)
    screen.say("donations.receipt_written", number=printed.donation.receipt_number, file=path)
    screen.finish({"number": printed.donation.receipt_number, "file": str(path)})


def shops(
    organisation: OrganisationOption,
    since: SinceOption = None,
    until: UntilOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold what charity shops took against the ledger of their funds; the status is 1 where the two differ."""
    from app.container import now
    from graph.shops import takings_of, visible_shops
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = officer_of("shops", organisation)
    today = civil_date(now())
    first = day_of(since, date(today.year, 1, 1))
    end = day_of(until, today) + timedelta(days=1)

    async def work(ws: "Workspace") -> "tuple[list[CharityShop], list[ShopTakings]]":
        held = await ws.store.read(lambda tx: visible_shops(tx, actor))
        ids = [shop.id for shop in held]
        return held, await ws.store.read(lambda tx: takings_of(tx, ids, since=first, until=end))

    held, lines = with_workspace(settings, work)
    names = {shop.id: shop.name for shop in held}
    columns = ("shop", "days", "sold", "booked")
    screen.rows(
        "donations.shops",
        [f"donations.{name}" for name in columns],
        (
            [names[line.shop_id], str(line.days), yuan_text(line.sold_fen), yuan_text(line.booked_fen)]
            for line in lines
        ),
    )
    holds = all(line.sold_fen == line.booked_fen for line in lines)
    screen.say("donations.shops_hold" if holds else "donations.shops_differ")
    screen.finish(
        {
            "holds": holds,
            "shops": [
                {
                    "shop": line.shop_id,
                    "days": line.days,
                    "sold_fen": line.sold_fen,
                    "booked_fen": line.booked_fen,
                }
                for line in lines
            ],
        }
    )
    if not holds:
        raise typer.Exit(code=1)
