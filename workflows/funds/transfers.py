"""Transfers that take two people: budgets of programmes, what is given back, and what is left over (HC-14)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import ConflictError, InvalidInputError, NotFoundError, TransitionError
from domain.funds import Book, FundState, LeftOverGround, TransferKind, TransferState
from domain.giving import EarmarkKind, FundType
from domain.ledger import FundAccount
from domain.money import MOST_FEN
from domain.purposes import Earmark, Purpose
from graph.earmarks import find_earmarks
from graph.funds import FundFile, lock_funds
from graph.ledger.balances import book_balances
from graph.ports import ReadTransaction
from graph.programmes import find_programme
from graph.reads.transfers import transfer_by_id
from graph.transfers import (
    TransferRow,
    create_transfer,
    disclose_left_over,
    find_transfer,
    lock_transfer,
    write_decision,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.funds.acting import Decision, require_acting_for, require_second_person, today_of
from workflows.funds.fund_rules import fund_rules
from workflows.funds.moving import post_transfer
from workflows.funds.opening import require_open
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

ANSWERS = TypeAdapter(TransferRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """Money that is to go from one book to another of the same charity."""

    kind: TransferKind
    giver: Book
    taker: Book
    amount_fen: int
    reason: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= MOST_FEN:
            raise InvalidInputError("a transfer moves money", field="amount", value=self.amount_fen)
        if self.giver == self.taker:
            raise InvalidInputError("money goes to another book", field="to_fund_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One end of a transfer, locked."""

    fund: FundFile
    earmark: Earmark | None

    @property
    def purpose(self) -> Purpose:
        """What its money may be used for."""
        if self.earmark is None:
            return self.fund.purpose
        return self.earmark.purpose.inside(self.fund.purpose)


async def propose_transfer(
    ws: Workspace, actor: Actor, new: NewTransfer, *, idempotency_key: str | None = None
) -> Outcome[TransferRow]:
    """
    Propose a transfer; its money moves when a second person approves it.

    Raises
    ------
    ConflictError
        The transfer is not allowed as it stands; ``rule`` says why.
    NotFoundError, NotPermittedError
        A book is not the actor's; the actor is no officer.
    """

    async def work(tx: AuditedTransaction) -> TransferRow:
        return await put_forward(tx, actor, new, transfer_id=ws.new_id())

    request = request_hash("propose_transfer", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=ANSWERS, work=work)


async def put_forward(
    tx: AuditedTransaction, actor: Actor, new: NewTransfer, *, transfer_id: str
) -> TransferRow:
    """Write a proposed transfer down in the caller's unit; see ``propose_transfer``."""
    giver, taker = await _sides(tx, actor, new.giver, new.taker)
    require_acting_for(actor, giver.fund.organisation_id)
    ground = await _ground(tx, new.kind, giver, taker, new.amount_fen)
    row = TransferRow(
        id=transfer_id,
        organisation_id=giver.fund.organisation_id,
        kind=new.kind,
        state=TransferState.PROPOSED,
        giver=new.giver,
        taker=new.taker,
        amount_fen=new.amount_fen,
        proposed_by=actor.id,
        proposed_at=tx.at,
        region_path=giver.fund.region_path,
        ground=ground,
        reason=new.reason,
    )
    await create_transfer(tx, row)
    tx.record("transfer.propose", row.id, detail={"kind": row.kind.value, "amount_fen": row.amount_fen})
    return await transfer_by_id(tx, actor, row.id)


async def decide_transfer(ws: Workspace, actor: Actor, transfer_id: str, decision: Decision) -> TransferRow:
    """
    Approve or refuse a transfer as the second person.

    Raises
    ------
    TransitionError
        It was decided before.
    InsufficientFundsError
        The giving book has less free money.
    ConflictError
        It is no longer allowed.
    SeparationOfDutiesError, StaleVersionError, NotFoundError, NotPermittedError
        The actor proposed it; changed since read; not the actor's; the actor approves nothing.
    """

    async def work(tx: AuditedTransaction) -> TransferRow:
        seen = await find_transfer(tx, transfer_id)
        require_acting_for(actor, seen.organisation_id)
        giver, taker = await _sides(tx, actor, seen.giver, seen.taker)
        row = await lock_transfer(tx, transfer_id, expected_version=decision.expected_version)
        if row.state is not TransferState.PROPOSED:
            raise TransitionError("the transfer was decided before", before=row.state.value)
        await require_second_person(tx, actor, row.proposed_by, about=transfer_id)
        decided = replace(row, decided_by=actor.id, decided_at=tx.at, reason=decision.reason or row.reason)
        if not decision.approved:
            await write_decision(tx, replace(decided, state=TransferState.REFUSED))
            tx.record("transfer.refuse", transfer_id)
            return await transfer_by_id(tx, actor, transfer_id)
        ground = await _ground(tx, row.kind, giver, taker, row.amount_fen)
        await write_decision(tx, replace(decided, state=TransferState.DONE, ground=ground))
        await post_transfer(tx, row)
        tx.record("transfer.approve", transfer_id, detail={"amount_fen": row.amount_fen})
        if row.kind is TransferKind.LEFT_OVER:
            await _tell(tx, row)
        return await transfer_by_id(tx, actor, transfer_id)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


