"""Add what an import changed, so that it can be taken back."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
