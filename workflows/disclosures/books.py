"""
What the entries of a charity's books say of a period, worked out of the entries alone.

Books are told apart by ``(fund_id, earmark_id)``. A period is half-open in the moments at which entries were posted.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from domain.ledger import FundAccount, FundEntryKind
from graph.ledger.proof import sums_of
from workflows.disclosures.pack import Control, Movement, Sums

BookKey = tuple[str, str | None]
Balances = dict[FundAccount, int]
_BOOK = ["fund_id", "earmark_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookOfPeriod:
    """One book: fen on each account at both ends, what moved between, and the digest of its entries so far."""

    key: BookKey
    opening: Balances
    closing: Balances
    movements: tuple[Movement, ...]
    digest: str

    @property
    def sums(self) -> Sums:
        """Give what came, went and is there."""
        return sums_between(self.opening, self.closing)


def sums_between(opening: Mapping[FundAccount, int], closing: Mapping[FundAccount, int]) -> Sums:
    """Give what happened between two states of a book, or of several together."""
    moved = {account: closing[account] - opening[account] for account in FundAccount}
    return Sums(
        opening_fen=opening[FundAccount.AVAILABLE] + opening[FundAccount.RESERVED],
        received_fen=-moved[FundAccount.RECEIVED],
        transferred_fen=-moved[FundAccount.TRANSFERRED],
        spent_fen=moved[FundAccount.SPENT],
        returned_fen=moved[FundAccount.RETURNED],
        closing_fen=closing[FundAccount.AVAILABLE] + closing[FundAccount.RESERVED],
        reserved_fen=closing[FundAccount.RESERVED],
    )


def total(sums: Iterable[Sums]) -> Sums:
    """Add up."""
    every = list(sums)
    return Sums(**{name: sum(getattr(each, name) for each in every) for name in Sums.model_fields})


def heads_of(balances: pl.DataFrame) -> dict[BookKey, int]:
    """Give the sequence of each book's last entry, by what is kept beside it: an entry stands on two accounts."""
    counted = balances.group_by(_BOOK).agg(pl.col("entries").sum() // 2)
    return {(fund, earmark): int(last) for fund, earmark, last in counted.iter_rows()}


def up_to(entries: pl.DataFrame, heads: Mapping[BookKey, int]) -> pl.DataFrame:
    """Leave out what was posted after the heads; ordered by book and sequence."""
    known = pl.DataFrame(
        [(fund, earmark, last) for (fund, earmark), last in heads.items()],
        schema={"fund_id": pl.String, "earmark_id": pl.String, "head": pl.Int64},
        orient="row",
    )
    return (
        entries.join(known, on=_BOOK, how="inner", nulls_equal=True)
        .filter(pl.col("sequence") <= pl.col("head"))
        .drop("head")
        .sort("fund_id", "earmark_id", "sequence")
    )


def with_undone(entries: pl.DataFrame) -> pl.DataFrame:
    """Give entries with ``of``, the kind that a reversal took back."""
    kinds = entries.select(reverses="id", of="kind")
    return entries.join(kinds, on="reverses", how="left", maintain_order="left")


def inside(entries: pl.DataFrame, start_at: datetime, end_at: datetime) -> pl.DataFrame:
    """Give the entries of a period."""
    return entries.filter((pl.col("at") >= start_at) & (pl.col("at") < end_at))


def books_of(entries: pl.DataFrame, start_at: datetime, end_at: datetime) -> list[BookOfPeriod]:
    """
    Work out every book that has an entry before the end of a period, by fund and earmark.

    Parameters
    ----------
    entries
        All rows of ``FundEntry`` of the funds, as ``with_undone`` gives them.
    """
    told = entries.filter(pl.col("at") < end_at)
    opening = _balances(told.filter(pl.col("at") < start_at))
    closing = _balances(told)
    moved = _movements(inside(told, start_at, end_at))
    digests = {
        (fund, earmark): digest_over(found)
        for fund, earmark, found in told.group_by(_BOOK, maintain_order=True)
        .agg(pl.col("digest").sort_by("sequence"))
        .iter_rows()
    }
    return [
        BookOfPeriod(
            key=key,
            opening=opening.get(key, dict.fromkeys(FundAccount, 0)),
            closing=closing[key],
            movements=tuple(moved.get(key, ())),
            digest=digests[key],
        )
        for key in sorted(closing, key=lambda key: (key[0], key[1] or ""))
    ]


def digest_over(digests: Iterable[str]) -> str:
    """SHA-256, in hex, over digests in their order, one a line."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _balances(entries: pl.DataFrame) -> dict[BookKey, Balances]:
    found: dict[BookKey, Balances] = {}
    for fund, earmark, account, fen in sums_of(entries).select(*_BOOK, "account", "fen").iter_rows():
        found.setdefault((fund, earmark), dict.fromkeys(FundAccount, 0))[FundAccount(account)] = int(fen)
    return found


def _movements(entries: pl.DataFrame) -> dict[BookKey, list[Movement]]:
    found: dict[BookKey, list[Movement]] = {}
    kinds = ["kind", "of", "debit", "credit"]
    summed = entries.group_by(*_BOOK, *kinds).agg(pl.col("amount_fen").sum()).sort(*kinds)
    for fund, earmark, kind, of, debit, credit, fen in summed.iter_rows():
        movement = Movement(
            kind=FundEntryKind(kind),
            of=None if of is None else FundEntryKind(of),
            debit=FundAccount(debit),
            credit=FundAccount(credit),
            amount_fen=int(fen),
        )
        found.setdefault((fund, earmark), []).append(movement)
    return found


def controls(
    totals: Sums, entries: pl.DataFrame, balances: pl.DataFrame, start_at: datetime, end_at: datetime
) -> tuple[Control, ...]:
    """
    Hold the totals against the balances that are kept, taken back to both ends of the period.

    The totals come from the entries before; these figures come from the other side: what is kept now, less what was
    posted since.
    """
    kept = _by_account(balances.group_by("account").agg(fen=pl.col("balance_fen").sum()))

    def then(moment: datetime) -> Balances:
        since = sums_of(entries.filter(pl.col("at") >= moment))
        later = _by_account(since.group_by("account").agg(pl.col("fen").sum()))
        return {account: kept[account] - later[account] for account in FundAccount}

    other = sums_between(then(start_at), then(end_at))
    return tuple(
        Control(name=name, pack_fen=getattr(totals, name), ledger_fen=getattr(other, name))
        for name in Sums.model_fields
    )


def _by_account(summed: pl.DataFrame) -> Balances:
    found = dict.fromkeys(FundAccount, 0)
    for account, fen in summed.select("account", "fen").iter_rows():
        found[FundAccount(account)] = int(fen)
    return found
