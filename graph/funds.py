"""
Balances of funds.

Each change writes first and looks after: the written node is locked, so what is then seen holds until the
unit ends.
"""

from domain.errors import InsufficientFundsError, InvariantError
from graph.columns import integer
from graph.ports import Access, Statement, WriteTransaction

RESERVE = Statement(
    "MATCH (n:Fund {id: $id}) SET n.reserved_fen = n.reserved_fen + $amount_fen, n.version = n.version + 1"
    " RETURN n.received_fen - n.reserved_fen - n.spent_fen AS free_fen, n.reserved_fen AS reserved_fen",
    Access.WRITE,
)
SPEND = Statement(
    "MATCH (n:Fund {id: $id}) SET n.reserved_fen = n.reserved_fen - $amount_fen,"
    " n.spent_fen = n.spent_fen + $amount_fen, n.version = n.version + 1"
    " RETURN n.received_fen - n.reserved_fen - n.spent_fen AS free_fen, n.reserved_fen AS reserved_fen",
    Access.WRITE,
)


async def reserve_money(tx: WriteTransaction, fund_id: str, amount_fen: int) -> None:
    """
    Set money of a fund aside; a negative amount releases it.

    Raises
    ------
    InsufficientFundsError
        The fund has less free money.
    """
    found = await tx.run(RESERVE, id=fund_id, amount_fen=amount_fen)
    if not found or integer(found[0], "reserved_fen") < 0:
        raise InvariantError("a fund releases more than it reserved", fund=fund_id, amount_fen=amount_fen)
    free = integer(found[0], "free_fen")
    if amount_fen > 0 and free < 0:
        raise InsufficientFundsError(
            "the fund has less free money", fund=fund_id, asked_fen=amount_fen, free_fen=free + amount_fen
        )


async def spend_money(tx: WriteTransaction, fund_id: str, amount_fen: int) -> None:
    """Turn reserved money into spent money; free money stays as it is."""
    found = await tx.run(SPEND, id=fund_id, amount_fen=amount_fen)
    if not found or integer(found[0], "reserved_fen") < 0:
        raise InvariantError("a fund spends more than it reserved", fund=fund_id, amount_fen=amount_fen)
