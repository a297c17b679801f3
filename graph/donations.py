"""Gifts and wishes to change their purpose, as use cases write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.donations import ChangeGround, Donation, DonorKind, PurposeChange, PurposeChangeState
from domain.errors import NotFoundError, StaleVersionError
from domain.giving import DonationKind, DonationSource, DonationState
from domain.ledger import EntrySource, FundEntryKind
from domain.provenance import MANUAL_SOURCE
from domain.time import civil_date
from graph.columns import (
    day_or_none,
    flag,
    integer,
    integer_or_none,
    moment,
    moment_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement, Value, WriteTransaction
from graph.scope import NOTHING, listed, scope_organisations

_FIRST_DAY, _LAST_DAY = date.min, date.max

COLUMNS: LiteralString = """
RETURN n.id AS id, n.kind AS kind, n.state AS state, n.channel AS channel, n.donor_name AS donor_name,
  n.donor_kind AS donor_kind, n.donor_id AS donor_id, n.passed_on_for AS passed_on_for, n.fund_id AS fund_id,
  n.earmark_id AS earmark_id, n.amount_fen AS amount_fen, n.refunded_fen AS refunded_fen,
  n.currency AS currency, n.foreign_amount AS foreign_amount, n.given_on AS given_on,
  n.restriction_text AS restriction_text, n.reference AS reference, n.note AS note,
  n.receipt_number AS receipt_number, n.recorded_by AS recorded_by, n.duplicate_of AS duplicate_of,
  n.distinct_from AS distinct_from,
  n.posting_ids AS posting_ids, n.received_at AS received_at, n.receipted_at AS receipted_at,
  n.posted_at AS posted_at, n.region_id AS region_id, n.region_path AS region_path,
  coalesce(n.version, 1) AS version
"""
CHANGE_COLUMNS: LiteralString = """
RETURN n.id AS id, n.donation_id AS donation_id, n.state AS state, n.ground AS ground,
  n.from_fund_id AS from_fund_id, n.from_earmark_id AS from_earmark_id, n.to_fund_id AS to_fund_id,
  n.to_earmark_id AS to_earmark_id, n.amount_fen AS amount_fen, n.reason AS reason, n.reference AS reference,
  n.asked_by AS asked_by, n.asked_at AS asked_at, n.decided_by AS decided_by, n.decided_at AS decided_at,
  n.region_path AS region_path, n.version AS version
