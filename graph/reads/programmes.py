"""Lists of programmes."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.ports import Access, ReadTransaction, Statement
from graph.programmes import PROGRAMME_COLUMNS, ProgrammeRow, programme_of
from graph.reads.held import FIRST_ONES, HELD, IN_ORDER, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page

_NARROWED: LiteralString = " AND ($organisation_id = '' OR n.organisation_id = $organisation_id)"
_LIST = HeldList(
    name="programmes",
    page=Statement(
        "MATCH (n:Programme)" + " WHERE " + HELD + _NARROWED + IN_ORDER + PROGRAMME_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:Programme)" + " WHERE " + HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:Programme {id: wanted})" + " WHERE " + HELD + PROGRAMME_COLUMNS,
        Access.READ,
    ),
    row=programme_of,
)


async def page_of_programmes(
    tx: ReadTransaction,
    actor: Actor,
    *,
    organisation_id: str = "",
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ProgrammeRow]:
    """Give programmes by id, of one organisation where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {"organisation_id": organisation_id},
        first=first,
        after=after,
        with_total=with_total,
    )


async def programmes_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, ProgrammeRow]:
    """Give the programmes among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def programme_by_id(tx: ReadTransaction, actor: Actor, programme_id: str) -> ProgrammeRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await programmes_by_ids(tx, actor, [programme_id])
    if programme_id not in found:
        raise NotFoundError("no such programme", kind="programme", id=programme_id)
    return found[programme_id]
