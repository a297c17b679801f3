"""How a need stands, for who holds its receipt and has no account: the state and its dates, nothing else."""

from dataclasses import dataclass
from datetime import datetime

from domain.needs import NeedState
from graph.columns import moment_or_none, text
from graph.ports import Access, ReadTransaction, Statement

# Child protection has its own way of asking: not by a slip of paper (HC-25).
_BY_RECEIPT = Statement(
    "MATCH (n:Need) WHERE n.receipt = $receipt AND n.contact_tail = $contact_tail"
    " AND n.category <> 'CHILD_PROTECT'"
    " RETURN n.state AS state, n.posted_at AS posted_at, n.state_since AS state_since, n.due_at AS due_at",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptStatus:
    """Where a need stands, since when, and by when it moves on."""

    state: NeedState
    posted_at: datetime | None
    state_since: datetime | None
    due_at: datetime | None


async def status_by_receipt(tx: ReadTransaction, receipt: str, contact_tail: str) -> ReceiptStatus | None:
    """Give the status of the need that both belong to, or None: which of the two is wrong is not told."""
    found = await tx.run(_BY_RECEIPT, receipt=receipt, contact_tail=contact_tail)
    if not found:
        return None
    return ReceiptStatus(
        state=NeedState(text(found[0], "state")),
        posted_at=moment_or_none(found[0], "posted_at"),
        state_since=moment_or_none(found[0], "state_since"),
        due_at=moment_or_none(found[0], "due_at"),
    )
