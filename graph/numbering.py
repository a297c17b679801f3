"""Numbers that are given out one after another, and what is therefore done one after another."""

from graph.columns import integer
from graph.ports import Access, Statement, WriteTransaction

NEXT = Statement(
    "MERGE (s:Series {id: $id}) ON CREATE SET s.last = 0 SET s.last = s.last + 1 RETURN s.last AS last",
    Access.WRITE,
)


async def next_number(tx: WriteTransaction, series: str) -> int:
    """
    Give the next number of a series, from 1.

    Two units never get one number: the second waits until the first has ended, and from then on sees what it wrote.
    """
    return integer((await tx.run(NEXT, id=series))[0], "last")
