"""Money on its way from a fund to a need, as clients see it."""

from datetime import datetime

import strawberry

from domain.allocations import AllocationState, ApprovalDecision, EvidenceKind
from graph.reads.allocations import (
    AllocationRow,
    ApprovalRow,
    EvidenceRow,
)
from graphql_api.connections import (
    Node,
)
from graphql_api.context import Info
from graphql_api.funds.types import FundNode, OrganisationNode, load_fund, load_organisation
from graphql_api.ids import encode_id
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.scalars import Money, money, money_or_none

ALLOCATION = "Allocation"
EARMARK = "Earmark"


@strawberry.type(
    name="Approval", description="What one person decided; who it was stands in the audit chain."
)
class ApprovalNode:
    """A yes or a no."""

    decision: ApprovalDecision
    at: datetime


@strawberry.type(name="Evidence", description="What shows that help arrived.")
class EvidenceNode:
    """Where it is kept, and the digest of its file."""

    kind: EvidenceKind
    reference: str
    sha256: str | None = strawberry.field(description="SHA-256 of the file, in hex.")
    amount: Money | None
    at: datetime


@strawberry.type(name=ALLOCATION, description="One sum from one book of a fund to one need.")
class AllocationNode(Node):
    """What is given, where it stands, and what is to come."""

    state: AllocationState
    amount: Money = strawberry.field(description="What the need keeps; what came back in parts is off.")
    clawed_back: Money = strawberry.field(description="What came back in parts.")
    earmark_id: strawberry.ID | None = strawberry.field(
        description="The part of the fund that pays; null: the fund's own money."
    )
    approvals_wanted: int = strawberry.field(
        description="Persons who are to say yes, by the need's sum over all funds."
    )
    related_party: bool = strawberry.field(
        description="Giver and receiver are joined: a second person looks, and it is made public."
    )
    related_path: str | None = strawberry.field(description="By whom they are joined, from the giver on.")
    pay_first: bool = strawberry.field(description="Paid before it was approved.")
    papers_due_at: datetime | None = strawberry.field(
        description="By when the approvals of money that was paid first are to be there."
    )
    reserved_at: datetime
    expires_at: datetime | None = strawberry.field(description="When the money is free again if not paid.")
    approved_at: datetime | None
    disbursed_at: datetime | None
    payment_reference: str | None
    evidenced_at: datetime | None
    feedback_at: datetime | None
    feedback: str | None = strawberry.field(description="What the givers were told.")
    disclosed_at: datetime | None
    released_reason: str | None = strawberry.field(description="Why it was released or clawed back.")
    rules: str | None = strawberry.field(description="The dated rules by which approvals were counted.")
    version: int = strawberry.field(description="Sent back as expectedVersion with a step.")
    key: strawberry.Private[str]
    need_key: strawberry.Private[str]
    fund_key: strawberry.Private[str]
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="The need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="Whose money it is, if the reader may see it.")
    async def fund(self, info: Info) -> FundNode | None:
        """Give the fund."""
        return await load_fund(info, self.fund_key)

    @strawberry.field(description="Who holds the fund, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give the holder."""
        return await load_organisation(info, self.organisation_key)

    @strawberry.field(description="What people decided, in order.")
    async def approvals(self, info: Info) -> list[ApprovalNode]:
        """Give the decisions."""
        return [_approval(row) for row in await info.context.load.approvals.load(self.key) or ()]

    @strawberry.field(description="What shows that the help arrived, in order.")
    async def evidence(self, info: Info) -> list[EvidenceNode]:
        """Give the evidence."""
        return [_evidence(row) for row in await info.context.load.evidence.load(self.key) or ()]


def _approval(row: ApprovalRow) -> ApprovalNode:
    return ApprovalNode(decision=row.decision, at=row.at)


def _evidence(row: EvidenceRow) -> EvidenceNode:
    return EvidenceNode(
        kind=row.kind,
        reference=row.reference,
        sha256=row.sha256,
        amount=money_or_none(row.amount_fen),
        at=row.at,
    )


def allocation(row: AllocationRow) -> AllocationNode:
    """Give an allocation as clients see it."""
    return AllocationNode(
        id=encode_id(ALLOCATION, row.id),
        state=row.state,
        amount=money(row.amount_fen),
        clawed_back=money(row.clawed_back_fen),
        earmark_id=None if row.earmark_id is None else encode_id(EARMARK, row.earmark_id),
        approvals_wanted=row.approvals_wanted,
        related_party=row.related_party,
        related_path=row.related_path,
        pay_first=row.pay_first,
        papers_due_at=row.papers_due_at,
        reserved_at=row.reserved_at,
        expires_at=row.expires_at,
        approved_at=row.approved_at,
        disbursed_at=row.disbursed_at,
        payment_reference=row.payment_reference,
        evidenced_at=row.evidenced_at,
        feedback_at=row.feedback_at,
        feedback=row.feedback_text,
        disclosed_at=row.disclosed_at,
        released_reason=row.released_reason,
        rules=row.policy_id,
        version=row.version,
        key=row.id,
        need_key=row.need_id,
        fund_key=row.fund_id,
        organisation_key=row.organisation_id,
    )


async def load_allocation(info: Info, key: str | None) -> AllocationNode | None:
    """Give the allocation of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.allocations.load(key)
    return None if row is None else allocation(row)
