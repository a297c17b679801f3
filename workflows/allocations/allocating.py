"""Gifts that people make outside any round: a federation to a need it has read of, a town that helps first."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError, TransitionError
from domain.funds import FundState
from domain.giving import FundType
from domain.money import MOST_FEN
from domain.needs import OPEN_FOR_MATCHING, NeedState, SubjectKind
from domain.rounds import ProposalState
from domain.time import civil_date
from graph.allocations import Holder, holders_of_funds, propose_gift
from graph.households import lock_household
from graph.needs import lock_need, move_need
from graph.proposals import is_unanswered, join_gift
from graph.reads.allocations import AllocationRow, allocation_by_id
from graph.reads.needs import NeedRow
from graph.reads.proposals import proposal_by_id
from graph.scope import DESK, FEDERATION
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.approving import ALLOCATIONS
from workflows.allocations.disclosing import duties_of_payment
from workflows.allocations.fitness import Gift, require_fit
from workflows.allocations.notices import tell_approvers
from workflows.allocations.reserving import Payment, Reservation, reserve
from workflows.allocations.tiers import allocation_rules
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.rounds.promises import move_by_promises
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace

_TAKES_GIFTS = OPEN_FOR_MATCHING | {NeedState.OFFERED}
_VERIFIED_AFTER = ("HC-06",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """Fen of one book of a fund for one need; ``earmark_id`` None is the fund's own money."""

    need_id: str
    fund_id: str
    amount_fen: int
    earmark_id: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= MOST_FEN:
            raise InvalidInputError(
                f"a gift is between 1 and {MOST_FEN} fen", field="amount", value=self.amount_fen
            )

    @property
    def gift(self) -> Gift:
        """What is given."""
        return Gift(
            need_id=self.need_id,
            fund_id=self.fund_id,
            earmark_id=self.earmark_id,
            amount_fen=self.amount_fen,
        )


