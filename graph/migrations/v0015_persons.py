"""Records of one person that are merged and parted, and monthly settlements with other regions."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
