"""Tell people, in the transaction of what they are told."""

from domain.notices import NewNotice
from graph.notices import create_notice
from graph.unit_of_work import AuditedTransaction
from workflows.workspace import Workspace


async def notify(ws: Workspace, tx: AuditedTransaction, notice: NewNotice) -> None:
    """Write a notice into the recipient's inbox, and nothing if the transaction is rolled back."""
    await create_notice(tx, ws.new_id(), notice, at=tx.at)
