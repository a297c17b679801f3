"""Add packs that charities publish, and where donors agreed to be named in them."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
