"""Goods in stock, as their keepers see and change them."""

from datetime import date, datetime

import strawberry

from domain.funds import StockLineKind
from graph.reads.stock import StockFilter, page_of_stock, stock_by_ids
from graph.stock import StockRow
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
from graphql_api.funds.purposes import DONATION, optional_key
from graphql_api.funds.types import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.proposals import PROPOSAL
from graphql_api.regions import REGION
from graphql_api.scalars import Place, PlaceInput, place
from workflows.funds.stock import NewStock, add_stock, adjust_stock, return_goods
from workflows.workspace import Outcome

STOCK = "InKindOffer"


@strawberry.type(name="StockLine", description="A change of a stock by a person's hand; never edited.")
class StockLineNode:
    """How many, why, by whom."""

    kind: StockLineKind
    change: int = strawberry.field(description="Units; below zero takes away.")
    reason: str | None
    recorded_by: str
    at: datetime


@strawberry.type(name=STOCK, description="Goods of one kind in one place.")
class StockNode(Node):
    """What there is, until when, and where it is fetched."""

    item: str = strawberry.field(description="Code of the item catalogue.")
    item_text: str | None
    specification: str | None
    unit: str
    quantity: int
    reserved: int = strawberry.field(description="Set aside for needs.")
    free: int
    expires: date | None = strawberry.field(description="First day on which it is no longer given out.")
    pickup: str | None = strawberry.field(description="Where it is fetched.")
    place: Place | None
    version: int
    key: strawberry.Private[str]
    owner_key: strawberry.Private[str | None]

    @strawberry.field(description="Who keeps it, if the reader may see them.")
    async def owner(self, info: Info) -> OrganisationNode | None:
        """Give its keeper."""
        return await load_organisation(info, self.owner_key)

    @strawberry.field(description="What people changed of it, oldest first.")
    async def lines(self, info: Info) -> list[StockLineNode]:
        """Give its lines."""
        found = await info.context.load.stock_lines.load(self.key) or ()
        return [
            StockLineNode(
                kind=row.kind, change=row.quantity, reason=row.reason, recorded_by=row.recorded_by, at=row.at
            )
            for row in found
        ]


def stock_node(row: StockRow) -> StockNode:
    """Give goods as clients see them."""
    return StockNode(
        id=encode_id(STOCK, row.id),
        item=row.item,
        item_text=row.item_text,
        specification=row.specification,
        unit=row.unit,
        quantity=row.quantity,
        reserved=row.reserved_quantity,
        free=row.free_quantity,
        expires=row.expires,
        pickup=row.pickup,
        place=place(row.longitude_deg, row.latitude_deg, made_up=row.place_made_up),
        version=row.version,
        key=row.id,
        owner_key=row.owner_id,
    )


async def load_stock(info: Info, key: str) -> StockNode | None:
    """Give the goods of a key, if there are any that the reader may see."""
    found = await info.context.read(lambda tx: stock_by_ids(tx, info.context.actor, [key]))
    return stock_node(found[key]) if key in found else None


@strawberry.input(name="StockFilter", description="What goods are narrowed to.")
class StockFilterInput:
    """Empty axes narrow nothing."""

    owner_id: strawberry.ID | None = None
    item: str = ""
    expiring_by: date | None = strawberry.field(
        default=None, description="Only what may no longer be given out on that day."
    )
    with_empty: bool = False


@strawberry.type
class StockQueries:
    """Lists and look-ups of goods."""

    @strawberry.field(description="Goods in stock that the reader may see, by id.")
    async def stock(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: StockFilterInput | None = None,
    ) -> Connection[StockNode]:
        """Give a page of goods."""
        asked = filter or StockFilterInput()
        start = page_start(info, first, after)
        narrowed = StockFilter(
            owner_id=optional_key(asked.owner_id, ORGANISATION, "ownerId"),
            item=asked.item,
            expiring_by=asked.expiring_by,
            with_empty=asked.with_empty,
        )
        page = await info.context.read(
            lambda tx: page_of_stock(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, stock_node)


@strawberry.input(description="Goods to put on a shelf.")
class AddStockInput:
    """What, how many, until when, and where they are fetched."""

    idempotency_key: str
    organisation_id: strawberry.ID
    item: str = strawberry.field(description="Code of the item catalogue.")
    unit: str
    quantity: int
    item_text: str | None = None
    specification: str | None = None
    expires: date | None = None
    pickup: str | None = None
    region_id: strawberry.ID | None = None
    place: PlaceInput | None = None
    donation_id: strawberry.ID | None = None


@strawberry.input(description="Changes a stock by a line.")
class AdjustStockInput:
    """Which stock, by how much, and why."""

    idempotency_key: str
    stock_id: strawberry.ID
    kind: StockLineKind
    change: int = strawberry.field(description="Units; below zero takes away.")
    reason: str


@strawberry.input(description="Puts goods that were handed to a need back on their shelf.")
class ReturnGoodsInput:
    """Which gift of goods, as read, and why it comes back."""

    idempotency_key: str
    proposal_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.type
class StockMutations:
    """Goods; for officers of their keeper."""

    @mutation(stock_node, description="Put goods on a shelf; from then on rounds give them out.")
    async def add_stock(self, info: Info, input: AddStockInput) -> Outcome[StockRow]:
        """Add goods."""
        new = NewStock(
            organisation_id=key_of(input.organisation_id, ORGANISATION, "organisationId"),
            item=input.item,
            unit=input.unit,
            quantity=input.quantity,
            item_text=input.item_text,
            specification=input.specification,
            expires=input.expires,
            pickup=input.pickup,
            region_id=optional_key(input.region_id, REGION, "regionId") or None,
            place=input.place.read() if input.place else None,
            donation_id=optional_key(input.donation_id, DONATION, "donationId") or None,
        )
        return await add_stock(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(
        stock_node, description="Change a stock by a line; what is set aside for somebody is not taken."
    )
    async def adjust_stock(self, info: Info, input: AdjustStockInput) -> Outcome[StockRow]:
        """Adjust goods."""
        return await adjust_stock(
            info.context.workspace,
            info.context.actor,
            key_of(input.stock_id, STOCK, "stockId"),
            kind=input.kind,
            change=input.change,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(stock_node, description="Put goods that were handed to a need back on their shelf.")
    async def return_goods(self, info: Info, input: ReturnGoodsInput) -> Outcome[StockRow]:
        """Return goods."""
        return await return_goods(
            info.context.workspace,
            info.context.actor,
            key_of(input.proposal_id, PROPOSAL, "proposalId"),
            expected_version=input.expected_version,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )
