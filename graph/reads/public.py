"""What everybody may read of needs. Nothing here takes an actor: there is nothing to scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.needs import NeedCategory, NeedKind
from domain.publication import CROWD, NEVER_SHOWN, SHOWN_STATES, OwnerGroup
from graph.columns import integer, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of

LIST_NAME = "open-needs"

# Narrowed by the place that is shown: by the need's own place a reader could find out where it is.
_STANDING: LiteralString = """
MATCH (p:Publication) WHERE p.state = 'STANDING' AND p.category IN $categories AND p.kind IN $kinds
  AND p.shown_path STARTS WITH $shown_path
MATCH (n:Need {id: p.id}) WHERE n.state IN $states AND n.urgency <> 'EMERGENCY'
  AND (n.consent_recorded OR n.subject_kind = 'INSTITUTION')
"""
_COLUMNS: LiteralString = """
RETURN p.id AS id, p.title AS title, p.body AS body, p.owner AS owner, p.shown_path AS shown_path,
  p.category AS category, p.kind AS kind, p.amount_fen AS amount_fen, p.published_at AS published_at
"""
_PAGE = Statement(
    _STANDING
    + " AND (p.published_at < $after_at OR (p.published_at = $after_at AND p.id > $after_id))"
    + _COLUMNS
    + "ORDER BY published_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNTS = Statement(
    _STANDING + "RETURN p.category AS category, count(*) AS needs ORDER BY category", Access.READ
)
_SLOTS = Statement(
    """
    UNWIND $ids AS wanted MATCH (s:NeedSlot) WHERE s.need_id = wanted
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN s.need_id AS need_id, count(s.id) AS slots, count(h.id) AS held
    """,
    Access.READ,
)
_ITEMS = Statement(
    """
    UNWIND $ids AS wanted MATCH (i:NeedItem) WHERE i.need_id = wanted
    RETURN i.need_id AS need_id, i.item AS item, i.quantity AS quantity, i.unit AS unit
    ORDER BY need_id, item
    """,
    Access.READ,
)
_PLACES = Statement(
    "MATCH (r:Region) WHERE r.region_path IN $paths RETURN r.region_path AS path, r.name AS name", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicItem:
    """Goods asked for; without the asking side's own words."""

    item: str
    quantity: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNeed:
    """A need on the wall: nothing in it is known of fewer than ``CROWD`` households."""

    id: str
    title: str
    body: str
    owner: OwnerGroup
    shown_path: str
    shown_name: str | None
    category: NeedCategory
    kind: NeedKind
    amount_fen: int
    free_slots: int
    items: tuple[PublicItem, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFilter:
    """What the wall is narrowed to; empty axes narrow nothing."""

    categories: tuple[NeedCategory, ...] = ()
    kinds: tuple[NeedKind, ...] = ()
    shown_path: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCount:
    """Needs of a category; None stands for some, but fewer than ``CROWD``."""

    category: NeedCategory
    needs: int | None


def _narrowed(filter: PublicFilter) -> dict[str, list[str] | str]:
    shown = set(filter.categories or NeedCategory) - NEVER_SHOWN
    return {
        "categories": sorted(category.value for category in shown) or ["(none)"],
        "kinds": [kind.value for kind in filter.kinds or NeedKind],
        "shown_path": filter.shown_path,
        "states": sorted(state.value for state in SHOWN_STATES),
    }


async def page_of_public_needs(
    tx: ReadTransaction,
    *,
    filter: PublicFilter = PublicFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
) -> Page[PublicNeed]:
    """Give needs of the wall, newest first."""
    sort_key, after_id = start_of(LIST_NAME, after)
    limit = page_size(first) + 1
    records = await tx.run(
        _PAGE, **_narrowed(filter), after_at=moment_of(sort_key), after_id=after_id, limit=limit
    )
    ids = [text(record, "id") for record in records]
    free = await _free_slots(tx, ids)
    items = await _items(tx, ids)
    names = await names_of_places(tx, [text(record, "shown_path") for record in records])

    def row(record: Record) -> PublicNeed:
        need_id, shown = text(record, "id"), text(record, "shown_path")
        return PublicNeed(
            id=need_id,
            title=text(record, "title"),
            body=text_or_none(record, "body") or "",
            owner=OwnerGroup(text(record, "owner")),
            shown_path=shown,
            shown_name=names.get(shown),
            category=NeedCategory(text(record, "category")),
            kind=NeedKind(text(record, "kind")),
            amount_fen=integer(record, "amount_fen"),
            free_slots=free.get(need_id, 0),
            items=items.get(need_id, ()),
            published_at=moment(record, "published_at"),
        )

    return page(LIST_NAME, records, first, None, row=row, sort_column="published_at")


async def counts_of_public_needs(
    tx: ReadTransaction, *, filter: PublicFilter = PublicFilter()
) -> list[PublicCount]:
    """Count the wall by category; figures below ``CROWD`` are not told."""
    records = await tx.run(_COUNTS, **_narrowed(filter))
    return [
        PublicCount(
            category=NeedCategory(text(record, "category")),
            needs=integer(record, "needs") if integer(record, "needs") >= CROWD else None,
        )
        for record in records
    ]


async def _free_slots(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, int]:
    records = await tx.run(_SLOTS, ids=list(ids)) if ids else []
    return {text(each, "need_id"): integer(each, "slots") - integer(each, "held") for each in records}


async def _items(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, tuple[PublicItem, ...]]:
    found: dict[str, tuple[PublicItem, ...]] = {}
    for record in await tx.run(_ITEMS, ids=list(ids)) if ids else []:
        item = PublicItem(
            item=text(record, "item"), quantity=integer(record, "quantity"), unit=text(record, "unit")
        )
        need_id = text(record, "need_id")
        found[need_id] = (*found.get(need_id, ()), item)
    return found


async def names_of_places(tx: ReadTransaction, paths: Sequence[str]) -> dict[str, str]:
    """Give the names of divisions by their paths; those that the graph does not hold are absent."""
    if not paths:
        return {}
    records = await tx.run(_PLACES, paths=sorted(set(paths)))
    return {text(record, "path"): text(record, "name") for record in records}
