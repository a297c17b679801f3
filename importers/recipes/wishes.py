"""Wishes as published: who wished is not said, what and where is."""

import re

import data
from domain.money import fen_from_yuan
from importers.batches import Fields, node_id
from importers.goods import item_of
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView
from importers.values import read_money

_BOUNDS = re.compile(r"^\s*(\d+)\s*[-~]\s*(\d+)\s*$")
_CEILING = re.compile(r"^\s*[<\u2264]\s*(\d+)\s*$")
_SPEC_PARTS = 4


def wishes(making: Making) -> None:
    """
    Make a need without a subject of each wish.

    Parameters: ``kinds`` maps the category of the source to ``KIND CATEGORY SKILL MINUTES``, of which a
    thing has the first two; ``totals`` lists categories whose rows are sums of many wishes.
    """
    kinds = making.table_of("kinds")
    sums = [str(word) for word in making.parameters.get("totals", [])]
    for row in making.rows():
        category = row.text("category")
        if category in sums:
            making.refuse(row.number, "category", IssueCode.TOTAL_NOT_ROW, row.text("wish"))
            continue
        spec = kinds.get(category)
        if spec is None:
            making.flag(row.number, "category", IssueCode.UNKNOWN_CODE, category)
            spec = "WISH OTHER"
        _wish(making, row, spec.split())


def _wish(making: Making, row: RowView, spec: list[str]) -> None:
    kind, category = spec[0], spec[1]
    region = {
        name: value
        for name, value in (("region_id", row.value("region.id")), ("region_path", row.value("region.path")))
        if value
    }
    serves = len(spec) == _SPEC_PARTS
    asks_goods = kind in {"WISH", "GOODS"} and not serves
    need = making.node(
        "Need",
        node_id("Need", "wish", (row.text("number"),)),
        row.number,
        kind=kind,
        category=category,
        title=row.text("wish"),
        detail=" ".join(
            text for text in (row.text("beneficiary"), row.text("place"), row.text("year")) if text
        ),
        state="POSTED",
        urgency="ROUTINE",
        subject_kind="ANONYMOUS",
        partial_allowed=False,
        consent_recorded=False,
        risk="NONE",
        amount_fen=_cost(making, row),
        policy_aid_fen=0,
        insurance_fen=0,
        duration_min=int(spec[3]) if serves else 0,
        with_child=False,
        home_visit=serves,
        demanding=False,
        **region,
    )
    if region:
        making.edge("LOCATED_IN", ("Need", "Region"), need, region["region_id"], row.number)
    path = {"region_path": region["region_path"]} if region else {}
    if serves:
        slot = making.node(
            "NeedSlot",
            node_id("NeedSlot", "", (need, "1")),
            row.number,
            need_id=need,
            position=1,
            skill=spec[2],
            **path,
        )
        making.edge("HAS_SLOT", ("Need", "NeedSlot"), need, slot, row.number)
    if asks_goods:
        _item(making, row, need, path)


def _item(making: Making, row: RowView, need: str, path: Fields) -> None:
    code = item_of(row.text("wish")) or data.OTHER_ITEM
    if code == data.OTHER_ITEM:
        making.flag(row.number, "wish", IssueCode.UNKNOWN_ITEM, row.text("wish"))
    quantity = row.value("quantity")
    if not quantity:
        making.flag(row.number, "quantity", IssueCode.QUANTITY_UNKNOWN)
    item = making.node(
        "NeedItem",
        node_id("NeedItem", "", (need, code)),
        row.number,
        need_id=need,
        item=code,
        item_text=row.text("wish"),
        unit=row.text("unit") or data.items()[code].unit,
        quantity=quantity or 1,
        **path,
    )
    making.edge("ASKS_FOR", ("Need", "NeedItem"), need, item, row.number)


def _cost(making: Making, row: RowView) -> int:
    """Give what a wish costs in fen: of a range or bound the upper end, flagged; 0 where none is stated."""
    text = row.text("cost")
    if not text:
        return 0
    fen, _ = read_money(text)
    if fen is not None:
        return int(fen)
    making.flag(row.number, "cost", IssueCode.COST_UNCERTAIN, text)
    match = _BOUNDS.match(text) or _CEILING.match(text)
    return fen_from_yuan(match[match.lastindex or 1]) if match else 0


WISHES = Recipe(
    wishes,
    {
        "Need.title": "wish",
        "Need.category": "category",
        "Need.amount_fen": "cost",
        "Need.region_id": "region",
        "Need.region_path": "region",
        "NeedItem.item": "wish",
        "NeedItem.item_text": "wish",
        "NeedItem.quantity": "quantity",
        "NeedItem.unit": "unit",
    },
)
