"""Posting gifts to the books of a fund, and mending what was posted wrongly: by reversal, never by an edit."""

from dataclasses import dataclass, replace

from domain.actors import Actor
from domain.donations import Donation, check_amount, check_donation_step
from domain.errors import ConflictError, InvalidInputError, NotFoundError
from domain.giving import DonationKind, DonationSource, DonationState, EarmarkKind
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.purposes import Earmark, Purpose
from graph.donations import FundHolder, booked_entries, fund_holder, opening_sum
from graph.earmarks import create_earmark, earmark_as_it_is
from graph.ledger.posting import post
from graph.ports import ReadTransaction
from graph.unit_of_work import AuditedTransaction
from workflows.donations.duplicates import require_cleared
from workflows.donations.receipts import number_receipt
from workflows.donations.steps import GiftStep, said, take_step
from workflows.separation import require_other_person
from workflows.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEarmark:
    """A part of the fund that the gift sets apart: its name, and the donor's wish as codes."""

    name: str
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """
    Where a gift's money goes.

    Parameters
    ----------
    fund_id
        None keeps the fund that it was given to.
    earmark_id, earmark
        The part of the fund that keeps to the donor's wish: one that is there, or a new one; not both.
    fits_fund
        Says of a gift with a wish that the fund's own purpose says the same, so that nothing is set apart.
    in_opening
        Says of a gift that came with the books of another system whether the sum that its fund was opened with holds
        it already. Then it is posted without an entry; None is no answer.
    """

    fund_id: str | None = None
    earmark_id: str | None = None
    earmark: NewEarmark | None = None
    fits_fund: bool = False
    in_opening: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a posted gift should have been: another sum, another place, or both."""

    amount_fen: int | None = None
    placing: Placing | None = None
    reason: str


async def post_donation(
    ws: Workspace, actor: Actor, step: GiftStep, placing: Placing = Placing()
) -> Outcome[Donation]:
    """
    Post a receipted gift: from here on its purpose is fixed and its money may be used.

    Raises
    ------
    TransitionError
        It has no receipt, or was posted.
    ConflictError
        It may be a second record of another gift, or the fund is closed; or the sum that its fund was opened with may
        hold it, and nobody said whether it does.
    InvalidInputError
        The donor asked something of its use and nothing keeps to it (HC-11); or no opening sum can hold it.
    """
    earmark_id = ws.new_id()

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        if gift.state is DonationState.PURPOSE_CHANGE_PENDING:
            raise ConflictError("the gift waits for a change of its purpose", id=gift.id)
        check_donation_step(gift.state, DonationState.POSTED)
        if gift.kind is DonationKind.GOODS:
            raise ConflictError("goods stand on a shelf and in no book", id=gift.id)
        require_cleared(gift)
        counted = await _is_counted(tx, gift, placing)
        placed = await _placed(tx, actor, gift, placing, earmark_id)
        if counted and (placed.fund_id, placed.earmark_id) != (gift.fund_id, None):
            raise InvalidInputError(
                "what its fund was opened with stands in that fund's own book", field="in_opening"
            )
        entries = [] if counted else await post(tx, [receive_posting(placed, placed.version)])
        detail = {
            "in_opening": counted,
            "fund": placed.fund_id,
            "earmark": placed.earmark_id or "",
            "amount_fen": placed.amount_fen,
        }
        tx.record("donation.post", gift.id, detail=detail)
        return replace(placed, state=DonationState.POSTED, posting_ids=tuple(entries), posted_at=tx.at)

    return await take_step(ws, actor, step, work, "post", placing)


async def _is_counted(tx: ReadTransaction, gift: Donation, placing: Placing) -> bool:
    """Whether the opening sum of a gift's fund holds it; a gift that may be in it is never posted unasked."""
    opened_fen = await opening_sum(tx, gift.id, gift.fund_id)
    may_hold = opened_fen is not None and opened_fen >= gift.amount_fen
    if placing.in_opening and not may_hold:
        raise InvalidInputError("no opening sum of its fund can hold it", field="in_opening")
    if may_hold and placing.in_opening is None:
        raise ConflictError(
            "the sum that its fund was opened with may hold the gift: say whether it does",
            id=gift.id,
            fund=gift.fund_id,
            opened_fen=opened_fen,
        )
    return bool(placing.in_opening)


def receive_posting(gift: Donation, part: int) -> FundPosting:
    """Give the entry that brings a gift's money to its book."""
    return FundPosting(
        fund_id=gift.fund_id,
        earmark_id=gift.earmark_id,
        kind=FundEntryKind.RECEIVE,
        amount_fen=gift.amount_fen,
        source_kind=EntrySource.DONATION,
        source_id=gift.id,
        part=part,
    )


