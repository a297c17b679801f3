"""Needs on the public wall and who asked to be told: labels ``Publication`` and ``Subscription``."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
