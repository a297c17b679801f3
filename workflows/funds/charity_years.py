"""Years of charities: the floor of what they spend on people, and the ceiling of what they spend on themselves."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import InvalidInputError
from domain.funds import CharityClass
from domain.money import MAX_FEN
from domain.time import CIVIL_ZONE, civil_date
from graph.charity_years import CharityYearRow, charity_year_id, write_charity_year
from graph.expenses import YearMoved, moved_between
from graph.funds import holder_of
from graph.ports import ReadTransaction
from graph.reads.charity_years import charity_year_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.funds.acting import require_acting_for
from workflows.funds.fund_rules import FundRules, YearFigures, fund_rules
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(CharityYearRow)
_FIRST_YEAR, _LAST_YEAR = 2017, 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewYear:
    """
    What a charity's year is to be judged by.

    Parameters
    ----------
    income_last_year_fen
        Last year's income as the rule counts it; None takes what the ledger received.
    averaged
        Whether income and net assets are means of three years.
    """

    organisation_id: str
    year: int
    charity_class: CharityClass
    income_last_year_fen: int | None
    net_assets_fen: int
    averaged: bool = False

    def __post_init__(self) -> None:
        if not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise InvalidInputError("the rule holds from 2017 on", field="year", value=self.year)
        for field in ("income_last_year_fen", "net_assets_fen"):
            value = getattr(self, field) or 0
            if not 0 <= value <= MAX_FEN // 100:
                raise InvalidInputError("no such sum of money", field=field, value=value)


def rules_of_year(year: int, region_path: str) -> FundRules:
    """Give the rules that a year is judged by: those in force on its last day."""
    return fund_rules(date(year, 12, 31), region_path)


async def moved_in(tx: ReadTransaction, organisation_id: str, year: int) -> YearMoved:
    """Give what the books of a charity say of a civil year."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    return await moved_between(
        tx,
        organisation_id,
        first=first,
        end=end,
        start_at=datetime(year, 1, 1, tzinfo=CIVIL_ZONE),
        end_at=datetime(year + 1, 1, 1, tzinfo=CIVIL_ZONE),
    )


async def record_charity_year(
    ws: Workspace,
    actor: Actor,
    new: NewYear,
    *,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> Outcome[CharityYearRow]:
    """
    Write down what a charity's year is judged by, and work its floor and ceiling out (HC-17).

    Parameters
    ----------
    expected_version
        Of the year as it was read, to correct it; None for one that is not written down yet.

    Raises
    ------
    InvalidInputError
        The class is not that of a charity with, or without, leave to raise money from the public.
    StaleVersionError, NotFoundError, NotPermittedError
        Written down meanwhile; not the actor's; the actor is no officer.
    """
    require_acting_for(actor, new.organisation_id)

    async def work(tx: AuditedTransaction) -> CharityYearRow:
        holder = await holder_of(tx, new.organisation_id)
        if holder.public_raising is not new.charity_class.raises_publicly:
            raise InvalidInputError(
                "the class does not fit the charity's leave to raise money",
                field="charity_class",
                rule="HC-17",
                value=new.charity_class.value,
            )
        income = new.income_last_year_fen
        if income is None:
            income = (await moved_in(tx, new.organisation_id, new.year - 1)).income_fen
        rules = rules_of_year(new.year, holder.region_path)
        figures = rules.figures(new.charity_class, new.net_assets_fen)
        floor = figures.floor_fen(income, new.net_assets_fen)
        row = CharityYearRow(
            id=charity_year_id(new.organisation_id, new.year),
            organisation_id=new.organisation_id,
            year=new.year,
            charity_class=new.charity_class,
            income_last_year_fen=max(0, income),
            net_assets_fen=new.net_assets_fen,
            averaged=new.averaged,
            payout_floor_fen=floor,
            management_ceiling_fen=rules.management_ceiling_fen(figures, floor),
            rules_id=rules.id,
            recorded_by=actor.id,
            recorded_at=tx.at,
            region_path=holder.region_path,
        )
        await write_charity_year(tx, row, expected_version=expected_version)
        tx.record(
            "charity_year.record",
            row.id,
            detail={
                "charity_class": row.charity_class.value,
                "income_last_year_fen": row.income_last_year_fen,
                "net_assets_fen": row.net_assets_fen,
            },
        )
        return await charity_year_by_id(tx, actor, row.id)

    request = request_hash("record_charity_year", new, expected_version)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearProgress:
    """
    How far a charity's year is.

    Parameters
    ----------
    to_spend_fen
        What is missing to the floor; 0 once it is reached.
    management_left_fen
        What management may still cost, beside what was spent on people so far or the floor if that is more; below
        zero where it has cost too much.
    exempt
        Whether management is so small that its share does not matter.
    days_gone, days
        Of the civil year, on the day it is asked for.
    figures
        The dated figures behind both, with the article they stand in.
    """

    year: CharityYearRow
    moved: YearMoved
    to_spend_fen: int
    management_left_fen: int
    exempt: bool
    days_gone: int
    days: int
    figures: YearFigures


async def year_progress(
    tx: ReadTransaction, actor: Actor, organisation_id: str, year: int, *, now: datetime
) -> YearProgress:
    """
    Say how far a charity's year is.

    Raises
    ------
    NotFoundError
        Nobody wrote down what it is judged by, or the actor may not see it.
    """
    judged = await charity_year_by_id(tx, actor, charity_year_id(organisation_id, year))
    moved = await moved_in(tx, organisation_id, year)
    rules = rules_of_year(year, judged.region_path)
    figures = rules.figures(judged.charity_class, judged.net_assets_fen)
    ceiling = rules.management_ceiling_fen(figures, max(moved.charitable_fen, judged.payout_floor_fen))
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    gone = (min(max(civil_date(now), first), end) - first).days
    return YearProgress(
        year=judged,
        moved=moved,
        to_spend_fen=max(0, judged.payout_floor_fen - moved.charitable_fen),
        management_left_fen=ceiling - moved.management_fen,
        exempt=moved.management_fen < rules.management_exempt_below_fen.value,
        days_gone=gone,
        days=(end - first).days,
        figures=figures,
    )
