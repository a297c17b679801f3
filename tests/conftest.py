"""Stores for every test that needs one, and a count of those that had to do without."""

import gc
import os
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadScopeScheduling

from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import Neo4jStore, open_neo4j
from graph.ports import Access, GraphStore, Statement

# Laws are checked without a clock on each example: machines that run tests are shared.
settings.register_profile("zhulian", deadline=None)
settings.register_profile("noshrink", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
# A change is judged by examples that are the same on every run; new ones are looked for where somebody reads them.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "zhulian")
NEO4J_URI = os.environ.get("NEO4J_URI", "")
_COUNT = Statement("MATCH (n) RETURN count(n) AS nodes", Access.READ)
_prepared: list[str] = []
SHARING = {
    "tests/generator/": "tests/generator/",
    "tests/e2e/test_browser.py": "tests/e2e/test_demo.py",
}
"""Files, by how their paths begin, that share what is built once for all of them, under one name."""


async def fresh_neo4j() -> Neo4jStore:
    """An empty Neo4j with its schema. A server that holds data at the start is somebody's: left alone."""
    store = await open_neo4j(
        NEO4J_URI, user=os.environ.get("NEO4J_USER"), password=os.environ.get("NEO4J_PASSWORD")
    )
    if not _prepared:
        (found,) = await store.read(lambda tx: tx.run(_COUNT))
        if found["nodes"]:
            await store.close()
            pytest.fail(
                f"{NEO4J_URI} holds {found['nodes']} nodes; the tests delete all they find", pytrace=False
            )
        await store.define()
        _prepared.append(NEO4J_URI)
    return store


@pytest.fixture(params=["ladybug", pytest.param("neo4j", marks=pytest.mark.neo4j)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[GraphStore]:
    """An empty store with its schema, once on each engine."""
    if request.param == "ladybug":
        async with open_ladybug() as memory:
            await memory.define()
            yield memory
        return
    async with await fresh_neo4j() as server:
        try:
            yield server
        finally:
            await server.clear()


@pytest.fixture
async def neo4j_store() -> AsyncIterator[GraphStore]:
    """An empty Neo4j, for tests marked ``neo4j`` that need both engines at once."""
    async with await fresh_neo4j() as server:
        try:
            yield server
        finally:
            await server.clear()


@pytest.fixture
async def memory_store() -> AsyncIterator[GraphStore]:
    """The embedded engine in memory: the double for tests that are not about engines."""
    async with open_ladybug() as memory:
        await memory.define()
        yield memory


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("neo4j"):
            if not _on_server(item.nodeid):
                raise pytest.UsageError(f"{item.nodeid} is marked neo4j, so its name has to say so")
            if not NEO4J_URI:
                item.add_marker(
                    pytest.mark.skip(
                        reason="NEO4J_URI is not set; `make test-neo4j` starts a server for these"
                    )
                )


def _on_server(nodeid: str) -> bool:
    """Whether a test uses the one server; those that spread tests over processes know nothing but names."""
    return "neo4j" in nodeid.casefold()


class Spread(LoadScopeScheduling):
    """Tests over processes: all that clear the one server in one, and a file's, which share what it built, in one."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        if NEO4J_URI and _on_server(nodeid):
            return "neo4j"
        return next((name for start, name in SHARING.items() if file.startswith(start)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Spread:
    return Spread(config, log)


def pytest_collection_finish() -> None:
    _leave_out_of_collections()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is not None and nextitem.path != item.path:
        _leave_out_of_collections()


def _leave_out_of_collections() -> None:
    """What is loaded by now stays to the end; every store that is closed asks for a collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    outcomes = Counter(
        outcome
        for outcome in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.stats.get(outcome, [])
        if "neo4j" in getattr(report, "keywords", {}) and (report.when == "call" or outcome != "passed")
    )
    if outcomes["skipped"]:
        terminalreporter.section("neo4j")
        terminalreporter.line(
            f"{outcomes['skipped']} tests did NOT run on Neo4j: NEO4J_URI is not set; see make test-neo4j"
        )
    elif outcomes:
        terminalreporter.section("neo4j")
        terminalreporter.line(f"on {NEO4J_URI}: {', '.join(f'{n} {o}' for o, n in outcomes.items())}")
