"""Claims of teams, waiting lists, offers, invitations, contact preferences; how each claim ended."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
