"""What a charity's people do with gifts."""

import base64

import strawberry

from domain.donations import Donation
from graphql_api.context import Info
from graphql_api.donations.inputs import (
    AllowPurposeChangeInput,
    AskPurposeChangeInput,
    CancelPledgeInput,
    ClearDuplicateInput,
    CorrectDonationInput,
    IssueReceiptInput,
    PledgeDonationInput,
    PostDonationInput,
    PrintReceiptInput,
    ReceiveDonationInput,
    RecordDonationInput,
    RecordGoodsInput,
    RefundDonationInput,
    WithdrawPurposeChangeInput,
)
from graphql_api.donations.types import DONATION, DonationNode, donation
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import fen_of
from workflows.donations.changes import (
    allow_purpose_change,
    ask_purpose_change,
    withdraw_purpose_change,
)
from workflows.donations.duplicates import clear_duplicate
from workflows.donations.goods import record_goods
from workflows.donations.posting import Placing, correct_donation, post_donation
from workflows.donations.receipts import Receipt, issue_receipt, print_receipt
from workflows.donations.recording import (
    cancel_pledge,
    pledge_donation,
    receive_donation,
    record_donation,
)
from workflows.donations.returning import refund_donation
from workflows.workspace import Outcome


@strawberry.type(name="DonationReceipt", description="A receipt and the file that was just made of it.")
class ReceiptNode:
    """The gift and the file."""

    donation: DonationNode
    pdf: str = strawberry.field(description="The file in base64.")


def _receipt(row: Receipt) -> ReceiptNode:
    return ReceiptNode(donation=donation(row.donation), pdf=base64.b64encode(row.pdf).decode())


@strawberry.type
class DonationMutations:
    """Steps of gifts."""

    @mutation(donation, description="Take a promised gift down.")
    async def pledge_donation(self, info: Info, input: PledgeDonationInput) -> Outcome[Donation]:
        """Pledge."""
        ws, actor = info.context.workspace, info.context.actor
        return await pledge_donation(ws, actor, input.read(), idempotency_key=input.idempotency_key)

    @mutation(donation, description="Take down a gift that came without a pledge.")
    async def record_donation(self, info: Info, input: RecordDonationInput) -> Outcome[Donation]:
        """Record."""
        ws, actor = info.context.workspace, info.context.actor
        return await record_donation(ws, actor, input.read(), idempotency_key=input.idempotency_key)

    @mutation(donation, description="Take a gift of goods down and put them on the charity's shelf.")
    async def record_goods(self, info: Info, input: RecordGoodsInput) -> Outcome[Donation]:
        """Record goods."""
        ws, actor = info.context.workspace, info.context.actor
        return await record_goods(ws, actor, input.read(), idempotency_key=input.idempotency_key)

    @mutation(donation, description="Take down that a pledged gift came.")
    async def receive_donation(self, info: Info, input: ReceiveDonationInput) -> Outcome[Donation]:
        """Receive."""
        ws, actor = info.context.workspace, info.context.actor
        return await receive_donation(ws, actor, input.step(), input.read())

    @mutation(donation, description="Give a gift that came its receipt.")
    async def issue_receipt(self, info: Info, input: IssueReceiptInput) -> Outcome[Donation]:
        """Issue a receipt."""
        return await issue_receipt(info.context.workspace, info.context.actor, input.step())

    @mutation(_receipt, description="Make the file of a receipt.")
    async def print_receipt(self, info: Info, input: PrintReceiptInput) -> Receipt:
        """Print a receipt."""
        context = info.context
        key = key_of(input.donation_id, DONATION, "donationId")
        return await print_receipt(
            context.workspace, context.actor, key, address=context.public_url, locale=context.locale
        )

    @mutation(donation, description="Post a receipted gift to its fund; from here on its purpose is fixed.")
    async def post_donation(self, info: Info, input: PostDonationInput) -> Outcome[Donation]:
        """Post."""
        placing = Placing() if input.placing is None else input.placing.read()
        return await post_donation(info.context.workspace, info.context.actor, input.step(), placing)

    @mutation(donation, description="Give a gift back to its donor: what is free of it.")
    async def refund_donation(self, info: Info, input: RefundDonationInput) -> Outcome[Donation]:
        """Refund."""
        amount = None if input.amount is None else fen_of(input.amount, "amount")
        ws, actor = info.context.workspace, info.context.actor
        return await refund_donation(ws, actor, input.step(), amount_fen=amount, reason=input.reason)

    @mutation(donation, description="Take down that a pledged gift will not come.")
    async def cancel_pledge(self, info: Info, input: CancelPledgeInput) -> Outcome[Donation]:
        """Cancel."""
        ws, actor = info.context.workspace, info.context.actor
        return await cancel_pledge(ws, actor, input.step(), reason=input.reason)

    @mutation(donation, description="Ask for another purpose of a posted gift; its money stays where it is.")
    async def ask_purpose_change(self, info: Info, input: AskPurposeChangeInput) -> Outcome[Donation]:
        """Ask."""
        ws, actor = info.context.workspace, info.context.actor
        return await ask_purpose_change(ws, actor, input.step(), input.read())

    @mutation(donation, description="Take the consent down and move the money; by another than who asked.")
    async def allow_purpose_change(self, info: Info, input: AllowPurposeChangeInput) -> Outcome[Donation]:
        """Allow."""
        ws, actor = info.context.workspace, info.context.actor
        return await allow_purpose_change(ws, actor, input.step(), reference=input.reference)

    @mutation(donation, description="End a wish to use a gift otherwise.")
    async def withdraw_purpose_change(
        self, info: Info, input: WithdrawPurposeChangeInput
    ) -> Outcome[Donation]:
        """Withdraw."""
        ws, actor = info.context.workspace, info.context.actor
        return await withdraw_purpose_change(ws, actor, input.step(), reason=input.reason)

    @mutation(
        donation, description="Mend what was posted wrongly, by reversal; by another than who recorded."
    )
    async def correct_donation(self, info: Info, input: CorrectDonationInput) -> Outcome[Donation]:
        """Correct."""
        return await correct_donation(info.context.workspace, info.context.actor, input.step(), input.read())

    @mutation(donation, description="Say that a flagged gift is another one than it looks like.")
    async def clear_duplicate(self, info: Info, input: ClearDuplicateInput) -> Outcome[Donation]:
        """Clear."""
        ws, actor = info.context.workspace, info.context.actor
        return await clear_duplicate(ws, actor, input.step(), reason=input.reason)
