"""People, clocks and files for the import's tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.actors import Actor, Purpose, Role, Scope
from graph.engines.ladybug import open_ladybug
from graph.ports import GraphStore
from importers.load import import_files
from importers.report import ImportReport
from tests.builders import secret

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
KEY = secret("identity")

Import = Callable[..., Awaitable[ImportReport]]


def clock() -> datetime:
    return datetime(2026, 3, 2, 1, tzinfo=UTC)


def importer(*paths: str) -> Actor:
    return Actor(
        id="importer-1",
        name="Importer",
        roles=frozenset({Role.IMPORTER}),
        scope=Scope(region_paths=paths or ("/",), purpose=Purpose.OPERATION),
    )


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"the published tables are not in {SHARED}")
    return SHARED


@pytest.fixture
async def memory() -> AsyncIterator[GraphStore]:
    async with open_ladybug() as opened:
        await opened.define()
        yield opened


@pytest.fixture
def load(memory: GraphStore) -> Import:
    async def run(*files: Path, **options: Any) -> ImportReport:
        actor = options.pop("actor", importer())
        return await import_files(memory, actor, files, clock=clock, identity_key=KEY, **options)

    return run
