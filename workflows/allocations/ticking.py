"""
The clock's part in allocations: money that nobody approved or paid in time is free again.

Each release is a unit of work of its own that looks again before it writes, so the job may be killed anywhere and
run again, or twice at once. It decides about nobody: a need asks again for what it lost.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta

from domain.actors import Actor, Role
from domain.errors import ConflictError
from graph.allocations import allocation_as_it_is, expired_allocations, lock_of_proposals
from graph.lease import held
from graph.needs import lock_any_need
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.allocations.paying import release_in
from workflows.allocations.reserving import is_set_aside
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_LEASE = "allocations.tick"
_LEASE_TIME = timedelta(minutes=5)
_PAGE = 200


@dataclass(slots=True)
class TickReport:
    """Sums that are free again, and those that wait because help is being given for them."""

    released: int = 0
    waiting: int = 0

    def figures(self) -> dict[str, int]:
        """Give the counts by name."""
        return asdict(self)


async def tick(ws: Workspace, actor: Actor, *, holder: str) -> TickReport:
    """
    Release what was kept too long.

    Parameters
    ----------
    holder
        Who runs the job, as ``host:pid``: one at a time.

    Raises
    ------
    ConflictError
        Somebody else is running it.
    NotPermittedError
        The actor does not keep deadlines.
    """
    actor.require(Role.CLOCK)
    done, after = TickReport(), ""
    async with held(ws.store, _LEASE, holder=holder, clock=ws.clock, duration=_LEASE_TIME):
        while True:
            now = ws.clock()
            page = await ws.store.read(
                lambda tx, a=after, n=now: expired_allocations(tx, now=n, after=a, limit=_PAGE)
            )
            for allocation_id in page:
                await _strike(ws, actor, allocation_id, done)
            if len(page) < _PAGE:
                return done
            after = page[-1]


async def _strike(ws: Workspace, actor: Actor, allocation_id: str, done: TickReport) -> None:
    async def work(tx: AuditedTransaction) -> bool:
        seen = await allocation_as_it_is(tx, allocation_id)
        need = await lock_any_need(tx, seen.need_id)
        allocation = (await lock_of_proposals(tx, [seen.proposal_id]))[seen.proposal_id]
        tx.record("allocation.expire", allocation_id)
        if not is_set_aside(allocation) or (allocation.expires_at or tx.at) > tx.at:
            return False
        await release_in(tx, actor, need, allocation, reason="expired")
        return True

    try:
        done.released += await UnitOfWork(ws.store, ws.clock).run(actor, work)
    except ConflictError as error:
        _log.info("the money of %s is kept on: %s", allocation_id, error)
        done.waiting += 1
