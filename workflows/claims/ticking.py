"""
The clock's part in claims: deadlines that pass, people who are asked, warnings to the desk.

Each step is a unit of work of its own that looks again before it writes, so the job may be killed anywhere and
run again, or twice at once: nothing is done twice and nothing is lost. It decides about nobody (HC-26).
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from domain.actors import Actor, Purpose, Role, Scope
from domain.engagement import HoldingState, OfferState
from domain.needs import CLAIMABLE
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ClaimState
from domain.time import civil_date
from graph.claims import (
    at_risk_unconfirmed,
    claim_as_it_is,
    given_back,
    is_held,
    lock_any_claim,
    mark_asked,
    mark_at_risk,
    marks_of,
    slot_by_id,
    slots_of,
    to_confirm,
    unmarked,
)
from graph.engagement import expired_offers, lock_offer, needs_waited_for, offer_as_it_is
from graph.holdings import (
    HoldingRow,
    holding_as_it_is,
    lapsing_holdings,
    lock_holding,
    overdue_holdings,
)
from graph.invitations import close_overdue
from graph.needs import lock_any_need
from graph.notices import last_told
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.claims.attendance import is_missed, is_unconfirmed
from workflows.claims.holdings import let_go
from workflows.claims.offers import end_offer
from workflows.claims.policy import engagement_on, span
from workflows.claims.waiting import slot_freed, tell_desk
from workflows.claims.waves import next_wave
from workflows.notices.telling import notify
from workflows.workspace import Workspace

_AHEAD = timedelta(days=7)
_BACK = timedelta(days=2)
_FREED_WITHIN = timedelta(days=14)


@dataclass(slots=True)
class TickReport:
    """How often each step did something."""

    holdings_lapsed: int = 0
    holdings_warned: int = 0
    offers_expired: int = 0
    invitations_closed: int = 0
    asked_to_confirm: int = 0
    marked_at_risk: int = 0
    offered_to_waiting: int = 0
    offered_in_waves: int = 0

    def figures(self) -> dict[str, int]:
        """Give the counts by name."""
        return asdict(self)


def clockwork() -> Actor:
    """Give the system's account that keeps deadlines; it decides nothing."""
    return Actor(
        id="system-clock",
        name="clock",
        roles=frozenset({Role.MATCHER}),
        scope=Scope(region_paths=("/",), purpose=Purpose.OPERATION),
    )


async def tick(ws: Workspace) -> TickReport:
    """Do what has come due by now; run it every few minutes."""
    done, actor, now = TickReport(), clockwork(), ws.clock()
    units = UnitOfWork(ws.store, ws.clock)

    async def each(work: Callable[[AuditedTransaction], Awaitable[int]]) -> int:
        return await _unless_idle(units, actor, work)

    for holding_id in await ws.store.read(lambda tx: overdue_holdings(tx, now)):
        done.holdings_lapsed += await each(lambda tx, key=holding_id: _lapse(ws, tx, actor, key))
    for holding in await ws.store.read(lambda tx: lapsing_holdings(tx, now=now, until=now + _AHEAD)):
        if _is_to_be_warned(holding, now):
            done.holdings_warned += await each(lambda tx, key=holding.id: _warn_team(ws, tx, key))
    for offer_id in await ws.store.read(lambda tx: expired_offers(tx, now)):
        done.offers_expired += await each(lambda tx, key=offer_id: _expire(ws, tx, key))
    done.invitations_closed = await each(_close_invitations)
    for claim in await ws.store.read(lambda tx: to_confirm(tx, now=now, until=now + _AHEAD)):
        if _is_to_be_asked(claim, now):
            done.asked_to_confirm += await each(lambda tx, key=claim.id: _ask(ws, tx, key))
    for claim in await ws.store.read(lambda tx: unmarked(tx, since=now - _BACK, until=now + _AHEAD)):
        done.marked_at_risk += await _warn(ws, units, actor, claim, now)
    for need_id in await ws.store.read(needs_waited_for):
        done.offered_to_waiting += await each(lambda tx, key=need_id: _offer_to_waiting(ws, tx, key))
    for claim in await ws.store.read(lambda tx: at_risk_unconfirmed(tx, now=now)):
        done.offered_in_waves += await each(lambda tx, key=claim.id: _wave_for_claim(ws, tx, key))
    for need_id, slot_id in await ws.store.read(lambda tx: given_back(tx, since=now - _FREED_WITHIN)):
        done.offered_in_waves += await each(
            lambda tx, need=need_id, slot=slot_id: _wave_for_slot(ws, tx, need, slot)
        )
    return done


class _IdleError(Exception):
    """A unit found nothing to do: what it locked is let go and nothing is written."""


async def _unless_idle(
    units: UnitOfWork, actor: Actor, work: Callable[[AuditedTransaction], Awaitable[int]]
) -> int:
    async def unit(tx: AuditedTransaction) -> int:
        done = await work(tx)
        if not done:
            raise _IdleError
        return done

    try:
        return await units.run(actor, unit)
    except _IdleError:
        return 0


