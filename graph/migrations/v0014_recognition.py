"""Volunteers known in another region: holders' keys, cases, decisions, recognised claims and appeals."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
