"""
Proving the ledger of funds: every figure that is kept is worked out again from the entries alone.

Prove a store that nobody posts to, or a copy: what is posted while the proof reads is read in part.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from domain.ledger import FREE_TO_SINK, ROUTES, FundAccount, FundEntryKind
from graph.disclosures import unowed
from graph.frames import DTYPES
from graph.ledger.books import POSTED, SUMS, digest_of
from graph.ledger.walls import crossing
from graph.ports import GraphStore
from graph.schema import NODE_TYPE_BY_LABEL

_SHOWN = 20
_BOOK = ["fund_id", "earmark_id"]


class BookBreak(StrEnum):
    """How the books of funds can be wrong."""

    ENTRY = "ENTRY"  # an entry moves nothing, or not the way of its kind
    SEQUENCE = "SEQUENCE"  # an entry is missing in a book
    DIGEST = "DIGEST"  # an entry says something else than when it was written
    AUDIT = "AUDIT"  # the audit chain does not tell of an entry, or of one that is not there
    REVERSAL = "REVERSAL"  # a reversal is not the whole of one entry backwards
    BALANCE = "BALANCE"  # a kept balance is not the sum of its entries
    SUMS = "SUMS"  # a fund or earmark shows other sums than its book
    SIGN = "SIGN"  # an account stood below zero after some entry
    TRANSFER = "TRANSFER"  # what left one book for another has not all arrived
    WALL = "WALL"  # money moved for a need outside the purpose that was in force
    DUTY = "DUTY"  # money was paid for a need, and nothing says that it is to be told of (HC-18)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFinding:
    """One thing that does not hold, and on which object."""

    broken: BookBreak
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookProof:
    """
    What the entries say.

    Parameters
    ----------
    total_fen
        Sum over all accounts of all books; 0, or the engine has lost a side of an entry.
    by_account
        Fen on each account over all books, worked out of the entries.
    judged
        Reservations and payments for needs that were held against a purpose.
    findings
        What does not hold; the first few of each sort.
    """

    entries: int
    books: int
    total_fen: int
    by_account: dict[FundAccount, int]
    judged: int
    findings: tuple[BookFinding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is kept follows from the entries."""
        return not self.findings and self.total_fen == 0


async def prove(store: GraphStore) -> BookProof:
    """Work every balance, sum, digest and transfer out of the entries and compare."""
    entries = (await _all(store, "FundEntry")).sort("fund_id", "earmark_id", "sequence")
    balances = await _all(store, "FundBalance")
    sums = sums_of(entries)
    judged, crossed = await crossing(store, entries)
    return BookProof(
        entries=entries.height,
        books=entries.select(_BOOK).n_unique() if entries.height else 0,
        total_fen=int(balances["balance_fen"].sum()),
        by_account={
            account: int(sums.filter(pl.col("account") == account.value)["fen"].sum())
            for account in FundAccount
        },
        judged=judged,
        findings=(
            *prove_books(entries, balances),
            *_found(BookBreak.AUDIT, await _untold(store, entries)),
            *_found(BookBreak.SUMS, await _sums(store, sums)),
            *_found(BookBreak.WALL, crossed),
            *_found(BookBreak.DUTY, await unowed(store)),
        ),
    )


def prove_books(entries: pl.DataFrame, balances: pl.DataFrame) -> tuple[BookFinding, ...]:
    """
    Prove whole books by what their entries and kept balances say, and by nothing beside them.

    Parameters
    ----------
    entries, balances
        All rows of ``FundEntry`` and ``FundBalance`` of some funds between which alone money passes.
    """
    ordered = entries.sort("fund_id", "earmark_id", "sequence")
    sides = sides_of(ordered)
    return (
        *_found(BookBreak.ENTRY, _bad_entries(ordered)),
        *_found(BookBreak.SEQUENCE, _gaps(ordered)),
        *_found(BookBreak.DIGEST, _altered(ordered)),
        *_found(BookBreak.REVERSAL, _bad_reversals(ordered)),
        *_found(BookBreak.BALANCE, _balances(sums_of(ordered), balances)),
        *_found(BookBreak.SIGN, _below_zero(sides)),
        *_found(BookBreak.TRANSFER, _lost_transfers(sides)),
    )


def sides_of(entries: pl.DataFrame) -> pl.DataFrame:
    """Give both sides of each entry: what it takes from an account below zero, what it brings to one above."""
    return pl.concat(
        [
            entries.select(*_BOOK, "id", "sequence", "source_id", account="credit", fen="amount_fen"),
            entries.select(*_BOOK, "id", "sequence", "source_id", account="debit", fen=-pl.col("amount_fen")),
        ]
    )


def sums_of(entries: pl.DataFrame) -> pl.DataFrame:
    """Give ``fen`` on each account of each book, and by how many entries (``n``)."""
    return sides_of(entries).group_by(*_BOOK, "account").agg(pl.col("fen").sum(), n=pl.len().cast(pl.Int64))


async def _all(store: GraphStore, label: str, *columns: str) -> pl.DataFrame:
    node = NODE_TYPE_BY_LABEL[label]
    wanted = columns or tuple(p.name for p in node.properties)
    frames = [frame.select(wanted) async for frame in store.stream_nodes(node)]
    if frames:
        return pl.concat(frames)
    return pl.DataFrame(schema={p.name: DTYPES[p.type] for p in node.properties if p.name in wanted})


def _found(broken: BookBreak, ids: pl.Series) -> list[BookFinding]:
    return [BookFinding(broken=broken, object_id=str(each)) for each in ids.unique().sort().head(_SHOWN)]


def _book() -> pl.Expr:
    return pl.concat_str("fund_id", pl.concat_str(pl.lit("#"), "earmark_id").fill_null(""))


