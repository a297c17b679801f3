"""Enquiries of people about how they stand, each opened by the code on a slip."""

from dataclasses import dataclass
from datetime import datetime

from graph.columns import moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction

ADD = Statement(
    """
    CREATE (:RegistrationEnquiry {id: $id, code_digest: $code_digest, tail_digest: $tail_digest,
      volunteer_id: $volunteer_id, resident_id: $resident_id, asked_by: $asked_by, asked_at: $asked_at,
      expires_at: $expires_at, region_path: $region_path})
    """,
    Access.WRITE,
)
BY_CODE = Statement(
    "MATCH (n:RegistrationEnquiry) WHERE n.code_digest = $code_digest AND n.expires_at > $now"
    " RETURN n.id AS id, n.tail_digest AS tail_digest, n.volunteer_id AS volunteer_id,"
    " n.resident_id AS resident_id, n.asked_by AS asked_by, n.asked_at AS asked_at, n.expires_at AS expires_at,"
    " n.region_path AS region_path",
    Access.READ,
)
FORGET = Statement("MATCH (n:RegistrationEnquiry) WHERE n.expires_at <= $now DELETE n", Access.WRITE)
RESIDENT_STANDS = Statement("MATCH (n:Resident {id: $id}) RETURN n.recorded_at AS recorded_at", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryRow:
    """Whom somebody who showed their card was found to be; nobody, where both ids are None."""

    id: str
    tail_digest: str
    volunteer_id: str | None
    resident_id: str | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    region_path: str


async def add_enquiry(tx: WriteTransaction, row: EnquiryRow, *, code_digest: str) -> None:
    """Take an enquiry down; those whose time is over are forgotten."""
    await tx.run(FORGET, now=row.asked_at)
    await tx.run(
        ADD,
        id=row.id,
        code_digest=code_digest,
        tail_digest=row.tail_digest,
        volunteer_id=row.volunteer_id,
        resident_id=row.resident_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        region_path=row.region_path,
    )


async def enquiry_by_code(tx: ReadTransaction, code_digest: str, now: datetime) -> EnquiryRow | None:
    """Give the enquiry that a code opens, or None."""
    found = await tx.run(BY_CODE, code_digest=code_digest, now=now)
    if not found:
        return None
    record = found[0]
    return EnquiryRow(
        id=text(record, "id"),
        tail_digest=text(record, "tail_digest"),
        volunteer_id=text_or_none(record, "volunteer_id"),
        resident_id=text_or_none(record, "resident_id"),
        asked_by=text(record, "asked_by"),
        asked_at=moment(record, "asked_at"),
        expires_at=moment(record, "expires_at"),
        region_path=text(record, "region_path"),
    )


async def resident_since(tx: ReadTransaction, resident_id: str) -> datetime | None:
    """Give since when a resident stands in the register, or None."""
    found = await tx.run(RESIDENT_STANDS, id=resident_id)
    return moment(found[0], "recorded_at") if found else None
