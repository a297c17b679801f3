"""Giving a slot back, without penalty (HC-05), and noting that somebody did not come."""

from domain.actors import Actor, Role
from domain.engagement import HoldingState
from domain.errors import ConflictError, TransitionError
from domain.notices import NewNotice, NoticeCode
from domain.rounds import ClaimState
from graph.claims import Holder, HoldKind, checked_in, claim_as_it_is, end_claim, hold, lock_claim
from graph.holdings import filled_holding, move_holding
from graph.needs import lock_need
from graph.proposals import is_unanswered
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.claims.waiting import slot_freed, tell_desk
from workflows.notices.telling import notify
from workflows.rounds.promises import move_by_promises, withdraw_proposals, withdraw_visit
from workflows.workspace import Workspace


async def release_claim(
    ws: Workspace, actor: Actor, claim_id: str, *, expected_version: int, reason: str
) -> ClaimRow:
    """
    Give a slot back, without penalty (HC-05): the claim is WITHDRAWN and the need open again.

    How long before the visit is noted. A team that may still name somebody else keeps the slot; otherwise it
    is offered to who waits first. The proposal that the claim came from is withdrawn with it. While others of
    the need's proposals wait for an answer, a need that must be served whole loses them too and what they
    reserved is free again; one that may be served in part stays OFFERED. A volunteer releases their own
    claims, the desk any of its region's.

    Raises
    ------
    TransitionError
        The claim is over, its holder has checked in, or its need is done.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's to release.
    """
    actor.require(Role.VOLUNTEER, Role.STATION_WORKER, Role.STATION_LEAD)

    async def work(tx: AuditedTransaction) -> ClaimRow:
        need = await lock_need(tx, actor, (await claim_as_it_is(tx, claim_id)).need_id)
        claim = await lock_claim(tx, actor, claim_id, expected_version=expected_version)
        if claim.state is not ClaimState.ACTIVE:
            raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
        if await checked_in(tx, claim_id):
            raise TransitionError("the visit has begun", id=claim_id, before=claim.state.value)
        ended = await vacate(ws, tx, actor, claim, need, ClaimState.WITHDRAWN, reason=reason)
        # What people wrote stays out of the chain, which nobody may ever shorten.
        tx.record(
            "claim.release",
            claim_id,
            detail={"reason_length": len(reason), "lead_minutes": ended.lead_minutes},
        )
        await tell_desk(ws, tx, need, NoticeCode.CLAIM_WITHDRAWN, claim_id)
        return ended

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def vacate(
    ws: Workspace,
    tx: AuditedTransaction,
    actor: Actor,
    claim: ClaimRow,
    need: NeedRow,
    state: ClaimState,
    *,
    reason: str,
) -> ClaimRow:
    """End a locked claim of a locked need, lead the need back, and find who keeps the slot next."""
    ended = await end_claim(tx, claim, state, at=tx.at, by=actor.id, reason=reason)
    await withdraw_visit(tx, claim)
    await _back_to_team(tx, claim)
    unanswered = await is_unanswered(tx, need.id)
    if unanswered and not need.partial_allowed:
        await withdraw_proposals(tx, need.id)  # of no use without the visit that fell through
    if not (unanswered and need.partial_allowed):
        need = await move_by_promises(tx, actor, need, reason=reason, claimable=True)
    await slot_freed(ws, tx, need, claim.slot_id)
    return ended


async def _back_to_team(tx: AuditedTransaction, claim: ClaimRow) -> None:
    """Keep a slot for the team that named its holder, while there is time to name another."""
    if claim.organisation_id is None:
        return
    holding = await filled_holding(tx, claim.need_id, claim.slot_id, claim.organisation_id)
    if holding is None or holding.name_by <= tx.at:
        return
    await move_holding(tx, holding, HoldingState.HELD)
    await hold(tx, claim.slot_id, Holder(id=holding.id, volunteer_id=None, kind=HoldKind.HOLDING))
    tx.record("holding.return", holding.id, detail={"claim": claim.id})


async def record_no_show(
    ws: Workspace, actor: Actor, claim_id: str, *, expected_version: int, reason: str = ""
) -> ClaimRow:
    """
    Note at the desk that somebody promised to come and did not: the claim is NO_SHOW, the need open again.

    A person says so, never the clock alone (HC-26); the volunteer is told. It fades by the policy in force
    and only ever moves somebody down the order in which people are asked.

    Raises
    ------
    ConflictError
        The visit has not begun, or its holder checked in.
    TransitionError
        The claim is over.
    StaleVersionError, NotFoundError
        Changed since read; not in the desk's regions.
    """
    actor.require(Role.STATION_WORKER, Role.STATION_LEAD)

    async def work(tx: AuditedTransaction) -> ClaimRow:
        need = await lock_need(tx, actor, (await claim_as_it_is(tx, claim_id)).need_id)
        claim = await lock_claim(tx, actor, claim_id, expected_version=expected_version)
        if claim.state is not ClaimState.ACTIVE:
            raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
        if claim.window_start is None or claim.window_start > tx.at:
            raise ConflictError("the visit has not begun", id=claim_id)
        if await checked_in(tx, claim_id):
            raise ConflictError("the holder of the claim checked in", id=claim_id)
        ended = await vacate(ws, tx, actor, claim, need, ClaimState.NO_SHOW, reason=reason or "no-show")
        tx.record("claim.no_show", claim_id, detail={"volunteer": claim.volunteer_id})
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=claim.volunteer_id,
                code=NoticeCode.NO_SHOW_RECORDED,
                subject_id=claim_id,
                region_path=claim.region_path,
                parameters={"start": claim.window_start.isoformat()},
            ),
        )
        return ended

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
