"""What the server does besides answering: the jobs that keep deadlines and tell of news, once a minute."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from app.container import this_process
from domain.errors import ConflictError, PlatformError
from workflows.allocations.ticking import tick as tick_allocations
from workflows.claims.ticking import tick as tick_claims
from workflows.needs.clocks import tick as tick_needs
from workflows.people import clock_actor
from workflows.public.subscribing import tell_subscribers
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_EVERY_S = 60.0


async def keep_deadlines(ws: Workspace, *, every_s: float = _EVERY_S) -> None:
    """
    Run the jobs again and again until the task is cancelled.

    Where several servers share a graph one of them keeps the deadlines of needs and the others wait; what fails
    is tried again, and one job's failure does not keep the others from running.
    """
    while True:
        for name, job in _JOBS.items():
            try:
                await job(ws)
            except ConflictError:
                _log.debug("another process runs the job %s", name)
            except PlatformError:
                _log.exception("the job %s failed, and is tried again", name)
        await asyncio.sleep(every_s)


async def _needs(ws: Workspace) -> None:
    await tick_needs(ws, clock_actor(), holder=this_process())


async def _claims(ws: Workspace) -> None:
    await tick_claims(ws)


async def _allocations(ws: Workspace) -> None:
    await tick_allocations(ws, clock_actor(), holder=this_process())


async def _subscribers(ws: Workspace) -> None:
    await tell_subscribers(ws, clock_actor())


_JOBS: Mapping[str, Callable[[Workspace], Awaitable[None]]] = {
    "deadlines of needs": _needs,
    "deadlines of claims": _claims,
    "money that was kept too long": _allocations,
    "news of the wall": _subscribers,
}
