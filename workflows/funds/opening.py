"""Opening, renaming and closing funds of every type, with who answers for them."""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError
from domain.funds import FundState, ImprestTerms, Opening
from domain.giving import FundType
from domain.ledger import FundAccount
from domain.organisations import OrganisationKind
from domain.purposes import Purpose, PurposeGround, PurposeState
from graph.funds import (
    FundFile,
    create_fund,
    fund_of,
    funds_below,
    holder_of,
    lock_fund,
    require_residents,
    write_fund,
)
from graph.ledger.balances import book_balances
from graph.ports import ReadTransaction
from graph.purposes import PurposeVersionRow, create_version, version_id
from graph.reads.funds import FundRow, fund_by_id
from graph.regions import path_of_region
from graph.transfers import waiting_transfers
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.funds.acting import require_acting_for, today_of
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(FundRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFund:
    """
    A fund to open.

    Parameters
    ----------
    reference
        The deed, plan or agreement that it rests on.
    manager_ids
        Residents who answer for it in person; interested persons are looked for from them (HC-13).
    region_id
        Where it belongs; without one, where its holder does.
    parent_id, terms
        Of an imprest: what it is drawn from, and what it is held at.
    sponsor_id
        The enterprise behind an enterprise's fund.
    siblings
        Funds to which the plan sends what is left over (HC-14).
    """

    name: str
    type: FundType
    organisation_id: str
    purpose: Purpose
    reference: str
    manager_ids: tuple[str, ...]
    region_id: str | None = None
    parent_id: str | None = None
    sponsor_id: str | None = None
    siblings: tuple[str, ...] = ()
    terms: ImprestTerms | None = None
    effective_from: date | None = None


async def open_fund(
    ws: Workspace, actor: Actor, new: NewFund, *, idempotency_key: str | None = None
) -> Outcome[FundRow]:
    """
    Propose a fund; it opens when a second person of its holder approves its first purpose (HC-15).

    Raises
    ------
    InvalidInputError
        A fund of this type may not be so.
    NotFoundError
        The holder is not the actor's, or a division, manager, parent or sponsor is not there.
    ConflictError
        The parent is not open.
    NotPermittedError
        The actor is no officer.
    """
    require_acting_for(actor, new.organisation_id)
    name, reference = require_words(new.name, "name"), require_words(new.reference, "reference")
    fund_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> FundRow:
        today = today_of(tx)
        holder = await holder_of(tx, new.organisation_id)
        parent = await _parent(tx, actor, new)
        await _require_sponsor(tx, new.sponsor_id)
        Opening(
            type=new.type,
            holder=holder.kind,
            purpose=new.purpose,
            parent=parent.type if parent else None,
            sponsored=new.sponsor_id is not None,
            terms=new.terms,
        ).check()
        if parent is not None:
            new.purpose.inside(parent.purpose)
        await _require_managers(tx, new.manager_ids)
        path = holder.region_path
        if new.region_id is not None:
            path = await path_of_region(tx, actor, new.region_id)
        fund = FundFile(
            id=fund_id,
            name=name,
            type=new.type,
            organisation_id=new.organisation_id,
            region_id=new.region_id or holder.region_id,
            region_path=path,
            purpose=new.purpose,
            manager_ids=tuple(dict.fromkeys(new.manager_ids)),
            parent_fund_id=new.parent_id,
            sponsor_id=new.sponsor_id,
            siblings=tuple(dict.fromkeys(new.siblings)),
            terms=new.terms,
        )
        await create_fund(tx, fund, at=tx.at)
        first = PurposeVersionRow(
            id=version_id(fund_id, 1),
            owner_id=fund_id,
            fund_id=fund_id,
            number=1,
            state=PurposeState.PROPOSED,
            purpose=new.purpose,
            ground=PurposeGround.AGREEMENT,
            reference=reference,
            effective_from=max(new.effective_from or today, today),
            proposed_by=actor.id,
            proposed_at=tx.at,
            region_path=path,
            terms=new.terms,
        )
        await create_version(tx, first)
        tx.record("fund.propose", fund_id, detail={"type": new.type.value, "holder": new.organisation_id})
        return await fund_by_id(tx, actor, fund_id)

    request = request_hash("open_fund", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _parent(tx: ReadTransaction, actor: Actor, new: NewFund) -> FundFile | None:
    if new.parent_id is None:
        return None
    parent = await fund_of(tx, actor, new.parent_id)
    if parent.organisation_id != new.organisation_id:
        raise InvalidInputError("a fund and its imprest have one holder", field="parent_id", rule="HC-15")
    require_open(parent)
    return parent


async def _require_sponsor(tx: ReadTransaction, sponsor_id: str | None) -> None:
    if sponsor_id is not None and (await holder_of(tx, sponsor_id)).kind is not OrganisationKind.ENTERPRISE:
        raise InvalidInputError("the sponsor is no enterprise", field="sponsor_id")


async def _require_managers(tx: ReadTransaction, manager_ids: tuple[str, ...]) -> None:
    if not manager_ids:
        raise InvalidInputError("somebody answers for a fund", field="manager_ids", rule="HC-15")
    await require_residents(tx, manager_ids)


def require_open(fund: FundFile) -> None:
    """
    Go on only with an open fund.

    Raises
    ------
    ConflictError
        It is not open yet, winds up, or is closed.
    """
    if fund.state is not FundState.OPEN:
        raise ConflictError("the fund is not open", fund=fund.name, state=fund.state.value)


async def amend_fund(
    ws: Workspace,
    actor: Actor,
    fund_id: str,
    *,
    expected_version: int,
    name: str,
    manager_ids: tuple[str, ...],
    siblings: tuple[str, ...],
) -> FundRow:
    """
    Change a fund's name, who answers for it, and where the plan sends what is left over; its purpose takes two.

    Raises
    ------
    InvalidInputError
        No name, or nobody answers for it.
    ConflictError
        It is closed.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; not the actor's; the actor is no officer.
    """
    given = require_words(name, "name")

    async def work(tx: AuditedTransaction) -> FundRow:
        fund = await lock_fund(tx, actor, fund_id, expected_version=expected_version)
        require_acting_for(actor, fund.organisation_id)
        if fund.state is FundState.CLOSED:
            raise ConflictError("the fund is closed", fund=fund.name)
        await _require_managers(tx, manager_ids)
        changed = replace(
            fund,
            name=given,
            manager_ids=tuple(dict.fromkeys(manager_ids)),
            siblings=tuple(dict.fromkeys(siblings)),
        )
        await write_fund(tx, changed)
        tx.record("fund.amend", fund_id, detail={"managers": len(changed.manager_ids)})
        return await fund_by_id(tx, actor, fund_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def close_fund(
    ws: Workspace, actor: Actor, fund_id: str, *, expected_version: int, reason: str
) -> FundRow:
    """
    Close a fund that is empty; one with money winds up: it takes nothing on until it is.

    Raises
    ------
    InvalidInputError
        No reason is given.
    ConflictError
        It is closed already, imprests hang on it, or a transfer waits for its second person.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; not the actor's; the actor approves nothing.
    """
    why = require_words(reason, "reason")
    actor.require(Role.FEDERATION_APPROVER)

    async def work(tx: AuditedTransaction) -> FundRow:
        fund = await lock_fund(tx, actor, fund_id, expected_version=expected_version)
        require_acting_for(actor, fund.organisation_id)
        if fund.state not in (FundState.OPEN, FundState.WINDING_UP):
            raise ConflictError("the fund is not open", fund=fund.name, state=fund.state.value)
        if await funds_below(tx, fund_id):
            raise ConflictError("imprests are drawn from the fund", fund=fund.name)
        if await waiting_transfers(tx, fund_id):
            raise ConflictError("a transfer waits for its second person", fund=fund.name)
        empty = not await money_in(tx, fund_id)
        state = FundState.CLOSED if empty else FundState.WINDING_UP
        await write_fund(tx, replace(fund, state=state, closed_at=tx.at if empty else None))
        tx.record("fund.close" if empty else "fund.wind_up", fund_id, detail={"reason": why})
        return await fund_by_id(tx, actor, fund_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def money_in(tx: ReadTransaction, fund_id: str) -> int:
    """Give the fen that a fund and its earmarks hold, free or set aside."""
    books = await book_balances(tx, [fund_id])
    return sum(book[FundAccount.AVAILABLE] + book[FundAccount.RESERVED] for book in books.values())
