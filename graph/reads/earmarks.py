"""Lists of earmarks: parts of funds with purposes and money of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from domain.actors import Actor
from domain.purposes import Earmark, Purpose
from graph.columns import integer
from graph.earmarks import EARMARK_COLUMNS, earmark_of
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.purpose_columns import purpose_of
from graph.reads.held import FIRST_ONES, IN_ORDER, OF_HELD_FUND, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page

_NARROWED: LiteralString = (
    " AND ($fund_id = '' OR n.fund_id = $fund_id) AND ($programme_id = '' OR n.programme_id = $programme_id)"
)
EARMARK_ROW_COLUMNS: LiteralString = (
    EARMARK_COLUMNS
    + """, n.received_fen AS received_fen, n.reserved_fen AS reserved_fen, n.spent_fen AS spent_fen,
    n.returned_fen AS returned_fen, n.transferred_fen AS transferred_fen, f.categories AS fund_categories,
    f.situations AS fund_situations, f.restricted_regions AS fund_restricted_regions,
    f.valid_from AS fund_valid_from, f.valid_to AS fund_valid_to,
    f.beneficiary_scope AS fund_beneficiary_scope, f.case_cap_fen AS fund_case_cap_fen
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarmarkRow:
    """
    An earmark with its money in fen.

    ``allows`` is what its purpose and its fund's allow together; None where the fund's no longer holds it.
    ``transferred_fen`` is what came from other books less what went to them.
    """

    earmark: Earmark
    allows: Purpose | None
    received_fen: int
    reserved_fen: int
    spent_fen: int
    returned_fen: int
    transferred_fen: int

    @property
    def available_fen(self) -> int:
        """Free money."""
        return (
            self.received_fen - self.reserved_fen - self.spent_fen - self.returned_fen + self.transferred_fen
        )


def earmark_row_of(record: Record) -> EarmarkRow:
    """Give the row of a record of ``EARMARK_ROW_COLUMNS``."""
    earmark = earmark_of(record)
    wall = purpose_of(
        {name.removeprefix("fund_"): value for name, value in record.items() if name.startswith("fund_")}
    )
    return EarmarkRow(
        earmark=earmark,
        allows=None if earmark.purpose.outside(wall) else earmark.purpose.inside(wall),
        received_fen=integer(record, "received_fen"),
        reserved_fen=integer(record, "reserved_fen"),
        spent_fen=integer(record, "spent_fen"),
        returned_fen=integer(record, "returned_fen"),
        transferred_fen=integer(record, "transferred_fen"),
    )


_LIST = HeldList(
    name="earmarks",
    page=Statement(
        "MATCH (n:Earmark)" + OF_HELD_FUND + _NARROWED + IN_ORDER + EARMARK_ROW_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:Earmark)" + OF_HELD_FUND + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:Earmark {id: wanted})" + OF_HELD_FUND + EARMARK_ROW_COLUMNS,
        Access.READ,
    ),
    row=earmark_row_of,
)


async def page_of_earmarks(
    tx: ReadTransaction,
    actor: Actor,
    *,
    fund_id: str = "",
    programme_id: str = "",
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[EarmarkRow]:
    """Give earmarks by id, of one fund or programme where one is named."""
    narrowed = {"fund_id": fund_id, "programme_id": programme_id}
    return await _LIST.read(tx, actor, dict(narrowed), first=first, after=after, with_total=with_total)


async def earmarks_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, EarmarkRow]:
    """Give the earmarks among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)
