"""Duties to make something public, with the day by which each is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.allocations import DisclosureKind, DisclosureState
from domain.errors import NotFoundError
from graph.columns import day, day_or_none, integer, integer_or_none, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.allocations import visible_gifts
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed

LIST_NAME = "disclosures"

_END_OF_DAYS = date(9999, 1, 1)
_VISIBLE: LiteralString = (
    "(($by_region AND " + IN_SCOPE + ") OR ($by_organisation AND n.organisation_id IN $scope_organisations))"
)
_COLUMNS: LiteralString = """
RETURN n.id AS id, n.kind AS kind, n.state AS state, n.organisation_id AS organisation_id,
  n.allocation_id AS allocation_id, n.fund_id AS fund_id, n.amount_fen AS amount_fen, n.year AS year,
  n.due_on AS due_on, n.arose_on AS arose_on, n.published_at AS published_at, n.published_by AS published_by,
  n.region_path AS region_path, n.version AS version
"""
_NARROWED: LiteralString = (
    " AND n.kind IN $kinds AND n.state IN $states AND n.due_on < $due_before"
    " AND ($organisation_id = '' OR n.organisation_id = $organisation_id)"
)
_PAGE = Statement(
    "MATCH (n:Disclosure) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND n.id > $after_id"
    + _COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Disclosure) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Disclosure {id: wanted}) WHERE " + _VISIBLE + _COLUMNS, Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRow:
    """A duty of one organisation: what about, how much, since when and until when."""

    id: str
    kind: DisclosureKind
    state: DisclosureState
    organisation_id: str
    allocation_id: str | None
    fund_id: str | None
    amount_fen: int
    year: int | None
    due_on: date
    arose_on: date | None
    published_at: datetime | None
    published_by: str | None
    region_path: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureFilter:
    """What a list of duties is narrowed to; ``due_before`` is the first day that is left out."""

    kinds: tuple[DisclosureKind, ...] = ()
    states: tuple[DisclosureState, ...] = ()
    organisation_id: str | None = None
    due_before: date | None = None


def _disclosure(record: Record) -> DisclosureRow:
    return DisclosureRow(
        id=text(record, "id"),
        kind=DisclosureKind(text(record, "kind")),
        state=DisclosureState(text(record, "state")),
        organisation_id=text(record, "organisation_id"),
        allocation_id=text_or_none(record, "allocation_id"),
        fund_id=text_or_none(record, "fund_id"),
        amount_fen=integer(record, "amount_fen"),
        year=integer_or_none(record, "year"),
        due_on=day(record, "due_on"),
        arose_on=day_or_none(record, "arose_on"),
        published_at=moment_or_none(record, "published_at"),
        published_by=text_or_none(record, "published_by"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def page_of_disclosures(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: DisclosureFilter = DisclosureFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[DisclosureRow]:
    """Give duties by id: the desk's of its regions, a federation's its own."""
    narrowed = {
        **visible_gifts(actor),
        "kinds": [kind.value for kind in filter.kinds or DisclosureKind],
        "states": [state.value for state in filter.states or DisclosureState],
        "organisation_id": filter.organisation_id or "",
        "due_before": filter.due_before or _END_OF_DAYS,
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_disclosure, sort_column="id")


async def disclosures_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, DisclosureRow]:
    """Give the duties among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **visible_gifts(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): _disclosure(record) for record in records}


async def disclosure_by_id(tx: ReadTransaction, actor: Actor, disclosure_id: str) -> DisclosureRow:
    """
    Give one duty.

    Raises
    ------
    NotFoundError
        Outside what the actor may see as for an id that does not exist.
    """
    found = await disclosures_by_ids(tx, actor, [disclosure_id])
    if disclosure_id not in found:
        raise NotFoundError("no such duty", kind="disclosure", id=disclosure_id)
    return found[disclosure_id]
