"""Serving the API from the process that holds the graph."""

import asyncio
import errno
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from app.couriers import couriers_of
from app.jobs import jobs_of, keep_at
from app.keys import TokenBook, secret_key
from app.output import Screen
from app.settings import Settings
from app.trust_desk import InstalledTrust
from domain.errors import PortTakenError, SettingsError
from graphql_api.http import create_app
from graphql_api.settings import ApiSettings
from workflows.workspace import Workspace

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_STOPS = (signal.SIGINT, signal.SIGTERM)
_HEADERS_MS = 10_000  # a client that takes longer to send its headers is holding a place
_WAITING = 512


async def serve_forever(ws: Workspace, settings: Settings, screen: Screen) -> None:
    """
    Answer requests until the process is told to stop; what has been begun is finished then.

    Raises
    ------
    SettingsError
        The address cannot be listened on, or a courier of notices is set up in part.
    """
    require_free_port(settings)
    trust = InstalledTrust(settings, ws)
    jobs = jobs_of(couriers_of(settings, ws.clock), locale=settings.lang, trust=trust)
    if settings.host not in _LOOPBACK:
        screen.say("serving_beyond_loopback", host=settings.host)
    server = Server(
        create_app(
            ws,
            authenticate=TokenBook(settings.data_dir).authenticate,
            settings=ApiSettings(
                introspection=settings.introspection,
                graphiql=settings.introspection,
                cursor_key=secret_key(settings.data_dir, "cursor"),
                public_url=settings.address,
            ),
            trust=trust,
        ),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_MS),
        websockets=False,
        backlog=_WAITING,
        log_level=LogLevels.error,
    )
    working = asyncio.create_task(keep_at(ws, jobs))
    try:
        with _stopped_by_signals(server):
            await server.serve()
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


@contextmanager
def _stopped_by_signals(server: Server) -> Generator[None]:
    loop = asyncio.get_running_loop()
    for number in _STOPS:
        with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C interrupts the loop there
            loop.add_signal_handler(number, server.stop)
    try:
        yield
    finally:
        for number in _STOPS:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def require_free_port(settings: Settings) -> None:
    """
    See that nobody listens where this process is going to.

    The server binds with SO_REUSEPORT, under which a second one would silently take a share of the requests.

    Raises
    ------
    PortTakenError
        Somebody does.
    SettingsError
        The address is none of this machine, or the port is not for this account.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
            probe.bind(address)
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(f"another process listens on {host}:{port}", host=host, port=port) from error
        raise SettingsError(
            f"cannot serve on {host}:{port}: {error.strerror}",
            setting=f"{host}:{port}",
            reason=error.strerror,
        ) from error
