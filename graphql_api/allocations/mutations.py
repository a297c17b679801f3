"""The steps of money from a fund to a need, as clients take them."""

import strawberry

from domain.actors import Actor
from graph.reads.allocations import AllocationRow
from graphql_api.allocations.inputs import (
    AllocateInput,
    AllocationStepInput,
    ApproveAllocationInput,
    ClawBackAllocationInput,
    DisburseAllocationInput,
    DiscloseAllocationInput,
    PayFirstInput,
    RecordEvidenceInput,
    RefuseAllocationInput,
    ReleaseAllocationInput,
    SendFeedbackInput,
)
from graphql_api.allocations.types import allocation
from graphql_api.context import Info
from graphql_api.payloads import mutation
from graphql_api.scalars import fen_of
from workflows.allocations.allocating import allocate, pay_first
from workflows.allocations.approving import approve_allocation, refuse_allocation
from workflows.allocations.disclosing import disclose_allocation
from workflows.allocations.paying import claw_back_allocation, disburse_allocation, release_allocation
from workflows.allocations.telling import record_evidence, send_feedback
from workflows.workspace import Outcome, Workspace


def _taken(info: Info, input: AllocationStepInput) -> tuple[Workspace, Actor, str]:
    """Give who takes a step on which allocation."""
    return info.context.workspace, info.context.actor, input.key()


@strawberry.type
class AllocationMutations:
    """Steps of money, each by somebody else than the one before where the law asks it."""

    @mutation(
        allocation, description="Set money of a fund aside for a need, after every rule of a round was asked."
    )
    async def allocate(self, info: Info, input: AllocateInput) -> Outcome[AllocationRow]:
        """Set money aside."""
        return await allocate(info.context.workspace, info.context.actor, input.read(), **input.asked())

    @mutation(
        allocation,
        description="Help first: pay a pressing need from an imprest fund; approvals follow by their day.",
    )
    async def pay_first(self, info: Info, input: PayFirstInput) -> Outcome[AllocationRow]:
        """Pay before the papers are there."""
        return await pay_first(
            info.context.workspace,
            info.context.actor,
            input.read(),
            **input.asked(),
            payment_reference=input.payment_reference,
        )

    @mutation(allocation, description="Say yes to a sum; with the last yes that it takes it may be paid.")
    async def approve_allocation(self, info: Info, input: ApproveAllocationInput) -> Outcome[AllocationRow]:
        """Approve a sum."""
        return await approve_allocation(*_taken(info, input), **input.asked())

    @mutation(allocation, description="Say no to a sum; what was set aside is free again.")
    async def refuse_allocation(self, info: Info, input: RefuseAllocationInput) -> Outcome[AllocationRow]:
        """Refuse a sum."""
        return await refuse_allocation(*_taken(info, input), **input.asked(), reason=input.reason)

    @mutation(allocation, description="Pay an approved sum, as somebody else than whose yes came last.")
    async def disburse_allocation(self, info: Info, input: DisburseAllocationInput) -> Outcome[AllocationRow]:
        """Pay a sum."""
        return await disburse_allocation(
            *_taken(info, input), **input.asked(), payment_reference=input.payment_reference
        )

    @mutation(allocation, description="Bring what shows that help arrived; that it did is the desk's to say.")
    async def record_evidence(self, info: Info, input: RecordEvidenceInput) -> Outcome[AllocationRow]:
        """Keep evidence."""
        return await record_evidence(
            *_taken(info, input),
            **input.asked(),
            kind=input.kind,
            reference=input.reference,
            sha256=input.sha256,
        )

    @mutation(allocation, description="Tell the givers what became of their money.")
    async def send_feedback(self, info: Info, input: SendFeedbackInput) -> Outcome[AllocationRow]:
        """Tell givers."""
        return await send_feedback(*_taken(info, input), **input.asked(), words=input.words)

    @mutation(
        allocation, description="Record that a gift is public; its project's duty is fulfilled with it."
    )
    async def disclose_allocation(self, info: Info, input: DiscloseAllocationInput) -> Outcome[AllocationRow]:
        """Disclose a gift."""
        return await disclose_allocation(*_taken(info, input), **input.asked())

    @mutation(allocation, description="Give free again what was set aside and not paid.")
    async def release_allocation(self, info: Info, input: ReleaseAllocationInput) -> Outcome[AllocationRow]:
        """Release a sum."""
        return await release_allocation(*_taken(info, input), **input.asked(), reason=input.reason)

    @mutation(
        allocation, description="Take paid money back, whole or in part, as somebody else than who paid."
    )
    async def claw_back_allocation(
        self, info: Info, input: ClawBackAllocationInput
    ) -> Outcome[AllocationRow]:
        """Claw a sum back."""
        return await claw_back_allocation(
            *_taken(info, input),
            **input.asked(),
            reason=input.reason,
            amount_fen=None if input.amount is None else fen_of(input.amount, "amount"),
        )
