"""What an imprest has paid before the papers were in."""

from datetime import datetime

from graph.columns import integer
from graph.ports import Access, ReadTransaction, Statement

OVERDUE = Statement(
    "MATCH (n:Allocation) WHERE n.fund_id = $fund_id AND n.pay_first AND n.state = 'DISBURSED'"
    " AND n.papers_due_at < $now RETURN count(*) AS overdue",
    Access.READ,
)


async def overdue_papers(tx: ReadTransaction, fund_id: str, now: datetime) -> int:
    """Count the payments of a fund whose papers should have been in by now."""
    return integer((await tx.run(OVERDUE, fund_id=fund_id, now=now))[0], "overdue")
