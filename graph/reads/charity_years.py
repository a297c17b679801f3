"""Lists of years of charities."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.charity_years import YEAR_COLUMNS, CharityYearRow, charity_year_of
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.held import FIRST_ONES, HELD, IN_ORDER, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page

_NARROWED: LiteralString = " AND ($organisation_id = '' OR n.organisation_id = $organisation_id)"
_LIST = HeldList(
    name="charity_years",
    page=Statement(
        "MATCH (n:CharityYear)" + " WHERE " + HELD + _NARROWED + IN_ORDER + YEAR_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:CharityYear)" + " WHERE " + HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:CharityYear {id: wanted})" + " WHERE " + HELD + YEAR_COLUMNS,
        Access.READ,
    ),
    row=charity_year_of,
)


async def page_of_charity_years(
    tx: ReadTransaction,
    actor: Actor,
    *,
    organisation_id: str = "",
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[CharityYearRow]:
    """Give years by id, of one organisation where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {"organisation_id": organisation_id},
        first=first,
        after=after,
        with_total=with_total,
    )


async def charity_years_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, CharityYearRow]:
    """Give the years of charities among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def charity_year_by_id(tx: ReadTransaction, actor: Actor, charity_year_id: str) -> CharityYearRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await charity_years_by_ids(tx, actor, [charity_year_id])
    if charity_year_id not in found:
        raise NotFoundError("no such charity year", kind="charity year", id=charity_year_id)
    return found[charity_year_id]
