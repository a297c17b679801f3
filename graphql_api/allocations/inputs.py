"""What clients say of the steps of money, as the workflows take it."""

from typing import TypedDict

import strawberry

from domain.allocations import EvidenceKind
from graphql_api.allocations.types import ALLOCATION, EARMARK
from graphql_api.funds.types import FUND
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.scalars import MoneyInput, fen_of
from workflows.allocations.allocating import NewAllocation


class Asked(TypedDict):
    """What every step of money is asked with."""

    expected_version: int
    idempotency_key: str


@strawberry.input
class StepInput:
    """A step, on what was read."""

    expected_version: int
    idempotency_key: str

    def asked(self) -> Asked:
        """Give what the workflow asks of every step."""
        return Asked(expected_version=self.expected_version, idempotency_key=self.idempotency_key)


@strawberry.input
class AllocationStepInput(StepInput):
    """Which allocation, as it was read."""

    allocation_id: strawberry.ID

    def key(self) -> str:
        """
        Give the allocation's key.

        Raises
        ------
        InvalidInputError
            Not the id of an allocation.
        """
        return key_of(self.allocation_id, ALLOCATION, "allocationId")


@strawberry.input(description="Sets money of a fund aside for a need, outside any round.")
class AllocateInput(StepInput):
    """Which need, as read; from which book; how much."""

    need_id: strawberry.ID
    expected_version: int = strawberry.field(description="Of the need.")
    fund_id: strawberry.ID
    earmark_id: strawberry.ID | None = None
    amount: MoneyInput

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
class PayFirstInput(StepInput):
    """Which need, as read; from which imprest fund; how much, and the payment's own reference."""

    need_id: strawberry.ID
    expected_version: int = strawberry.field(description="Of the need.")
    fund_id: strawberry.ID
    amount: MoneyInput
    payment_reference: str

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
class ApproveAllocationInput(AllocationStepInput):
    """Which allocation, as read."""


@strawberry.input(description="Says no to a sum.")
class RefuseAllocationInput(AllocationStepInput):
    """Which allocation, as read, and why."""

    reason: str


@strawberry.input(description="Pays an approved sum.")
class DisburseAllocationInput(AllocationStepInput):
    """Which allocation, as read, and the payment's own reference."""

    payment_reference: str


@strawberry.input(description="Brings what shows that help arrived; pictures show no faces.")
class RecordEvidenceInput(AllocationStepInput):
    """For which allocation, as read; what it is and where it is kept."""

    kind: EvidenceKind
    reference: str
    sha256: str | None = strawberry.field(default=None, description="SHA-256 of the file, in hex.")


@strawberry.input(description="Tells the givers what became of their money.")
class SendFeedbackInput(AllocationStepInput):
    """About which allocation, as read; words that lead to nobody."""

    words: str


@strawberry.input(description="Records that a gift is public.")
class DiscloseAllocationInput(AllocationStepInput):
    """Which allocation, as read."""


@strawberry.input(description="Gives free again what was set aside and not paid.")
class ReleaseAllocationInput(AllocationStepInput):
    """Which allocation, as read, and why."""

    reason: str


@strawberry.input(description="Takes paid money back, whole.")
class ClawBackAllocationInput(AllocationStepInput):
    """Which allocation, as read, how much, and why."""

    amount: MoneyInput | None = strawberry.field(
        default=None, description="A part of what is left; null takes all of it back."
    )
    reason: str
