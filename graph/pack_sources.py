"""
What a pack is made of: the entries of a charity's funds, and the papers and purposes that they name.

Everything is read by organisation; who may read it, the use case has asked before. Of people nothing is read but
how many were helped, and names of donors who agreed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from domain.allocations import DisclosureKind, DisclosureState
from domain.donations import DonorKind
from domain.errors import NotFoundError
from domain.funds import StockLineKind
from domain.giving import EarmarkKind, FundType
from domain.purposes import Purpose
from domain.time import civil_date
from graph.columns import day, integer, integer_or_none, moment_or_none, text, text_or_none
from graph.frames import typed
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.purpose_columns import PURPOSE_COLUMNS, purpose_of
from graph.schema import NODE_TYPE_BY_LABEL
from graph.scope import listed

ORGANISATION = Statement(
    "MATCH (n:Organisation {id: $id}) RETURN n.id AS id, n.name AS name, n.credit_code AS credit_code,"
    " n.region_path AS region_path",
    Access.READ,
)
FUNDS = Statement(
    "MATCH (n:Fund) WHERE n.organisation_id = $organisation_id"
    " RETURN n.id AS id, n.name AS name, n.type AS type," + PURPOSE_COLUMNS + " ORDER BY id",
    Access.READ,
)
EARMARKS = Statement(
    "MATCH (n:Earmark) WHERE n.fund_id IN $fund_ids"
    " OPTIONAL MATCH (d:Donation {id: n.donation_id})"
    " OPTIONAL MATCH (p:Programme {id: n.programme_id})"
    " RETURN n.id AS id, n.fund_id AS fund_id, n.kind AS kind, n.name AS name, n.programme_id AS programme_id,"
    " p.name AS programme_name, d.naming_reference AS naming_reference," + PURPOSE_COLUMNS + " ORDER BY id",
    Access.READ,
)
ENTRIES = Statement(
    """
    MATCH (e:FundEntry) WHERE e.fund_id IN $fund_ids
    RETURN e.id AS id, e.fund_id AS fund_id, e.earmark_id AS earmark_id, e.sequence AS sequence,
      e.kind AS kind, e.debit AS debit, e.credit AS credit, e.amount_fen AS amount_fen,
      e.source_kind AS source_kind, e.source_id AS source_id, e.reason AS reason, e.reverses AS reverses,
      e.actor_id AS actor_id, e.digest AS digest, e.need_id AS need_id, e.need_category AS need_category,
      e.need_situations AS need_situations, e.need_region_path AS need_region_path,
      e.subject_kind AS subject_kind, e.at AS at, e.region_path AS region_path
    """,
    Access.READ,
)
BALANCES = Statement(
    """
    MATCH (b:FundBalance) WHERE b.fund_id IN $fund_ids
    RETURN b.id AS id, b.fund_id AS fund_id, b.earmark_id AS earmark_id, b.account AS account,
      b.balance_fen AS balance_fen, b.entries AS entries
    """,
    Access.READ,
)
GIFTS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Donation {id: wanted})"
    " RETURN n.id AS id, n.donor_kind AS donor_kind, n.donor_name AS donor_name, n.given_on AS given_on,"
    " n.naming_reference AS naming_reference",
    Access.READ,
)
GOODS = Statement(
    "MATCH (n:Donation) WHERE n.fund_id IN $fund_ids AND n.kind = 'GOODS' AND n.given_on >= $first_day"
    " AND n.given_on < $end_day AND NOT n.state IN ['PLEDGED', 'CANCELLED', 'RETURNED']"
    " RETURN n.fund_id AS fund_id, n.earmark_id AS earmark_id, n.amount_fen AS amount_fen",
    Access.READ,
)
STOCK = Statement(
    "MATCH (l:StockLine) WHERE l.at >= $start_at AND l.at < $end_at"
    " MATCH (o:InKindOffer {id: l.offer_id}) WHERE o.owner_id = $organisation_id"
    " RETURN o.item AS item, o.unit AS unit, l.kind AS kind, sum(l.quantity) AS quantity ORDER BY item, unit",
    Access.READ,
)
HELPED = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted})"
    " RETURN n.id AS id, n.subject_kind AS subject_kind, n.subject_id AS subject_id",
    Access.READ,
)
DUTIES = Statement(
    """
    MATCH (n:Disclosure) WHERE n.organisation_id = $organisation_id AND n.arose_on < $end_day
      AND (n.published_at IS NULL OR n.published_at >= $start_at)
    OPTIONAL MATCH (a:Allocation {id: n.allocation_id})
    RETURN n.id AS id, n.kind AS kind, n.state AS state, n.fund_id AS fund_id, a.earmark_id AS earmark_id,
      n.amount_fen AS amount_fen, n.arose_on AS arose_on, n.due_on AS due_on, n.published_at AS published_at
    ORDER BY arose_on, id
    """,
    Access.READ,
)
AUDIT_HEAD = Statement(
    "MATCH (h:AuditHead {id: $chain}) RETURN h.sequence AS sequence, h.hash AS hash", Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFund:
    """A fund, and what it is for."""

    id: str
    name: str
    type: FundType
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedEarmark:
    """A part of a fund; ``named`` says whether its donor agreed that its name is read."""

    id: str
    fund_id: str
    kind: EarmarkKind
    name: str
    named: bool
    programme_id: str | None
    programme_name: str | None
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedGift:
    """Who gave; the name only of a donor who agreed to be named."""

    donor_kind: DonorKind
    donor_name: str | None
    given_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedDuty:
    """A duty, and the book of the money that it is about."""

    id: str
    kind: DisclosureKind
    state: DisclosureState
    fund_id: str | None
    earmark_id: str | None
    amount_fen: int
    arose_on: date | None
    due_on: date
    published_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedOrganisation:
    """The charity."""

    id: str
    name: str
    credit_code: str | None
    region_path: str


async def packed_organisation(tx: ReadTransaction, organisation_id: str) -> PackedOrganisation:
    """
    Give the charity.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(ORGANISATION, id=organisation_id)
    if not found:
        raise NotFoundError("no such organisation", kind="organisation", id=organisation_id)
    return PackedOrganisation(
        id=organisation_id,
        name=text(found[0], "name"),
        credit_code=text_or_none(found[0], "credit_code"),
        region_path=text(found[0], "region_path"),
    )


