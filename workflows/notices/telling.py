"""Tell people, in the transaction of what they are told."""

from domain.notices import Channel, NewNotice
from domain.time import civil_date
from graph.notices import create_notice, enqueue, preference_of
from graph.unit_of_work import AuditedTransaction
from workflows.claims.policy import engagement_on
from workflows.notices.quiet import after_quiet
from workflows.workspace import Workspace


async def notify(ws: Workspace, tx: AuditedTransaction, notice: NewNotice) -> None:
    """
    Write a notice into the recipient's inbox, and into the outbox for each way they chose besides.

    Nothing of it stands if the transaction is rolled back. What falls into quiet hours leaves after them.
    """
    notice_id = ws.new_id()
    await create_notice(tx, notice_id, notice, at=tx.at)
    preference = await preference_of(tx, notice.recipient_id)
    if preference is None:
        return
    policy = engagement_on(civil_date(tx.at), notice.region_path).quiet_hours
    start, end = preference.quiet_start_min, preference.quiet_end_min
    due = after_quiet(
        tx.at, policy.start.value if start is None else start, policy.end.value if end is None else end
    )
    for channel in preference.channels:
        if channel is not Channel.INBOX:
            await enqueue(tx, f"{notice_id}:{channel.value}", notice_id, channel, at=tx.at, due=due)
