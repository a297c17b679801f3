"""Paid home care: orders, hours and money beside each other, and what was paid written back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import xlsxwriter

from domain.actors import Actor, Role
from domain.errors import InvalidInputError, TransitionError
from domain.service import OrderState
from domain.time import CIVIL_ZONE
from graph.reads.work_orders import paid_orders
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from graph.work_orders import WorkOrderRow, lock_order, write_payment
from locales import Locale, text
from workflows.hours.records import said
from workflows.service.orders import DESK
from workflows.workspace import Workspace

_FEN = 100


class Settlement(StrEnum):
    """How the money of a visit stands beside its hours."""

    NOT_SERVED = "NOT_SERVED"
    TO_REVIEW = "TO_REVIEW"
    DUE = "DUE"
    PAID = "PAID"
    DIFFERS = "DIFFERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One visit of a reconciliation: ``due_fen`` by its hours, ``paid_fen`` as it was paid."""

    order: WorkOrderRow
    due_fen: int
    paid_fen: int
    settlement: Settlement


def line_of(order: WorkOrderRow) -> Line:
    """Give the line of a paid visit."""
    counts = order.state is OrderState.DONE
    due, paid = (order.amount_fen or 0) if counts else 0, order.paid_fen or 0
    if order.paid_fen is not None:
        settlement = Settlement.PAID if paid == due else Settlement.DIFFERS
    elif order.state is OrderState.TO_REVIEW:
        settlement = Settlement.TO_REVIEW
    else:
        settlement = Settlement.DUE if counts else Settlement.NOT_SERVED
    return Line(order=order, due_fen=due, paid_fen=paid, settlement=settlement)


async def reconcile(
    ws: Workspace, actor: Actor, *, since: datetime, until: datetime, paid_by: str | None = None
) -> list[Line]:
    """
    Give the paid visits planned to begin within a span, by payer and time.

    Raises
    ------
    InvalidInputError
        The span ends before it begins.
    """
    actor.require(*DESK, Role.FEDERATION_OFFICER, Role.AUDITOR, Role.PLATFORM_ADMIN)
    if until <= since:
        raise InvalidInputError("a span ends after it begins", field="until")
    paths = actor.scope.region_paths
    found = await ws.store.read(lambda tx: paid_orders(tx, paths, since=since, until=until, paid_by=paid_by))
    return [line_of(order) for order in found]


async def record_payment(
    ws: Workspace, actor: Actor, order_id: str, *, expected_version: int, paid_fen: int, reference: str
) -> WorkOrderRow:
    """
    Write down what was paid for a visit, and under which reference.

    Raises
    ------
    TransitionError
        The visit does not count, or was paid for already.
    """
    actor.require(*DESK, Role.FEDERATION_OFFICER)
    told = said(reference, "reference")
    if paid_fen < 0:
        raise InvalidInputError("what was paid is not negative", field="paid", value=paid_fen)

    async def work(tx: AuditedTransaction) -> WorkOrderRow:
        order = await lock_order(tx, actor, order_id, expected_version=expected_version)
        if order.paid_by is None or order.state is not OrderState.DONE or order.paid_fen is not None:
            raise TransitionError("the visit is not to be paid for", id=order_id, before=order.state.value)
        await write_payment(tx, order_id, paid_fen=paid_fen, reference=told)
        tx.record("order.pay", order_id, detail={"paid_fen": paid_fen})
        return replace(order, paid_fen=paid_fen, payment_reference=told)

    return await UnitOfWork(ws.store, ws.clock).run(actor, work)


COLUMNS = (
    "order",
    "payer",
    "worker",
    "planned_start",
    "planned_end",
    "checked_in",
    "checked_out",
    "minutes",
    "rate",
    "due",
    "paid",
    "difference",
    "reference",
    "settlement",
)


def write_reconciliation(lines: Sequence[Line], path: Path, locale: Locale) -> None:
    """Write a workbook: one row a visit, sums at the end as figures and not as formulas."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(text("hours.reconciliation.title", locale))
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, [text(f"hours.reconciliation.{name}", locale) for name in COLUMNS], bold)
        for i, line in enumerate(lines, start=1):
            for j, cell in enumerate(_cells(line, locale)):
                sheet.write(i, j, cell, money if isinstance(cell, float) else None)
        end = len(lines) + 1
        sheet.write(end, 0, text("hours.reconciliation.total", locale), bold)
        sheet.write(end, 7, sum(line.order.minutes for line in lines), bold)
        due, paid = sum(line.due_fen for line in lines), sum(line.paid_fen for line in lines)
        for j, fen in ((9, due), (10, paid), (11, due - paid)):
            sheet.write(end, j, fen / _FEN, money)
        sheet.freeze_panes(1, 0)
        sheet.autofit()


def _cells(line: Line, locale: Locale) -> list[str | int | float]:
    order = line.order
    times = (order.window_start, order.window_end, order.checked_in_at, order.checked_out_at)
    return [
        order.id,
        order.paid_by or "",
        order.worker_id or "",
        *("" if at is None else at.astimezone(CIVIL_ZONE).strftime("%Y-%m-%d %H:%M") for at in times),
        order.minutes,
        (order.rate_fen_per_hour or 0) / _FEN,
        line.due_fen / _FEN,
        line.paid_fen / _FEN,
        (line.due_fen - line.paid_fen) / _FEN,
        order.payment_reference or "",
        text(f"hours.settlement.{line.settlement.value}", locale),
    ]
