"""Charity shops and what they took, as use cases write and charities read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor, Role
from domain.donations import CharityShop, ShopSale
from domain.errors import NotFoundError
from graph.columns import day, integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, Value, WriteTransaction
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths

_SHOP_COLUMNS = """
RETURN n.id AS id, n.name AS name, n.organisation_id AS organisation_id, n.fund_id AS fund_id,
  n.address AS address, n.region_id AS region_id, n.region_path AS region_path, n.version AS version
"""
_SALE_COLUMNS = """
RETURN n.id AS id, n.shop_id AS shop_id, n.fund_id AS fund_id, n.donation_id AS donation_id,
  n.sold_on AS sold_on, n.amount_fen AS amount_fen, n.item_count AS item_count, n.recorded_by AS recorded_by,
  n.region_id AS region_id, n.region_path AS region_path, n.version AS version
"""
CREATE_SHOP = Statement(
    """
    CREATE (:CharityShop {id: $id, name: $name, organisation_id: $organisation_id, fund_id: $fund_id,
      address: $address, region_id: $region_id, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
SHOPS = Statement(
    "MATCH (n:CharityShop) WHERE n.organisation_id IN $scope_organisations OR ($by_region AND "
    + IN_SCOPE
    + ")"
    + _SHOP_COLUMNS
    + "ORDER BY id",
    Access.READ,
)
# Written before it is read, so that two records of one day see each other on every engine.
LOCK_SHOP = Statement(
    "MATCH (n:CharityShop {id: $id}) WHERE n.organisation_id IN $scope_organisations"
    " SET n.version = n.version" + _SHOP_COLUMNS,
    Access.WRITE,
)
SALE = Statement("MATCH (n:ShopSale {id: $id})" + _SALE_COLUMNS, Access.READ)
WRITE_SALE = Statement(
    """
    MERGE (n:ShopSale {id: $id})
    SET n.shop_id = $shop_id, n.fund_id = $fund_id, n.donation_id = $donation_id, n.sold_on = $sold_on,
      n.amount_fen = $amount_fen, n.item_count = $item_count, n.recorded_by = $recorded_by,
      n.region_id = $region_id, n.region_path = $region_path, n.version = $version
    """,
    Access.WRITE,
)
TAKINGS = Statement(
    "MATCH (n:ShopSale) WHERE n.shop_id IN $shop_ids AND n.sold_on >= $since AND n.sold_on < $until"
    " RETURN n.shop_id AS shop_id, n.fund_id AS fund_id, count(*) AS days, sum(n.amount_fen) AS fen,"
    " sum(n.item_count) AS item_count ORDER BY shop_id, fund_id",
    Access.READ,
)
# The ledger's side, by the entries alone: what came in under sales of the shop, less what was taken back of it.
BOOKED = Statement(
    "MATCH (n:FundEntry) WHERE n.fund_id IN $fund_ids AND n.source_kind = 'SALE'"
    " RETURN n.source_id AS sale_id, n.fund_id AS fund_id,"
    " sum(CASE WHEN n.kind = 'RECEIVE' THEN n.amount_fen ELSE 0 - n.amount_fen END) AS fen"
    " ORDER BY sale_id, fund_id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopTakings:
    """
    What a shop took in a span, and what of it stands in the books of its fund.

    ``sold_fen`` sums the days' sales, ``booked_fen`` the ledger's entries; they are equal.
    """

    shop_id: str
    fund_id: str
    days: int
    item_count: int
    sold_fen: int
    booked_fen: int


def _shop(record: Record) -> CharityShop:
    return CharityShop(
        id=text(record, "id"),
        name=text(record, "name"),
        organisation_id=text(record, "organisation_id"),
        fund_id=text(record, "fund_id"),
        address=text_or_none(record, "address"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _sale(record: Record) -> ShopSale:
    return ShopSale(
        id=text(record, "id"),
        shop_id=text(record, "shop_id"),
        fund_id=text(record, "fund_id"),
        donation_id=text(record, "donation_id"),
        sold_on=day(record, "sold_on"),
        amount_fen=integer(record, "amount_fen"),
        item_count=integer(record, "item_count"),
        recorded_by=text(record, "recorded_by"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def create_shop(tx: WriteTransaction, shop: CharityShop) -> None:
    """Write a shop down."""
    await tx.run(
        CREATE_SHOP,
        id=shop.id,
        name=shop.name,
        organisation_id=shop.organisation_id,
        fund_id=shop.fund_id,
        address=shop.address,
        region_id=shop.region_id,
        region_path=shop.region_path,
    )


def sale_id(shop_id: str, sold_on: date) -> str:
    """Give the key of a day's sale: a shop has one a day."""
    return f"{shop_id}:{sold_on.isoformat()}"


async def lock_shop(tx: WriteTransaction, actor: Actor, shop_id: str) -> CharityShop:
    """
    Take a shop of the actor's own organisations, so that its days are told one after another.

    Raises
    ------
    NotFoundError
        Another's, or none.
    """
    found = await tx.run(LOCK_SHOP, id=shop_id, scope_organisations=scope_organisations(actor))
    if not found:
        raise NotFoundError("no such shop", kind="charity_shop", id=shop_id)
    return _shop(found[0])


async def sale_of_day(tx: ReadTransaction, shop: CharityShop, sold_on: date) -> ShopSale | None:
    """Give what a locked shop told of a day, or None."""
    found = await tx.run(SALE, id=sale_id(shop.id, sold_on))
    return _sale(found[0]) if found else None


async def write_sale(tx: WriteTransaction, sale: ShopSale) -> None:
    """Write a day's sale as it now stands."""
    await tx.run(
        WRITE_SALE,
        id=sale.id,
        shop_id=sale.shop_id,
        fund_id=sale.fund_id,
        donation_id=sale.donation_id,
        sold_on=sale.sold_on,
        amount_fen=sale.amount_fen,
        item_count=sale.item_count,
        recorded_by=sale.recorded_by,
        region_id=sale.region_id,
        region_path=sale.region_path,
        version=sale.version,
    )


async def visible_shops(tx: ReadTransaction, actor: Actor) -> list[CharityShop]:
    """Give a charity's people its shops, auditors and administrators those of their regions, by id."""
    found = await tx.run(
        SHOPS,
        scope_organisations=scope_organisations(actor),
        scope_paths=scope_paths(actor),
        by_region=bool(actor.roles & {Role.AUDITOR, Role.PLATFORM_ADMIN}),
    )
    return [_shop(record) for record in found]


async def takings_of(
    tx: ReadTransaction, shop_ids: Sequence[str], *, since: date, until: date
) -> list[ShopTakings]:
    """Give what shops took in a half-open span of days, beside what the ledger holds of it."""
    span: dict[str, Value] = {"shop_ids": listed(list(shop_ids)), "since": since, "until": until}
    taken = await tx.run(TAKINGS, **span)
    booked: dict[tuple[str, str], int] = {}
    for row in await tx.run(BOOKED, fund_ids=listed([text(row, "fund_id") for row in taken])):
        shop_id, _, sold_on = text(row, "sale_id").rpartition(":")
        if since.isoformat() <= sold_on < until.isoformat():
            key = (shop_id, text(row, "fund_id"))
            booked[key] = booked.get(key, 0) + integer(row, "fen")
    return [
        ShopTakings(
            shop_id=text(row, "shop_id"),
            fund_id=text(row, "fund_id"),
            days=integer(row, "days"),
            item_count=integer(row, "item_count"),
            sold_fen=integer(row, "fen"),
            booked_fen=booked.get((text(row, "shop_id"), text(row, "fund_id")), 0),
        )
        for row in taken
    ]
