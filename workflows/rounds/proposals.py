"""What people answer to proposals: yes, no, and later that the help arrived."""

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import (
    ConflictError,
    InvariantError,
    NotPermittedError,
    SlotTakenError,
    TransitionError,
)
from domain.needs import NeedState
from domain.rounds import ProposalKind, ProposalState
from domain.time import Window
from graph.allocations import hands_in
from graph.claims import active_claims, create_claim, free_slots, is_held, new_claim, slot_by_id
from graph.needs import lock_need_of
from graph.proposals import (
    accept_as,
    is_unanswered,
    join_gift,
    lock_proposal,
    owner_of_gift,
    who_accepted,
)
from graph.reads.needs import NeedRow
from graph.reads.proposals import ProposalRow, proposal_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.volunteers import lock_volunteer
from workflows.allocations.approving import Taken, approve_in
from workflows.allocations.notices import tell_approvers
from workflows.allocations.reserving import allocations_of
from workflows.allocations.signing import seal_of
from workflows.claims.fitness import Visit, require_fit, visit_of
from workflows.idempotency import once, request_hash
from workflows.rounds.promises import drop_gift, move_by_promises, settle_proposal
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(ProposalRow)


async def accept_proposal(
    ws: Workspace,
    actor: Actor,
    proposal_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[ProposalRow]:
    """
    Say yes: a volunteer to their visit, an officer of the charity to its money or goods.

    A yes to money is one approval of it: the proposal waits until as many have said yes as the sum takes. When all
    proposals of a need are answered it is ACCEPTED if nothing is wanting, else PARTIAL.

    Raises
    ------
    NotPermittedError
        The proposal asks somebody else or takes from another organisation; or the volunteer may not take the
        visit any more (``context['rule']`` names the hard constraint).
    SeparationOfDutiesError
        The actor posted or verified the need (HC-29).
    SlotTakenError
        The slot is held by somebody else.
    TransitionError
        The proposal was answered already, or its need is no longer offered.
    """
    claim_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ProposalRow:
        need, proposal = await _locked(tx, actor, proposal_id, expected_version)
        if need.state is not NeedState.OFFERED:
            raise TransitionError("the need is no longer offered", id=need.id, before=need.state.value)
        await require_other_person(
            tx,
            actor,
            (need.posted_by, need.verified_by),
            "who posted or verified a need neither serves it nor approves for it",
            about=need.id,
        )
        if proposal.state is not ProposalState.OFFERED:
            raise TransitionError(
                "the proposal was answered already", id=proposal_id, before=proposal.state.value
            )
        if proposal.kind is ProposalKind.MONEY:
            allocation = (await allocations_of(tx, [proposal_id]))[proposal_id]
            taken = Taken(need=need, allocation=allocation)
            if not await approve_in(tx, actor, taken, seal_of(ws), proposal.version):
                await tell_approvers(ws, tx, [allocation.id], about=allocation.id)
                return await proposal_by_id(tx, actor, proposal_id)  # others are still to say yes
        await accept_as(tx, actor, proposal)
        if proposal.kind is ProposalKind.VOLUNTEER:
            await _promise_visit(tx, actor, need, proposal, claim_id)
        else:
            await join_gift(tx, proposal)
        await _move_when_answered(tx, actor, need, "accepted")
        tx.record("proposal.accept", proposal_id)
        return await proposal_by_id(tx, actor, proposal_id)

    request = request_hash("accept_proposal", proposal_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _locked(
    tx: AuditedTransaction, actor: Actor, proposal_id: str, expected_version: int
) -> tuple[NeedRow, ProposalRow]:
    """Take need and proposal, the need first as every use case does, if the actor is the one asked."""
    seen = await proposal_by_id(tx, actor, proposal_id)
    if seen.kind is ProposalKind.VOLUNTEER:
        if Role.VOLUNTEER not in actor.roles or actor.participant_id != seen.volunteer_id:
            raise NotPermittedError("the proposal asks another volunteer", id=proposal_id, rule="HC-05")
    else:
        actor.require(Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER)
        if await owner_of_gift(tx, seen) not in actor.scope.organisation_ids:  # the desk sees all, gives none
            raise NotPermittedError(
                "the fund or stock is another organisation's", id=proposal_id, rule="HC-29"
            )
    need = await lock_need_of(tx, seen)
    return need, await lock_proposal(tx, actor, proposal_id, expected_version=expected_version)


async def _promise_visit(
    tx: AuditedTransaction, actor: Actor, need: NeedRow, proposal: ProposalRow, claim_id: str
) -> None:
    slot_id, volunteer_id = proposal.slot_id, proposal.volunteer_id
    if slot_id is None or volunteer_id is None or not proposal.window_start or not proposal.window_end:
        raise InvariantError("a proposed visit names slot, volunteer and time", id=proposal.id)
    if await is_held(tx, slot_id):
        raise SlotTakenError("somebody else holds the slot", slot=slot_id)
    await lock_volunteer(tx, volunteer_id)
    visit = Window(start=proposal.window_start, end=proposal.window_end)
    await require_fit(
        tx,
        need,
        Visit(slot_id=slot_id, volunteer_id=volunteer_id, window=visit),
        team=[visit_of(claim) for claim in await active_claims(tx, need.id)],
        completes_team=await free_slots(tx, need.id) == 1,
    )
    claim = new_claim(
        claim_id=claim_id,
        slot=await slot_by_id(tx, slot_id),
        volunteer_id=volunteer_id,
        claimed_by=actor.id,
        window=visit,
        at=tx.at,
        region_path=proposal.region_path,
    )
    await create_claim(tx, claim)


async def _move_when_answered(tx: AuditedTransaction, actor: Actor, need: NeedRow, reason: str) -> None:
    if not await is_unanswered(tx, need.id):
        await move_by_promises(tx, actor, need, reason=reason)


async def decline_proposal(
    ws: Workspace, actor: Actor, proposal_id: str, *, expected_version: int, reason: str = ""
) -> ProposalRow:
    """
    Say no, without penalty (HC-05).

    A need that must be served whole goes back to MATCHING with all that the round reserved for it released
    and its other proposals withdrawn; one that may be served in part only loses this part.

    Raises
    ------
    NotPermittedError
        The proposal asks somebody else or takes from another organisation.
    TransitionError
        The proposal was answered already.
    """

    async def work(tx: AuditedTransaction) -> ProposalRow:
        need, proposal = await _locked(tx, actor, proposal_id, expected_version)
        if proposal.state is not ProposalState.OFFERED:
            raise TransitionError(
                "the proposal was answered already", id=proposal_id, before=proposal.state.value
            )
        await drop_gift(tx, actor, need, proposal_id, reason=reason or "declined")
        # What people wrote stays out of the chain, which nobody may ever shorten.
        tx.record("proposal.decline", proposal_id, detail={"reason_length": len(reason)})
        return await proposal_by_id(tx, actor, proposal_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def confirm_proposal(
    ws: Workspace, actor: Actor, proposal_id: str, *, expected_version: int
) -> ProposalRow:
    """
    Confirm at the desk that one gift of money or goods arrived: goods leave the stock, money has left before.

    For needs served in part, whose other parts may still be wanting; ``confirm_need`` settles a whole need.

    Raises
    ------
    ConflictError
        The proposal is a visit, or its need is served whole: both are confirmed with the need. Or its money has
        not been paid.
    SeparationOfDutiesError
        The actor is the one who accepted it, or who paid: two people see to money and goods (HC-29).
    TransitionError
        The proposal was not accepted, or is settled; or its need is neither PARTIAL nor ACCEPTED.
    """
    actor.require(Role.STATION_WORKER, Role.STATION_LEAD)

    async def work(tx: AuditedTransaction) -> ProposalRow:
        seen = await proposal_by_id(tx, actor, proposal_id)
        need = await lock_need_of(tx, seen)
        proposal = await lock_proposal(tx, actor, proposal_id, expected_version=expected_version)
        if proposal.kind is ProposalKind.VOLUNTEER:
            raise ConflictError("a visit is confirmed with its need", id=proposal_id)
        if not need.partial_allowed:
            raise ConflictError("a need served whole is confirmed whole", id=proposal_id)
        if need.state not in (NeedState.PARTIAL, NeedState.ACCEPTED):
            raise TransitionError("the need takes no gift now", id=need.id, before=need.state.value)
        await require_other_person(
            tx,
            actor,
            await who_accepted(tx, [proposal_id]) | await hands_in(tx, need.id),
            "who accepted a gift does not confirm that it arrived",
            about=proposal_id,
        )
        await settle_proposal(tx, actor, proposal)
        return await proposal_by_id(tx, actor, proposal_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)
