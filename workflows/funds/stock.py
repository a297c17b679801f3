"""Goods in stock: put on a shelf, counted, written off and taken back, each by a line of its own."""

from dataclasses import dataclass, replace
from datetime import date

from pydantic import TypeAdapter

from data import items
from domain.actors import Actor, Role
from domain.errors import InvalidInputError, NotPermittedError
from domain.funds import StockLineKind
from domain.needs import MOST_QUANTITY
from domain.regions import GeoPoint
from domain.time import civil_date
from graph.funds import holder_of
from graph.needs import lock_any_need
from graph.proposals import lock_proposal, owner_of_gift
from graph.reads.proposals import proposal_by_id
from graph.reads.stock import stock_by_id
from graph.regions import path_of_region
from graph.stock import (
    StockLineRow,
    StockRow,
    create_stock,
    expired_stock,
    write_line,
    write_off_expired,
)
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.funds.acting import OFFICERS, require_acting_for, today_of
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.rounds.promises import gift_of, return_goods_in
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(StockRow)
_RISES = frozenset({StockLineKind.ADDED, StockLineKind.TAKEN_BACK})
_BY_NEEDS = frozenset({StockLineKind.ISSUED, StockLineKind.RETURNED})
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStock:
    """
    Goods of one kind in one place.

    Parameters
    ----------
    item
        Code of the catalogue of goods.
    expires
        First day on which they are no longer given out.
    pickup
        Where they are fetched, in words.
    """

    organisation_id: str
    item: str
    unit: str
    quantity: int
    item_text: str | None = None
    specification: str | None = None
    expires: date | None = None
    pickup: str | None = None
    region_id: str | None = None
    place: GeoPoint | None = None
    donation_id: str | None = None