async def packed_funds(tx: ReadTransaction, organisation_id: str) -> list[PackedFund]:
    """Give all funds of a charity, closed ones too, by id."""
    return [
        PackedFund(
            id=text(record, "id"),
            name=text(record, "name"),
            type=FundType(text_or_none(record, "type") or FundType.GENERAL),
            purpose=purpose_of(record),
        )
        for record in await tx.run(FUNDS, organisation_id=organisation_id)
    ]


async def packed_earmarks(tx: ReadTransaction, fund_ids: Iterable[str]) -> list[PackedEarmark]:
    """Give the earmarks of funds by id."""
    return [_earmark(record) for record in await tx.run(EARMARKS, fund_ids=listed(list(fund_ids)))]


def _earmark(record: Record) -> PackedEarmark:
    kind = EarmarkKind(text(record, "kind"))
    return PackedEarmark(
        id=text(record, "id"),
        fund_id=text(record, "fund_id"),
        kind=kind,
        name=text(record, "name"),
        named=kind is EarmarkKind.PROGRAMME or record["naming_reference"] is not None,
        programme_id=text_or_none(record, "programme_id"),
        programme_name=text_or_none(record, "programme_name"),
        purpose=purpose_of(record),
    )


async def packed_books(tx: ReadTransaction, fund_ids: Iterable[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the balances of funds as they are kept, read first, and all entries: rows of both labels."""
    ids = listed(list(fund_ids))
    balances = await tx.frame(BALANCES, fund_ids=ids)
    entries = await tx.frame(ENTRIES, fund_ids=ids)
    return (
        typed(balances, NODE_TYPE_BY_LABEL["FundBalance"].properties),
        typed(entries, NODE_TYPE_BY_LABEL["FundEntry"].properties),
    )


async def packed_gifts(tx: ReadTransaction, ids: Iterable[str]) -> dict[str, PackedGift]:
    """Give who gave the gifts among ``ids``."""
    return {
        text(record, "id"): PackedGift(
            donor_kind=DonorKind(text_or_none(record, "donor_kind") or DonorKind.UNKNOWN),
            donor_name=None if record["naming_reference"] is None else text_or_none(record, "donor_name"),
            given_on=None if record["given_on"] is None else day(record, "given_on"),
        )
        for record in await tx.run(GIFTS, ids=listed(list(ids)))
    }


async def packed_goods(
    tx: ReadTransaction, fund_ids: Iterable[str], *, first: date, end: date
) -> list[tuple[str, str | None, int | None]]:
    """Give gifts in kind of a span of days: fund, earmark, and what they are worth, None where nobody says."""
    found = await tx.run(GOODS, fund_ids=listed(list(fund_ids)), first_day=first, end_day=end)
    return [
        (text(row, "fund_id"), text_or_none(row, "earmark_id"), integer_or_none(row, "amount_fen") or None)
        for row in found
    ]


async def packed_subjects(tx: ReadTransaction, need_ids: Iterable[str]) -> dict[str, str]:
    """Give whom each need is of, as a key that is only counted; a need of nobody known is its own."""
    return {
        text(record, "id"): f"{text_or_none(record, 'subject_kind')}:{record['subject_id'] or record['id']}"
        for record in await tx.run(HELPED, ids=listed(list(need_ids)))
    }


async def packed_duties(
    tx: ReadTransaction, organisation_id: str, *, start_at: datetime, end_day: date
) -> list[PackedDuty]:
    """Give the duties that arose before ``end_day`` and were not fulfilled before ``start_at``."""
    found = await tx.run(DUTIES, organisation_id=organisation_id, start_at=start_at, end_day=end_day)
    return [_duty(record) for record in found]


def _duty(record: Record) -> PackedDuty:
    published = moment_or_none(record, "published_at")
    return PackedDuty(
        id=text(record, "id"),
        kind=DisclosureKind(text(record, "kind")),
        state=DisclosureState(text(record, "state")),
        fund_id=text_or_none(record, "fund_id"),
        earmark_id=text_or_none(record, "earmark_id"),
        amount_fen=integer(record, "amount_fen"),
        arose_on=None if record["arose_on"] is None else day(record, "arose_on"),
        due_on=day(record, "due_on"),
        published_on=None if published is None else civil_date(published),
    )


async def audit_head(tx: ReadTransaction, chain: str) -> tuple[int, str]:
    """Give where the audit chain stands: its last sequence and hash."""
    found = await tx.run(AUDIT_HEAD, chain=chain)
    return (integer(found[0], "sequence"), text(found[0], "hash")) if found else (0, "")


async def packed_stock(
    tx: ReadTransaction, organisation_id: str, *, start_at: datetime, end_at: datetime
) -> list[tuple[str, str, StockLineKind, int]]:
    """Give what changed in a charity's stock by people's hands: item, unit, why, and how much together."""
    found = await tx.run(STOCK, organisation_id=organisation_id, start_at=start_at, end_at=end_at)
    return [
        (
            text(row, "item"),
            text_or_none(row, "unit") or "",
            StockLineKind(text(row, "kind")),
            integer(row, "quantity"),
        )
        for row in found
    ]
