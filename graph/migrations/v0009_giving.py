"""Add the ledger of funds, earmarks and their purposes, allocations, disclosures and charities' years."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
