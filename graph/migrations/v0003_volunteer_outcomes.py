"""Rounds keep why each volunteer was asked or not: label ``VolunteerOutcome``."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
