"""Volunteers take a slot by themselves, and give it back."""

from datetime import datetime, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import (
    ConflictError,
    NotFoundError,
    NotPermittedError,
    SlotTakenError,
    TransitionError,
)
from domain.needs import CLAIMABLE, NeedCategory
from domain.rounds import ClaimState
from domain.time import Window
from graph.claims import (
    active_claims,
    create_claim,
    free_slots,
    is_held,
    lock_claim,
    new_claim,
    slot_by_id,
    withdraw_claim,
)
from graph.needs import lock_need
from graph.proposals import is_unanswered
from graph.reads.needs import NeedRow
from graph.reads.proposals import ClaimRow, claims_of_volunteers
from graph.scope import view_of
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from workflows.claims.fitness import Visit, require_fit, visit_of
from workflows.idempotency import once, request_hash
from workflows.rounds.promises import move_by_promises, withdraw_proposals, withdraw_visit
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ClaimRow)


async def claim_slot(
    ws: Workspace, actor: Actor, slot_id: str, *, idempotency_key: str | None = None
) -> Outcome[ClaimRow]:
    """
    Take a slot of a verified need for the acting volunteer.

    One of many who ask at once wins, on every engine: the slot's hold is a node whose key is the slot. The
    need is ACCEPTED when nothing is wanting any more and PARTIAL before.

    Raises
    ------
    NotPermittedError
        The volunteer may not take this task; ``context['rule']`` names the hard constraint (HC-01 ...).
    SlotTakenError
        Somebody else holds the slot.
    TransitionError
        The need is not open for claims.
    NotFoundError
        No such slot within the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    actor.require(Role.VOLUNTEER)
    volunteer_id = actor.participant_id
    if volunteer_id is None:
        raise NotPermittedError("the account stands for no volunteer", actor=actor.id)
    claim_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ClaimRow:
        slot = await slot_by_id(tx, slot_id)
        if await is_held(tx, slot_id):  # most of a crowd stops here, without waiting for the need
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        need = await lock_need(tx, actor, slot.need_id)
        if need.category is NeedCategory.CHILD_PROTECT or need.state not in view_of(actor).need_states:
            raise NotFoundError("no such slot", kind="slot", id=slot_id)
        if await is_held(tx, slot_id):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id)
        if need.state not in CLAIMABLE:
            raise TransitionError("the need is not open for claims", id=need.id, before=need.state.value)
        others = await active_claims(tx, need.id)
        if any(claim.volunteer_id == volunteer_id for claim in others):
            raise ConflictError("the volunteer holds another slot of this need", id=need.id)
        await require_other_person(
            tx,
            actor,
            (need.posted_by, need.verified_by),
            "who posted or verified a need does not serve it",
            about=need.id,
        )
        await lock_volunteer(tx, volunteer_id)  # two claims of one person read each other's promises
        window = await _visit(tx, actor, need, others, volunteer_id)
        await require_fit(
            tx,
            need,
            Visit(slot_id=slot_id, volunteer_id=volunteer_id, window=window),
            team=[visit_of(other) for other in others],
            completes_team=await free_slots(tx, need.id) == 1,
        )
        claim = new_claim(
            claim_id=claim_id,
            slot=slot,
            volunteer_id=volunteer_id,
            claimed_by=actor.id,
            window=window,
            at=tx.at,
            region_path=need.region_path,
        )
        await create_claim(tx, claim)
        await move_by_promises(tx, actor, need, reason="claim")
        tx.record("claim.take", claim_id, detail={"slot": slot_id, "volunteer": volunteer_id})
        return claim

    request = request_hash("claim_slot", slot_id)
    try:
        return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)
    except ConflictError as error:
        if type(error) is ConflictError and await ws.store.read(lambda tx: is_held(tx, slot_id)):
            raise SlotTakenError("somebody else holds the slot", slot=slot_id) from error
        raise


async def _visit(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, others: list[ClaimRow], volunteer_id: str
) -> Window | None:
    """
    Give the time of the visit: that of those who go along, else the first the volunteer is free at.

    A need without windows is served at a time the two agree on: None.
    """
    taken = [
        Window(start=claim.window_start, end=claim.window_end)
        for claim in (await claims_of_volunteers(tx, actor, [volunteer_id])).get(volunteer_id, ())
        if claim.state is ClaimState.ACTIVE and claim.window_start and claim.window_end
    ]
    along = [
        Window(start=claim.window_start, end=claim.window_end)
        for claim in others
        if claim.window_start and claim.window_end
    ]
    if not need.windows:
        return along[0] if along else None
    offered = along[:1] or _starts(need, tx.at, taken)
    for visit in offered:
        if not any(visit.overlaps(other) for other in taken):
            return visit
    raise NotPermittedError("the volunteer is promised elsewhere at that time", id=need.id, rule="HC-28")


def _starts(need: NeedRow, now: datetime, taken: list[Window]) -> list[Window]:
    """Give visits that begin with a window or as soon as an earlier promise ends."""
    length = timedelta(minutes=need.duration_min)
    earliest = [now, *(window.end for window in taken)]
    visits = [
        Window(start=start, end=start + length)
        for window in need.windows
        for start in sorted({max(window.start, moment) for moment in earliest})
        if start + length <= window.end
    ]
    if not visits:
        raise NotPermittedError("no window of the need is left", id=need.id, rule="HC-28")
    return visits


async def release_claim(
    ws: Workspace, actor: Actor, claim_id: str, *, expected_version: int, reason: str
) -> ClaimRow:
    """
    Give a slot back, without penalty (HC-05): the claim is WITHDRAWN and the need open again.

    The proposal that the claim came from is withdrawn with it. While others of the need's proposals wait for
    an answer, a need that must be served whole loses them too and what they reserved is free again; one that
    may be served in part stays OFFERED. A volunteer releases their own claims, the desk any of its region's.

    Raises
    ------
    TransitionError
        The claim is over, or its need is already under way or done.
    StaleVersionError, NotFoundError
        Changed since read; not the actor's to release.
    """
    actor.require(Role.VOLUNTEER, Role.STATION_WORKER, Role.STATION_LEAD)

    async def work(tx: AuditedTransaction) -> ClaimRow:
        claim = await lock_claim(tx, actor, claim_id, expected_version=expected_version)
        if claim.state is not ClaimState.ACTIVE:
            raise TransitionError("the claim is over", id=claim_id, before=claim.state.value)
        need = await lock_need(tx, actor, claim.need_id)
        withdrawn = await withdraw_claim(tx, claim)
        await withdraw_visit(tx, claim)
        unanswered = await is_unanswered(tx, need.id)
        if unanswered and not need.partial_allowed:
            await withdraw_proposals(tx, need.id)  # of no use without the visit that fell through
        if not (unanswered and need.partial_allowed):
            await move_by_promises(tx, actor, need, reason=reason, claimable=True)
        # What people wrote stays out of the chain, which nobody may ever shorten.
        tx.record("claim.release", claim_id, detail={"reason_length": len(reason)})
        return withdrawn

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
