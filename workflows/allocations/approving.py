"""Approvals: as many persons as the sum takes, none of whom had another part in it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.allocations import PAID_OUT, AllocationState, ApprovalDecision
from domain.errors import NotPermittedError, TransitionError
from domain.rounds import ProposalState
from domain.time import civil_date
from graph.allocations import approve, live_of_needs, lock_allocation
from graph.approvals import add_approval, decisions_on
from graph.needs import hold_any_need, lock_any_need
from graph.proposals import accept_as, is_unanswered, join_gift, lock_proposals_of_need
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.reads.needs import NeedRow
from graph.reads.proposals import proposal_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.notices import tell_approvers
from workflows.allocations.signing import Seal, seal_of, statement_of
from workflows.allocations.tiers import allocation_rules
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.rounds.promises import drop_gift, move_by_promises
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

ALLOCATIONS = TypeAdapter(AllocationRow)
FEDERATION = (Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER)


def require_holder(actor: Actor, allocation: AllocationRow) -> None:
    """
    Go on only for people of the organisation that holds the fund.

    Raises
    ------
    NotPermittedError
        The actor is none: the desk sees all and gives nothing.
    """
    actor.require(*FEDERATION)
    if allocation.organisation_id not in actor.scope.organisation_ids:
        raise NotPermittedError("the fund is another organisation's", id=allocation.id, rule="HC-15")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A need and one of its allocations, both locked."""

    need: NeedRow
    allocation: AllocationRow


async def take(
    tx: AuditedTransaction, actor: Actor, allocation_id: str, *, expected_version: int, moves: bool
) -> Taken:
    """
    Take an allocation that the actor may see, its need first as every use case does.

    Parameters
    ----------
    moves
        Whether the step may lead the need on; one that does not leaves its version.

    Raises
    ------
    NotFoundError, StaleVersionError
        Not theirs to see; changed since read.
    """
    seen = await allocation_by_id(tx, actor, allocation_id)
    lock = lock_any_need if moves else hold_any_need
    need = await lock(tx, seen.need_id)
    held = await lock_allocation(tx, actor, allocation_id, expected_version=expected_version)
    return Taken(need=need, allocation=held)


async def approve_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Say yes to a sum; when everybody whom it takes has, it may be paid and its proposal is accepted.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund, or the last yes takes a named approver.
    SeparationOfDutiesError
        The actor asked for the money, approved it before, or posted, checked or verified the need (HC-29).
    TransitionError
        It is approved, released or returned already; or its need is no longer offered.
    StaleVersionError
        It changed since it was read.
    """

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=True)
        (proposal,) = [
            each
            for each in await lock_proposals_of_need(tx, taken.need.id, list(ProposalState))
            if each.id == taken.allocation.proposal_id
        ]
        is_last = await approve_in(tx, actor, taken, seal_of(ws), proposal.version)
        if not is_last:
            await tell_approvers(ws, tx, [allocation_id], about=allocation_id)
        elif proposal.state is ProposalState.OFFERED:
            await accept_as(tx, actor, proposal)
            await join_gift(tx, proposal)
            if not await is_unanswered(tx, taken.need.id):
                await move_by_promises(tx, actor, taken.need, reason="accepted")
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("approve_allocation", allocation_id, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def approve_in(
    tx: AuditedTransaction, actor: Actor, taken: Taken, seal: Seal, proposal_version: int
) -> bool:
    """Add the actor's signed yes to a locked allocation, and tell whether it was the last that the sum takes."""
    allocation, need = taken.allocation, taken.need
    require_holder(actor, allocation)
    _require_undecided(allocation, tx.at)
    before = await decisions_on(tx, [allocation.id])
    yes = [hand for hand in before if hand.decision is ApprovalDecision.APPROVED]
    await require_other_person(
        tx,
        actor,
        (
            *(need.posted_by, need.checked_by, need.verified_by, allocation.requested_by),
            *(allocation.disbursed_by,),
            *(who for hand in before for who in (hand.account, hand.participant)),
        ),
        "who asked for money, decided on it, or posted or verified its need does not approve it",
        about=allocation.id,
    )
    rules = allocation_rules(civil_date(tx.at), allocation.region_path)
    is_last = len(yes) + 1 >= allocation.approvals_wanted
    total_fen = (await live_of_needs(tx, [need.id])).get(need.id, allocation.amount_fen)
    if is_last and rules.tier_of(total_fen).senior:
        actor.require(Role.FEDERATION_APPROVER)
    await add_approval(
        tx,
        allocation,
        actor,
        number=len(before) + 1,
        decision=ApprovalDecision.APPROVED,
        reason=None,
        at=tx.at,
    )
    signed = seal(
        statement_of(
            actor,
            allocation,
            need,
            proposal_version=proposal_version,
            decision=ApprovalDecision.APPROVED,
            number=len(before) + 1,
            at=tx.at,
        )
    )
    tx.record(
        "allocation.approve",
        allocation.id,
        detail={"number": len(yes) + 1, "signed": signed.text},
        object_hash=signed.digest,
    )
    if is_last:
        await approve(tx, allocation, at=tx.at, expires_at=rules.expiry(tx.at))
    return is_last


def _require_undecided(allocation: AllocationRow, now: datetime) -> None:
    awaits_papers = allocation.pay_first and allocation.approved_at is None and allocation.state in PAID_OUT
    if allocation.state is not AllocationState.RESERVED and not awaits_papers:
        raise TransitionError(
            "nobody is asked to approve it now", id=allocation.id, before=allocation.state.value
        )
    if allocation.expires_at is not None and allocation.expires_at <= now:
        raise TransitionError("the money was kept too long: allocate it anew", id=allocation.id)


async def refuse_allocation(
    ws: Workspace,
    actor: Actor,
    allocation_id: str,
    *,
    expected_version: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Say no to a sum, in words: what was set aside is released; what was paid first is to be clawed back.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    TransitionError
        Nobody is asked about it now.
    InvalidInputError
        No reason is given.
    """
    said = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> AllocationRow:
        taken = await take(tx, actor, allocation_id, expected_version=expected_version, moves=True)
        allocation = taken.allocation
        require_holder(actor, allocation)
        _require_undecided(allocation, tx.at)
        before = await decisions_on(tx, [allocation_id])
        await add_approval(
            tx,
            allocation,
            actor,
            number=len(before) + 1,
            decision=ApprovalDecision.REFUSED,
            reason=said,
            at=tx.at,
        )
        proposal = await proposal_by_id(tx, actor, allocation.proposal_id)
        signed = seal_of(ws)(
            statement_of(
                actor,
                allocation,
                taken.need,
                proposal_version=proposal.version,
                decision=ApprovalDecision.REFUSED,
                number=len(before) + 1,
                at=tx.at,
            )
        )
        tx.record(
            "allocation.refuse",
            allocation_id,
            detail={"reason_length": len(said), "signed": signed.text},
            object_hash=signed.digest,
        )
        if not allocation.pay_first:
            await drop_gift(tx, actor, taken.need, allocation.proposal_id, reason=said)
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("refuse_allocation", allocation_id, expected_version, said)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)