async def _tell(tx: AuditedTransaction, row: TransferRow) -> None:
    """Make it a duty to tell in public where the money went."""
    today = today_of(tx)
    days = fund_rules(today, row.region_path).left_over_disclosure_days.value
    await disclose_left_over(tx, row, today=today, due_on=today + timedelta(days=days))
    tx.record("disclosure.due", row.id, detail={"kind": "LEFT_OVER"})


async def _sides(tx: AuditedTransaction, actor: Actor, giver: Book, taker: Book) -> tuple[_Side, _Side]:
    funds = await lock_funds(tx, actor, [giver.fund_id, taker.fund_id])
    wanted = [book.earmark_id for book in (giver, taker) if book.earmark_id is not None]
    earmarks = await find_earmarks(tx, wanted) if wanted else {}
    sides: list[_Side] = []
    for book in (giver, taker):
        earmark = None if book.earmark_id is None else earmarks.get(book.earmark_id)
        if book.earmark_id is not None and (earmark is None or earmark.fund_id != book.fund_id):
            raise NotFoundError("no such earmark", kind="earmark", id=book.earmark_id)
        sides.append(_Side(fund=funds[book.fund_id], earmark=earmark))
    first, second = sides
    if first.fund.organisation_id != second.fund.organisation_id:
        raise ConflictError("the books belong to different charities", rule="HC-12")
    return first, second


async def _ground(
    tx: AuditedTransaction, kind: TransferKind, giver: _Side, taker: _Side, amount_fen: int
) -> LeftOverGround | None:
    """Go on only if money may go so; for what is left over, say why."""
    match kind:
        case TransferKind.BUDGET:
            _require_budget(giver, taker)
        case TransferKind.GIVE_BACK:
            await _require_given_before(tx, giver, taker, amount_fen)
        case TransferKind.LEFT_OVER:
            return await _left_over_ground(tx, giver, taker)
        case TransferKind.FLOAT:
            raise InvalidInputError("an imprest is filled up, no more", field="kind")
    return None


def _require_budget(giver: _Side, taker: _Side) -> None:
    require_open(giver.fund)
    in_fund = giver.earmark is None and giver.fund.id == taker.fund.id
    if taker.earmark is None or taker.earmark.kind is not EarmarkKind.PROGRAMME or not in_fund:
        raise ConflictError("a budget goes from a fund to a programme's part of it", rule="HC-11")
    axis = taker.purpose.outside(giver.purpose)
    if axis is not None:
        raise ConflictError("the programme reaches beyond the fund", axis=axis, rule="HC-11")


async def _require_given_before(tx: ReadTransaction, giver: _Side, taker: _Side, amount_fen: int) -> None:
    from_programme = (
        giver.earmark is not None
        and giver.earmark.kind is EarmarkKind.PROGRAMME
        and taker.earmark is None
        and taker.fund.id == giver.fund.id
    )
    from_imprest = (
        giver.earmark is None
        and giver.fund.type is FundType.IMPREST
        and taker.earmark is None
        and giver.fund.parent_fund_id == taker.fund.id
    )
    if not (from_programme or from_imprest):
        raise ConflictError("money is given back to where it came from", rule="HC-12")
    books = await book_balances(tx, [giver.fund.id])
    book = books.get((giver.fund.id, giver.earmark.id if giver.earmark else None), {})
    came = -book.get(FundAccount.TRANSFERRED, 0)
    if amount_fen > came:
        raise ConflictError("less came from there", asked_fen=amount_fen, came_fen=came, rule="HC-12")


async def _left_over_ground(tx: AuditedTransaction, giver: _Side, taker: _Side) -> LeftOverGround:
    require_open(taker.fund)
    today = today_of(tx)
    if not await _is_over(tx, giver, today):
        raise ConflictError("the purpose is not over", fund=giver.fund.name, rule="HC-14")
    agreed = giver.earmark.siblings if giver.earmark else giver.fund.siblings
    if taker.fund.id in agreed:
        return LeftOverGround.AGREED
    if fund_rules(today, giver.fund.region_path).is_near(giver.purpose, taker.purpose):
        return LeftOverGround.NEAR
    raise ConflictError("neither named by the plan nor near in purpose", fund=taker.fund.name, rule="HC-14")


async def _is_over(tx: ReadTransaction, side: _Side, today: date) -> bool:
    if side.fund.state is FundState.WINDING_UP:
        return True
    ends = side.purpose.restriction.validity.valid_to
    if ends is not None and ends <= today:
        return True
    if side.earmark is None or side.earmark.programme_id is None:
        return False
    return (await find_programme(tx, side.earmark.programme_id)).closed_at is not None
