"""Masks that early releases kept as they were, wherever they stand: found a page at a time, and written back sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

import polars as pl

from graph.columns import text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL

_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A property that may hold old masks.

    Parameters
    ----------
    whole
        Whether the property is one sealed value, and no text in which masks stand.
    """

    label: str
    property: str
    whole: bool
    page: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class OldText:
    """A text with old masks; ``number_hash`` is the keyed hash of the node's own number, where it has one."""

    id: str
    stored: str
    number_hash: str | None


def _place(label: LiteralString, name: LiteralString, *, whole: bool = False) -> Place:
    old: LiteralString = (
        "NOT n." + name + " STARTS WITH $sealed" if whole else "n." + name + " CONTAINS '********'"
    )
    has_hash = any(p.name == "id_number_hash" for p in NODE_TYPE_BY_LABEL[label].properties)
    number: LiteralString = "n.id_number_hash" if has_hash else "NULL"
    page = Statement(
        "MATCH (n:" + label + ") WHERE n.id > $after AND n." + name + " <> '' AND " + old
        + " RETURN n.id AS id, n." + name + " AS stored, " + number + " AS number_hash ORDER BY id LIMIT $rows",
        Access.READ,
    )  # fmt: skip
    return Place(label=label, property=name, whole=whole, page=page)


PLACES = (
    _place("Resident", "id_number_mask", whole=True),
    _place("DepartmentRecord", "id_number_mask", whole=True),
    _place("Volunteer", "id_number_mask", whole=True),
    _place("ServiceCertificate", "payload", whole=True),
    _place("ServiceCertificate", "content"),
    _place("RecognitionCase", "claims"),
    _place("CompareLine", "changes"),
    _place("ImportChange", "before"),
    _place("ImportChange", "after"),
    _place("IdempotencyRecord", "response"),
)


def _old(record: Record) -> OldText:
    return OldText(
        id=text(record, "id"),
        stored=text(record, "stored"),
        number_hash=text_or_none(record, "number_hash"),
    )


async def page_of_old_masks(tx: ReadTransaction, place: Place, after: str, *, sealed: str) -> list[OldText]:
    """Give the next texts of a place, in order of ids, that do not begin as sealed ones do; empty at its end."""
    given = {"sealed": sealed} if place.whole else {}
    return [_old(record) for record in await tx.run(place.page, after=after, rows=_ROWS, **given)]


async def write_sealed(tx: WriteTransaction, place: Place, sealed: Mapping[str, str]) -> None:
    """Write texts of a place, by the ids of their nodes, as they are kept from now on."""
    frame = pl.DataFrame({"id": list(sealed), place.property: list(sealed.values())})
    await tx.update_nodes(NODE_TYPE_BY_LABEL[place.label], frame)
