"""Charity shops and what they take, as clients see them."""

from datetime import date

import strawberry

from domain.donations import CharityShop, ShopSale
from graph.reads.pages import page_of_list
from graph.shops import ShopTakings, takings_of, visible_shops
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.donations.types import DonationNode, load_donation
from graphql_api.funds.types import FUND, FundNode, OrganisationNode, load_fund, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, MoneyInput, fen_of, money
from workflows.donations.shops import (
    DaySale,
    NewShop,
    SaleCorrection,
    correct_sale,
    open_shop,
    record_sale,
)
from workflows.workspace import Outcome

SHOP = "CharityShop"
SALE = "ShopSale"


@strawberry.type(name=SHOP, description="A shop whose takings go wholly to one fund.")
class CharityShopNode(Node):
    """A charity's shop."""

    name: str
    address: str | None
    version: int
    fund_key: strawberry.Private[str]
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="Where its takings go, if the reader may see that fund.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give its fund."""
        return await load_fund(info, self.fund_key)

    @strawberry.field(description="Whose it is, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give its charity."""
        return await load_organisation(info, self.organisation_key)


def charity_shop(row: CharityShop) -> CharityShopNode:
    """Give a shop as clients see it."""
    return CharityShopNode(
        id=encode_id(SHOP, row.id),
        name=row.name,
        address=row.address,
        version=row.version,
        fund_key=row.fund_id,
        organisation_key=row.organisation_id,
    )


@strawberry.type(name=SALE, description="What a shop took on one day.")
class ShopSaleNode(Node):
    """A day's takings, posted to the shop's fund."""

    sold_on: date
    amount: Money
    item_count: int
    version: int
    donation_key: strawberry.Private[str]

    @strawberry.field(description="The gift that they are.")
    async def donation(self, info: Info) -> DonationNode | None:
        """Give the gift."""
        return await load_donation(info, self.donation_key)


def shop_sale(row: ShopSale) -> ShopSaleNode:
    """Give a day's takings as clients see them."""
    return ShopSaleNode(
        id=encode_id(SALE, row.id),
        sold_on=row.sold_on,
        amount=money(row.amount_fen),
        item_count=row.item_count,
        version=row.version,
        donation_key=row.donation_id,
    )


@strawberry.type(name="ShopTakings", description="What a shop took in a span of days.")
class ShopTakingsNode:
    """The shop's own sums beside the ledger's."""

    shop_id: strawberry.ID
    days: int
    item_count: int
    sold: Money = strawberry.field(description="Sum of the days' sales.")
    booked: Money = strawberry.field(description="What the ledger of the fund holds of them.")


def _takings(row: ShopTakings) -> ShopTakingsNode:
    return ShopTakingsNode(
        shop_id=encode_id(SHOP, row.shop_id),
        days=row.days,
        item_count=row.item_count,
        sold=money(row.sold_fen),
        booked=money(row.booked_fen),
    )


@strawberry.type(description="Shops of a charity against the books of its funds.")
class ShopLedger:
    """One line a shop."""

    lines: list[ShopTakingsNode]
    reconciles: bool = strawberry.field(description="Whether every shop's sum is the ledger's, to the fen.")


@strawberry.type
class CharityShopQueries:
    """Shops, and their sums beside the ledger's."""

    @strawberry.field(description="Charity shops that the reader may see, by id.")
    async def charity_shops(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[CharityShopNode]:
        """Give a page of shops."""
        start = page_start(info, first, after)
        shops = await info.context.read(lambda tx: visible_shops(tx, info.context.actor))
        total = len(shops) if wants_total(info) else None
        page = page_of_list(
            "charity_shops", shops, first, start, key=lambda shop: (shop.id, shop.id), total_count=total
        )
        return connect(info, page, charity_shop)

    @strawberry.field(
        description="What charity shops took in a span of days, beside what the ledger holds of it."
    )
    async def shop_ledger(self, info: Info, since: date, until: date) -> ShopLedger:
        """Give the shops' sums and the ledger's; ``until`` is the day after the last one."""
        shops = await info.context.read(lambda tx: visible_shops(tx, info.context.actor))
        lines = await info.context.read(
            lambda tx: takings_of(tx, [shop.id for shop in shops], since=since, until=until)
        )
        return ShopLedger(
            lines=[_takings(line) for line in lines],
            reconciles=all(line.sold_fen == line.booked_fen for line in lines),
        )


@strawberry.input(description="Takes a charity shop down.")
class OpenCharityShopInput:
    """Its name and the fund that its takings go to."""

    idempotency_key: str
    name: str
    fund_id: strawberry.ID
    address: str | None = None


@strawberry.input(description="Takes down what a shop took on a day; it is posted at once.")
class RecordShopSaleInput:
    """Which shop, which day, how much."""

    idempotency_key: str
    shop_id: strawberry.ID
    sold_on: date
    amount: MoneyInput
    item_count: int = 0


@strawberry.input(description="Mends what a shop was said to have taken on a day.")
class CorrectShopSaleInput:
    """Which day, as it was read, and what it should have been."""

    idempotency_key: str
    shop_id: strawberry.ID
    sold_on: date
    expected_version: int
    amount: MoneyInput
    reason: str
    item_count: int = 0


@strawberry.type
class CharityShopMutations:
    """Shops and their days."""

    @mutation(charity_shop, description="Take a charity shop down.")
    async def open_charity_shop(self, info: Info, input: OpenCharityShopInput) -> Outcome[CharityShop]:
        """Open a shop."""
        new = NewShop(name=input.name, fund_id=key_of(input.fund_id, FUND, "fundId"), address=input.address)
        ws, actor = info.context.workspace, info.context.actor
        return await open_shop(ws, actor, new, idempotency_key=input.idempotency_key)

    @mutation(shop_sale, description="Take down what a shop took on a day; it is posted to its fund at once.")
    async def record_shop_sale(self, info: Info, input: RecordShopSaleInput) -> Outcome[ShopSale]:
        """Record a day."""
        sale = DaySale(
            shop_id=key_of(input.shop_id, SHOP, "shopId"),
            sold_on=input.sold_on,
            amount_fen=fen_of(input.amount, "amount"),
            item_count=input.item_count,
        )
        ws, actor = info.context.workspace, info.context.actor
        return await record_sale(ws, actor, sale, idempotency_key=input.idempotency_key)

    @mutation(shop_sale, description="Mend what a shop was said to have taken; by another than who said it.")
    async def correct_shop_sale(self, info: Info, input: CorrectShopSaleInput) -> Outcome[ShopSale]:
        """Correct a day."""
        correction = SaleCorrection(
            shop_id=key_of(input.shop_id, SHOP, "shopId"),
            sold_on=input.sold_on,
            expected_version=input.expected_version,
            amount_fen=fen_of(input.amount, "amount"),
            item_count=input.item_count,
            reason=input.reason,
        )
        ws, actor = info.context.workspace, info.context.actor
        return await correct_sale(ws, actor, correction, idempotency_key=input.idempotency_key)