async def correct_donation(
    ws: Workspace, actor: Actor, step: GiftStep, correction: Correction
) -> Outcome[Donation]:
    """
    Take back the entries of a posted gift and post it as it should have been.

    Raises
    ------
    ConflictError
        Some of it was refunded, a change of its purpose is pending, or it came with an opening sum.
    InsufficientFundsError
        The book has less free money than would leave it.
    SeparationOfDutiesError
        The actor recorded the gift.
    """
    why = said(correction.reason, "reason")
    if correction.amount_fen is None and correction.placing is None:
        raise InvalidInputError("nothing is corrected", field="amount_fen")
    earmark_id = ws.new_id()

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        if gift.state is not DonationState.POSTED or gift.refunded_fen:
            raise ConflictError("only a posted gift that is whole is corrected", id=gift.id, state=gift.state)
        if gift.channel is DonationSource.SHOP:
            raise ConflictError("what a shop took is corrected by its day's sale", id=gift.id)
        await require_another(tx, actor, gift)
        amount = gift.amount_fen if correction.amount_fen is None else check_amount(correction.amount_fen)
        after = replace(gift, amount_fen=amount)
        if correction.placing is not None:
            unplaced = replace(after, earmark_id=None)
            after = await _placed(tx, actor, unplaced, correction.placing, earmark_id)
        if (amount, after.fund_id, after.earmark_id) == (gift.amount_fen, gift.fund_id, gift.earmark_id):
            raise InvalidInputError("nothing is corrected", field="amount_fen")
        taken_back = await reversals(tx, gift, why)
        # The right entry comes first: money that is already promised stays covered while the wrong one leaves.
        entries = await post(tx, [receive_posting(after, after.version), *taken_back])
        if amount != gift.amount_fen:
            after = await number_receipt(tx, actor, after)
        detail = {"before_fen": gift.amount_fen, "after_fen": amount, "receipt_before": gift.receipt_number}
        tx.record("donation.correct", gift.id, detail=detail)
        return replace(after, posting_ids=(entries[0],), posted_at=tx.at)

    return await take_step(ws, actor, step, work, "correct", correction)


async def reversals(tx: ReadTransaction, gift: Donation, reason: str) -> list[FundPosting]:
    """
    Give the entries that take back all that brought a gift to where it stands, the last first.

    Raises
    ------
    ConflictError
        It came with the sum that its fund was opened with, so no entry is its own.
    """
    papers = gift.posting_ids or (opening_paper(gift.id),)
    entries = await booked_entries(tx, papers)
    if any(paper not in entries for paper in papers):
        raise ConflictError("the gift came with the opening sum of its fund", id=gift.id, fund=gift.fund_id)
    return [
        FundPosting(
            fund_id=entries[paper].fund_id,
            earmark_id=entries[paper].earmark_id,
            kind=FundEntryKind.REVERSE,
            amount_fen=entries[paper].amount_fen,
            source_kind=EntrySource.DONATION,
            source_id=gift.id,
            part=gift.version,
            reason=reason,
            reverses=paper,
        )
        for paper in reversed(papers)
    ]


def opening_paper(donation_id: str) -> str:
    """Give the entry of a gift that was posted before the ledger began."""
    return f"{EntrySource.DONATION.value}:{donation_id}:{FundEntryKind.OPEN.value}:0"


async def _placed(
    tx: AuditedTransaction, actor: Actor, gift: Donation, placing: Placing, new_id: str
) -> Donation:
    if placing.earmark_id is not None and placing.earmark is not None:
        raise InvalidInputError("an earmark that is there or a new one, not both", field="earmark")
    holder = await fund_of_its_charity(tx, actor, gift, placing.fund_id or gift.fund_id)
    earmark_id = await _earmark_of(tx, gift, holder, placing, new_id)
    if gift.restriction_text is not None and earmark_id is None and not placing.fits_fund:
        raise InvalidInputError(
            "the donor asked something of its use: set it apart, or say that the fund's purpose says it",
            field="earmark",
            rule="HC-11",
        )
    return replace(
        gift,
        fund_id=holder.id,
        earmark_id=earmark_id,
        region_id=holder.region_id,
        region_path=holder.region_path,
    )


async def fund_of_its_charity(tx: ReadTransaction, actor: Actor, gift: Donation, fund_id: str) -> FundHolder:
    """
    Give an open fund of the charity that a gift was given to.

    Raises
    ------
    NotFoundError
        None of the actor's organisations holds it.
    ConflictError
        It is closed, or another charity's.
    """
    holder = await fund_holder(tx, actor, fund_id)
    given_to = holder if fund_id == gift.fund_id else await fund_holder(tx, actor, gift.fund_id)
    if holder.organisation_id != given_to.organisation_id:
        raise ConflictError("the gift was given to another charity", fund=fund_id, id=gift.id)
    if holder.closed:
        raise ConflictError("the fund is closed", fund=fund_id)
    return holder


async def _earmark_of(
    tx: AuditedTransaction, gift: Donation, holder: FundHolder, placing: Placing, new_id: str
) -> str | None:
    if placing.earmark_id is not None:
        await require_earmark_in(tx, placing.earmark_id, holder.id)
        return placing.earmark_id
    if placing.earmark is None:
        return None
    made = Earmark(
        id=new_id,
        fund_id=holder.id,
        kind=EarmarkKind.DONOR,
        name=said(placing.earmark.name, "earmark.name"),
        purpose=placing.earmark.purpose,
        region_path=holder.region_path,
        donation_id=gift.id,
        wording=gift.restriction_text,
    )
    await create_earmark(tx, made)
    tx.record("earmark.open", made.id, detail={"fund": holder.id, "donation": gift.id})
    return made.id


async def require_earmark_in(tx: ReadTransaction, earmark_id: str, fund_id: str) -> None:
    """
    Go on only with an earmark of a fund.

    Raises
    ------
    NotFoundError
        There is none of that id in the fund.
    """
    if (await earmark_as_it_is(tx, earmark_id)).fund_id != fund_id:
        raise NotFoundError("no such earmark", kind="earmark", id=earmark_id)


async def require_another(tx: ReadTransaction, actor: Actor, gift: Donation) -> None:
    """
    Go on only if somebody else recorded the gift.

    Raises
    ------
    SeparationOfDutiesError
        The actor did.
    """
    await require_other_person(
        tx,
        actor,
        (gift.recorded_by,),
        "who recorded a gift does not correct or return it alone",
        about=gift.id,
    )
