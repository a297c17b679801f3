"""A bank's list of gifts, taken down in one call."""

from datetime import date

import strawberry

from domain.giving import DonationSource
from graphql_api.context import Info
from graphql_api.donations.inputs import DonorInput
from graphql_api.donations.types import DonationNode, donation
from graphql_api.funds.types import FUND
from graphql_api.ids import key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, MoneyInput, fen_of, money
from workflows.donations.listing import GiftList, LineOutcome, record_gift_list
from workflows.donations.recording import NewGift
from workflows.workspace import Outcome


@strawberry.type(name="GiftLine", description="A line of a list, and the gift that it is.")
class GiftLineNode:
    """In the order of the list."""

    outcome: LineOutcome
    donation: DonationNode


@strawberry.type(name="GiftList", description="A list as it was taken down; its sum is known plus recorded.")
class GiftListNode:
    """Control totals and lines."""

    total: Money
    known: Money = strawberry.field(description="Of gifts that were kept already.")
    recorded: Money
    lines: list[GiftLineNode]


def gift_list(row: GiftList) -> GiftListNode:
    """Give a list as clients see it."""
    return GiftListNode(
        total=money(row.list_fen),
        known=money(row.known_fen),
        recorded=money(row.recorded_fen),
        lines=[GiftLineNode(outcome=line.outcome, donation=donation(line.gift)) for line in row.lines],
    )


@strawberry.input(description="A line of a bank's list.")
class GiftLineInput:
    """Leave the donor out if they want no name kept."""

    amount: MoneyInput
    given_on: date
    reference: str | None = strawberry.field(default=None, description="The bank's number of the payment.")
    donor: DonorInput | None = None
    restriction_text: str | None = None
    note: str | None = None


@strawberry.input(description="Takes a list of gifts to one fund down, all of it or nothing.")
class RecordGiftListInput:
    """The lines, and what the list says that they come to."""

    idempotency_key: str
    fund_id: strawberry.ID
    channel: DonationSource
    stated_total: MoneyInput
    lines: list[GiftLineInput]

    def read(self) -> list[NewGift]:
        """
        Give the workflow's gifts.

        Raises
        ------
        InvalidInputError
            A part of one cannot be read.
        """
        fund_id = key_of(self.fund_id, FUND, "fundId")
        return [
            NewGift(
                fund_id=fund_id,
                donor=None if line.donor is None else line.donor.read(),
                amount_fen=fen_of(line.amount, "amount"),
                channel=self.channel,
                given_on=line.given_on,
                restriction_text=line.restriction_text,
                reference=line.reference,
                note=line.note,
            )
            for line in self.lines
        ]


@strawberry.type
class GiftListMutations:
    """For a charity's own people."""

    @mutation(
        gift_list,
        description="Take a bank's list down: gifts that are kept already are found, new ones recorded.",
    )
    async def record_gift_list(self, info: Info, input: RecordGiftListInput) -> Outcome[GiftList]:
        """Record a list."""
        return await record_gift_list(
            info.context.workspace,
            info.context.actor,
            input.read(),
            stated_fen=fen_of(input.stated_total, "statedTotal"),
            idempotency_key=input.idempotency_key,
        )
