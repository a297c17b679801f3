"""Reading balances back."""

from collections.abc import Sequence

from domain.ledger import FundAccount
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import listed

BALANCES = Statement(
    """
    MATCH (b:FundBalance) WHERE b.fund_id IN $fund_ids
    RETURN b.fund_id AS fund_id, b.earmark_id AS earmark_id, b.account AS account, b.balance_fen AS balance_fen
    ORDER BY fund_id, earmark_id, account
    """,
    Access.READ,
)


async def book_balances(
    tx: ReadTransaction, fund_ids: Sequence[str]
) -> dict[tuple[str, str | None], dict[FundAccount, int]]:
    """
    Give the balances of every book of some funds, by fund and earmark, in fen.

    Each book has all accounts and sums to zero; one that nothing was posted to is left out.
    """
    found: dict[tuple[str, str | None], dict[FundAccount, int]] = {}
    for record in await tx.run(BALANCES, fund_ids=listed(list(set(fund_ids)))):
        key = (text(record, "fund_id"), text_or_none(record, "earmark_id"))
        book = found.setdefault(key, dict.fromkeys(FundAccount, 0))
        book[FundAccount(text(record, "account"))] = integer(record, "balance_fen")
    return found


async def spent_in(tx: ReadTransaction, fund_id: str, earmark_id: str | None) -> int:
    """Give the fen that left a book."""
    book = (await book_balances(tx, [fund_id])).get((fund_id, earmark_id))
    return 0 if book is None else book[FundAccount.SPENT]
