"""Add the ledger of funds with its opening entries, earmarks, purposes, allocations and what is disclosed."""

from graph.ledger.opening import open_funds
from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
    await open_funds(store)