async def _lapse(ws: Workspace, tx: AuditedTransaction, actor: Actor, holding_id: str) -> int:
    need = await lock_any_need(tx, (await holding_as_it_is(tx, holding_id)).need_id)
    holding = await lock_holding(tx, holding_id)
    if holding.state is not HoldingState.HELD or holding.name_by > tx.at:
        return 0
    await let_go(ws, tx, actor, need, holding, HoldingState.LAPSED)
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=holding.organisation_id,
            code=NoticeCode.HOLDING_LAPSED,
            subject_id=holding_id,
            region_path=holding.region_path,
            parameters={"category": need.category.value},
        ),
    )
    return 1


def _is_to_be_warned(holding: HoldingRow, now: datetime) -> bool:
    """Whether it is time to remind a team: some time before the holding ends, or half way where that is short."""
    warn_before = span(engagement_on(civil_date(now), holding.region_path).holdings.warn_before)
    return holding.name_by - now <= min(warn_before, (holding.name_by - holding.held_at) / 2)


async def _warn_team(ws: Workspace, tx: AuditedTransaction, holding_id: str) -> int:
    need = await lock_any_need(tx, (await holding_as_it_is(tx, holding_id)).need_id)
    holding = await holding_as_it_is(tx, holding_id)  # its need is locked: who names somebody sees no change
    team = holding.organisation_id
    told_at = await last_told(tx, team, NoticeCode.HOLDING_TO_NAME, holding_id)
    if holding.state is not HoldingState.HELD or holding.name_by <= tx.at or told_at is not None:
        return 0
    tx.record("holding.warn", holding_id)
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=team,
            code=NoticeCode.HOLDING_TO_NAME,
            subject_id=holding_id,
            region_path=holding.region_path,
            parameters={"category": need.category.value, "until": holding.name_by.isoformat()},
        ),
    )
    return 1


async def _expire(ws: Workspace, tx: AuditedTransaction, offer_id: str) -> int:
    need = await lock_any_need(tx, (await offer_as_it_is(tx, offer_id)).need_id)
    offer = await lock_offer(tx, offer_id)
    if offer.state is not OfferState.OPEN or offer.expires_at > tx.at:
        return 0
    await end_offer(ws, tx, need, offer, OfferState.EXPIRED)
    return 1


async def _close_invitations(tx: AuditedTransaction) -> int:
    closed = await close_overdue(tx, tx.at)
    for invitation_id in closed:
        tx.record("invitation.expire", invitation_id)
    return len(closed)


def _is_to_be_asked(claim: ClaimRow, now: datetime) -> bool:
    ask_before = span(engagement_on(civil_date(now), claim.region_path).confirmation.ask_before)
    return claim.window_start is not None and claim.window_start - now <= ask_before


async def _ask(ws: Workspace, tx: AuditedTransaction, claim_id: str) -> int:
    claim = await lock_any_claim(tx, claim_id)
    if claim is None or claim.state is not ClaimState.ACTIVE or claim.confirmed_at is not None:
        return 0
    asked, _ = await marks_of(tx, claim_id)
    if asked or claim.window_start is None:
        return 0
    await mark_asked(tx, claim_id, at=tx.at)
    tx.record("claim.ask_to_confirm", claim_id)
    await notify(
        ws,
        tx,
        NewNotice(
            recipient_id=claim.volunteer_id,
            code=NoticeCode.CLAIM_TO_CONFIRM,
            subject_id=claim_id,
            region_path=claim.region_path,
            parameters={"start": claim.window_start.isoformat()},
        ),
    )
    return 1


async def _warn(ws: Workspace, units: UnitOfWork, actor: Actor, claim: ClaimRow, now: datetime) -> int:
    missed = await ws.store.read(lambda tx: is_missed(tx, claim, now))
    if not (missed or is_unconfirmed(claim, now)):
        return 0

    async def work(tx: AuditedTransaction) -> int:
        need = await lock_any_need(tx, claim.need_id)
        found = await lock_any_claim(tx, claim.id)
        if found is None or found.state is not ClaimState.ACTIVE or (await marks_of(tx, claim.id))[1]:
            return 0
        if not (is_unconfirmed(found, tx.at) or await is_missed(tx, found, tx.at)):
            return 0
        await mark_at_risk(tx, claim.id, at=tx.at)
        tx.record("claim.at_risk", claim.id)
        await tell_desk(ws, tx, need, NoticeCode.CLAIM_AT_RISK, claim.id)
        return 1

    return await _unless_idle(units, actor, work)


async def _offer_to_waiting(ws: Workspace, tx: AuditedTransaction, need_id: str) -> int:
    need = await lock_any_need(tx, need_id)
    offers = [await slot_freed(ws, tx, need, slot.id) for slot in await slots_of(tx, need_id)]
    return sum(offer is not None for offer in offers)


async def _wave_for_claim(ws: Workspace, tx: AuditedTransaction, claim_id: str) -> int:
    need = await lock_any_need(tx, (await claim_as_it_is(tx, claim_id)).need_id)
    claim = await lock_any_claim(tx, claim_id)
    if claim is None or claim.state is not ClaimState.ACTIVE or claim.confirmed_at is not None:
        return 0
    return len(await next_wave(ws, tx, need, await slot_by_id(tx, claim.slot_id), replaces=claim))


async def _wave_for_slot(ws: Workspace, tx: AuditedTransaction, need_id: str, slot_id: str) -> int:
    need = await lock_any_need(tx, need_id)
    if need.state not in CLAIMABLE or await is_held(tx, slot_id):
        return 0
    return len(await next_wave(ws, tx, need, await slot_by_id(tx, slot_id), replaces=None))
