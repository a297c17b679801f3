"""Processes that serve many clients over sockets and are killed without a word."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

_START_S = 120
SETTLE_S = 0.05
"""Seconds that a process is given to come or to go."""


class House:
    """
    Serving processes that are killed and begun anew, and the doors to them.

    Parameters
    ----------
    module
        Run with ``--engine``, ``--serve SOCKET`` and ``--directory``, it serves until it is killed.
    """

    def __init__(self, module: str, engine: str, directory: Path, servers: int) -> None:
        self._command = [sys.executable, "-m", module, "--engine", engine]
        self._directory = directory
        self._sockets = [str(directory / f"s{i}") for i in range(servers)]
        self._running: list[asyncio.subprocess.Process] = []
        self.open = asyncio.Event()

    async def begin(self) -> float:
        """Start every process, and give the seconds until all of them answer."""
        began = time.perf_counter()
        for socket in self._sockets:
            Path(socket).unlink(missing_ok=True)
            given = ["--serve", socket, "--directory", str(self._directory / "graph")]
            self._running.append(await asyncio.create_subprocess_exec(*self._command, *given))
        for socket, process in zip(self._sockets, self._running, strict=True):
            while not Path(socket).exists():
                if process.returncode is not None or time.perf_counter() - began > _START_S:
                    raise SystemExit("a serving process did not start")
                await asyncio.sleep(SETTLE_S)
        self.open.set()
        return time.perf_counter() - began

    async def kill(self) -> None:
        """Kill every process at once, without a word."""
        self.open.clear()
        died = [process.pid for process in self._running if process.returncode is not None]
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        await asyncio.gather(*(process.wait() for process in self._running))
        self._running.clear()
        if died:
            raise SystemExit("a serving process had died by itself")

    @contextlib.asynccontextmanager
    async def door(self, number: int) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Open a connection to one of the processes."""
        reader, writer = await asyncio.open_unix_connection(self._sockets[number % len(self._sockets)])
        try:
            yield reader, writer
        finally:
            writer.close()
