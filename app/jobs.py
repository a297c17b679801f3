"""What the server does besides answering: the job that keeps deadlines, once a minute."""

import asyncio
import logging
import os
import socket

from domain.errors import ConflictError, PlatformError
from workflows.needs.clocks import tick
from workflows.people import clock_actor
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_EVERY_S = 60.0


def this_process() -> str:
    """Name this process to others who would run the same job."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def keep_deadlines(ws: Workspace, *, every_s: float = _EVERY_S) -> None:
    """
    Run the job again and again until the task is cancelled.

    Where several servers share a graph one of them runs it and the others wait; what fails is tried again.
    """
    while True:
        try:
            await tick(ws, clock_actor(), holder=this_process())
        except ConflictError:
            _log.debug("another process keeps the deadlines")
        except PlatformError:
            _log.exception("deadlines were not kept, and are tried again")
        await asyncio.sleep(every_s)
