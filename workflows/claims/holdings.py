"""A team or an enterprise keeps a slot and names who will come; nobody is sent without their own yes."""

from datetime import timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.engagement import HoldingState, OfferKind, OfferState
from domain.errors import (
    ConflictError,
    InvariantError,
    NotFoundError,
    NotPermittedError,
    SlotTakenError,
    StaleVersionError,
    TransitionError,
)
from domain.needs import CLAIMABLE, OPEN_FOR_MATCHING, NeedState
from domain.time import civil_date
from graph.claims import (
    Holder,
    HoldKind,
    active_claims,
    free,
    hold,
    is_held,
    slot_by_id,
)
from graph.engagement import OfferRow, move_offer, offers_of_slot
from graph.holdings import (
    HoldingRow,
    create_holding,
    holding_as_it_is,
    is_member,
    lock_holding,
    move_holding,
)
from graph.needs import lock_need
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.claims.admission import breach_of, take_person, time_of_visit
from workflows.claims.fitness import Visit
from workflows.claims.policy import engagement_on, span
from workflows.claims.taking import lock_need_of
from workflows.claims.waiting import offer_of, slot_freed, tell_of_offer
from workflows.idempotency import once, request_hash
from workflows.rounds.promises import move_by_promises
from workflows.workspace import Outcome, Workspace

_STILL_SOUGHT_FOR = OPEN_FOR_MATCHING | {
    NeedState.MATCHED,
    NeedState.OFFERED,
    NeedState.ACCEPTED,
    NeedState.IN_PROGRESS,
}
_HOLDINGS = TypeAdapter(HoldingRow)
_OFFERS = TypeAdapter(OfferRow)


async def hold_slot(
    ws: Workspace, actor: Actor, slot_id: str, organisation_id: str, *, idempotency_key: str | None = None
) -> Outcome[HoldingRow]:
    """
    Keep a slot for a team or an enterprise, until it has named who will come or its time for that is over.

    Raises
    ------
    NotPermittedError
        The organisation is not the actor's.
    SlotTakenError
        Somebody else holds the slot.
    TransitionError
        The need is not open for claims.
    ConflictError
        Too little time is left to name somebody.
    NotFoundError
        No such slot within the actor's scope.
    """
    _require_own(actor, organisation_id)
    holding_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> HoldingRow:
        slot = await slot_by_id(tx, slot_id)
        if await is_held(tx, slot_id):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        need = await lock_need_of(tx, actor, slot)
        if await is_held(tx, slot_id):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        if need.state not in CLAIMABLE:
            raise TransitionError("the need is not open for claims", id=need.id, before=need.state.value)
        row = HoldingRow(
            id=holding_id,
            slot_id=slot_id,
            need_id=need.id,
            organisation_id=organisation_id,
            state=HoldingState.HELD,
            held_at=tx.at,
            name_by=tx.at + await _time_to_name(tx, need),
            held_by=actor.id,
            region_path=need.region_path,
            version=1,
        )
        await hold(tx, slot_id, Holder(id=holding_id, volunteer_id=None, kind=HoldKind.HOLDING))
        await create_holding(tx, row)
        await move_by_promises(tx, actor, need, reason="held")
        tx.record("holding.take", holding_id, detail={"slot": slot_id, "organisation": organisation_id})
        return row

    request = request_hash("hold_slot", slot_id, organisation_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_HOLDINGS, work=work)


def _require_own(actor: Actor, organisation_id: str) -> None:
    actor.require(Role.ORGANISER)
    if organisation_id not in actor.scope.organisation_ids:
        raise NotPermittedError("the organisation is another's", id=organisation_id)


async def _time_to_name(tx: AuditedTransaction, need: NeedRow) -> timedelta:
    """Give how long the organisation has: until two days before the visit, by the policy in force."""
    policy = engagement_on(civil_date(tx.at), need.region_path).holdings
    most, least = span(policy.name_within_most), span(policy.name_within_least)
    fixed = [claim.window_start for claim in await active_claims(tx, need.id) if claim.window_start]
    starts = fixed[:1] or [window.start for window in need.windows if window.start > tx.at]
    ends = [window.end for window in need.windows]
    if not starts and ends and max(ends) <= tx.at + timedelta(minutes=need.duration_min):
        raise ConflictError("no window of the need is left", id=need.id)
    if not starts:
        return least if ends else most
    left = min(starts) - tx.at
    if left <= least:
        raise ConflictError("too little time is left to name somebody", id=need.id)
    return min(most, max(least, left - span(policy.name_before)))


