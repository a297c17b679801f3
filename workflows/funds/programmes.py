"""Programmes of charities: from a template to a standing offer, and from there to a budget for a season."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter, ValidationError

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, NotFoundError, PolicyError
from domain.funds import Book, TransferKind
from domain.giving import EarmarkKind, Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import BeneficiaryScope, Earmark, Purpose, Season
from graph.earmarks import create_earmark, find_earmarks
from graph.funds import holder_of, lock_fund
from graph.programmes import ProgrammeRow, close_programme, create_programme, lock_programme
from graph.reads.programmes import programme_by_id
from graph.regions import path_of_region
from graph.transfers import TransferRow
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.dated import Strict
from workflows.funds.acting import require_acting_for, today_of
from workflows.funds.transfers import ANSWERS, NewTransfer, put_forward
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

_PROGRAMMES = TypeAdapter(ProgrammeRow)
_YEARS = range(2000, 2200)


class SeasonOfYear(Strict):
    """Days of each year, half-open, as ``month * 100 + day``."""

    from_day: int
    to_day: int


class ProgrammeTemplate(Strict):
    """
    A programme that many charities run.

    Its name is ``workflows.programme_template.<id>`` in the locales. A template without a cap leaves it to the
    charity.
    """

    id: str
    categories: tuple[NeedCategory, ...]
    situations: tuple[str, ...]
    beneficiary_scope: BeneficiaryScope
    case_cap_fen: int | None = None
    season: SeasonOfYear | None = None
    documents: tuple[str, ...]
    source: str

    @property
    def purpose(self) -> Purpose:
        """What it is for."""
        return Purpose(
            restriction=Restriction(
                categories=frozenset(self.categories),
                situations=frozenset(parse_situation(code) for code in self.situations),
            ),
            beneficiary_scope=self.beneficiary_scope,
            case_cap_fen=self.case_cap_fen,
        )

    @property
    def yearly(self) -> Season | None:
        """Its season, or None where it runs all year."""
        return Season(from_day=self.season.from_day, to_day=self.season.to_day) if self.season else None


@cache
def programme_templates() -> dict[str, ProgrammeTemplate]:
    """
    Give the templates that ship with the program, by id.

    Raises
    ------
    PolicyError
        The file is malformed.
    """
    content = files("workflows.funds.templates").joinpath("programmes.toml").read_text("utf-8")
    try:
        found = TypeAdapter(tuple[ProgrammeTemplate, ...]).validate_python(
            tomllib.loads(content)["templates"]
        )
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PolicyError(f"templates of programmes: {error}", file="programmes.toml") from error
    return {template.id: template for template in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProgramme:
    """
    A programme to run.

    Parameters
    ----------
    case_cap_fen
        Most that one case is given; no more than the template's, and asked for where that has none.
    region_id
        Where it runs; without one, where the charity is.
    """

    template_id: str
    organisation_id: str
    name: str
    case_cap_fen: int | None = None
    region_id: str | None = None


async def start_programme(
    ws: Workspace, actor: Actor, new: NewProgramme, *, idempotency_key: str | None = None
) -> Outcome[ProgrammeRow]:
    """
    Start a programme of a charity after a template.

    Raises
    ------
    NotFoundError
        No such template, division, or organisation of the actor's.
    InvalidInputError
        No name, or no cap, or one above the template's.
    NotPermittedError
        The actor is no officer.
    """
    require_acting_for(actor, new.organisation_id)
    template = programme_templates().get(new.template_id)
    if template is None:
        raise NotFoundError("no such template", kind="programme template", id=new.template_id)
    cap = new.case_cap_fen or template.case_cap_fen
    if cap is None:
        raise InvalidInputError("the template leaves the cap to the charity", field="case_cap")
    if template.case_cap_fen is not None and cap > template.case_cap_fen:
        raise InvalidInputError(
            "the cap is above the template's", field="case_cap", value=template.case_cap_fen
        )
    name = require_words(new.name, "name")
    programme_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> ProgrammeRow:
        holder = await holder_of(tx, new.organisation_id)
        path = holder.region_path
        if new.region_id is not None:
            path = await path_of_region(tx, actor, new.region_id)
        own = template.purpose
        row = ProgrammeRow(
            id=programme_id,
            name=name,
            organisation_id=new.organisation_id,
            template_id=template.id,
            purpose=Purpose(
                restriction=Restriction(
                    categories=own.restriction.categories,
                    situations=own.restriction.situations,
                    regions=(path,) if new.region_id is not None else (),
                ),
                beneficiary_scope=own.beneficiary_scope,
                case_cap_fen=cap,
            ),
            documents=template.documents,
            season=template.yearly,
            region_id=new.region_id or holder.region_id,
            region_path=path,
        )
        await create_programme(tx, row)
        tx.record("programme.start", programme_id, detail={"template": template.id})
        return await programme_by_id(tx, actor, programme_id)

    request = request_hash("start_programme", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_PROGRAMMES, work=work)


async def end_programme(
    ws: Workspace, actor: Actor, programme_id: str, *, expected_version: int
) -> ProgrammeRow:
    """
    End a programme; what its budgets still hold is left over.

    Raises
    ------
    ConflictError
        It has ended before.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; not the actor's; the actor is no officer.
    """

    async def work(tx: AuditedTransaction) -> ProgrammeRow:
        row = await lock_programme(tx, actor, programme_id, expected_version=expected_version)
        require_acting_for(actor, row.organisation_id)
        if row.closed_at is not None:
            raise ConflictError("the programme has ended", programme=row.name)
        await close_programme(tx, programme_id, tx.at)
        tx.record("programme.end", programme_id)
        return await programme_by_id(tx, actor, programme_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBudget:
    """Money of a fund for one year's season of a programme."""

    programme_id: str
    fund_id: str
    year: int
    amount_fen: int