"""
FUND_HOLDER = Statement(
    "MATCH (n:Fund {id: $id}) WHERE n.organisation_id IN $scope_organisations"
    " MATCH (o:Organisation {id: n.organisation_id})"
    " RETURN n.id AS id, n.name AS name, n.organisation_id AS organisation_id, o.name AS organisation_name,"
    " o.credit_code AS credit_code, o.public_raising AS public_raising, n.closed_at AS closed_at,"
    " n.region_id AS region_id, n.region_path AS region_path",
    Access.READ,
)
FUNDS_OF = Statement(
    "MATCH (n:Fund) WHERE n.organisation_id IN $scope_organisations RETURN n.id AS id ORDER BY id",
    Access.READ,
)
_TOLD_AT_ONCE = 100
# Every property, by one statement: a gift is written whole, and steps differ in what they change of it.
WRITE = Statement(
    """
    MERGE (n:Donation {id: $id})
    ON CREATE SET n.source_id = $source_id, n.source_row = 0, n.recorded_at = $at
    SET n.kind = $kind, n.state = $state, n.channel = $channel, n.donor_name = $donor_name,
      n.donor_kind = $donor_kind, n.donor_id = $donor_id, n.passed_on_for = $passed_on_for,
      n.fund_id = $fund_id, n.earmark_id = $earmark_id, n.amount_fen = $amount_fen,
      n.refunded_fen = $refunded_fen, n.currency = $currency, n.foreign_amount = $foreign_amount,
      n.given_on = $given_on, n.restriction_text = $restriction_text, n.reference = $reference,
      n.note = $note, n.receipt_number = $receipt_number, n.recorded_by = $recorded_by,
      n.duplicate_of = $duplicate_of, n.distinct_from = $distinct_from, n.posting_ids = $posting_ids,
      n.received_at = $received_at, n.receipted_at = $receipted_at, n.posted_at = $posted_at, n.region_id = $region_id,
      n.region_path = $region_path, n.version = $version
    """,
    Access.WRITE,
)
SET_CODE = Statement("MATCH (n:Donation {id: $id}) SET n.lookup_code_hash = $hash", Access.WRITE)
# The fund itself is taken before its relationships, as postings take it: otherwise two wait for each other.
JOIN_FUND = Statement(
    "MATCH (f:Fund {id: $fund_id}) SET f.version = f.version WITH f MATCH (n:Donation {id: $id})"
    " MERGE (n)-[r:DONATED_TO]->(f) SET r.source_id = $source_id",
    Access.WRITE,
)
LEAVE_FUND = Statement(
    "MATCH (n:Donation {id: $id})-[r:DONATED_TO]->(f:Fund) WHERE f.id <> $fund_id DELETE r", Access.WRITE
)
JOIN_DONOR = Statement(
    "MATCH (o:Organisation {id: $donor_id}) MATCH (n:Donation {id: $id}) MERGE (o)-[r:GAVE]->(n)"
    " SET r.source_id = $source_id RETURN o.id AS id",
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:Donation {id: $id}) WHERE n.fund_id IN $fund_ids SET n.version = coalesce(n.version, 1) + 1"
    + COLUMNS,
    Access.WRITE,
)
ALIKE = Statement(
    "MATCH (n:Donation) WHERE n.fund_id IN $fund_ids AND n.amount_fen = $amount_fen AND n.id <> $id"
    " AND n.state <> 'CANCELLED' AND (n.given_on IS NULL OR n.reference = $reference"
    " OR (n.given_on >= $since AND n.given_on <= $until))" + COLUMNS + "ORDER BY id LIMIT $limit",
    Access.READ,
)
UNTOLD = Statement(
    """
    MATCH (n:Donation) WHERE n.fund_id = $fund_id AND coalesce(n.earmark_id, '') = $earmark_id
      AND n.state = 'POSTED' AND n.donor_id IS NOT NULL AND n.posted_at <= $until
      AND NOT EXISTS { MATCH (k:Notice) WHERE k.subject_id = n.id AND k.code = 'GIFT_HAS_HELPED' }
    """
    + COLUMNS
    + "ORDER BY posted_at, id LIMIT $limit",
    Access.READ,
)
# What came with the books of another system, on the day they were opened or before, may be in the sum they began with.
OPENED_WITH = Statement(
    """
    MATCH (n:Donation {id: $id}) WHERE n.source_id <> $manual
    MATCH (e:FundEntry {id: $paper})
    RETURN e.amount_fen AS amount_fen, e.at AS opened_at, n.recorded_at AS recorded_at
    """,
    Access.READ,
)
GOODS = Statement(
    """
    MATCH (o:InKindOffer) WHERE o.donation_id = $id
    MATCH (l:StockLine) WHERE l.offer_id = o.id AND l.kind = 'ADDED'
    RETURN o.id AS id, o.item AS item, o.item_text AS item_text, o.unit AS unit, sum(l.quantity) AS quantity
    ORDER BY id
    """,
    Access.READ,
)
ENTRIES = Statement(
    "UNWIND $ids AS wanted MATCH (n:FundEntry {id: wanted})"
    " RETURN n.id AS id, n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.amount_fen AS amount_fen",
    Access.READ,
)
WRITE_CHANGE = Statement(
    """
    MERGE (n:PurposeChange {id: $id})
    SET n.donation_id = $donation_id, n.state = $state, n.ground = $ground, n.from_fund_id = $from_fund_id,
      n.from_earmark_id = $from_earmark_id, n.to_fund_id = $to_fund_id, n.to_earmark_id = $to_earmark_id,
      n.amount_fen = $amount_fen, n.reason = $reason, n.reference = $reference, n.asked_by = $asked_by,
      n.asked_at = $asked_at, n.decided_by = $decided_by, n.decided_at = $decided_at,
      n.region_path = $region_path, n.version = $version
    """,
    Access.WRITE,
)
PENDING_CHANGE = Statement(
    "MATCH (n:PurposeChange) WHERE n.donation_id = $donation_id AND n.state = 'PENDING'" + CHANGE_COLUMNS,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundHolder:
    """A fund that gifts go to, and the charity that holds it."""

    id: str
    name: str
    organisation_id: str
    organisation_name: str
    credit_code: str | None
    public_raising: bool
    closed: bool
    region_id: str | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedEntry:
    """An entry that brought a gift's money somewhere."""

    id: str
    fund_id: str
    earmark_id: str | None
    amount_fen: int


