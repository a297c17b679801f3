"""Who saw a full identity number, and how often somebody may ask."""

from dataclasses import dataclass
from datetime import datetime

from domain.protection import UnmaskPurpose
from graph.columns import integer, moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

ADD = Statement(
    """
    CREATE (:IdentityReading {id: $id, volunteer_id: $volunteer_id, reader_id: $reader_id, purpose: $purpose,
      reason: $reason, order_number: $order_number, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
OF_VOLUNTEER = Statement(
    "MATCH (n:IdentityReading) WHERE n.volunteer_id = $volunteer_id RETURN n.id AS id,"
    " n.volunteer_id AS volunteer_id, n.reader_id AS reader_id, n.purpose AS purpose, n.reason AS reason,"
    " n.order_number AS order_number, n.at AS at, n.region_path AS region_path ORDER BY at, id",
    Access.READ,
)
# Written before it is read: two units at once cannot both be the last that is allowed.
USE = Statement(
    "MERGE (n:Allowance {id: $id}) ON CREATE SET n.used = 0, n.ends_at = $ends_at"
    " SET n.used = n.used + 1 RETURN n.used AS used",
    Access.WRITE,
)
FORGET = Statement("MATCH (n:Allowance) WHERE n.ends_at < $now DELETE n", Access.WRITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """Somebody saw a full number: who, whose, for what."""

    id: str
    volunteer_id: str
    reader_id: str
    purpose: UnmaskPurpose
    reason: str | None
    order_number: str | None
    at: datetime
    region_path: str


async def add_reading(tx: WriteTransaction, row: ReadingRow) -> None:
    """Take a reading down."""
    await tx.run(
        ADD,
        id=row.id,
        volunteer_id=row.volunteer_id,
        reader_id=row.reader_id,
        purpose=row.purpose.value,
        reason=row.reason,
        order_number=row.order_number,
        at=row.at,
        region_path=row.region_path,
    )


async def readings_of(tx: ReadTransaction, volunteer_id: str) -> list[ReadingRow]:
    """Give who saw a volunteer's number, the earliest first."""
    return [_row(record) for record in await tx.run(OF_VOLUNTEER, volunteer_id=volunteer_id)]


async def use_allowance(tx: WriteTransaction, allowance_id: str, ends_at: datetime, now: datetime) -> int:
    """Take one of an allowance and give how many are used now; those that ended are forgotten."""
    await tx.run(FORGET, now=now)
    return integer((await tx.run(USE, id=allowance_id, ends_at=ends_at))[0], "used")


def _row(record: Record) -> ReadingRow:
    return ReadingRow(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        reader_id=text(record, "reader_id"),
        purpose=UnmaskPurpose(text(record, "purpose")),
        reason=text_or_none(record, "reason"),
        order_number=text_or_none(record, "order_number"),
        at=moment(record, "at"),
        region_path=text(record, "region_path"),
    )
