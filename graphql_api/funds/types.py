"""Funds and who holds them, as clients see them."""

from datetime import date, datetime

import strawberry

from domain.funds import FundState
from domain.giving import FundType
from domain.purposes import BeneficiaryScope
from graph.reads.funds import FundRow, OrganisationRow
from graphql_api.connections import (
    Node,
)
from graphql_api.context import Info
from graphql_api.funds.ledger import FundBalanceNode, fund_balance
from graphql_api.ids import encode_id
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import Money, money, money_or_none

FUND = "Fund"
ORGANISATION = "Organisation"
RESIDENT = "Resident"


@strawberry.type(name=ORGANISATION, description="A charity, an institution or another body.")
class OrganisationNode(Node):
    """An organisation's public face."""

    name: str
    kind: str
    credit_code: str | None = strawberry.field(description="Unified social credit code (GB 32100).")
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where it is, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


@strawberry.type(name="Imprest", description="What an imprest is held at.")
class ImprestNode:
    """Its float, and what it may pay before papers are in."""

    float: Money
    pay_first: Money = strawberry.field(description="Most that one case is paid before its papers are in.")


def imprest(float_fen: int | None, pay_first_fen: int | None) -> ImprestNode | None:
    """Give an imprest's terms as clients see them; None on any other fund."""
    return (
        None
        if float_fen is None
        else ImprestNode(float=money(float_fen), pay_first=money(pay_first_fen or 0))
    )


@strawberry.type(name=FUND, description="Money with a purpose.")
class FundNode(Node):
    """A fund's purpose and balances."""

    name: str
    type: FundType
    categories: list[str] = strawberry.field(description="Categories of need it may serve; empty: all.")
    situations: list[str] = strawberry.field(description="Situations it may serve; empty: all.")
    restricted_regions: list[str] = strawberry.field(description="Paths it may serve; empty: all.")
    valid_from: date | None
    valid_to: date | None = strawberry.field(description="First day on which it may not be used any more.")
    received: Money
    reserved: Money
    spent: Money
    returned: Money = strawberry.field(description="What was given back to donors.")
    transferred: Money = strawberry.field(description="What came from other books less what went to them.")
    available: Money = strawberry.field(
        description="received - reserved - spent - returned + transferred, of the fund's own book."
    )
    case_cap: Money | None = strawberry.field(description="Most that one case may be given.")
    beneficiary_scope: BeneficiaryScope
    state: FundState
    closed_at: datetime | None = strawberry.field(description="Since when no money moves.")
    imprest: ImprestNode | None
    parent_id: strawberry.ID | None = strawberry.field(
        description="Of an imprest: the fund it is drawn from."
    )
    manager_ids: list[strawberry.ID] = strawberry.field(description="Residents who answer for it in person.")
    sibling_ids: list[strawberry.ID] = strawberry.field(
        description="Funds to which the plan sends what is left over."
    )
    version: int
    sponsor_key: strawberry.Private[str | None]
    key: strawberry.Private[str]
    organisation_key: strawberry.Private[str]
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="What stands on each account of its books.")
    async def balances(self, info: Info) -> list[FundBalanceNode]:
        """Give its balances, its own book first."""
        return [fund_balance(row) for row in await info.context.load.fund_balances.load(self.key) or ()]

    @strawberry.field(description="Who holds it, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give its holder."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="The enterprise behind it, if the reader may see it.")
    async def sponsor(self, info: Info) -> OrganisationNode | None:
        """Give its sponsor."""
        return await load_organisation(info, self.sponsor_key)

    @strawberry.field(description="Where it belongs, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


def organisation(row: OrganisationRow) -> OrganisationNode:
    """Give an organisation as clients see it."""
    return OrganisationNode(
        id=encode_id(ORGANISATION, row.id),
        name=row.name,
        kind=row.kind,
        credit_code=row.credit_code,
        region_key=row.region_id,
    )


def fund(row: FundRow) -> FundNode:
    """Give a fund as clients see it."""
    return FundNode(
        id=encode_id(FUND, row.id),
        name=row.name,
        type=row.type,
        categories=list(row.categories),
        situations=list(row.situations),
        restricted_regions=list(row.restricted_regions),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        received=money(row.received_fen),
        reserved=money(row.reserved_fen),
        spent=money(row.spent_fen),
        returned=money(row.returned_fen),
        transferred=money(row.transferred_fen),
        available=money(row.available_fen),
        case_cap=money_or_none(row.case_cap_fen),
        beneficiary_scope=row.beneficiary_scope,
        state=row.state,
        closed_at=row.closed_at,
        imprest=imprest(row.float_fen, row.pay_first_fen),
        parent_id=None if row.parent_fund_id is None else encode_id(FUND, row.parent_fund_id),
        manager_ids=[encode_id(RESIDENT, key) for key in row.manager_ids],
        sibling_ids=[encode_id(FUND, key) for key in row.siblings],
        sponsor_key=row.sponsor_id,
        version=row.version,
        key=row.id,
        organisation_key=row.organisation_id,
        region_key=row.region_id,
    )


async def load_organisation(info: Info, key: str | None) -> OrganisationNode | None:
    """Give the organisation of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.organisations.load(key)
    return None if row is None else organisation(row)


async def load_fund(info: Info, key: str | None) -> FundNode | None:
    """Give the fund of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.funds.load(key)
    return None if row is None else fund(row)
