"""Lists of versions of purposes."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.purposes import PurposeState
from graph.ports import Access, ReadTransaction, Statement
from graph.purposes import VERSION_COLUMNS, PurposeVersionRow, version_of
from graph.reads.held import FIRST_ONES, IN_ORDER, OF_HELD_FUND, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page

_NARROWED: LiteralString = " AND ($owner_id = '' OR n.owner_id = $owner_id) AND n.state IN $states"
_LIST = HeldList(
    name="purpose_versions",
    page=Statement(
        "MATCH (n:PurposeVersion)" + OF_HELD_FUND + _NARROWED + IN_ORDER + VERSION_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:PurposeVersion)" + OF_HELD_FUND + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:PurposeVersion {id: wanted})" + OF_HELD_FUND + VERSION_COLUMNS,
        Access.READ,
    ),
    row=version_of,
)


async def page_of_purpose_versions(
    tx: ReadTransaction,
    actor: Actor,
    *,
    owner_id: str = "",
    states: Sequence[PurposeState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[PurposeVersionRow]:
    """Give versions by id, of one fund or earmark where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {"owner_id": owner_id, "states": [state.value for state in states or PurposeState]},
        first=first,
        after=after,
        with_total=with_total,
    )


async def purpose_versions_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, PurposeVersionRow]:
    """Give the versions of purposes among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def purpose_version_by_id(
    tx: ReadTransaction, actor: Actor, purpose_version_id: str
) -> PurposeVersionRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await purpose_versions_by_ids(tx, actor, [purpose_version_id])
    if purpose_version_id not in found:
        raise NotFoundError("no such purpose", kind="purpose", id=purpose_version_id)
    return found[purpose_version_id]
