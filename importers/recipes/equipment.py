"""
Protective equipment in America: what was pledged, what was asked for, and how each match of the two ended.

Givers and houses are pseudonyms that the publishers made; they stay names. A state of the union is no Chinese
division: it stays a word beside the offer, and region stays unsaid.
"""

from datetime import datetime
from typing import Any

import data
from importers.batches import Fields, node_id
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView
from importers.words import section

_DELIVERED = "delivered"


def pledged_goods(making: Making) -> None:
    """
    Make a pledged Donation of goods of each row and an InKindOffer where a quantity is stated.

    Parameter ``units``: source word of the goods to the unit they are counted in, where it is not the
    catalogue's. Nothing, or less, is no quantity: the publishers write 0 and -1 for "not said".
    """
    for row in _once(making):
        quantity = _quantity(making, row)
        gift = making.node(
            "Donation",
            making.place_id("Donation", row.number),
            row.number,
            kind="GOODS",
            state="PLEDGED",
            donor_name=row.text("donor"),
            donor_kind="UNKNOWN",
            given_on=row.value("given_on"),
            reference=row.text("number") or None,
            note=row.text("origin") or None,
        )
        if quantity is None:
            continue
        offer = making.node(
            "InKindOffer",
            making.place_id("InKindOffer", row.number),
            row.number,
            **_goods(making, row),
            quantity=quantity,
            reserved_quantity=0,
            donation_id=gift,
            pickup=row.value("state") or row.text("state") or None,
        )
        making.edge("CAME_FROM", ("InKindOffer", "Donation"), offer, gift, row.number)


def requested_goods(making: Making) -> None:
    """Make a need of each request of a house: one item a row, one need for all that it asked at one time."""
    for row in _once(making):
        need = node_id("Need", "equipment", (row.text("house"), row.text("asked_at")))
        _need(making, row, need, "VERIFIED", row.value("asked_at"))
        _item(making, row, need, _quantity(making, row))


def matched_goods(making: Making) -> None:
    """
    Make a need, its item and a GoodsIssue of each match: what a house asked, and what it was really given.

    The three share their source row. A match that was closed undelivered handed out nothing: its issue says 0
    and the need's ``trust`` why. ``matched_at`` and ``fulfilled_at`` are when volunteers wrote it down.
    """
    for row in _once(making):
        delivered = row.value("status") == _DELIVERED
        made, ended = row.value("made_at"), row.value("ended_at")
        if made is not None and ended is not None and ended < made:
            making.flag(row.number, "ended_at", IssueCode.PUBLISHER_DOUBTS, row.text("ended_at"))
        reason = row.text("reason")
        if reason == making.word("test") or (delivered and reason):
            making.flag(row.number, "reason", IssueCode.PUBLISHER_DOUBTS, reason)
        quantity = _quantity(making, row)
        need = making.place_id("Need", row.number)
        _need(
            making,
            row,
            need,
            "CONFIRMED" if delivered else "EXPIRED",
            None,
            {
                "trust": f"{row.text('status')}: {reason}" if reason else row.text("status"),
                "matched_at": made,
                "fulfilled_at": ended if delivered else None,
                "state_since": ended,
            },
        )
        _item(making, row, need, quantity)
        house = _house_id(row)
        issue = making.node(
            "GoodsIssue",
            making.place_id("GoodsIssue", row.number),
            row.number,
            receiver_id=house,
            receiver_name=row.text("house"),
            donor_name=row.text("donor"),
            **_goods(making, row),
            quantity=quantity if delivered else 0,
            issued_on=ended.date() if delivered and ended is not None else None,
        )
        making.edge("ISSUED_TO", ("GoodsIssue", "Organisation"), issue, house, row.number)


def _once(making: Making) -> list[RowView]:
    """Rows without those that repeat an earlier one to the letter; such a row is flagged and adds nothing."""
    seen: set[tuple[Any, ...]] = set()
    kept: list[RowView] = []
    for row in making.rows():
        said = tuple(row.texts[name] for name in making.values.table.match.columns)
        if said in seen:
            making.flag(
                row.number, None, IssueCode.DUPLICATE_KEY, " ".join(str(text) for text in said if text)
            )
        else:
            seen.add(said)
            kept.append(row)
    return kept


def _quantity(making: Making, row: RowView) -> int | None:
    figure = row.value("quantity")
    if figure is not None and figure > 0:
        return int(figure)
    making.flag(row.number, "quantity", IssueCode.QUANTITY_UNKNOWN, row.text("quantity"))
    return None


def _goods(making: Making, row: RowView) -> Fields:
    item = row.value("item")
    return {
        "item": item,
        "item_text": row.text("item"),
        "unit": making.table_of("units").get(row.text("item"), data.items()[item].unit),
    }


def _house_id(row: RowView) -> str:
    return node_id("Organisation", "equipment", (row.text("house"),))


def _need(
    making: Making,
    row: RowView,
    need: str,
    state: str,
    posted_at: datetime | None,
    outcome: Fields | None = None,
) -> None:
    house = making.node(
        "Organisation", _house_id(row), row.number, kind="INSTITUTION", name=row.text("house"), stub=True
    )
    making.node(
        "Need",
        need,
        row.number,
        kind="GOODS",
        category="OTHER",
        title=making.values.table.mapping.title,
        state=state,
        urgency="URGENT",
        subject_kind="INSTITUTION",
        subject_id=house,
        partial_allowed=True,
        consent_recorded=True,
        risk="NONE",
        amount_fen=0,
        policy_aid_fen=0,
        insurance_fen=0,
        duration_min=0,
        with_child=False,
        home_visit=False,
        demanding=False,
        posted_at=posted_at,
        **(outcome or {}),
    )
    making.edge("HAS_NEED", ("Organisation", "Need"), house, need, row.number)


def _item(making: Making, row: RowView, need: str, quantity: int | None) -> None:
    """One asked item; of unknown quantity it is one lot, in a unit that nobody takes for a piece."""
    goods = _goods(making, row)
    if quantity is None:
        goods["unit"] = str(section("units")["unknown_lot"])
    item = making.node(
        "NeedItem",
        node_id("NeedItem", "", (need, row.text("item"))),
        row.number,
        need_id=need,
        **goods,
        quantity=quantity or 1,
    )
    making.edge("ASKS_FOR", ("Need", "NeedItem"), need, item, row.number)


_GOODS = {"item": "item", "item_text": "item", "quantity": "quantity"}
PLEDGED_GOODS = Recipe(
    pledged_goods,
    {
        "Donation.donor_name": "donor",
        "Donation.given_on": "given_on",
        "Donation.reference": "number",
        "Donation.note": "origin",
        **{f"InKindOffer.{name}": column for name, column in _GOODS.items()},
        "InKindOffer.pickup": "state",
    },
)
_ASKED = {
    "Organisation.name": "house",
    **{f"NeedItem.{name}": column for name, column in _GOODS.items()},
}
REQUESTED_GOODS = Recipe(requested_goods, {**_ASKED, "Need.posted_at": "asked_at"})
MATCHED_GOODS = Recipe(
    matched_goods,
    {
        **_ASKED,
        "Need.state": "status",
        "Need.trust": "reason",
        "Need.matched_at": "made_at",
        "Need.fulfilled_at": "ended_at",
        "GoodsIssue.receiver_name": "house",
        "GoodsIssue.donor_name": "donor",
        "GoodsIssue.issued_on": "ended_at",
        **{f"GoodsIssue.{name}": column for name, column in _GOODS.items()},
    },
)