async def allocate(
    ws: Workspace,
    actor: Actor,
    new: NewAllocation,
    *,
    expected_version: int,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Set money of a fund aside for a need that a federation chose, after every rule of a round was asked.

    Parameters
    ----------
    expected_version
        Of the need, as it was read.

    Raises
    ------
    NotPermittedError
        The actor does not act for the organisation that holds the fund.
    SeparationOfDutiesError
        The actor posted, checked or verified the need (HC-29).
    ConflictError
        A rule forbids it; ``context`` names rule, fund and need, and for HC-13 the path. ``InsufficientFundsError``
        where the book has less free money.
    TransitionError
        The need takes no gift now.
    NotFoundError, StaleVersionError
        Need or fund outside the scope; the need changed since it was read.
    """
    allocation_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> AllocationRow:
        actor.require(*FEDERATION)
        need = await lock_need(tx, actor, new.need_id, expected_version=expected_version)
        holder = await _holder(tx, new.fund_id)
        if holder.organisation_id not in actor.scope.organisation_ids:
            raise NotPermittedError("the fund is another organisation's", fund=new.fund_id, rule="HC-15")
        if need.state not in _TAKES_GIFTS:
            raise TransitionError("the need takes no gift now", id=need.id, before=need.state.value)
        await _require_apart(tx, actor, need)
        await _lock_subject(tx, need)
        await require_fit(tx, need, new.gift, at=tx.at)
        await propose_gift(
            tx,
            proposal_id=allocation_id,
            need_id=need.id,
            fund_id=new.fund_id,
            earmark_id=new.earmark_id,
            amount_fen=new.amount_fen,
            state=ProposalState.OFFERED,
            region_path=need.region_path,
        )
        await reserve(tx, actor, [Reservation(id=allocation_id, gift=new.gift)])
        if need.state is not NeedState.OFFERED:
            for after in (NeedState.MATCHED, NeedState.OFFERED):
                need = await move_need(tx, actor, need, after, at=tx.at, reason="allocated")
        await tell_approvers(ws, tx, [allocation_id], about=allocation_id)
        tx.record("need.allocate", need.id, detail={"allocation": allocation_id})
        return await allocation_by_id(tx, actor, allocation_id)

    request = request_hash("allocate", new, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def pay_first(
    ws: Workspace,
    actor: Actor,
    new: NewAllocation,
    *,
    expected_version: int,
    payment_reference: str,
    idempotency_key: str | None = None,
) -> Outcome[AllocationRow]:
    """
    Help first: pay a pressing need from an imprest fund at once; approvals, and a verification, follow in days.

    The rules of a round are asked all the same, but for the verification of a need that was only posted.

    Raises
    ------
    NotPermittedError
        The actor is neither of the desk where the fund is, nor of the organisation that holds it.
    SeparationOfDutiesError
        The actor posted, checked or verified the need (HC-29).
    ConflictError
        The fund is no imprest fund, the need is not pressing, the sum is above what may be paid so, or a rule
        forbids it.
    TransitionError
        The need takes no gift now.
    """
    reference = require_words(payment_reference, "payment_reference")
    allocation_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> AllocationRow:
        actor.require(*DESK, *FEDERATION)
        need = await lock_need(tx, actor, new.need_id, expected_version=expected_version)
        holder = await _holder(tx, new.fund_id)
        _require_imprest(actor, need, holder, new, tx)
        is_verified = need.state is not NeedState.POSTED
        if is_verified and need.state not in _TAKES_GIFTS:
            raise TransitionError("the need takes no gift now", id=need.id, before=need.state.value)
        await _require_apart(tx, actor, need)
        await _lock_subject(tx, need)
        await require_fit(tx, need, new.gift, at=tx.at, but=() if is_verified else _VERIFIED_AFTER)
        await propose_gift(
            tx,
            proposal_id=allocation_id,
            need_id=need.id,
            fund_id=new.fund_id,
            earmark_id=new.earmark_id,
            amount_fen=new.amount_fen,
            state=ProposalState.ACCEPTED,
            region_path=need.region_path,
            accepted_by=actor.id,
        )
        rules = allocation_rules(civil_date(tx.at), need.region_path)
        payment = Payment(by=actor.id, reference=reference, papers_due_at=rules.papers_due(tx.at))
        await reserve(tx, actor, [Reservation(id=allocation_id, gift=new.gift)], payment=payment)
        await join_gift(tx, await proposal_by_id(tx, actor, allocation_id))
        paid = await allocation_by_id(tx, actor, allocation_id)
        await duties_of_payment(tx, paid)
        await _lead_on(tx, actor, need)
        await tell_approvers(ws, tx, [allocation_id], about=allocation_id)
        tx.record("allocation.pay_first", allocation_id, detail={"amount_fen": new.amount_fen})
        return paid

    request = request_hash("pay_first", new, expected_version, reference)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ALLOCATIONS, work=work)


async def _holder(tx: AuditedTransaction, fund_id: str) -> Holder:
    held = await holders_of_funds(tx, [fund_id])
    if fund_id not in held:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    holder = held[fund_id]
    if holder.state is not FundState.OPEN:
        raise ConflictError(
            "the fund takes nothing on: it is not open",
            fund=fund_id,
            state=holder.state.value,
            rule="fund_state",
        )
    return holder


async def _require_apart(tx: AuditedTransaction, actor: Actor, need: NeedRow) -> None:
    await require_other_person(
        tx,
        actor,
        (need.posted_by, need.checked_by, need.verified_by),
        "who posted, checked or verified a need does not give to it",
        about=need.id,
    )


async def _lock_subject(tx: AuditedTransaction, need: NeedRow) -> None:
    """Take the household: two gifts to its needs see each other under one ceiling."""
    if need.subject_kind is SubjectKind.HOUSEHOLD and need.subject_id is not None:
        await lock_household(tx, need.subject_id)


def _require_imprest(
    actor: Actor, need: NeedRow, holder: Holder, new: NewAllocation, tx: AuditedTransaction
) -> None:
    of_holder = bool(actor.roles & FEDERATION) and holder.organisation_id in actor.scope.organisation_ids
    at_desk = bool(actor.roles & DESK) and actor.scope.covers(holder.region_path)
    if not of_holder and not at_desk:
        raise NotPermittedError("the imprest fund is not theirs to pay from", fund=new.fund_id)
    if holder.type is not FundType.IMPREST:
        raise ConflictError("only an imprest fund pays first", fund=new.fund_id, rule="pay_first")
    limits = allocation_rules(civil_date(tx.at), need.region_path).pay_first
    if need.urgency not in limits.urgencies:
        raise ConflictError(
            "only a pressing need is paid for first",
            need=need.id,
            urgency=need.urgency.value,
            rule="pay_first",
        )
    if new.amount_fen > limits.most_fen.value:
        raise ConflictError(
            "the sum is above what is paid first",
            need=need.id,
            asked_fen=new.amount_fen,
            most_fen=limits.most_fen.value,
            rule="pay_first",
        )


async def _lead_on(tx: AuditedTransaction, actor: Actor, need: NeedRow) -> None:
    """Lead a need that was helped first to what its promises say; one that is only posted is verified first."""
    if need.state is NeedState.POSTED or await is_unanswered(tx, need.id):
        return
    if need.state is NeedState.MATCHING:
        need = await move_need(tx, actor, need, NeedState.VERIFIED, at=tx.at, reason="paid first")
    await move_by_promises(tx, actor, need, reason="paid first", claimable=True)
