"""Gifts of goods: what came, put on the shelf of the charity in the same unit, with a receipt that names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor
from domain.donations import Donation
from domain.errors import InvalidInputError
from domain.giving import DonationKind, DonationSource, DonationState
from domain.money import MOST_FEN
from domain.time import civil_date
from graph.donations import fund_holder, join_donor, set_lookup_hash, write_donation
from graph.unit_of_work import AuditedTransaction
from workflows.donations.codes import code_of, digest_of
from workflows.donations.recording import Donor, read_donor, require_open_form, require_past
from workflows.donations.steps import GIFTS, OFFICE, said, said_or_none
from workflows.funds.stock import NewStock, put_on_shelf
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenItem:
    """So many units of one kind of goods; ``expires`` is the first day on which they are no longer given out."""

    item: str
    unit: str
    quantity: int
    item_text: str | None = None
    specification: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGoods:
    """
    Goods that were given to a charity.

    Parameters
    ----------
    fund_id
        For which of its funds: what the goods are for is that fund's purpose.
    donor
        None is a donor who wants no name kept.
    value_fen
        What the donor or an appraiser says they are worth; it is in no book. 0 is unknown.
    pickup
        Where they are fetched, in words.
    """

    fund_id: str
    donor: Donor | None
    items: tuple[GivenItem, ...]
    channel: DonationSource = DonationSource.HAND
    value_fen: int = 0
    pickup: str | None = None
    region_id: str | None = None
    given_on: date | None = None
    restriction_text: str | None = None
    reference: str | None = None
    note: str | None = None


async def record_goods(
    ws: Workspace, actor: Actor, new: NewGoods, *, idempotency_key: str | None = None
) -> Outcome[Donation]:
    """
    Take a gift of goods down and put each of its items on the shelf; from then on rounds give them out.

    Raises
    ------
    InvalidInputError
        No items, or one that is no kind of goods, is nothing, or has expired; a value that no gift has.
    NotPermittedError
        It came by a form for the public, and the charity may not raise from the public (HC-21).
    NotFoundError
        The fund is not one of the actor's organisations.
    ConflictError
        The fund is closed.
    """
    actor.require(*OFFICE)
    if not 0 < len(new.items) <= _MOST_LINES:
        raise InvalidInputError(f"1 to {_MOST_LINES} kinds of goods", field="items", value=len(new.items))
    if not 0 <= new.value_fen <= MOST_FEN:
        raise InvalidInputError("no such value of a gift", field="value", value=new.value_fen)
    donation_id = ws.new_id()
    keys = [(ws.new_id(), ws.new_id()) for _ in new.items]

    async def work(tx: AuditedTransaction) -> Donation:
        holder = await fund_holder(tx, actor, new.fund_id)
        require_open_form(holder, new.channel)
        given_on = new.given_on or civil_date(tx.at)
        require_past(tx, given_on)
        name, kind, behind = read_donor(new.donor)
        gift = Donation(
            id=donation_id,
            kind=DonationKind.GOODS,
            state=DonationState.RECEIVED,
            channel=new.channel,
            donor_name=name,
            donor_kind=kind,
            donor_id=new.donor.organisation_id if new.donor else None,
            passed_on_for=behind,
            fund_id=holder.id,
            amount_fen=new.value_fen,
            given_on=given_on,
            restriction_text=said_or_none(new.restriction_text, "restriction_text"),
            reference=said_or_none(new.reference, "reference"),
            note=said_or_none(new.note, "note"),
            recorded_by=tx.actor_id,
            received_at=tx.at,
            region_id=holder.region_id,
            region_path=holder.region_path,
        )
        await write_donation(tx, gift, tx.at)
        await set_lookup_hash(tx, gift.id, digest_of(ws, code_of(ws, gift.id)))
        if gift.donor_id is not None:
            await join_donor(tx, gift)
        await _shelve(tx, actor, new, keys, owner_id=holder.organisation_id, donation_id=donation_id)
        tx.record("donation.goods", gift.id, detail={"fund": gift.fund_id, "items": len(new.items)})
        return gift

    request = request_hash("record_goods", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=GIFTS, work=work)


async def _shelve(
    tx: AuditedTransaction,
    actor: Actor,
    new: NewGoods,
    keys: Sequence[tuple[str, str]],
    *,
    owner_id: str,
    donation_id: str,
) -> None:
    for item, (stock_id, line_id) in zip(new.items, keys, strict=True):
        stock = NewStock(
            organisation_id=owner_id,
            item=item.item,
            unit=said(item.unit, "unit"),
            quantity=item.quantity,
            item_text=said_or_none(item.item_text, "item_text"),
            specification=said_or_none(item.specification, "specification"),
            expires=item.expires,
            pickup=said_or_none(new.pickup, "pickup"),
            region_id=new.region_id,
            donation_id=donation_id,
        )
        await put_on_shelf(tx, actor, stock, stock_id=stock_id, line_id=line_id)
