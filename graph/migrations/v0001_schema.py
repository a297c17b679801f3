"""Create the first schema: every table, constraint and index that ``graph.schema`` declares."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
