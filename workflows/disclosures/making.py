"""Making a pack: one look at the ledger, its proof, and every part worked out of it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from domain.disclosure_packs import Period
from domain.errors import ConflictError, InvariantError
from domain.ledger import EntrySource, FundAccount
from domain.time import CIVIL_ZONE, aware_utc, civil_date
from graph.audit import CHAIN
from graph.charity_years import find_charity_year
from graph.expenses import moved_between
from graph.ledger.proof import prove_books
from graph.pack_sources import (
    PackedEarmark,
    PackedFund,
    audit_head,
    packed_books,
    packed_duties,
    packed_earmarks,
    packed_funds,
    packed_gifts,
    packed_goods,
    packed_organisation,
    packed_stock,
    packed_subjects,
)
from graph.ports import ReadTransaction
from workflows.disclosures.books import (
    BookKey,
    BookOfPeriod,
    books_of,
    controls,
    digest_over,
    heads_of,
    inside,
    total,
    up_to,
    with_undone,
)
from workflows.disclosures.pack import (
    BookLine,
    Correction,
    Goods,
    Holder,
    LedgerTie,
    Pack,
    Span,
    StockChange,
)
from workflows.disclosures.rules_in_force import disclosure_rules
from workflows.disclosures.sections import (
    ProjectKey,
    annual_of,
    came_in,
    duties_of,
    earmark_name,
    income_of,
    numbered,
    paid_needs,
    paid_to_needs,
    project_of,
    projects_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A pack, and of each book the last entry that was there when it was made."""

    pack: Pack
    heads: str
    region_path: str


async def make_pack(
    tx: ReadTransaction,
    organisation_id: str,
    period: Period,
    *,
    pack_id: str,
    read_at: datetime,
    corrects: Correction | None = None,
    heads: str | None = None,
) -> Made:
    """
    Make the pack of a charity's period out of its ledger.

    Parameters
    ----------
    heads
        Up to which entry of each book the ledger is read; None reads all that is there.

    Raises
    ------
    NotFoundError
        There is no such organisation.
    ConflictError
        The books do not prove: nothing is published of books that are wrong.
    """
    holder = await packed_organisation(tx, organisation_id)
    funds = {fund.id: fund for fund in await packed_funds(tx, organisation_id)}
    balances, every = await packed_books(tx, funds)
    earmarks = {each.id: each for each in await packed_earmarks(tx, funds)}
    kept = heads_of(balances)
    _require_proof(up_to(every, kept), balances, organisation_id)
    read_to = kept if heads is None else _heads_of_text(heads)
    entries = with_undone(up_to(every, read_to))
    books = books_of(entries, period.start_at, period.end_at)
    moved = inside(entries, period.start_at, period.end_at)
    numbers = numbered((book.key for book in books), earmarks)
    rules = disclosure_rules(civil_date(read_at), holder.region_path)
    totals = total(book.sums for book in books)
    held = controls(totals, up_to(every, kept), balances, period.start_at, period.end_at)
    if heads is None and any(each.pack_fen != each.ledger_fen for each in held):
        raise InvariantError("a pack differs from the balances that are kept", organisation=organisation_id)
    came = came_in(moved)
    gifts = await packed_gifts(
        tx, came.filter(pl.col("source_kind") == EntrySource.DONATION.value)["source_id"].to_list()
    )
    goods = await packed_goods(tx, funds, first=period.start, end=period.end)
    pack = Pack(
        id=pack_id,
        organisation=Holder(id=holder.id, name=holder.name, credit_code=holder.credit_code),
        period=Span(
            kind=period.kind,
            name=period.name,
            start=period.start,
            end=period.end,
            read_at=aware_utc(read_at),
            final=read_at >= period.end_at,
        ),
        corrects=corrects,
        totals=totals,
        projects=projects_of(
            books,
            numbers,
            funds=funds,
            earmarks=earmarks,
            paid=paid_to_needs(moved),
            helped=await _helped(tx, moved, earmarks),
            goods=_goods_by_project(goods, earmarks),
            crowd=rules.crowd.value,
        ),
        books=tuple(_line(book, numbers[project_of(book.key, earmarks)], funds, earmarks) for book in books),
        income=income_of(came, gifts),
        goods=Goods(
            gifts=len(goods),
            valued_fen=sum(fen or 0 for _, _, fen in goods),
            unvalued=sum(fen is None for _, _, fen in goods),
            stock=tuple(
                StockChange(item=item, unit=unit, kind=kind, quantity=quantity)
                for item, unit, kind, quantity in await packed_stock(
                    tx, organisation_id, start_at=period.start_at, end_at=period.end_at
                )
            ),
        ),
        duties=duties_of(
            await packed_duties(tx, organisation_id, start_at=period.start_at, end_day=period.end),
            numbers,
            earmarks,
            period=period,
            today=civil_date(read_at),
            list_due_on=rules.related_list_due_on(period.start.year),
            crowd=rules.crowd.value,
        ),
        annual=annual_of(
            period,
            await moved_between(
                tx,
                organisation_id,
                first=date(period.start.year, 1, 1),
                end=period.end,
                start_at=datetime(period.start.year, 1, 1, tzinfo=CIVIL_ZONE),
                end_at=period.end_at,
            ),
            await find_charity_year(tx, organisation_id, period.start.year),
        ),
        ledger=LedgerTie(
            entries=entries.filter(pl.col("at") < period.end_at).height,
            entries_in_period=moved.height,
            accounts={account: sum(book.closing[account] for book in books) for account in FundAccount},
            digest=digest_over(book.digest for book in books),
            audit_sequence=0,
            audit_hash="",
            controls=held,
        ),
    )
    sequence, link = await audit_head(tx, CHAIN)
    tied = pack.ledger.model_copy(update={"audit_sequence": sequence, "audit_hash": link})
    return Made(
        pack=pack.model_copy(update={"ledger": tied}),
        heads=_text_of_heads(read_to),
        region_path=holder.region_path,
    )


