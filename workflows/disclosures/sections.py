"""Parts of a pack: projects, income, goods, duties and the year, each made of what was read and of nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args

import polars as pl

from domain.allocations import DisclosureKind, DisclosureState
from domain.disclosure_packs import Period
from domain.donations import DonorKind
from domain.ledger import EntrySource, FundAccount, FundEntryKind
from domain.needs import SubjectKind
from domain.purposes import Purpose
from graph.charity_years import CharityYearRow
from graph.expenses import YearMoved
from graph.pack_sources import PackedDuty, PackedEarmark, PackedFund, PackedGift
from workflows.disclosures.books import BookKey, BookOfPeriod, total
from workflows.disclosures.pack import (
    Annual,
    Count,
    Duties,
    DutyLine,
    Income,
    IncomeLine,
    NamedGift,
    Project,
    PurposeLine,
)
from workflows.funds.charity_years import rules_of_year
from workflows.funds.fund_rules import FloorBase

PAID_FOR = pl.col("source_kind") == EntrySource.ALLOCATION.value
_SPENT_NET = pl.col("amount_fen") * (
    (pl.col("credit") == FundAccount.SPENT.value).cast(pl.Int64)
    - (pl.col("debit") == FundAccount.SPENT.value).cast(pl.Int64)
)
_ITEMS = frozenset({DisclosureKind.RELATED_PARTY, DisclosureKind.MAJOR_ITEM, DisclosureKind.LEFT_OVER})
_BASIS_POINTS = 10_000

ProjectKind = Literal["PROGRAMME", "EARMARK", "FUND"]
ProjectKey = tuple[ProjectKind, str]


def count_of(number: int, crowd: int) -> Count:
    """Give a number of people, or that it is smaller than a crowd."""
    return Count(value=None, fewer_than=crowd) if 0 < number < crowd else Count(value=number)


def project_of(book: BookKey, earmarks: Mapping[str, PackedEarmark]) -> ProjectKey:
    """Give the project that a book belongs to: earmarks of one programme are one."""
    fund_id, earmark_id = book
    if earmark_id is None:
        return ("FUND", fund_id)
    programme = earmarks[earmark_id].programme_id if earmark_id in earmarks else None
    return ("EARMARK", earmark_id) if programme is None else ("PROGRAMME", programme)


def numbered(books: Iterable[BookKey], earmarks: Mapping[str, PackedEarmark]) -> dict[ProjectKey, int]:
    """Number the projects of books: programmes, then earmarks, then funds, each by id."""
    kinds = get_args(ProjectKind)
    found = {project_of(book, earmarks) for book in books}
    ordered = sorted(found, key=lambda key: (kinds.index(key[0]), key[1]))
    return {key: number for number, key in enumerate(ordered, start=1)}


def projects_of(
    books: Sequence[BookOfPeriod],
    numbers: Mapping[ProjectKey, int],
    *,
    funds: Mapping[str, PackedFund],
    earmarks: Mapping[str, PackedEarmark],
    paid: Mapping[BookKey, int],
    helped: Mapping[ProjectKey, set[str]],
    goods: Mapping[ProjectKey, int],
    crowd: int,
) -> tuple[Project, ...]:
    """Make one entry a project."""
    of: dict[ProjectKey, list[BookOfPeriod]] = defaultdict(list)
    for book in books:
        of[project_of(book.key, earmarks)].append(book)
    made: list[Project] = []
    for key, number in numbers.items():
        kind, key_id = key
        held = [book.key for book in of[key]]
        institutions = sum(who.startswith(SubjectKind.INSTITUTION.value) for who in helped.get(key, ()))
        made.append(
            Project(
                number=number,
                kind=kind,
                id=key_id,
                name=_name_of(key, held[0], funds, earmarks),
                funds=tuple(sorted({funds[fund_id].name for fund_id, _ in held})),
                purpose=_purpose_line(
                    earmarks[held[0][1]].purpose
                    if held[0][1] is not None and held[0][1] in earmarks
                    else funds[held[0][0]].purpose
                ),
                sums=total(book.sums for book in of[key]),
                to_needs_fen=sum(paid.get(book, 0) for book in held),
                households=count_of(len(helped.get(key, ())) - institutions, crowd),
                institutions=count_of(institutions, crowd),
                goods_valued_fen=goods.get(key, 0),
            )
        )
    return tuple(made)


def earmark_name(earmark: PackedEarmark | None) -> str | None:
    """Give the name of an earmark; a gift's often holds its donor's, and is read only where they agreed."""
    return earmark.name if earmark is not None and earmark.named else None


def _name_of(
    key: ProjectKey, book: BookKey, funds: Mapping[str, PackedFund], earmarks: Mapping[str, PackedEarmark]
) -> str | None:
    if key[0] == "FUND":
        return funds[key[1]].name
    earmark = earmarks.get(book[1] or "")
    if key[0] == "PROGRAMME" and earmark is not None:
        return earmark.programme_name or earmark.name
    return earmark_name(earmark)


def _purpose_line(purpose: Purpose) -> PurposeLine:
    wall = purpose.restriction
    return PurposeLine(
        categories=tuple(sorted(wall.categories)),
        situations=tuple(sorted(situation.value for situation in wall.situations)),
        regions=tuple(sorted(wall.regions)),
        scope=purpose.beneficiary_scope,
        first=wall.validity.valid_from,
        end=wall.validity.valid_to,
    )


def paid_to_needs(entries: pl.DataFrame) -> dict[BookKey, int]:
    """Give what a period's entries paid to needs, less what came back, by book."""
    summed = entries.filter(PAID_FOR).group_by("fund_id", "earmark_id").agg(_SPENT_NET.sum())
    return {(fund, earmark): int(fen) for fund, earmark, fen in summed.iter_rows()}


