"""Taking gifts down: as pledged, as received, or as a pledge that nobody kept."""

from dataclasses import dataclass, replace
from datetime import date

from domain.actors import Actor
from domain.donations import (
    Donation,
    DonorKind,
    ForeignAmount,
    check_amount,
    check_donation_step,
)
from domain.errors import ConflictError, InvalidInputError, NotPermittedError
from domain.giving import DonationKind, DonationSource, DonationState
from domain.time import civil_date
from graph.donations import FundHolder, fund_holder, join_donor, set_lookup_hash, write_donation
from graph.unit_of_work import AuditedTransaction
from importers.institutions import donor_kind, passed_on
from workflows.donations.codes import code_of, digest_of
from workflows.donations.duplicates import first_alike
from workflows.donations.steps import GIFTS, OFFICE, GiftStep, said, said_or_none, take_step
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """
    Who gives.

    Parameters
    ----------
    name
        As they call themselves, or as the bank's line says: who handed a gift on for somebody else is parted
        from the giver.
    organisation_id
        The organisation that the name stands for, if it is one that is kept.
    """

    name: str | None = None
    organisation_id: str | None = None
    passed_on_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGift:
    """
    A gift to a fund.

    Parameters
    ----------
    donor
        None is a donor who wants no name kept.
    amount_fen
        Of a gift in another currency: what the bank makes of ``foreign``.
    restriction_text
        What the donor asks of its use, in the donor's words.
    reference
        The bank's or the payer's number of the payment.
    """

    fund_id: str
    donor: Donor | None
    amount_fen: int
    channel: DonationSource
    given_on: date | None = None
    restriction_text: str | None = None
    reference: str | None = None
    note: str | None = None
    foreign: ForeignAmount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    What really came of a pledge.

    ``amount_fen`` None is what was pledged; ``foreign`` None is what was said before.
    """

    amount_fen: int | None = None
    received_on: date | None = None
    reference: str | None = None
    foreign: ForeignAmount | None = None


async def pledge_donation(
    ws: Workspace, actor: Actor, new: NewGift, *, idempotency_key: str | None = None
) -> Outcome[Donation]:
    """
    Take a promised gift down.

    Raises
    ------
    NotPermittedError
        It came by a form for the public, and the charity may not raise money from the public (HC-21).
    NotFoundError
        The fund is not one of the actor's organisations.
    ConflictError
        The fund is closed.
    """
    return await _take_down(ws, actor, new, DonationState.PLEDGED, idempotency_key)


async def record_donation(
    ws: Workspace, actor: Actor, new: NewGift, *, idempotency_key: str | None = None
) -> Outcome[Donation]:
    """
    Take down a gift that nobody pledged before it came.

    Raises
    ------
    NotPermittedError, NotFoundError, ConflictError
        As for ``pledge_donation``.
    """
    return await _take_down(ws, actor, new, DonationState.RECEIVED, idempotency_key)


async def receive_donation(ws: Workspace, actor: Actor, step: GiftStep, came: Received) -> Outcome[Donation]:
    """
    Take down that a pledged gift came, with the amount that really came.

    Raises
    ------
    TransitionError
        It is no open pledge.
    """

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        check_donation_step(gift.state, DonationState.RECEIVED)
        amount = gift.amount_fen if came.amount_fen is None else check_amount(came.amount_fen)
        given_on = came.received_on or gift.given_on or civil_date(tx.at)
        require_past(tx, given_on)
        after = replace(
            gift,
            state=DonationState.RECEIVED,
            amount_fen=amount,
            given_on=given_on,
            reference=said_or_none(came.reference, "reference") or gift.reference,
            currency=came.foreign.currency if came.foreign else gift.currency,
            foreign_amount=came.foreign.amount if came.foreign else gift.foreign_amount,
            received_at=tx.at,
        )
        after = replace(after, duplicate_of=await first_alike(tx, actor, after))
        detail = {"pledged_fen": gift.amount_fen, "received_fen": amount}
        tx.record("donation.receive", gift.id, detail=detail)
        return after

    return await take_step(ws, actor, step, work, "receive", came)


async def cancel_pledge(ws: Workspace, actor: Actor, step: GiftStep, *, reason: str) -> Outcome[Donation]:
    """
    Take down that a pledged gift will not come.

    Raises
    ------
    TransitionError
        It is no open pledge.
    """
    why = said(reason, "reason")

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        check_donation_step(gift.state, DonationState.CANCELLED)
        tx.record("donation.cancel", gift.id)
        return replace(gift, state=DonationState.CANCELLED, note=why)

    return await take_step(ws, actor, step, work, "cancel", why)


async def _take_down(
    ws: Workspace, actor: Actor, new: NewGift, state: DonationState, key: str | None
) -> Outcome[Donation]:
    actor.require(*OFFICE)
    check_amount(new.amount_fen)
    if new.channel is DonationSource.SHOP:
        raise InvalidInputError("what a shop takes is recorded as its day's sale", field="channel")
    donation_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> Donation:
        return await take_down(ws, tx, actor, new, state, donation_id)

    request = request_hash("take_down", state.value, new)
    return await once(ws, actor, key=key, request=request, answers=GIFTS, work=work)


async def take_down(
    ws: Workspace, tx: AuditedTransaction, actor: Actor, new: NewGift, state: DonationState, donation_id: str
) -> Donation:
    """
    Write a gift down in a unit of work, flagged where it looks like another one.

    Raises
    ------
    NotPermittedError, NotFoundError, ConflictError
        As for ``pledge_donation``.
    InvalidInputError
        A gift that came has a day to come, or a part of it is none.
    """
    holder = await fund_holder(tx, actor, new.fund_id)
    require_open_form(holder, new.channel)
    gift = _gift(tx, new, holder, state, donation_id)
    if state is DonationState.RECEIVED:
        require_past(tx, gift.given_on)
    gift = replace(gift, duplicate_of=await first_alike(tx, actor, gift))
    await write_donation(tx, gift, tx.at)
    await set_lookup_hash(tx, gift.id, digest_of(ws, code_of(ws, gift.id)))
    if gift.donor_id is not None:
        await join_donor(tx, gift)
    operation = "donation.pledge" if state is DonationState.PLEDGED else "donation.record"
    tx.record(operation, gift.id, detail={"fund": gift.fund_id, "amount_fen": gift.amount_fen})
    return gift


def require_open_form(holder: FundHolder, channel: DonationSource) -> None:
    """
    Go on only where a fund takes gifts of a channel.

    Raises
    ------
    ConflictError
        The fund is closed.
    NotPermittedError
        A form for the public is opened for qualified charities alone; others raise with one of them (HC-21).
    """
    if holder.closed:
        raise ConflictError("the fund is closed", fund=holder.id)
    if channel is DonationSource.ONLINE and not holder.public_raising:
        raise NotPermittedError(
            "the charity may not raise money from the public",
            fund=holder.id,
            organisation=holder.organisation_id,
            rule="HC-21",
        )


def _gift(
    tx: AuditedTransaction, new: NewGift, holder: FundHolder, state: DonationState, donation_id: str
) -> Donation:
    name, kind, behind = read_donor(new.donor)
    received = state is DonationState.RECEIVED
    return Donation(
        id=donation_id,
        kind=DonationKind.CASH,
        state=state,
        channel=new.channel,
        donor_name=name,
        donor_kind=kind,
        donor_id=new.donor.organisation_id if new.donor else None,
        passed_on_for=behind,
        fund_id=holder.id,
        amount_fen=new.amount_fen,
        currency=new.foreign.currency if new.foreign else None,
        foreign_amount=new.foreign.amount if new.foreign else None,
        given_on=new.given_on or (civil_date(tx.at) if received else None),
        restriction_text=said_or_none(new.restriction_text, "restriction_text"),
        reference=said_or_none(new.reference, "reference"),
        note=said_or_none(new.note, "note"),
        recorded_by=tx.actor_id,
        received_at=tx.at if received else None,
        region_id=holder.region_id,
        region_path=holder.region_path,
    )


def read_donor(donor: Donor | None) -> tuple[str | None, DonorKind, str | None]:
    """
    Give name, kind, and the giver behind a gift that was handed on.

    Raises
    ------
    InvalidInputError
        A donor without a name, or with one that is no name.
    """
    if donor is None:
        return None, DonorKind.ANONYMOUS, None
    name = " ".join((donor.name or "").split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidInputError("a donor has a name; one who wants none kept is left out", field="donor.name")
    hand, behind = passed_on(name)
    if donor.passed_on_for is not None:
        hand, behind = name, said_or_none(donor.passed_on_for, "donor.passed_on_for")
    kind = DonorKind.ORGANISATION if donor.organisation_id else DonorKind(donor_kind(hand))
    return hand, kind, behind


def require_past(tx: AuditedTransaction, given_on: date | None) -> None:
    """
    Go on only with a day that has come.

    Raises
    ------
    InvalidInputError
        It has not.
    """
    if given_on is not None and given_on > civil_date(tx.at):
        raise InvalidInputError("a gift that came has come", field="given_on", value=given_on.isoformat())
