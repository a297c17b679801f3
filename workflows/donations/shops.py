"""Charity shops: what a shop takes on a day goes wholly to its fund, as a gift that is posted at once."""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.donations import CharityShop, Donation, DonorKind, ShopSale, check_amount
from domain.errors import ConflictError, InvalidInputError, StaleVersionError
from domain.giving import DonationKind, DonationSource, DonationState
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.time import civil_date
from graph.donations import fund_holder, lock_donation, write_donation
from graph.ledger.posting import post
from graph.shops import create_shop, lock_shop, sale_id, sale_of_day, write_sale
from graph.unit_of_work import AuditedTransaction
from workflows.donations.posting import require_another
from workflows.donations.steps import OFFICE, said, said_or_none
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_SHOPS = TypeAdapter(CharityShop)
_SALES = TypeAdapter(ShopSale)
_MOST_ITEMS = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShop:
    """A shop and the fund that its takings go to."""

    name: str
    fund_id: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySale:
    """What a shop took on one day."""

    shop_id: str
    sold_on: date
    amount_fen: int
    item_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCorrection:
    """What a day's sale should have been; ``expected_version`` is the one that was read."""

    shop_id: str
    sold_on: date
    expected_version: int
    amount_fen: int
    item_count: int = 0
    reason: str


async def open_shop(
    ws: Workspace, actor: Actor, new: NewShop, *, idempotency_key: str | None = None
) -> Outcome[CharityShop]:
    """
    Take a charity shop down.

    Raises
    ------
    NotFoundError
        The fund is not one of the actor's organisations.
    """
    actor.require(*OFFICE)
    name, address = said(new.name, "name"), said_or_none(new.address, "address")
    shop_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> CharityShop:
        holder = await fund_holder(tx, actor, new.fund_id)
        if holder.closed:
            raise ConflictError("the fund is closed", fund=holder.id)
        shop = CharityShop(
            id=shop_id,
            name=name,
            organisation_id=holder.organisation_id,
            fund_id=holder.id,
            address=address,
            region_id=holder.region_id,
            region_path=holder.region_path,
        )
        await create_shop(tx, shop)
        tx.record("shop.open", shop.id, detail={"fund": holder.id})
        return shop

    request = request_hash("open_shop", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_SHOPS, work=work)


async def record_sale(
    ws: Workspace, actor: Actor, sale: DaySale, *, idempotency_key: str | None = None
) -> Outcome[ShopSale]:
    """
    Take down what a shop took on a day, and post it to its fund.

    The same day told again in the same words changes nothing.

    Raises
    ------
    ConflictError
        The day was told otherwise before: that is corrected, not added.
    InvalidInputError
        A day to come.
    """
    actor.require(*OFFICE)
    check_amount(sale.amount_fen)
    _check_items(sale.item_count)
    donation_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ShopSale:
        shop = await lock_shop(tx, actor, sale.shop_id)
        if sale.sold_on > civil_date(tx.at):
            raise InvalidInputError("a day is told when it is over", field="sold_on")
        known = await sale_of_day(tx, shop, sale.sold_on)
        if known is not None:
            return _same(tx, known, sale)
        made = ShopSale(
            id=sale_id(shop.id, sale.sold_on),
            shop_id=shop.id,
            fund_id=shop.fund_id,
            donation_id=donation_id,
            sold_on=sale.sold_on,
            amount_fen=sale.amount_fen,
            item_count=sale.item_count,
            recorded_by=tx.actor_id,
            region_id=shop.region_id,
            region_path=shop.region_path,
        )
        await write_sale(tx, made)
        entries = await post(tx, [_received(made)])
        gift = replace(_gift(tx, shop, made), posting_ids=tuple(entries))
        await write_donation(tx, gift, tx.at)
        tx.record("shop.sale", made.id, detail={"amount_fen": made.amount_fen, "donation": donation_id})
        return made

    request = request_hash("record_sale", sale)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_SALES, work=work)


