"""The books of funds: entries and balances."""

from datetime import datetime

import strawberry

from domain.ledger import EntrySource, FundAccount, FundEntryKind
from graph.reads.ledger import FundBalanceRow, FundEntryRow, page_of_fund_entries
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.scalars import Money, money

ENTRY = "FundEntry"
EARMARK = "Earmark"
_FUND = "Fund"


@strawberry.type(name=ENTRY, description="A line of a fund's books; written once, never edited.")
class FundEntryNode:
    """Money leaves ``debit`` and comes to ``credit``."""

    id: strawberry.ID
    kind: FundEntryKind
    debit: FundAccount
    credit: FundAccount
    amount: Money
    sequence: int = strawberry.field(description="Its place in its book.")
    earmark_id: strawberry.ID | None = strawberry.field(
        description="The part of the fund whose book it is in; null for the fund's own money."
    )
    source_kind: EntrySource
    source: str = strawberry.field(description="The paper behind it.")
    reason: str | None
    reverses_id: strawberry.ID | None = strawberry.field(description="The entry that it takes back.")
    at: datetime
    digest: str = strawberry.field(description="SHA-256 of all it says, which the audit chain tells too.")
    need_key: strawberry.Private[str | None]

    @strawberry.field(description="The need that the money is for, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(name="FundBalance", description="What stands on one account of one of a fund's books.")
class FundBalanceNode:
    """A balance; RECEIVED, and TRANSFERRED where more came in than went out, stand below zero."""

    earmark_id: strawberry.ID | None = strawberry.field(
        description="The part of the fund whose book it is; null for the fund's own money."
    )
    account: FundAccount
    balance: Money
    entries: int = strawberry.field(description="How many entries made it.")


def _earmark_id(key: str | None) -> strawberry.ID | None:
    return None if key is None else encode_id(EARMARK, key)


def fund_entry(row: FundEntryRow) -> FundEntryNode:
    """Give an entry as clients see it."""
    return FundEntryNode(
        id=encode_id(ENTRY, row.id),
        kind=row.kind,
        debit=row.debit,
        credit=row.credit,
        amount=money(row.amount_fen),
        sequence=row.sequence,
        earmark_id=_earmark_id(row.earmark_id),
        source_kind=row.source_kind,
        source=row.source_id,
        reason=row.reason,
        reverses_id=None if row.reverses is None else encode_id(ENTRY, row.reverses),
        at=row.at,
        digest=row.digest,
        need_key=row.need_id,
    )


def fund_balance(row: FundBalanceRow) -> FundBalanceNode:
    """Give a balance as clients see it."""
    return FundBalanceNode(
        earmark_id=_earmark_id(row.earmark_id),
        account=row.account,
        balance=money(row.balance_fen),
        entries=row.entries,
    )


@strawberry.input(name="FundEntryFilter", description="Whose entries.")
class FundEntryFilterInput:
    """A fund, and one of its parts where only that is asked for."""

    fund_id: strawberry.ID
    earmark_id: strawberry.ID | None = None


@strawberry.type
class LedgerQueries:
    """Lists of entries."""

    @strawberry.field(description="Entries of a fund's books, newest first.")
    async def fund_entries(
        self, info: Info, filter: FundEntryFilterInput, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[FundEntryNode]:
        """Give a page of entries."""
        start = page_start(info, first, after)
        fund_id = key_of(filter.fund_id, _FUND, "fundId")
        earmark_id = key_of(filter.earmark_id, EARMARK, "earmarkId") if filter.earmark_id else None
        page = await info.context.read(
            lambda tx: page_of_fund_entries(
                tx,
                info.context.actor,
                fund_id=fund_id,
                earmark_id=earmark_id,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, fund_entry)
