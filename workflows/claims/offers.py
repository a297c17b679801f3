"""What people answer when they are asked to take a slot, and asking somebody to take over."""

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.engagement import HoldingState, OfferKind, OfferState, WaitingState
from domain.errors import (
    ConflictError,
    NotFoundError,
    NotPermittedError,
    SlotTakenError,
    TransitionError,
)
from domain.needs import CLAIMABLE
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ClaimState
from graph.claims import (
    Holder,
    active_claims,
    checked_in,
    claim_as_it_is,
    end_claim,
    free,
    holder_of,
    lock_any_claim,
    lock_claim,
    slot_by_id,
)
from graph.engagement import (
    OfferRow,
    lock_offer,
    move_offer,
    offer_as_it_is,
    offers_of_slot,
    set_waiting,
    waiting_for,
)
from graph.holdings import lock_holding, move_holding
from graph.needs import lock_any_need, lock_need
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction
from workflows.claims.admission import acting_volunteer, admit, breach_of
from workflows.claims.fitness import Visit, visit_of
from workflows.claims.waiting import offer_of, slot_freed, tell_of_offer
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.rounds.promises import withdraw_visit
from workflows.workspace import Outcome, Workspace

_CLAIMS = TypeAdapter(ClaimRow)
_OFFERS = TypeAdapter(OfferRow)


async def accept_offer(
    ws: Workspace, actor: Actor, offer_id: str, *, idempotency_key: str | None = None
) -> Outcome[ClaimRow]:
    """
    Say yes: the slot is the volunteer's, if every hard rule still lets them come.

    Raises
    ------
    NotPermittedError
        Somebody else is asked (HC-26), or a rule forbids it now; ``context['rule']`` names it.
    SlotTakenError
        Another one said yes first, or the holder comes after all.
    TransitionError
        The offer is over.
    """
    actor.require(Role.VOLUNTEER)
    claim_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ClaimRow:
        need, offer = await _asked(tx, actor, offer_id)
        if offer.expires_at <= tx.at:
            raise TransitionError("the offer is over", id=offer_id, before=OfferState.EXPIRED.value)
        holder = await holder_of(tx, offer.slot_id)
        replaced = await _makes_way(tx, offer, holder)
        organisation_id: str | None = None
        if offer.kind is OfferKind.NAMED and offer.holding_id is not None:
            holding = await lock_holding(tx, offer.holding_id)
            if holding.state is not HoldingState.HELD:
                raise TransitionError("the team keeps the slot no more", id=offer_id)
            await move_holding(tx, holding, HoldingState.FILLED)
            organisation_id = holding.organisation_id
        elif replaced is None and need.state not in CLAIMABLE:
            raise TransitionError("the need is not open for claims", id=need.id, before=need.state.value)
        await move_offer(tx, offer, OfferState.ACCEPTED, at=tx.at)
        if replaced is not None:
            await end_claim(
                tx, replaced, ClaimState.WITHDRAWN, at=tx.at, by=actor.id, reason="replaced", frees=False
            )
            await withdraw_visit(tx, replaced)
            tx.record("claim.replace", replaced.id, detail={"claim": claim_id})
            await _tell_replaced(ws, tx, replaced)
        claim = await admit(
            tx,
            actor,
            need,
            await slot_by_id(tx, offer.slot_id),
            claim_id=claim_id,
            instead_of=holder,
            replaced=replaced,
            organisation_id=organisation_id,
        )
        tx.record("offer.accept", offer_id)
        return claim

    request = request_hash("accept_offer", offer_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_CLAIMS, work=work)


async def _asked(tx: AuditedTransaction, actor: Actor, offer_id: str) -> tuple[NeedRow, OfferRow]:
    """Take need and offer, the need first, if the actor is the one asked and has not answered."""
    seen = await offer_as_it_is(tx, offer_id)
    if seen.volunteer_id != acting_volunteer(actor):
        raise NotPermittedError("the offer asks another volunteer", id=offer_id, rule="HC-26")
    need = await lock_any_need(tx, seen.need_id)
    offer = await lock_offer(tx, offer_id)
    if offer.state is not OfferState.OPEN:
        raise TransitionError("the offer was answered", id=offer_id, before=offer.state.value)
    return need, offer


async def _makes_way(tx: AuditedTransaction, offer: OfferRow, holder: Holder | None) -> ClaimRow | None:
    """Give the claim that the offer replaces; refuse if the slot is anybody else's by now."""
    keeper = {
        OfferKind.WAITING: offer.id,
        OfferKind.NAMED: offer.holding_id,
        OfferKind.WAVE: offer.replaces,
        OfferKind.REPLACEMENT: offer.replaces,
    }[offer.kind]
    if (None if holder is None else holder.id) != keeper:
        raise SlotTakenError("somebody else holds the slot", slot=offer.slot_id)
    if offer.replaces is None:
        return None
    claim = await lock_any_claim(tx, offer.replaces)
    if claim is None or claim.state is not ClaimState.ACTIVE:
        raise SlotTakenError("somebody else holds the slot", slot=offer.slot_id)
    here = await checked_in(tx, claim.id)
    if here or (offer.kind is OfferKind.WAVE and claim.confirmed_at is not None):
        raise SlotTakenError("who holds the slot comes after all", slot=offer.slot_id)
    return claim


