"""What clients say of gifts, as the workflows take it."""

from datetime import date

import strawberry

from domain.donations import ChangeGround, ForeignAmount
from domain.giving import DonationSource, Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import Purpose
from graphql_api.donations.types import DONATION, EARMARK
from graphql_api.funds.types import FUND, ORGANISATION
from graphql_api.ids import key_of
from graphql_api.regions import REGION
from graphql_api.scalars import BigInt, MoneyInput, fen_of
from workflows.donations.changes import NewPurpose
from workflows.donations.goods import GivenItem, NewGoods
from workflows.donations.posting import Correction, NewEarmark, Placing
from workflows.donations.recording import Donor, NewGift, Received
from workflows.donations.steps import GiftStep


@strawberry.input(description="An amount in another currency than yuan.")
class ForeignMoneyInput:
    """Smallest units and the currency's code."""

    amount: BigInt
    currency: str

    def read(self) -> ForeignAmount:
        """
        Give the domain's amount.

        Raises
        ------
        InvalidInputError
            No foreign currency, or nothing.
        """
        return ForeignAmount(currency=self.currency, amount=self.amount)


@strawberry.input(description="Who gives. Leave the donor out if they want no name kept.")
class DonorInput:
    """A name as the bank's line says it; who handed it on is parted from the giver."""

    name: str
    organisation_id: strawberry.ID | None = None
    passed_on_for: str | None = None

    def read(self) -> Donor:
        """
        Give the workflow's donor.

        Raises
        ------
        InvalidInputError
            Not the id of an organisation.
        """
        holder = self.organisation_id
        return Donor(
            name=self.name,
            organisation_id=None if holder is None else key_of(holder, ORGANISATION, "organisationId"),
            passed_on_for=self.passed_on_for,
        )


@strawberry.input
class NewDonationInput:
    """What is known of a gift."""

    idempotency_key: str
    fund_id: strawberry.ID
    amount: MoneyInput
    channel: DonationSource
    donor: DonorInput | None = None
    given_on: date | None = None
    restriction_text: str | None = None
    reference: str | None = None
    note: str | None = None
    foreign: ForeignMoneyInput | None = None

    def read(self) -> NewGift:
        """
        Give the workflow's gift.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return NewGift(
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            donor=None if self.donor is None else self.donor.read(),
            amount_fen=fen_of(self.amount, "amount"),
            channel=self.channel,
            given_on=self.given_on,
            restriction_text=self.restriction_text,
            reference=self.reference,
            note=self.note,
            foreign=None if self.foreign is None else self.foreign.read(),
        )


@strawberry.input(description="Takes a promised gift down.")
class PledgeDonationInput(NewDonationInput):
    """A pledge."""


@strawberry.input(description="Takes down a gift that came without a pledge.")
class RecordDonationInput(NewDonationInput):
    """A gift that came."""


@strawberry.input(description="Units of one kind of goods that were given.")
class GivenItemInput:
    """What, how many, until when."""

    item: str = strawberry.field(description="Code of the item catalogue.")
    unit: str
    quantity: int
    item_text: str | None = None
    specification: str | None = None
    expires: date | None = strawberry.field(
        default=None, description="First day on which they are no longer given out."
    )


@strawberry.input(description="Takes down a gift of goods and puts them on the charity's shelf.")
class RecordGoodsInput:
    """What came, from whom, for which fund, and where it is fetched."""

    idempotency_key: str
    fund_id: strawberry.ID
    items: list[GivenItemInput]
    donor: DonorInput | None = None
    channel: DonationSource = DonationSource.HAND
    value: MoneyInput | None = strawberry.field(
        default=None, description="What they are said to be worth; it is in no book."
    )
    pickup: str | None = None
    region_id: strawberry.ID | None = None
    given_on: date | None = None
    restriction_text: str | None = None
    reference: str | None = None
    note: str | None = None

    def read(self) -> NewGoods:
        """
        Give the workflow's gift.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return NewGoods(
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            donor=None if self.donor is None else self.donor.read(),
            items=tuple(
                GivenItem(
                    item=each.item,
                    unit=each.unit,
                    quantity=each.quantity,
                    item_text=each.item_text,
                    specification=each.specification,
                    expires=each.expires,
                )
                for each in self.items
            ),
            channel=self.channel,
            value_fen=0 if self.value is None else fen_of(self.value, "value"),
            pickup=self.pickup,
            region_id=None if self.region_id is None else key_of(self.region_id, REGION, "regionId"),
            given_on=self.given_on,
            restriction_text=self.restriction_text,
            reference=self.reference,
            note=self.note,
        )


@strawberry.input
class GiftStepInput:
    """Which gift, as it was read."""

    idempotency_key: str
    donation_id: strawberry.ID
    expected_version: int

    def step(self) -> GiftStep:
        """
        Give the workflow's step.

        Raises
        ------
        InvalidInputError
            Not the id of a gift.
        """
        return GiftStep(
            donation_id=key_of(self.donation_id, DONATION, "donationId"),
            expected_version=self.expected_version,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="Takes down that a pledged gift came.")
