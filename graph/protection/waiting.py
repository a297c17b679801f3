"""Where somebody stands in line."""

from graph.columns import text
from graph.ports import Access, ReadTransaction, Statement

PLACES = Statement(
    "MATCH (n:WaitingEntry) WHERE n.volunteer_id = $volunteer_id AND n.state IN ['WAITING', 'OFFERED']"
    " RETURN n.need_id AS need_id ORDER BY need_id",
    Access.READ,
)


async def places_in_line(tx: ReadTransaction, volunteer_id: str) -> list[str]:
    """Give the needs for which somebody waits."""
    return [text(record, "need_id") for record in await tx.run(PLACES, volunteer_id=volunteer_id)]
