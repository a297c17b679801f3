"""The machine of money on each engine, reopened whenever it likes."""

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
from tests.workflows.allocations.machine import MoneyMachine

# long walks by hand: ZHULIAN_MACHINE_EXAMPLES=200 pytest tests/workflows/allocations/test_money_machine.py
EXAMPLES = int(os.environ.get("ZHULIAN_MACHINE_EXAMPLES", "4"))
SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


class DirectoryMoney(MoneyMachine):
    reopens = True

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="zhulian-money-"))

    async def open(self) -> GraphStore:
        store = open_ladybug(self.directory)
        await store.define()
        return store

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.directory)


class Neo4jMoney(MoneyMachine):
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


DirectoryMoney.TestCase.settings = SETTINGS
Neo4jMoney.TestCase.settings = SETTINGS
TestDirectoryMoney = DirectoryMoney.TestCase
TestNeo4jMoney = pytest.mark.neo4j(Neo4jMoney.TestCase)
