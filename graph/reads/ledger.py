"""Entries and balances of funds, as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.ledger import EntrySource, FundAccount, FundEntryKind
from graph.columns import integer, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.funds import VISIBLE, visible_to
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import listed

LIST_NAME = "fund_entries"

_OF_FUND = (
    "MATCH (n:Fund {id: $fund_id}) WHERE "
    + VISIBLE
    + " MATCH (e:FundEntry) WHERE e.fund_id = n.id AND ($earmark_id = '' OR e.earmark_id = $earmark_id)"
)
_PAGE = Statement(
    _OF_FUND
    + """ AND (e.at < $after_at OR (e.at = $after_at AND e.id > $after_id))
    RETURN e.id AS id, e.fund_id AS fund_id, e.earmark_id AS earmark_id, e.sequence AS sequence, e.kind AS kind,
      e.debit AS debit, e.credit AS credit, e.amount_fen AS amount_fen, e.source_kind AS source_kind,
      e.source_id AS source_id, e.reason AS reason, e.reverses AS reverses, e.need_id AS need_id,
      e.actor_id AS actor_id, e.at AS at, e.digest AS digest
    ORDER BY at DESC, id LIMIT $limit
    """,
    Access.READ,
)
_COUNT = Statement(_OF_FUND + " RETURN count(*) AS total", Access.READ)
_BALANCES = Statement(
    "MATCH (n:Fund) WHERE n.id IN $ids AND "
    + VISIBLE
    + """
    MATCH (b:FundBalance) WHERE b.fund_id = n.id
    RETURN b.fund_id AS fund_id, b.earmark_id AS earmark_id, b.account AS account, b.balance_fen AS balance_fen,
      b.entries AS entries
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundEntryRow:
    """A line of a fund's books: fen leave ``debit`` and come to ``credit``."""

    id: str
    fund_id: str
    earmark_id: str | None
    sequence: int
    kind: FundEntryKind
    debit: FundAccount
    credit: FundAccount
    amount_fen: int
    source_kind: EntrySource
    source_id: str
    reason: str | None
    reverses: str | None
    need_id: str | None
    actor_id: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundBalanceRow:
    """What stands on one account of one book, by how many entries."""

    fund_id: str
    earmark_id: str | None
    account: FundAccount
    balance_fen: int
    entries: int


def _entry(record: Record) -> FundEntryRow:
    return FundEntryRow(
        id=text(record, "id"),
        fund_id=text(record, "fund_id"),
        earmark_id=text_or_none(record, "earmark_id"),
        sequence=integer(record, "sequence"),
        kind=FundEntryKind(text(record, "kind")),
        debit=FundAccount(text(record, "debit")),
        credit=FundAccount(text(record, "credit")),
        amount_fen=integer(record, "amount_fen"),
        source_kind=EntrySource(text(record, "source_kind")),
        source_id=text(record, "source_id"),
        reason=text_or_none(record, "reason"),
        reverses=text_or_none(record, "reverses"),
        need_id=text_or_none(record, "need_id"),
        actor_id=text(record, "actor_id"),
        at=moment(record, "at"),
        digest=text(record, "digest"),
    )


async def page_of_fund_entries(
    tx: ReadTransaction,
    actor: Actor,
    *,
    fund_id: str,
    earmark_id: str | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[FundEntryRow]:
    """Give the entries of a fund that the actor may see, or of one of its earmarks, newest first."""
    asked = {**visible_to(actor), "fund_id": fund_id, "earmark_id": earmark_id or ""}
    after_at, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **asked, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **asked))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_entry, sort_column="at")


async def balances_of_funds(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[FundBalanceRow, ...]]:
    """Give the balances of funds that the actor may see: a fund's own book first, then its earmarks' by id."""
    found: dict[str, list[FundBalanceRow]] = {}
    order = list(FundAccount)
    for record in await tx.run(_BALANCES, **visible_to(actor), ids=listed(list(set(ids)))):
        row = FundBalanceRow(
            fund_id=text(record, "fund_id"),
            earmark_id=text_or_none(record, "earmark_id"),
            account=FundAccount(text(record, "account")),
            balance_fen=integer(record, "balance_fen"),
            entries=integer(record, "entries"),
        )
        found.setdefault(row.fund_id, []).append(row)
    return {
        fund_id: tuple(sorted(rows, key=lambda row: (row.earmark_id or "", order.index(row.account))))
        for fund_id, rows in found.items()
    }
