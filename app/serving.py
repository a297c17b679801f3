"""Serving the API from the process that holds the graph."""

import errno
import socket

from granian.constants import Interfaces
from granian.server.embed import Server

from app.keys import TokenBook, secret_key
from app.output import Screen
from app.settings import Settings
from domain.errors import PortTakenError, SettingsError
from graphql_api.http import ApiSettings, create_app
from workflows.workspace import Workspace

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


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


async def serve_forever(ws: Workspace, settings: Settings, screen: Screen) -> None:
    """
    Answer requests until the process is told to stop.

    Raises
    ------
    PortTakenError, SettingsError
        See ``require_free_port``.
    """
    require_free_port(settings)
    if settings.host not in _LOOPBACK:
        screen.say("serving_beyond_loopback", host=settings.host)
    app = create_app(
        ws,
        authenticate=TokenBook(settings.data_dir).authenticate,
        settings=ApiSettings(
            introspection=settings.introspection, cursor_key=secret_key(settings.data_dir, "cursor")
        ),
    )
    server = Server(app, address=settings.host, port=settings.port, interface=Interfaces.ASGI)
    await server.serve()
