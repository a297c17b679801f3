"""Hospitals and other houses that ask for goods: as columns of flags and figures, or as text."""

import re
from typing import Any

import data
from importers.batches import node_id
from importers.goods import Goods, read_goods
from importers.institutions import canonical_name, organisation_id
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView
from importers.words import section

_FLAG = 1
_PLACEHOLDER_CELLS = 3


def need_by_columns(making: Making) -> None:
    """
    Make a need of goods of each row, one item a column.

    Parameters: ``items`` maps columns to codes of the catalogue. 0 and empty are not asked for. 1 says
    that the item is needed, not that one piece is: its quantity is unknown unless the remarks state one.
    """
    codes = making.table_of("items")
    for row in making.rows():
        remarks = {goods.item: goods for goods in read_goods(row.text("note"))}
        asked: list[Goods] = []
        for column, code in codes.items():
            figure = row.value(column)
            if not figure:
                continue
            if figure < 0:
                making.flag(row.number, column, IssueCode.UNREADABLE_QUANTITY, row.text(column))
                continue
            stated = remarks.get(code)
            if figure == _FLAG and (stated is None or stated.quantity is None):
                asked.append(
                    _lot(code, making.values.table.match.headers[making.values.table.match.columns[column]])
                )
                making.flag(row.number, column, IssueCode.QUANTITY_UNKNOWN, row.text(column))
            elif figure == _FLAG and stated is not None:
                asked.append(stated)
            else:
                asked.append(Goods(code, figure, "", row.text(column)))
        _need(making, row, asked)


def need_by_text(making: Making) -> None:
    """
    Make a need of goods of each row from what its texts name.

    Parameters: ``read`` lists the columns whose text names goods, those with figures first; ``skip`` is a
    pattern of passages that speak of stock in hand.
    """
    columns = [str(name) for name in making.parameters.get("read", ["wanted"])]
    skip = making.word("skip") or None
    for row in making.rows():
        if _is_placeholder(row):
            making.refuse(row.number, "name", IssueCode.PLACEHOLDER_ROW, row.text("name"))
            continue
        text = "\n".join(row.text(column) for column in columns)
        asked: list[Goods] = []
        for goods in read_goods(text, skip=skip):
            if goods.issue is not None:
                making.flag(row.number, "wanted", goods.issue, goods.text)
            if goods.quantity is None:
                making.flag(row.number, "wanted", IssueCode.QUANTITY_UNKNOWN, goods.text)
                asked.append(_lot(goods.item, goods.text))
            else:
                asked.append(goods)
        _need(making, row, asked)


def _is_placeholder(row: RowView) -> bool:
    """One text in every filled cell says nothing about anybody."""
    filled = [text for name, text in row.texts.items() if isinstance(text, str) and not name.startswith("@")]
    return len(filled) >= _PLACEHOLDER_CELLS and len(set(filled)) == 1


def _lot(code: str, text: str) -> Goods:
    """Give one lot: needed, of unknown quantity, in a unit that nobody takes for a piece."""
    return Goods(code, 1, str(section("units")["unknown_lot"]), text)


def _need(making: Making, row: RowView, asked: list[Goods]) -> None:
    name = re.sub(r"\s*\n\s*", " ", row.text("name"))
    region = making.region(row.text("district"), row.text("address"), row.text("name"))
    house = making.organisation(
        name,
        "INSTITUTION",
        row.number,
        stub=False,
        address=row.text("address") or None,
        contact=row.text("contact") or None,
        **region,
    )
    if not asked:
        making.flag(row.number, "name", IssueCode.NOTHING_ASKED, name)
        return
    status = row.text("status")
    verified = not making.word("verified") or status == making.word("verified")
    if not verified:
        making.flag(row.number, "status", IssueCode.NOT_VERIFIED, status)
    need = making.node(
        "Need",
        node_id("Need", "", (organisation_id(name), "goods")),  # by its own name: what was asked keeps its id
        row.number,
        kind="GOODS",
        category="OTHER",
        title=f"{canonical_name(name)[0]} {making.word('title')}".strip(),
        detail=row.text("note") or row.text("progress") or None,
        state="VERIFIED" if verified else "POSTED",
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
        trust=status or None,
        **region,
    )
    making.edge("HAS_NEED", ("Organisation", "Need"), house, need, row.number)
    if region:
        making.edge("LOCATED_IN", ("Organisation", "Region"), house, region["region_id"], row.number)
    for goods in asked:
        _item(making, row, need, goods, region)


def _item(making: Making, row: RowView, need: str, goods: Goods, region: dict[str, Any]) -> None:
    item = making.node(
        "NeedItem",
        node_id("NeedItem", "", (need, goods.item)),
        row.number,
        need_id=need,
        item=goods.item,
        item_text=goods.text,
        unit=goods.unit or data.items()[goods.item].unit,
        quantity=goods.quantity,
        **{name: value for name, value in region.items() if name == "region_path"},
    )
    making.edge("ASKS_FOR", ("Need", "NeedItem"), need, item, row.number)


_SOURCES = {
    "Organisation.name": "name",
    "Organisation.address": "address",
    "Organisation.contact": "contact",
    "Need.title": "name",
    "Need.detail": "note",
    "Need.trust": "status",
}
NEED_BY_COLUMNS = Recipe(need_by_columns, _SOURCES)
NEED_BY_TEXT = Recipe(need_by_text, {**_SOURCES, "NeedItem.item": "wanted", "NeedItem.quantity": "wanted"})
