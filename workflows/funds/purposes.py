"""Purposes from one version to the next: proposed by one, approved by another, in force from a day on."""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError, InvalidInputError, NotFoundError, TransitionError
from domain.funds import Book, FundState, ImprestTerms, Opening, TransferKind
from domain.giving import FundType
from domain.purposes import Earmark, Purpose, PurposeGround, PurposeState
from domain.time import civil_date
from graph.earmarks import earmark_as_it_is, earmarks_of_funds, lock_earmark, write_earmark_purpose
from graph.funds import FundFile, fund_of, funds_below, holder_of, lock_fund, lock_funds, write_fund
from graph.ports import ReadTransaction
from graph.purposes import (
    PurposeVersionRow,
    create_version,
    due_versions,
    find_version,
    lock_version,
    other_donors,
    purpose_of_fund,
    version_id,
    versions_of,
    write_version,
)
from graph.reads.purposes import purpose_version_by_id
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.funds.acting import Decision, require_acting_for, require_second_person, today_of
from workflows.funds.moving import move
from workflows.funds.opening import require_open
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(PurposeVersionRow)
_WAITING = (PurposeState.PROPOSED, PurposeState.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurpose:
    """
    A change of what money is for.

    Parameters
    ----------
    earmark_id
        The earmark whose purpose it is; None for the fund's own.
    reference
        The paper of the consent or of the filing.
    consent_donation_id
        A gift whose donor agreed, where the ground is their consent.
    terms
        Of an imprest; None leaves them as they are.
    """

    fund_id: str
    earmark_id: str | None = None
    purpose: Purpose
    effective_from: date
    ground: PurposeGround
    reference: str
    consent_donation_id: str | None = None
    terms: ImprestTerms | None = None


async def propose_purpose(
    ws: Workspace, actor: Actor, new: NewPurpose, *, idempotency_key: str | None = None
) -> Outcome[PurposeVersionRow]:
    """
    Propose what a fund or an earmark is for from a day on.

    Raises
    ------
    InvalidInputError
        The ground does not carry the change (HC-11), the fund's type forbids it, or the day is past.
    ConflictError
        A trust's purpose is fixed (HC-16), donors have not agreed, another change waits, or an earmark or imprest
        would be left outside.
    NotFoundError, NotPermittedError
        Not the actor's; the actor is no officer.
    """
    reference = require_words(new.reference, "reference")

    async def work(tx: AuditedTransaction) -> PurposeVersionRow:
        fund = await lock_fund(tx, actor, new.fund_id)
        require_acting_for(actor, fund.organisation_id)
        earmark = await _earmark(tx, fund, new.earmark_id)
        today = today_of(tx)
        if new.effective_from < today:
            raise InvalidInputError("a purpose changes from today on", field="effective_from")
        past = await versions_of(tx, earmark.id if earmark else fund.id)
        if any(row.state in _WAITING for row in past):
            raise ConflictError("another change of the purpose waits", fund=fund.name)
        if not past:
            past = [_baseline(fund, earmark, tx)]
            await create_version(tx, past[0])
        number = past[-1].number + 1
        row = PurposeVersionRow(
            id=version_id(past[0].owner_id, number),
            owner_id=past[0].owner_id,
            fund_id=fund.id,
            number=number,
            state=PurposeState.PROPOSED,
            purpose=new.purpose,
            ground=new.ground,
            reference=reference,
            consent_donation_id=new.consent_donation_id,
            effective_from=new.effective_from,
            proposed_by=actor.id,
            proposed_at=tx.at,
            region_path=fund.region_path,
            terms=new.terms or fund.terms,
        )
        await _require_carried(tx, fund, earmark, row)
        await create_version(tx, row)
        tx.record("purpose.propose", row.id, detail={"ground": row.ground.value, "reference": reference})
        return await purpose_version_by_id(tx, actor, row.id)

    request = request_hash("propose_purpose", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _earmark(tx: ReadTransaction, fund: FundFile, earmark_id: str | None) -> Earmark | None:
    if earmark_id is None:
        return None
    earmark = await earmark_as_it_is(tx, earmark_id)
    if earmark.fund_id != fund.id:
        raise NotFoundError("no such earmark", kind="earmark", id=earmark_id)
    return earmark


def _baseline(fund: FundFile, earmark: Earmark | None, tx: AuditedTransaction) -> PurposeVersionRow:
    """Give the purpose of before there were versions as the first of them: history is whole."""
    purpose = earmark.purpose if earmark else fund.purpose
    owner = earmark.id if earmark else fund.id
    return PurposeVersionRow(
        id=version_id(owner, 1),
        owner_id=owner,
        fund_id=fund.id,
        number=1,
        state=PurposeState.IN_FORCE,
        purpose=purpose,
        ground=PurposeGround.AGREEMENT,
        reference=earmark.wording if earmark else None,
        effective_from=purpose.restriction.validity.valid_from or today_of(tx),
        proposed_by="opening",
        proposed_at=tx.at,
        region_path=fund.region_path,
        terms=None if earmark else fund.terms,
    )


async def _require_carried(
    tx: ReadTransaction, fund: FundFile, earmark: Earmark | None, row: PurposeVersionRow
) -> None:
    """Go on only if the ground carries the change and everything inside still fits."""
    require_open(fund)
    if fund.type is FundType.TRUST:
        raise ConflictError("the purpose of a trust is fixed", fund=fund.name, rule="HC-16")
    holder = await holder_of(tx, fund.organisation_id)
    match row.ground:
        case PurposeGround.AGREEMENT:
            raise InvalidInputError(
                "an agreed purpose changes by consent or by filing", field="ground", rule="HC-11"
            )
        case PurposeGround.FILING:
            if not holder.public_raising:
                raise InvalidInputError(
                    "only who raises money from the public files a change", field="ground", rule="HC-11"
                )
        case PurposeGround.DONOR_CONSENT:
            await _require_consent(tx, fund, earmark, row.consent_donation_id)
    if earmark is not None:
        row.purpose.inside(fund.purpose)
        return
    parent = None
    if fund.type is FundType.IMPREST:
        if row.terms is None or fund.parent_fund_id is None:
            raise InvalidInputError("an imprest is held at a sum", field="imprest")
        row.purpose.inside(await purpose_of_fund(tx, fund.parent_fund_id))
        parent = FundType.GENERAL  # the type it is drawn from was judged when it was opened
    Opening(
        type=fund.type,
        holder=holder.kind,
        purpose=row.purpose,
        parent=parent,
        sponsored=fund.sponsor_id is not None,
        terms=row.terms,
    ).check()
    await _require_all_inside(tx, fund, row.purpose)


async def _require_consent(
    tx: ReadTransaction, fund: FundFile, earmark: Earmark | None, donation_id: str | None
) -> None:
    if donation_id is None:
        raise InvalidInputError("whose consent it is", field="consent_donation_id", rule="HC-11")
    if earmark is not None and earmark.donation_id not in (None, donation_id):
        raise InvalidInputError(
            "another gift than the one that asked for it", field="consent_donation_id", rule="HC-11"
        )
    others = await other_donors(tx, fund.id, earmark.id if earmark else None, donation_id)
    if others is None:
        raise NotFoundError("no such donation", kind="donation", id=donation_id)
    if others:
        raise ConflictError("other donors have not agreed", fund=fund.name, others=others, rule="HC-11")


async def _require_all_inside(tx: ReadTransaction, fund: FundFile, purpose: Purpose) -> None:
    for earmark in await earmarks_of_funds(tx, [fund.id]):
        axis = earmark.purpose.outside(purpose)
        if axis is not None:
            raise ConflictError("an earmark would lie outside", earmark=earmark.name, axis=axis, rule="HC-11")
    for child in await funds_below(tx, fund.id):
        axis = child.purpose.outside(purpose)
        if axis is not None:
            raise ConflictError("an imprest would lie outside", fund=child.name, axis=axis, rule="HC-11")


async def decide_purpose(ws: Workspace, actor: Actor, key: str, decision: Decision) -> PurposeVersionRow:
    """
    Approve or refuse a version as the second person; the first one of a fund opens it.

    Raises
    ------
    TransitionError
        It was decided before.
    SeparationOfDutiesError
        The actor proposed it.
    InvalidInputError, ConflictError
        It is no longer carried; an imprest's float is not there.
    StaleVersionError, NotFoundError, NotPermittedError
        Changed since read; not the actor's; the actor approves nothing.
    """
    actor.require(Role.FEDERATION_APPROVER)

    async def work(tx: AuditedTransaction) -> PurposeVersionRow:
        seen = await find_version(tx, key)
        fund = await _lock_with_parent(tx, actor, seen.fund_id)
        require_acting_for(actor, fund.organisation_id)
        row = await lock_version(tx, key, expected_version=decision.expected_version)
        if row.state is not PurposeState.PROPOSED:
            raise TransitionError("the version was decided before", before=row.state.value)
        await require_second_person(tx, actor, row.proposed_by, about=key)
        decided = replace(row, decided_by=actor.id, decided_at=tx.at, reason=decision.reason)
        if not decision.approved:
            await write_version(tx, replace(decided, state=PurposeState.REFUSED))
            if fund.state is FundState.PROPOSED:
                await write_fund(tx, replace(fund, state=FundState.CLOSED))
            tx.record("purpose.refuse", key)
            return await purpose_version_by_id(tx, actor, key)
        earmark = await _earmark(tx, fund, row.earmark_id)
        if fund.state is not FundState.PROPOSED:
            await _require_carried(tx, fund, earmark, row)
        today = today_of(tx)
        due = row.effective_from <= today or fund.state is FundState.PROPOSED
        decided = replace(
            decided,
            state=PurposeState.IN_FORCE if due else PurposeState.APPROVED,
            effective_from=max(row.effective_from, today),
        )
        await write_version(tx, decided)
        tx.record("purpose.approve", key, detail={"effective_from": decided.effective_from.isoformat()})
        if due:
            await _bring_into_force(tx, fund, decided)
        return await purpose_version_by_id(tx, actor, key)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _lock_with_parent(tx: AuditedTransaction, actor: Actor, fund_id: str) -> FundFile:
    """Take a fund, and before or after it what it is drawn from: the order of ids is the ledger's."""
    parent_id = (await fund_of(tx, actor, fund_id)).parent_fund_id
    ids = [fund_id] if parent_id is None else [fund_id, parent_id]
    return (await lock_funds(tx, actor, ids))[fund_id]


async def _bring_into_force(tx: AuditedTransaction, fund: FundFile, row: PurposeVersionRow) -> None:
    if row.earmark_id is not None:
        earmark = await lock_earmark(tx, row.earmark_id)
        await write_earmark_purpose(tx, replace(earmark, purpose=row.purpose))
        return
    opens = fund.state is FundState.PROPOSED
    await write_fund(
        tx, replace(fund, purpose=row.purpose, terms=row.terms, state=FundState.OPEN, closed_at=None)
    )
    if opens and row.terms is not None and fund.parent_fund_id is not None:
        await move(
            tx,
            TransferKind.FLOAT,
            organisation_id=fund.organisation_id,
            region_path=fund.region_path,
            giver=Book(fund_id=fund.parent_fund_id),
            taker=Book(fund_id=fund.id),
            amount_fen=row.terms.float_fen,
            transfer_id=f"{fund.id}:opening",
            proposed_by=row.proposed_by,
        )
    if opens:
        tx.record("fund.open", fund.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeTick:
    """What a day brought: versions that came into force, and those that something keeps from it."""

    in_force: tuple[str, ...]
    stuck: tuple[str, ...]


async def bring_purposes_into_force(ws: Workspace, actor: Actor) -> PurposeTick:
    """
    Bring into force the approved versions whose day has come; a job for each day.

    One that no longer fits what lies inside its fund stays as it is and is told of.

    Raises
    ------
    NotPermittedError
        The actor keeps no days.
    """
    actor.require(Role.CLOCK)
    today = civil_date(ws.clock())
    done: list[str] = []
    stuck: list[str] = []
    for key in await ws.store.read(lambda tx: due_versions(tx, actor, today)):

        async def work(tx: AuditedTransaction, key: str = key) -> bool:
            fund = await lock_fund(tx, actor, (await find_version(tx, key)).fund_id)
            row = await lock_version(tx, key)
            tx.record("purpose.in_force", key)
            if row.state is not PurposeState.APPROVED:
                return False
            earmark = await _earmark(tx, fund, row.earmark_id)
            if earmark is None:
                await _require_all_inside(tx, fund, row.purpose)
            else:
                row.purpose.inside(fund.purpose)
            await write_version(tx, replace(row, state=PurposeState.IN_FORCE))
            await _bring_into_force(tx, fund, row)
            return True

        try:
            if await UnitOfWork(ws.store, ws.clock).run(actor, work):
                done.append(key)
        except (ConflictError, InvalidInputError):
            stuck.append(key)
    return PurposeTick(in_force=tuple(done), stuck=tuple(stuck))
