"""Decisions on money with their signatures, checked against what stands there, as clients see them."""

from datetime import datetime

import strawberry

from domain.allocations import ApprovalDecision
from graphql_api.allocations.types import ALLOCATION, AllocationNode, allocation
from graphql_api.context import Info
from graphql_api.ids import key_of
from locales import text
from workflows.allocations.signing import CheckedAllocation, SignatureCheck, check_approvals


@strawberry.type(description="One decision, what was signed of it, and whether that still stands.")
class SignedApproval:
    """The signed text is ``ZLA1.key.body.signature``: Ed25519 over a list in JSON, base64url."""

    decision: ApprovalDecision
    at: datetime
    approver: str = strawberry.field(description="Account of who decided.")
    signed: str | None
    check: SignatureCheck
    message: str = strawberry.field(description="A sentence in the language asked for by Accept-Language.")


@strawberry.type(description="Every decision on an allocation, checked.")
class ApprovalSignatures:
    """``holds`` where each is signed and says what stands there."""

    allocation: AllocationNode
    holds: bool
    verifies_with: str = strawberry.field(
        description="Public key (Ed25519, base64url): checks the signed texts elsewhere."
    )
    approvals: list[SignedApproval]


def _signatures(info: Info, found: CheckedAllocation) -> ApprovalSignatures:
    return ApprovalSignatures(
        allocation=allocation(found.allocation),
        holds=found.holds,
        verifies_with=found.public_key,
        approvals=[
            SignedApproval(
                decision=each.decision,
                at=each.at,
                approver=each.approver_id,
                signed=each.signed,
                check=each.check,
                message=text(f"federation.check.{each.check.value}", info.context.locale),
            )
            for each in found.approvals
        ],
    )


@strawberry.type
class SignatureQueries:
    """For the organisation that holds the fund, and for auditors."""

    @strawberry.field(description="Decisions on an allocation with their signatures, checked.")
    async def approval_signatures(self, info: Info, allocation_id: strawberry.ID) -> ApprovalSignatures:
        """SignatureCheck what was signed."""
        key = key_of(allocation_id, ALLOCATION, "allocationId")
        context = info.context
        return _signatures(info, await check_approvals(context.workspace, context.actor, key))
