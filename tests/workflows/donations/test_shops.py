"""Charity shops: a day's takings stand in the fund, once, and the shop's sums are the ledger's."""

from datetime import date, timedelta

import pytest

from domain.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    SeparationOfDutiesError,
    StaleVersionError,
)
from domain.giving import DonationSource, DonationState
from domain.ledger import FundAccount
from graph.reads.donations import page_of_donations
from graph.shops import takings_of, visible_shops
from tests.builders import NOW
from tests.workflows.donations.conftest import OFFICER, OTHER, STRANGER
from tests.workflows.donations.test_gifts import book, reserve, step
from workflows.donations.posting import Correction, correct_donation
from workflows.donations.shops import (
    DaySale,
    NewShop,
    SaleCorrection,
    correct_sale,
    open_shop,
    record_sale,
)

DAY = date(2026, 3, 1)


@pytest.fixture
async def shop(ws):
    return (await open_shop(ws, OFFICER, NewShop(name="慈善超市一店", fund_id="general"))).value


def sale(shop, amount_fen=14_300, day=DAY):
    return DaySale(shop_id=shop.id, sold_on=day, amount_fen=amount_fen, item_count=12)


async def takings(ws, shop):
    span = {"since": DAY - timedelta(days=30), "until": DAY + timedelta(days=1)}
    return await ws.store.read(lambda tx: takings_of(tx, [shop.id], **span))


async def test_a_days_takings_are_a_posted_gift_of_the_shop(ws, shop):
    made = (await record_sale(ws, OFFICER, sale(shop), idempotency_key="k")).value
    assert (await record_sale(ws, OFFICER, sale(shop), idempotency_key="k")).replayed
    assert (await record_sale(ws, OTHER, sale(shop))).value == made
    with pytest.raises(ConflictError):
        await record_sale(ws, OTHER, sale(shop, 14_301))
    with pytest.raises(InvalidInputError):
        await record_sale(ws, OFFICER, sale(shop, day=NOW.date() + timedelta(days=1)))
    with pytest.raises(NotFoundError):
        await record_sale(ws, STRANGER, sale(shop))
    (gift,) = (await ws.store.read(lambda tx: page_of_donations(tx, OFFICER))).rows
    assert (gift.id, gift.state, gift.channel) == (
        made.donation_id,
        DonationState.POSTED,
        DonationSource.SHOP,
    )
    assert (await book(ws))[FundAccount.AVAILABLE] == 14_300


async def test_the_shops_sums_are_the_ledgers_after_corrections_too(ws, shop):
    for ago in range(5):
        await record_sale(ws, OFFICER, sale(shop, 1_000 + ago, DAY - timedelta(days=ago)))
    wrong = {"shop_id": shop.id, "sold_on": DAY, "amount_fen": 900, "reason": "收银条写错"}
    with pytest.raises(SeparationOfDutiesError):
        await correct_sale(ws, OFFICER, SaleCorrection(**wrong, expected_version=1))
    mended = (await correct_sale(ws, OTHER, SaleCorrection(**wrong, expected_version=1))).value
    assert (mended.amount_fen, mended.version) == (900, 2)
    with pytest.raises(StaleVersionError):
        await correct_sale(ws, OTHER, SaleCorrection(**wrong, expected_version=1))
    (found,) = await takings(ws, shop)
    total = 900 + 1_001 + 1_002 + 1_003 + 1_004
    assert (found.days, found.sold_fen, found.booked_fen) == (5, total, total)
    assert (await book(ws))[FundAccount.RECEIVED] == -total
    await reserve(ws, total)
    lower = SaleCorrection(shop_id=shop.id, sold_on=DAY, amount_fen=1, reason="低", expected_version=2)
    with pytest.raises(InsufficientFundsError):
        await correct_sale(ws, OTHER, lower)


async def test_a_sale_is_mended_by_its_day_and_not_by_its_gift(ws, shop):
    await record_sale(ws, OFFICER, sale(shop))
    (gift,) = (await ws.store.read(lambda tx: page_of_donations(tx, OFFICER))).rows
    with pytest.raises(ConflictError):
        await correct_donation(ws, OTHER, step(gift), Correction(amount_fen=1, reason="x"))
    missing = SaleCorrection(
        shop_id=shop.id, sold_on=date(2026, 1, 1), amount_fen=1, reason="x", expected_version=1
    )
    with pytest.raises(ConflictError):
        await correct_sale(ws, OTHER, missing)
    assert [each.id for each in await ws.store.read(lambda tx: visible_shops(tx, OFFICER))] == [shop.id]
    assert await ws.store.read(lambda tx: visible_shops(tx, STRANGER)) == []
