"""Giving gifts back, whole or in part: what is free, and nothing that was promised or spent."""

from dataclasses import replace

from domain.actors import Actor
from domain.donations import Donation, PurposeChangeState, check_amount, check_donation_step
from domain.errors import ConflictError, InvalidInputError
from domain.giving import DonationKind, DonationState
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.donations import pending_change, write_change
from graph.ledger.posting import post
from graph.unit_of_work import AuditedTransaction
from workflows.donations.posting import require_another
from workflows.donations.steps import GiftStep, said, take_step
from workflows.workspace import Outcome, Workspace


async def refund_donation(
    ws: Workspace, actor: Actor, step: GiftStep, *, amount_fen: int | None = None, reason: str
) -> Outcome[Donation]:
    """
    Give a gift back to its donor.

    Of a posted gift a part may go back; the rest stays posted. One that is not in the books yet goes back whole.

    Parameters
    ----------
    amount_fen
        None is all that is left of it.

    Raises
    ------
    InsufficientFundsError
        Its book has less free money: what was promised or spent does not come back by a refund.
    SeparationOfDutiesError
        The actor recorded the gift.
    TransitionError
        It did not come, or went back already.
    """
    why = said(reason, "reason")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        check_donation_step(gift.state, DonationState.RETURNED)
        if gift.kind is DonationKind.GOODS:
            raise ConflictError("goods leave their shelf by a line of the stock", id=gift.id)
        await require_another(tx, actor, gift)
        amount = gift.kept_fen if amount_fen is None else check_amount(amount_fen)
        if amount > gift.kept_fen:
            raise InvalidInputError(
                "no more goes back than came", field="amount_fen", value=amount, most_fen=gift.kept_fen
            )
        whole = amount == gift.kept_fen
        if gift.in_books:
            await post(tx, [_refund(gift, amount, why)])
        elif not whole:
            raise ConflictError("a gift that is not posted goes back whole", id=gift.id)
        if whole and gift.state is DonationState.PURPOSE_CHANGE_PENDING:
            await _end_change(tx, gift, why)
        tx.record("donation.refund", gift.id, detail={"amount_fen": amount})
        return replace(
            gift,
            refunded_fen=gift.refunded_fen + amount,
            state=DonationState.RETURNED if whole else gift.state,
        )

    return await take_step(ws, actor, step, work, "refund", amount_fen, why)


def _refund(gift: Donation, amount_fen: int, reason: str) -> FundPosting:
    return FundPosting(
        fund_id=gift.fund_id,
        earmark_id=gift.earmark_id,
        kind=FundEntryKind.REFUND,
        amount_fen=amount_fen,
        source_kind=EntrySource.DONATION,
        source_id=gift.id,
        part=gift.version,
        reason=reason,
    )


async def _end_change(tx: AuditedTransaction, gift: Donation, reason: str) -> None:
    """Withdraw a wish whose gift is gone."""
    change = await pending_change(tx, gift.id)
    await write_change(
        tx,
        replace(
            change,
            state=PurposeChangeState.WITHDRAWN,
            reference=reason,
            decided_by=tx.actor_id,
            decided_at=tx.at,
            version=change.version + 1,
        ),
    )
