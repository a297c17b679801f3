"""Lists compared with the lists before them: runs, lines, tasks of coverage, ends of statuses."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
