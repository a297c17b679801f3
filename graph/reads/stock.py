"""Lists of goods in stock, and of the lines that changed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.funds import StockLineKind
from graph.columns import integer, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.held import FIRST_ONES, IN_ORDER, TOTAL, HeldList, held_by
from graph.reads.pages import KeysetPosition, Page
from graph.scope import IN_SCOPE, listed
from graph.stock import OFFER_COLUMNS, StockLineRow, StockRow, stock_of

_HELD: LiteralString = (
    " WHERE (($by_region AND " + IN_SCOPE + ") OR ($by_organisation AND n.owner_id IN $scope_organisations))"
)
_NARROWED: LiteralString = (
    " AND ($owner_id = '' OR n.owner_id = $owner_id) AND ($item = '' OR n.item = $item)"
    " AND ($with_empty OR n.quantity > 0) AND (NOT $expiring_only OR n.expires <= $expiring_by)"
)
_LIST = HeldList(
    name="stock",
    page=Statement(
        "MATCH (n:InKindOffer)" + _HELD + _NARROWED + IN_ORDER + OFFER_COLUMNS + FIRST_ONES, Access.READ
    ),
    count=Statement("MATCH (n:InKindOffer)" + _HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:InKindOffer {id: wanted})" + _HELD + OFFER_COLUMNS, Access.READ
    ),
    row=stock_of,
)
_LINES = Statement(
    "UNWIND $ids AS wanted MATCH (n:InKindOffer {id: wanted})"
    + _HELD
    + """
    MATCH (l:StockLine) WHERE l.offer_id = n.id
    RETURN l.id AS id, l.offer_id AS offer_id, l.kind AS kind, l.quantity AS quantity, l.reason AS reason,
      l.recorded_by AS recorded_by, l.at AS at, l.need_id AS need_id, l.proposal_id AS proposal_id
    ORDER BY offer_id, at, id
    """,
    Access.READ,
)
_NEVER = date(9999, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFilter:
    """What a list of goods is narrowed to; ``expiring_by`` keeps those that may no longer be given on that day."""

    owner_id: str = ""
    item: str = ""
    expiring_by: date | None = None
    with_empty: bool = False


async def page_of_stock(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: StockFilter = StockFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[StockRow]:
    """Give goods by id."""
    narrowed = {
        "owner_id": filter.owner_id,
        "item": filter.item,
        "with_empty": filter.with_empty,
        "expiring_only": filter.expiring_by is not None,
        "expiring_by": filter.expiring_by or _NEVER,
    }
    return await _LIST.read(tx, actor, dict(narrowed), first=first, after=after, with_total=with_total)


async def stock_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, StockRow]:
    """Give the goods among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def stock_by_id(tx: ReadTransaction, actor: Actor, stock_id: str) -> StockRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await stock_by_ids(tx, actor, [stock_id])
    if stock_id not in found:
        raise NotFoundError("no such stock", kind="stock", id=stock_id)
    return found[stock_id]


async def lines_of_stock(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[StockLineRow, ...]]:
    """Give the lines of the goods among ``ids`` that the actor may see, oldest first."""
    lines: dict[str, tuple[StockLineRow, ...]] = {}
    for record in await tx.run(_LINES, **held_by(actor), ids=listed(list(set(ids)))):
        row = _line(record)
        lines[row.offer_id] = (*lines.get(row.offer_id, ()), row)
    return lines


def _line(record: Record) -> StockLineRow:
    return StockLineRow(
        id=text(record, "id"),
        offer_id=text(record, "offer_id"),
        kind=StockLineKind(text(record, "kind")),
        quantity=integer(record, "quantity"),
        reason=text_or_none(record, "reason"),
        recorded_by=text(record, "recorded_by"),
        at=moment(record, "at"),
        need_id=text_or_none(record, "need_id"),
        proposal_id=text_or_none(record, "proposal_id"),
    )
