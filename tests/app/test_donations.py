"""Gifts on the command line, over a bank's list that was imported."""

import asyncio
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from app.container import workspace as opened
from app.settings import Settings
from domain.giving import DonationSource
from graph.columns import text
from graph.ports import Access, Statement
from tests.app.test_hours_commands import zhulian  # noqa: F401 - a fixture
from workflows.donations.receipts import issue_receipt
from workflows.donations.recording import Donor, NewGift, record_donation
from workflows.donations.shops import DaySale, NewShop, open_shop, record_sale
from workflows.donations.steps import GiftStep
from workflows.people import officer_of

FUND = Statement("MATCH (n:Fund) RETURN n.id AS fund, n.organisation_id AS holder", Access.READ)


@pytest.fixture
def bank(tmp_path):
    path = tmp_path / "银行账户.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    rows = (
        ("捐赠人", "金额"),
        ("王建国转来李秀英捐款", 100),
        ("张小三", 0.01),
        ("张小三", 0.01),
        ("总金额100.02",),
    )
    for line, row in enumerate(rows):
        sheet.write_row(line, 0, row)
    book.close()
    return path


async def receipt_and_sale() -> tuple[str, str]:
    """A receipted gift and a shop's day; gives the charity and the gift."""
    async with opened(Settings.load()) as ws:
        (found,) = await ws.store.read(lambda tx: tx.run(FUND))
        holder, fund = text(found, "holder"), text(found, "fund")
        actor = officer_of("clerk", holder)
        new = NewGift(
            fund_id=fund,
            donor=Donor(name="陈女士"),
            amount_fen=500,
            channel=DonationSource.HAND,
            given_on=date(2026, 1, 5),
        )
        made = (await record_donation(ws, actor, new)).value
        await issue_receipt(ws, actor, GiftStep(donation_id=made.id))
        shop = (await open_shop(ws, actor, NewShop(name="一店", fund_id=fund))).value
        await record_sale(ws, actor, DaySale(shop_id=shop.id, sold_on=date(2026, 1, 5), amount_fen=700))
        return holder, made.id


def test_lists_receipts_and_shops_from_the_import_on(zhulian, bank, tmp_path):  # noqa: F811 - the fixture
    assert zhulian("import", bank, "--json")[0] == 0
    holder, gift = asyncio.run(receipt_and_sale())
    own = ("--organisation", holder, "--json")
    status, told = zhulian("donations", "reconcile", bank, "--out", tmp_path / "r.xlsx", *own)
    assert (status, told["holds"], told["complete"]) == (1, True, False)
    assert told["figures"]["rows_matched"] == {"count": 3, "fen": 10_002}
    assert told["figures"]["gifts_unmatched"] == {"count": 2, "fen": 1_200}
    assert {match["by"] for match in told["matched"]} == {"SOURCE"}
    assert len(told["repeats"]) == 1
    book = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx"))
    assert book.sheet_names[0] == "Totals"
    assert len(book.get_sheet_by_name("Matched").to_python()) == 4
    status, told = zhulian("donations", "reconcile", bank, "--until", "2020-01-01", *own)
    assert (status, told["figures"]["gifts_compared"]["count"]) == (1, 0)
    status, told = zhulian("donations", "flag-duplicates", *own)
    assert (status, len(told["flagged"])) == (0, 1)
    status, told = zhulian("donations", "list", "--first", "10", *own)
    assert sorted(row["amount_fen"] for row in told["gifts"]) == [1, 1, 500, 700, 10_000]
    status, told = zhulian("donations", "receipt", gift, "--out", tmp_path / "r.pdf", *own)
    assert status == 0
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    status, told = zhulian("donations", "shops", "--since", "2026-01-01", "--until", "2026-01-31", *own)
    assert (status, told["holds"], told["shops"][0]["sold_fen"]) == (0, True, 700)
    status, _ = zhulian("donations", "receipt", gift, "--organisation", "somebody-else")
    assert status == 3
