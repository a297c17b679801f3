"""Add the ledger of hours with its opening entries, stars, certificates, and what times a visit."""

from graph.hours.opening import open_ledgers
from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
    await open_ledgers(store)
