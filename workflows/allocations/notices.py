"""Who is told that money waits for their yes, and what became of what they gave."""

from collections.abc import Sequence

from domain.allocations import LIVE_ALLOCATIONS
from domain.money import yuan_text
from domain.notices import NewNotice, NoticeCode
from graph.approvals import sums_to_approve
from graph.donations import untold_givers
from graph.ledger.balances import spent_in
from graph.reads.allocations import AllocationRow
from graph.reads.donations import came_before
from graph.unit_of_work import AuditedTransaction
from workflows.notices.telling import notify
from workflows.workspace import Workspace


async def tell_approvers(
    ws: Workspace, tx: AuditedTransaction, allocation_ids: Sequence[str], *, about: str
) -> None:
    """
    Tell each charity once that sums of its funds wait for somebody's yes.

    Parameters
    ----------
    about
        The allocation, or the round that made many.
    """
    for waiting in await sums_to_approve(tx, allocation_ids):
        await notify(
            ws,
            tx,
            NewNotice(
                recipient_id=waiting.organisation_id,
                code=NoticeCode.GIFT_TO_APPROVE,
                subject_id=about,
                region_path=waiting.region_path,
                parameters={"gifts": waiting.allocations, "amount": yuan_text(waiting.amount_fen)},
            ),
        )


async def tell_givers(ws: Workspace, tx: AuditedTransaction, allocation: AllocationRow, words: str) -> None:
    """
    Tell who gave to a book that their gift has helped: each once for a gift, when the oldest money reaches it.

    Only donors who are kept as organisations have an inbox; how else they are reached is theirs to say.
    """
    if allocation.state not in LIVE_ALLOCATIONS or allocation.disbursed_at is None:
        return
    spent_fen = await spent_in(tx, allocation.fund_id, allocation.earmark_id)
    for gift in await untold_givers(
        tx, allocation.fund_id, allocation.earmark_id, until=allocation.disbursed_at
    ):
        before_fen = await came_before(tx, gift)
        if before_fen is None or before_fen >= spent_fen or gift.donor_id is None:
            continue
        notice = NewNotice(
            recipient_id=gift.donor_id,
            code=NoticeCode.GIFT_HAS_HELPED,
            subject_id=gift.id,
            region_path=gift.region_path,
            parameters={"amount": yuan_text(gift.kept_fen), "words": words},
        )
        await notify(ws, tx, notice)
