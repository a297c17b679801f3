"""Opening the books of many volunteers at once with what other systems had counted."""

from typing import Protocol

import polars as pl

from domain.hours import Account, EntryKind, HoursKind, RecordState
from graph.hours.ledger import OPENING
from graph.ports import GraphStore, LoadCount, WriteTransaction
from graph.schema import NODE_TYPE_BY_LABEL, NodeType


class Loading(Protocol):
    """What is needed of a transaction."""

    async def load_nodes(self, node: NodeType, frame: pl.DataFrame) -> LoadCount:
        """See ``graph.ports.WriteTransaction``."""
        ...


async def open_books(tx: Loading, volunteers: pl.DataFrame) -> int:
    """
    Write opening records, entries and balances of volunteers that have no books yet, and give how many.

    Parameters
    ----------
    volunteers
        Columns ``id``, ``verified_minutes``, ``region_path``, ``recorded_at``.
    """
    if "verified_minutes" not in volunteers.columns:
        return 0
    found = volunteers.filter(pl.col("verified_minutes") > 0)
    if found.is_empty():
        return 0
    for label, frame in _rows(found).items():
        await tx.load_nodes(NODE_TYPE_BY_LABEL[label], frame)
    return found.height


def _rows(found: pl.DataFrame) -> dict[str, pl.DataFrame]:
    volunteer, minutes = pl.col("id"), pl.col("verified_minutes").cast(pl.Int64)
    region, at = pl.col("region_path"), pl.col("recorded_at")
    record_id = pl.concat_str(pl.lit("opening:"), volunteer)
    account = {
        "volunteer_id": volunteer,
        "entries": pl.lit(1, pl.Int64),
    }

    def accounts(name: Account, balance: pl.Expr) -> pl.DataFrame:
        key = pl.concat_str(volunteer, pl.lit(f":{name.value}"))
        return found.select(id=key, account=pl.lit(name.value), balance_min=balance, **account)

    return {
        "HoursRecord": found.select(
            id=record_id,
            volunteer_id=volunteer,
            kind=pl.lit(HoursKind.IMPORTED.value),
            state=pl.lit(RecordState.VERIFIED.value),
            minutes=minutes,
            recorded_by=pl.lit(OPENING),
            recorded_at=at,
            region_path=region,
            version=pl.lit(1, pl.Int64),
        ),
        "HoursEntry": found.select(
            id=pl.concat_str(volunteer, pl.lit(":000001")),
            volunteer_id=volunteer,
            sequence=pl.lit(1, pl.Int64),
            record_id=record_id,
            kind=pl.lit(EntryKind.OPEN.value),
            debit=pl.lit(Account.IMPORTED.value),
            credit=pl.lit(Account.VERIFIED.value),
            minutes=minutes,
            actor_id=pl.lit(OPENING),
            at=at,
            region_path=region,
        ),
        "HoursAccount": pl.concat(
            [accounts(Account.IMPORTED, -minutes), accounts(Account.VERIFIED, minutes)]
        ),
    }


async def open_ledgers(store: GraphStore) -> int:
    """Open the books of every volunteer that an earlier release counted minutes for, and give how many."""
    opened = 0
    held: set[str] = set()
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["HoursAccount"]):
        held.update(frame["volunteer_id"].to_list())
    async for frame in store.stream_nodes(NODE_TYPE_BY_LABEL["Volunteer"]):
        unopened = frame.filter(~pl.col("id").is_in(sorted(held)))

        async def work(tx: WriteTransaction, volunteers: pl.DataFrame = unopened) -> int:
            return await open_books(tx, volunteers)

        opened += await store.write(work)
    return opened
