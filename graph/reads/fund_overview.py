"""
Everything that an overview of an organisation's money is made of, in as many statements for one fund as for all.

Balances and movements come from the ledger alone; what a fund keeps beside it is not asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor
from domain.allocations import SET_ASIDE
from domain.ledger import FundAccount
from graph.columns import integer, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.earmarks import EARMARK_ROW_COLUMNS, EarmarkRow, earmark_row_of
from graph.reads.funds import FUND_COLUMNS, FundRow, fund_of
from graph.reads.held import HELD, OF_HELD_FUND, held_by

BookKey = tuple[str, str | None]
"""A fund, and the earmark in it; None is the fund's own money."""

_HELD: LiteralString = "n.organisation_id = $organisation_id AND " + HELD
_FUND: LiteralString = "MATCH (n:Fund) WHERE " + _HELD
_ENTRIES: LiteralString = " MATCH (e:FundEntry) WHERE e.fund_id = n.id AND e.at "
_FUNDS = Statement(_FUND + FUND_COLUMNS + "ORDER BY id", Access.READ)
_EARMARKS = Statement(
    "MATCH (n:Earmark)"
    + OF_HELD_FUND
    + " AND f.organisation_id = $organisation_id"
    + EARMARK_ROW_COLUMNS
    + " ORDER BY fund_id, id",
    Access.READ,
)
_BALANCES = Statement(
    _FUND
    + " MATCH (b:FundBalance) WHERE b.fund_id = n.id RETURN b.fund_id AS fund_id, b.earmark_id AS earmark_id,"
    " b.account AS account, b.balance_fen AS amount_fen",
    Access.READ,
)
_BEFORE = Statement(
    _FUND
    + _ENTRIES
    + "< $since RETURN e.fund_id AS fund_id, e.earmark_id AS earmark_id, e.debit AS debit, e.credit AS credit,"
    " sum(e.amount_fen) AS amount_fen",
    Access.READ,
)
_SINCE = Statement(
    _FUND
    + _ENTRIES
    + ">= $since RETURN e.fund_id AS fund_id, e.earmark_id AS earmark_id, e.debit AS debit, e.credit AS credit,"
    " e.amount_fen AS amount_fen, e.at AS at",
    Access.READ,
)
_TRANSFERS = Statement(
    "MATCH (n:FundTransfer) WHERE n.state = 'PROPOSED' AND "
    + _HELD
    + " RETURN n.from_fund_id AS fund_id, n.from_earmark_id AS earmark_id, sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
_EXPENSES = Statement(
    "MATCH (n:Expense) WHERE n.state = 'RECORDED' AND "
    + _HELD
    + " RETURN n.fund_id AS fund_id, n.earmark_id AS earmark_id, sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
_SET_ASIDE = Statement(
    "MATCH (n:Allocation) WHERE n.state IN $states AND "
    + _HELD
    + " RETURN n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.state AS state,"
    " sum(n.amount_fen) AS amount_fen",
    Access.READ,
)
_SUMS = pl.Schema(
    {
        **dict.fromkeys(("fund_id", "earmark_id", "debit", "credit"), pl.String),
        "amount_fen": pl.Int64,
    }
)
_MOVED = pl.Schema({**_SUMS, "at": pl.Datetime("us", "UTC")})


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewColumns:
    """
    Books of one organisation, and what moved in them; amounts in fen.

    Parameters
    ----------
    balances
        By book and account; a book that nothing was posted to is left out.
    before
        fund_id, earmark_id, debit, credit, amount_fen: sums of what was posted before ``since``.
    moved
        The same of each entry from ``since`` on, with ``at``.
    transfers_out, expenses
        Sums by book that wait for their second person.
    set_aside
        By book and state of allocation.
    """

    funds: tuple[FundRow, ...]
    earmarks: tuple[EarmarkRow, ...]
    balances: dict[BookKey, dict[FundAccount, int]]
    before: pl.DataFrame
    moved: pl.DataFrame
    transfers_out: dict[BookKey, int]
    expenses: dict[BookKey, int]
    set_aside: dict[tuple[BookKey, str], int]


def _book(record: Record) -> BookKey:
    return text(record, "fund_id"), text_or_none(record, "earmark_id")


async def overview_columns(
    tx: ReadTransaction, actor: Actor, organisation_id: str, *, since: datetime
) -> OverviewColumns:
    """Give the books of an organisation as far as the actor may see them."""
    held = {**held_by(actor), "organisation_id": organisation_id}
    balances: dict[BookKey, dict[FundAccount, int]] = {}
    for record in await tx.run(_BALANCES, **held):
        accounts = balances.setdefault(_book(record), dict.fromkeys(FundAccount, 0))
        accounts[FundAccount(text(record, "account"))] = integer(record, "amount_fen")
    states = sorted(state.value for state in SET_ASIDE)
    return OverviewColumns(
        funds=tuple(fund_of(record) for record in await tx.run(_FUNDS, **held)),
        earmarks=tuple(earmark_row_of(record) for record in await tx.run(_EARMARKS, **held)),
        balances=balances,
        before=(await tx.frame(_BEFORE, **held, since=since)).cast(_SUMS),
        moved=(await tx.frame(_SINCE, **held, since=since)).cast(_MOVED),
        transfers_out={
            _book(record): integer(record, "amount_fen") for record in await tx.run(_TRANSFERS, **held)
        },
        expenses={_book(record): integer(record, "amount_fen") for record in await tx.run(_EXPENSES, **held)},
        set_aside={
            (_book(record), text(record, "state")): integer(record, "amount_fen")
            for record in await tx.run(_SET_ASIDE, **held, states=states)
        },
    )