async def correct_sale(
    ws: Workspace, actor: Actor, correction: SaleCorrection, *, idempotency_key: str | None = None
) -> Outcome[ShopSale]:
    """
    Take a day's entry back and post it as it should have been.

    Raises
    ------
    InsufficientFundsError
        The fund has less free money than would leave it.
    SeparationOfDutiesError
        The actor recorded the sale.
    StaleVersionError
        It has changed since it was read.
    """
    actor.require(*OFFICE)
    check_amount(correction.amount_fen)
    _check_items(correction.item_count)
    why = said(correction.reason, "reason")

    async def work(tx: AuditedTransaction) -> ShopSale:
        shop = await lock_shop(tx, actor, correction.shop_id)
        sale = await sale_of_day(tx, shop, correction.sold_on)
        if sale is None:
            raise ConflictError("the shop told nothing of that day", id=shop.id)
        if sale.version != correction.expected_version:
            raise StaleVersionError(
                "the sale has changed since it was read",
                id=sale.id,
                expected=correction.expected_version,
                found=sale.version,
            )
        gift = await lock_donation(tx, actor, sale.donation_id, expected_version=None)
        if gift.refunded_fen or gift.state is not DonationState.POSTED or len(gift.posting_ids) != 1:
            raise ConflictError("only a posted gift that is whole is corrected", id=gift.id)
        await require_another(tx, actor, gift)
        after = replace(
            sale,
            amount_fen=correction.amount_fen,
            item_count=correction.item_count,
            version=sale.version + 1,
        )
        entries = gift.posting_ids
        if after.amount_fen != sale.amount_fen:
            taken_back = _taken_back(sale, gift, why)
            entries = (await post(tx, [_received(after), taken_back]))[:1]
        await write_sale(tx, after)
        gift = replace(gift, amount_fen=after.amount_fen, posting_ids=tuple(entries), posted_at=tx.at)
        await write_donation(tx, gift, tx.at)
        detail = {"before_fen": sale.amount_fen, "after_fen": after.amount_fen}
        tx.record("shop.correct_sale", sale.id, detail=detail)
        return after

    request = request_hash("correct_sale", correction)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_SALES, work=work)


def _check_items(item_count: int) -> None:
    if not 0 <= item_count <= _MOST_ITEMS:
        raise InvalidInputError(f"a shop sells 0 to {_MOST_ITEMS} things a day", field="item_count")


def _same(tx: AuditedTransaction, known: ShopSale, told: DaySale) -> ShopSale:
    if (known.amount_fen, known.item_count) != (told.amount_fen, told.item_count):
        raise ConflictError("the day was told otherwise before: correct it", id=known.id)
    tx.record("shop.sale_repeated", known.id)
    return known


def _received(sale: ShopSale) -> FundPosting:
    return FundPosting(
        fund_id=sale.fund_id,
        kind=FundEntryKind.RECEIVE,
        amount_fen=sale.amount_fen,
        source_kind=EntrySource.SALE,
        source_id=sale.id,
        part=sale.version,
    )


def _taken_back(sale: ShopSale, gift: Donation, reason: str) -> FundPosting:
    return FundPosting(
        fund_id=sale.fund_id,
        kind=FundEntryKind.REVERSE,
        amount_fen=sale.amount_fen,
        source_kind=EntrySource.SALE,
        source_id=sale.id,
        part=sale.version,
        reason=reason,
        reverses=gift.posting_ids[0],
    )


def _gift(tx: AuditedTransaction, shop: CharityShop, sale: ShopSale) -> Donation:
    return Donation(
        id=sale.donation_id,
        kind=DonationKind.CASH,
        state=DonationState.POSTED,
        channel=DonationSource.SHOP,
        donor_name=shop.name,
        donor_kind=DonorKind.ORGANISATION,
        fund_id=shop.fund_id,
        amount_fen=sale.amount_fen,
        given_on=sale.sold_on,
        reference=sale.id,
        recorded_by=tx.actor_id,
        received_at=tx.at,
        posted_at=tx.at,
        region_id=shop.region_id,
        region_path=shop.region_path,
    )