def _bad_entries(entries: pl.DataFrame) -> pl.Series:
    routes = pl.DataFrame(
        [(kind.value, *(account.value for account in route)) for kind, route in ROUTES.items()],
        schema=["kind", "from_account", "to_account"],
        orient="row",
    )
    routed = entries.join(routes, on="kind", how="left")
    reversal = pl.col("kind") == FundEntryKind.REVERSE.value
    astray = ~reversal & (
        pl.col("from_account").ne_missing(pl.col("debit")) | pl.col("to_account").ne_missing(pl.col("credit"))
    )
    return routed.filter((pl.col("amount_fen").fill_null(0) <= 0) | astray)["id"]


def _gaps(entries: pl.DataFrame) -> pl.Series:
    spans = entries.group_by(_BOOK).agg(
        n=pl.len(),
        places=pl.col("sequence").n_unique(),
        first=pl.col("sequence").min(),
        last=pl.col("sequence").max(),
    )
    whole = (pl.col("first") == 1) & (pl.col("last") == pl.col("n")) & (pl.col("places") == pl.col("n"))
    return spans.filter(~whole.fill_null(value=False)).select(book=_book())["book"]


def _altered(entries: pl.DataFrame) -> pl.Series:
    """Find entries that do not hash to what they say."""
    altered = [row["id"] for row in entries.iter_rows(named=True) if digest_of(row) != row["digest"]]
    return pl.Series(altered, dtype=pl.String)


async def _untold(store: GraphStore, entries: pl.DataFrame) -> pl.Series:
    """Find entries that the audit chain does not tell of once and as they are, and tales of none."""
    chain = NODE_TYPE_BY_LABEL["AuditEntry"]
    told = [pl.DataFrame(schema={"id": pl.String, "told": pl.String})]
    async for frame in store.stream_nodes(chain):
        posted = frame.filter(pl.col("operation") == POSTED)
        told.append(posted.select(id="object_id", told="object_hash"))
    both = entries.select("id", "digest").join(pl.concat(told), on="id", how="full", coalesce=True)
    return both.filter(pl.col("told").ne_missing(pl.col("digest")) | pl.col("id").is_duplicated())["id"]


def _bad_reversals(entries: pl.DataFrame) -> pl.Series:
    undone = entries.select(*_BOOK, "id", "kind", "debit", "credit", "amount_fen")
    reversals = entries.filter(pl.col("kind") == FundEntryKind.REVERSE.value)
    both = reversals.join(undone, left_on="reverses", right_on="id", how="left", suffix="_undone")
    same = [pl.col(name).eq_missing(pl.col(f"{name}_undone")) for name in (*_BOOK, "amount_fen")]
    backwards = (pl.col("debit") == pl.col("credit_undone")) & (pl.col("credit") == pl.col("debit_undone"))
    first = (pl.col("kind_undone") != FundEntryKind.REVERSE.value) & ~pl.col("reverses").is_duplicated()
    return both.filter(~pl.all_horizontal(*same, backwards, first).fill_null(value=False))["id"]


def _balances(sums: pl.DataFrame, balances: pl.DataFrame) -> pl.Series:
    both = sums.join(balances, on=[*_BOOK, "account"], how="full", coalesce=True, nulls_equal=True)
    return both.filter(
        pl.col("fen").fill_null(0).ne_missing(pl.col("balance_fen"))
        | pl.col("n").fill_null(0).ne_missing(pl.col("entries"))
    ).select(id=pl.concat_str(_book(), pl.lit(":"), "account"))["id"]


async def _sums(store: GraphStore, sums: pl.DataFrame) -> pl.Series:
    """Compare what funds and earmarks show with their books."""
    names = [name for name, _ in SUMS.values()]
    funds = await _all(store, "Fund", "id", *names)
    earmarks = await _all(store, "Earmark", "id", "fund_id", *names)
    shown = pl.concat(
        [
            funds.select(*names, fund_id="id", earmark_id=pl.lit(None, pl.String)),
            earmarks.select(*names, "fund_id", earmark_id="id"),
        ]
    )
    signed = {account.value: sign for account, (_, sign) in SUMS.items()}
    kept = shown.unpivot(names, index=_BOOK, variable_name="name", value_name="shown")
    worked_out = sums.filter(pl.col("account").is_in(list(signed))).with_columns(
        name=pl.col("account").replace_strict({a.value: name for a, (name, _) in SUMS.items()}),
        due=pl.col("fen") * pl.col("account").replace_strict(signed, return_dtype=pl.Int64),
    )
    both = kept.join(
        worked_out.select(*_BOOK, "name", "due"),
        on=[*_BOOK, "name"],
        how="full",
        coalesce=True,
        nulls_equal=True,
    )
    return both.filter(pl.col("shown").fill_null(0) != pl.col("due").fill_null(0)).select(
        id=pl.concat_str(_book(), pl.lit("."), "name")
    )["id"]


def _below_zero(sides: pl.DataFrame) -> pl.Series:
    """Find entries after which an account stood below zero that never may."""
    free = [account.value for account in FREE_TO_SINK]
    held = sides.filter(~pl.col("account").is_in(free)).sort("sequence")
    stood = held.with_columns(stood=pl.col("fen").cum_sum().over(*_BOOK, "account"))
    return stood.filter(pl.col("stood") < 0)["id"]


def _lost_transfers(sides: pl.DataFrame) -> pl.Series:
    """Find transfers whose two sides do not meet, by their paper."""
    moved = sides.filter(pl.col("account") == FundAccount.TRANSFERRED.value)
    return moved.group_by("source_id").agg(pl.col("fen").sum()).filter(pl.col("fen") != 0)["source_id"]
