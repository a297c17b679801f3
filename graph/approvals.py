"""Who said yes to which sum: approvals as a chain of signed decisions, and sums that wait for them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from domain.actors import Actor
from domain.allocations import (
    ApprovalDecision,
)
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.allocations import AllocationRow
from graph.scope import listed

ADD_APPROVAL = Statement(
    """
    CREATE (:Approval {id: $id, allocation_id: $allocation_id, decision: $decision, approver_id: $approver_id,
      approver_participant_id: $participant_id, reason: $reason, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)

APPROVALS = Statement(
    "MATCH (a:Approval) WHERE a.allocation_id IN $ids"
    " RETURN a.allocation_id AS allocation_id, a.decision AS decision, a.approver_id AS approver_id,"
    " a.approver_participant_id AS participant_id, a.id AS id ORDER BY id",
    Access.READ,
)

CHAIN = Statement(
    "MATCH (e:AuditEntry) WHERE e.object_id = $id AND e.operation IN ['allocation.approve', 'allocation.refuse']"
    " RETURN e.detail AS detail, e.object_hash AS object_hash, e.sequence AS sequence ORDER BY sequence",
    Access.READ,
)

TO_APPROVE = Statement(
    """
    UNWIND $ids AS wanted MATCH (n:Allocation {id: wanted})
    WHERE n.state IN ['RESERVED', 'DISBURSED'] AND n.approved_at IS NULL
    RETURN n.organisation_id AS organisation_id, min(n.region_path) AS region_path, count(*) AS allocations,
      sum(n.amount_fen) AS amount_fen
    ORDER BY organisation_id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One person's part in an allocation: their account, and whom it stands for."""

    account: str
    participant: str | None
    decision: ApprovalDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """What the audit chain tells of one decision: the signed text, None for older ones, and its hash."""

    signed: str | None
    object_hash: str | None


async def decisions_in_chain(tx: ReadTransaction, allocation_id: str) -> list[ChainEntry]:
    """Give what the audit chain tells of the decisions on an allocation, in order."""
    return [
        ChainEntry(
            signed=cast("dict[str, str]", json.loads(text_or_none(record, "detail") or "{}")).get("signed"),
            object_hash=text_or_none(record, "object_hash"),
        )
        for record in await tx.run(CHAIN, id=allocation_id)
    ]


async def add_approval(
    tx: WriteTransaction,
    allocation: AllocationRow,
    actor: Actor,
    *,
    number: int,
    decision: ApprovalDecision,
    reason: str | None,
    at: datetime,
) -> None:
    """Keep what a person decided; ``number`` counts the decisions on one locked allocation from 1."""
    await tx.run(
        ADD_APPROVAL,
        id=f"{allocation.id}:{number:02d}",
        allocation_id=allocation.id,
        decision=decision.value,
        approver_id=actor.id,
        participant_id=actor.participant_id,
        reason=reason,
        at=at,
        region_path=allocation.region_path,
    )


async def decisions_on(tx: ReadTransaction, allocation_ids: Sequence[str]) -> list[Hand]:
    """Give who decided on allocations, in order."""
    return [
        Hand(
            account=text(record, "approver_id"),
            participant=text_or_none(record, "participant_id"),
            decision=ApprovalDecision(text(record, "decision")),
        )
        for record in await tx.run(APPROVALS, ids=listed(list(allocation_ids)))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSums:
    """What of a charity's money waits for a yes."""

    organisation_id: str
    region_path: str
    allocations: int
    amount_fen: int


async def sums_to_approve(tx: ReadTransaction, allocation_ids: Sequence[str]) -> list[WaitingSums]:
    """Give, by charity, how many of some allocations wait for a yes, and their sum."""
    return [
        WaitingSums(
            organisation_id=text(record, "organisation_id"),
            region_path=text(record, "region_path"),
            allocations=integer(record, "allocations"),
            amount_fen=integer(record, "amount_fen"),
        )
        for record in await tx.run(TO_APPROVE, ids=listed(list(allocation_ids)))
    ]
