"""A month with another region is opened when it is over, once, and waits until the partner's statement has come."""

from datetime import timedelta

from domain.actors import Actor, Role
from domain.errors import InvalidIdentifierError
from domain.identifiers import RegionCode, RegionSystem
from domain.linking import due_on
from domain.recognition import MonthState, ReconciliationMonth
from domain.time import civil_date
from graph import lease
from graph.recognition.months import answer_month, create_month, last_held, months_known
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from identity.recognition.reconciling import Side, month_before, sides_of
from identity.trust.bundle import TrustBundle
from workflows.workspace import Workspace

_LEASE = "recognition.months"
_LEASE_TIME = timedelta(minutes=5)


def home_path(code: str) -> str:
    """Give where a region of a trust book lies; all of the installation where its code is no division's."""
    try:
        return RegionCode.parse(RegionSystem.NBS, code).path
    except InvalidIdentifierError:
        return "/"


async def open_months(
    ws: Workspace, actor: Actor, book: TrustBundle, *, own: str, holder: str, month: str | None = None
) -> int:
    """
    Open a month with each partner whose agreement held in it; what is open already is left as it is.

    Parameters
    ----------
    own
        This installation's registry.
    holder
        Who runs the job, as ``host:pid``: one at a time.
    month
        As ``2026-03``; None is the one before today's.

    Returns
    -------
    int
        How many sides were opened.

    Raises
    ------
    NotPermittedError
        The actor keeps no deadlines.
    InvalidInputError
        Not a month.
    ConflictError
        Another process is at it.
    """
    actor.require(Role.CLOCK, Role.PLATFORM_ADMIN)
    asked = month or month_before(civil_date(ws.clock()))
    sides = {side.id: side for side in sides_of(book, asked, own=own)}
    known = await ws.store.read(lambda tx: months_known(tx, list(sides)))
    if not sides.keys() - known:
        return 0
    async with lease.held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        return await UnitOfWork(ws.store, ws.clock).run(
            actor, lambda tx: _open(tx, list(sides.values()), home_path(book.home))
        )


async def _open(tx: AuditedTransaction, sides: list[Side], region_path: str) -> int:
    known = await months_known(tx, [side.id for side in sides])
    fresh = [side for side in sides if side.id not in known]
    for side in fresh:
        opened = ReconciliationMonth(
            id=side.id,
            agreement_id=side.agreement,
            partner=side.partner,
            issuer=side.issuer,
            month=side.month,
            kind=side.kind.value,
            state=MonthState.WAITING,
            opened_at=tx.at,
            due_on=due_on(civil_date(tx.at)),
            region_path=region_path,
        )
        await create_month(tx, opened)
        held = await last_held(tx, opened, side.kind.answer.value)
        if held is not None:
            await answer_month(tx, side.id, held)
        tx.record("recognition.open_month", side.id, detail={"month": side.month, "partner": side.partner})
    return len(fresh)
