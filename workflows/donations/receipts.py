"""Receipts: each gift that came gets the next number of its region and year, and a paper on request."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files

from data import items
from domain.actors import Actor
from domain.donations import Donation, DonorKind, check_donation_step, minor_text, receipt_number
from domain.errors import TransitionError
from domain.giving import DonationKind, DonationState
from domain.money import yuan_text
from domain.time import civil_date
from graph.donations import CameOfGoods, FundHolder, fund_holder, goods_that_came, set_lookup_hash
from graph.numbering import next_number
from graph.ports import ReadTransaction
from graph.reads.donations import donation_by_id
from graph.unit_of_work import AuditedTransaction
from locales import Locale, text
from workflows.certificates.printing import compile_pdf, day_text, qr_svg
from workflows.donations.codes import code_of, digest_of
from workflows.donations.steps import OFFICE, GiftStep, take_step
from workflows.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as a file."""

    donation: Donation
    pdf: bytes


async def issue_receipt(ws: Workspace, actor: Actor, step: GiftStep) -> Outcome[Donation]:
    """
    Give a gift that came the next number of its region's receipts.

    Raises
    ------
    TransitionError
        It did not come yet, or has a receipt.
    """

    async def work(tx: AuditedTransaction, gift: Donation) -> Donation:
        check_donation_step(gift.state, DonationState.RECEIPTED)
        after = await number_receipt(tx, actor, gift)
        # A gift that came by an import has no code before it has a receipt to stand on.
        await set_lookup_hash(tx, gift.id, digest_of(ws, code_of(ws, gift.id)))
        tx.record("donation.receipt", gift.id, detail={"number": after.receipt_number})
        return replace(after, state=DonationState.RECEIPTED)

    return await take_step(ws, actor, step, work, "receipt")


async def number_receipt(tx: AuditedTransaction, actor: Actor, gift: Donation) -> Donation:
    """Give a gift with a new receipt's number; the numbers of a region's year have no gaps."""
    holder = await fund_holder(tx, actor, gift.fund_id)
    code, year = _region_code(holder), civil_date(tx.at).year
    number = await next_number(tx, f"donation-receipt:{code}:{year}")
    return replace(gift, receipt_number=receipt_number(code, year, number), receipted_at=tx.at)


def _region_code(holder: FundHolder) -> str:
    codes = [part for part in holder.region_path.split("/") if part.isdecimal()]
    return next((code for code in reversed(codes) if len(code) <= 6), "0").ljust(6, "0")


async def print_receipt(
    ws: Workspace, actor: Actor, donation_id: str, *, address: str, locale: Locale = Locale.ZH_CN
) -> Receipt:
    """
    Make the file of a receipt; equal gifts give equal bytes.

    Parameters
    ----------
    address
        Where this service is reached, as ``https://host``: the QR code leads to the donor's page.

    Raises
    ------
    TransitionError
        The gift has no receipt, or was given back.
    """
    actor.require(*OFFICE)

    async def look(tx: ReadTransaction) -> tuple[Donation, FundHolder, list[CameOfGoods]]:
        gift = await donation_by_id(tx, actor, donation_id)
        came = await goods_that_came(tx, gift.id) if gift.kind is DonationKind.GOODS else []
        return gift, await fund_holder(tx, actor, gift.fund_id), came

    gift, holder, goods = await ws.store.read(look)
    if gift.receipt_number is None or gift.receipted_at is None or gift.state is DonationState.RETURNED:
        raise TransitionError("the gift has no receipt", id=donation_id, before=gift.state.value)
    issued = civil_date(gift.receipted_at)
    code = code_of(ws, gift.id)
    values = receipt_values(gift, holder, issued, code=code, address=address, locale=locale, goods=goods)
    template = files("workflows.donations").joinpath("receipt.typ").read_bytes()
    return Receipt(
        donation=gift, pdf=compile_pdf(template, "receipt", json.dumps(values, ensure_ascii=False), issued)
    )


def receipt_values(
    gift: Donation,
    holder: FundHolder,
    issued: date,
    *,
    code: str,
    address: str,
    locale: Locale,
    goods: Sequence[CameOfGoods] = (),
) -> dict[str, object]:
    """Give what a receipt says; amounts in yuan, the original currency beside them, goods by kind and unit."""

    def say(key: str, **parameters: object) -> str:
        return text(f"donations.receipt.{key}", locale, **parameters)

    anonymous = gift.donor_kind is DonorKind.ANONYMOUS or not gift.donor_name
    amount = say("yuan", amount=yuan_text(gift.amount_fen))
    if gift.currency is not None and gift.foreign_amount is not None:
        amount = say(
            "foreign",
            amount=amount,
            currency=gift.currency,
            original=minor_text(gift.currency, gift.foreign_amount),
        )
    rows = [
        (say("number"), gift.receipt_number),
        (say("donor"), say("anonymous") if anonymous else gift.donor_name),
        (say("giver"), gift.passed_on_for),
        (say("given_on"), None if gift.given_on is None else day_text(gift.given_on, locale)),
        (say("goods"), "; ".join(_named(each, locale) for each in goods)),
        (say("worth" if goods else "amount"), amount if gift.amount_fen else None),
        (say("refunded"), say("yuan", amount=yuan_text(gift.refunded_fen)) if gift.refunded_fen else None),
        (say("fund"), holder.name),
        (say("wish"), gift.restriction_text),
    ]
    return {
        "lang": "zh" if locale is Locale.ZH_CN else "en",
        "title": say("title"),
        "issuer": holder.organisation_name,
        "credit_code": holder.credit_code or "",
        "rows": [[label, value] for label, value in rows if value],
        "issued_on": day_text(issued, locale),
        "seal": say("seal"),
        "code": code,
        "page": say("page"),
        "qr": qr_svg(f"{address.rstrip('/')}/gifts/{code}"),
    }


def _named(came: CameOfGoods, locale: Locale) -> str:
    known = items().get(came.item)
    word = came.item_text or (
        came.item if known is None else known.zh if locale is Locale.ZH_CN else known.en
    )
    return f"{word} {came.quantity} {came.unit}".strip()
