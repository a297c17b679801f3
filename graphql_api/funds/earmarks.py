"""Earmarks as clients see them: parts of funds with purposes and money of their own."""

import strawberry

from domain.giving import EarmarkKind
from graph.reads.earmarks import EarmarkRow, earmarks_by_ids, page_of_earmarks
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
from graphql_api.funds.purposes import DONATION, EARMARK, PurposeNode, optional_key, purpose_node
from graphql_api.funds.types import FUND, FundNode, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.scalars import Money, money

PROGRAMME = "Programme"


@strawberry.type(
    name=EARMARK, description="A part of a fund, kept apart by a donor's word or a programme's budget."
)
class EarmarkNode(Node):
    """Its purpose and its money."""

    kind: EarmarkKind
    name: str
    wording: str | None = strawberry.field(description="What was asked, in the donor's own words.")
    purpose: PurposeNode
    allows: PurposeNode | None = strawberry.field(
        description="What its purpose and its fund's allow together; null where the fund's no longer holds it."
    )
    received: Money
    reserved: Money
    spent: Money
    returned: Money
    transferred: Money = strawberry.field(description="What came from other books less what went to them.")
    available: Money
    programme_id: strawberry.ID | None
    donation_id: strawberry.ID | None
    version: int
    fund_key: strawberry.Private[str]

    @strawberry.field(description="The fund that it is a part of.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give its fund."""
        return await load_fund(info, self.fund_key)


def earmark(row: EarmarkRow) -> EarmarkNode:
    """Give an earmark as clients see it."""
    own = row.earmark
    return EarmarkNode(
        id=encode_id(EARMARK, own.id),
        kind=own.kind,
        name=own.name,
        wording=own.wording,
        purpose=purpose_node(own.purpose),
        allows=purpose_node(row.allows) if row.allows else None,
        received=money(row.received_fen),
        reserved=money(row.reserved_fen),
        spent=money(row.spent_fen),
        returned=money(row.returned_fen),
        transferred=money(row.transferred_fen),
        available=money(row.available_fen),
        programme_id=None if own.programme_id is None else encode_id(PROGRAMME, own.programme_id),
        donation_id=None if own.donation_id is None else encode_id(DONATION, own.donation_id),
        version=own.version,
        fund_key=own.fund_id,
    )


async def load_earmark(info: Info, key: str) -> EarmarkNode | None:
    """Give the earmark of a key, if there is one that the reader may see."""
    found = await info.context.read(lambda tx: earmarks_by_ids(tx, info.context.actor, [key]))
    return earmark(found[key]) if key in found else None


@strawberry.input(name="EarmarkFilter", description="What earmarks are narrowed to.")
class EarmarkFilterInput:
    """Empty axes narrow nothing."""

    fund_id: strawberry.ID | None = None
    programme_id: strawberry.ID | None = None


@strawberry.type
class EarmarkQueries:
    """Lists and look-ups of earmarks."""

    @strawberry.field(description="Earmarks of funds that the reader may see, by id.")
    async def earmarks(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: EarmarkFilterInput | None = None,
    ) -> Connection[EarmarkNode]:
        """Give a page of earmarks."""
        asked = filter or EarmarkFilterInput()
        start = page_start(info, first, after)
        fund_id = optional_key(asked.fund_id, FUND, "fundId")
        programme_id = optional_key(asked.programme_id, PROGRAMME, "programmeId")
        page = await info.context.read(
            lambda tx: page_of_earmarks(
                tx,
                info.context.actor,
                fund_id=fund_id,
                programme_id=programme_id,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, earmark)

    @strawberry.field(description="One earmark.")
    async def earmark(self, info: Info, id: strawberry.ID) -> EarmarkNode | None:
        """Give an earmark by its global id."""
        return await load_earmark(info, key_of(id, EARMARK))
