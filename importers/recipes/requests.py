"""Calls for help and calls for volunteers, as published: who asks is not said, what and where is."""

import data
from importers.batches import Fields, node_id
from importers.goods import item_of
from importers.issues import IssueCode
from importers.recipes.base import Making, Recipe, RowView
from importers.values import number_of, read_integer, split_list

_MOST_HEADS = 500
_SPLIT = "|;；、"


def requests(making: Making) -> None:
    """
    Make a need of each call for help.

    Parameters: ``kinds`` maps a word of the source to ``KIND CATEGORY``, the first word that a row has counts;
    ``offers`` are words of rows that offer and ask for nothing; ``urgency`` is that of all rows.
    """
    kinds = making.table_of("kinds")
    offers = {str(word) for word in making.parameters.get("offers", [])}
    for row in making.rows():
        words = split_list(row.text("categories"), _SPLIT)
        if words and set(words) <= offers:
            making.refuse(row.number, "categories", IssueCode.NOTHING_ASKED, row.text("categories"))
            continue
        unknown = [word for word in words if word not in kinds and word not in offers]
        if unknown or not words:
            making.flag(row.number, "categories", IssueCode.UNKNOWN_CODE, row.text("categories"))
        kind, _, category = next((kinds[word] for word in kinds if word in words), "SERVICE OTHER").partition(
            " "
        )
        place = _region(making, row, "address")
        need = making.node(
            "Need",
            node_id("Need", making.values.table.mapping.name, (row.text("number"),)),
            row.number,
            title=" ".join(part for part in (row.text("address"), row.text("categories")) if part),
            detail="; ".join(row.text(name) for name in ("items", "vulnerable") if row.text(name)),
            urgency=making.word("urgency", "URGENT"),
            posted_at=row.value("posted"),
            longitude_deg=row.value("longitude"),
            latitude_deg=row.value("latitude"),
            **_need(kind, category),
            **place,
        )
        if place:
            making.edge("LOCATED_IN", ("Need", "Region"), need, place["region_id"], row.number)
        if row.value("verified") is False:
            making.flag(row.number, "verified", IssueCode.NOT_VERIFIED)
        _head_count(making, row)
        _items(making, row, need, place)


def calls(making: Making) -> None:
    """
    Make a need with a slot a head of each call for volunteers, and its organiser.

    Parameters: ``minutes`` of a service.
    """
    for row in making.rows():
        heads, issue = read_integer(row.text("heads")) if row.text("heads") else (None, None)
        if heads is None or issue or not 0 < heads <= _MOST_HEADS:
            making.flag(row.number, "heads", IssueCode.QUANTITY_UNKNOWN, row.text("heads"))
            heads = 1
        need = making.node(
            "Need",
            node_id("Need", making.values.table.mapping.name, (row.text("number"),)),
            row.number,
            title=row.text("title"),
            detail=" ".join(part for part in (row.text("requirement"), row.text("detail")) if part),
            urgency="ROUTINE",
            posted_at=row.value("posted"),
            **_need("SERVICE", "OTHER", int(making.word("minutes", "120"))),
        )
        if row.text("organiser"):
            making.organisation(row.text("organiser"), "SOCIAL_ORG", row.number)
        for position in range(1, heads + 1):
            slot = making.node(
                "NeedSlot",
                node_id("NeedSlot", "", (need, str(position))),
                row.number,
                need_id=need,
                position=position,
            )
            making.edge("HAS_SLOT", ("Need", "NeedSlot"), need, slot, row.number)


def _need(kind: str, category: str, minutes: int = 0) -> Fields:
    return {
        "kind": kind,
        "category": category,
        "state": "POSTED",
        "subject_kind": "ANONYMOUS",
        "partial_allowed": kind == "GOODS",
        "consent_recorded": False,
        "risk": "NONE",
        "amount_fen": 0,
        "policy_aid_fen": 0,
        "insurance_fen": 0,
        "duration_min": minutes,
        "with_child": False,
        "home_visit": False,
        "demanding": False,
    }


def _region(making: Making, row: RowView, column: str) -> Fields:
    found = making.region(row.text(column))
    if not found:
        making.flag(row.number, column, IssueCode.UNKNOWN_REGION, row.text(column))
    return found


def _head_count(making: Making, row: RowView) -> None:
    """Say where the number of people is no number: it is a hint for whoever goes, nothing is counted by it."""
    said = row.text("people")
    if said and number_of(said) is None:
        making.flag(row.number, "people", IssueCode.UNREADABLE_NUMBER, said)


def _items(making: Making, row: RowView, need: str, place: Fields) -> None:
    path = {"region_path": place["region_path"]} if place else {}
    for word in split_list(row.text("items"), _SPLIT):
        code = item_of(word) or data.OTHER_ITEM
        if code == data.OTHER_ITEM:
            making.flag(row.number, "items", IssueCode.UNKNOWN_ITEM, word)
        making.flag(row.number, "items", IssueCode.QUANTITY_UNKNOWN, word)
        item = making.node(
            "NeedItem",
            node_id("NeedItem", "", (need, code)),
            row.number,
            need_id=need,
            item=code,
            item_text=word,
            unit=data.items()[code].unit,
            quantity=1,
            **path,
        )
        making.edge("ASKS_FOR", ("Need", "NeedItem"), need, item, row.number)


REQUESTS = Recipe(
    requests,
    {
        "Need.title": "address",
        "Need.detail": "items",
        "Need.kind": "categories",
        "Need.category": "categories",
        "Need.posted_at": "posted",
        "Need.longitude_deg": "longitude",
        "Need.latitude_deg": "latitude",
        "Need.region_id": "address",
        "Need.region_path": "address",
        "NeedItem.item": "items",
        "NeedItem.item_text": "items",
    },
)
CALLS = Recipe(
    calls,
    {
        "Need.title": "title",
        "Need.detail": "detail",
        "Need.posted_at": "posted",
        "NeedSlot.position": "heads",
        "Organisation.name": "organiser",
    },
)