class ReceiveDonationInput(GiftStepInput):
    """What really came; what is left out is as it was pledged."""

    amount: MoneyInput | None = None
    received_on: date | None = None
    reference: str | None = None
    foreign: ForeignMoneyInput | None = None

    def read(self) -> Received:
        """
        Give what came.

        Raises
        ------
        InvalidInputError
            An amount cannot be read.
        """
        return Received(
            amount_fen=None if self.amount is None else fen_of(self.amount, "amount"),
            received_on=self.received_on,
            reference=self.reference,
            foreign=None if self.foreign is None else self.foreign.read(),
        )


@strawberry.input(description="Gives a gift the next number of its region's receipts.")
class IssueReceiptInput(GiftStepInput):
    """Which gift."""


@strawberry.input(description="Makes the file of a receipt.")
class PrintReceiptInput:
    """Which gift's."""

    donation_id: strawberry.ID


@strawberry.input(description="A part of the fund that the gift sets apart: the donor's wish as codes.")
class DonorEarmarkInput:
    """Its name and its walls; an axis that says nothing takes what the fund says."""

    name: str
    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    situations: list[str] = strawberry.field(default_factory=list[str])
    regions: list[str] = strawberry.field(default_factory=list[str], description="Region paths.")
    valid_from: date | None = None
    valid_to: date | None = strawberry.field(
        default=None, description="First day it may not be used any more."
    )
    case_cap: MoneyInput | None = None

    def read(self) -> NewEarmark:
        """
        Give the workflow's earmark.

        Raises
        ------
        InvalidInputError
            A code is unknown, a path is none, or the span holds no day.
        """
        restriction = Restriction(
            categories=frozenset(self.categories),
            situations=frozenset(map(parse_situation, self.situations)),
            regions=tuple(self.regions),
            validity=Validity(valid_from=self.valid_from, valid_to=self.valid_to),
        )
        cap = None if self.case_cap is None else fen_of(self.case_cap, "caseCap")
        return NewEarmark(name=self.name, purpose=Purpose(restriction=restriction, case_cap_fen=cap))


@strawberry.input(description="Where a gift's money goes.")
class PlacingInput:
    """A fund, and the part of it that keeps to the donor's wish: one that is there or a new one."""

    fund_id: strawberry.ID | None = None
    earmark_id: strawberry.ID | None = None
    earmark: DonorEarmarkInput | None = None
    fits_fund: bool = strawberry.field(
        default=False, description="The fund's own purpose says what the donor asked: nothing is set apart."
    )
    in_opening: bool | None = strawberry.field(
        default=None,
        description="Whether the sum that its fund was opened with holds a gift that came from another system's books.",
    )

    def read(self) -> Placing:
        """
        Give the workflow's placing.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return Placing(
            fund_id=None if self.fund_id is None else key_of(self.fund_id, FUND, "fundId"),
            earmark_id=None if self.earmark_id is None else key_of(self.earmark_id, EARMARK, "earmarkId"),
            earmark=None if self.earmark is None else self.earmark.read(),
            fits_fund=self.fits_fund,
            in_opening=self.in_opening,
        )


@strawberry.input(description="Posts a receipted gift to its fund.")
class PostDonationInput(GiftStepInput):
    """Which gift, and where it goes."""

    placing: PlacingInput | None = None


@strawberry.input(description="Gives a gift back, whole or in part.")
class RefundDonationInput(GiftStepInput):
    """Which gift, how much of it, and why."""

    reason: str
    amount: MoneyInput | None = strawberry.field(default=None, description="All that is left without it.")


@strawberry.input(description="Takes down that a pledged gift will not come.")
class CancelPledgeInput(GiftStepInput):
    """Which pledge, and why."""

    reason: str


@strawberry.input(description="Asks for another purpose of a posted gift.")
class AskPurposeChangeInput(GiftStepInput):
    """Which gift, where it should go, on what ground."""

    fund_id: strawberry.ID
    ground: ChangeGround
    reason: str
    earmark_id: strawberry.ID | None = None

    def read(self) -> NewPurpose:
        """
        Give the workflow's wish.

        Raises
        ------
        InvalidInputError
            Not the id of a fund or an earmark.
        """
        part = self.earmark_id
        return NewPurpose(
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            earmark_id=None if part is None else key_of(part, EARMARK, "earmarkId"),
            ground=self.ground,
            reason=self.reason,
        )


@strawberry.input(description="Takes a donor's consent or a filing down, and moves the money.")
class AllowPurposeChangeInput(GiftStepInput):
    """Which gift, and where the consent is written down."""

    reference: str


@strawberry.input(description="Ends a wish to use a gift otherwise.")
class WithdrawPurposeChangeInput(GiftStepInput):
    """Which gift, and why."""

    reason: str


@strawberry.input(description="Takes the entries of a posted gift back and posts it as it should have been.")
class CorrectDonationInput(GiftStepInput):
    """Which gift, and what was wrong: the sum, the place, or both."""

    reason: str
    amount: MoneyInput | None = None
    placing: PlacingInput | None = None

    def read(self) -> Correction:
        """
        Give the workflow's correction.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return Correction(
            amount_fen=None if self.amount is None else fen_of(self.amount, "amount"),
            placing=None if self.placing is None else self.placing.read(),
            reason=self.reason,
        )


@strawberry.input(description="Says that a flagged gift is another one than it looks like.")
class ClearDuplicateInput(GiftStepInput):
    """Which gift, and how it is known."""

    reason: str