def paid_needs(entries: pl.DataFrame) -> pl.DataFrame:
    """Give the needs that a period's entries paid for and did not take back: book and ``need_id``."""
    return (
        entries.filter(PAID_FOR)
        .group_by("fund_id", "earmark_id", "source_id")
        .agg(net=_SPENT_NET.sum(), need_id=pl.col("need_id").drop_nulls().first())
        .filter((pl.col("net") > 0) & pl.col("need_id").is_not_null())
        .select("fund_id", "earmark_id", "need_id")
    )


def came_in(entries: pl.DataFrame) -> pl.DataFrame:
    """
    Give what came in by a period's entries, by the paper behind it: less what was taken back of it.

    Columns ``fund_id``, ``source_kind``, ``source_id``, ``opened`` and ``fen``.
    """
    debit, credit = (pl.col(side) == FundAccount.RECEIVED.value for side in ("debit", "credit"))
    kind = pl.coalesce("of", "kind")
    return (
        entries.filter(debit | credit)
        .with_columns(
            fen=pl.col("amount_fen") * (debit.cast(pl.Int64) - credit.cast(pl.Int64)),
            opened=kind == FundEntryKind.OPEN.value,
        )
        .group_by("fund_id", "source_kind", "source_id", "opened")
        .agg(pl.col("fen").sum())
        .sort("source_kind", "source_id", "fund_id")
    )


def income_of(came: pl.DataFrame, gifts: Mapping[str, PackedGift]) -> Income:
    """Sort what came in by who gave it, and name who agreed to be named."""
    fen: dict[str, int] = defaultdict(int)
    papers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    named: dict[tuple[str, str], int] = defaultdict(int)
    for row in came.iter_rows(named=True):
        gift = gifts.get(row["source_id"]) if row["source_kind"] == EntrySource.DONATION.value else None
        giver = _giver(row, gift)
        fen[giver] += row["fen"]
        papers[giver][row["source_id"]] += row["fen"]
        if gift is not None and gift.donor_name and not row["opened"]:
            named[row["source_id"], row["fund_id"]] += row["fen"]
    return Income(
        lines=tuple(
            IncomeLine(
                giver=giver,  # pyright: ignore[reportArgumentType]  # checked by the model
                gifts=sum(amount > 0 for amount in papers[giver].values()),
                amount_fen=amount,
            )
            for giver, amount in sorted(fen.items())
        ),
        named=tuple(
            NamedGift(
                donor=gifts[paper].donor_name or "",
                given_on=gifts[paper].given_on,
                fund_id=fund_id,
                amount_fen=amount,
            )
            for (paper, fund_id), amount in sorted(named.items())
            if amount > 0
        ),
        total_fen=sum(fen.values()),
    )


