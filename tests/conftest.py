"""Stores for every test that needs one, and a count of those that had to do without."""

import os
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from hypothesis import Phase, settings

from graph.engines.ladybug import open_ladybug
from graph.engines.neo4j import Neo4jStore, open_neo4j
from graph.ports import Access, GraphStore, Statement

# Laws are checked without a clock on each example: machines that run tests are shared.
settings.register_profile("zhulian", deadline=None)
settings.register_profile("noshrink", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("zhulian")
NEO4J_URI = os.environ.get("NEO4J_URI", "")
_COUNT = Statement("MATCH (n) RETURN count(n) AS nodes", Access.READ)
_prepared: list[str] = []


async def fresh_neo4j() -> Neo4jStore:
    """An empty Neo4j with its schema. A server that holds data at the start is somebody's: left alone."""
    store = await open_neo4j(
        NEO4J_URI, user=os.environ.get("NEO4J_USER"), password=os.environ.get("NEO4J_PASSWORD")
    )
    if not _prepared:
        (found,) = await store.read(lambda tx: tx.run(_COUNT))
        if found["nodes"]:
            await store.close()
            pytest.exit(
                f"{NEO4J_URI} holds {found['nodes']} nodes; the tests delete all they find", returncode=1
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


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        on_server = item.get_closest_marker("neo4j") is not None
        if on_server and not NEO4J_URI:
            item.add_marker(
                pytest.mark.skip(reason="NEO4J_URI is not set; `make test-neo4j` starts a server for these")
            )
        # One process for all that clear the one server; otherwise one for a file, which may share what it built.
        item.add_marker(pytest.mark.xdist_group("neo4j" if on_server and NEO4J_URI else _shared_by(item)))


def _shared_by(item: pytest.Item) -> str:
    """What a test shares its fixtures with: its file, or its folder where fixtures of a session are costly."""
    file = item.path.relative_to(item.config.rootpath)
    return (file.parent if {"served", "parts"} & set(getattr(item, "fixturenames", ())) else file).as_posix()


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
