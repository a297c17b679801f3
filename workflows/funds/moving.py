"""Money from one book of a charity to another: its paper and both entries in one unit."""

from domain.funds import Book, TransferKind, TransferState
from domain.ledger import EntrySource, FundEntryKind, FundPosting
from graph.ledger.posting import post
from graph.transfers import TransferRow, create_transfer
from graph.unit_of_work import AuditedTransaction


async def post_transfer(tx: AuditedTransaction, row: TransferRow) -> None:
    """
    Post both sides of a transfer.

    Raises
    ------
    InsufficientFundsError
        The giving book has less free money.
    NotFoundError
        A fund is closed.
    """
    await post(
        tx,
        [
            FundPosting(
                fund_id=book.fund_id,
                earmark_id=book.earmark_id,
                kind=kind,
                amount_fen=row.amount_fen,
                source_kind=EntrySource.TRANSFER,
                source_id=row.id,
                reason=row.kind.value,
            )
            for book, kind in (
                (row.giver, FundEntryKind.TRANSFER_OUT),
                (row.taker, FundEntryKind.TRANSFER_IN),
            )
        ],
    )


async def move(
    tx: AuditedTransaction,
    kind: TransferKind,
    *,
    organisation_id: str,
    region_path: str,
    giver: Book,
    taker: Book,
    amount_fen: int,
    transfer_id: str,
    proposed_by: str,
) -> TransferRow:
    """Move money at once, where two people agreed on it before: an imprest's float, and filling it up again."""
    row = TransferRow(
        id=transfer_id,
        organisation_id=organisation_id,
        kind=kind,
        state=TransferState.DONE,
        giver=giver,
        taker=taker,
        amount_fen=amount_fen,
        proposed_by=proposed_by,
        proposed_at=tx.at,
        decided_by=tx.actor_id,
        decided_at=tx.at,
        region_path=region_path,
    )
    await create_transfer(tx, row)
    await post_transfer(tx, row)
    return row