def _require_proof(entries: pl.DataFrame, balances: pl.DataFrame, organisation_id: str) -> None:
    findings = prove_books(entries, balances)
    if findings:
        raise ConflictError(
            "the books do not prove: see zhulian ledger prove",
            organisation=organisation_id,
            broken=findings[0].broken.value,
            id=findings[0].object_id,
        )


def _text_of_heads(heads: dict[BookKey, int]) -> str:
    rows = sorted([fund, earmark or "", last] for (fund, earmark), last in heads.items())
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _heads_of_text(heads: str) -> dict[BookKey, int]:
    return {(fund, earmark or None): last for fund, earmark, last in json.loads(heads)}


def _line(
    book: BookOfPeriod, project: int, funds: dict[str, PackedFund], earmarks: dict[str, PackedEarmark]
) -> BookLine:
    fund_id, earmark_id = book.key
    return BookLine(
        fund_id=fund_id,
        fund_name=funds[fund_id].name,
        fund_type=funds[fund_id].type,
        earmark_id=earmark_id,
        earmark_name=earmark_name(earmarks.get(earmark_id or "")),
        project=project,
        sums=book.sums,
        opening=book.opening,
        closing=book.closing,
        movements=book.movements,
        digest=book.digest,
    )


async def _helped(
    tx: ReadTransaction, moved: pl.DataFrame, earmarks: dict[str, PackedEarmark]
) -> dict[ProjectKey, set[str]]:
    paid = paid_needs(moved)
    subjects = await packed_subjects(tx, paid["need_id"].unique().to_list())
    found: dict[ProjectKey, set[str]] = defaultdict(set)
    for fund_id, earmark_id, need_id in paid.iter_rows():
        found[project_of((fund_id, earmark_id), earmarks)].add(subjects.get(need_id) or need_id)
    return found


def _goods_by_project(
    goods: Iterable[tuple[str, str | None, int | None]], earmarks: dict[str, PackedEarmark]
) -> dict[ProjectKey, int]:
    found: dict[ProjectKey, int] = defaultdict(int)
    for fund_id, earmark_id, fen in goods:
        found[project_of((fund_id, earmark_id), earmarks)] += fen or 0
    return found
