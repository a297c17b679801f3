"""Goods in stock: put on a shelf, counted, written off and taken back, each by a line of its own."""

from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from data import items
from domain.actors import Actor
from domain.errors import InvalidInputError
from domain.funds import StockLineKind
from domain.needs import MOST_QUANTITY
from domain.regions import GeoPoint
from graph.funds import holder_of
from graph.reads.stock import stock_by_id
from graph.regions import path_of_region
from graph.stock import StockLineRow, StockRow, create_stock, write_line
from graph.unit_of_work import AuditedTransaction
from workflows.funds.acting import OFFICERS, require_acting_for, today_of
from workflows.idempotency import once, request_hash
from workflows.needs.desk import require_words
from workflows.workspace import Outcome, Workspace

_ANSWERS = TypeAdapter(StockRow)
_RISES = frozenset({StockLineKind.ADDED, StockLineKind.TAKEN_BACK})


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
    if new.item not in items():
        raise InvalidInputError("no such item of the catalogue", field="item", value=new.item[:60])
    unit = require_words(new.unit, "unit")
    stock_id, line_id = ws.new_id(), ws.new_id()

    async def work(tx: AuditedTransaction) -> StockRow:
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
            unit=unit,
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

    request = request_hash("add_stock", new)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)


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
