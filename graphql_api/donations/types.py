"""Gifts and what became of them, as clients see them."""

from datetime import date, datetime

import strawberry

from domain.actors import Role
from domain.donations import ChangeGround, Donation, DonorKind, PurposeChange, PurposeChangeState
from domain.giving import DonationKind, DonationSource, DonationState
from domain.needs import NeedCategory
from graph.reads.donations import GiftTrace
from graphql_api.connections import (
    Node,
)
from graphql_api.context import Info
from graphql_api.funds.types import FundNode, OrganisationNode, load_fund, load_organisation
from graphql_api.ids import encode_id
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import BigInt, Money, money, money_or_none
from workflows.donations.codes import code_of

DONATION = "Donation"
EARMARK = "Earmark"


@strawberry.type(description="An amount in another currency than yuan, as it was given.")
class ForeignMoney:
    """Smallest units and the currency's code."""

    amount: BigInt = strawberry.field(description="In the currency's smallest unit.")
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.type(
    name="PurposeChange", description="A wish to use a posted gift otherwise, and who allowed it."
)
class PurposeChangeNode:
    """From which book to which, on what ground."""

    state: PurposeChangeState
    ground: ChangeGround
    amount: Money
    reason: str
    reference: str | None = strawberry.field(description="Where consent or filing is written down.")
    asked_at: datetime
    decided_at: datetime | None
    from_fund_key: strawberry.Private[str]
    to_fund_key: strawberry.Private[str]
    to_earmark_id: strawberry.ID | None

    @strawberry.field(description="Where the money stood, if the reader may see that fund.")
    async def from_fund(self, info: Info) -> FundNode | None:
        """Give the fund that it leaves."""
        return await load_fund(info, self.from_fund_key)

    @strawberry.field(description="Where it is to stand, if the reader may see that fund.")
    async def to_fund(self, info: Info) -> FundNode | None:
        """Give the fund that it goes to."""
        return await load_fund(info, self.to_fund_key)


