"""What is promised to a need: released when it falls through, settled when it has arrived."""

from domain.actors import Actor
from domain.allocations import PAID_OUT, EvidenceKind
from domain.engagement import HoldingState, OfferKind, OfferState
from domain.errors import ConflictError, InvariantError, TransitionError
from domain.funds import StockLineKind
from domain.needs import NEED_TRANSITIONS, NeedState
from domain.rounds import DIRECT, ProposalKind, ProposalState
from graph.allocations import allocations_in
from graph.claims import active_claims, count_slots, free, withdraw_claim
from graph.engagement import move_offer, offers_of_need
from graph.holdings import held_for_need, move_holding
from graph.needs import move_need
from graph.proposals import (
    asked_quantity,
    is_unanswered,
    lock_proposals_of_need,
    move_proposal,
    part_gift,
    promised_to,
)
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow, ProposalRow
from graph.stock import StockLineRow, issue_goods, reserve_goods, take_goods_back
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.evidencing import show_arrival
from workflows.allocations.reserving import allocations_of, is_paid, is_set_aside, release_allocations
from workflows.hours.settling import hold_hours, settle_claim

UNANSWERED_OR_ACCEPTED = (ProposalState.OFFERED, ProposalState.ACCEPTED)


def gift_of(proposal: ProposalRow) -> tuple[str, int]:
    """Give the fund and fen, or the stock line and units, of a proposal of money or goods."""
    giver = proposal.fund_id if proposal.kind is ProposalKind.MONEY else proposal.offer_id
    amount = proposal.amount_fen if proposal.kind is ProposalKind.MONEY else proposal.quantity
    if giver is None or amount is None:
        raise InvariantError("a proposal of money or goods names its giver and amount", id=proposal.id)
    return giver, amount


async def release_reservation(tx: AuditedTransaction, proposal: ProposalRow, *, reason: str) -> None:
    """Give back what was set aside for a proposal; a visit sets nothing aside."""
    if proposal.kind is ProposalKind.MONEY:
        await release_allocations(tx, list((await allocations_of(tx, [proposal.id])).values()), reason=reason)
    elif proposal.kind is ProposalKind.GOODS:
        offer_id, quantity = gift_of(proposal)
        await reserve_goods(tx, offer_id, -quantity)


async def withdraw_proposals(tx: AuditedTransaction, need_id: str, *, reason: str = "withdrawn") -> None:
    """
    Withdraw every live proposal of a locked need, its reservation, and the slot its acceptance took.

    Money that has been paid stays with the need: it comes back by a claw-back alone.
    """
    visits: set[tuple[str | None, str | None]] = set()
    live = await lock_proposals_of_need(tx, need_id, UNANSWERED_OR_ACCEPTED)
    money = [proposal.id for proposal in live if proposal.kind is ProposalKind.MONEY]
    allocations = await allocations_of(tx, money)
    for proposal in live:
        if proposal.id in allocations and is_paid(allocations[proposal.id]):
            continue
        await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
        if proposal.state is ProposalState.ACCEPTED:
            await part_gift(tx, proposal)
            visits.add((proposal.slot_id, proposal.volunteer_id))
        if proposal.kind is ProposalKind.GOODS:
            await release_reservation(tx, proposal, reason=reason)
        tx.record("proposal.withdraw", proposal.id)
    kept = [allocation for allocation in allocations.values() if is_set_aside(allocation)]
    await release_allocations(tx, kept, reason=reason)
    for claim in await active_claims(tx, need_id):
        if (claim.slot_id, claim.volunteer_id) in visits:
            await _withdraw(tx, claim)


async def _withdraw(tx: AuditedTransaction, claim: ClaimRow) -> None:
    await withdraw_claim(tx, claim)
    await hold_hours(tx, claim, "the need goes without the claim")


async def drop_gift(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, proposal_id: str, *, reason: str
) -> None:
    """
    Drop one gift that is not paid, with what hangs on it: its need is led to what is left.

    What a round gave to a need that is served whole goes with it; a gift that people made stands by itself.
    """
    live = await lock_proposals_of_need(tx, need.id, UNANSWERED_OR_ACCEPTED)
    proposal = next((each for each in live if each.id == proposal_id), None)
    if proposal is None:
        raise InvariantError("a gift that is not paid has no live proposal", id=proposal_id)
    accepted = proposal.state is ProposalState.ACCEPTED
    await move_proposal(tx, proposal, ProposalState.WITHDRAWN if accepted else ProposalState.DECLINED)
    if accepted:
        await part_gift(tx, proposal)
    await release_reservation(tx, proposal, reason=reason)
    if need.partial_allowed or proposal.round_id == DIRECT:
        if not await is_unanswered(tx, need.id):
            await move_by_promises(tx, actor, need, reason=reason)
        return
    await withdraw_proposals(tx, need.id, reason=reason)
    await move_by_promises(tx, actor, need, reason=reason)


async def require_unpaid(tx: AuditedTransaction, need_id: str) -> None:
    """
    Go on only where no money has left for a need.

    Raises
    ------
    ConflictError
        Some has: it is clawed back first.
    """
    paid = await allocations_in(tx, need_id, PAID_OUT)
    if paid:
        raise ConflictError(
            "money has been paid for the need: claw it back first", id=need_id, allocations=len(paid)
        )


