"""Money that leaves a fund, money that comes back to it, and money that is given free before it left."""

from dataclasses import replace

from domain.actors import Actor
from domain.allocations import AllocationState, ApprovalDecision
from domain.errors import ConflictError, InvalidInputError, StaleVersionError, TransitionError
from domain.funds import FundState
from domain.ledger import FundEntryKind
from domain.needs import NeedState
from domain.rounds import ProposalState
from graph.allocations import disburse, end_allocation, holders_of_funds, take_part_back
from graph.approvals import decisions_on
from graph.ledger.posting import post
from graph.proposals import is_unanswered, lessen_gift, lock_proposals_of_need, move_proposal, part_gift
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.allocations.approving import ALLOCATIONS, Taken, require_holder, take
from workflows.allocations.disclosing import duties_of_payment
from workflows.allocations.fitness import first_breach
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

    Every rule is asked again, since days have gone by: a purpose may have changed or ended, a cap been reached, a
    fund been closed. What may not be paid any more is given free, and the reason is both raised and kept.

    Raises
    ------
    ConflictError
        A rule forbids it now; ``context`` names it, and ``released`` says that the money is free again.
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
        if is_set_aside(allocation):
            await _require_payable(tx, taken)
        await disburse(tx, allocation, at=tx.at, by=actor.id, reference=reference)
        await post(tx, [posting(allocation_id, gift_of(allocation), FundEntryKind.DISBURSE)])
        await duties_of_payment(tx, allocation)
        tx.record("allocation.disburse", allocation_id, detail={"amount_fen": allocation.amount_fen})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("disburse_allocation", allocation_id, expected_version, reference)
    try:
        return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)
    except _NotPayableError as found:
        refusal = found.refusal
        released = await _release_unpayable(ws, actor, allocation_id, expected_version, refusal)
        raise ConflictError(str(refusal), **{**refusal.context, "released": released}) from None


class _NotPayableError(Exception):
    """A rule forbids what was approved: the unit is undone, and the money is given free in another."""

    def __init__(self, refusal: ConflictError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


async def _require_payable(tx: AuditedTransaction, taken: Taken) -> None:
    """Ask every rule of a round as if the sum were given today."""
    allocation = taken.allocation
    shown = {"id": allocation.id, "fund": allocation.fund_id, "need": allocation.need_id}
    holder = (await holders_of_funds(tx, [allocation.fund_id]))[allocation.fund_id]
    if holder.state is FundState.CLOSED:
        closed = ConflictError("the fund is closed", **shown, rule="fund_state", detail=holder.state.value)
        raise _NotPayableError(closed)
    breach = await first_breach(tx, taken.need, gift_of(allocation), at=tx.at, without=allocation.id)
    if breach is not None:
        refusal = ConflictError(
            f"{breach.rule}: {breach.detail}",
            **shown,
            rule=breach.rule,
            detail=breach.detail,
            path=breach.path,
        )
        raise _NotPayableError(refusal)


async def _release_unpayable(
    ws: Workspace, actor: Actor, allocation_id: str, expected_version: int, refusal: ConflictError
) -> bool:
    """
    Give free what may not be paid, in a unit of its own, as the refused one left no trace.

    Money of help that is being given stays: people settle the need first. So does what somebody changed meanwhile.
    """

    async def work(tx: AuditedTransaction) -> bool:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=True)
        tx.record("allocation.unpayable", allocation_id, detail={"rule": str(refusal.context["rule"])})
        if taken.need.state in UNDER_HANDS or not is_set_aside(taken.allocation):
            return False
        await release_in(tx, actor, taken.need, taken.allocation, reason=str(refusal))
        return True

    try:
        return await UnitOfWork(ws.store, ws.clock).run(actor, work)
    except StaleVersionError:
        return False


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
    amount_fen: int | None = None,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Take paid money back: it is free again in its book, and the need asks for it again while it is open.

    Parameters
    ----------
    amount_fen
        A part: the rest stays paid, where it stood. None, or all that is left, takes it back whole.

    Raises
    ------
    InvalidInputError
        More than was paid, or nothing.
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
        fen = allocation.amount_fen if amount_fen is None else amount_fen
        if not 0 < fen <= allocation.amount_fen:
            raise InvalidInputError(
                "what comes back is of what was paid",
                field="amount_fen",
                value=fen,
                most_fen=allocation.amount_fen,
            )
        await _take_back(tx, allocation, fen, reason=said)
        if need.state in (NeedState.ACCEPTED, NeedState.PARTIAL) and not await is_unanswered(tx, need.id):
            await move_by_promises(tx, actor, need, reason="clawed back")
        tx.record("allocation.claw_back", allocation_id, detail={"amount_fen": fen})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("claw_back_allocation", allocation_id, expected_version, said, amount_fen)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def _take_back(tx: AuditedTransaction, allocation: AllocationRow, fen: int, *, reason: str) -> None:
    """Post what comes back, and take it off the allocation, its proposal and the need's relationship."""
    whole = fen == allocation.amount_fen
    if whole:
        await end_allocation(tx, allocation, AllocationState.CLAWED_BACK, reason=reason)
    else:
        await take_part_back(tx, allocation, fen, reason=reason)
    back = replace(gift_of(allocation), amount_fen=fen)
    # The last of several parts is told from the first by its number; the version is each step's own.
    part = 0 if whole and not allocation.clawed_back_fen else allocation.version
    await post(tx, [posting(allocation.id, back, FundEntryKind.CLAW_BACK, part=part)])
    given = (ProposalState.ACCEPTED, ProposalState.CONFIRMED)
    for proposal in await lock_proposals_of_need(tx, allocation.need_id, given):
        if proposal.id != allocation.proposal_id:
            continue
        if whole:
            await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
            await part_gift(tx, proposal)
        else:
            await lessen_gift(tx, proposal, fen)