async def name_member(
    ws: Workspace,
    actor: Actor,
    holding_id: str,
    volunteer_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[OfferRow]:
    """
    Name who will come: the hard rules are asked about that person, who is then asked themselves.

    A claim comes of it by their yes alone (HC-05, HC-26). Naming another one withdraws the first question.

    Raises
    ------
    NotPermittedError
        A rule forbids this person the task; ``context['rule']`` names it. Or they are not of the organisation.
    TransitionError
        The holding is over.
    ConflictError
        Too little time is left for an answer.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's.
    """
    offer_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> OfferRow:
        need, holding = await _locked(tx, actor, holding_id, expected_version)
        if not await is_member(tx, volunteer_id, holding.organisation_id):
            raise NotPermittedError(
                "the person named does not belong to the organisation", id=holding_id, volunteer=volunteer_id
            )
        team = await active_claims(tx, need.id)
        if any(claim.volunteer_id == volunteer_id for claim in team):
            raise ConflictError("the volunteer holds another slot of this need", id=need.id)
        await take_person(tx, volunteer_id)
        window = await time_of_visit(tx, need, team, volunteer_id)
        visit = Visit(slot_id=holding.slot_id, volunteer_id=volunteer_id, window=window)
        broken = await breach_of(tx, need, visit, team)
        if broken is not None:
            raise NotPermittedError(
                f"{broken.rule}: {broken.detail}", id=need.id, rule=broken.rule, detail=broken.detail
            )
        await withdraw_questions(tx, holding)
        offer = offer_of(
            tx,
            need,
            offer_id=offer_id,
            kind=OfferKind.NAMED,
            slot_id=holding.slot_id,
            volunteer_id=volunteer_id,
            window=window,
            offered_by=actor.id,
            holding_id=holding_id,
        )
        if offer is None:
            raise ConflictError("too little time is left for an answer", id=need.id)
        tx.record("holding.name", holding_id, detail={"volunteer": volunteer_id})
        await tell_of_offer(ws, tx, need, offer)
        return offer

    request = request_hash("name_member", holding_id, volunteer_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_OFFERS, work=work)


async def _locked(
    tx: AuditedTransaction, actor: Actor, holding_id: str, expected_version: int
) -> tuple[NeedRow, HoldingRow]:
    """Take need and holding, the need first as every use case does, if the organisation is the actor's."""
    actor.require(Role.ORGANISER)
    seen = await holding_as_it_is(tx, holding_id)
    if seen.organisation_id not in actor.scope.organisation_ids:
        raise NotFoundError("no such holding", kind="holding", id=holding_id)
    need = await lock_need(tx, actor, seen.need_id)
    holding = await lock_holding(tx, holding_id)
    if holding.version - 1 != expected_version:
        raise StaleVersionError(
            "the holding has changed since it was read",
            id=holding_id,
            expected=expected_version,
            found=holding.version - 1,
        )
    if holding.state is not HoldingState.HELD:
        raise TransitionError("the holding is over", id=holding_id, before=holding.state.value)
    return need, holding


async def withdraw_questions(tx: AuditedTransaction, holding: HoldingRow) -> None:
    """Ask nobody any more who was named for a holding."""
    for offer in await offers_of_slot(tx, holding.need_id, holding.slot_id):
        if offer.state is OfferState.OPEN and offer.holding_id == holding.id:
            await move_offer(tx, offer, OfferState.WITHDRAWN, at=tx.at)
            tx.record("offer.withdraw", offer.id)


async def let_go(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    need: NeedRow,
    holding: HoldingRow,
    after: HoldingState,
) -> HoldingRow:
    """Free the slot of a locked holding: what was asked is withdrawn, who waits first is asked."""
    if holding.state is not HoldingState.HELD:
        raise InvariantError("only a holding that waits for a name can be let go", id=holding.id)
    await withdraw_questions(tx, holding)
    ended = await move_holding(tx, holding, after)
    tx.record("holding.end", holding.id, detail={"state": after.value})
    await free(tx, holding.slot_id)
    if need.state in _STILL_SOUGHT_FOR:  # a need that was served without the team stays served
        need = await move_by_promises(tx, actor, need, reason=after.value.lower(), claimable=True)
        await slot_freed(ws, tx, need, holding.slot_id)
    return ended


async def release_holding(
    ws: Workspace, actor: Actor, holding_id: str, *, expected_version: int
) -> HoldingRow:
    """
    Give a slot back that was kept for a team, without penalty.

    Raises
    ------
    TransitionError
        The holding is over.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's.
    """

    async def work(tx: AuditedTransaction) -> HoldingRow:
        need, holding = await _locked(tx, actor, holding_id, expected_version)
        return await let_go(ws, tx, actor, need, holding, HoldingState.RELEASED)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
