"""What the server does besides answering: the jobs that keep deadlines, tell of news and send notices on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from app.container import this_process
from app.trust_desk import InstalledTrust
from domain.errors import ConflictError, NotFoundError
from locales import Locale
from workflows.allocations.ticking import tick as tick_allocations
from workflows.claims.ticking import tick as tick_claims
from workflows.needs.clocks import tick as tick_needs
from workflows.notices.sending import Courier, send_due
from workflows.people import clock_actor
from workflows.persons.settling import settle_persons
from workflows.public.subscribing import tell_subscribers
from workflows.recognition.ending import status_addresses, tick_recognition
from workflows.recognition.months import open_months
from workflows.visits.telling import tell_overdue
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_MINUTE_S = 60.0
_HOUR_S = 3_600.0
_QUARTER_S = 900.0

Work = Callable[[Workspace], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that is done again and again, with a pause between the end of one run and the next."""

    name: str
    work: Work
    every_s: float = _MINUTE_S


def jobs_of(
    couriers: Sequence[Courier], *, locale: Locale, trust: InstalledTrust | None = None
) -> tuple[Job, ...]:
    """
    Give the jobs of a server; notices are sent on where there is a courier for them.

    Parameters
    ----------
    locale
        Language of notices to people who chose none.
    trust
        Whom the installation believes: what partners revoke ends here within a quarter of an hour, and a month that
        is over is opened with each of them.
    """

    async def send(ws: Workspace) -> None:
        await send_due(ws, couriers, holder=this_process(), locale=locale)

    sending = (Job(name="notices", work=send),) if couriers else ()
    recognising = () if trust is None else (_recognition(trust), _months(trust))
    return (*_DEADLINES, *sending, *recognising)


def _recognition(trust: InstalledTrust) -> Job:
    async def look_again(ws: Workspace) -> None:
        try:
            await trust.book()
        except NotFoundError:
            return  # nobody has begun a book: nothing was recognised
        actor = clock_actor()
        await trust.refresh(await status_addresses(ws, actor))
        await tick_recognition(ws, actor, await trust.trusted())

    return Job(name="what partners revoked", work=look_again, every_s=_QUARTER_S)


def _months(trust: InstalledTrust) -> Job:
    async def open_last(ws: Workspace) -> None:
        try:
            book = await trust.book()
        except NotFoundError:
            return  # nobody has begun a book: there is nobody to settle with
        await open_months(ws, clock_actor(), book, own=trust.name, holder=this_process())

    return Job(name="months with partners", work=open_last, every_s=_HOUR_S)


async def keep_at(ws: Workspace, jobs: Sequence[Job], *, every_s: float | None = None) -> None:
    """
    Run jobs beside each other, each again and again, until the task is cancelled.

    Each has its own time, so that a mail server that does not answer keeps no deadline waiting. Where several
    servers share a graph one of them does a job and the others wait; what fails is tried again.

    Parameters
    ----------
    every_s
        A pause for all of them in place of their own.
    """
    paused = [job if every_s is None else replace(job, every_s=every_s) for job in jobs]
    async with asyncio.TaskGroup() as group:
        for job in paused:
            group.create_task(_again_and_again(ws, job))


async def _again_and_again(ws: Workspace, job: Job) -> None:
    while True:
        try:
            await job.work(ws)
        except ConflictError:
            _log.debug("another process runs the job %s", job.name)
        except Exception:  # one job's bug stops neither the others nor its next run
            _log.exception("the job %s failed, and is tried again", job.name)
        await asyncio.sleep(job.every_s)


async def _needs(ws: Workspace) -> None:
    await tick_needs(ws, clock_actor(), holder=this_process())


async def _claims(ws: Workspace) -> None:
    await tick_claims(ws)


async def _allocations(ws: Workspace) -> None:
    await tick_allocations(ws, clock_actor(), holder=this_process())


async def _subscribers(ws: Workspace) -> None:
    await tell_subscribers(ws, clock_actor())


async def _overdue(ws: Workspace) -> None:
    await tell_overdue(ws, clock_actor(), holder=this_process())


async def _persons(ws: Workspace) -> None:
    await settle_persons(ws, clock_actor())


_DEADLINES = (
    Job(name="deadlines of needs", work=_needs),
    Job(name="deadlines of claims", work=_claims),
    Job(name="money that was kept too long", work=_allocations),
    Job(name="news of the wall", work=_subscribers),
    Job(name="overdue visits", work=_overdue, every_s=_HOUR_S),
    Job(name="records of one person", work=_persons, every_s=_HOUR_S),
)
