"""Serving the API from the process that holds the graph."""

from granian.constants import Interfaces
from granian.server.embed import Server

from app.keys import TokenBook, secret_key
from app.output import Screen
from app.settings import Settings
from graphql_api.http import ApiSettings, create_app
from workflows.workspace import Workspace

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def serve_forever(ws: Workspace, settings: Settings, screen: Screen) -> None:
    """Answer requests until the process is told to stop."""
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
