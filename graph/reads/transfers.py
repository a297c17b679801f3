"""Lists of transfers between books."""

from collections.abc import Sequence
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.funds import TransferState
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.held import FIRST_ONES, HELD, IN_ORDER, TOTAL, HeldList
from graph.reads.pages import KeysetPosition, Page
from graph.transfers import TRANSFER_COLUMNS, TransferRow, transfer_of

_NARROWED: LiteralString = (
    " AND ($fund_id = '' OR n.from_fund_id = $fund_id OR n.to_fund_id = $fund_id) AND n.state IN $states"
)
_LIST = HeldList(
    name="transfers",
    page=Statement(
        "MATCH (n:FundTransfer)" + " WHERE " + HELD + _NARROWED + IN_ORDER + TRANSFER_COLUMNS + FIRST_ONES,
        Access.READ,
    ),
    count=Statement("MATCH (n:FundTransfer)" + " WHERE " + HELD + _NARROWED + TOTAL, Access.READ),
    by_ids=Statement(
        "UNWIND $ids AS wanted MATCH (n:FundTransfer {id: wanted})" + " WHERE " + HELD + TRANSFER_COLUMNS,
        Access.READ,
    ),
    row=transfer_of,
)


async def page_of_transfers(
    tx: ReadTransaction,
    actor: Actor,
    *,
    fund_id: str = "",
    states: Sequence[TransferState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[TransferRow]:
    """Give transfers by id, to and from one fund where one is named."""
    return await _LIST.read(
        tx,
        actor,
        {"fund_id": fund_id, "states": [state.value for state in states or TransferState]},
        first=first,
        after=after,
        with_total=with_total,
    )


async def transfers_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, TransferRow]:
    """Give the transfers between books among ``ids`` that the actor may see."""
    return await _LIST.some(tx, actor, ids)


async def transfer_by_id(tx: ReadTransaction, actor: Actor, transfer_id: str) -> TransferRow:
    """
    Give one.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await transfers_by_ids(tx, actor, [transfer_id])
    if transfer_id not in found:
        raise NotFoundError("no such transfer", kind="transfer", id=transfer_id)
    return found[transfer_id]
