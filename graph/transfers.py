"""Papers behind money that goes from one book of a charity to another, and the duty to tell of some of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.allocations import DisclosureKind, DisclosureState
from domain.funds import Book, LeftOverGround, TransferKind, TransferState
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.locked import find_paper, lock_paper
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

TRANSFER_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.organisation_id AS organisation_id, n.kind AS kind, n.state AS state,"
    " n.from_fund_id AS from_fund_id, n.from_earmark_id AS from_earmark_id, n.to_fund_id AS to_fund_id,"
    " n.to_earmark_id AS to_earmark_id, n.amount_fen AS amount_fen, n.ground AS ground, n.reason AS reason,"
    " n.proposed_by AS proposed_by, n.proposed_at AS proposed_at, n.decided_by AS decided_by,"
    " n.decided_at AS decided_at, n.region_path AS region_path, n.version AS version"
)
CREATE = Statement(
    """
    CREATE (:FundTransfer {id: $id, organisation_id: $organisation_id, kind: $kind, state: $state,
      from_fund_id: $from_fund_id, from_earmark_id: $from_earmark_id, to_fund_id: $to_fund_id,
      to_earmark_id: $to_earmark_id, amount_fen: $amount_fen, ground: $ground, reason: $reason,
      proposed_by: $proposed_by, proposed_at: $proposed_at, decided_by: $decided_by, decided_at: $decided_at,
      region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:FundTransfer {id: $id}) SET n.version = n.version + 1" + TRANSFER_COLUMNS, Access.WRITE
)
BY_ID = Statement("MATCH (n:FundTransfer {id: $id})" + TRANSFER_COLUMNS, Access.READ)
DECIDE = Statement(
    "MATCH (n:FundTransfer {id: $id}) SET n.state = $state, n.ground = $ground, n.reason = $reason,"
    " n.decided_by = $decided_by, n.decided_at = $decided_at",
    Access.WRITE,
)
WAITING = Statement(
    "MATCH (n:FundTransfer) WHERE n.state = 'PROPOSED' AND (n.from_fund_id = $fund_id OR n.to_fund_id = $fund_id)"
    " RETURN count(*) AS waiting",
    Access.READ,
)
DISCLOSE = Statement(
    """
    CREATE (:Disclosure {id: $id, kind: $kind, state: $state, organisation_id: $organisation_id,
      fund_id: $fund_id, amount_fen: $amount_fen, year: $year, arose_on: $arose_on, due_on: $due_on,
      region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """Money that goes, or is to go, from one book to another of the same charity."""

    id: str
    organisation_id: str
    kind: TransferKind
    state: TransferState
    giver: Book
    taker: Book
    amount_fen: int
    proposed_by: str
    proposed_at: datetime
    region_path: str
    ground: LeftOverGround | None = None
    reason: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    version: int = 1


def transfer_of(record: Record) -> TransferRow:
    """Give the row of a record of ``TRANSFER_COLUMNS``."""
    ground = text_or_none(record, "ground")
    return TransferRow(
        id=text(record, "id"),
        organisation_id=text(record, "organisation_id"),
        kind=TransferKind(text(record, "kind")),
        state=TransferState(text(record, "state")),
        giver=Book(fund_id=text(record, "from_fund_id"), earmark_id=text_or_none(record, "from_earmark_id")),
        taker=Book(fund_id=text(record, "to_fund_id"), earmark_id=text_or_none(record, "to_earmark_id")),
        amount_fen=integer(record, "amount_fen"),
        proposed_by=text(record, "proposed_by"),
        proposed_at=moment(record, "proposed_at"),
        region_path=text(record, "region_path"),
        ground=LeftOverGround(ground) if ground else None,
        reason=text_or_none(record, "reason"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        version=integer(record, "version"),
    )


async def create_transfer(tx: WriteTransaction, row: TransferRow) -> None:
    """Write a transfer down; its money moves by the ledger."""
    await tx.run(
        CREATE,
        id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind.value,
        state=row.state.value,
        from_fund_id=row.giver.fund_id,
        from_earmark_id=row.giver.earmark_id,
        to_fund_id=row.taker.fund_id,
        to_earmark_id=row.taker.earmark_id,
        amount_fen=row.amount_fen,
        ground=row.ground.value if row.ground else None,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        region_path=row.region_path,
    )


async def find_transfer(tx: ReadTransaction, transfer_id: str) -> TransferRow:
    """
    Give a transfer.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return await find_paper(tx, BY_ID, transfer_of, kind="transfer", key=transfer_id)


async def lock_transfer(tx: WriteTransaction, transfer_id: str, *, expected_version: int) -> TransferRow:
    """
    Take a transfer for deciding.

    Raises
    ------
    NotFoundError
        There is none of that id.
    StaleVersionError
        It has changed since it was read.
    """
    return await lock_paper(
        tx, LOCK, transfer_of, kind="transfer", key=transfer_id, expected_version=expected_version
    )


async def write_decision(tx: WriteTransaction, row: TransferRow) -> None:
    """Write how a locked transfer was decided."""
    await tx.run(
        DECIDE,
        id=row.id,
        state=row.state.value,
        ground=row.ground.value if row.ground else None,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


async def waiting_transfers(tx: ReadTransaction, fund_id: str) -> int:
    """Count the transfers of a fund that wait for their second person."""
    return integer((await tx.run(WAITING, fund_id=fund_id))[0], "waiting")


async def disclose_left_over(tx: WriteTransaction, row: TransferRow, *, today: date, due_on: date) -> None:
    """Write down the duty to tell in public where left-over money went (HC-14)."""
    await tx.run(
        DISCLOSE,
        id=f"{row.id}:{DisclosureKind.LEFT_OVER.value}",
        kind=DisclosureKind.LEFT_OVER.value,
        state=DisclosureState.DUE.value,
        organisation_id=row.organisation_id,
        fund_id=row.giver.fund_id,
        amount_fen=row.amount_fen,
        year=today.year,
        arose_on=today,
        due_on=due_on,
        region_path=row.region_path,
    )
