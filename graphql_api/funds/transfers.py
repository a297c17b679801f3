"""Transfers between books as clients see and propose them."""

from datetime import datetime

import strawberry

from domain.allocations import ApprovalDecision
from domain.funds import Book, LeftOverGround, TransferKind, TransferState
from graph.reads.transfers import page_of_transfers, transfers_by_ids
from graph.transfers import TransferRow
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
from graphql_api.funds.earmarks import PROGRAMME
from graphql_api.funds.purposes import EARMARK, optional_key
from graphql_api.funds.types import FUND, FundNode, load_fund
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.scalars import Money, MoneyInput, fen_of, money
from workflows.funds.acting import Decision
from workflows.funds.programmes import NewBudget, propose_budget
from workflows.funds.transfers import NewTransfer, decide_transfer, propose_transfer
from workflows.workspace import Outcome

TRANSFER = "FundTransfer"


@strawberry.type(name=TRANSFER, description="Money from one book of a charity to another, by two people.")
class TransferNode(Node):
    """From where to where, why, and by whom."""

    kind: TransferKind
    state: TransferState
    amount: Money
    ground: LeftOverGround | None = strawberry.field(
        description="Of left-over money: why the other purpose may have it."
    )
    reason: str | None
    from_earmark_id: strawberry.ID | None = strawberry.field(description="Null for the fund's own money.")
    to_earmark_id: strawberry.ID | None = strawberry.field(description="Null for the fund's own money.")
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with a decision.")
    from_key: strawberry.Private[str]
    to_key: strawberry.Private[str]

    @strawberry.field(description="The fund that it leaves, or leaves a part of.")
    async def from_fund(self, info: Info) -> FundNode | None:
        """Give the giving fund."""
        return await load_fund(info, self.from_key)

    @strawberry.field(description="The fund that it comes to, or comes to a part of.")
    async def to_fund(self, info: Info) -> FundNode | None:
        """Give the taking fund."""
        return await load_fund(info, self.to_key)


def _earmark_id(book: Book) -> strawberry.ID | None:
    return None if book.earmark_id is None else encode_id(EARMARK, book.earmark_id)


def transfer(row: TransferRow) -> TransferNode:
    """Give a transfer as clients see it."""
    return TransferNode(
        id=encode_id(TRANSFER, row.id),
        kind=row.kind,
        state=row.state,
        amount=money(row.amount_fen),
        ground=row.ground,
        reason=row.reason,
        from_earmark_id=_earmark_id(row.giver),
        to_earmark_id=_earmark_id(row.taker),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
        from_key=row.giver.fund_id,
        to_key=row.taker.fund_id,
    )


async def load_transfer(info: Info, key: str) -> TransferNode | None:
    """Give the transfer of a key, if there is one that the reader may see."""
    found = await info.context.read(lambda tx: transfers_by_ids(tx, info.context.actor, [key]))
    return transfer(found[key]) if key in found else None


@strawberry.input(name="FundTransferFilter", description="What transfers are narrowed to.")
class TransferFilterInput:
    """Empty axes narrow nothing."""

    fund_id: strawberry.ID | None = strawberry.field(default=None, description="To it or from it.")
    states: list[TransferState] = strawberry.field(default_factory=list[TransferState])


@strawberry.type
class TransferQueries:
    """Lists and look-ups of transfers."""

    @strawberry.field(description="Transfers between books, by id; PROPOSED ones wait for an approver.")
    async def fund_transfers(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: TransferFilterInput | None = None,
    ) -> Connection[TransferNode]:
        """Give a page of transfers."""
        asked = filter or TransferFilterInput()
        start = page_start(info, first, after)
        fund_id = optional_key(asked.fund_id, FUND, "fundId")
        page = await info.context.read(
            lambda tx: page_of_transfers(
                tx,
                info.context.actor,
                fund_id=fund_id,
                states=asked.states,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, transfer)

    @strawberry.field(description="One transfer.")
    async def fund_transfer(self, info: Info, id: strawberry.ID) -> TransferNode | None:
        """Give a transfer by its global id."""
        return await load_transfer(info, key_of(id, TRANSFER))


@strawberry.input(description="One book: a fund's own money, or one earmark of it.")
class BookInput:
    """Which book."""

    fund_id: strawberry.ID
    earmark_id: strawberry.ID | None = None

    def read(self) -> Book:
        """
        Give the domain's book.

        Raises
        ------
        InvalidInputError
            Not the id of a fund or an earmark.
        """
        return Book(
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            earmark_id=optional_key(self.earmark_id, EARMARK, "earmarkId") or None,
        )


@strawberry.input(
    description="Gives money back to where it came from, or sends what is left over to a near purpose."
)
class ProposeTransferInput:
    """From where to where, how much, and why."""

    idempotency_key: str
    kind: TransferKind
    giver: BookInput
    taker: BookInput
    amount: MoneyInput
    reason: str | None = None


@strawberry.input(description="Sets money of a fund aside for one year's season of a programme.")
class ProposeBudgetInput:
    """Which programme, from which fund, how much."""

    idempotency_key: str
    programme_id: strawberry.ID
    fund_id: strawberry.ID
    year: int
    amount: MoneyInput


@strawberry.input(description="Decides on a transfer as the second person.")
class DecideTransferInput:
    """The transfer as it was read, and what was decided."""

    fund_transfer_id: strawberry.ID
    expected_version: int
    decision: ApprovalDecision
    reason: str | None = strawberry.field(default=None, description="Asked for with a refusal.")


@strawberry.type
class TransferMutations:
    """Money between books; for officers and approvers of the holder."""

    @mutation(transfer, description="Propose a transfer; its money moves when a second person approves.")
    async def propose_transfer(self, info: Info, input: ProposeTransferInput) -> Outcome[TransferRow]:
        """Propose a transfer."""
        new = NewTransfer(
            kind=input.kind,
            giver=input.giver.read(),
            taker=input.taker.read(),
            amount_fen=fen_of(input.amount, "amount"),
            reason=input.reason,
        )
        return await propose_transfer(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(
        transfer,
        description="Propose a budget: an earmark for the season, filled when a second person agrees.",
    )
    async def propose_budget(self, info: Info, input: ProposeBudgetInput) -> Outcome[TransferRow]:
        """Propose a budget."""
        new = NewBudget(
            programme_id=key_of(input.programme_id, PROGRAMME, "programmeId"),
            fund_id=key_of(input.fund_id, FUND, "fundId"),
            year=input.year,
            amount_fen=fen_of(input.amount, "amount"),
        )
        return await propose_budget(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(transfer, description="Approve or refuse a transfer; an approved one moves its money at once.")
    async def decide_transfer(self, info: Info, input: DecideTransferInput) -> TransferRow:
        """Decide on a transfer."""
        key = key_of(input.fund_transfer_id, TRANSFER, "fundTransferId")
        decision = Decision(
            decision=input.decision, expected_version=input.expected_version, reason=input.reason
        )
        return await decide_transfer(info.context.workspace, info.context.actor, key, decision)
