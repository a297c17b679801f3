"""Proving the ledger: every figure that is kept is worked out again from the entries alone."""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from domain.hours import SOURCES, Account, RecordState
from graph.frames import DTYPES
from graph.ports import GraphStore
from graph.schema import NODE_TYPE_BY_LABEL

_HOLDERS = [account.value for account in Account if account not in SOURCES]
_SHOWN = 20


class LedgerBreak(StrEnum):
    """How the books can be wrong."""

    ENTRY = "ENTRY"  # an entry moves nothing, or from an account to itself
    SEQUENCE = "SEQUENCE"  # an entry is missing in a volunteer's books
    BALANCE = "BALANCE"  # a kept balance is not the sum of its entries
    SIGN = "SIGN"  # minutes stand on an account that has never got them
    RECORD = "RECORD"  # a record counts other minutes than its entries, or on another account
    VERIFIED = "VERIFIED"  # a volunteer's verified minutes are not their account's


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFinding:
    """One thing that does not hold, and on which object."""

    broken: LedgerBreak
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProof:
    """
    What the entries say.

    Parameters
    ----------
    total_min
        Sum over all accounts of all volunteers; 0, or the engine has lost a side of an entry.
    verified_min
        Minutes that count.
    findings
        What does not hold; the first few of each sort.
    """

    entries: int
    volunteers: int
    total_min: int
    verified_min: int
    pending_min: int
    frozen_min: int
    findings: tuple[LedgerFinding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is kept follows from the entries."""
        return not self.findings and self.total_min == 0


async def prove(store: GraphStore) -> LedgerProof:
    """Work every balance, record and volunteer's verified minutes out of the entries and compare."""
    entries = await _all(store, "HoursEntry")
    accounts = await _all(store, "HoursAccount")
    records = await _all(store, "HoursRecord")
    volunteers = await _all(store, "Volunteer", "id", "verified_minutes")
    sides = pl.concat(
        [
            entries.select("volunteer_id", "record_id", account="credit", minutes="minutes"),
            entries.select("volunteer_id", "record_id", account="debit", minutes=-pl.col("minutes")),
        ]
    )
    sums = sides.group_by("volunteer_id", "account").agg(pl.col("minutes").sum(), n=pl.len().cast(pl.Int64))
    on_hand = {
        account: int(sums.filter(pl.col("account") == account)["minutes"].sum()) for account in _HOLDERS
    }
    return LedgerProof(
        entries=entries.height,
        volunteers=entries["volunteer_id"].n_unique(),
        total_min=int(accounts["balance_min"].sum()),
        verified_min=on_hand[Account.VERIFIED.value],
        pending_min=on_hand[Account.PENDING.value],
        frozen_min=on_hand[Account.FROZEN.value],
        findings=(
            *_found(LedgerBreak.ENTRY, _bad_entries(entries)),
            *_found(LedgerBreak.SEQUENCE, _gaps(entries)),
            *_found(LedgerBreak.BALANCE, _balances(sums, accounts)),
            *_found(LedgerBreak.SIGN, _signs(sums)),
            *_found(LedgerBreak.RECORD, _records(sides, records)),
            *_found(LedgerBreak.VERIFIED, _verified(sums, volunteers)),
        ),
    )


async def _all(store: GraphStore, label: str, *columns: str) -> pl.DataFrame:
    node = NODE_TYPE_BY_LABEL[label]
    wanted = columns or tuple(p.name for p in node.properties)
    frames = [frame.select(wanted) async for frame in store.stream_nodes(node)]
    if frames:
        return pl.concat(frames)
    return pl.DataFrame(schema={p.name: DTYPES[p.type] for p in node.properties if p.name in wanted})


def _found(broken: LedgerBreak, ids: pl.Series) -> list[LedgerFinding]:
    return [LedgerFinding(broken=broken, object_id=str(each)) for each in ids.sort().head(_SHOWN)]


def _bad_entries(entries: pl.DataFrame) -> pl.Series:
    known = [account.value for account in Account]
    return entries.filter(
        (pl.col("minutes") <= 0)
        | (pl.col("debit") == pl.col("credit"))
        | ~pl.col("debit").is_in(known)
        | ~pl.col("credit").is_in(known)
    )["id"]


def _gaps(entries: pl.DataFrame) -> pl.Series:
    spans = entries.group_by("volunteer_id").agg(
        n=pl.len(), first=pl.col("sequence").min(), last=pl.col("sequence").max()
    )
    return spans.filter((pl.col("first") != 1) | (pl.col("last") != pl.col("n")))["volunteer_id"]


def _balances(sums: pl.DataFrame, accounts: pl.DataFrame) -> pl.Series:
    both = sums.join(accounts, on=["volunteer_id", "account"], how="full", coalesce=True)
    return both.filter(
        pl.col("minutes").fill_null(0).ne_missing(pl.col("balance_min"))
        | pl.col("n").fill_null(0).ne_missing(pl.col("entries"))
    ).select(pl.concat_str("volunteer_id", pl.lit(":"), "account"))["volunteer_id"]


def _signs(sums: pl.DataFrame) -> pl.Series:
    held = pl.col("account").is_in(_HOLDERS)
    return sums.filter((held & (pl.col("minutes") < 0)) | (~held & (pl.col("minutes") > 0))).select(
        pl.concat_str("volunteer_id", pl.lit(":"), "account")
    )["volunteer_id"]


def _records(sides: pl.DataFrame, records: pl.DataFrame) -> pl.Series:
    """Compare records with what their entries leave on the accounts that hold minutes."""
    standing = (
        sides.filter(pl.col("account").is_in(_HOLDERS))
        .group_by("record_id", "account")
        .agg(pl.col("minutes").sum())
        .filter(pl.col("minutes") != 0)
    )
    said = records.filter(pl.col("state") != RecordState.REVERSED.value).select(
        record_id="id", account="state", said="minutes"
    )
    both = said.join(standing, on=["record_id", "account"], how="full", coalesce=True)
    return both.filter(pl.col("said").ne_missing(pl.col("minutes")))["record_id"].unique()


def _verified(sums: pl.DataFrame, volunteers: pl.DataFrame) -> pl.Series:
    counted = sums.filter(pl.col("account") == Account.VERIFIED.value).select(
        id="volunteer_id", sum="minutes"
    )
    both = volunteers.join(counted, on="id", how="full", coalesce=True)
    return both.filter(pl.col("verified_minutes").fill_null(0) != pl.col("sum").fill_null(0))["id"]
