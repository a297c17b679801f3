"""Serving the API, and writing down its schema."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.commands.common import DataDirOption, EngineOption, screen_of, settings_of
from app.output import Screen
from app.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to serve on.")] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
) -> None:
    """Serve the API over the graph of a data directory or a Neo4j server."""
    settings = Settings.load(**settings_of(data_dir, engine).model_dump() | _given(host=host, port=port))
    asyncio.run(_serve(settings, screen_of(as_json=False, settings=settings)))


def _given(**chosen: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in chosen.items() if value is not None}


async def _serve(settings: Settings, screen: Screen) -> None:
    from app.container import workspace
    from app.serving import require_free_port, serve_forever

    require_free_port(settings)  # before the store is opened, and again when the server starts
    async with workspace(settings) as ws:
        screen.say("serving", address=f"http://{settings.host}:{settings.port}")
        await serve_forever(ws, settings, screen)


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; standard output without it.")
    ] = None,
) -> None:
    """Print the GraphQL schema."""
    from graphql_api.schema import export_schema

    text = export_schema()
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