async def _tell_replaced(ws: Workspace, tx: AuditedTransaction, claim: ClaimRow) -> None:
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=claim.volunteer_id,
            code=NoticeCode.CLAIM_REPLACED,
            subject_id=claim.id,
            region_path=claim.region_path,
            parameters={"start": claim.window_start.isoformat() if claim.window_start else ""},
        ),
    )


async def decline_offer(
    ws: Workspace, actor: Actor, offer_id: str, *, idempotency_key: str | None = None
) -> Outcome[OfferRow]:
    """
    Say no, without penalty (HC-05): nobody asks again about this need, and the next in line is asked.

    Raises
    ------
    NotPermittedError
        Somebody else is asked.
    TransitionError
        The offer is over.
    """
    actor.require(Role.VOLUNTEER)

    async def work(tx: AuditedTransaction) -> OfferRow:
        need, offer = await _asked(tx, actor, offer_id)
        return await end_offer(ws, tx, need, offer, OfferState.DECLINED)

    request = request_hash("decline_offer", offer_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_OFFERS, work=work)


async def end_offer(
    ws: Workspace, tx: AuditedTransaction, need: NeedRow, offer: OfferRow, after: OfferState
) -> OfferRow:
    """Close a locked, open offer without a yes; a slot that it kept goes to the next in line."""
    ended = await move_offer(tx, offer, after, at=tx.at)
    tx.record(f"offer.{after.value.lower()}", offer.id)
    if offer.kind is OfferKind.WAITING:
        await set_waiting(tx, need.id, offer.volunteer_id, WaitingState.LEFT)
        holder = await holder_of(tx, offer.slot_id)
        if holder is not None and holder.id == offer.id:
            await free(tx, offer.slot_id)
        await slot_freed(ws, tx, need, offer.slot_id)
    return ended


async def ask_replacement(
    ws: Workspace,
    actor: Actor,
    claim_id: str,
    *,
    expected_version: int,
    volunteer_id: str | None = None,
    idempotency_key: str | None = None,
) -> Outcome[OfferRow]:
    """
    Ask somebody on the waiting list to take a claim over; it stands until they say yes.

    Parameters
    ----------
    volunteer_id
        Who is asked; None asks the first who may take it.

    Raises
    ------
    NotFoundError
        Nobody who waits may take it, or not the actor's claim.
    NotPermittedError
        A rule forbids the one named the task.
    ConflictError
        Too little time is left for an answer.
    TransitionError, StaleVersionError
        The claim is over; changed since read.
    """
    actor.require(Role.VOLUNTEER, Role.STATION_WORKER, Role.STATION_LEAD)
    offer_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> OfferRow:
        need = await lock_need(tx, actor, (await claim_as_it_is(tx, claim_id)).need_id)
        claim = await lock_claim(tx, actor, claim_id, expected_version=expected_version)
        if claim.state is not ClaimState.ACTIVE:
            raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
        successor = await _successor(tx, need, claim, volunteer_id)
        offer = offer_of(
            tx,
            need,
            offer_id=offer_id,
            kind=OfferKind.REPLACEMENT,
            slot_id=claim.slot_id,
            volunteer_id=successor,
            window=visit_of(claim).window,
            offered_by=actor.id,
            replaces=claim_id,
        )
        if offer is None:
            raise ConflictError("too little time is left for an answer", id=need.id)
        tx.record("claim.ask_replacement", claim_id, detail={"volunteer": successor})
        await tell_of_offer(ws, tx, need, offer)
        return offer

    request = request_hash("ask_replacement", claim_id, volunteer_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_OFFERS, work=work)


async def _successor(tx: AuditedTransaction, need: NeedRow, claim: ClaimRow, wanted: str | None) -> str:
    team = [mate for mate in await active_claims(tx, need.id) if mate.id != claim.id]
    asked = {offer.volunteer_id for offer in await offers_of_slot(tx, need.id, claim.slot_id)}
    window = visit_of(claim).window
    for entry in await waiting_for(tx, need.id):
        if (wanted is not None and entry.volunteer_id != wanted) or entry.volunteer_id in asked:
            continue
        visit = Visit(slot_id=claim.slot_id, volunteer_id=entry.volunteer_id, window=window)
        broken = await breach_of(tx, need, visit, team)
        if broken is None:
            return entry.volunteer_id
        if wanted is not None:
            raise NotPermittedError(
                f"{broken.rule}: {broken.detail}", id=need.id, rule=broken.rule, detail=broken.detail
            )
    raise NotFoundError("nobody who waits may take it", kind="waiting", id=need.id)
