"""Lists of gifts, and what became of one for who holds its code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import LiteralString

import polars as pl

from domain.actors import Actor, Role
from domain.donations import Donation, DonorKind, PurposeChange
from domain.errors import NotFoundError
from domain.giving import DonationSource, DonationState
from domain.ledger import FundAccount
from domain.needs import NeedCategory
from domain.publication import CROWD
from graph.columns import integer, text, text_or_none
from graph.donations import CHANGE_COLUMNS, COLUMNS, change_of, donation_of, fund_ids_of
from graph.ledger.balances import book_balances
from graph.ports import Access, ReadTransaction, Statement, Value
from graph.reads.masking import masked_name
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "donations"
_OVERSIGHT = frozenset({Role.AUDITOR, Role.PLATFORM_ADMIN})
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)

_VISIBLE: LiteralString = "(n.fund_id IN $fund_ids OR ($by_region AND " + IN_SCOPE + "))"
_NARROWED: LiteralString = """
  AND n.state IN $states AND ($fund_id = '' OR n.fund_id = $fund_id)
  AND ($channel = '' OR n.channel = $channel) AND ($flagged = false OR n.duplicate_of IS NOT NULL)
  AND ($any_day OR (n.given_on >= $since AND n.given_on < $until))
"""
_PAGE = Statement(
    "MATCH (n:Donation) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND (n.recorded_at < $after_at OR (n.recorded_at = $after_at AND n.id > $after_id))"
    + COLUMNS
    + ", n.recorded_at AS recorded_at ORDER BY recorded_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Donation) WHERE " + _VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Donation {id: wanted}) WHERE " + _VISIBLE + COLUMNS, Access.READ
)
_COMPARED = Statement(
    "MATCH (n:Donation) WHERE "
    + _VISIBLE
    + _NARROWED
    + " AND n.kind <> 'GOODS' RETURN n.id AS id, n.donor_name AS donor_name, n.passed_on_for AS passed_on_for,"
    " n.amount_fen AS amount_fen, n.given_on AS given_on, n.reference AS reference, n.state AS state,"
    " n.fund_id AS fund_id, n.duplicate_of AS duplicate_of, n.distinct_from AS distinct_from ORDER BY id",
    Access.READ,
)
_CHANGES = Statement(
    "MATCH (n:PurposeChange) WHERE n.donation_id IN $ids" + CHANGE_COLUMNS + "ORDER BY asked_at, id",
    Access.READ,
)
_BY_CODE = Statement("MATCH (n:Donation) WHERE n.lookup_code_hash = $hash" + COLUMNS, Access.READ)
_NAMES = Statement(
    "MATCH (f:Fund {id: $fund_id}) MATCH (o:Organisation {id: f.organisation_id})"
    " RETURN f.name AS fund, o.name AS charity",
    Access.READ,
)
_PLACE_IN_BOOK = Statement("MATCH (n:FundEntry {id: $id}) RETURN n.sequence AS sequence", Access.READ)
# What came to a book before a gift did. Money that came first is used first, so this stands before the gift's own.
_CAME_BEFORE = Statement(
    "MATCH (n:FundEntry) WHERE n.fund_id = $fund_id AND coalesce(n.earmark_id, '') = $earmark_id"
    " AND n.sequence < $sequence AND n.kind IN ['OPEN', 'RECEIVE', 'TRANSFER_IN']"
    " RETURN sum(n.amount_fen) AS fen",
    Access.READ,
)
_TAKEN_BACK = Statement(
    "MATCH (r:FundEntry) WHERE r.fund_id = $fund_id AND coalesce(r.earmark_id, '') = $earmark_id"
    " AND r.kind = 'REVERSE' AND r.debit = 'AVAILABLE' MATCH (n:FundEntry {id: r.reverses})"
    " WHERE n.sequence < $sequence RETURN sum(r.amount_fen) AS fen",
    Access.READ,
)
_HELPED = Statement(
    "MATCH (a:Allocation) WHERE a.fund_id = $fund_id AND coalesce(a.earmark_id, '') = $earmark_id"
    " AND a.disbursed_at >= $since AND a.state IN ['DISBURSED', 'EVIDENCED', 'FEEDBACK_SENT', 'DISCLOSED']"
    " MATCH (n:Need {id: a.need_id}) WHERE n.category <> 'CHILD_PROTECT'"
    " RETURN n.category AS category, count(DISTINCT a.subject_id) AS subjects, sum(a.amount_fen) AS fen"
    " ORDER BY category",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DonationFilter:
    """What a list of gifts is narrowed to; empty axes narrow nothing, days are half-open."""

    states: tuple[DonationState, ...] = ()
    fund_id: str | None = None
    channel: DonationSource | None = None
    flagged: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """What a book gave for one kind of need: never fewer beneficiaries than a crowd."""

    category: NeedCategory
    subjects: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftTrace:
    """
    What became of a gift, without a beneficiary.

    Parameters
    ----------
    used_fen, promised_fen
        Of the gift itself, where money that came first is used first; None where it came with an opening sum.
    book_spent_fen, book_available_fen
        Of the whole book that it stands in.
    helped
        What the book gave for since the gift came, kinds of need with too few beneficiaries left out.
    """

    gift: Donation
    fund: str
    charity: str
    changes: tuple[PurposeChange, ...]
    used_fen: int | None
    promised_fen: int | None
    book_spent_fen: int
    book_available_fen: int
    helped: tuple[Helped, ...]


def _filtered(narrowed: DonationFilter) -> dict[str, Value]:
    return {
        "states": [state.value for state in narrowed.states or DonationState],
        "fund_id": narrowed.fund_id or "",
        "channel": "" if narrowed.channel is None else narrowed.channel.value,
        "flagged": narrowed.flagged,
        "any_day": narrowed.since is None and narrowed.until is None,
        "since": narrowed.since or _FIRST_DAY,
        "until": narrowed.until or _LAST_DAY,
    }


async def _visible_to(tx: ReadTransaction, actor: Actor) -> dict[str, Value]:
    return {
        "fund_ids": await fund_ids_of(tx, actor) if view_of(actor).federation else listed(frozenset()),
        "by_region": bool(actor.roles & _OVERSIGHT),
        "scope_paths": scope_paths(actor),
    }


def _shown(gift: Donation, own_funds: Value) -> Donation:
    """Give a gift as a reader may see it: a person's name is for who received the gift."""
    if isinstance(own_funds, Sequence) and gift.fund_id in own_funds:
        return gift
    person = gift.donor_kind is not DonorKind.ORGANISATION
    name, behind = gift.donor_name, gift.passed_on_for
    return replace(
        gift,
        donor_name=masked_name(name) if name and person else name,
        passed_on_for=masked_name(behind) if behind else None,
    )


