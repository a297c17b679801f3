"""Money that leaves a fund, money that comes back to it, and money that is given free before it left."""

from domain.actors import Actor
from domain.allocations import AllocationState, ApprovalDecision
from domain.errors import ConflictError, TransitionError
from domain.ledger import FundEntryKind
from domain.needs import NeedState
from domain.rounds import ProposalState
from graph.allocations import decisions_on, disburse, end_allocation
from graph.ledger.posting import post
from graph.proposals import is_unanswered, lock_proposals_of_need, move_proposal, part_gift
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.approving import ALLOCATIONS, require_holder, take
from workflows.allocations.disclosing import duties_of_payment
from workflows.allocations.reserving import gift_of, is_paid, is_set_aside, posting
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.rounds.promises import drop_gift, move_by_promises
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

UNDER_HANDS = frozenset({NeedState.IN_PROGRESS, NeedState.DONE, NeedState.DISPUTED})
"""States of a need whose help is being given or is being judged: what it was promised stays with it."""


async def disburse_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    payment_reference: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Pay an approved sum: what was set aside is spent, and what the law wants told of it falls due (HC-18).

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    SeparationOfDutiesError
        The actor is the one whose yes came last (HC-29).
    TransitionError
        The sum is not approved, or was paid, released or kept too long.
    StaleVersionError, InvalidInputError
        Changed since read; no payment reference.
    """
    reference = require_words(payment_reference, "payment_reference")

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=False)
        allocation = taken.allocation
        require_holder(actor, allocation)
        if allocation.expires_at is not None and allocation.expires_at <= tx.at and is_set_aside(allocation):
            raise TransitionError("the money was kept too long: allocate it anew", id=allocation_id)
        yes = [
            hand
            for hand in await decisions_on(tx, [allocation_id])
            if hand.decision is ApprovalDecision.APPROVED
        ]
        await require_other_person(
            tx,
            actor,
            () if not yes else (yes[-1].account, yes[-1].participant),
            "whose yes came last does not pay",
            about=allocation_id,
        )
        await disburse(tx, allocation, at=tx.at, by=actor.id, reference=reference)
        await post(tx, [posting(allocation_id, gift_of(allocation), FundEntryKind.DISBURSE)])
        await duties_of_payment(tx, allocation)
        tx.record("allocation.disburse", allocation_id, detail={"amount_fen": allocation.amount_fen})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("disburse_allocation", allocation_id, expected_version, reference)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def release_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Give free again what was set aside and not paid; the need is led to what is left of its promises.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    TransitionError
        The sum is paid, released or returned.
    ConflictError
        The help is being given: it is paid, or settled first.
    """
    said = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=True)
        require_holder(actor, taken.allocation)
        await release_in(tx, actor, taken.need, taken.allocation, reason=said)
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("release_allocation", allocation_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def release_in(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, allocation: AllocationRow, *, reason: str
) -> None:
    """Release a locked allocation with its proposal; it raises what ``release_allocation`` raises."""
    if not is_set_aside(allocation):
        raise TransitionError(
            "only what is set aside is released", id=allocation.id, before=allocation.state.value
        )
    if need.state in UNDER_HANDS:
        raise ConflictError("the help is being given: pay it, or settle the need first", id=allocation.id)
    await drop_gift(tx, actor, need, allocation.proposal_id, reason=reason)


async def claw_back_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Take paid money back whole: it is free again in its book, and the need asks for it again while it is open.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    SeparationOfDutiesError
        The actor is the one who paid (HC-29).
    TransitionError
        The money has not left, or has come back already.
    """
    said = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=True)
        allocation, need = taken.allocation, taken.need
        require_holder(actor, allocation)
        await require_other_person(
            tx, actor, (allocation.disbursed_by,), "who paid does not take back", about=allocation_id
        )
        if not is_paid(allocation):
            raise TransitionError(
                "only what was paid is taken back", id=allocation_id, before=allocation.state.value
            )
        await end_allocation(tx, allocation, AllocationState.CLAWED_BACK, reason=said)
        await post(tx, [posting(allocation_id, gift_of(allocation), FundEntryKind.CLAW_BACK)])
        given = (ProposalState.ACCEPTED, ProposalState.CONFIRMED)
        for proposal in await lock_proposals_of_need(tx, need.id, given):
            if proposal.id == allocation.proposal_id:
                await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
                await part_gift(tx, proposal)
        if need.state in (NeedState.ACCEPTED, NeedState.PARTIAL) and not await is_unanswered(tx, need.id):
            await move_by_promises(tx, actor, need, reason="clawed back")
        tx.record("allocation.claw_back", allocation_id, detail={"amount_fen": allocation.amount_fen})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("claw_back_allocation", allocation_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)
