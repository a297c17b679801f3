"""Add which person each row is about, reviews and decisions of links, files and plans of households."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
