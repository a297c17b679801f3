"""Add on which ground an alarm is answered, and what an elder agreed to for its case."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
