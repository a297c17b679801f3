"""Waiting lists: who comes next when a slot falls free, asked in the order of joining."""

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.engagement import OfferKind, OfferState, WaitingState
from domain.errors import ConflictError, NotFoundError, NotPermittedError
from domain.needs import CLAIMABLE, OVER
from domain.notices import DESK_INBOX, NewNotice, NoticeCode
from domain.time import Window, civil_date
from graph.claims import Holder, HoldKind, active_claims, hold, is_held
from graph.engagement import (
    OfferRow,
    WaitingRow,
    create_offer,
    join_waiting,
    offers_of_slot,
    set_waiting,
    waiting_entry,
    waiting_for,
)
from graph.needs import lock_need
from graph.reads.needs import NeedRow
from graph.unit_of_work import AuditedTransaction
from workflows.claims.admission import acting_volunteer, breach_of, take_person, time_of_visit
from workflows.claims.fitness import Visit
from workflows.claims.policy import engagement_on, span
from workflows.claims.taking import require_open
from workflows.idempotency import once, request_hash
from workflows.notices.telling import notify
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(WaitingRow)
_IN_LINE = (WaitingState.WAITING, WaitingState.OFFERED)


async def join_waiting_list(
    ws: Workspace, actor: Actor, need_id: str, *, idempotency_key: str | None = None
) -> Outcome[WaitingRow]:
    """
    Wait for a slot of a need; who is on the list keeps their place.

    Raises
    ------
    ConflictError
        The need is over, or the volunteer holds a slot of it already.
    NotFoundError
        No such need within the actor's scope.
    """
    actor.require(Role.VOLUNTEER)
    volunteer_id = acting_volunteer(actor)

    async def work(tx: AuditedTransaction) -> WaitingRow:
        known = await waiting_entry(tx, need_id, volunteer_id)
        if known is not None and known.state in _IN_LINE:
            return known
        need = await lock_need(tx, actor, need_id)
        require_open(actor, need, about=need_id)
        if need.state in OVER:
            raise ConflictError("the need is over", id=need_id, state=need.state.value)
        if any(claim.volunteer_id == volunteer_id for claim in await active_claims(tx, need_id)):
            raise ConflictError("the volunteer holds a slot of this need", id=need_id)
        await take_person(tx, volunteer_id)
        entry = await join_waiting(
            tx, need_id=need_id, volunteer_id=volunteer_id, region_path=need.region_path, at=tx.at
        )
        tx.record("waiting.join", entry.id)
        return entry

    request = request_hash("join_waiting_list", need_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def leave_waiting_list(ws: Workspace, actor: Actor, need_id: str) -> Outcome[WaitingRow]:
    """
    Wait no longer. An offer that is open is answered apart from this.

    Raises
    ------
    NotFoundError
        The volunteer is not on the list.
    """
    actor.require(Role.VOLUNTEER)
    volunteer_id = acting_volunteer(actor)

    async def work(tx: AuditedTransaction) -> WaitingRow:
        await lock_need(tx, actor, need_id)
        known = await waiting_entry(tx, need_id, volunteer_id)
        if known is None or known.state is not WaitingState.WAITING:
            raise NotFoundError("not on the waiting list", kind="waiting", id=need_id)
        await set_waiting(tx, need_id, volunteer_id, WaitingState.LEFT)
        tx.record("waiting.leave", known.id)
        left = await waiting_entry(tx, need_id, volunteer_id)
        return left or known

    return await once(
        ws, actor, key=None, request=request_hash("leave_waiting_list", need_id), answers=_ANSWERS, work=work
    )


def offer_of(
    tx: AuditedTransaction,
    need: NeedRow,
    *,
    offer_id: str,
    kind: OfferKind,
    slot_id: str,
    volunteer_id: str,
    window: Window | None,
    offered_by: str | None = None,
    wave: int | None = None,
    replaces: str | None = None,
    holding_id: str | None = None,
) -> OfferRow | None:
    """Give the row of an offer, or None where too little time is left to answer it."""
    policy = engagement_on(civil_date(tx.at), need.region_path).offers
    urgent = need.urgency.points >= _URGENT_POINTS
    answer = span(policy.answer_within_urgent if urgent else policy.answer_within)
    expires = tx.at + answer
    if window is not None:
        expires = min(expires, window.start - span(policy.last_before_start))
    if expires <= tx.at:
        return None
    return OfferRow(
        id=offer_id,
        kind=kind,
        slot_id=slot_id,
        need_id=need.id,
        volunteer_id=volunteer_id,
        state=OfferState.OPEN,
        offered_at=tx.at,
        expires_at=expires,
        wave=wave,
        window_start=window.start if window else None,
        window_end=window.end if window else None,
        replaces=replaces,
        holding_id=holding_id,
        offered_by=offered_by,
        region_path=need.region_path,
    )


_URGENT_POINTS = 4  # URGENT and EMERGENCY


async def tell_of_offer(ws: Workspace, tx: AuditedTransaction, need: NeedRow, offer: OfferRow) -> None:
    """Write an offer down and tell who is asked."""
    await create_offer(tx, offer)
    tx.record(
        "offer.make", offer.id, detail={"kind": offer.kind.value, "slot": offer.slot_id, "need": need.id}
    )
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=offer.volunteer_id,
            code=NoticeCode.SLOT_OFFERED,
            subject_id=offer.id,
            region_path=need.region_path,
            parameters={
                "category": need.category.value,
                "start": offer.window_start.isoformat() if offer.window_start else "",
                "until": offer.expires_at.isoformat(),
            },
        ),
    )


async def slot_freed(ws: Workspace, tx: AuditedTransaction, need: NeedRow, slot_id: str) -> OfferRow | None:
    """
    Offer a free slot of a locked need to the first on the waiting list who may take it, and keep it for them.

    Whoever may not come just now stays on the list. Nobody is asked while the need takes no claims.
    """
    if need.state not in CLAIMABLE or await is_held(tx, slot_id):
        return None
    asked_before = {offer.volunteer_id for offer in await offers_of_slot(tx, need.id, slot_id)}
    team = await active_claims(tx, need.id)
    for entry in await waiting_for(tx, need.id):
        if entry.volunteer_id in asked_before or any(
            claim.volunteer_id == entry.volunteer_id for claim in team
        ):
            continue
        try:
            window = await time_of_visit(tx, need, team, entry.volunteer_id)
        except NotPermittedError:
            continue
        visit = Visit(slot_id=slot_id, volunteer_id=entry.volunteer_id, window=window)
        if await breach_of(tx, need, visit, team) is not None:
            continue
        offer = offer_of(
            tx,
            need,
            offer_id=ws.new_id(),
            kind=OfferKind.WAITING,
            slot_id=slot_id,
            volunteer_id=entry.volunteer_id,
            window=window,
        )
        if offer is None:
            return None
        keeper = Holder(id=offer.id, volunteer_id=entry.volunteer_id, kind=HoldKind.OFFER)
        await hold(tx, slot_id, keeper)
        await set_waiting(tx, need.id, entry.volunteer_id, WaitingState.OFFERED)
        await tell_of_offer(ws, tx, need, offer)
        return offer
    return None


async def tell_desk(
    ws: Workspace, tx: AuditedTransaction, need: NeedRow, code: NoticeCode, subject_id: str
) -> None:
    """Tell the desk of a need's region."""
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=DESK_INBOX,
            code=code,
            subject_id=subject_id,
            region_path=need.region_path,
            parameters={"category": need.category.value},
        ),
    )
