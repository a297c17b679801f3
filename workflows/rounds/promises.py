"""What is promised to a need: released when it falls through, settled when it has arrived."""

from domain.actors import Actor
from domain.engagement import HoldingState, OfferKind, OfferState
from domain.errors import InvariantError
from domain.ledger import FundEntryKind
from domain.needs import NEED_TRANSITIONS, NeedState
from domain.rounds import ProposalKind, ProposalState
from graph.claims import active_claims, count_slots, free, withdraw_claim
from graph.engagement import move_offer, offers_of_need
from graph.holdings import held_for_need, move_holding
from graph.ledger.posting import post
from graph.needs import move_need
from graph.proposals import asked_quantity, lock_proposals_of_need, move_proposal, part_gift, promised_to
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow, ProposalRow
from graph.stock import issue_goods, reserve_goods
from graph.unit_of_work import AuditedTransaction
from workflows.hours.settling import settle_claim
from workflows.rounds.money import money_posting

UNANSWERED_OR_ACCEPTED = (ProposalState.OFFERED, ProposalState.ACCEPTED)


def gift_of(proposal: ProposalRow) -> tuple[str, int]:
    """Give the fund and fen, or the stock line and units, of a proposal of money or goods."""
    giver = proposal.fund_id if proposal.kind is ProposalKind.MONEY else proposal.offer_id
    amount = proposal.amount_fen if proposal.kind is ProposalKind.MONEY else proposal.quantity
    if giver is None or amount is None:
        raise InvariantError("a proposal of money or goods names its giver and amount", id=proposal.id)
    return giver, amount


async def release_reservation(tx: AuditedTransaction, proposal: ProposalRow) -> None:
    """Give back what was set aside for a proposal; a visit sets nothing aside."""
    if proposal.kind is ProposalKind.MONEY:
        await _post(tx, proposal, FundEntryKind.RELEASE)
    elif proposal.kind is ProposalKind.GOODS:
        offer_id, quantity = gift_of(proposal)
        await reserve_goods(tx, offer_id, -quantity)


async def _post(tx: AuditedTransaction, proposal: ProposalRow, kind: FundEntryKind) -> None:
    fund_id, amount_fen = gift_of(proposal)
    posting = money_posting(
        kind,
        proposal_id=proposal.id,
        need_id=proposal.need_id,
        fund_id=fund_id,
        earmark_id=proposal.earmark_id,
        amount_fen=amount_fen,
    )
    await post(tx, [posting])


async def withdraw_proposals(tx: AuditedTransaction, need_id: str) -> None:
    """Withdraw every live proposal of a locked need, its reservation, and the slot its acceptance took."""
    visits: set[tuple[str | None, str | None]] = set()
    for proposal in await lock_proposals_of_need(tx, need_id, UNANSWERED_OR_ACCEPTED):
        await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
        if proposal.state is ProposalState.ACCEPTED:
            await part_gift(tx, proposal)
            visits.add((proposal.slot_id, proposal.volunteer_id))
        await release_reservation(tx, proposal)
        tx.record("proposal.withdraw", proposal.id)
    for claim in await active_claims(tx, need_id):
        if (claim.slot_id, claim.volunteer_id) in visits:
            await withdraw_claim(tx, claim)


async def withdraw_visit(tx: AuditedTransaction, claim: ClaimRow) -> None:
    """Withdraw the accepted proposal that a claim came from, if it came from one; its need is locked."""
    for proposal in await lock_proposals_of_need(tx, claim.need_id, (ProposalState.ACCEPTED,)):
        if (proposal.slot_id, proposal.volunteer_id) == (claim.slot_id, claim.volunteer_id):
            await move_proposal(tx, proposal, ProposalState.WITHDRAWN)
            tx.record("proposal.withdraw", proposal.id)


async def withdraw_claims(tx: AuditedTransaction, need_id: str) -> None:
    """Free every slot of a locked need: who holds one, whom a team kept one for, and who is being asked."""
    for claim in await active_claims(tx, need_id):
        await withdraw_claim(tx, claim)
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


async def settle_proposal(tx: AuditedTransaction, proposal: ProposalRow) -> None:
    """Turn what an accepted proposal reserved into what was given."""
    await move_proposal(tx, proposal, ProposalState.CONFIRMED)
    if proposal.kind is ProposalKind.MONEY:
        await _post(tx, proposal, FundEntryKind.DISBURSE)
    elif proposal.kind is ProposalKind.GOODS:
        await issue_goods(tx, *gift_of(proposal))
    tx.record("proposal.confirm", proposal.id)


async def settle_need(tx: AuditedTransaction, need: NeedRow) -> None:
    """Settle every accepted proposal of a locked need and finish its claims."""
    for proposal in await lock_proposals_of_need(tx, need.id, (ProposalState.ACCEPTED,)):
        await settle_proposal(tx, proposal)
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
