"""Shipped wishes, classified: category of need, goods they name, what they cost, whom they are for."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from generator.shipped import facts, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    One published wish as a template.

    ``item`` and ``unit`` name the goods in the words of the catalogue; None where no stock could hold it.
    ``yuan`` is the range of its price; ``stock_share`` how often the thing itself is asked for.
    """

    title: str
    category: str
    item: str | None
    unit: str
    quantity: int
    yuan: tuple[int, int]
    stock_share: float
    audience: str


_LARGEST_QUANTITY = 20  # wishes of whole classes are left to the goods of institutions


def _item(text: str) -> dict[str, Any] | None:
    """Give the catalogue entry whose longest word the wish contains."""
    hits = [
        (len(word), entry) for entry in table("wishes")["items"] for word in entry["words"] if word in text
    ]
    return max(hits, key=lambda hit: hit[0])[1] if hits else None


def _audience(beneficiary: str) -> str:
    for who, words in table("wishes")["audience"].items():
        if any(word in beneficiary for word in words):
            return who
    return "any"


@cache
def wish_templates() -> tuple[Wish, ...]:
    """Give the wishes that ask for things; those that ask for somebody's time are services elsewhere."""
    categories = table("wishes")["categories"]
    found: list[Wish] = []
    for row in facts("wishes", "wishes"):
        kind = categories.get(row["category"])
        quantity = int(row["quantity"] or 1)
        if kind is None or quantity > _LARGEST_QUANTITY:
            continue
        item = _item(row["wish"])
        found.append(
            Wish(
                title=row["wish"],
                category=kind["category"],
                item=item["label"] if item else None,
                unit=item["unit"] if item else row["unit"],
                quantity=quantity,
                yuan=(kind["yuan"][0], kind["yuan"][1]),
                stock_share=kind["stock"] if item else 0.0,
                audience=_audience(row["beneficiary"]),
            )
        )
    return tuple(found)


@cache
def item_units() -> dict[str, str]:
    """Give the unit of each item's label."""
    return {
        entry["label"]: entry["unit"] for entry in (*table("wishes")["items"], *table("wishes")["stocked"])
    }