async def add_stock(
    ws: Workspace, actor: Actor, new: NewStock, *, idempotency_key: str | None = None
) -> Outcome[StockRow]:
    """
    Put goods on a shelf; from then on rounds give them out.

    Raises
    ------
    InvalidInputError
        No such kind of goods, no unit, nothing to add, or expired.
    NotFoundError, NotPermittedError
        The organisation is not the actor's; the actor is no officer.
    """
    require_acting_for(actor, new.organisation_id)
    unit = require_words(new.unit, "unit")
    stock_id, line_id = ws.new_id(), ws.new_id()

    async def work(tx: AuditedTransaction) -> StockRow:
        return await put_on_shelf(tx, actor, replace(new, unit=unit), stock_id=stock_id, line_id=line_id)

    request = request_hash("add_stock", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def put_on_shelf(
    tx: AuditedTransaction, actor: Actor, new: NewStock, *, stock_id: str, line_id: str
) -> StockRow:
    """
    Write goods down with their first line, in a unit that may do more.

    Raises
    ------
    InvalidInputError
        No such kind of goods, nothing to add, or expired.
    NotFoundError
        No such organisation.
    """
    if new.item not in items():
        raise InvalidInputError("no such item of the catalogue", field="item", value=new.item[:60])
    if new.expires is not None and new.expires <= today_of(tx):
        raise InvalidInputError("the goods have expired", field="expires")
    holder = await holder_of(tx, new.organisation_id)
    path = holder.region_path
    if new.region_id is not None:
        path = await path_of_region(tx, actor, new.region_id)
    row = StockRow(
        id=stock_id,
        item=new.item,
        item_text=new.item_text,
        specification=new.specification,
        unit=new.unit,
        quantity=0,
        reserved_quantity=0,
        owner_id=new.organisation_id,
        donation_id=new.donation_id,
        restricted_to=None,
        expires=new.expires,
        pickup=new.pickup,
        region_id=new.region_id or holder.region_id,
        region_path=path,
        longitude_deg=new.place.longitude_deg if new.place else None,
        latitude_deg=new.place.latitude_deg if new.place else None,
    )
    await create_stock(tx, row, at=tx.at)
    await _line(tx, actor, line_id, stock_id, StockLineKind.ADDED, new.quantity, None)
    return await stock_by_id(tx, actor, stock_id)


async def adjust_stock(
    ws: Workspace,
    actor: Actor,
    stock_id: str,
    *,
    kind: StockLineKind,
    change: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[StockRow]:
    """
    Change a stock by a line: more was put there or came back, a count differed, or some was written off.

    Parameters
    ----------
    change
        Units; below zero takes away. What is set aside for somebody is not taken.

    Raises
    ------
    InvalidInputError
        No reason, or a change that the kind of line does not make.
    ConflictError
        More would be taken than is free.
    NotFoundError, NotPermittedError
        Not the actor's; the actor is no officer.
    """
    actor.require(*OFFICERS)
    why = require_words(reason, "reason")
    line_id = ws.new_id()

    async def work(tx: AuditedTransaction) -> StockRow:
        await _line(tx, actor, line_id, stock_id, kind, change, why)
        return await stock_by_id(tx, actor, stock_id)

    request = request_hash("adjust_stock", stock_id, kind, change, why)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def _line(
    tx: AuditedTransaction,
    actor: Actor,
    line_id: str,
    stock_id: str,
    kind: StockLineKind,
    change: int,
    reason: str | None,
) -> None:
    rises, falls = kind in _RISES, kind is StockLineKind.WRITTEN_OFF
    if kind in _BY_NEEDS:
        raise InvalidInputError(
            "goods go to needs, and come back, by their proposals", field="kind", value=kind
        )
    if change == 0 or abs(change) > MOST_QUANTITY or (rises and change < 0) or (falls and change > 0):
        raise InvalidInputError("no such change of a stock", field="change", value=change)
    line = StockLineRow(
        id=line_id,
        offer_id=stock_id,
        kind=kind,
        quantity=change,
        reason=reason,
        recorded_by=actor.id,
        at=tx.at,
    )
    await write_line(tx, actor, line)
    tx.record("stock.line", stock_id, detail={"kind": kind.value, "quantity": change})


async def return_goods(
    ws: Workspace,
    actor: Actor,
    proposal_id: str,
    *,
    expected_version: int,
    reason: str,
    idempotency_key: str | None = None,
) -> Outcome[StockRow]:
    """
    Put goods that were handed to a need back on their shelf: the need went without them, or was cancelled.

    Raises
    ------
    InvalidInputError
        No reason is given.
    NotPermittedError
        The stock is another organisation's.
    TransitionError
        The goods were not handed out, or are back already.
    """
    actor.require(*OFFICERS)
    why = require_words(reason, "reason")

    async def work(tx: AuditedTransaction) -> StockRow:
        seen = await proposal_by_id(tx, actor, proposal_id)
        if await owner_of_gift(tx, seen) not in actor.scope.organisation_ids:
            raise NotPermittedError("the stock is another organisation's", id=proposal_id)
        need = await lock_any_need(tx, seen.need_id)
        proposal = await lock_proposal(tx, actor, proposal_id, expected_version=expected_version)
        await return_goods_in(tx, actor, need, proposal, reason=why)
        return await stock_by_id(tx, actor, gift_of(proposal)[0])

    request = request_hash("return_goods", proposal_id, expected_version, why)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


async def strike_expired(ws: Workspace, actor: Actor) -> int:
    """
    Write off what nobody may be given any more, and give how many units; run again, it finds nothing.

    Each stock is a unit of work of its own that looks again before it writes.

    Raises
    ------
    NotPermittedError
        The actor does not keep deadlines.
    """
    actor.require(Role.CLOCK)
    today, after, units = civil_date(ws.clock()), "", 0
    while True:
        page = await ws.store.read(lambda tx, a=after: expired_stock(tx, today=today, after=a, limit=_PAGE))
        for stock_id in page:

            async def work(tx: AuditedTransaction, one: str = stock_id) -> int:
                struck = await write_off_expired(tx, one, by=actor.id, at=tx.at, today=today)
                tx.record("stock.expire", one, detail={"units": struck})
                return struck

            units += await UnitOfWork(ws.store, ws.clock).run(actor, work)
        if len(page) < _PAGE:
            return units
        after = page[-1]
