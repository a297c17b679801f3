"""Gifts received: money into an account, goods into stock."""

from fnmatch import fnmatchcase
from typing import cast

import data
from importers.batches import node_id
from importers.goods import Goods, read_goods
from importers.institutions import ORGANISATION, donor_kind, kind_of, passed_on
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView


def cash_gifts(making: Making) -> None:
    """
    Make a Donation of each row, into the fund that stands for the published account.

    Parameters of the mapping: ``organisation`` (who received), ``fund`` (``{file}`` stands for the file's
    name), ``posts`` (patterns of files whose sum is the fund's money: lists that repeat others post nothing),
    ``state``.
    """
    organisation = making.word("organisation")
    receiver = _receiver(making, organisation) if organisation else None
    fund = _fund_id(making, organisation)
    keeps = receiver is not None and fund is not None
    posts = _posts(making)
    total = 0
    for row in making.rows():
        amount = row.value("amount")
        if amount <= 0:
            making.refuse(row.number, "amount", IssueCode.NEGATIVE_AMOUNT, row.text("amount"))
            continue
        total += amount
        _donation(making, row, kind="CASH", fund=fund, amount_fen=amount, posted=posts and keeps)
    if receiver is not None and fund is not None:
        _fund(making, fund, receiver, total if posts else 0)


def _fund_id(making: Making, organisation: str) -> str | None:
    name = _fund_name(making)
    return node_id("Fund", "", (organisation, name)) if name else None


def _fund_name(making: Making) -> str:
    return making.word("fund").replace("{file}", making.values.table.sheet.file_name.rsplit(".", 1)[0])


def _receiver(making: Making, name: str) -> str:
    row = making.values.table.match.first_row
    return making.organisation(name, "CHARITY_ORG", row, public_raising=True, **making.region())


def _posts(making: Making) -> bool:
    """Whether the sum of the file is the fund's money."""
    patterns = cast("list[str]", making.parameters.get("posts", []))
    return any(fnmatchcase(making.values.table.sheet.file_name, pattern) for pattern in patterns)


def _fund(making: Making, fund: str, receiver: str, received_fen: int) -> None:
    row = making.values.table.match.first_row
    making.node(
        "Fund",
        fund,
        row,
        name=_fund_name(making),
        type="GENERAL",
        organisation_id=receiver,
        received_fen=received_fen,
        reserved_fen=0,
        spent_fen=0,
        **making.region(),
    )
    making.edge("MANAGES", ("Organisation", "Fund"), receiver, fund, row)


def _donation(
    making: Making,
    row: RowView,
    *,
    kind: str,
    fund: str | None,
    amount_fen: int | None,
    posted: bool = False,
) -> str:
    """Add the gift and, where a firm or a body gave it, the giver. A person stays a name in the gift."""
    hand, giver = passed_on(row.value("donor") or "")
    who = donor_kind(hand)
    donor_id = making.organisation_id(hand) if who == ORGANISATION else None
    gift = making.node(
        "Donation",
        making.place_id("Donation", row.number),
        row.number,
        kind=kind,
        state="POSTED" if posted else making.word("state", "RECEIVED"),
        donor_name=hand or None,
        donor_kind=who,
        donor_id=donor_id,
        fund_id=fund,
        amount_fen=amount_fen,
        given_on=row.value("date"),
        restriction_text=row.text("note") or None,
        reference=row.text("reference") or None,
        passed_on_for=giver,
        **making.region(),
    )
    if donor_id is not None:
        making.organisation(hand, kind_of(hand) or "ENTERPRISE", row.number)
        making.edge("GAVE", ("Organisation", "Donation"), donor_id, gift, row.number)
    if fund is not None:
        making.edge("DONATED_TO", ("Donation", "Fund"), gift, fund, row.number)
    return gift


def goods_gifts(making: Making) -> None:
    """
    Make a Donation of goods of each row, and an InKindOffer of each kind of goods whose quantity is stated.

    One kind a row in ``item``, ``quantity``, ``unit``; or free text in ``goods``, valued in ``value``. A
    quantity in a cell merged over several rows covers them all: it stands once, at the first, and all are
    flagged.
    """
    organisation = making.word("organisation")
    keeper = _receiver(making, organisation) if organisation else None
    shared = making.values.table.shared.get("quantity", frozenset())
    for row in making.rows():
        value = row.value("value")
        gift = _donation(making, row, kind="GOODS", fund=None, amount_fen=value)
        for position, goods in enumerate(stated_goods(making, row, row.number in shared), start=1):
            if goods.quantity is not None:
                _offer(making, row, goods, gift=gift, keeper=keeper, position=position)


def _offer(
    making: Making, row: RowView, goods: Goods, *, gift: str, keeper: str | None, position: int
) -> None:
    offer = making.node(
        "InKindOffer",
        making.place_id("InKindOffer", row.number, str(position)),
        row.number,
        item=goods.item,
        item_text=goods.text,
        specification=row.text("specification") or None,
        unit=goods.unit,
        quantity=goods.quantity,
        reserved_quantity=0,
        owner_id=keeper,
        donation_id=gift,
        restricted_to=row.text("note") or None,
        **making.region(),
    )
    making.edge("CAME_FROM", ("InKindOffer", "Donation"), offer, gift, row.number)
    if keeper is not None:
        making.edge("STOCKS", ("Organisation", "InKindOffer"), keeper, offer, row.number)


def stated_goods(making: Making, row: RowView, shared: bool) -> list[Goods]:
    """Give the goods of a row, flagging what is unknown about them; quantity None where none is stated."""
    if "goods" in making.values.table.mapping.columns:
        return _goods_in_text(making, row)
    quantity, unit = row.value("quantity.quantity"), row.value("quantity.unit")
    if shared:
        making.flag(row.number, "quantity", IssueCode.QUANTITY_SHARED, row.text("quantity"))
    elif quantity is None and not row.text("quantity"):
        making.flag(row.number, "quantity", IssueCode.QUANTITY_UNKNOWN)
    item = row.value("item.item") or data.OTHER_ITEM
    return [
        Goods(
            item,
            quantity,
            row.text("unit") or unit or str(row.value("item.unit") or data.items()[item].unit),
            row.text("item"),
        )
    ]


def _goods_in_text(making: Making, row: RowView) -> list[Goods]:
    text = row.text("goods")
    found = read_goods(text, merge=False)
    if not found:
        making.flag(row.number, "goods", IssueCode.UNKNOWN_ITEM, text)
        return [Goods(data.OTHER_ITEM, None, data.items()[data.OTHER_ITEM].unit, text)]
    for goods in found:
        if goods.issue is not None:
            making.flag(row.number, "goods", goods.issue, goods.text)
        if goods.quantity is None:
            making.flag(row.number, "goods", IssueCode.QUANTITY_UNKNOWN, goods.text)
    return found


_GIFT = {
    "Donation.donor_name": "donor",
    "Donation.passed_on_for": "donor",
    "Donation.amount_fen": "amount",
    "Donation.given_on": "date",
    "Donation.restriction_text": "note",
    "Donation.reference": "reference",
    "Organisation.name": "donor",
}
CASH_GIFTS = Recipe(cash_gifts, _GIFT)
GOODS_GIFTS = Recipe(
    goods_gifts,
    {
        **_GIFT,
        "Donation.amount_fen": "value",
        "InKindOffer.item": "item",
        "InKindOffer.item_text": "item",
        "InKindOffer.specification": "specification",
        "InKindOffer.quantity": "quantity",
        "InKindOffer.unit": "unit",
    },
)