def donation_of(record: Record) -> Donation:
    """Give the gift of a record of ``COLUMNS``; what an import did not say is unknown."""
    channel, kind = text_or_none(record, "channel"), text_or_none(record, "donor_kind")
    return Donation(
        id=text(record, "id"),
        kind=DonationKind(text_or_none(record, "kind") or DonationKind.CASH),
        state=DonationState(text(record, "state")),
        channel=DonationSource(channel) if channel else None,
        donor_name=text_or_none(record, "donor_name"),
        donor_kind=DonorKind(kind) if kind else DonorKind.UNKNOWN,
        donor_id=text_or_none(record, "donor_id"),
        passed_on_for=text_or_none(record, "passed_on_for"),
        fund_id=text_or_none(record, "fund_id") or "",
        earmark_id=text_or_none(record, "earmark_id"),
        amount_fen=integer(record, "amount_fen"),
        refunded_fen=integer(record, "refunded_fen"),
        currency=text_or_none(record, "currency"),
        foreign_amount=integer_or_none(record, "foreign_amount"),
        given_on=day_or_none(record, "given_on"),
        restriction_text=text_or_none(record, "restriction_text"),
        reference=text_or_none(record, "reference"),
        note=text_or_none(record, "note"),
        receipt_number=text_or_none(record, "receipt_number"),
        recorded_by=text_or_none(record, "recorded_by"),
        duplicate_of=text_or_none(record, "duplicate_of"),
        distinct_from=text_or_none(record, "distinct_from"),
        posting_ids=texts(record, "posting_ids"),
        received_at=moment_or_none(record, "received_at"),
        receipted_at=moment_or_none(record, "receipted_at"),
        posted_at=moment_or_none(record, "posted_at"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def fund_ids_of(tx: ReadTransaction, actor: Actor) -> list[str]:
    """Give the funds of the actor's own organisations: gifts are scoped by the fund that they went to."""
    found = await tx.run(FUNDS_OF, scope_organisations=scope_organisations(actor))
    return listed([text(row, "id") for row in found])


async def fund_holder(tx: ReadTransaction, actor: Actor, fund_id: str) -> FundHolder:
    """
    Give a fund of the actor's own organisations.

    Raises
    ------
    NotFoundError
        Another's, or none.
    """
    found = await tx.run(FUND_HOLDER, id=fund_id, scope_organisations=scope_organisations(actor))
    if not found:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    return FundHolder(
        id=text(found[0], "id"),
        name=text(found[0], "name"),
        organisation_id=text(found[0], "organisation_id"),
        organisation_name=text(found[0], "organisation_name"),
        credit_code=text_or_none(found[0], "credit_code"),
        public_raising=flag(found[0], "public_raising"),
        closed=moment_or_none(found[0], "closed_at") is not None,
        region_id=text_or_none(found[0], "region_id"),
        region_path=text(found[0], "region_path"),
    )


async def write_donation(tx: WriteTransaction, gift: Donation, at: datetime) -> None:
    """Write a gift as it now stands, with its ways to fund and donor."""
    await tx.run(WRITE, **_properties(gift), source_id=MANUAL_SOURCE, at=at)
    await tx.run(LEAVE_FUND, id=gift.id, fund_id=gift.fund_id)
    await tx.run(JOIN_FUND, id=gift.id, fund_id=gift.fund_id, source_id=MANUAL_SOURCE)


async def join_donor(tx: WriteTransaction, gift: Donation) -> None:
    """
    Join a gift to the organisation that gave it.

    Raises
    ------
    NotFoundError
        There is no such organisation.
    """
    found = await tx.run(JOIN_DONOR, id=gift.id, donor_id=gift.donor_id, source_id=MANUAL_SOURCE)
    if not found:
        raise NotFoundError("no such organisation", kind="organisation", id=gift.donor_id)


async def set_lookup_hash(tx: WriteTransaction, donation_id: str, digest: str) -> None:
    """Keep the digest of the code that opens a donor's page; the code itself is nowhere."""
    await tx.run(SET_CODE, id=donation_id, hash=digest)


async def lock_donation(
    tx: WriteTransaction, actor: Actor, donation_id: str, *, expected_version: int | None
) -> Donation:
    """
    Take a gift to one of the actor's funds for changing; it comes with its next version.

    Raises
    ------
    NotFoundError
        To none of them.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=donation_id, fund_ids=await fund_ids_of(tx, actor))
    if not found:
        raise NotFoundError("no such gift", kind="donation", id=donation_id)
    gift = donation_of(found[0])
    if expected_version is not None and gift.version - 1 != expected_version:
        raise StaleVersionError(
            "the gift has changed since it was read",
            id=donation_id,
            expected=expected_version,
            found=gift.version - 1,
        )
    return gift


async def donations_near(
    tx: ReadTransaction, actor: Actor, gift: Donation, window_days: int, *, limit: int = 5_000
) -> list[Donation]:
    """
    Give gifts to the actor's funds of a gift's amount, by id: among them are second records of it.

    Their days lie within the window or are not known on either side, or the payment has the same number.
    """
    found = await tx.run(
        ALIKE,
        fund_ids=await fund_ids_of(tx, actor),
        amount_fen=gift.amount_fen,
        id=gift.id,
        reference=gift.reference or NOTHING,
        since=_days_from(gift.given_on or _FIRST_DAY, -window_days),
        until=_days_from(gift.given_on or _LAST_DAY, window_days),
        limit=limit,
    )
    return [donation_of(record) for record in found]


def _days_from(day: date, days: int) -> date:
    """Give a day so many days off, or the calendar's end before it."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), _LAST_DAY.toordinal()))


async def booked_entries(tx: ReadTransaction, ids: Sequence[str]) -> dict[str, BookedEntry]:
    """Give the entries among ``ids`` that are there."""
    return {
        text(record, "id"): BookedEntry(
            id=text(record, "id"),
            fund_id=text(record, "fund_id"),
            earmark_id=text_or_none(record, "earmark_id"),
            amount_fen=integer(record, "amount_fen"),
        )
        for record in await tx.run(ENTRIES, ids=listed(list(ids)))
    }


def _properties(gift: Donation) -> dict[str, Value]:
    return {
        "id": gift.id,
        "kind": gift.kind.value,
        "state": gift.state.value,
        "channel": None if gift.channel is None else gift.channel.value,
        "donor_name": gift.donor_name,
        "donor_kind": gift.donor_kind.value,
        "donor_id": gift.donor_id,
        "passed_on_for": gift.passed_on_for,
        "fund_id": gift.fund_id,
        "earmark_id": gift.earmark_id,
        "amount_fen": gift.amount_fen,
        "refunded_fen": gift.refunded_fen,
        "currency": gift.currency,
        "foreign_amount": gift.foreign_amount,
        "given_on": gift.given_on,
        "restriction_text": gift.restriction_text,
        "reference": gift.reference,
        "note": gift.note,
        "receipt_number": gift.receipt_number,
        "recorded_by": gift.recorded_by,
        "duplicate_of": gift.duplicate_of,
        "distinct_from": gift.distinct_from,
        "posting_ids": list(gift.posting_ids),
        "received_at": gift.received_at,
        "receipted_at": gift.receipted_at,
        "posted_at": gift.posted_at,
        "region_id": gift.region_id,
        "region_path": gift.region_path,
        "version": gift.version,
    }


def change_of(record: Record) -> PurposeChange:
    """Give the wish of a record."""
    return PurposeChange(
        id=text(record, "id"),
        donation_id=text(record, "donation_id"),
        state=PurposeChangeState(text(record, "state")),
        ground=ChangeGround(text(record, "ground")),
        from_fund_id=text(record, "from_fund_id"),
        from_earmark_id=text_or_none(record, "from_earmark_id"),
        to_fund_id=text(record, "to_fund_id"),
        to_earmark_id=text_or_none(record, "to_earmark_id"),
        amount_fen=integer(record, "amount_fen"),
        reason=text(record, "reason"),
        reference=text_or_none(record, "reference"),
        asked_by=text(record, "asked_by"),
        asked_at=moment(record, "asked_at"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def write_change(tx: WriteTransaction, change: PurposeChange) -> None:
    """Write a wish as it now stands."""
    await tx.run(
        WRITE_CHANGE,
        id=change.id,
        donation_id=change.donation_id,
        state=change.state.value,
        ground=change.ground.value,
        from_fund_id=change.from_fund_id,
        from_earmark_id=change.from_earmark_id,
        to_fund_id=change.to_fund_id,
        to_earmark_id=change.to_earmark_id,
        amount_fen=change.amount_fen,
        reason=change.reason,
        reference=change.reference,
        asked_by=change.asked_by,
        asked_at=change.asked_at,
        decided_by=change.decided_by,
        decided_at=change.decided_at,
        region_path=change.region_path,
        version=change.version,
    )


async def pending_change(tx: ReadTransaction, donation_id: str) -> PurposeChange:
    """
    Give the wish that a gift waits for.

    Raises
    ------
    NotFoundError
        It waits for none.
    """
    found = await tx.run(PENDING_CHANGE, donation_id=donation_id)
    if not found:
        raise NotFoundError("no change of purpose is pending", kind="purpose_change", id=donation_id)
    return change_of(found[0])


async def untold_givers(
    tx: ReadTransaction, fund_id: str, earmark_id: str | None, *, until: datetime
) -> list[Donation]:
    """Give the oldest gifts of a book that came until a moment and whose donors, who are kept, were told nothing."""
    asked = {"fund_id": fund_id, "earmark_id": earmark_id or ""}
    return [donation_of(r) for r in await tx.run(UNTOLD, **asked, until=until, limit=_TOLD_AT_ONCE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOfGoods:
    """What came of one kind of goods with a gift."""

    item: str
    item_text: str | None
    unit: str
    quantity: int


async def goods_that_came(tx: ReadTransaction, donation_id: str) -> list[CameOfGoods]:
    """Give what a gift of goods brought, as it was first put on the shelf."""
    return [
        CameOfGoods(
            item=text(record, "item"),
            item_text=text_or_none(record, "item_text"),
            unit=text_or_none(record, "unit") or "",
            quantity=integer(record, "quantity"),
        )
        for record in await tx.run(GOODS, id=donation_id)
    ]


async def opening_sum(tx: ReadTransaction, donation_id: str, fund_id: str) -> int | None:
    """
    Give the sum that a fund was opened with if a gift may be in it, None where it cannot.

    A gift that people took down here is in no such sum, nor one that was read on a later day.
    """
    paper = f"{EntrySource.IMPORT.value}:{fund_id}:{FundEntryKind.OPEN.value}:0"
    found = await tx.run(OPENED_WITH, id=donation_id, paper=paper, manual=MANUAL_SOURCE)
    if not found or civil_date(moment(found[0], "recorded_at")) > civil_date(moment(found[0], "opened_at")):
        return None
    return integer(found[0], "amount_fen")
