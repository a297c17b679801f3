"""Goods in stock: as with funds, each change writes first and looks after."""

from domain.errors import ConflictError, InvariantError
from graph.columns import integer
from graph.ports import Access, Statement, WriteTransaction

RESERVE = Statement(
    "MATCH (n:InKindOffer {id: $id})"
    " SET n.reserved_quantity = coalesce(n.reserved_quantity, 0) + $quantity, n.version = n.version + 1"
    " RETURN n.quantity - n.reserved_quantity AS free, n.reserved_quantity AS reserved",
    Access.WRITE,
)
ISSUE = Statement(
    "MATCH (n:InKindOffer {id: $id}) SET n.reserved_quantity = n.reserved_quantity - $quantity,"
    " n.quantity = n.quantity - $quantity, n.version = n.version + 1"
    " RETURN n.quantity AS free, n.reserved_quantity AS reserved",
    Access.WRITE,
)


async def reserve_goods(tx: WriteTransaction, offer_id: str, quantity: int) -> None:
    """
    Set units of a stock line aside; a negative quantity releases them.

    Raises
    ------
    ConflictError
        The line has fewer free units.
    """
    found = await tx.run(RESERVE, id=offer_id, quantity=quantity)
    if not found or integer(found[0], "reserved") < 0:
        raise InvariantError("stock releases more than it reserved", offer=offer_id, quantity=quantity)
    free = integer(found[0], "free")
    if quantity > 0 and free < 0:
        raise ConflictError("the stock has fewer units", offer=offer_id, asked=quantity, free=free + quantity)


async def issue_goods(tx: WriteTransaction, offer_id: str, quantity: int) -> None:
    """Let reserved units leave the stock."""
    found = await tx.run(ISSUE, id=offer_id, quantity=quantity)
    if not found or min(integer(found[0], "reserved"), integer(found[0], "free")) < 0:
        raise InvariantError("stock issues more than it reserved", offer=offer_id, quantity=quantity)
