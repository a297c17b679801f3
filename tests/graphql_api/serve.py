"""A server of its own process over a city in memory, for tests that speak to it as any client would."""

import asyncio
import socket
import sys

from granian.constants import Interfaces
from granian.server.embed import Server

from graph.engines.ladybug import open_ladybug
from tests.builders import workspace
from tests.graphql_api.conftest import app_over, city


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def serve(port: int) -> None:
    async with open_ladybug() as store:
        await store.define()
        await city().write(store)
        server = Server(app_over(workspace(store)), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
        await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