def budget_id(programme_id: str, fund_id: str, year: int) -> str:
    """Give the key of the earmark that holds a programme's money of one fund and year."""
    return f"{programme_id}:{year}:{fund_id}"


async def propose_budget(
    ws: Workspace, actor: Actor, new: NewBudget, *, idempotency_key: str | None = None
) -> Outcome[TransferRow]:
    """
    Propose money of a fund for a season of a programme: an earmark in the fund, filled once a second person agrees.

    Raises
    ------
    ConflictError
        The programme has ended, the fund is not open, or the season is over.
    InvalidInputError
        The programme reaches beyond the fund's purpose (HC-11).
    NotFoundError, NotPermittedError
        Not the actor's; the actor is no officer.
    """
    if new.year not in _YEARS:
        raise InvalidInputError("no such year", field="year", value=new.year)
    transfer_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> TransferRow:
        programme = await lock_programme(tx, actor, new.programme_id)
        if programme.closed_at is not None:
            raise ConflictError("the programme has ended", programme=programme.name)
        fund = await lock_fund(tx, actor, new.fund_id)
        key = budget_id(programme.id, fund.id, new.year)
        if not await find_earmarks(tx, [key]):
            span = season_in(programme.season, new.year)
            if span.valid_to is not None and span.valid_to <= today_of(tx):
                raise ConflictError("the season is over", programme=programme.name, year=new.year)
            own = programme.purpose
            earmark = Earmark(
                id=key,
                fund_id=fund.id,
                kind=EarmarkKind.PROGRAMME,
                name=f"{programme.name} {new.year}",
                purpose=Purpose(
                    restriction=Restriction(
                        categories=own.restriction.categories,
                        situations=own.restriction.situations,
                        regions=own.restriction.regions,
                        validity=span,
                    ),
                    beneficiary_scope=own.beneficiary_scope,
                    case_cap_fen=own.case_cap_fen,
                ),
                region_path=fund.region_path,
                programme_id=programme.id,
            )
            await create_earmark(tx, earmark)
            tx.record("earmark.create", key, detail={"programme": programme.id})
        budget = NewTransfer(
            kind=TransferKind.BUDGET,
            giver=Book(fund_id=fund.id),
            taker=Book(fund_id=fund.id, earmark_id=key),
            amount_fen=new.amount_fen,
        )
        return await put_forward(tx, actor, budget, transfer_id=transfer_id)

    request = request_hash("propose_budget", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ANSWERS, work=work)


def season_in(season: Season | None, year: int) -> Validity:
    """Give the days of a year in which a programme takes cases; without a season the whole of it."""
    if season is None:
        return Validity(valid_from=date(year, 1, 1), valid_to=date(year + 1, 1, 1))
    return season.in_year(year)