def _giver(row: Mapping[str, object], gift: PackedGift | None) -> str:
    if row["opened"]:
        return "OPENED"
    if row["source_kind"] == EntrySource.DONATION.value:
        return (DonorKind.UNKNOWN if gift is None else gift.donor_kind).value
    return "SHOP" if row["source_kind"] == EntrySource.SALE.value else "OTHER"


def duties_of(
    duties: Sequence[PackedDuty],
    numbers: Mapping[ProjectKey, int],
    earmarks: Mapping[str, PackedEarmark],
    *,
    period: Period,
    today: date,
    list_due_on: date,
    crowd: int,
) -> Duties:
    """List what is to be told one by one, and count what is told by project."""

    def project(duty: PackedDuty) -> int | None:
        if duty.fund_id is None:
            return None
        return numbers.get(project_of((duty.fund_id, duty.earmark_id), earmarks))

    def overdue(duty: PackedDuty) -> bool:
        return duty.state is DisclosureState.DUE and duty.due_on < today

    told = [duty for duty in duties if duty.arose_on is not None]
    entries = [duty for duty in told if duty.kind is DisclosureKind.PROJECT]
    return Duties(
        items=tuple(
            DutyLine(
                kind=duty.kind,
                project=project(duty),
                amount_fen=duty.amount_fen,
                arose_on=duty.arose_on or duty.due_on,
                due_on=duty.due_on,
                published_on=duty.published_on,
                overdue=overdue(duty),
            )
            for duty in told
            if duty.kind in _ITEMS
        ),
        related_party_fen=sum(
            duty.amount_fen
            for duty in told
            if duty.kind is DisclosureKind.RELATED_PARTY and (duty.arose_on or period.end) >= period.start
        ),
        related_list_due_on=list_due_on,
        project_due=count_of(sum(duty.state is DisclosureState.DUE for duty in entries), crowd),
        project_published=count_of(sum(duty.state is DisclosureState.PUBLISHED for duty in entries), crowd),
        project_overdue=count_of(sum(map(overdue, entries)), crowd),
    )


def annual_of(period: Period, moved: YearMoved, judged: CharityYearRow | None) -> Annual:
    """Give how far the year is, and what it is judged by where somebody wrote that down."""
    spent = moved.charitable_fen + moved.management_fen
    own: dict[str, Any] = {
        "year": period.start.year,
        "end": period.end,
        "income_fen": moved.income_fen,
        "charitable_fen": moved.charitable_fen,
        "management_fen": moved.management_fen,
        "management_bp": _share(moved.management_fen, spent),
    }
    if judged is None:
        return Annual(**own)
    rules = rules_of_year(judged.year, judged.region_path)
    figures = rules.figures(judged.charity_class, judged.net_assets_fen)
    by_income = figures.floor_of is FloorBase.INCOME
    base = judged.income_last_year_fen if by_income else judged.net_assets_fen
    return Annual(
        **own,
        charity_class=judged.charity_class,
        income_last_year_fen=judged.income_last_year_fen,
        net_assets_fen=judged.net_assets_fen,
        payout_floor_fen=judged.payout_floor_fen,
        payout_bp=_share(moved.charitable_fen, base),
        floor_bp=figures.floor_percent * 100,
        to_spend_fen=max(0, judged.payout_floor_fen - moved.charitable_fen),
        management_ceiling_fen=rules.management_ceiling_fen(
            figures, max(moved.charitable_fen, judged.payout_floor_fen)
        ),
        ceiling_bp=figures.management_percent * 100,
        management_exempt=moved.management_fen < rules.management_exempt_below_fen.value,
        source=figures.source,
    )


def _share(part: int, whole: int) -> int | None:
    return part * _BASIS_POINTS // whole if whole > 0 else None
