"""The machines of claims, and of claims that are served, on each engine, reopened whenever they like."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from graph.engines.ladybug import open_ladybug
from graph.ports import GraphStore
from tests.conftest import fresh_neo4j
from tests.workflows.claims.machine import ClaimsMachine
from tests.workflows.claims.served import ServedMachine

# long walks by hand: ZHULIAN_MACHINE_EXAMPLES=200 pytest tests/workflows/claims/test_machine.py
EXAMPLES = int(os.environ.get("ZHULIAN_MACHINE_EXAMPLES", "6"))
SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


class OnDirectory(ClaimsMachine):
    reopens = True

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="zhulian-claims-"))

    async def open(self) -> GraphStore:
        store = open_ladybug(self.directory)
        await store.define()
        return store

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.directory)


class OnNeo4j(ClaimsMachine):
    reopens = True

    def __init__(self) -> None:
        super().__init__()
        self.opened = False

    async def open(self) -> GraphStore:
        store = await fresh_neo4j()
        if not self.opened:
            await store.clear()
        self.opened = True
        return store

    def teardown(self) -> None:
        store = getattr(self, "store", None)
        super().teardown()
        if store is not None:

            async def clear() -> None:
                async with await fresh_neo4j() as server:
                    await server.clear()

            asyncio.run(clear())


class DirectoryClaims(OnDirectory):
    pass


class Neo4jClaims(OnNeo4j):
    pass


class DirectoryServed(OnDirectory, ServedMachine):
    pass


class Neo4jServed(OnNeo4j, ServedMachine):
    pass


for machine in (DirectoryClaims, Neo4jClaims):
    machine.TestCase.settings = SETTINGS
for machine in (DirectoryServed, Neo4jServed):  # twice as many sorts of steps, and most need one before
    machine.TestCase.settings = settings(SETTINGS, stateful_step_count=50)
TestDirectoryClaims = DirectoryClaims.TestCase
TestNeo4jClaims = pytest.mark.neo4j(Neo4jClaims.TestCase)
TestDirectoryServed = DirectoryServed.TestCase
TestNeo4jServed = pytest.mark.neo4j(Neo4jServed.TestCase)
