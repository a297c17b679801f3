"""Opening books with what another system had counted before the ledger began."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import polars as pl

from domain.giving import DonationKind, DonationState
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from domain.money import MOST_FEN
from graph import audit
from graph.ledger.balances import book_balances
from graph.ledger.books import Book, Books
from graph.ledger.posting import write_books
from graph.ports import GraphStore, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL
from graph.unit_of_work import AuditedTransaction

OPENING = "opening"
"""The account that writes down what was counted before the ledger began."""

Gift = tuple[str, int]
"""A donation and its fen."""


async def open_books(
    tx: AuditedTransaction | WriteTransaction, funds: pl.DataFrame, donations: pl.DataFrame | None = None
) -> int:
    """
    Write opening entries, balances and sums of funds that have no books yet, and give how many.

    A posted gift of money is an entry of its own as long as the fund's figure holds all of them; the rest of
    what the fund had received is one. Money that was set aside or spent came from somewhere: a fund that says it
    had received less is opened with that much. Figures that no fund can hold open nothing.

    Parameters
    ----------
    funds
        Columns ``id``, ``region_path``, ``recorded_at`` and any of ``received_fen``, ``reserved_fen``,
        ``spent_fen``.
    donations
        Columns ``id``, ``fund_id``, ``kind``, ``state``, ``amount_fen``, of the same load.
    """
    found = _counted(funds)
    if found.is_empty():
        return 0
    held = await book_balances(tx, cast("list[str]", found["id"].to_list()))
    unopened = found.filter(~pl.col("id").is_in({fund for fund, _ in held}))
    gifts = _gifts(donations)
    for at, opened in unopened.group_by("recorded_at", maintain_order=True):
        books = [
            Book(fund_id=row["id"], earmark_id=None, region_path=row["region_path"])
            for row in opened.iter_rows(named=True)
        ]
        ledger = Books(books, {}, at=cast("datetime", at[0]))
        for row in opened.iter_rows(named=True):
            ledger.enter(_postings(row, gifts.get(row["id"], [])), actor_id=OPENING)
        await write_books(tx, ledger)
        if isinstance(tx, AuditedTransaction):
            tx.events.extend(ledger.events())
        else:
            await audit.append(tx, *ledger.events())
    return unopened.height


_FIGURES = ("received_fen", "reserved_fen", "spent_fen")


def _counted(funds: pl.DataFrame) -> pl.DataFrame:
    """Give the funds for which anything was counted, without gaps."""
    figures = [
        (pl.col(name) if name in funds.columns else pl.lit(None)).cast(pl.Int64).fill_null(0).alias(name)
        for name in _FIGURES
    ]
    possible = [pl.col(name).is_between(0, MOST_FEN) for name in _FIGURES]
    return funds.select("id", "region_path", "recorded_at", *figures).filter(
        pl.any_horizontal(pl.col(name) > 0 for name in _FIGURES),
        *possible,
        pl.col("reserved_fen") + pl.col("spent_fen") <= MOST_FEN,
    )


def _gifts(donations: pl.DataFrame | None) -> dict[str, list[Gift]]:
    """Give the posted gifts of money, by fund."""
    wanted = ("id", "fund_id", "kind", "state", "amount_fen")
    if donations is None or any(name not in donations.columns for name in wanted):
        return {}
    posted = donations.filter(
        (pl.col("state") == DonationState.POSTED.value)
        & (pl.col("kind") != DonationKind.GOODS.value)
        & (pl.col("amount_fen") > 0)
        & pl.col("fund_id").is_not_null()
    )
    gifts: dict[str, list[Gift]] = {}
    for fund_id, donation_id, amount_fen in posted.select("fund_id", "id", "amount_fen").iter_rows():
        gifts.setdefault(fund_id, []).append((donation_id, amount_fen))
    return gifts


def _postings(row: dict[str, object], gifts: Sequence[Gift]) -> list[FundPosting]:
    fund_id = cast("str", row["id"])
    received, reserved, spent = (cast("int", row[name]) for name in _FIGURES)
    received = max(received, reserved + spent)
    if sum(amount for _, amount in gifts) > received:
        gifts = ()
    rest = received - sum(amount for _, amount in gifts)

    def posting(kind: FundEntryKind, amount_fen: int, donation_id: str | None = None) -> FundPosting:
        return FundPosting(
            fund_id=fund_id,
            kind=kind,
            amount_fen=amount_fen,
            source_kind=EntrySource.DONATION if donation_id else EntrySource.IMPORT,
            source_id=donation_id or fund_id,
        )

    moved = [posting(FundEntryKind.OPEN, amount, donation_id) for donation_id, amount in gifts]
    figures = {
        FundEntryKind.OPEN: rest,
        FundEntryKind.RESERVE: reserved,
        FundEntryKind.EXPEND: spent,
    }
    return moved + [posting(kind, amount) for kind, amount in figures.items() if amount]


async def open_funds(store: GraphStore) -> int:
    """Open the books of every fund that an earlier release counted money for, and give how many."""
    donations = [frame async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["Donation"])]
    gifts = pl.concat(donations) if donations else None
    opened = 0
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["Fund"]):

        async def work(tx: WriteTransaction, funds: pl.DataFrame = frame) -> int:
            return await open_books(tx, funds, gifts)

        opened += await store.write(work)
    return opened
