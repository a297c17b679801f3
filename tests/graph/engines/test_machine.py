import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from graph.engines.ladybug import open_ladybug
from graph.ports import GraphStore
from tests.conformance.graph_store_machine import GraphStoreMachine
from tests.conftest import fresh_neo4j

# long walks by hand: ZHULIAN_MACHINE_EXAMPLES=500 pytest tests/graph/engines/test_machine.py
EXAMPLES = int(os.environ.get("ZHULIAN_MACHINE_EXAMPLES", "12"))
SETTINGS = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


class MemoryMachine(GraphStoreMachine):
    async def open(self) -> GraphStore:
        store = open_ladybug()
        await store.define()
        return store


class DirectoryMachine(GraphStoreMachine):
    reopens = True

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="zhulian-machine-"))

    async def open(self) -> GraphStore:
        store = open_ladybug(self.directory)
        await store.define()
        return store

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.directory)


class Neo4jMachine(GraphStoreMachine):
    reopens = True

    async def open(self) -> GraphStore:
        store = await fresh_neo4j()
        if not self.nodes:
            await store.clear()
        return store

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.clear())
        super().teardown()


MemoryMachine.TestCase.settings = SETTINGS
DirectoryMachine.TestCase.settings = SETTINGS
Neo4jMachine.TestCase.settings = SETTINGS
TestMemoryMachine = MemoryMachine.TestCase
TestDirectoryMachine = DirectoryMachine.TestCase
TestNeo4jMachine = pytest.mark.neo4j(Neo4jMachine.TestCase)
