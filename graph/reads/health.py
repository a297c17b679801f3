"""Whether the graph answers."""

from graph.ports import Access, ReadTransaction, Statement

_ONE = Statement("RETURN 1 AS one", Access.READ)


async def probe(tx: ReadTransaction) -> None:
    """
    Ask the engine for the least it can give.

    Raises
    ------
    GraphUnavailableError
        The engine does not answer.
    """
    await tx.run(_ONE)
