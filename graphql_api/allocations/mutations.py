"""The steps of money from a fund to a need, as clients take them."""

import strawberry

from domain.allocations import EvidenceKind
from graph.reads.allocations import AllocationRow
from graphql_api.allocations.types import ALLOCATION, EARMARK, allocation
from graphql_api.context import Info
from graphql_api.funds.types import FUND
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.payloads import mutation
from graphql_api.scalars import MoneyInput, fen_of
from workflows.allocations.allocating import NewAllocation, allocate, pay_first
from workflows.allocations.approving import approve_allocation, refuse_allocation
from workflows.allocations.disclosing import disclose_allocation
from workflows.allocations.paying import claw_back_allocation, disburse_allocation, release_allocation
from workflows.allocations.telling import record_evidence, send_feedback
from workflows.workspace import Outcome


@strawberry.input(description="Sets money of a fund aside for a need, outside any round.")
class AllocateInput:
    """Which need, as read; from which book; how much."""

    need_id: strawberry.ID
    expected_version: int = strawberry.field(description="Of the need.")
    fund_id: strawberry.ID
    earmark_id: strawberry.ID | None = None
    amount: MoneyInput
    idempotency_key: str

    def read(self) -> NewAllocation:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return NewAllocation(
            need_id=key_of(self.need_id, NEED, "needId"),
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            earmark_id=key_of(self.earmark_id, EARMARK, "earmarkId") if self.earmark_id else None,
            amount_fen=fen_of(self.amount, "amount"),
        )


@strawberry.input(description="Pays a pressing need from an imprest fund at once; the papers follow.")
class PayFirstInput:
    """Which need, as read; from which imprest fund; how much, and the payment's own reference."""

    need_id: strawberry.ID
    expected_version: int = strawberry.field(description="Of the need.")
    fund_id: strawberry.ID
    amount: MoneyInput
    payment_reference: str
    idempotency_key: str

    def read(self) -> NewAllocation:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return NewAllocation(
            need_id=key_of(self.need_id, NEED, "needId"),
            fund_id=key_of(self.fund_id, FUND, "fundId"),
            amount_fen=fen_of(self.amount, "amount"),
        )


@strawberry.input(description="Says yes to a sum.")
class ApproveAllocationInput:
    """Which allocation, as read."""

    allocation_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.input(description="Says no to a sum.")
class RefuseAllocationInput:
    """Which allocation, as read, and why."""

    allocation_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.input(description="Pays an approved sum.")
class DisburseAllocationInput:
    """Which allocation, as read, and the payment's own reference."""

    allocation_id: strawberry.ID
    expected_version: int
    payment_reference: str
    idempotency_key: str


@strawberry.input(description="Brings what shows that help arrived; pictures show no faces.")
class RecordEvidenceInput:
    """For which allocation, as read; what it is and where it is kept."""

    allocation_id: strawberry.ID
    expected_version: int
    kind: EvidenceKind
    reference: str
    sha256: str | None = strawberry.field(default=None, description="SHA-256 of the file, in hex.")
    idempotency_key: str


@strawberry.input(description="Tells the givers what became of their money.")
class SendFeedbackInput:
    """About which allocation, as read; words that lead to nobody."""

    allocation_id: strawberry.ID
    expected_version: int
    words: str
    idempotency_key: str


@strawberry.input(description="Records that a gift is public.")
class DiscloseAllocationInput:
    """Which allocation, as read."""

    allocation_id: strawberry.ID
    expected_version: int
    idempotency_key: str


@strawberry.input(description="Gives free again what was set aside and not paid.")
class ReleaseAllocationInput:
    """Which allocation, as read, and why."""

    allocation_id: strawberry.ID
    expected_version: int
    reason: str
    idempotency_key: str


@strawberry.input(description="Takes paid money back, whole.")
class ClawBackAllocationInput:
    """Which allocation, as read, how much, and why."""

    allocation_id: strawberry.ID
    expected_version: int
    amount: MoneyInput | None = strawberry.field(
        default=None, description="A part of what is left; null takes all of it back."
    )
    reason: str
    idempotency_key: str