async def withdraw_visit(tx: AuditedTransaction, claim: ClaimRow) -> None:
    """Withdraw the accepted proposal that a claim came from, if it came from one; its need is locked."""
    for proposal in await lock_proposals_of_need(tx, claim.need_id, (ProposalState.ACCEPTED,)):
        if (proposal.slot_id, proposal.volunteer_id) == (claim.slot_id, claim.volunteer_id):
            await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
            tx.record("proposal.withdraw", proposal.id)


async def withdraw_claims(tx: AuditedTransaction, need_id: str) -> None:
    """Free every slot of a locked need: who holds one, whom a team kept one for, and who is being asked."""
    for claim in await active_claims(tx, need_id):
        await _withdraw(tx, claim)
        tx.record("claim.release", claim.id)
    for holding in await held_for_need(tx, need_id):
        await move_holding(tx, holding, HoldingState.RELEASED)
        await free(tx, holding.slot_id)
        tx.record("holding.end", holding.id, detail={"state": HoldingState.RELEASED.value})
    for offer in await offers_of_need(tx, need_id):
        if offer.state is OfferState.OPEN:
            await move_offer(tx, offer, OfferState.WITHDRAWN, at=tx.at)
            tx.record("offer.withdraw", offer.id)
            if offer.kind is OfferKind.WAITING:
                await free(tx, offer.slot_id)


async def settle_proposal(tx: AuditedTransaction, actor: Actor, proposal: ProposalRow) -> None:
    """
    Turn what an accepted proposal promised into what was given; the desk's word is the evidence of money.

    Raises
    ------
    ConflictError
        The money has not been paid.
    """
    await move_proposal(tx, proposal, ProposalState.CONFIRMED)
    if proposal.kind is ProposalKind.MONEY:
        allocation = (await allocations_of(tx, [proposal.id]))[proposal.id]
        if not is_paid(allocation):
            raise ConflictError(
                "the money has not been paid yet", id=proposal.id, allocation=allocation.state.value
            )
        await show_arrival(
            tx, allocation, kind=EvidenceKind.ACCEPTANCE, reference=proposal.need_id, by=actor.id
        )
    elif proposal.kind is ProposalKind.GOODS:
        await issue_goods(tx, _line_of(tx, proposal, StockLineKind.ISSUED, by=actor.id))
    tx.record("proposal.confirm", proposal.id)


def _line_of(
    tx: AuditedTransaction,
    proposal: ProposalRow,
    kind: StockLineKind,
    *,
    by: str,
    reason: str | None = None,
) -> StockLineRow:
    """Give the one line of its kind that a proposal of goods makes in its stock."""
    offer_id, quantity = gift_of(proposal)
    return StockLineRow(
        id=f"{proposal.id}:{kind.value}",
        offer_id=offer_id,
        kind=kind,
        quantity=-quantity if kind is StockLineKind.ISSUED else quantity,
        reason=reason,
        recorded_by=by,
        at=tx.at,
        need_id=proposal.need_id,
        proposal_id=proposal.id,
    )


async def return_goods_in(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, proposal: ProposalRow, *, reason: str
) -> None:
    """
    Put what a locked need was handed of a stock back on its shelf; the need asks for it again while it is open.

    Raises
    ------
    TransitionError
        It was not handed out, or is back already.
    """
    if proposal.state is not ProposalState.CONFIRMED or proposal.kind is not ProposalKind.GOODS:
        raise TransitionError(
            "only goods that were handed out come back", id=proposal.id, before=proposal.state.value
        )
    await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
    await part_gift(tx, proposal)
    await take_goods_back(tx, _line_of(tx, proposal, StockLineKind.RETURNED, by=actor.id, reason=reason))
    tx.record("stock.return", gift_of(proposal)[0], detail={"proposal": proposal.id})
    if need.state in (NeedState.ACCEPTED, NeedState.PARTIAL) and not await is_unanswered(tx, need.id):
        await move_by_promises(tx, actor, need, reason="goods came back")


async def settle_need(tx: AuditedTransaction, actor: Actor, need: NeedRow) -> None:
    """Settle every accepted proposal of a locked need and finish its claims."""
    for proposal in await lock_proposals_of_need(tx, need.id, (ProposalState.ACCEPTED,)):
        await settle_proposal(tx, actor, proposal)
    for claim in await active_claims(tx, need.id):
        await settle_claim(tx, need, claim)


async def state_by_promises(tx: AuditedTransaction, need: NeedRow) -> NeedState:
    """
    Give the state that a need has by what is promised to it and by nothing else.

    ACCEPTED when nothing is wanting, PARTIAL when something is promised, MATCHING when nothing is.
    """
    promised = await promised_to(tx, need.id)
    asked = await asked_quantity(tx, need.id)
    slots, held = await count_slots(tx, need.id)
    if held == slots and promised.quantity >= asked and promised.amount_fen >= need.gap_fen:
        return NeedState.ACCEPTED
    if held or promised.quantity or promised.amount_fen:
        return NeedState.PARTIAL
    return NeedState.MATCHING


async def move_by_promises(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, *, reason: str, claimable: bool = False
) -> NeedRow:
    """
    Lead a locked need to the state that its promises say, through MATCHING where the step takes two.

    ``claimable`` brings a need without promises back to VERIFIED, where volunteers may claim it again.
    """
    target = await state_by_promises(tx, need)
    if target is NeedState.MATCHING and claimable:
        target = NeedState.VERIFIED
    if target is need.state:
        return need
    if target not in NEED_TRANSITIONS[need.state]:
        need = await move_need(tx, actor, need, NeedState.MATCHING, at=tx.at, reason=reason)
    if target is need.state:
        return need
    return await move_need(tx, actor, need, target, at=tx.at, reason=reason)