@strawberry.type(name=DONATION, description="A gift to a fund.")
class DonationNode(Node):
    """Who gave how much, and where it stands."""

    kind: DonationKind
    state: DonationState
    channel: DonationSource | None
    donor_name: str | None = strawberry.field(description="Who handed it in; null if they stay unnamed.")
    donor_kind: DonorKind
    passed_on_for: str | None = strawberry.field(description="The giver, if somebody else handed it in.")
    amount: Money
    refunded: Money = strawberry.field(description="What went back to the donor.")
    foreign: ForeignMoney | None
    given_on: date | None
    restriction_text: str | None = strawberry.field(description="What the donor asked, in their words.")
    earmark_id: strawberry.ID | None = strawberry.field(description="The part of the fund that keeps to it.")
    reference: str | None = strawberry.field(description="Number of the payment.")
    note: str | None
    receipt_number: str | None
    received_at: datetime | None
    receipted_at: datetime | None
    posted_at: datetime | None
    version: int
    key: strawberry.Private[str]
    fund_key: strawberry.Private[str]
    donor_key: strawberry.Private[str | None]
    duplicate_key: strawberry.Private[str | None]
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where it goes, if the reader may see that fund.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give its fund."""
        return await load_fund(info, self.fund_key)

    @strawberry.field(description="The organisation that gave it, if it is one that the reader may see.")
    async def donor(self, info: Info) -> OrganisationNode | None:
        """Give its donor."""
        return await load_organisation(info, self.donor_key)

    @strawberry.field(description="A gift that this may be a second record of; a person says whether it is.")
    async def duplicate_of(self, info: Info) -> "DonationNode | None":
        """Give the gift that it looks like."""
        return await load_donation(info, self.duplicate_key)

    @strawberry.field(description="Wishes to use it otherwise, in the order they were asked.")
    async def purpose_changes(self, info: Info) -> list[PurposeChangeNode]:
        """Give its changes of purpose."""
        return [_change(each) for each in await info.context.load.purpose_changes.load(self.key) or ()]

    @strawberry.field(description="Code of the donor's page, for the charity to hand on; null for others.")
    def lookup_code(self, info: Info) -> str | None:
        """Give the code that stands on the receipt."""
        is_office = info.context.actor.roles & {Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER}
        return code_of(info.context.workspace, self.key) if is_office else None

    @strawberry.field(description="Where it belongs, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


def _change(row: PurposeChange) -> PurposeChangeNode:
    return PurposeChangeNode(
        state=row.state,
        ground=row.ground,
        amount=money(row.amount_fen),
        reason=row.reason,
        reference=row.reference,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        from_fund_key=row.from_fund_id,
        to_fund_key=row.to_fund_id,
        to_earmark_id=_earmark_id(row.to_earmark_id),
    )


def _earmark_id(key: str | None) -> strawberry.ID | None:
    return None if key is None else encode_id(EARMARK, key)


def _foreign(row: Donation) -> ForeignMoney | None:
    if row.currency is None or row.foreign_amount is None:
        return None
    return ForeignMoney(amount=BigInt(row.foreign_amount), currency=row.currency)


def donation(row: Donation) -> DonationNode:
    """Give a gift as clients see it."""
    return DonationNode(
        id=encode_id(DONATION, row.id),
        kind=row.kind,
        state=row.state,
        channel=row.channel,
        donor_name=row.donor_name,
        donor_kind=row.donor_kind,
        passed_on_for=row.passed_on_for,
        amount=money(row.amount_fen),
        refunded=money(row.refunded_fen),
        foreign=_foreign(row),
        given_on=row.given_on,
        restriction_text=row.restriction_text,
        earmark_id=_earmark_id(row.earmark_id),
        reference=row.reference,
        note=row.note,
        receipt_number=row.receipt_number,
        received_at=row.received_at,
        receipted_at=row.receipted_at,
        posted_at=row.posted_at,
        version=row.version,
        key=row.id,
        fund_key=row.fund_id,
        donor_key=row.donor_id,
        duplicate_key=row.duplicate_of,
        region_key=row.region_id,
    )


async def load_donation(info: Info, key: str | None) -> DonationNode | None:
    """Give the gift of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.donations.load(key)
    return None if row is None else donation(row)


@strawberry.type(description="What a gift's money gave for, one kind of need; never one beneficiary.")
class GiftHelp:
    """A kind of need with enough beneficiaries to name nobody."""

    category: NeedCategory
    beneficiaries: int
    amount: Money


@strawberry.type(name="GiftTrace", description="What became of a gift, for who holds its code.")
class GiftTraceNode:
    """The gift and the money that it stands with."""

    state: DonationState
    amount: Money
    refunded: Money
    foreign: ForeignMoney | None
    given_on: date | None
    receipt_number: str | None
    posted_at: datetime | None
    charity: str
    fund: str
    restriction_text: str | None
    used: Money | None = strawberry.field(description="Of this gift; money that came first is used first.")
    promised: Money | None = strawberry.field(description="Of this gift, set aside and not paid out yet.")
    book_spent: Money = strawberry.field(description="Of all the money it stands with.")
    book_available: Money
    helped: list[GiftHelp] = strawberry.field(
        description="Kinds of need with few beneficiaries are left out."
    )


def gift_trace(found: GiftTrace) -> GiftTraceNode:
    """Give a trace as clients see it."""
    gift = found.gift
    return GiftTraceNode(
        state=gift.state,
        amount=money(gift.amount_fen),
        refunded=money(gift.refunded_fen),
        foreign=_foreign(gift),
        given_on=gift.given_on,
        receipt_number=gift.receipt_number,
        posted_at=gift.posted_at,
        charity=found.charity,
        fund=found.fund,
        restriction_text=gift.restriction_text,
        used=money_or_none(found.used_fen),
        promised=money_or_none(found.promised_fen),
        book_spent=money(found.book_spent_fen),
        book_available=money(found.book_available_fen),
        helped=[
            GiftHelp(category=each.category, beneficiaries=each.subjects, amount=money(each.amount_fen))
            for each in found.helped
        ],
    )
