"""Setting money of funds aside for needs: the beginning of every allocation, and its way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.allocations import PAID_OUT, SET_ASIDE, AllocationState
from domain.errors import InvariantError, NotFoundError
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.time import civil_date
from graph.allocations import (
    Holder,
    Receiver,
    create_allocations,
    end_allocation,
    holders_of_funds,
    live_of_needs,
    lock_of_proposals,
    receivers,
)
from graph.donor_ties import donor_ties
from graph.ledger.posting import post
from graph.reads.allocations import AllocationRow
from graph.unit_of_work import AuditedTransaction
from workflows.allocations.fitness import Gift
from workflows.allocations.tiers import allocation_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """
    A gift that is to be set aside.

    Parameters
    ----------
    id
        Key of its proposal, which is that of its allocation too.
    round_id
        The round that proposed it; None where people did.
    """

    id: str
    gift: Gift
    round_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that leaves before it is approved: by whom, under which reference, papers due when."""

    by: str
    reference: str
    papers_due_at: datetime


def posting(allocation_id: str, gift: Gift, kind: FundEntryKind, *, part: int = 0) -> FundPosting:
    """Give the entry of one step of an allocation: of its paper there is one of each kind and part, ever."""
    return FundPosting(
        fund_id=gift.fund_id,
        earmark_id=gift.earmark_id,
        kind=kind,
        amount_fen=gift.amount_fen,
        source_kind=EntrySource.ALLOCATION,
        source_id=allocation_id,
        part=part,
        need_id=gift.need_id,
    )


def gift_of(allocation: AllocationRow) -> Gift:
    """Give what an allocation gives."""
    return Gift(
        need_id=allocation.need_id,
        fund_id=allocation.fund_id,
        earmark_id=allocation.earmark_id,
        amount_fen=allocation.amount_fen,
    )


async def reserve(
    tx: AuditedTransaction,
    actor: Actor,
    reservations: Sequence[Reservation],
    *,
    payment: Payment | None = None,
) -> None:
    """
    Make an allocation of each gift and set its money aside, all or none, in a constant number of statements.

    How many people approve goes by what each need is given over all funds, these gifts and earlier ones together.

    Parameters
    ----------
    actor
        Who asks for the money, and so does not approve it.
    payment
        The money leaves at once (help first, papers after).

    Raises
    ------
    InsufficientFundsError
        A book has less free money.
    NotFoundError
        A fund is closed or unknown, or an earmark is not one of its fund.
    """
    if not reservations:
        return
    needs = sorted({each.gift.need_id for each in reservations})
    held = await holders_of_funds(tx, [each.gift.fund_id for each in reservations])
    total = await live_of_needs(tx, needs)
    for each in reservations:
        total[each.gift.need_id] = total.get(each.gift.need_id, 0) + each.gift.amount_fen
    places = await receivers(tx, needs)
    ties = await donor_ties(
        tx,
        fund_ids=sorted(held),
        subjects=sorted({place.subject_id for place in places.values() if place.subject_id is not None}),
        day=civil_date(tx.at),
    )
    rows = [
        _row(
            each,
            _known(held, each.gift.fund_id),
            places[each.gift.need_id],
            total_fen=total[each.gift.need_id],
            path=ties.get((each.gift.fund_id, places[each.gift.need_id].subject_id or "")),
            requested_by=actor.id,
            at=tx.at,
            payment=payment,
        )
        for each in reservations
    ]
    await create_allocations(tx, rows)
    kinds = (FundEntryKind.RESERVE, *(() if payment is None else (FundEntryKind.DISBURSE,)))
    await post(tx, [posting(each.id, each.gift, kind) for kind in kinds for each in reservations])
    first = reservations[0]
    tx.record(
        "allocation.reserve",
        first.round_id or first.id,
        detail={
            "allocations": len(reservations),
            "amount_fen": sum(each.gift.amount_fen for each in reservations),
        },
    )


def _known(held: Mapping[str, Holder], fund_id: str) -> Holder:
    if fund_id not in held:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    return held[fund_id]


def _row(
    reservation: Reservation,
    holder: Holder,
    place: Receiver,
    *,
    total_fen: int,
    path: str | None,
    requested_by: str,
    at: datetime,
    payment: Payment | None,
) -> dict[str, object]:
    rules = allocation_rules(civil_date(at), place.region_path)
    gift = reservation.gift
    state = AllocationState.RESERVED if payment is None else AllocationState.DISBURSED
    return {
        "id": reservation.id,
        "need_id": gift.need_id,
        "fund_id": gift.fund_id,
        "earmark_id": gift.earmark_id,
        "proposal_id": reservation.id,
        "round_id": reservation.round_id,
        "subject_id": place.subject_id,
        "organisation_id": holder.organisation_id,
        "amount_fen": gift.amount_fen,
        "approvals_wanted": rules.approvals_of(total_fen, holder.type, reviewed=path is not None),
        "state": state.value,
        "related_party": path is not None,
        "related_path": path,
        "pay_first": payment is not None,
        "requested_by": requested_by,
        "disbursed_by": None if payment is None else payment.by,
        "payment_reference": None if payment is None else payment.reference,
        "policy_id": rules.id,
        "reserved_at": at,
        "expires_at": rules.expiry(at) if payment is None else None,
        "disbursed_at": None if payment is None else at,
        "papers_due_at": None if payment is None else payment.papers_due_at,
        "region_id": place.region_id,
        "region_path": place.region_path,
        "version": 1,
    }


async def allocations_of(tx: AuditedTransaction, proposal_ids: Sequence[str]) -> dict[str, AllocationRow]:
    """
    Take the allocations of proposals of money, by proposal.

    Raises
    ------
    InvariantError
        One has none: a gift of money without its allocation.
    """
    found = await lock_of_proposals(tx, proposal_ids)
    lost = set(proposal_ids) - set(found)
    if lost:
        raise InvariantError("a gift of money has no allocation", id=min(lost))
    return found


async def release_allocations(
    tx: AuditedTransaction, allocations: Sequence[AllocationRow], *, reason: str
) -> None:
    """
    Give back what locked allocations set aside; money that has left is not theirs to give back.

    Raises
    ------
    TransitionError
        One is paid or ended.
    """
    if not allocations:
        return
    for each in allocations:
        await end_allocation(tx, each, AllocationState.RELEASED, reason=reason)
        tx.record("allocation.release", each.id, detail={"amount_fen": each.amount_fen})
    await post(tx, [posting(each.id, gift_of(each), FundEntryKind.RELEASE) for each in allocations])


def is_set_aside(allocation: AllocationRow) -> bool:
    """Whether the money is kept and has not left."""
    return allocation.state in SET_ASIDE


def is_paid(allocation: AllocationRow) -> bool:
    """Whether the money has left and has not come back."""
    return allocation.state in PAID_OUT