async def page_of_donations(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: DonationFilter = DonationFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[Donation]:
    """
    Give gifts, those recorded last first.

    A charity's people see the gifts to its funds; auditors and administrators those of their regions, persons'
    names masked; nobody else sees any.
    """
    seen = await _visible_to(tx, actor)
    narrowed = {**seen, **_filtered(filter)}
    after_at, after_id = start_of(LIST_NAME, after)
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(
        LIST_NAME,
        records,
        first,
        total,
        row=lambda record: _shown(donation_of(record), seen["fund_ids"]),
        sort_column="recorded_at",
    )


async def donation_by_id(tx: ReadTransaction, actor: Actor, donation_id: str) -> Donation:
    """
    Give one gift.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await donations_by_ids(tx, actor, [donation_id])
    if donation_id not in found:
        raise NotFoundError("no such gift", kind="donation", id=donation_id)
    return found[donation_id]


async def donations_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, Donation]:
    """Give the gifts among ``ids`` that the actor may see."""
    seen = await _visible_to(tx, actor)
    records = await tx.run(_BY_IDS, **seen, ids=listed(list(set(ids))))
    return {text(record, "id"): _shown(donation_of(record), seen["fund_ids"]) for record in records}


async def changes_of_donations(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[PurposeChange, ...]]:
    """Give the wishes to use gifts otherwise, in the order they were asked, of gifts that the actor may see."""
    visible = await donations_by_ids(tx, actor, ids)
    found: dict[str, tuple[PurposeChange, ...]] = {}
    for record in await tx.run(_CHANGES, ids=listed(list(visible))):
        change = change_of(record)
        found[change.donation_id] = (*found.get(change.donation_id, ()), change)
    return found


async def compared_donations(
    tx: ReadTransaction, actor: Actor, *, filter: DonationFilter = DonationFilter()
) -> pl.DataFrame:
    """
    Give what gifts of money are compared by, by id, for reconciliation.

    Columns ``id``, ``donor_name``, ``passed_on_for``, ``amount_fen``, ``given_on``, ``reference``, ``state``,
    ``fund_id``, ``duplicate_of``, ``distinct_from``; names in full, so a charity's own gifts alone.
    """
    seen = {**await _visible_to(tx, actor), "by_region": False}
    return await tx.frame(_COMPARED, **seen, **_filtered(filter))


async def trace_by_digest(tx: ReadTransaction, digest: str) -> GiftTrace | None:
    """Give what became of the gift whose code has a digest, whoever asks; None if there is none."""
    found = await tx.run(_BY_CODE, hash=digest)
    if not found:
        return None
    gift = donation_of(found[0])
    names = await tx.run(_NAMES, fund_id=gift.fund_id)
    changes = await tx.run(_CHANGES, ids=[gift.id])
    balances = (await book_balances(tx, [gift.fund_id])).get((gift.fund_id, gift.earmark_id), {})
    spent, reserved = balances.get(FundAccount.SPENT, 0), balances.get(FundAccount.RESERVED, 0)
    before = await came_before(tx, gift) if gift.in_books else None
    used = None if before is None else _share(spent - before, gift.kept_fen)
    promised = (
        None if before is None or used is None else _share(spent + reserved - before, gift.kept_fen) - used
    )
    return GiftTrace(
        gift=gift,
        fund=text_or_none(names[0], "fund") or "" if names else "",
        charity=text_or_none(names[0], "charity") or "" if names else "",
        changes=tuple(change_of(record) for record in changes),
        used_fen=used,
        promised_fen=promised,
        book_spent_fen=spent,
        book_available_fen=balances.get(FundAccount.AVAILABLE, 0),
        helped=await _helped(tx, gift) if gift.in_books else (),
    )


def _share(amount_fen: int, most_fen: int) -> int:
    return min(max(amount_fen, 0), most_fen)


async def came_before(tx: ReadTransaction, gift: Donation) -> int | None:
    """Give what came to the gift's book before it did, or None where it has no entry of its own."""
    last = gift.posting_ids[-1] if gift.posting_ids else f"DONATION:{gift.id}:OPEN:0"
    place = await tx.run(_PLACE_IN_BOOK, id=last)
    if not place:
        return None
    book: dict[str, Value] = {
        "fund_id": gift.fund_id,
        "earmark_id": gift.earmark_id or "",
        "sequence": integer(place[0], "sequence"),
    }
    came = await tx.run(_CAME_BEFORE, **book)
    back = await tx.run(_TAKEN_BACK, **book)
    return integer(came[0], "fen") - integer(back[0], "fen")


async def _helped(tx: ReadTransaction, gift: Donation) -> tuple[Helped, ...]:
    since: datetime | None = gift.posted_at
    if since is None:
        return ()
    found = await tx.run(_HELPED, fund_id=gift.fund_id, earmark_id=gift.earmark_id or "", since=since)
    return tuple(
        Helped(
            category=NeedCategory(text(record, "category")),
            subjects=integer(record, "subjects"),
            amount_fen=integer(record, "fen"),
        )
        for record in found
        if integer(record, "subjects") >= CROWD
    )
