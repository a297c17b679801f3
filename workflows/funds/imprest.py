"""Imprests: small funds near people, filled up again to the sum that two people agreed on."""

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import ConflictError
from domain.funds import Book, TransferKind
from domain.ledger import FundAccount
from graph.funds import fund_of, lock_funds
from graph.imprests import overdue_papers
from graph.ledger.balances import book_balances
from graph.reads.funds import FundRow, fund_by_id
from graph.unit_of_work import AuditedTransaction
from workflows.funds.acting import require_acting_for
from workflows.funds.moving import move
from workflows.funds.opening import require_open
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(FundRow)


async def top_up_imprest(
    ws: Workspace, actor: Actor, fund_id: str, *, idempotency_key: str | None = None
) -> Outcome[FundRow]:
    """
    Fill an imprest up to its float from the fund it is drawn from.

    One person may do so: the float is what two agreed on, and nothing goes beyond it.

    Raises
    ------
    ConflictError
        It is no open imprest, it is full, or papers of what it paid first are overdue.
    InsufficientFundsError
        The fund it is drawn from has less free money.
    NotFoundError, NotPermittedError
        Not the actor's; the actor is no officer.
    """
    transfer_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> FundRow:
        parent_id = (await fund_of(tx, actor, fund_id)).parent_fund_id
        if parent_id is None:
            raise ConflictError("the fund is no imprest")
        funds = await lock_funds(tx, actor, [fund_id, parent_id])
        imprest, parent = funds[fund_id], funds[parent_id]
        require_acting_for(actor, imprest.organisation_id)
        require_open(imprest)
        require_open(parent)
        if imprest.terms is None:
            raise ConflictError("the fund is no imprest", fund=imprest.name)
        overdue = await overdue_papers(tx, fund_id, tx.at)
        if overdue:
            raise ConflictError(
                "papers of what was paid first are overdue", fund=imprest.name, papers=overdue
            )
        book = (await book_balances(tx, [fund_id])).get((fund_id, None), {})
        held = book.get(FundAccount.AVAILABLE, 0) + book.get(FundAccount.RESERVED, 0)
        missing = imprest.terms.float_fen - held
        if missing <= 0:
            raise ConflictError("the imprest is full", fund=imprest.name, held_fen=held)
        await move(
            tx,
            TransferKind.FLOAT,
            organisation_id=imprest.organisation_id,
            region_path=imprest.region_path,
            giver=Book(fund_id=parent_id),
            taker=Book(fund_id=fund_id),
            amount_fen=missing,
            transfer_id=transfer_id,
            proposed_by=actor.id,
        )
        tx.record("imprest.top_up", fund_id, detail={"amount_fen": missing})
        return await fund_by_id(tx, actor, fund_id)

    request = request_hash("top_up_imprest", fund_id)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)
