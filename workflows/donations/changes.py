"""
Changing what a posted gift is for: asked by one person, allowed by the donor, taken down by another (HC-11).

The money moves when the consent is there, out of the one book and into the other, by two entries of one unit.
"""

from dataclasses import dataclass, replace

from domain.actors import Actor
from domain.donations import (
    ChangeGround,
    Donation,
    PurposeChange,
    PurposeChangeState,
    check_donation_step,
)
from domain.errors import ConflictError, InvalidInputError, NotPermittedError
from domain.giving import DonationState
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.donations import FundHolder, pending_change, write_change
from graph.ledger.posting import post
from graph.unit_of_work import AuditedTransaction
from workflows.donations.posting import fund_of_its_charity, require_earmark_in
from workflows.donations.steps import GiftStep, said, take_step
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurpose:
    """Which book a gift should go to instead, on what ground, and why."""

    fund_id: str
    earmark_id: str | None = None
    ground: ChangeGround
    reason: str


async def ask_purpose_change(
    ws: Workspace, actor: Actor, step: GiftStep, new: NewPurpose
) -> Outcome[Donation]:
    """
    Ask for another purpose of a posted gift; its money stays where it is until the consent is there.

    Raises
    ------
    TransitionError
        It is not posted, or waits for another change.
    NotPermittedError
        A filing is the ground for money raised from the public alone, by who may raise it.
    InvalidInputError
        The gift is in that book already.
    """
    why = said(new.reason, "reason")
    change_id = ws.new_id()

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        check_donation_step(gift.state, DonationState.PURPOSE_CHANGE_PENDING)
        holder = await _target(tx, actor, gift, new.fund_id, new.earmark_id)
        if (holder.id, new.earmark_id) == (gift.fund_id, gift.earmark_id):
            raise InvalidInputError("the gift is in that book already", field="fund_id")
        if new.ground is ChangeGround.FILING and not holder.public_raising:
            raise NotPermittedError(
                "only money that was raised from the public changes its purpose by a filing",
                organisation=holder.organisation_id,
                rule="HC-11",
            )
        change = PurposeChange(
            id=change_id,
            donation_id=gift.id,
            state=PurposeChangeState.PENDING,
            ground=new.ground,
            from_fund_id=gift.fund_id,
            from_earmark_id=gift.earmark_id,
            to_fund_id=holder.id,
            to_earmark_id=new.earmark_id,
            amount_fen=gift.kept_fen,
            reason=why,
            asked_by=tx.actor_id,
            asked_at=tx.at,
            region_path=gift.region_path,
        )
        await write_change(tx, change)
        tx.record("donation.ask_purpose_change", gift.id, detail={"change": change.id, "to": holder.id})
        return replace(gift, state=DonationState.PURPOSE_CHANGE_PENDING)

    return await take_step(ws, actor, step, work, "ask_purpose_change", new)


async def allow_purpose_change(
    ws: Workspace, actor: Actor, step: GiftStep, *, reference: str
) -> Outcome[Donation]:
    """
    Take the donor's consent or the filing down, and move the money to the new book.

    Parameters
    ----------
    reference
        Where the consent is: the number of the letter, of the recorded call, of the filing.

    Raises
    ------
    InsufficientFundsError
        The book has less free money than the gift: what was promised or spent keeps its purpose.
    SeparationOfDutiesError
        The actor asked for the change.
    """
    where = said(reference, "reference")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        change = await _taken(tx, actor, gift)
        holder = await _target(tx, actor, gift, change.to_fund_id, change.to_earmark_id)
        moved = replace(
            gift,
            state=DonationState.POSTED,
            fund_id=holder.id,
            earmark_id=change.to_earmark_id,
            region_id=holder.region_id,
            region_path=holder.region_path,
        )
        # What went back to the donor meanwhile does not move.
        out = _transfer(gift, FundEntryKind.TRANSFER_OUT, change.id)
        into = _transfer(moved, FundEntryKind.TRANSFER_IN, change.id)
        entries = await post(tx, [out, into])
        await write_change(
            tx,
            replace(
                change,
                state=PurposeChangeState.CONSENTED,
                amount_fen=gift.kept_fen,
                reference=where,
                decided_by=tx.actor_id,
                decided_at=tx.at,
                version=change.version + 1,
            ),
        )
        detail = {"change": change.id, "from": gift.fund_id, "to": holder.id, "amount_fen": gift.kept_fen}
        tx.record("donation.allow_purpose_change", gift.id, detail=detail)
        return replace(moved, posting_ids=(*gift.posting_ids, *entries))

    return await take_step(ws, actor, step, work, "allow_purpose_change", where)


async def withdraw_purpose_change(
    ws: Workspace, actor: Actor, step: GiftStep, *, reason: str
) -> Outcome[Donation]:
    """
    End a wish to use a gift otherwise: the donor said no, or nobody asks any more.

    Raises
    ------
    TransitionError
        The gift waits for no change.
    """
    why = said(reason, "reason")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        if gift.state is not DonationState.PURPOSE_CHANGE_PENDING:
            check_donation_step(gift.state, DonationState.PURPOSE_CHANGE_PENDING)
            raise ConflictError("the gift waits for no change of its purpose", id=gift.id)
        change = await pending_change(tx, gift.id)
        await write_change(
            tx,
            replace(
                change,
                state=PurposeChangeState.WITHDRAWN,
                reference=why,
                decided_by=tx.actor_id,
                decided_at=tx.at,
                version=change.version + 1,
            ),
        )
        tx.record("donation.withdraw_purpose_change", gift.id, detail={"change": change.id})
        return replace(gift, state=DonationState.POSTED)

    return await take_step(ws, actor, step, work, "withdraw_purpose_change", why)


async def _taken(tx: AuditedTransaction, actor: Actor, gift: Donation) -> PurposeChange:
    if gift.state is not DonationState.PURPOSE_CHANGE_PENDING:
        raise ConflictError("the gift waits for no change of its purpose", id=gift.id)
    change = await pending_change(tx, gift.id)
    await require_other_person(
        tx,
        actor,
        (change.asked_by,),
        "who asks for a change of purpose does not allow it",
        about=gift.id,
    )
    return change


async def _target(
    tx: AuditedTransaction, actor: Actor, gift: Donation, fund_id: str, earmark_id: str | None
) -> FundHolder:
    holder = await fund_of_its_charity(tx, actor, gift, fund_id)
    if earmark_id is not None:
        await require_earmark_in(tx, earmark_id, fund_id)
    return holder


def _transfer(gift: Donation, kind: FundEntryKind, change_id: str) -> FundPosting:
    return FundPosting(
        fund_id=gift.fund_id,
        earmark_id=gift.earmark_id,
        kind=kind,
        amount_fen=gift.kept_fen,
        source_kind=EntrySource.TRANSFER,
        source_id=change_id,
    )
