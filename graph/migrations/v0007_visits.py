"""Visits to elders: labels ``Visitor``, ``VisitCare``, ``VisitPlan``, ``Visit`` and ``Alarm``."""

from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await store.define()
