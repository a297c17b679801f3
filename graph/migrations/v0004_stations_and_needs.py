"""
One tree of stations with several networks a node; needs with a station, clocks, consent and milestones.

The one ``kind`` of a station becomes the first of its networks.
"""

from graph.ports import Access, GraphStore, Statement, WriteTransaction
from graph.stations import settle_trees

LABEL = Statement(
    """
    MATCH (n:Station) WHERE n.networks IS NULL
    SET n.version = coalesce(n.version, 1), n.networks = CASE n.kind
      WHEN 'SOCIAL_WORK' THEN ['SOCIAL_WORK'] WHEN 'CHILD_PROTECTION' THEN ['CHILD_PROTECTION']
      ELSE ['CONSORTIUM'] END
    """,
    Access.WRITE,
)


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""

    async def work(tx: WriteTransaction) -> None:
        await tx.run(LABEL)
        await settle_trees(tx)

    await store.define()
    await store.write(work)