def _key(given: strawberry.ID) -> str:
    return key_of(given, ALLOCATION, "allocationId")


@strawberry.type
class AllocationMutations:
    """Steps of money, each by somebody else than the one before where the law asks it."""

    @mutation(
        allocation, description="Set money of a fund aside for a need, after every rule of a round was asked."
    )
    async def allocate(self, info: Info, input: AllocateInput) -> Outcome[AllocationRow]:
        """Set money aside."""
        ws, actor = info.context.workspace, info.context.actor
        return await allocate(
            ws,
            actor,
            input.read(),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        allocation,
        description="Help first: pay a pressing need from an imprest fund; approvals follow by their day.",
    )
    async def pay_first(self, info: Info, input: PayFirstInput) -> Outcome[AllocationRow]:
        """Pay before the papers are there."""
        ws, actor = info.context.workspace, info.context.actor
        return await pay_first(
            ws,
            actor,
            input.read(),
            expected_version=input.expected_version,
            payment_reference=input.payment_reference,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Say yes to a sum; with the last yes that it takes it may be paid.")
    async def approve_allocation(self, info: Info, input: ApproveAllocationInput) -> Outcome[AllocationRow]:
        """Approve a sum."""
        ws, actor = info.context.workspace, info.context.actor
        return await approve_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Say no to a sum; what was set aside is free again.")
    async def refuse_allocation(self, info: Info, input: RefuseAllocationInput) -> Outcome[AllocationRow]:
        """Refuse a sum."""
        ws, actor = info.context.workspace, info.context.actor
        return await refuse_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Pay an approved sum, as somebody else than whose yes came last.")
    async def disburse_allocation(self, info: Info, input: DisburseAllocationInput) -> Outcome[AllocationRow]:
        """Pay a sum."""
        ws, actor = info.context.workspace, info.context.actor
        return await disburse_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            payment_reference=input.payment_reference,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Bring what shows that help arrived; that it did is the desk's to say.")
    async def record_evidence(self, info: Info, input: RecordEvidenceInput) -> Outcome[AllocationRow]:
        """Keep evidence."""
        ws, actor = info.context.workspace, info.context.actor
        return await record_evidence(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            kind=input.kind,
            reference=input.reference,
            sha256=input.sha256,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Tell the givers what became of their money.")
    async def send_feedback(self, info: Info, input: SendFeedbackInput) -> Outcome[AllocationRow]:
        """Tell givers."""
        ws, actor = info.context.workspace, info.context.actor
        return await send_feedback(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            words=input.words,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        allocation, description="Record that a gift is public; its project's duty is fulfilled with it."
    )
    async def disclose_allocation(self, info: Info, input: DiscloseAllocationInput) -> Outcome[AllocationRow]:
        """Disclose a gift."""
        ws, actor = info.context.workspace, info.context.actor
        return await disclose_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )

    @mutation(allocation, description="Give free again what was set aside and not paid.")
    async def release_allocation(self, info: Info, input: ReleaseAllocationInput) -> Outcome[AllocationRow]:
        """Release a sum."""
        ws, actor = info.context.workspace, info.context.actor
        return await release_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            reason=input.reason,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        allocation, description="Take paid money back, whole or in part, as somebody else than who paid."
    )
    async def claw_back_allocation(
        self, info: Info, input: ClawBackAllocationInput
    ) -> Outcome[AllocationRow]:
        """Claw a sum back."""
        ws, actor = info.context.workspace, info.context.actor
        return await claw_back_allocation(
            ws,
            actor,
            _key(input.allocation_id),
            expected_version=input.expected_version,
            reason=input.reason,
            amount_fen=None if input.amount is None else fen_of(input.amount, "amount"),
            idempotency_key=input.idempotency_key,
        )
