"""Wiring: the one place where an engine is chosen and opened."""

import os
import socket
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial

from app.keys import secret_key
from app.settings import Engine, Settings
from domain.errors import SettingsError
from graph.engines.ladybug import open_ladybug
from graph.migrations.runner import migrate
from graph.ports import GraphStore
from workflows.workspace import Workspace


def now() -> datetime:
    """Give the present moment, aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Give an id that nothing has."""
    return uuid.uuid4().hex


async def open_store(settings: Settings) -> GraphStore:
    """
    Open the engine that the settings choose, as it is.

    Raises
    ------
    StoreLockedError, GraphUnavailableError
        Another process holds the directory, or the server does not answer.
    SettingsError
        Neo4j is chosen and no address is set.
    """
    if settings.chosen_engine is Engine.LADYBUG:
        return open_ladybug(settings.graph_dir)
    if settings.neo4j_uri is None:
        raise SettingsError("engine neo4j needs NEO4J_URI", setting="NEO4J_URI", reason="missing")
    from graph.engines.neo4j import open_neo4j  # noqa: PLC0415 - its driver takes a second to import

    password = settings.neo4j_password
    return await open_neo4j(
        settings.neo4j_uri,
        user=settings.neo4j_user,
        password=None if password is None else password.get_secret_value(),
        database=settings.neo4j_database,
    )


@asynccontextmanager
async def workspace(settings: Settings) -> AsyncGenerator[Workspace]:
    """Open the graph, bring its schema up to date, and close it at the end."""
    store = await open_store(settings)
    try:
        await migrate(store, clock=now, holder=this_process())
        secret = cache(partial(secret_key, settings.data_dir))
        yield Workspace(store=store, clock=now, new_id=new_id, secret=secret, cipher=settings.cipher)
    finally:
        await store.close()


def this_process() -> str:
    """Name this process to others who would run the same job."""
    return f"{socket.gethostname()}:{os.getpid()}"
